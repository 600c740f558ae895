"""Energy against density of a molecule's crystal structures (the study's Figure 2)."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from crystalspan.landscape.records import LandscapeRecords, Mark
from crystalspan.printing.labels import group_order
from crystalspan.printing.style import (
    SINGLE,
    draw_star,
    group_label,
    group_style,
    literal,
    new_figure,
    print_style,
    say_empty,
)
from crystalspan.study import parse_interval

_LEGEND_COLUMNS = 5


def draw_landscape(
    records: LandscapeRecords, windows: Sequence[str] = (), rasterize_above: int = 10_000, marks: Sequence[Mark] = ()
) -> Figure:
    """Lattice energy against density, coloured by space group, window edges as lines.

    Parameters
    ----------
    records : LandscapeRecords
        molecule, lattice_energy, relative_energy (kJ/mol), density (g/cm3), space_group; arrays (n,).
    windows : sequence of str
        Energy windows; structures above the highest edge are left out.
    rasterize_above : int
        With more points than this the points become an image.
    marks : sequence of Mark
        Crystals that get a star.

    Returns
    -------
    Figure
    """
    edges = sorted(parse_interval(window)[1] for window in windows)
    highest = edges[-1] if edges else np.inf
    keep = records.relative_energy <= highest
    energy, density, groups = records.lattice_energy[keep], records.density[keep], records.space_group[keep]
    with print_style():
        legend_rows = math.ceil(len(np.unique(groups)) / _LEGEND_COLUMNS)
        figure = new_figure(SINGLE, SINGLE * 1.05 + 0.14 * max(0, legend_rows - 2))
        axes = figure.subplots()
        axes.set_xlabel("Density (g cm$^{-3}$)")
        axes.set_ylabel("Lattice energy (kJ mol$^{-1}$)")
        axes.set_title(_title(records, len(energy), edges))
        if not len(energy):
            say_empty(axes, "no structures")
            return figure
        _draw_points(axes, energy, density, groups, len(energy) > rasterize_above)
        lowest = energy.min()
        for edge in edges:
            axes.axhline(lowest + edge, color="0.6", linewidth=0.5, linestyle=(0, (4, 3)), zorder=0)
            axes.annotate(
                f"{edge:g}\nkJ mol$^{{-1}}$",
                (1, lowest + edge),
                xycoords=axes.get_yaxis_transform(),
                xytext=(2, 0),
                textcoords="offset points",
                ha="left",
                va="center",
                color="0.2",
                fontsize=6,
            )
        axes.margins(x=0.04, y=0.03)
        for mark in marks:
            if mark.relative_energy <= highest:
                draw_star(axes, mark.density, lowest + mark.relative_energy, mark.label)
        figure.legend(loc="outside lower center", ncols=_LEGEND_COLUMNS, markerscale=1.6)
    return figure


def _title(records, drawn: int, edges) -> str:
    """The molecule and its structures: all of them, as in the summary, and those that are drawn."""
    n = len(records.lattice_energy)
    if not n:
        return literal(records.molecule)
    within = f" ({drawn:,} within {edges[-1]:g} kJ mol$^{{-1}}$)" if drawn < n else ""
    return f"{literal(records.molecule)}, {n:,} structures{within}"


def _draw_points(axes, energy, density, groups, rasterized):
    """The most frequent groups first, so that rare ones stay on top; the legend in the study's order."""
    numbers, counts = np.unique(groups, return_counts=True)
    size = 7 if len(energy) < 1000 else 5 if len(energy) < 5000 else 3
    depth = {number: place for place, number in enumerate(numbers[np.argsort(-counts, kind="stable")], 2)}
    for number in sorted(numbers, key=group_order):
        colour, marker = group_style(number)
        here = groups == number
        axes.scatter(
            density[here],
            energy[here],
            s=size,
            c=colour,
            marker=marker,
            linewidths=0,
            alpha=0.85,
            zorder=depth[number],
            label=group_label(number),
            rasterized=rasterized,
        )
