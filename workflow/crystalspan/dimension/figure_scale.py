"""The dimension of a molecule's landscape against the energy window, the scale and the number of structures."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from crystalspan.dimension.figure import plain_numbers, widest_populations
from crystalspan.dimension.file import PopulationDimension
from crystalspan.dimension.tables import upper_edge, widest_mle
from crystalspan.printing.labels import ALL
from crystalspan.printing.style import (
    DOUBLE,
    empty_figure,
    group_label,
    group_style,
    literal,
    new_figure,
    print_style,
    window_label,
)


def draw_dimension_scale(populations: Sequence[PopulationDimension]) -> Figure:
    """Three panels: maximum likelihood against the window; Gride against the scale; maximum likelihood against N.

    Parameters
    ----------
    populations : sequence of PopulationDimension
        Of one molecule.

    Returns
    -------
    Figure
    """
    widest = [one for one in widest_populations(populations) if one.analysis]
    if not widest:
        return empty_figure("no set of structures is large enough")
    with print_style():
        figure = new_figure(DOUBLE, 2.9)
        left, middle, right = figure.subplots(1, 3)
        for one in widest:
            colour, marker = group_style(one.space_group)
            width = 1.6 if one.space_group == ALL else 0.8
            style = {"color": colour, "marker": marker, "markersize": 3, "linewidth": width}
            windows = [each for each in populations if each.space_group == one.space_group]
            _against_window(left, windows, style)
            _against_scale(middle, one, style)
            _against_number(right, one, style)
            left.plot([], [], label=group_label(one.space_group), **style)
        left.set_xlabel("Energy window (kJ mol$^{-1}$)")
        middle.set_xlabel("Scale (distance / diameter)")
        right.set_xlabel("Number of structures")
        order = max((found.neighbours for one in widest if (found := widest_mle(one.analysis))), default=0)
        left.set_ylabel(f"Dimension by MLE, {order} neighbours")
        middle.set_ylabel("Dimension by Gride")
        right.set_ylabel(f"Dimension by MLE, {order} neighbours")
        right.set_xscale("log")
        plain_numbers(right.xaxis)
        left.set_xticks(sorted({upper_edge(one.window) for one in populations}))
        for axes, letter in zip((left, middle, right), "abc", strict=True):
            axes.set_title(letter, loc="left", fontweight="bold")
            axes.set_ylim(bottom=0)
        figure.legend(loc="outside lower center", ncols=min(len(widest), 6))
        title = f"{literal(widest[0].molecule)}; b, c: {window_label(widest[0].window)}; hollow: flagged invalid"
        figure.suptitle(title, fontsize=8)
    return figure


def _against_window(axes, populations, style):
    found = [(upper_edge(one.window), widest_mle(one.analysis)) for one in populations if one.analysis]
    found = sorted((edge, one) for edge, one in found if one is not None and np.isfinite(one.value))
    _line(axes, [edge for edge, _ in found], [one for _, one in found], style)


def _against_scale(axes, population, style):
    found = [one for one in population.analysis.estimates if one.method == "gride" and np.isfinite(one.value)]
    # The bound 2 log N / log(diameter / scale) tells the scale as a share of the diameter.
    shares = [population.analysis.n_distinct ** (-2 / one.bound) for one in found]
    _line(axes, shares, found, style)


def _line(axes, x, estimates, style):
    if not estimates:
        return
    values = [one.value for one in estimates]
    errors = np.nan_to_num([one.standard_error for one in estimates])
    axes.errorbar(x, values, errors, elinewidth=0.5, alpha=0.9, **style)
    hollow = [(place, one.value) for place, one in zip(x, estimates, strict=True) if not one.valid]
    if hollow:
        axes.plot(*np.transpose(hollow), **{**style, "linewidth": 0, "mfc": "white", "zorder": 5})


def _against_number(axes, population, style):
    neighbours = getattr(widest_mle(population.analysis), "neighbours", None)
    points = [
        (one.n_structures, one.mean, one.deviation)
        for one in population.analysis.decimation
        if one.method == "mle" and one.neighbours == neighbours and np.isfinite(one.mean)
    ]
    if points:
        n, mean, deviation = np.transpose(points)
        axes.errorbar(n, mean, np.nan_to_num(deviation), elinewidth=0.5, **style)
