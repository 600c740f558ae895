"""An estimate of the intrinsic dimension: its value, how sure it is, and whether it may be believed."""

import dataclasses
import math
from typing import Any, NamedTuple, Protocol

import numpy as np

from crystalspan.arrays import ArrayLike
from crystalspan.points.near_duplicates import duplicates_objection, near_duplicates
from crystalspan.points.neighbours import Neighbours, thinned, thinning_reach


class Evaluation(NamedTuple):
    """What an estimator says of one set of points.

    Attributes
    ----------
    value : float
        Dimension; NaN where there is none.
    likelihood_error : float
        Standard error that the likelihood itself gives for independent ratios; NaN without a likelihood.
    n_used : int
        Points that took part (zero and tied distances do not).
    """

    value: float
    likelihood_error: float
    n_used: int


NOTHING = Evaluation(math.nan, math.nan, 0)


class Estimator(Protocol):
    """An estimator of the dimension of a set of points from their neighbours.

    One that has a faster way for many subsets of the points than one after the other offers
    ``evaluate_subsets(neighbours, points, subsets) -> list of Evaluation``.

    Attributes
    ----------
    name : str
    reach : int
        Order of the farthest neighbour that it needs; 0 where it looks at all points at once.
    needs_points : bool
        Whether neighbours are not enough: others are given None for the points, which may be too large to copy.
    reference : str
        DOI, or the paper where it has none.
    """

    @property
    def name(self) -> str:
        """What tables call it."""

    @property
    def reach(self) -> int:
        """Order of the farthest neighbour."""

    @property
    def needs_points(self) -> bool:
        """Whether neighbours are not enough."""

    @property
    def reference(self) -> str:
        """Where it was published."""

    def evaluate(self, neighbours: Neighbours, points: Any) -> Evaluation:
        """Estimate the dimension of a set of points, (n, r) float64, or None for who needs none."""


@dataclasses.dataclass(frozen=True)
class Estimate:
    """An estimate of the intrinsic dimension of a set of structures.

    Parameters
    ----------
    method : str
    neighbours : int
        Order of the farthest neighbour used; 0 for none.
    value : float
        Dimension; NaN where the estimator gives none.
    standard_error : float
        From subsets drawn without replacement; it knows nothing of the estimator's bias.
    likelihood_error : float
        The likelihood's own, for independent ratios; NaN without a likelihood.
    n_used : int
        Structures that took part.
    n_duplicates : int
        Near-duplicates that were removed before.
    scale : float
        Mean distance to the farthest neighbour used, in descriptor units; NaN where no neighbours are.
    bound : float
        Largest dimension that so many structures can show at this scale (`eckmann_ruelle_bound`); NaN without a scale.
    valid : bool
    reason : str
        Why it is not valid; empty where it is.
    reference : str
        DOI, or the paper where it has none.
    """

    method: str
    neighbours: int
    value: float
    standard_error: float
    likelihood_error: float
    n_used: int
    n_duplicates: int
    scale: float
    bound: float
    valid: bool
    reason: str
    reference: str


@dataclasses.dataclass(frozen=True)
class ErrorSettings:
    """How the error bar of an estimate is made, and what makes an estimate invalid.

    Parameters
    ----------
    subsets : int
        Random subsets; fewer than two give no error bar.
    share : float
        Size of a subset, between 0 and 1.
    seed : int
    smallest_sample : int
        An estimate from fewer structures is invalid.
    """

    subsets: int
    share: float
    seed: int
    smallest_sample: int


def eckmann_ruelle_bound(n: int, rho: float) -> float:
    """The largest dimension that n points can show at a scale: 2 log10 n / log10(1/rho).

    Below it there is at least one pair of points closer than the scale. Eckmann, Ruelle, Physica D 1992, 56, 185,
    DOI 10.1016/0167-2789(92)90023-G.

    Parameters
    ----------
    n : int
    rho : float
        The scale as a share of the cloud's diameter.

    Returns
    -------
    float
        Infinite where the scale is the diameter; NaN for fewer than two points or no scale.
    """
    if n < 2 or not rho > 0:
        return math.nan
    return math.inf if rho >= 1 else 2 * math.log10(n) / math.log10(1 / rho)


def subset_error(values: ArrayLike, n: int, size: int) -> float:
    """Standard error of an estimate from its values on random subsets drawn without replacement.

    The variance of the subsets times m/(n - m), the delete-(n - m) jackknife: Shao, Wu, Ann. Statist. 1989, 17, 1176,
    DOI 10.1214/aos/1176347263. (A bootstrap with replacement makes duplicates, which deflate every estimate.)

    Parameters
    ----------
    values : sequence of float
        Values of the subsets; those that are not finite are left out.
    n, size : int
        Structures in all and in a subset.
    """
    given = np.asarray(values, dtype=float)
    given = given[np.isfinite(given)]
    if len(given) < 2 or not 0 < size < n:
        return math.nan
    return float(np.sqrt(given.var(ddof=1) * size / (n - size)))


def random_subsets(n: int, settings: ErrorSettings) -> list[np.ndarray]:
    """The subsets of n structures, each drawn without replacement, the same for every estimator.

    Returns
    -------
    list of (round(share n),) int64
        Ascending.
    """
    generator = np.random.default_rng(settings.seed)
    size = round(settings.share * n)
    return [np.sort(generator.choice(n, size, replace=False)) for _ in range(settings.subsets)]


def estimate(
    estimator: Estimator, neighbours: Neighbours, points: np.ndarray, n_duplicates: int, settings: ErrorSettings
) -> Estimate:
    """Estimate the dimension of a set of structures, with its error bar and a judgement.

    Parameters
    ----------
    estimator : Estimator
    neighbours : Neighbours
        Of the distinct structures, lists long enough for thinning (`neighbours.thinning_reach`).
    points : (n, r) float64
        The distinct structures.
    n_duplicates : int
        How many were removed.
    settings : ErrorSettings
    """
    n, reach = len(points), estimator.reach
    if neighbours.distance.shape[1] < reach:
        return _judged(estimator, NOTHING, math.nan, n, points, math.nan, neighbours, n_duplicates, settings)
    found = estimator.evaluate(_first(neighbours, reach), points if estimator.needs_points else None)
    values = _subset_values(estimator, neighbours, points, settings)
    error = subset_error(values, n, round(settings.share * n))
    scale = float(neighbours.distance[:, reach - 1].mean()) if reach else math.nan
    judged = _judged(estimator, found, error, n, points, scale, neighbours, n_duplicates, settings)
    objection = _near_duplicates_matter(estimator, found.value, neighbours, points)
    if not objection:
        return judged
    return dataclasses.replace(judged, valid=False, reason="; ".join(filter(None, [judged.reason, objection])))


def _near_duplicates_matter(estimator, value, neighbours, points) -> str:
    twins = near_duplicates(neighbours) if estimator.reach and math.isfinite(value) else np.zeros(0, dtype=bool)
    if not twins.any():
        return ""
    kept = np.flatnonzero(~twins)
    part = points[kept] if estimator.needs_points else None
    without = estimator.evaluate(thinned(neighbours, kept, estimator.reach), part).value
    return duplicates_objection(value, without, int(twins.sum()))


def _subset_values(estimator, neighbours, points, settings) -> list[float]:
    """The estimator's values on random subsets."""
    reach = estimator.reach
    near = _first(neighbours, thinning_reach(reach, settings.share))
    subsets = [subset for subset in random_subsets(len(points), settings) if len(subset) > reach]
    at_once = getattr(estimator, "evaluate_subsets", None)
    if at_once is not None:
        return [one.value for one in at_once(near, points, subsets)]
    values = []
    for subset in subsets:
        part = points[subset] if estimator.needs_points else None
        values.append(estimator.evaluate(thinned(near, subset, reach), part).value)
    return values


def _first(neighbours: Neighbours, count: int) -> Neighbours:
    return Neighbours(neighbours.distance[:, :count], neighbours.index[:, :count], neighbours.diameter)


def _judged(estimator, found, error, n, points, scale, neighbours, n_duplicates, settings) -> Estimate:
    diameter = neighbours.diameter
    bound = eckmann_ruelle_bound(n, scale / diameter) if diameter > 0 else math.nan
    reasons = objections(found.value, error, found.n_used, points.shape[1], bound, settings.smallest_sample)
    if n <= estimator.reach:
        reasons = [f"{n} distinct structures, but neighbour {estimator.reach} is needed"]
    return Estimate(
        method=estimator.name,
        neighbours=estimator.reach,
        value=found.value,
        standard_error=error,
        likelihood_error=found.likelihood_error,
        n_used=found.n_used,
        n_duplicates=n_duplicates,
        scale=scale,
        bound=bound,
        valid=not reasons,
        reason="; ".join(reasons),
        reference=estimator.reference,
    )


def objections(
    value: float, error: float, n_used: int, n_columns: int, bound: float, smallest_sample: int
) -> list[str]:
    """Why an estimate may not be believed; an empty list where nothing speaks against it.

    Parameters
    ----------
    value, error : float
    n_used : int
        Structures that took part.
    n_columns : int
        Coordinates that hold the structures: no dimension is above it.
    bound : float
        `eckmann_ruelle_bound`; NaN where there is none.
    smallest_sample : int
    """
    if not math.isfinite(value):
        return ["the estimator gives no finite value"]
    reasons = []
    if n_used < smallest_sample:
        reasons.append(f"only {n_used} structures")
    if value > n_columns:
        reasons.append(f"above the number of coordinates, {n_columns}")
    if value > bound:
        reasons.append(f"above what so many structures can show at this scale, {bound:.1f}")
    if not math.isfinite(error):
        reasons.append("no error bar")
    return reasons
