"""What estimators and their error bars do where the answer is known: bias and coverage on manifolds."""

from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from crystalspan.dimension.estimators.estimate import Estimator, estimate
from crystalspan.dimension.estimators.intrinsic import IntrinsicSettings, cloud
from validation import manifolds

MANIFOLDS = {
    "swiss roll": lambda n, d, seed: manifolds.swiss_roll(n, seed),
    "sphere": manifolds.sphere,
    "curved cube": lambda n, d, seed: manifolds.curved_cube(n, d, 5 * d, seed),
}


class Calibration(NamedTuple):
    """How an estimator did on many samples of one manifold.

    Attributes
    ----------
    manifold : str
    dimension, n_structures, samples : int
        True dimension, size of a sample and number of samples.
    method : str
    neighbours : int
    mean : float
        Of the values; the bias is this less the true dimension. NaN where no sample gives a value.
    spread : float
        Standard deviation of the values: what the error bar should be.
    standard_error, likelihood_error : float
        Mean error bar, from subsets and from the likelihood.
    coverage : float
        Share of the samples whose interval holds the true dimension.
    own_coverage : float
        Share whose interval holds the mean of the values: the coverage but for the bias.
    valid : float
        Share of the samples whose estimate is flagged valid.
    """

    manifold: str
    dimension: int
    n_structures: int
    samples: int
    method: str
    neighbours: int
    mean: float
    spread: float
    standard_error: float
    likelihood_error: float
    coverage: float
    own_coverage: float
    valid: float


def calibrate(
    manifold: str,
    dimension: int,
    n: int,
    samples: int,
    seed: int,
    used: list[Estimator],
    settings: IntrinsicSettings,
    confidence: float,
) -> list[Calibration]:
    """Try estimators on samples of a manifold of known dimension.

    Parameters
    ----------
    manifold : str
        One of `MANIFOLDS`; the swiss roll has two dimensions, whatever is asked for.
    dimension, n, samples, seed : int
    used : list of Estimator
    settings : IntrinsicSettings
    confidence : float
        Of the intervals, such as 0.95.
    """
    found = []
    for sample in range(samples):
        values = MANIFOLDS[manifold](n, dimension, seed + sample)
        held = cloud(values, used, settings)
        found.append([estimate(one, held.neighbours, held.points, held.n_duplicates, settings.errors) for one in used])
    truth = 2 if manifold == "swiss roll" else dimension
    return [_summary(manifold, truth, n, column, confidence) for column in zip(*found, strict=True)]


def _summary(manifold, truth, n, estimates, confidence) -> Calibration:
    value, error, likelihood = (
        np.array([getattr(one, name) for one in estimates]) for name in ("value", "standard_error", "likelihood_error")
    )
    reach = norm.ppf((1 + confidence) / 2) * error
    told = np.isfinite(value)
    mean = _mean(value)
    return Calibration(
        manifold,
        truth,
        n,
        len(value),
        estimates[0].method,
        estimates[0].neighbours,
        mean,
        float(value[told].std(ddof=1)) if told.sum() > 1 else np.nan,
        _mean(error),
        _mean(likelihood),
        float(np.mean(np.abs(value - truth) <= reach)),
        float(np.mean(np.abs(value - mean) <= reach)),
        float(np.mean([one.valid for one in estimates])),
    )


def _mean(values) -> float:
    told = values[np.isfinite(values)]
    return float(told.mean()) if len(told) else np.nan
