"""Structures that are nearly the same as others and not marked as duplicates: they deflate estimates.

A pair at a hundredth of the usual distance makes a ratio of a hundred where ratios of 1.1 are the rule: in published
landscapes TwoNN falls from 7.2 to 1.3 where an eighth of the structures are duplicates, and from 6 to 4 where 4 % are.
"""

import numpy as np

from crystalspan.points.neighbours import Neighbours

_MUCH_CLOSER = 0.1  # than the tenth neighbour
_FAR = 10
_EVERYWHERE = 0.02  # of the median of all tenth neighbours: where ten structures are the same
_NEAR = 5
_DEVIATIONS = 3.0
_A_PAIR = 2
_SMALL_CHANGE = 0.1  # of an estimate


def near_duplicates(neighbours: Neighbours) -> np.ndarray:
    """Mark the structures that have an earlier one much closer than the rest of their neighbours, (n,) bool.

    None is marked where chance alone brings so many as close: in a smooth cloud of d dimensions the nearest neighbour
    is within a share t of the tenth with probability 1 - (1 - t^d)^9. Its d is taken from neighbours 5 to 10, which
    pairs of duplicates leave as they are.

    Parameters
    ----------
    neighbours : Neighbours
        Ten of each structure or more; with fewer nothing is marked.
    """
    distance, index = neighbours.distance, neighbours.index
    n = len(distance)
    if n <= _FAR or distance.shape[1] < _FAR:
        return np.zeros(n, dtype=bool)
    far = distance[:, _FAR - 1]
    limit = np.maximum(_MUCH_CLOSER * far, _EVERYWHERE * np.median(far))
    close = distance < limit[:, None]
    if close[:, 0].sum() <= _by_chance(distance, n):
        return np.zeros(n, dtype=bool)
    return (close & (index < np.arange(n)[:, None])).any(axis=1)


def _by_chance(distance, n) -> float:
    """How many structures may have so close a neighbour."""
    inner, far = distance[:, _NEAR - 1 : _FAR - 1], distance[:, _FAR - 1 : _FAR]
    apart = inner[:, 0] > 0
    mean = np.log(far[apart] / inner[apart]).mean() if apart.any() else 0.0
    # ln(r_10 / r_j) is 1/d times the sum of 1/i from j to 9, in the mean.
    expected = np.mean([sum(1.0 / i for i in range(j, _FAR)) for j in range(_NEAR, _FAR)])
    dimension = expected / mean if mean > 0 else np.inf
    share = 1.0 - (1.0 - _MUCH_CLOSER**dimension) ** (_FAR - 1)
    return n * share + _DEVIATIONS * np.sqrt(n * share * (1.0 - share)) + _A_PAIR


def duplicates_objection(value: float, without: float, n: int) -> str:
    """Say that an estimate depends on near-duplicates; an empty text where it does not.

    Parameters
    ----------
    value, without : float
        The estimate with and without them.
    n : int
        How many there are.
    """
    if abs(without - value) <= _SMALL_CHANGE * abs(value):
        return ""
    return f"{n} structures are nearly the same as others and not marked as duplicates: {without:.1f} without them"
