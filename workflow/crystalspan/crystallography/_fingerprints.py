"""Kernels: sorted neighbour distances of atoms, their means for each element, and the search for equal ones."""

import math

import numpy as np

from crystalspan._numba import njit

# Symmetry copies of an atom closer than this (angstrom) are the same atom, on a special position.
_SAME_SITE = 0.1


@njit
def mean_distances(fractional, element, elements, rotations, translations, cell, neighbours):
    """Return the mean sorted distances from the atoms of each element to their nearest atoms.

    fractional (n, 3); element (n,) index below `elements`; rotations (m, 3, 3) float, translations (m, 3);
    cell (3, 3) lower triangular. Returns (elements, neighbours).
    """
    distances, weight = nearest_distances(fractional, rotations, translations, cell, neighbours)
    means = np.zeros((elements, neighbours))
    total = np.zeros(elements)
    for i in range(fractional.shape[0]):
        for k in range(neighbours):
            means[element[i], k] += weight[i] * distances[i, k]
        total[element[i]] += weight[i]
    for e in range(elements):
        means[e] /= total[e]
    return means


@njit
def nearest_distances(fractional, rotations, translations, cell, neighbours):
    """Return each atom's distances to its nearest atoms, ascending (n, neighbours), and its copies in the cell (n,)."""
    sites, weight = _cell_sites(fractional, rotations, translations, cell)
    number_density = sites.shape[0] / (cell[0, 0] * cell[1, 1] * cell[2, 2])
    first_reach = 1.12 * (3.0 * (neighbours + 1) / (4.0 * math.pi * number_density)) ** (1.0 / 3.0)
    distances = np.empty((fractional.shape[0], neighbours))
    squares = np.empty(1024)
    for i in range(fractional.shape[0]):
        reach = first_reach
        while True:
            squares, found = _within(fractional[i], sites, cell, reach, squares)
            if found > neighbours:
                break
            reach *= 1.2
        nearest = np.sort(squares[:found])
        # The first one is the atom itself.
        for k in range(neighbours):
            distances[i, k] = math.sqrt(nearest[k + 1])
    return distances, weight


@njit
def _cell_sites(fractional, rotations, translations, cell):
    """Return the atoms of the cell, each once, and how many copies each listed atom has."""
    n, m = fractional.shape[0], rotations.shape[0]
    sites = np.empty((n * m, 3))
    weight = np.zeros(n)
    count = 0
    for i in range(n):
        first = count
        for p in range(m):
            x = np.empty(3)
            for c in range(3):
                x[c] = translations[p, c]
                for d in range(3):
                    x[c] += rotations[p, c, d] * fractional[i, d]
            known = False
            for s in range(first, count):
                d0, d1, d2 = x[0] - sites[s, 0], x[1] - sites[s, 1], x[2] - sites[s, 2]
                d0, d1, d2 = d0 - round(d0), d1 - round(d1), d2 - round(d2)
                dx = d0 * cell[0, 0] + d1 * cell[1, 0] + d2 * cell[2, 0]
                dy = d1 * cell[1, 1] + d2 * cell[2, 1]
                dz = d2 * cell[2, 2]
                if dx * dx + dy * dy + dz * dz < _SAME_SITE * _SAME_SITE:
                    known = True
                    break
            if not known:
                sites[count] = x
                count += 1
                weight[i] += 1.0
    return sites[:count], weight


@njit
def _within(centre, sites, cell, reach, squares):
    """Collect the squared distances below `reach` from a point to all images of the sites."""
    found = 0
    # Divisions take long, and there are some for each site.
    width0, width1 = 1.0 / cell[0, 0], 1.0 / cell[1, 1]
    lean1, lean0, lean00 = cell[2, 1] * width1, cell[2, 0] * width0, cell[1, 0] * width0
    far2 = reach / cell[2, 2]
    for j in range(sites.shape[0]):
        f0, f1, f2 = sites[j, 0] - centre[0], sites[j, 1] - centre[1], sites[j, 2] - centre[2]
        for n2 in range(math.ceil(-far2 - f2), math.floor(far2 - f2) + 1):
            s2 = f2 + n2
            z = s2 * cell[2, 2]
            left = reach * reach - z * z
            if left < 0.0:
                continue
            far1 = math.sqrt(left) * width1
            middle1 = -s2 * lean1 - f1
            for n1 in range(math.ceil(middle1 - far1), math.floor(middle1 + far1) + 1):
                s1 = f1 + n1
                y = s1 * cell[1, 1] + s2 * cell[2, 1]
                left1 = left - y * y
                if left1 < 0.0:
                    continue
                far0 = math.sqrt(left1) * width0
                middle0 = -(s1 * lean00 + s2 * lean0) - f0
                for n0 in range(math.ceil(middle0 - far0), math.floor(middle0 + far0) + 1):
                    x = (f0 + n0) * cell[0, 0] + s1 * cell[1, 0] + s2 * cell[2, 0]
                    if found == squares.shape[0]:
                        squares = np.concatenate((squares, np.empty(found)))
                    squares[found] = x * x + y * y + z * z
                    found += 1
    return squares, found


@njit
def representatives(energy, density, distances, energy_window, density_window, distance_window):
    """Return for each crystal the first one (in order of energy) that it equals, itself if it is new.

    energy (n,) ascending, kJ/mol; density (n,) g/cm3; distances (n, d) angstrom.
    """
    n = energy.shape[0]
    same_as = np.empty(n, np.int64)
    unique = np.empty(n, np.int64)
    count, oldest = 0, 0
    for s in range(n):
        while oldest < count and energy[s] - energy[unique[oldest]] >= energy_window:
            oldest += 1
        same_as[s] = s
        for k in range(oldest, count):
            u = unique[k]
            if abs(density[s] - density[u]) >= density_window:
                continue
            equal = True
            for d in range(distances.shape[1]):
                if abs(distances[s, d] - distances[u, d]) >= distance_window:
                    equal = False
                    break
            if equal:
                same_as[s] = u
                break
        if same_as[s] == s:
            unique[count] = s
            count += 1
    return same_as
