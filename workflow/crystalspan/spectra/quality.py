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
        Has `n_structures`, `spans()` and `read(start, stop)`, (stop - start, D) float64.
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


class HeldRows:
    """Rows that are in memory."""

    def __init__(self, values):
        self.values, self.n_structures = values, len(values)

    def spans(self):
        """Start and stop of the only block."""
        return [(0, self.n_structures)]

    def read(self, start, stop):
        """Return some rows."""
        return self.values[start:stop]


def squared_distances(rows, index: np.ndarray) -> np.ndarray:
    """Squared distances from chosen rows to all rows, (len(index), n) float64."""
    chosen = np.concatenate([rows.read(i, i + 1) for i in index]) if len(index) < rows.n_structures else None
    if chosen is None:
        chosen = np.concatenate([rows.read(*span) for span in rows.spans()])
    squares = (chosen**2).sum(axis=1)
    distances = np.empty((len(index), rows.n_structures))
    for start, stop in rows.spans():
        block = rows.read(start, stop)
        distances[:, start:stop] = squares[:, None] - 2 * chosen @ block.T + (block**2).sum(axis=1)
    return np.maximum(distances, 0.0)
