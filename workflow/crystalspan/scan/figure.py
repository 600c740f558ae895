"""The dimension under many descriptors, side by side."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from crystalspan.dimension.figure import plain_numbers
from crystalspan.landscape.freedom import Freedom
from crystalspan.printing.labels import ALL
from crystalspan.printing.style import (
    DOUBLE,
    SINGLE,
    check_panels,
    empty_figure,
    literal,
    new_figure,
    print_style,
    say_empty,
    window_label,
)
from crystalspan.scan.file import DescriptorScan
from crystalspan.scan.tables import chosen_count, chosen_estimate

# Okabe and Ito's colours, and a shape each.
_METHODS = {"twonn": ("TwoNN", "#0072B2", "o"), "mle": ("MLE", "#D55E00", "s")}
_COMPONENTS = ("#009E73", "D")
_ROW = 0.17  # inch


def draw_descriptor_scan(scans: Sequence[DescriptorScan], share: float, freedom: Freedom | None = None) -> Figure:
    """Estimates of the dimension and components of all structures, a row a descriptor; hollow marks are invalid.

    Parameters
    ----------
    scans : sequence of DescriptorScan
    share : float
        Threshold of the components by variance.
    freedom : Freedom, optional
        Degrees of freedom of the structures, marked as a range with a line at each number that there is.

    Returns
    -------
    Figure
        One panel for each molecule.
    """
    if not any(scan.sets for scan in scans):
        return empty_figure("no descriptor was looked at")
    check_panels(len(scans), "molecules")
    variants = list(dict.fromkeys(one.variant for scan in scans for one in scan.sets))
    n_columns = min(len(scans), 2)
    n_rows = math.ceil(len(scans) / n_columns)
    with print_style():
        width, legend = (SINGLE * 1.25, 0.65) if n_columns == 1 else (DOUBLE, 0.45)
        figure = new_figure(width, n_rows * (_ROW * len(variants) + 0.6) + legend)
        grid = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
        for axes, scan in zip(grid.ravel(), scans, strict=False):
            _panel(axes, scan, variants, share, _degrees(scan, freedom))
        for axes in grid.ravel()[len(scans) :]:
            axes.set_axis_off()
        for axes in grid[:, 0]:
            axes.set_yticks(range(len(variants)), [literal(name) for name in variants])
            axes.set_ylim(len(variants) - 0.4, -0.6)
        for axes in grid[-1]:
            axes.set_xlabel("Dimension, number of components")
        _legend(figure, scans, share, freedom)
    return figure


def _panel(axes, scan, variants, share, degrees):
    sets = {one.variant: one for one in scan.sets if one.space_group == ALL}
    n = max((one.n_structures for one in sets.values()), default=0)
    axes.set_title(f"{literal(scan.molecule)}, {window_label(scan.window)}, {n:,} structures")
    axes.tick_params(axis="y", length=0)
    if n < 2:
        say_empty(axes, "fewer than two structures")
        return
    axes.set_xscale("log")
    plain_numbers(axes.xaxis)
    axes.tick_params(axis="x", which="both", length=3, pad=3)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color="0.92", linewidth=0.5)
    if degrees:
        axes.axvspan(degrees[0], degrees[-1], color="0.88", linewidth=0)
        axes.vlines(degrees, 0, 1, transform=axes.get_xaxis_transform(), color="0.45", linewidth=0.6)
    for place, variant in enumerate(variants):
        if variant not in sets:
            continue
        for shift, method in ((-0.14, "twonn"), (0.14, "mle")):
            found = chosen_estimate(sets[variant], method)
            if found is not None:
                _, colour, marker = _METHODS[method]
                _mark(axes, found.value, found.standard_error, place + shift, colour, marker, found.valid)
        count = chosen_count(sets[variant], "variance", share)
        if count is not None:
            _mark(axes, count.components, count.standard_error, place, *_COMPONENTS, True)


def _mark(axes, value, error, place, colour, marker, is_filled):
    """A value with its standard error, which stays within the positive numbers of a logarithmic axis."""
    if not (np.isfinite(value) and value > 0):
        return
    reach = [[min(error, 0.9 * value)], [error]] if np.isfinite(error) else None
    axes.errorbar(
        value, place, xerr=reach, fmt=marker, color=colour, mfc=colour if is_filled else "white", markersize=4,
        markeredgewidth=0.8, elinewidth=0.8,
    )  # fmt: skip


def _degrees(scan, freedom) -> list[int]:
    """Degrees of freedom of the structures of the space groups looked at, ascending, each once."""
    groups = {one.space_group for one in scan.sets}
    return sorted(freedom.of(scan.molecule, groups, scan.window)) if freedom else []


def _legend(figure, scans, share, freedom):
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    found = [chosen_estimate(one, "mle") for scan in scans for one in scan.sets]
    neighbours = sorted({one.neighbours for one in found if one is not None})
    order = f" ({neighbours[-1]} neighbours)" if neighbours else ""
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=4, linestyle="none", label=label + add)
        for (label, colour, marker), add in zip(_METHODS.values(), ("", order), strict=True)
    ]
    colour, marker = _COMPONENTS
    label = f"components to {share:g} of variance"
    handles.append(Line2D([], [], color=colour, marker=marker, markersize=4, linestyle="none", label=label))
    hollow = {"color": "0.3", "marker": "o", "mfc": "white", "markersize": 4, "linestyle": "none"}
    handles.append(Line2D([], [], label="hollow: flagged invalid", **hollow))
    degrees = sorted({number for scan in scans for number in _degrees(scan, freedom)})
    if degrees:
        span = f"{degrees[0]}" if len(degrees) == 1 else f"{degrees[0]}\u2013{degrees[-1]}"
        handles.append(Patch(facecolor="0.88", edgecolor="0.45", linewidth=0.6, label=f"degrees of freedom, {span}"))
    columns = 3 if figure.get_figwidth() > SINGLE * 1.5 else 2
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)
