"""Structures that are nearly the same as others and not marked as duplicates: they deflate estimates.

A pair at a hundredth of the usual distance makes a ratio of a hundred where ratios of 1.1 are the rule: in published
landscapes TwoNN falls from 7.2 to 1.3 where an eighth of the structures are duplicates, and from 6 to 4 where 4 % are.
"""

import numpy as np
from scipy.special import pdtrc

from crystalspan.points.neighbours import Neighbours

_MUCH_CLOSER = 0.1  # than the tenth neighbour
_FAR = 10
_EVERYWHERE = 0.02  # of the median of all tenth neighbours: where ten structures are the same
_NEAR = 5
_FALSE_ALARMS = 1e-3
_SMALL_CHANGE = 0.1  # of an estimate


def near_duplicates(neighbours: Neighbours) -> np.ndarray:
    """Mark the structures that have an earlier one much closer than the rest of their neighbours, (n,) bool.

    None is marked where chance may bring so many as close: in a smooth cloud of d dimensions the nearest neighbour is
    within a share t of the tenth with probability 1 - (1 - t^d)^9, and pairs that are so close have a Poisson
    distribution; as many as there are must have a probability below 0.001. Its d is taken from neighbours 5 to 10,
    which pairs of duplicates hardly change, less its standard error (of n / 10 independent neighbourhoods).

    Measured: 2 of 5,380 smooth samples of 60 to 1000 points in 1 to 5 dimensions had a mark (rolled, spherical,
    curved, normal, of two densities). Of 60 points in 5 dimensions 12 % of moved copies are seen in every sample, 4 %
    in half of them; in 2 dimensions 30 % in a third. Of 300 points 4 % are seen from 5 dimensions on, 12 % from 3 on.

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
    marked = (close & (index < np.arange(n)[:, None])).any(axis=1)
    # The probability of as many pairs or more.
    by_chance = pdtrc(max(int(marked.sum()) - 1, 0), _pairs_by_chance(distance, n))
    return marked if by_chance < _FALSE_ALARMS else np.zeros(n, dtype=bool)


def _pairs_by_chance(distance, n) -> float:
    """How many pairs are to be expected that are so close."""
    inner, far = distance[:, _NEAR - 1 : _FAR - 1], distance[:, _FAR - 1 : _FAR]
    apart = inner[:, 0] > 0
    logs = np.log(far[apart] / inner[apart]).mean(axis=1) if apart.any() else np.zeros(1)
    mean = logs.mean()
    # ln(r_10 / r_j) is 1/d times the sum of 1/i from j to 9, in the mean.
    expected = np.mean([sum(1.0 / i for i in range(j, _FAR)) for j in range(_NEAR, _FAR)])
    error = logs.std() / np.sqrt(max(len(logs) / _FAR, 1.0))
    dimension = expected / (mean + error) if mean > 0 else np.inf
    share = 1.0 - (1.0 - _MUCH_CLOSER**dimension) ** (_FAR - 1)
    return n * share / 2.0


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
