"""The dimension of a molecule's landscape: degrees of freedom, Jacobian rank, estimates and controls in one figure."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from crystalspan.dimension.file import PopulationDimension
from crystalspan.dimension.tables import jacobian_ranks, upper_edge, widest_mle
from crystalspan.jacobian.file import LocalDimensions
from crystalspan.landscape.freedom import Freedom, commonest
from crystalspan.printing.labels import ALL, group_order
from crystalspan.printing.style import (
    DOUBLE,
    empty_figure,
    group_label,
    literal,
    new_figure,
    print_style,
    window_label,
)

# Okabe and Ito's colours, and a shape each.
_METHODS = {"twonn": ("TwoNN", "#0072B2", "o"), "gride": ("Gride", "#009E73", "^"), "mle": ("MLE", "#D55E00", "s")}
_CONTROLS = {
    "shuffled": ("columns shuffled", "0.45", "x"),
    "gaussian": ("normal, same covariance", "#CC79A7", "D"),
    "random": ("random crystals", "#56B4E9", "v"),
    "cloud": ("around one crystal", "#E69F00", "P"),
}
_COMMONEST, _RANGE = "degrees of freedom (commonest)", "degrees of freedom (range)"


def draw_dimension(
    populations: Sequence[PopulationDimension],
    local: Sequence[LocalDimensions],
    share: float,
    freedom: Freedom | None = None,
) -> Figure:
    """The dimension of each space group, and of all, in the widest window.

    Three panels above one another: estimates beside degrees of freedom and Jacobian rank; the same estimate for the
    controls; components of the spectrum. Hollow marks are flagged invalid.

    Parameters
    ----------
    populations : sequence of PopulationDimension
        Of one molecule.
    local : sequence of LocalDimensions
    share : float
        Threshold of the components by variance.
    freedom : Freedom, optional
        Degrees of freedom of the structures: their range and commonest number are marked.

    Returns
    -------
    Figure
    """
    populations = widest_populations(populations)
    if not populations:
        return empty_figure("no set of structures")
    with print_style():
        figure = new_figure(DOUBLE, 6.2)
        top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=[1.25, 1.25, 1])
        degrees = _degrees(populations, freedom or Freedom({}))
        _estimates_panel(top, populations, local, degrees)
        _controls_panel(middle, populations, degrees)
        _components_panel(bottom, populations, share)
        names = [group_label(one.space_group).replace("all groups", ALL) for one in populations]
        sizes = [one.analysis.n_distinct if one.analysis else len(one.id) for one in populations]
        labels = [f"{name}\n{n:,}" for name, n in zip(names, sizes, strict=True)]
        bottom.set_xticks(range(len(populations)), labels)
        bottom.set_xlim(-0.6, len(populations) - 0.4)
        bottom.set_xlabel("Space group, and number of distinct structures")
        for axes, letter in zip((top, middle, bottom), "abc", strict=True):
            axes.set_title(letter, loc="left", fontweight="bold")
            axes.tick_params(axis="x", length=0)
            _legend(axes)
        figure.suptitle(f"{literal(populations[0].molecule)}, {window_label(populations[0].window)}", fontsize=8)
    return figure


def widest_populations(populations: Iterable[PopulationDimension]) -> list:
    """Those of the widest window, the study's groups first and all together last."""
    widest = max((upper_edge(one.window) for one in populations), default=math.nan)
    chosen = [one for one in populations if upper_edge(one.window) == widest]
    return sorted(chosen, key=lambda one: group_order(one.space_group))


def _estimates_panel(axes, populations, local, degrees):
    places = np.arange(len(populations))
    _mark_degrees(axes, degrees)
    ranks = jacobian_ranks(local)
    rows = [_rank(ranks, one) for one in populations]
    low, middle, high = np.array(rows, dtype=float).T
    if np.isfinite(middle).any():
        axes.errorbar(
            places, middle, [middle - low, high - middle], fmt="D", color="0.4", markersize=3.5, mfc="white",
            elinewidth=2.5, alpha=0.9, label="Jacobian rank (range)",
        )  # fmt: skip
    for shift, method in zip((-0.26, 0.0, 0.26), _METHODS, strict=True):
        label, colour, marker = _METHODS[method]
        found = [_chosen(one.analysis, method) for one in populations]
        neighbours = {one.neighbours for one in found if one}
        order = f" ({max(neighbours)} neighbours)" if neighbours and method != "twonn" else ""
        _marks(axes, places + shift, found, colour, marker, label + order)
    axes.plot([], [], "o", color="0.3", mfc="white", markersize=4, label="hollow: flagged invalid")
    axes.set_ylabel("Dimension")
    axes.set_ylim(bottom=0)


def _controls_panel(axes, populations, degrees):
    places = np.arange(len(populations))
    own = [widest_mle(one.analysis) for one in populations]
    _marks(axes, places - 0.3, own, _METHODS["mle"][1], "s", "landscape")
    for number, (name, (label, colour, marker)) in enumerate(_CONTROLS.items()):
        found = [
            next((widest_mle(control.analysis) for control in one.controls if control.name == name), None)
            for one in populations
        ]
        _marks(axes, places - 0.15 + 0.15 * number, found, colour, marker, label)
    _mark_degrees(axes, degrees)
    axes.set_yscale("log")
    neighbours = max((one.neighbours for one in own if one), default=0)
    axes.set_ylabel(f"Dimension by MLE\n({neighbours} neighbours)")
    plain_numbers(axes.yaxis)


def _components_panel(axes, populations, share):
    places = np.arange(len(populations))
    for shift, (name, threshold, label, colour, marker) in zip(
        (-0.24, -0.08, 0.08, 0.24),
        (
            ("variance", share, f"components to {share:g} of variance", "#0072B2", "o"),
            ("parallel_analysis", None, "parallel analysis", "#D55E00", "s"),
            ("broken_stick", None, "broken stick", "#009E73", "^"),
            ("participation_ratio", None, "participation ratio", "#CC79A7", "D"),
        ),
        strict=True,
    ):
        found = [_count(one.analysis, name, threshold) for one in populations]
        values = np.array([math.nan if one is None else one.components for one in found])
        values[~(values > 0)] = math.nan
        ends = np.array([(math.nan, math.nan) if one is None else (one.low, one.high) for one in found])
        reach = np.abs(ends - values[:, None])
        axes.errorbar(
            places + shift, values, np.nan_to_num(reach.T), fmt=marker, color=colour, markersize=3.5, elinewidth=0.8,
            label=label,
        )  # fmt: skip
    axes.set_yscale("log")
    axes.set_ylabel("Components")
    plain_numbers(axes.yaxis)


def _marks(axes, places, estimates, colour, marker, label):
    """Estimates with their error bars: filled where valid, hollow where not."""
    for is_valid in (True, False):
        chosen = [
            (place, one.value, one.standard_error)
            for place, one in zip(places, estimates, strict=True)
            if one is not None and one.valid == is_valid and one.value > 0
        ]
        if not chosen:
            if is_valid:
                axes.plot([], [], marker, color=colour, markersize=4, linestyle="none", label=label)
            continue
        x, y, error = np.array(chosen).T
        fill = colour if is_valid or marker in "x+" else "white"
        axes.errorbar(
            x, y, np.nan_to_num(error), fmt=marker, color=colour, mfc=fill, markersize=4, elinewidth=0.8,
            alpha=1 if is_valid else 0.75, label=label if is_valid else None,
        )  # fmt: skip


def _chosen(analysis, method):
    """The estimate of the largest scale that is valid; else the one of the smallest."""
    found = [one for one in analysis.estimates if one.method == method] if analysis else []
    if not found:
        return None
    valid = [one for one in found if one.valid]
    return max(valid, key=lambda one: one.neighbours) if valid else min(found, key=lambda one: one.neighbours)


def _count(analysis, criterion, threshold):
    for one in analysis.counts if analysis else []:
        if one.criterion == criterion and (threshold is None or abs(one.threshold - threshold) < 1e-9):
            return one
    return None


def _legend(axes):
    """Beside a panel; the degrees of freedom and their range first."""
    found = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    labels = sorted(found, key=lambda label: label not in (_COMMONEST, _RANGE))
    axes.legend([found[label] for label in labels], labels, loc="center left", bbox_to_anchor=(1.005, 0.5))


def _degrees(populations, freedom) -> list[Counter]:
    """The structures of each set by their degrees of freedom; of all groups combined, those of the groups drawn."""
    groups = [one.space_group for one in populations]
    return [
        freedom.of(one.molecule, groups if one.space_group == ALL else [one.space_group], one.window)
        for one in populations
    ]


def _mark_degrees(axes, degrees):
    """A line at the commonest number of degrees of freedom, a pale box from the fewest to the most."""
    places = np.flatnonzero([bool(counted) for counted in degrees])
    if not len(places):
        return
    common, low, high = np.array([[f(degrees[place]) for f in (commonest, min, max)] for place in places]).T
    axes.hlines(common, places - 0.4, places + 0.4, color="black", linewidth=1.2, label=_COMMONEST)
    if (low < high).any():
        axes.bar(places, high - low, 0.8, low, color="0.85", zorder=0, label=_RANGE)


def _rank(ranks, one) -> tuple:
    key = one.molecule, one.space_group
    if not len(ranks) or key not in ranks.index:
        return (math.nan,) * 3
    return tuple(ranks.loc[key, ["lowest", "median", "highest"]])


def plain_numbers(axis: Axis) -> None:
    """Label a logarithmic axis at 1, 2, 5, 10, ... without powers."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else ""))
