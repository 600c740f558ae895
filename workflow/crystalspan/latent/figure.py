"""Curves of unexplained variance against the bottleneck: around single crystals, and of held-out minima."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from crystalspan.latent.basins import TWIN, Basin
from crystalspan.latent.bottleneck import KERNEL_PCA, PCA, Curve
from crystalspan.latent.molecule import MoleculeLatent
from crystalspan.latent.networks import AUTOENCODER, NESTED, VARIATIONAL
from crystalspan.latent.unseen import MINIMA, Unseen
from crystalspan.printing.labels import group_order
from crystalspan.printing.style import (
    DOUBLE,
    MM,
    empty_figure,
    group_label,
    literal,
    new_figure,
    print_style,
    window_label,
)

# Okabe and Ito's colours, and a shape each.
_STYLES = {
    AUTOENCODER: ("autoencoder", "#0072B2", "o"),
    PCA: ("principal components", "#D55E00", "s"),
    TWIN: ("autoencoder, normal cloud of the same covariance", "0.55", "x"),
    KERNEL_PCA: ("kernel PCA", "#E69F00", "^"),
    NESTED: ("ordered coordinates", "#009E73", "D"),
    VARIATIONAL: ("variational", "#CC79A7", "v"),
}
_COLUMNS = 5
# More crystals of a group than this would hide each other.
_MOST_DRAWN = 3


def draw_bottleneck(found: MoleculeLatent) -> Figure:
    """Clouds around single crystals, a panel for each space group, with the degrees of freedom marked.

    Parameters
    ----------
    found : MoleculeLatent

    Returns
    -------
    Figure
    """
    groups = sorted({one.record.space_group for one in found.basins if one.curves}, key=group_order)
    if not groups:
        return empty_figure("no crystal was displaced")
    with print_style():
        columns = min(_COLUMNS, len(groups))
        rows = math.ceil(len(groups) / columns)
        figure = new_figure(DOUBLE, 12 * MM + rows * 42 * MM)
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for axes, group in zip(panels, groups, strict=False):
            mine = [one for one in found.basins if one.record.space_group == group and one.curves]
            _basin_panel(axes, group, mine[:_MOST_DRAWN])
        for axes in panels[len(groups) :]:
            axes.set_axis_off()
        figure.supylabel("Unexplained variance of held-out crystals", fontsize=7)
        for axes in panels[max(0, len(groups) - columns) : len(groups)]:
            axes.set_xlabel("Width of the bottleneck")
        figure.suptitle(literal(found.molecule), fontsize=8)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _basin_panel(axes: Axes, group: int, basins: Sequence[Basin]) -> None:
    axes.set_yscale("log")
    for number, basin in enumerate(basins):
        for name in (TWIN, PCA, AUTOENCODER):
            _draw_curve(axes, basin.curves[name], label=number == 0, fill=name == AUTOENCODER)
    for degrees in sorted({one.record.degrees_of_freedom for one in basins}):
        line = axes.axvline(degrees, color="black", linewidth=0.6, linestyle=(0, (4, 2)), zorder=0)
        line.set_label("degrees of freedom")
    verdicts = Counter(one.verdict for one in basins)
    text = "\n".join(verdict if len(basins) == 1 else f"{count} {verdict}" for verdict, count in verdicts.items())
    axes.text(0.97, 0.97, text, transform=axes.transAxes, ha="right", va="top", fontsize=6, color="0.3")
    axes.set_title(group_label(group))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _draw_curve(axes: Axes, curve: Curve, label: bool = True, fill: bool = True) -> None:
    name, colour, marker = _STYLES[curve.method if curve.method in _STYLES else AUTOENCODER]
    mean, spread = curve.mean, np.nan_to_num(curve.spread)
    reach = np.array([mean - mean * np.exp(-spread), mean * np.exp(spread) - mean])
    axes.errorbar(
        curve.widths, mean, reach, marker=marker, color=colour, markersize=3, linewidth=0.8, elinewidth=0.8,
        mfc=colour if fill or marker in "x+" else "white", label=name if label else None,
    )  # fmt: skip


def draw_unseen(found: MoleculeLatent) -> Figure:
    """Minima that were held out by whole clusters: a row for each set of structures, a column for each training set.

    Parameters
    ----------
    found : MoleculeLatent

    Returns
    -------
    Figure
    """
    told = [one for one in found.unseen if one.curves]
    if not told:
        return empty_figure("no set of structures is large enough to hold minima out")
    labels = sorted({one.space_group for one in told}, key=group_order)
    sets = list(dict.fromkeys(one.training_set for one in told))
    with print_style():
        figure = new_figure(DOUBLE * (0.5 if len(sets) == 1 else 1.0), 14 * MM + len(labels) * 48 * MM)
        panels = figure.subplots(len(labels), len(sets), squeeze=False, sharey=True, sharex=True)
        for row, label in zip(panels, labels, strict=True):
            for axes, name in zip(row, sets, strict=True):
                one = next((one for one in told if (one.space_group, one.training_set) == (label, name)), None)
                if one is None:
                    axes.set_axis_off()
                else:
                    _unseen_panel(axes, one)
        for axes in panels[:, 0]:
            axes.set_ylabel("Unexplained variance\nof held-out minima")
        for axes in panels[-1]:
            axes.set_xlabel("Width of the bottleneck")
        figure.suptitle(f"{literal(found.molecule)}, {window_label(told[0].window)}", fontsize=8)
        handles = {
            text: mark for axes in panels.ravel() for mark, text in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=5)
    return figure


def _unseen_panel(axes: Axes, one: Unseen) -> None:
    axes.set_yscale("log")
    for curve in one.curves.values():
        _draw_curve(axes, curve)
    axes.axhline(1.0, color="0.6", linewidth=0.5, zorder=0)
    added = "" if one.training_set == MINIMA else f" + {one.added:,} displaced crystals"
    axes.set_title(f"{group_label(one.space_group)}: {one.minima - one.held:,} minima{added}", fontsize=7)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axis in (axes.yaxis,):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else ""))
