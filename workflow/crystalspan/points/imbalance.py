"""How badly one space foretells the neighbours in another, and some principal components those in all."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from crystalspan.points.distances import HeldRows, imbalance, judged_rows, places, squared_distances


def information_imbalance(points: np.ndarray, others: np.ndarray) -> float:
    """How badly distances in one space foretell the nearest neighbours in another: 0 fully, 1 not at all.

    2/n times the mean rank, by the second distance, of the nearest neighbour by the first; 2/n at the least. Glielmo,
    Zeni, Cheng, Csanyi, Laio, PNAS Nexus 2022, 1, pgac039, DOI 10.1093/pnasnexus/pgac039.

    Parameters
    ----------
    points : (n, r) float64
        The space that foretells.
    others : (n, m) float64
        The space that is foretold.

    Returns
    -------
    float
        NaN for fewer than 3 points.
    """
    n = len(points)
    if n < 3:
        return np.nan
    index = judged_rows(n)
    return _imbalance(squared_distances(HeldRows(points), index), squared_distances(HeldRows(others), index), index)


def _imbalance(first, second, index) -> float:
    return imbalance(places(first, second, index, 1), first.shape[1])


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


def imbalance_curve(scores: np.ndarray, sizes: Sequence[int]) -> list[ImbalancePoint]:
    """Information imbalance between the leading components and all of them, for several numbers of components.

    Parameters
    ----------
    scores : (n, r) float64
        Coordinates on all components, leading first.
    sizes : sequence of int
        1 to r.
    """
    index = judged_rows(len(scores))
    full = squared_distances(HeldRows(scores), index)
    curve = []
    for size in sizes:
        part = squared_distances(HeldRows(scores[:, :size]), index)
        curve.append(ImbalancePoint(int(size), _imbalance(part, full, index), _imbalance(full, part, index)))
    return curve
