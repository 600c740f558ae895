"""The intrinsic dimension of a set of structures by every estimator, and around each structure."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from crystalspan.dimension.estimators.estimate import ErrorSettings, Estimate, Estimator, estimate
from crystalspan.dimension.estimators.own import Gride, LevinaBickel, LocalPCA, TwoNN, TwoNNFit
from crystalspan.points.neighbours import (
    Neighbours,
    RowsOf,
    distinct_neighbours,
    principal_coordinates,
    thinning_reach,
)


@dataclasses.dataclass(frozen=True)
class IntrinsicSettings:
    """Which estimators, and how.

    Parameters
    ----------
    discarded : float
        Share of the largest ratios left out by TwoNN's fit.
    gride_orders : tuple of int
        Orders n of Gride, which compares neighbours n and 2n.
    mle_neighbours : tuple of int
        Neighbourhoods k of the maximum-likelihood estimator.
    pca_neighbours : tuple of int
        Neighbourhoods k of local PCA.
    pca_share : float
        Eigenvalues above this share of the largest count in local PCA.
    duplicate_tolerance : float
        Structures closer than this share of the cloud's root-mean-square radius are duplicates.
    block_mib : float
        Memory of the search for neighbours beside points and lists, MiB.
    errors : ErrorSettings
    """

    discarded: float
    gride_orders: tuple[int, ...]
    mle_neighbours: tuple[int, ...]
    pca_neighbours: tuple[int, ...]
    pca_share: float
    duplicate_tolerance: float
    block_mib: float
    errors: ErrorSettings


@dataclasses.dataclass(frozen=True, eq=False)
class Cloud:
    """The distinct points of a set of structures and their neighbours: what every estimator needs.

    Parameters
    ----------
    points : (m, r) float64
        `RowsOf` the values where these are a memory map with near-duplicates.
    neighbours : Neighbours
    kept : (m,) int64
        Rows of the structures that are no near-duplicates of an earlier one.
    n_duplicates : int
        How many are.
    """

    points: Any
    neighbours: Neighbours
    kept: np.ndarray
    n_duplicates: int


def estimators(settings: IntrinsicSettings) -> list[Estimator]:
    """Our own estimators, in the order in which they are reported."""
    return [
        TwoNN(),
        TwoNNFit(settings.discarded),
        *(Gride(order) for order in settings.gride_orders),
        *(LevinaBickel(k) for k in settings.mle_neighbours),
        *(LocalPCA(k, settings.pca_share) for k in settings.pca_neighbours),
    ]


def cloud(values: np.ndarray, used: list[Estimator], settings: IntrinsicSettings) -> Cloud:
    """Remove near-duplicates and find the neighbours that some estimators need, for error bars too.

    Parameters
    ----------
    values : (n, D) float64
        Descriptors, prepared. A memory map of finite numbers is used as it is, and never held as a whole.
    used : list of Estimator
    settings : IntrinsicSettings
    """
    points: np.ndarray | RowsOf = values if isinstance(values, np.memmap) else principal_coordinates(values)
    reach = thinning_reach(max((one.reach for one in used), default=1), settings.errors.share)
    neighbours, kept = distinct_neighbours(points, reach, settings.duplicate_tolerance, settings.block_mib)
    if len(kept) < len(points):
        points = RowsOf(points, kept) if isinstance(points, np.memmap) else points[kept]
    return Cloud(points, neighbours, kept, len(values) - len(kept))


def intrinsic_dimension(
    values: np.ndarray, settings: IntrinsicSettings, others: Sequence[Estimator] = ()
) -> list[Estimate]:
    """Estimate the intrinsic dimension of a set of structures by every estimator.

    Parameters
    ----------
    values : (n, D) float64
        Descriptors, prepared (pooled, ordered, scaled).
    settings : IntrinsicSettings
    others : sequence of Estimator
        Further estimators, such as those of `crystalspan.dimension.estimators.scikit_dimension`.

    Returns
    -------
    list of Estimate
        One an estimator and scale, invalid ones included.

    Raises
    ------
    InputError
        The values are no matrix of finite numbers, or the library of one of the `others` is missing.
    """
    used = [*estimators(settings), *others]
    held = cloud(values, used, settings)
    return [estimate(one, held.neighbours, held.points, held.n_duplicates, settings.errors) for one in used]


def local_estimates(held: Cloud, n: int, settings: IntrinsicSettings) -> dict[tuple[str, int], np.ndarray]:
    """The dimension around each structure, by neighbourhoods of every size.

    Parameters
    ----------
    held : Cloud
    n : int
        Structures before near-duplicates were removed.
    settings : IntrinsicSettings

    Returns
    -------
    dict of (method, neighbours) to (n,) float64
        NaN for the near-duplicates, and where there are too few structures.
    """
    found = {}
    for one in estimators(settings):
        if not isinstance(one, LevinaBickel | LocalPCA):
            continue
        values = np.full(n, np.nan)
        if held.neighbours.index.shape[1] >= one.reach:
            rest = (held.points,) if one.needs_points else ()
            values[held.kept] = one.local(held.neighbours, *rest)
        found[one.name, one.reach] = values
    return found
