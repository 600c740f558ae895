"""Kernels: distances between the molecules' centres, and crystals close enough in them to be the same."""

import math

import numpy as np

from crystalspan._numba import njit
from crystalspan.crystallography._clusters import images_within


@njit
def centre_distances(centres, offset, listed, matrices, neighbours):
    """Return each crystal's sorted distances from a molecule's centre to the nearest others, (s, neighbours) angstrom.

    Means over the symmetry-independent molecules. centres (Z, 3), those of crystal i at offset[i]:offset[i + 1], the
    `listed[i]` symmetry-independent ones first; matrices (s, 3, 3) lower triangular.
    """
    means = np.zeros((listed.shape[0], neighbours))
    for i in range(listed.shape[0]):
        cell, matrix = centres[offset[i] : offset[i + 1]], matrices[i]
        volume = matrix[0, 0] * matrix[1, 1] * matrix[2, 2]
        first_reach = 1.1 * (3.0 * (neighbours + 1) * volume / (4.0 * math.pi * cell.shape[0])) ** (1.0 / 3.0)
        for q in range(listed[i]):
            reach = first_reach
            _, _, place = images_within(cell, matrix, cell[q], reach)
            while place.shape[0] <= neighbours:
                reach *= 1.2
                _, _, place = images_within(cell, matrix, cell[q], reach)
            squares = np.sort((place * place).sum(axis=1))
            # The first one is the molecule itself.
            for k in range(neighbours):
                means[i, k] += math.sqrt(squares[k + 1]) / listed[i]
    return means


@njit
def candidates(s, earlier, energy, density, distances, energy_window, density_window, distance_window):
    """Return those of the rows `earlier` (c,) that differ from row s by less than all three windows, nearest first.

    Distances (n, d) differ by their root mean square, which comes along.
    """
    found = np.empty(earlier.shape[0], np.int64)
    apart = np.empty(earlier.shape[0])
    count = 0
    limit = distances.shape[1] * distance_window * distance_window
    for u in earlier:
        if abs(energy[s] - energy[u]) >= energy_window or abs(density[s] - density[u]) >= density_window:
            continue
        total = 0.0
        for d in range(distances.shape[1]):
            total += (distances[s, d] - distances[u, d]) ** 2
            if total >= limit:
                break
        if total < limit:
            found[count], apart[count] = u, math.sqrt(total / distances.shape[1])
            count += 1
    order = np.argsort(apart[:count])
    return found[:count][order], apart[:count][order]
