"""How many components a landscape needs where only its leading eigenvalues are known, and these with errors."""

import math
from collections.abc import Sequence

import numpy as np

from crystalspan.spectra.components import ComponentCount, component_bound

_ROUNDING = 1e-9
# They need every eigenvalue.
_UNKNOWN = ("entropy", "kneedle_linear", "kneedle_log")


def leading_component_counts(
    eigenvalues: np.ndarray,
    errors: np.ndarray,
    total: float,
    n_structures: int,
    n_columns: int,
    thresholds: Sequence[float],
) -> list[ComponentCount]:
    """Every criterion, with bounds, or without an answer where the leading eigenvalues do not tell.

    Parameters
    ----------
    eigenvalues, errors : (r,) float64
        The true ones lie between eigenvalue and eigenvalue + error; descending.
    total : float
        Sum of all eigenvalues.
    n_structures, n_columns : int
        N and D.
    thresholds : sequence of float
        Shares for ``variance``, ``singular_values`` and ``bound``.

    Returns
    -------
    list of ComponentCount
        The criteria of `component_counts` in its order; `fewest` and `most` are given with every answer but ``bound``,
        which is exact.
    """
    low, high = np.asarray(eigenvalues, dtype=float), np.asarray(eigenvalues) + errors
    counts = []
    for share in thresholds:
        bound = component_bound(n_structures, share, n_columns)
        most, fewest = _reach(low, share * total), _reach(high, share * total)
        counts.append(
            ComponentCount(
                "variance",
                share,
                math.nan if most is None else most,
                len(low) + 1 if fewest is None else fewest,
                bound if most is None else most,
            )
        )
        counts.append(ComponentCount("singular_values", share, math.nan))
        counts.append(ComponentCount("bound", share, bound))
    rank = min(n_structures - 1, n_columns)
    counts.append(_participation_ratio(low, high, total, rank))
    answers = {name: ComponentCount(name, math.nan, math.nan) for name in _UNKNOWN}
    answers["broken_stick"] = _broken_stick(low, high, total, rank)
    counts += [answers[name] for name in ("entropy", "broken_stick", "kneedle_linear", "kneedle_log")]
    return counts


def _reach(values, wanted) -> int | None:
    """Leading values that sum up to what is wanted, None where all of them do not."""
    reached = np.cumsum(values) >= wanted * (1 - _ROUNDING)
    return int(np.argmax(reached)) + 1 if reached.any() else None


def _participation_ratio(low, high, total, rank) -> ComponentCount:
    """(sum l)^2 / sum l^2: the eigenvalues beyond the known are below the last, and their sum is known."""
    head = (low**2).sum()
    largest = (high**2).sum() + high[-1] * max(total - low.sum(), 0.0)
    beyond = rank - len(low)
    smallest = head + (max(total - high.sum(), 0.0) ** 2 / beyond if beyond else 0.0)
    middle = head + (max(total - low.sum(), 0.0) ** 2 / beyond if beyond else 0.0)
    # The middle one takes the values as they are and spreads the rest evenly.
    return ComponentCount("participation_ratio", math.nan, *(total**2 / s for s in (middle, largest, smallest)))


def _broken_stick(low, high, total, rank) -> ComponentCount:
    """Leading components above the expected share (1/r) sum_{j=i..r} 1/j of piece i of r, see `broken_stick`."""
    expected = np.cumsum(1 / np.arange(rank, 0, -1))[::-1][: len(low)] / rank * (1 + _ROUNDING)
    fewest, most = ((_first_false(values / total > expected)) for values in (low, high))
    answer = math.nan if fewest is None else fewest
    return ComponentCount(
        "broken_stick",
        math.nan,
        answer,
        len(low) if fewest is None else fewest,
        rank if most is None else most,
    )


def _first_false(flags) -> int | None:
    return None if flags.all() else int(np.argmin(flags))
