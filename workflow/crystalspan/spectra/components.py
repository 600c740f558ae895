"""How many principal components a landscape needs, by every criterion under its right name."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

# Sums of shares are exact to a few units in the last place: a threshold that is met exactly counts as met.
_ROUNDING = 1e-9


@dataclasses.dataclass(frozen=True)
class ElbowSettings:
    """Where and how the elbow of a spectrum is sought.

    Parameters
    ----------
    share : float
        The search runs from the first component to the one that reaches this cumulative share of the
        variance.
    sensitivity : float
        Kneedle's S: steps that the curve must stay below its knee.
    """

    share: float
    sensitivity: float


@dataclasses.dataclass(frozen=True)
class CountSettings:
    """Which component criteria, with what settings.

    Parameters
    ----------
    thresholds : tuple of float
        Shares to be reached.
    elbow : ElbowSettings
    """

    thresholds: tuple[float, ...]
    elbow: ElbowSettings


def count_settings(section: dict) -> CountSettings:
    """Return the settings of the validated section `components`."""
    elbow = ElbowSettings(section["elbow_share"], section["elbow_sensitivity"])
    return CountSettings(tuple(section["thresholds"]), elbow)


@dataclasses.dataclass(frozen=True)
class ComponentCount:
    """A number of components and what it means.

    Parameters
    ----------
    criterion : str
        ``variance`` and ``singular_values`` (components whose sum reaches the threshold), ``bound`` (upper
        limit of both), ``participation_ratio``, ``entropy``, ``broken_stick``, ``kneedle_linear``,
        ``kneedle_log``.
    threshold : float
        Share that is reached; NaN for criteria without one.
    components : float
        NaN where the criterion gives no answer.
    fewest, most : float
        Bounds, where only the leading eigenvalues are known, and these with errors; else NaN.
    """

    criterion: str
    threshold: float
    components: float
    fewest: float = math.nan
    most: float = math.nan


def components_to_reach(values: np.ndarray, share: float, total: float | None = None) -> int:
    """The number of leading components whose sum reaches a share of the total.

    Parameters
    ----------
    values : (r,) float64
        Eigenvalues (share of the variance) or singular values (share of their sum), descending.
    share : float
        Between 0 and 1.
    total : float, optional
        Sum of all values, where these are only leading ones that reach the share.

    Returns
    -------
    int
        0 where there is no component or no variance.
    """
    values = np.asarray(values, dtype=float)
    total = values.sum() if total is None else total
    if total <= 0:
        return 0
    reached = np.cumsum(values) >= share * total * (1 - _ROUNDING)
    return int(np.argmax(reached)) + 1


def component_bound(n_structures: int, share: float, n_columns: int | None = None) -> int:
    """The most components that any spectrum of N structures can need: k(f) <= ceil(f min(N - 1, D)).

    The mean of the leading k of r descending values is never below the mean of all, so the leading
    ceil(f r) hold at least the share f.

    Parameters
    ----------
    n_structures : int
        N.
    share : float
        f, between 0 and 1.
    n_columns : int, optional
        D, where it is known.
    """
    rank = max(n_structures - 1, 0)
    if n_columns is not None:
        rank = min(rank, n_columns)
    return math.ceil(share * rank * (1 - _ROUNDING))


def participation_ratio(eigenvalues: np.ndarray) -> float:
    """Effective number of components, (sum l)^2 / sum l^2; NaN without variance.

    Parameters
    ----------
    eigenvalues : (r,) float64
    """
    values = np.asarray(eigenvalues, dtype=float)
    largest = values.max(initial=0.0)
    if largest <= 0:
        return math.nan
    values = values / largest
    return float(values.sum() ** 2 / (values**2).sum())


def entropy_rank(eigenvalues: np.ndarray) -> float:
    """Effective number of components, exp(-sum p ln p) of the shares p; NaN without variance.

    Roy, Vetterli, EUSIPCO 2007, "The effective rank".

    Parameters
    ----------
    eigenvalues : (r,) float64
    """
    values = np.asarray(eigenvalues, dtype=float)
    values = values[values > 0]
    if not len(values):
        return math.nan
    shares = values / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def broken_stick(eigenvalues: np.ndarray) -> int:
    """Number of leading components that hold more than a randomly broken stick of as many pieces.

    The expected share of piece i of r is b_i = (1/r) sum_{j=i..r} 1/j. Jackson, Ecology 1993, 74, 2204,
    DOI 10.2307/1939574.

    Parameters
    ----------
    eigenvalues : (r,) float64
        Descending; r is the number of pieces.
    """
    values = np.asarray(eigenvalues, dtype=float)
    total = values.sum()
    if total <= 0:
        return 0
    r = len(values)
    expected = np.cumsum(1 / np.arange(r, 0, -1))[::-1] / r
    below = values / total <= expected * (1 + _ROUNDING)
    return int(np.argmax(below)) if below.any() else r


def elbow(eigenvalues: np.ndarray, settings: ElbowSettings, scale: str) -> int | None:
    """The elbow of a spectrum by Kneedle: the component where the curve turns from steep to flat.

    Satopaa, Albrecht, Irwin, Raghavan, ICDCSW 2011, DOI 10.1109/ICDCSW.2011.20.
    Kneedle scales both axes by their ranges, so the result depends on the
    range: it runs from component 1 to the one that reaches `settings.share` of the variance.

    Parameters
    ----------
    eigenvalues : (r,) float64
        Descending.
    settings : ElbowSettings
    scale : {"linear", "log"}
        Whether the eigenvalues or their logarithms are the curve.

    Returns
    -------
    int or None
        None where the curve has fewer than three points, is flat, or has no elbow.
    """
    values = np.asarray(eigenvalues, dtype=float)
    values = values[: components_to_reach(values, settings.share)]
    values = values[values > 0]
    if len(values) < 3 or values[0] <= values[-1] * (1 + _ROUNDING):
        return None
    curve = np.log10(values) if scale == "log" else values
    knee = _first_knee(curve, settings.sensitivity)
    return None if knee is None else knee + 1


def _first_knee(curve: np.ndarray, sensitivity: float) -> int | None:
    """Index of the first knee of a convex, descending curve over evenly spaced points, or None.

    Ours, since the library kneed loads scipy.signal and pyplot, three seconds in every job; the tests compare.
    """
    x = np.linspace(0.0, 1.0, len(curve))
    y = (curve - curve.min()) / np.ptp(curve)
    difference = (1.0 - y) - x
    padded = np.pad(difference, 1, mode="edge")
    is_maximum = (difference >= padded[:-2]) & (difference >= padded[2:])
    is_minimum = (difference <= padded[:-2]) & (difference <= padded[2:])
    knee, threshold = None, 0.0
    for i in range(int(np.argmax(is_maximum)), len(curve) - 1):
        if is_maximum[i]:
            knee, threshold = i, difference[i] - sensitivity * x[1]
        if is_minimum[i]:  # from here on only the next maximum can become a knee
            knee = None
        if knee is not None and difference[i + 1] < threshold:
            return knee
    return None


def component_counts(
    eigenvalues: np.ndarray,
    singular_values: np.ndarray,
    n_structures: int,
    n_columns: int,
    thresholds: Sequence[float],
    elbow_settings: ElbowSettings,
) -> list[ComponentCount]:
    """Every criterion for one spectrum.

    Parameters
    ----------
    eigenvalues, singular_values : (r,) float64
        Descending.
    n_structures, n_columns : int
        N and D.
    thresholds : sequence of float
        Shares for ``variance``, ``singular_values`` and ``bound``.
    elbow_settings : ElbowSettings

    Returns
    -------
    list of ComponentCount
    """
    counts = []
    for share in thresholds:
        counts.append(ComponentCount("variance", share, components_to_reach(eigenvalues, share)))
        counts.append(ComponentCount("singular_values", share, components_to_reach(singular_values, share)))
        counts.append(ComponentCount("bound", share, component_bound(n_structures, share, n_columns)))
    counts.append(ComponentCount("participation_ratio", math.nan, participation_ratio(eigenvalues)))
    counts.append(ComponentCount("entropy", math.nan, entropy_rank(eigenvalues)))
    counts.append(ComponentCount("broken_stick", math.nan, broken_stick(eigenvalues)))
    for scale in ("linear", "log"):
        found = elbow(eigenvalues, elbow_settings, scale)
        counts.append(ComponentCount(f"kneedle_{scale}", math.nan, math.nan if found is None else found))
    return counts
