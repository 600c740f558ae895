"""Which measures keep relatives near, as a figure; and maps coloured by packing motif."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from crystalspan.errors import InputError
from crystalspan.maps.file import MappedPopulation
from crystalspan.maps.table import METHOD_NAMES
from crystalspan.printing.style import (
    DOUBLE,
    MM,
    SINGLE,
    empty_figure,
    group_label,
    literal,
    new_figure,
    print_style,
    say_empty,
    window_label,
)
from crystalspan.similarity.file import Similarities
from crystalspan.similarity.kept import VALID, KeptSimilarity
from crystalspan.similarity.motif import BETA, GAMMA, HERRINGBONE, MOTIFS, NOT_FLAT, PARALLEL, SANDWICH
from crystalspan.similarity.table import measure_label

_COLOURS = ("#BBDDEE", "#5599CC", "#DDCC77", "#CC6677")
_ROW, _HEAD = 4.2 * MM, 26 * MM
# Paul Tol's "bright" scheme.
MOTIF_COLOURS = {
    HERRINGBONE: "#4477AA",
    SANDWICH: "#66CCEE",
    GAMMA: "#228833",
    BETA: "#CCBB44",
    PARALLEL: "#EE6677",
    NOT_FLAT: "#BBBBBB",
}


def draw_similarity(found: Similarities) -> Figure:
    """Recall of relatives by every measure, with error bars and what chance would reach; a panel a set of structures.

    Parameters
    ----------
    found : Similarities
        Of one molecule.

    Returns
    -------
    Figure
    """
    shown = [one for one in found.populations if one.recalls]
    if not shown:
        return empty_figure("fewer than two structures: nothing to compare")
    with print_style():
        measures = list(dict.fromkeys(measure_label(row) for one in shown for row in one.recalls))
        columns = min(len(shown), 3)
        rows = -(-len(shown) // columns)
        figure = new_figure(SINGLE if columns == 1 else DOUBLE, rows * (_HEAD + len(measures) * 2 * _ROW))
        figure.suptitle(f"{literal(found.molecule)}: are relatives among the nearest?", fontsize=8)
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for axes, one in zip(panels, shown, strict=False):
            _panel(axes, one, measures)
        for axes in panels[len(shown) :]:
            axes.set_axis_off()
        handles = {
            text: handle for axes in panels for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        if handles:
            figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=len(handles))
    return figure


def _panel(axes, one: KeptSimilarity, measures) -> None:
    levels = sorted({row.at_least for row in one.recalls})
    height = 0.8 / len(levels)
    axes.set_title(f"{group_label(one.space_group)}, {window_label(one.window)}\nN = {len(one.id):,}", fontsize=7)
    axes.set_xlabel(f"recall among the {one.recalls[0].nearest} nearest")
    axes.set_xlim(0, 1)
    axes.set_yticks(range(len(measures)), measures)
    axes.set_ylim(len(measures) - 0.4, -0.6)
    drawn = False
    for place, least in enumerate(levels):
        rows = [row for row in one.recalls if row.at_least == least and np.isfinite(row.recall)]
        if not rows:
            continue
        drawn = True
        y = np.array([measures.index(measure_label(row)) for row in rows]) - 0.4 + height * (place + 0.5)
        recall = np.array([row.recall for row in rows])
        colour = _COLOURS[place % len(_COLOURS)]
        label = f"share at least {least} of {one.molecules} molecules"
        solid = [1.0 if row.flag == VALID else 0.4 for row in rows]
        bars = axes.barh(y, recall, height, color=colour, label=label)
        for bar, alpha in zip(bars, solid, strict=True):
            bar.set_alpha(alpha)
        spread = np.array([[row.recall - row.low, row.high - row.recall] for row in rows]).T
        axes.errorbar(recall, y, xerr=np.nan_to_num(spread), fmt="none", ecolor="black", elinewidth=0.6, capsize=1.2)
        for row, level in zip(rows, y, strict=True):
            axes.plot([row.random] * 2, [level - height / 2, level + height / 2], color="#D55E00", linewidth=1.2)
    if drawn:
        axes.plot([], [], color="#D55E00", linewidth=1.2, label="by chance")
    else:
        axes.text(0.5, 0.5, "no relatives", transform=axes.transAxes, ha="center", va="center", color="0.35")


def draw_motifs(found: Similarities, populations: Sequence[MappedPopulation], rasterize_above: int) -> Figure:
    """Maps coloured by packing motif: a row for each set of structures, a column for each method.

    Parameters
    ----------
    found : Similarities
    populations : sequence of MappedPopulation
        Of the same molecule.
    rasterize_above : int
        With more points than this the points of a map become an image.

    Returns
    -------
    Figure

    Raises
    ------
    InputError
        Maps and motifs are of different molecules.
    """
    for one in populations:
        if one.molecule != found.molecule:
            raise InputError(
                f"maps of {one.molecule} and motifs of {found.molecule}", remedy="give both files of one molecule"
            )
    columns = max((len(one.maps) for one in populations), default=0)
    if columns == 0:
        return empty_figure("no maps were asked for")
    motif = {one.id: one.motif for one in found.motifs}
    with print_style():
        figure = new_figure(SINGLE if columns == 1 else DOUBLE, len(populations) * 44 * MM + 14 * MM)
        figure.suptitle(f"{literal(found.molecule)}: packing motifs ({found.motif_status})", fontsize=8)
        panels = figure.subplots(len(populations), columns, squeeze=False)
        for row, one in zip(panels, populations, strict=True):
            row[0].set_ylabel(f"{group_label(one.space_group)}, {window_label(one.window)}\nN = {len(one.id):,}")
            names = np.array([motif.get(name, "") for name in one.id.tolist()])
            for axes in row[len(one.maps) :]:
                axes.set_axis_off()
            for axes, made in zip(row, one.maps, strict=False):
                _motif_map(axes, made, names, rasterize_above)
        counts = {name: sum(one.motif == name for one in found.motifs) for name in MOTIFS}
        dots = [
            figure.axes[0].scatter([], [], s=12, c=MOTIF_COLOURS[name], label=f"{name} ({counts[name]:,})")
            for name in MOTIFS
            if counts[name]
        ]
        if dots:
            figure.legend(handles=dots, loc="outside lower center", ncols=len(dots))
    return figure


def _motif_map(axes, made, names, rasterize_above) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(METHOD_NAMES.get(made.method, made.method))
    if made.coordinates.shape[1] == 0:
        say_empty(axes, "\n".join(textwrap.wrap(made.note or made.flag, 40)))
        return
    size = 14 if len(names) < 300 else 8 if len(names) < 3000 else 3
    colours = np.array([MOTIF_COLOURS.get(name, "#BBBBBB") for name in names])
    # Energies ascend: the lowest crystals are drawn last and lie on top.
    places = made.coordinates[::-1, :2].T
    rasterized = len(names) > rasterize_above
    axes.scatter(*places, s=size, c=colours[::-1], linewidths=0.15, edgecolors="white", rasterized=rasterized)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.06)
