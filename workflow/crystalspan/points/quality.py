"""What a map keeps of the neighbours and distances that structures have in the space of their descriptors."""

import numpy as np
from scipy.stats import spearmanr

# Distances from the judged structures to all others are held in memory: at most this many at a time.
_MAX_DISTANCES = 2e7
# Spearman's correlation of a million pairs is known to 0.002; more would only take time to sort.
_MAX_PAIRS = 1_000_000

# Every measure of a map, in the order in which they are printed.
MEASURES = ("trustworthiness", "continuity", "shepard", "overlap", "imbalance_to_map", "imbalance_from_map")


def map_quality(rows, coordinates: np.ndarray, neighbours: int) -> dict:
    """Judge a map of structures: what it keeps of the distances between their descriptors, by six measures.

    Trustworthiness is 1 when no structure has a neighbour on the map that is far away in truth, continuity when no
    true neighbour is far away on the map (Venna, Kaski, ICANN 2001, DOI 10.1007/3-540-44668-0_68). The overlap is the
    mean share of the k nearest neighbours that truth and map have in common. Shepard's measure is Spearman's
    correlation of the distances (Psychometrika 1962, 27, 125, DOI 10.1007/BF02289630). The information imbalance is
    2/n times the mean rank on the map of the nearest neighbour in truth, and the other way round: 0 (2/n) for a
    perfect map, 1 where the one tells nothing of the other (Glielmo et al., PNAS Nexus 2022, 1, pgac039,
    DOI 10.1093/pnasnexus/pgac039). Of large sets evenly spaced structures are judged, against all others.

    Parameters
    ----------
    rows : object
        Has `n_structures`, `block_rows`, `spans()`, `read(start, stop)` and `read_rows(index)`; `HeldRows` of a
        matrix.
    coordinates : ndarray (n, m) float64
        Places on the map.
    neighbours : int
        k; reduced to (n - 1) // 2 for small sets.

    Returns
    -------
    dict
        `MEASURES` (float), neighbours and judged (int); empty for fewer than 4 structures or a map without
        coordinates. shepard is NaN where all distances of one kind are equal.
    """
    n = rows.n_structures
    k = min(neighbours, (n - 1) // 2)
    if n < 4 or k < 1 or coordinates.shape[1] == 0:
        return {}
    index = judged_rows(n)
    full = squared_distances(rows, index)
    flat = squared_distances(HeldRows(coordinates), index)
    shepard = _shepard(full, flat, index)
    to_truth, to_map = places(flat, full, index, k), places(full, flat, index, k)
    worst = len(index) * k * (2 * n - 3 * k - 1) / 2
    return {
        "trustworthiness": float(1 - np.maximum(to_truth - k, 0).sum() / worst),
        "continuity": float(1 - np.maximum(to_map - k, 0).sum() / worst),
        "shepard": shepard,
        "overlap": float((to_truth <= k).mean()),
        "imbalance_to_map": imbalance(to_map, n),
        "imbalance_from_map": imbalance(to_truth, n),
        "neighbours": int(k),
        "judged": len(index),
    }


def judged_rows(n: int) -> np.ndarray:
    """Return the rows of n structures that are judged, ascending: all of a small set, evenly spaced ones of a large."""
    count = min(n, max(100, int(_MAX_DISTANCES // n)))
    return np.unique(np.linspace(0, n - 1, count).round().astype(int))


def places(first: np.ndarray, second: np.ndarray, index: np.ndarray, k: int) -> np.ndarray:
    """The ranks, by the second distance, of the k nearest neighbours by the first.

    Parameters
    ----------
    first, second : ndarray (m, n) float64
        Distances (or their squares) from judged structures to all; those to themselves are not looked at.
    index : ndarray (m,) int
        Which structures are judged.
    k : int

    Returns
    -------
    ndarray (m, k) int64
        1 is the nearest; neighbours by the first distance in ascending order.
    """
    found = np.empty((len(index), k), dtype=np.int64)
    for row, itself in enumerate(index):
        near, far = first[row].copy(), second[row].copy()
        near[itself] = far[itself] = np.inf
        nearest = np.argpartition(near, k)[:k]
        nearest = nearest[np.argsort(near[nearest], kind="stable")]
        found[row] = np.searchsorted(np.sort(far), far[nearest]) + 1
    return found


def imbalance(ranks: np.ndarray, n: int) -> float:
    """Information imbalance of n structures from the ranks of nearest neighbours, as `places` gives them."""
    return float(2 / n * ranks[:, 0].mean())


class HeldRows:
    """Rows that are in memory."""

    def __init__(self, values):
        self.values, self.n_structures = np.asarray(values, dtype=float), len(values)
        self.block_rows = max(len(values), 1)

    def spans(self):
        """Start and stop of the only block."""
        return [(0, self.n_structures)]

    def read(self, start, stop):
        """Return some rows."""
        return self.values[start:stop]

    def read_rows(self, index):
        """Return the rows of an index."""
        return self.values[index]


def squared_distances(rows, index: np.ndarray) -> np.ndarray:
    """Squared distances from chosen rows to all rows, (len(index), n) float64, with two blocks in memory."""
    distances = np.empty((len(index), rows.n_structures))
    for first in range(0, len(index), rows.block_rows):
        part = index[first : first + rows.block_rows]
        chosen = rows.read_rows(part)
        squares = np.einsum("ij,ij->i", chosen, chosen)
        for start, stop in rows.spans():
            block = rows.read(start, stop)
            found = distances[first : first + len(part), start:stop]
            np.matmul(chosen, block.T, out=found)
            found *= -2
            found += squares[:, None]
            found += np.einsum("ij,ij->i", block, block)
    return np.maximum(distances, 0.0, out=distances)


def _shepard(full, flat, index) -> float:
    """Spearman's correlation over all pairs, or over as many as it takes, drawn at random."""
    rows, others = _pairs(index, full.shape[1])
    truth, drawn = full[rows, others], flat[rows, others]
    if np.ptp(truth) == 0 or np.ptp(drawn) == 0:
        return float("nan")
    return float(spearmanr(truth, drawn).statistic)


def _pairs(index, n):
    """Rows of the matrix of distances, and columns; no structure with itself."""
    m, others = len(index), np.arange(n)
    if m * n <= 2 * _MAX_PAIRS:
        # Each pair once: distances there and back differ by rounding, which would break ties.
        return np.nonzero((others > index[:, None]) | ~np.isin(others, index))
    generator = np.random.default_rng(0)
    rows, columns = generator.integers(m, size=_MAX_PAIRS), generator.integers(n, size=_MAX_PAIRS)
    different = index[rows] != columns
    return rows[different], columns[different]
