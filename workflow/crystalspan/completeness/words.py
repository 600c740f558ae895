"""How complete a landscape is, in plain words."""

from collections.abc import Iterable

from crystalspan.completeness.estimates import CUT, FEW, LARGE_UNSEEN_SHARE, NO_REPEATS, OK
from crystalspan.completeness.search import SearchCompleteness, WindowCompleteness
from crystalspan.crystallography.space_groups import symbol
from crystalspan.printing.labels import ALL

_WHY = {
    FEW: "too few minimisations ended there to tell",
    NO_REPEATS: "no minimum was found twice, so that most are still unseen",
    CUT: "the database was cut below this window",
}
# As many groups are named in a warning.
_NAMED = 3


def completeness_lines(searches: Iterable[SearchCompleteness]) -> list[str]:
    """What the search of each molecule has seen and what it has not, for the end of a run."""
    return [line for one in searches for line in _molecule(one)]


def _molecule(search: SearchCompleteness) -> list[str]:
    lines = [f"{search.molecule}:"]
    for row in search.rows:
        if row.space_group == ALL:
            lines.append(f"  within {row.window} kJ/mol: {_whole(row)}")
    open_ones = [row for row in search.rows if row.space_group != ALL and row.wants_more]
    for window in dict.fromkeys(row.window for row in open_ones):
        mine = sorted((row for row in open_ones if row.window == window), key=lambda row: -row.unseen_share)
        named = "; ".join(map(_open, mine[:_NAMED]))
        others = len(mine) - _NAMED
        more = f"; and {others} more space group{'s' * (others > 1)}" if others > 0 else ""
        lines.append(f"  more trials are wanted within {window} kJ/mol: {named}{more}")
    return lines


def _whole(row: WindowCompleteness) -> str:
    if row.flag != OK:
        return f"{row.seen:,} minima seen; {_WHY[row.flag]}"
    warning = " (WARNING: more than 5 %)" if row.unseen_share > LARGE_UNSEEN_SHARE else ""
    return (
        f"{row.seen:,} minima seen, at least {row.at_least:,.0f} exist; {row.unseen_share:.1%} +- "
        f"{row.unseen_share_error:.1%} of further minimisations would find a new one{warning}; "
        f"twice the trials would have seen {row.after_twice:,.0f} +- {row.after_twice_error:,.0f}"
    )


def _open(row: WindowCompleteness) -> str:
    """One group that wants more trials, with as many as are wanted where that is known."""
    text = f"{symbol(int(row.space_group))} ({row.unseen_share:.0%} unseen, {row.seen:,} seen"
    if row.last_trial and row.further == row.further:
        return f"{text}; some {_rounded(row.last_trial * (1 + row.further)):,} trials instead of {row.last_trial:,})"
    return f"{text})"


def _rounded(number: float) -> int:
    """To one significant digit: it is a guess from the rarest finds."""
    size = 10 ** (len(str(int(number))) - 1)
    return int(-(-number // size) * size)
