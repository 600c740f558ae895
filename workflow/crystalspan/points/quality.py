"""What a map keeps of the neighbours and distances that structures have in the space of their descriptors."""

import numpy as np
from scipy.stats import spearmanr

from crystalspan.points.distances import HeldRows, Rows, imbalance, judged_rows, places, squared_distances

# Spearman's correlation of a million pairs is known to 0.002; more would only take time to sort.
_MAX_PAIRS = 1_000_000

# Every measure of a map, in the order in which they are printed.
MEASURES = ("trustworthiness", "continuity", "shepard", "overlap", "imbalance_to_map", "imbalance_from_map")


def map_quality(rows: Rows, coordinates: np.ndarray, neighbours: int) -> dict:
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
    rows : Rows
        `HeldRows` of a matrix that is in memory.
    coordinates : (n, m) float64
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
