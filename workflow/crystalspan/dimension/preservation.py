"""What a map keeps of the distances between structures, beyond the neighbours that `spectra.quality` counts."""

from typing import NamedTuple

import numpy as np
from scipy.stats import spearmanr

from crystalspan.spectra.quality import HeldRows, judged_rows, map_quality, squared_distances


class Preservation(NamedTuple):
    """How well a map keeps similarity; every measure is 1 for a perfect map, but the imbalances are 0.

    Attributes
    ----------
    trustworthiness : float
        1 where no structure has a neighbour on the map that is far away in truth.
    continuity : float
        1 where no neighbour in truth is far away on the map.
    overlap : float
        Mean share of the nearest neighbours that truth and map have in common.
    shepard : float
        Spearman's correlation of the distances.
    imbalance_to_map, imbalance_from_map : float
        Information imbalance truth -> map and map -> truth (`information_imbalance`).
    neighbours, judged : int
        Neighbours compared, and structures whose neighbours were.
    """

    trustworthiness: float
    continuity: float
    overlap: float
    shepard: float
    imbalance_to_map: float
    imbalance_from_map: float
    neighbours: int
    judged: int


def preservation(points: np.ndarray, coordinates: np.ndarray, neighbours: int) -> Preservation | None:
    """Judge a map of structures by all measures.

    Venna, Kaski, ICANN 2001, DOI 10.1007/3-540-44668-0_68 (trustworthiness, continuity); Shepard, Psychometrika 1962,
    27, 125, DOI 10.1007/BF02289630. Of large sets evenly spaced structures are judged, against all others.

    Parameters
    ----------
    points : ndarray (n, r) float64
        Where the structures are in truth: descriptors, or their principal coordinates.
    coordinates : ndarray (n, m) float64
        Where they are on the map.
    neighbours : int
        k; reduced to (n - 1) // 2 for small sets.

    Returns
    -------
    Preservation or None
        None for fewer than 4 structures or a map without coordinates.
    """
    forth = map_quality(HeldRows(points), coordinates, neighbours)
    if not forth:
        return None
    back = map_quality(HeldRows(coordinates), points, neighbours)
    index = judged_rows(len(points))
    full, flat = _distances(points, index), _distances(coordinates, index)
    others = np.arange(len(points))
    # Each pair once: distances there and back differ by rounding, which would break ties.
    once = (others > index[:, None]) | ~np.isin(others, index)
    return Preservation(
        trustworthiness=forth["trustworthiness"],
        continuity=back["trustworthiness"],
        overlap=forth["overlap"],
        shepard=float(spearmanr(full[once], flat[once]).statistic),
        imbalance_to_map=_imbalance(full, flat),
        imbalance_from_map=_imbalance(flat, full),
        neighbours=forth["neighbours"],
        judged=forth["judged"],
    )


def information_imbalance(points: np.ndarray, others: np.ndarray) -> float:
    """How badly distances in one space foretell the nearest neighbours in another: 0 fully, 1 not at all.

    2/n times the mean rank, by the second distance, of the nearest neighbour by the first; 2/n at the least. Glielmo,
    Zeni, Cheng, Csanyi, Laio, PNAS Nexus 2022, 1, pgac039, DOI 10.1093/pnasnexus/pgac039.

    Parameters
    ----------
    points : ndarray (n, r) float64
        The space that foretells.
    others : ndarray (n, m) float64
        The space that is foretold.

    Returns
    -------
    float
        NaN for fewer than 3 points.
    """
    if len(points) < 3:
        return np.nan
    index = judged_rows(len(points))
    return _imbalance(_distances(points, index), _distances(others, index))


def _distances(points, index):
    """Squared distances from the judged points to all, infinite to themselves."""
    squares = squared_distances(HeldRows(np.asarray(points, dtype=float)), index)
    squares[np.arange(len(index)), index] = np.inf
    return squares


def _imbalance(first, second) -> float:
    nearest = np.take_along_axis(second, first.argmin(axis=1)[:, None], axis=1)
    ranks = 1 + np.count_nonzero(second < nearest, axis=1)
    return float(2 / first.shape[1] * ranks.mean())


class ImbalancePoint(NamedTuple):
    """Information imbalances between k principal components and the whole descriptor.

    Attributes
    ----------
    components : int
    to_all : float
        The components foretell the descriptor's neighbours: falls to 2/n as k grows.
    from_all : float
        The descriptor foretells the components' neighbours.
    """

    components: int
    to_all: float
    from_all: float


def imbalance_curve(scores: np.ndarray, sizes) -> list[ImbalancePoint]:
    """Information imbalance between the leading components and all of them, for several numbers of components.

    Parameters
    ----------
    scores : ndarray (n, r) float64
        Coordinates on all components, leading first.
    sizes : sequence of int
        1 to r.
    """
    index = judged_rows(len(scores))
    full = _distances(scores, index)
    curve = []
    for size in sizes:
        part = _distances(scores[:, :size], index)
        curve.append(ImbalancePoint(int(size), _imbalance(part, full), _imbalance(full, part)))
    return curve
