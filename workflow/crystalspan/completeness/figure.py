"""Minima found against trials, and what further trials would find."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crystalspan.completeness.estimates import OK
from crystalspan.completeness.search import SearchCompleteness
from crystalspan.printing.labels import ALL
from crystalspan.printing.style import (
    COMBINED_COLOUR,
    DOUBLE,
    SINGLE,
    group_label,
    group_style,
    literal,
    new_figure,
    print_style,
    say_empty,
)

_LEGEND_COLUMNS = 6


def draw_completeness(search: SearchCompleteness) -> Figure:
    """Left: minima of the widest window against trials, each group a line; right: unseen shares of all windows.

    The point right of each line is what twice the trials are expected to find, with its standard error.

    Parameters
    ----------
    search : SearchCompleteness

    Returns
    -------
    Figure
    """
    with print_style():
        groups = list(dict.fromkeys(row.space_group for row in search.rows))
        legend = -(-len(groups) // _LEGEND_COLUMNS)
        figure = new_figure(DOUBLE, SINGLE * 0.85 + 0.14 * legend)
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
        figure.suptitle(f"{literal(search.molecule)}: how complete the search is", fontsize=8)
        widest = search.rows[-1].window if search.rows else ""
        _draw_growth(left, search, widest)
        _draw_shares(right, search, groups)
        handles, labels = left.get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside lower center", ncols=_LEGEND_COLUMNS, markerscale=1.4)
    return figure


def _draw_growth(axes: Axes, search: SearchCompleteness, window: str) -> None:
    axes.set_xlabel("Trials in each space group")
    axes.set_ylabel(f"Distinct minima within {window} kJ mol$^{{-1}}$")
    points = [point for point in search.growth if point.window == window and point.seen]
    if not points:
        say_empty(axes, "the names do not tell the trials" if not search.growth else "no minima")
        return
    axes.set_xscale("log")
    axes.set_yscale("log")
    for group in dict.fromkeys(point.space_group for point in points):
        mine = [point for point in points if point.space_group == group]
        colour, marker = (COMBINED_COLOUR, "o") if group == ALL else group_style(group)
        trials = [point.trials for point in mine]
        seen = [point.seen for point in mine]
        axes.plot(
            trials,
            seen,
            color=colour,
            linewidth=1.0,
            marker=marker,
            markersize=3,
            markevery=5,
            label=group_label(group),
        )
        row = next(row for row in search.rows if (row.space_group, row.window) == (group, window))
        if row.flag == OK:
            axes.errorbar(
                2 * trials[-1],
                row.after_twice,
                row.after_twice_error,
                color=colour,
                marker=marker,
                markersize=3.5,
                elinewidth=0.7,
                capsize=1.5,
            )
    axes.set_title("points: expected after twice the trials", fontsize=6, color="0.3")


def _draw_shares(axes: Axes, search: SearchCompleteness, groups: list[str]) -> None:
    """The unseen share of every group, a marker a window."""
    axes.set_ylabel("Further minimisations that\nfind a new minimum (%)")
    windows = list(dict.fromkeys(row.window for row in search.rows))
    place = {group: at for at, group in enumerate(groups)}
    drawn = False
    for at, window in enumerate(windows):
        mine = [row for row in search.rows if row.window == window and row.flag == OK]
        drawn = drawn or bool(mine)
        shift = 0.5 * ((at + 0.5) / len(windows) - 0.5)
        axes.errorbar(
            [place[row.space_group] + shift for row in mine],
            [100 * row.unseen_share for row in mine],
            [100 * row.unseen_share_error for row in mine],
            linestyle="none",
            marker="osD^v"[at % 5],
            markersize=3.5,
            elinewidth=0.7,
            capsize=1.5,
            color=f"C{at}",
            label=f"{window} kJ mol$^{{-1}}$",
        )
    if not drawn:
        say_empty(axes, "no estimate is valid")
        return
    axes.axhline(5, color="0.5", linewidth=0.6, linestyle=(0, (4, 3)), zorder=0)
    axes.set_ylim(bottom=0)
    axes.set_xticks(np.arange(len(groups)), [group_label(group) for group in groups], rotation=90, fontsize=6)
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.legend(fontsize=6, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False)
