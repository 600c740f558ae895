"""Kernels: molecules compared by their intramolecular distances under the relabellings of their bonds."""

import numpy as np

from crystalspan._numba import njit


@njit
def closest_relabelling(relabellings, distances, others, margin):
    """Return the relabelling of least largest difference of a distance, and that difference; -1: there is none.

    relabellings (k, n) atoms of the other molecule; distances, others (n, n) angstrom. A later relabelling is taken
    only when it is better than the best before it by `margin`.
    """
    best, least = -1, np.inf
    n = distances.shape[0]
    for k in range(relabellings.shape[0]):
        mapping = relabellings[k]
        largest, limit = 0.0, least - margin
        for i in range(n):
            for j in range(i):
                off = abs(others[mapping[i], mapping[j]] - distances[i, j])
                if off > largest:
                    largest = off
            if largest >= limit:
                break
        if largest < limit:
            best, least = k, largest
    return best, least


@njit
def alike(positions, first, candidates, automorphisms, limit):
    """Tell which of the candidates have the shape of a molecule under some relabelling, (c,) bool.

    positions (m, n, 3) angstrom; first, candidates (c,) rows; automorphisms (k, n); limit: largest sum of squared
    differences of distances, square angstrom.
    """
    n = positions.shape[1]
    shape, other = _distances(positions[first]), np.empty((n, n))
    found = np.zeros(candidates.shape[0], dtype=np.bool_)
    for c in range(candidates.shape[0]):
        other = _distances(positions[candidates[c]])
        for k in range(automorphisms.shape[0]):
            mapping = automorphisms[k]
            total = 0.0
            for i in range(n):
                for j in range(i):
                    off = other[mapping[i], mapping[j]] - shape[i, j]
                    total += off * off
                if total > limit:
                    break
            if total <= limit:
                found[c] = True
                break
    return found


@njit
def orbits(automorphisms):
    """Return the orbit of each pair of atoms under relabellings (k, n), (n, n) int64; -1 on the diagonal."""
    k, n = automorphisms.shape
    orbit = np.full((n, n), -1)
    count = 0
    for i in range(n):
        for j in range(i):
            if orbit[i, j] >= 0:
                continue
            for m in range(k):
                a, b = automorphisms[m, i], automorphisms[m, j]
                orbit[a, b] = orbit[b, a] = count
            count += 1
    return orbit


@njit
def orbit_means(positions, orbit, size, means):
    """Fill `means` (m, o) with sqrt(pairs) times the mean distance of each orbit of pairs of atoms.

    positions (m, n, 3); orbit (n, n) number of the orbit of each pair; size (o,) pairs in each.
    """
    n = positions.shape[1]
    for m in range(positions.shape[0]):
        distances = _distances(positions[m])
        means[m] = 0.0
        for i in range(n):
            for j in range(i):
                means[m, orbit[i, j]] += distances[i, j]
        for o in range(size.shape[0]):
            means[m, o] /= np.sqrt(size[o])


@njit
def _distances(points):
    n = points.shape[0]
    distances = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            x = points[i, 0] - points[j, 0]
            y = points[i, 1] - points[j, 1]
            z = points[i, 2] - points[j, 2]
            distances[i, j] = distances[j, i] = np.sqrt(x * x + y * y + z * z)
    return distances
