"""Nearest neighbours of structures, exact, in blocks: searched once, shared by every estimator of the dimension."""

import dataclasses

import numpy as np
from scipy.stats import binom

from crystalspan.arrays import Floats, Integers
from crystalspan.errors import InputError
from crystalspan.points.distances import squared_lengths, squares_between

_EPS = np.finfo(float).eps
# Distances from products of rows carry an error of some 1e-7 of the cloud's size: no finer tolerance can be tested.
FINEST_TOLERANCE = 1e-6
# Squared distances below this share of the squared lengths have lost two digits or more when they come from products.
_CANCELLED = 1e-2
# Chance that a thinned list of neighbours is too short.
_SHORT_LIST = 1e-7


@dataclasses.dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest neighbours of n points.

    Parameters
    ----------
    distance : (n, k) float64
        Ascending; NaN where a neighbour is missing (only after thinning).
    index : (n, k) int64
    diameter : float
        Largest distance between two points.
    """

    distance: np.ndarray
    index: np.ndarray
    diameter: float


def principal_coordinates(values: np.ndarray) -> np.ndarray:
    """The same cloud of points in as few coordinates as hold it: no distance changes.

    Fewer points than columns are turned to their principal axes, D -> rank <= n - 1, by way of the n x n Gram matrix;
    of more points only the mean and constant columns are taken away.

    Parameters
    ----------
    values : (n, D) float64

    Returns
    -------
    (n, r) float64
        Centred; r = 0 where all points are the same.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2:
        raise InputError(f"descriptors must be a matrix, not an array of {values.ndim} dimensions")
    if not np.isfinite(values).all():
        raise InputError("descriptors are not finite numbers", remedy="run featurize again")
    n, d = values.shape
    if n == 0:
        return np.empty((0, 0))
    centred = values - values.mean(axis=0)
    varied = np.ptp(centred, axis=0) > 16 * _EPS * np.maximum(values.max(axis=0), -values.min(axis=0))
    centred = centred if varied.all() else centred[:, varied]
    if centred.shape[1] < n:
        return centred
    squares, axes = np.linalg.eigh(centred @ centred.T)
    squares, axes = squares[::-1], axes[:, ::-1]
    held = squares > max(squares[0], 0.0) * max(n, d) * _EPS
    held[n - 1 :] = False
    return axes[:, held] * np.sqrt(squares[held])


class RowsOf:
    """Some rows of a matrix that is too large to be copied: what is read of them is read when it is needed.

    Parameters
    ----------
    values : (n, D) float64, perhaps a memory map
    rows : (m,) int
    """

    def __init__(self, values: "Floats | RowsOf", rows: Integers):
        self._values, self._rows = values, rows
        self.shape: tuple[int, int] = (len(rows), values.shape[1])

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, chosen) -> np.ndarray:
        return self._values[self._rows[chosen]]


def nearest_neighbours(points: Floats | RowsOf, count: int, block_mib: float) -> Neighbours:
    """The nearest neighbours of every point by brute force, in blocks of bounded memory.

    Blocks of squared distances come from matrix products, each pair once; small distances of the neighbours found are
    then taken from differences, so that they carry no cancellation.

    Parameters
    ----------
    points : (n, r) float64
        May be a memory map, or `RowsOf` one.
    count : int
        Neighbours wanted; reduced to n - 1.
    block_mib : float
        Memory beside points and result, MiB.
    """
    return _search(points, count, block_mib, 0.0)[0]


def distinct_neighbours(
    points: Floats | RowsOf, count: int, tolerance: float, block_mib: float
) -> tuple[Neighbours, np.ndarray]:
    """The nearest neighbours of the points that are left when near-duplicates are removed.

    A point goes when an earlier one lies within the tolerance: of structures in the order of energy the lowest stays.

    Parameters
    ----------
    points, count, block_mib : as in `nearest_neighbours`
    tolerance : float
        Share of the cloud's root-mean-square radius, at least 1e-6.

    Returns
    -------
    neighbours : Neighbours
        Of the points left, numbered anew.
    kept : (m,) int64
        Which points were left.
    """
    if not tolerance >= FINEST_TOLERANCE:
        raise InputError(f"a tolerance of {tolerance:g} for duplicates is below rounding", remedy="give 1e-6 or more")
    found, twin = _search(points, count, block_mib, tolerance)
    if not twin.any():
        return found, np.arange(len(points))
    kept = np.flatnonzero(~twin)
    return nearest_neighbours(RowsOf(points, kept), count, block_mib), kept


def _search(points, count, block_mib, tolerance):
    """Neighbours, and which points have an earlier one within the tolerance."""
    n, r = points.shape
    count = max(min(count, n - 1), 0)
    # Two blocks of points, three squares of distances and the candidates of the rows: s (2r + 3s + 3k) numbers.
    budget = block_mib * 2**20 / 8
    width = 2 * r + 3 * count
    size = int(max(1, min(n, max(32, (np.sqrt(width**2 + 12 * budget) - width) / 6))))
    spans = [slice(start, min(start + size, n)) for start in range(0, n, size)]
    mean = sum((points[rows].sum(axis=0) for rows in spans), np.zeros(r)) / max(n, 1)
    squares = np.concatenate([np.zeros(0), *(squared_lengths(points[rows] - mean) for rows in spans)])
    if not np.isfinite(squares).all():
        raise InputError("descriptors are not finite numbers", remedy="run featurize again")
    limit = tolerance**2 * squares.sum() / max(n, 1)
    best, who = np.full((n, count), np.inf), np.full((n, count), -1, dtype=np.int64)
    twin, widest = np.zeros(n, dtype=bool), 0.0
    for number, rows in enumerate(spans):
        left = points[rows] - mean
        for columns in spans[number:]:
            own = columns is rows
            block = squares_between(left, left if own else points[columns] - mean, squares[rows], squares[columns])
            widest = max(widest, block.max(initial=0.0))
            if own:
                np.fill_diagonal(block, np.inf)
            if tolerance > 0:
                close = block <= limit
                twin[columns] |= (np.triu(close) if own else close).any(axis=0)
            best[rows], who[rows] = _nearest(best[rows], who[rows], block, columns.start, count)
            if not own:
                best[columns], who[columns] = _nearest(best[columns], who[columns], block.T, rows.start, count)
    distance, index = _refined(points, best, who, squares)
    return Neighbours(distance, index, float(np.sqrt(widest))), twin


def _nearest(best, who, squares, start, count):
    """The `count` nearest of those found so far and a new block."""
    new = np.broadcast_to(np.arange(start, start + squares.shape[1]), squares.shape)
    if squares.shape[1] > count:
        part = np.argpartition(squares, count, axis=1)[:, :count]
        squares, new = np.take_along_axis(squares, part, axis=1), np.take_along_axis(new, part, axis=1)
    best, who = np.concatenate([best, squares], axis=1), np.concatenate([who, new], axis=1)
    if best.shape[1] > count:
        part = np.argsort(best, axis=1, kind="stable")[:, :count]
        best, who = np.take_along_axis(best, part, axis=1), np.take_along_axis(who, part, axis=1)
    return best, who


def _refined(points, squares, who, lengths):
    """Distances, those much shorter than the vectors from differences, ascending; the neighbours in that order."""
    distance = np.sqrt(squares)
    cancelled = squares < _CANCELLED * (lengths[:, None] + lengths[who])
    for row in np.flatnonzero(cancelled.any(axis=1)):
        others = cancelled[row]
        difference = points[who[row, others]] - points[row]
        distance[row, others] = np.sqrt(squared_lengths(difference))
    order = np.argsort(distance, axis=1, kind="stable")
    return np.take_along_axis(distance, order, axis=1), np.take_along_axis(who, order, axis=1)


def thinning_reach(count: int, share: float) -> int:
    """How many neighbours to search so that a random subset still holds `count` of them around every point.

    Parameters
    ----------
    count : int
        Neighbours needed in the subset.
    share : float
        Size of the subset, above 0.
    """
    reach = int(np.ceil(count / share))
    while binom.cdf(count - 1, reach, share) > _SHORT_LIST:
        reach += max(1, count // 4)
    return reach


def thinned(neighbours: Neighbours, kept: np.ndarray, count: int) -> Neighbours:
    """The neighbours within a subset of the points, from the lists of all: nothing is searched again.

    Parameters
    ----------
    neighbours : Neighbours
        Of all points, lists long enough (`thinning_reach`).
    kept : (m,) int
        The subset, ascending.
    count : int
        Neighbours wanted; NaN and -1 stand where a list is too short.
    """
    place = np.full(len(neighbours.index), -1)
    place[kept] = np.arange(len(kept))
    index, distance = place[neighbours.index[kept]], neighbours.distance[kept]
    order = np.argsort(index < 0, axis=1, kind="stable")[:, :count]
    index, distance = np.take_along_axis(index, order, axis=1), np.take_along_axis(distance, order, axis=1)
    return Neighbours(np.where(index < 0, np.nan, distance), index, neighbours.diameter)
