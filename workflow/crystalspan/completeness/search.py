"""The completeness of a search in every space group and window."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from crystalspan.completeness.estimates import (
    LARGE_UNSEEN_SHARE,
    OK,
    Finds,
    completeness,
    find_counts,
    further_needed,
    growth,
)
from crystalspan.printing.labels import ALL, group_order

# Points of the curve of minima found against trials.
_CURVE = 24


@dataclasses.dataclass(frozen=True)
class WindowCompleteness:
    """What a search has seen of the minima of one window, and what it has not.

    Parameters
    ----------
    space_group : str
        In which the trials were made; ``all`` for all of them together.
    window : str
        ``0-UPPER``, kJ/mol above the lowest minimum of all groups.
    last_trial : int
        The last trial of the group that ended in a minimum; 0 where names do not tell.
    finds, seen, once, twice : int
        Minimisations that ended in the window, distinct minima among them, those found once and twice.
    unseen_share, unseen_share_error : float
        Of further minimisations that end in the window, how many will end in a minimum not seen so far.
    at_least, at_least_error : float
        Lower bound of the number of minima. The error is that of the bound.
    after_twice, after_twice_error : float
        Distinct minima after twice the trials.
    further : float
        Trials needed in addition, over those made, until the unseen share is 5 %; 0 where it is smaller.
    flag : str
        ``ok``, or why there are no estimates (`crystalspan.completeness.estimates`).
    """

    space_group: str
    window: str
    last_trial: int
    finds: int
    seen: int
    once: int
    twice: int
    unseen_share: float
    unseen_share_error: float
    at_least: float
    at_least_error: float
    after_twice: float
    after_twice_error: float
    further: float
    flag: str

    @property
    def wants_more(self) -> bool:
        """Whether more than 5 % of further minimisations would find something new."""
        return self.flag == OK and self.unseen_share > LARGE_UNSEEN_SHARE


@dataclasses.dataclass(frozen=True)
class FoundMinima:
    """Distinct minima after the first trials of each group.

    Parameters
    ----------
    space_group, window : str
    trials, seen : int
    """

    space_group: str
    window: str
    trials: int
    seen: int


@dataclasses.dataclass(frozen=True)
class SearchCompleteness:
    """The completeness of the search for the crystals of one molecule.

    Parameters
    ----------
    molecule : str
    rows : list of WindowCompleteness
        Group after group, ``all`` last, window after window.
    growth : list of FoundMinima
        Empty where the names of the crystals do not tell their trials.
    """

    molecule: str
    rows: list[WindowCompleteness]
    growth: list[FoundMinima]


def search_completeness(molecule: str, finds: Finds, windows: Sequence[float]) -> SearchCompleteness:
    """Estimate what a search has not seen, in each group in which trials were made, and in all, in each window.

    Parameters
    ----------
    molecule : str
    finds : Finds
        From `crystalspan.completeness.estimates.read_finds`.
    windows : sequence of float
        Upper edges, kJ/mol above the lowest minimum.
    """
    groups: list[int | None] = [*sorted(set(finds.group.tolist()), key=group_order), None]
    cases = [(group, float(window)) for group in groups for window in windows]
    rows = [_row(finds, window, group) for group, window in cases]
    curves = [point for group, window in cases for point in _curve(finds, window, group)]
    return SearchCompleteness(molecule, rows, curves)


def _labels(window, group) -> tuple[str, str]:
    return ALL if group is None else str(group), f"0-{window:g}"


def _last_trial(finds, group) -> int:
    """The last trial that is known of; 0 where a name does not tell."""
    mine = finds.trial if group is None else finds.trial[finds.group == group]
    return int(mine.max(initial=0)) if (mine > 0).all() else 0


def _row(finds, window, group) -> WindowCompleteness:
    number = find_counts(finds, window, group)
    found = completeness(number, cut=window > finds.limit)
    further = further_needed(number, LARGE_UNSEEN_SHARE) if found.flag == OK else np.nan
    values = found._asdict()
    flag = values.pop("flag")
    return WindowCompleteness(
        *_labels(window, group), last_trial=_last_trial(finds, group), **values, further=float(further), flag=flag
    )


def _curve(finds, window, group) -> list[FoundMinima]:
    last = _last_trial(finds, group)
    if not last:
        return []
    trials = np.unique(np.geomspace(min(10, last), last, _CURVE).round().astype(int))
    seen = growth(finds, window, group, trials)
    return [FoundMinima(*_labels(window, group), int(one), int(many)) for one, many in zip(trials, seen, strict=True)]
