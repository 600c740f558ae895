"""Distances of some structures to all, in blocks, and the ranks of neighbours in them: what judges maps and spaces."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

# Distances from the judged structures to all others are held in memory: at most this many at a time.
_MAX_DISTANCES = 2e7


class Rows(Protocol):
    """The rows of a matrix that may be too large for the memory, read whenever they are needed.

    Attributes
    ----------
    n_structures, block_rows : int
        Rows in all, and in a block.
    """

    n_structures: int
    block_rows: int

    def spans(self) -> Sequence[tuple[int, int]]:
        """Return start and stop of every block."""

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return the rows start to stop."""

    def read_rows(self, index: np.ndarray) -> np.ndarray:
        """Return the rows of an index."""


class HeldRows:
    """Rows that are in memory."""

    def __init__(self, values: np.ndarray):
        self.values, self.n_structures = np.asarray(values, dtype=float), len(values)
        self.block_rows = max(len(values), 1)

    def spans(self) -> list[tuple[int, int]]:
        """Start and stop of the only block."""
        return [(0, self.n_structures)]

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return some rows."""
        return self.values[start:stop]

    def read_rows(self, index: np.ndarray) -> np.ndarray:
        """Return the rows of an index."""
        return self.values[index]


def squared_lengths(points: np.ndarray) -> np.ndarray:
    """Squared lengths of rows, (n,) float64."""
    return np.einsum("ij,ij->i", points, points)


def squares_between(
    left: np.ndarray,
    right: np.ndarray,
    left_squares: np.ndarray,
    right_squares: np.ndarray,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Squared distances between two sets of points, by way of their products; none is below 0.

    Parameters
    ----------
    left : (n, r) float64
    right : (m, r) float64
    left_squares : (n,) float64
    right_squares : (m,) float64
        As from `squared_lengths`.
    out : (n, m) float64, optional
        Where they go.

    Returns
    -------
    (n, m) float64
    """
    squares = np.matmul(left, right.T, out=out)
    squares *= -2.0
    squares += left_squares[:, None]
    squares += right_squares
    return np.maximum(squares, 0.0, out=squares)


def squared_distances(rows: Rows, index: np.ndarray) -> np.ndarray:
    """Squared distances from chosen rows to all rows, (len(index), n) float64, with two blocks in memory."""
    distances = np.empty((len(index), rows.n_structures))
    for first in range(0, len(index), rows.block_rows):
        part = index[first : first + rows.block_rows]
        chosen = rows.read_rows(part)
        squares = squared_lengths(chosen)
        for start, stop in rows.spans():
            block = rows.read(start, stop)
            found = distances[first : first + len(part), start:stop]
            squares_between(chosen, block, squares, squared_lengths(block), found)
    return distances


def judged_rows(n: int) -> np.ndarray:
    """Return the rows of n structures that are judged, ascending: all of a small set, evenly spaced ones of a large."""
    count = min(n, max(100, int(_MAX_DISTANCES // n)))
    return np.unique(np.linspace(0, n - 1, count).round().astype(int))


def places(first: np.ndarray, second: np.ndarray, index: np.ndarray, k: int) -> np.ndarray:
    """The ranks, by the second distance, of the k nearest neighbours by the first.

    Parameters
    ----------
    first, second : (m, n) float64
        Distances (or their squares) from judged structures to all; those to themselves are not looked at.
    index : (m,) int
        Which structures are judged.
    k : int

    Returns
    -------
    (m, k) int64
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
