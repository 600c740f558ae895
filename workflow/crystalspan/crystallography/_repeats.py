"""Kernel: crystals close enough in energy, density and neighbour distances to be the same."""

import numpy as np

from crystalspan._numba import njit


@njit
def candidates(s, earlier, energy, density, distances, energy_window, density_window, distance_window):
    """Return those of the rows `earlier` (c,) that differ from row s by less than all three windows, nearest first."""
    found = np.empty(earlier.shape[0], np.int64)
    apart = np.empty(earlier.shape[0])
    count = 0
    for u in earlier:
        if abs(energy[s] - energy[u]) >= energy_window or abs(density[s] - density[u]) >= density_window:
            continue
        largest = 0.0
        for d in range(distances.shape[1]):
            largest = max(largest, abs(distances[s, d] - distances[u, d]))
            if largest >= distance_window:
                break
        if largest < distance_window:
            found[count], apart[count] = u, largest
            count += 1
    order = np.argsort(apart[:count])
    return found[:count][order], apart[:count][order]
