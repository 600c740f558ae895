"""Kernels: molecules compared by their intramolecular distances under the relabellings of their bonds."""

import numpy as np

from crystalspan._numba import njit

# Relabellings come in sorted order: neighbours share their first atoms, and what these atoms' distances add up to (or
# exceed) holds for all that share them.


@njit
def closest_relabelling(relabellings, distances, others, margin):
    """Return the relabelling of least largest difference of a distance, and that difference; -1: there is none.

    relabellings (k, n) sorted, atoms of the other molecule; distances, others (n, n) angstrom. A later relabelling is
    taken only when it is better than the best before it by `margin`.
    """
    best, least = -1, np.inf
    n = distances.shape[0]
    largest = np.zeros(n)  # among the first i + 1 atoms of the relabelling before
    valid = 0  # how many of these are worked out
    for k in range(relabellings.shape[0]):
        mapping = relabellings[k]
        first = min(valid, _shared(relabellings, k))
        limit = least - margin
        valid = first
        if first > 0 and largest[first - 1] >= limit:
            continue
        for i in range(first, n):
            most = largest[i - 1] if i > 0 else 0.0
            for j in range(i):
                off = abs(others[mapping[i], mapping[j]] - distances[i, j])
                if off > most:
                    most = off
            largest[i] = most
            valid = i + 1
            if most >= limit:
                break
        if valid == n and largest[n - 1] < limit:
            best, least = k, largest[n - 1]
    return best, least


@njit
def _shared(relabellings, k):
    """How many first atoms a relabelling shares with the one before it."""
    n = relabellings.shape[1]
    if k == 0:
        return 0
    for i in range(n):
        if relabellings[k, i] != relabellings[k - 1, i]:
            return i
    return n


@njit
def alike(positions, first, candidates, automorphisms, limit):
    """Tell which of the candidates have the shape of a molecule under some relabelling, (c,) bool.

    positions (m, n, 3) angstrom; first, candidates (c,) rows; automorphisms (k, n) sorted; limit: largest sum of
    squared differences of distances, square angstrom.
    """
    shape = _distances(positions[first])
    found = np.zeros(candidates.shape[0], dtype=np.bool_)
    for c in range(candidates.shape[0]):
        found[c] = _is_alike(shape, _distances(positions[candidates[c]]), automorphisms, limit)
    return found


@njit
def _is_alike(shape, other, automorphisms, limit):
    n = shape.shape[0]
    total = np.zeros(n)  # of the first i + 1 atoms of the relabelling before
    valid = 0
    for k in range(automorphisms.shape[0]):
        mapping = automorphisms[k]
        first = min(valid, _shared(automorphisms, k))
        valid = first
        if first > 0 and total[first - 1] > limit:
            continue
        for i in range(first, n):
            added = total[i - 1] if i > 0 else 0.0
            for j in range(i):
                off = other[mapping[i], mapping[j]] - shape[i, j]
                added += off * off
            total[i] = added
            valid = i + 1
            if added > limit:
                break
        if valid == n and total[n - 1] <= limit:
            return True
    return False


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
