"""Crystals compared by the distances between their atoms, whatever their molecules: AMD, PDD, EMD."""

import math
from collections.abc import Iterable

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.fingerprints import neighbour_distances, pointwise_distances
from crystalspan.errors import InputError
from crystalspan.landscape.file import Landscape

NEIGHBOURS = 100
# Rows of two distributions are paired one by one; more would take seconds a pair.
_MOST_ROWS = 2000


def element_distances(
    landscape: Landscape, rows: Iterable[int] | None = None, neighbours: int = NEIGHBOURS
) -> np.ndarray:
    """Return each crystal's mean sorted neighbour distances by element, (s, elements * neighbours), angstrom.

    `crystalspan.crystallography.fingerprints.neighbour_distances` says what they are.
    """
    return _mean_distances(landscape, rows, neighbours, by_element=True)


def average_minimum_distances(
    landscape: Landscape, rows: Iterable[int] | None = None, neighbours: int = NEIGHBOURS
) -> np.ndarray:
    """Return each crystal's average minimum distances, over atoms of all elements, (s, neighbours) float64, angstrom.

    Widdowson et al., MATCH Commun. Math. Comput. Chem. 2022, 87, 529, DOI 10.46793/match.87-3.529W.
    """
    return _mean_distances(landscape, rows, neighbours, by_element=False)


def _mean_distances(landscape, rows, neighbours, by_element) -> np.ndarray:
    found = []
    for row in range(len(landscape)) if rows is None else rows:
        one = landscape.structure(row)
        kinds = one.atomic_number if by_element else np.zeros_like(one.atomic_number)
        crystal = one.fractional, cell_matrix(one.cell), one.rotations, one.translations
        found.append(neighbour_distances(kinds, *crystal, neighbours=neighbours))
    return np.array(found)


def distance_distribution(landscape: Landscape, row: int, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """Return a crystal's pointwise distance distribution with equal weights, (n, neighbours) float64, angstrom.

    A row for each listed atom. All listed atoms stand for equally many of the cell, so that no weights are needed.
    Widdowson, Kurlin, NeurIPS 2022, arXiv:2108.04798.
    """
    one = landscape.structure(row)
    return pointwise_distances(one.fractional, cell_matrix(one.cell), one.rotations, one.translations, neighbours)[0]


def distribution_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the earth mover's distance of two pointwise distance distributions of equal weights, angstrom.

    Rows differ by their largest difference in any column (Chebyshev). With equal weights the cheapest transport is a
    pairing; distributions of different numbers of rows are repeated up to their least common multiple.

    Parameters
    ----------
    first : (n, k) float64
    second : (m, k) float64

    Raises
    ------
    InputError
        The least common multiple of n and m is too large.
    """
    common = math.lcm(len(first), len(second))
    if common > _MOST_ROWS:
        raise InputError(
            f"distributions of {len(first)} and {len(second)} rows: more than {_MOST_ROWS} to pair",
            remedy="compare crystals whose numbers of listed atoms are multiples of each other",
        )
    costs = cdist(first, second, "chebyshev")
    costs = costs.repeat(common // len(first), axis=0).repeat(common // len(second), axis=1)
    return float(costs[linear_sum_assignment(costs)].mean())
