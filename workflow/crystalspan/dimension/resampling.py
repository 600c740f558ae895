"""How component counts depend on the number of structures, and how sure they are: subsets without replacement."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import scipy.linalg
from scipy.stats import norm

from crystalspan.dimension.estimators.estimate import subset_error
from crystalspan.spectra.components import ComponentCount, CountSettings, component_counts

_EPS = np.finfo(float).eps
# Structures held at a time.
_ROWS = 1024


@dataclasses.dataclass(frozen=True)
class RarefiedCount:
    """A number of components at a smaller number of structures: one point of a rarefaction curve k(n).

    Parameters
    ----------
    criterion, threshold : as in `ComponentCount`
    n_structures : int
        Size of the random subsets.
    mean, deviation : float
        Over the subsets that give an answer; NaN where none does, deviation NaN for a single one.
    subsets : int
        Subsets that gave an answer.
    """

    criterion: str
    threshold: float
    n_structures: int
    mean: float
    deviation: float
    subsets: int


@dataclasses.dataclass(frozen=True)
class CountInterval:
    """A number of components with its error from subsets without replacement.

    Parameters
    ----------
    criterion, threshold, components : as in `ComponentCount`
    standard_error : float
    low, high : float
        Confidence interval, within 0 and the rank. It speaks of other samples of this size, not of the count for ever
        more structures: that is what the rarefaction curve shows.
    """

    criterion: str
    threshold: float
    components: float
    standard_error: float
    low: float
    high: float


def eigenvalues_of(points: np.ndarray) -> np.ndarray:
    """Variances of points along their principal axes, descending, (min(n - 1, r),) float64 (ddof 1).

    Parameters
    ----------
    points : (n, r) float64
    """
    n, r = points.shape
    size = max(min(n - 1, r), 0)
    if size == 0:
        return np.zeros(size)
    mean = points.mean(axis=0)
    if n <= r:
        centred = points - mean
        product = centred @ centred.T
    else:
        # In place and block by block: the points may be a memory map.
        product = np.zeros((r, r), order="F")
        for start in range(0, n, _ROWS):
            block = points[start : start + _ROWS] - mean
            product = scipy.linalg.blas.dsyrk(1.0, block.T, beta=1.0, c=product, lower=True, overwrite_c=True)
    values = scipy.linalg.eigvalsh(product, lower=True, overwrite_a=True, check_finite=False)[::-1][:size]
    return np.where(values > values[0] * max(n, r) * _EPS, values, 0.0) / (n - 1)


def counts_of(points: np.ndarray, n_columns: int, settings: CountSettings) -> list[ComponentCount]:
    """Every criterion for a set of structures.

    Parameters
    ----------
    points : (n, r) float64
        Descriptors, or their principal coordinates.
    n_columns : int
        D, the columns of the descriptors themselves.
    settings : CountSettings
    """
    values = eigenvalues_of(points)
    singular = np.sqrt(values * max(len(points) - 1, 0))
    return component_counts(values, singular, len(points), n_columns, settings.thresholds, settings.elbow)


def rarefaction(
    points: np.ndarray, n_columns: int, sizes: Sequence[int], subsets: int, seed: int, settings: CountSettings
) -> list[RarefiedCount]:
    """Rarefaction curves: the mean of each component count over random subsets of each size.

    Each subset costs an eigenvalue problem of its size (or of the columns, where they are fewer); to bound the cost,
    bound the sizes.

    Parameters
    ----------
    points : (n, r) float64
        Principal coordinates (`neighbours.principal_coordinates`), so that no subset has to read the descriptors.
    n_columns : int
        D.
    sizes : sequence of int
        2 to n; the size n itself is counted once.
    subsets : int
        Of each size, drawn without replacement.
    seed : int
    settings : CountSettings

    Returns
    -------
    list of RarefiedCount
        Size by size, criterion by criterion.
    """
    curves = []
    for size in sizes:
        found = _subset_counts(points, n_columns, size, subsets, seed, settings)
        values = np.array([[count.components for count in counts] for counts in found], dtype=float)
        for count, column in zip(found[0], values.T, strict=True):
            given = column[np.isfinite(column)]
            mean = float(given.mean()) if len(given) else math.nan
            deviation = float(given.std(ddof=1)) if len(given) > 1 else math.nan
            curves.append(RarefiedCount(count.criterion, count.threshold, int(size), mean, deviation, len(given)))
    return curves


def _subset_counts(points, n_columns, size, subsets, seed, settings):
    """Counts of random subsets of one size; the subsets of a size do not depend on the other sizes."""
    if size >= len(points):
        return [counts_of(points, n_columns, settings)]
    generator = np.random.default_rng([seed, size])
    found = []
    for _ in range(subsets):
        rows = np.sort(generator.choice(len(points), size, replace=False))
        found.append(counts_of(points[rows], n_columns, settings))
    return found


def count_intervals(
    points: np.ndarray,
    n_columns: int,
    share: float,
    subsets: int,
    confidence: float,
    seed: int,
    settings: CountSettings,
) -> list[CountInterval]:
    """Confidence intervals of the component counts, from random subsets without replacement.

    Parameters
    ----------
    points, n_columns, seed, settings : as in `rarefaction`
    share : float
        Size of a subset, between 0 and 1.
    subsets : int
    confidence : float
        Such as 0.95.

    Returns
    -------
    list of CountInterval
    """
    n = len(points)
    size = round(share * n)
    whole = counts_of(points, n_columns, settings)
    found = _subset_counts(points, n_columns, size, subsets, seed, settings) if size >= 2 else []
    width = norm.ppf((1 + confidence) / 2)
    rank = max(min(n - 1, n_columns), 0)
    intervals = []
    for number, count in enumerate(whole):
        error = subset_error([counts[number].components for counts in found], n, size)
        low, high = np.clip([count.components - width * error, count.components + width * error], 0, rank)
        intervals.append(
            CountInterval(count.criterion, count.threshold, count.components, error, float(low), float(high))
        )
    return intervals
