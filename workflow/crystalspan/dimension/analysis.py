"""Everything that is said of the dimension of one set of structures, by every criterion and estimator."""

import dataclasses
import math

import numpy as np

from crystalspan.dimension.estimators.estimate import ErrorSettings, Estimate, Estimator, estimate
from crystalspan.dimension.estimators.intrinsic import IntrinsicSettings, cloud, estimators, local_estimates
from crystalspan.dimension.estimators.scikit_dimension import TLE, DANCo, FisherS
from crystalspan.dimension.resampling import (
    CountInterval,
    RarefiedCount,
    count_intervals,
    rarefaction,
)
from crystalspan.points.cloud import random_rows
from crystalspan.points.imbalance import ImbalancePoint, imbalance_curve
from crystalspan.points.neighbours import principal_coordinates
from crystalspan.spectra.components import CountSettings, count_settings
from crystalspan.spectra.parallel_analysis import parallel_analysis

# Neighbourhood of the estimators of scikit-dimension, and the largest dimension that DANCo tries.
_NEIGHBOURS, _LARGEST_DIMENSION = 10, 30
_IMBALANCE_SIZES = (1, 2, 3, 5, 10, 20, 40, 80)
PARALLEL_ANALYSIS = "parallel_analysis"


@dataclasses.dataclass(frozen=True)
class DimensionSettings:
    """What is computed of a set of structures, and how.

    Parameters
    ----------
    intrinsic : IntrinsicSettings
    counts : CountSettings
    others : tuple of Estimator
        Of scikit-dimension.
    confidence : float
        Of the intervals of component counts.
    sizes, size_subsets : int
        Numbers of structures in the curves against N, and random subsets of each.
    permutations : int
    quantile : float
        Of the parallel analysis.
    largest_sample : int
        Structures that everything but the estimators looks at.
    """

    intrinsic: IntrinsicSettings
    counts: CountSettings
    others: tuple
    confidence: float
    sizes: int
    size_subsets: int
    permutations: int
    quantile: float
    largest_sample: int

    @property
    def seed(self) -> int:
        """Seed of all random draws."""
        return self.intrinsic.errors.seed


@dataclasses.dataclass(frozen=True)
class RarefiedEstimate:
    """An estimate of the dimension at a smaller number of structures.

    Parameters
    ----------
    method : str
    neighbours : int
    n_structures : int
        Size of the random subsets.
    mean, deviation : float
        Over the subsets that give a value; NaN where none does, deviation NaN for a single one.
    subsets : int
        Subsets that gave a value.
    """

    method: str
    neighbours: int
    n_structures: int
    mean: float
    deviation: float
    subsets: int


@dataclasses.dataclass(frozen=True)
class Analysis:
    """What was found of one set of structures.

    Parameters
    ----------
    n_structures, n_columns : int
        N and D.
    n_distinct : int
        Structures without near-duplicates: those that the estimators see.
    n_counted : int
        Structures that the component counts and the curves look at.
    estimates : list of Estimate
    counts : list of CountInterval
        The parallel analysis among them, without an interval.
    rarefaction : list of RarefiedCount
    decimation : list of RarefiedEstimate
    imbalance : list of ImbalancePoint
        Between the leading principal components and the whole descriptor.
    local : dict of (method, neighbours) to (N,) float64
        The dimension around each structure.
    """

    n_structures: int
    n_columns: int
    n_distinct: int
    n_counted: int
    estimates: list[Estimate]
    counts: list[CountInterval]
    rarefaction: list[RarefiedCount] = dataclasses.field(default_factory=list)
    decimation: list[RarefiedEstimate] = dataclasses.field(default_factory=list)
    imbalance: list[ImbalancePoint] = dataclasses.field(default_factory=list)
    local: dict = dataclasses.field(default_factory=dict)


def dimension_settings(settings: dict) -> DimensionSettings:
    """The settings of the validated sections `dimension`, `components`, `points` and `resources`.

    Parameters
    ----------
    settings : dict
        Sections of the configuration, defaults filled in.
    """
    section, points, counted = settings["dimension"], settings["points"], settings["components"]
    bars = section["error_bars"]
    intrinsic = IntrinsicSettings(
        discarded=section["twonn"]["discarded"],
        gride_orders=tuple(section["gride"]["orders"]),
        mle_neighbours=tuple(section["mle"]["neighbours"]),
        pca_neighbours=tuple(section["local_pca"]["neighbours"]),
        pca_share=section["local_pca"]["share"],
        duplicate_tolerance=section["duplicate_tolerance"],
        block_mib=settings["resources"]["distances_mib"],
        errors=ErrorSettings(bars["subsets"], bars["share"], points["seed"], section["smallest_sample"]),
    )
    return DimensionSettings(
        intrinsic=intrinsic,
        counts=count_settings(counted),
        others=tuple(_other(name, points["seed"]) for name in section["other_estimators"]),
        confidence=bars["confidence"],
        sizes=section["rarefaction"]["sizes"],
        size_subsets=section["rarefaction"]["subsets"],
        permutations=section["parallel_analysis"]["permutations"],
        quantile=section["parallel_analysis"]["quantile"],
        largest_sample=points["largest_sample"],
    )


def _other(name: str, seed: int) -> Estimator:
    if name == "fishers":
        return FisherS()
    return TLE(_NEIGHBOURS) if name == "tle" else DANCo(_NEIGHBOURS, _LARGEST_DIMENSION, seed)


def analyse(values: np.ndarray, settings: DimensionSettings, detail: bool = True) -> Analysis:
    """Say everything about the dimension of a set of structures.

    Parameters
    ----------
    values : (n, D) float64
        From `points.prepared_points`; may be a memory map.
    settings : DimensionSettings
    detail : bool
        False leaves out what controls do not need: parallel analysis, curves, local values.

    Returns
    -------
    Analysis
    """
    n, d = values.shape
    used = [*estimators(settings.intrinsic), *settings.others]
    held = cloud(values, used, settings.intrinsic)
    errors = settings.intrinsic.errors
    rows = random_rows(n, settings.largest_sample, settings.seed)
    sample = np.asarray(values if len(rows) == n else values[rows])
    # Where they are the very same structures, the axes that the estimators used serve again.
    as_before = len(held.kept) == len(rows) == n and not isinstance(values, np.memmap)
    points = held.points if as_before else principal_coordinates(sample)
    found = Analysis(
        n_structures=n,
        n_columns=d,
        n_distinct=len(held.points),
        n_counted=len(rows),
        estimates=[estimate(one, held.neighbours, held.points, held.n_duplicates, errors) for one in used],
        counts=count_intervals(
            points, d, errors.share, errors.subsets, settings.confidence, settings.seed, settings.counts
        ),
    )
    if not detail:
        return found
    outstanding = parallel_analysis(sample, settings.permutations, settings.quantile, settings.seed).components
    count = CountInterval(PARALLEL_ANALYSIS, settings.quantile, outstanding, math.nan, math.nan, math.nan)
    return dataclasses.replace(
        found,
        counts=[*found.counts, count],
        rarefaction=rarefaction(
            points, d, curve_sizes(len(rows), settings.sizes), settings.size_subsets, settings.seed, settings.counts
        ),
        decimation=decimation(points, used, settings),
        imbalance=_imbalances(points),
        local=local_estimates(held, n, settings.intrinsic),
    )


def curve_sizes(n: int, count: int, smallest: int = 10) -> list[int]:
    """Numbers of structures for a curve against N: evenly spaced on a logarithmic scale, the last one n itself.

    Parameters
    ----------
    n, count, smallest : int
    """
    if n <= smallest:
        return [n] if n > 1 else []
    return np.unique(np.geomspace(smallest, n, count).round().astype(int)).tolist()


def decimation(points: np.ndarray, used: list[Estimator], settings: DimensionSettings) -> list[RarefiedEstimate]:
    """The dimension against the number of structures: fewer structures are farther apart, a larger scale.

    Parameters
    ----------
    points : (n, r) float64
        Principal coordinates.
    used : list of Estimator
    settings : DimensionSettings

    Returns
    -------
    list of RarefiedEstimate
        Size by size, estimator by estimator; without near-duplicates.
    """
    once = dataclasses.replace(
        settings.intrinsic, errors=dataclasses.replace(settings.intrinsic.errors, subsets=0, share=1.0)
    )
    whole = cloud(points, used, once).points
    curves = []
    for size in curve_sizes(len(whole), settings.sizes):
        generator = np.random.default_rng([settings.seed, size])
        subsets = settings.size_subsets if size < len(whole) else 1
        drawn = [np.sort(generator.choice(len(whole), size, replace=False)) for _ in range(subsets)]
        values = np.array([_values(whole[rows], used, once) for rows in drawn])
        for one, column in zip(used, values.T, strict=True):
            given = column[np.isfinite(column)]
            mean = float(given.mean()) if len(given) else math.nan
            deviation = float(given.std(ddof=1)) if len(given) > 1 else math.nan
            curves.append(RarefiedEstimate(one.name, one.reach, size, mean, deviation, len(given)))
    return curves


def _values(points, used, settings) -> list[float]:
    held = cloud(points, used, settings)
    return [estimate(one, held.neighbours, held.points, 0, settings.errors).value for one in used]


def _imbalances(points) -> list[ImbalancePoint]:
    """Principal coordinates are ordered by variance where they are fewer than the structures, else not: turn them."""
    if len(points) < 3 or points.shape[1] == 0:
        return []
    centred = points - points.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    scores = centred @ axes[:, ::-1]
    return imbalance_curve(scores, [size for size in _IMBALANCE_SIZES if size <= scores.shape[1]])
