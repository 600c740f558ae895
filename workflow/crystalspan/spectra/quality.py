"""Does a map keep the neighbours that structures have in the space of their descriptors?"""

import numpy as np

# Distances from the judged structures to all others are held in memory: at most this many at a time.
_MAX_DISTANCES = 2e7


def map_quality(rows, coordinates: np.ndarray, neighbours: int) -> dict:
    """Trustworthiness and neighbour overlap of a map of structures.

    Trustworthiness (Venna, Kaski, ICANN 2001, DOI 10.1007/3-540-44668-0_68) is 1 when no structure has a
    neighbour on the map that is far away in descriptor space; the overlap is the mean share of the k nearest
    neighbours that descriptor space and map have in common. Of large sets evenly spaced structures are
    judged, against all others.

    Parameters
    ----------
    rows : object
        Has `n_structures`, `block_rows`, `spans()` and `read(start, stop)`, (stop - start, D) float64.
    coordinates : ndarray (n, m) float64
        Places on the map.
    neighbours : int
        k; reduced to (n - 1) // 2 for small sets.

    Returns
    -------
    dict
        trustworthiness, overlap (floats in 0..1), neighbours and judged (int); empty for fewer than 4
        structures.
    """
    n = rows.n_structures
    k = min(neighbours, (n - 1) // 2)
    if n < 4 or k < 1 or coordinates.shape[1] == 0:
        return {}
    index = judged_rows(n)
    full = squared_distances(rows, index)
    flat = squared_distances(HeldRows(coordinates), index)
    places = np.arange(len(index))
    full[places, index] = flat[places, index] = np.inf
    penalty, shared = 0, 0
    for far, near in zip(full, flat, strict=True):
        on_map = np.argpartition(near, k)[:k]
        # Place of each map neighbour among the true neighbours: 1 is the nearest.
        place = np.searchsorted(np.sort(far), far[on_map]) + 1
        penalty += np.maximum(place - k, 0).sum()
        shared += np.count_nonzero(place <= k)
    worst = len(index) * k * (2 * n - 3 * k - 1) / 2
    return {
        "trustworthiness": float(1 - penalty / worst),
        "overlap": float(shared / (len(index) * k)),
        "neighbours": int(k),
        "judged": len(index),
    }


def judged_rows(n: int) -> np.ndarray:
    """Return the rows of n structures that are judged, ascending: all of a small set, evenly spaced ones of a large."""
    count = min(n, max(100, int(_MAX_DISTANCES // n)))
    return np.unique(np.linspace(0, n - 1, count).round().astype(int))


def judging_bytes(n: int) -> int:
    """Memory that the distances of `map_quality` take, in descriptor space and on the map."""
    return 2 * 8 * len(judged_rows(n)) * n if n else 0


class HeldRows:
    """Rows that are in memory."""

    def __init__(self, values):
        self.values, self.n_structures, self.block_rows = values, len(values), max(len(values), 1)

    def spans(self):
        """Start and stop of the only block."""
        return [(0, self.n_structures)]

    def read(self, start, stop):
        """Return some rows."""
        return self.values[start:stop]


def squared_distances(rows, index: np.ndarray) -> np.ndarray:
    """Squared distances from chosen rows to all rows, (len(index), n) float64, with two blocks in memory."""
    distances = np.empty((len(index), rows.n_structures))
    for first in range(0, len(index), rows.block_rows):
        part = index[first : first + rows.block_rows]
        chosen = _chosen_rows(rows, part)
        squares = np.einsum("ij,ij->i", chosen, chosen)
        for start, stop in rows.spans():
            block = rows.read(start, stop)
            found = distances[first : first + len(part), start:stop]
            np.matmul(chosen, block.T, out=found)
            found *= -2
            found += squares[:, None]
            found += np.einsum("ij,ij->i", block, block)
    return np.maximum(distances, 0.0, out=distances)


def _chosen_rows(rows, index):
    """Rows from one read where they are neighbours, else one by one."""
    if len(index) == index[-1] - index[0] + 1:
        return rows.read(index[0], index[-1] + 1)
    return np.concatenate([rows.read(i, i + 1) for i in index])
