"""A molecule's maps by several methods: a row for each space group and window, a column for each method."""

import textwrap
from collections.abc import Sequence

from matplotlib.figure import Figure

from crystalspan.errors import InputError
from crystalspan.landscape.records import Mark
from crystalspan.maps.figure import draw_marks, draw_points, energy_bar
from crystalspan.maps.file import MappedPopulation
from crystalspan.maps.table import METHOD_NAMES, quality_words
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

_ROW_HEIGHT = 50 * MM
# So many maps beside each other leave room for one phrase a line above each.
_NARROW = 5


def draw_maps(populations: Sequence[MappedPopulation], rasterize_above: int, marks: Sequence[Mark] = ()) -> Figure:
    """Maps of a molecule's structures by several methods, coloured by relative energy, all measures on every map.

    Parameters
    ----------
    populations : sequence of MappedPopulation
        Of one molecule.
    rasterize_above : int
        With more points than this the points of a map become an image.
    marks : sequence of Mark
        Crystals that get a star.

    Returns
    -------
    Figure

    Raises
    ------
    InputError
        There are maps of several molecules.
    """
    molecules = list(dict.fromkeys(one.molecule for one in populations))
    if len(molecules) > 1:
        raise InputError(
            f"maps of {len(molecules)} molecules ({', '.join(molecules)}) are too many for one figure",
            remedy="draw each molecule's maps by themselves",
        )
    columns = max((len(one.maps) for one in populations), default=0)
    if columns == 0:
        return empty_figure("no maps were asked for")
    with print_style():
        figure = new_figure(SINGLE if columns == 1 else DOUBLE, len(populations) * _ROW_HEIGHT + 6 * MM)
        figure.suptitle(literal(molecules[0]), fontsize=8)
        panels = figure.subplots(len(populations), columns, squeeze=False)
        largest = max((one.relative_energy.max() for one in populations if len(one.id)), default=0.0)
        drawn = [_row(row, one, largest, rasterize_above, marks) for row, one in zip(panels, populations, strict=True)]
        points = next((cloud for row in drawn for cloud in row if cloud is not None), None)
        if points is not None:
            energy_bar(figure, points, panels)
    return figure


def _row(panels, population, largest, rasterize_above, marks):
    """Draw the maps of a set of structures; returns what carries the colours, None where there is no map."""
    shown, n = len(population.id), population.n_structures
    number = f"N = {n:,}" if shown == n else f"{shown:,} of {n:,}, drawn at random"
    panels[0].set_ylabel(f"{group_label(population.space_group)}, {window_label(population.window)}\n{number}")
    drawn = [
        _panel(axes, made, population.relative_energy, largest, rasterize_above)
        for axes, made in zip(panels, population.maps, strict=False)
    ]
    for axes, made, cloud in zip(panels, population.maps, drawn, strict=False):
        if cloud is not None:
            draw_marks(axes, population.id, *made.coordinates.T, marks)
    for axes in panels[len(population.maps) :]:
        axes.set_axis_off()
    return drawn


def _panel(axes, made, energy, largest, rasterize_above):
    name = METHOD_NAMES.get(made.method, made.method)
    is_first = axes.get_subplotspec().is_first_col()
    columns = axes.get_gridspec().ncols
    size, a_line, letters = 6 if columns < 4 else 5, 2 if columns < _NARROW else 1, 40 if columns < _NARROW else 22
    # Only distances have a meaning: no axis has a unit.
    axes.set_xticks([])
    axes.set_yticks([])
    if made.coordinates.shape[1] == 0:
        axes.set_title(name)
        say_empty(axes, _folded(made.note or made.flag, letters))
        return None
    words = quality_words(made.quality)
    lines = [", ".join(words[i : i + a_line]) for i in range(0, len(words), a_line)]
    axes.set_title("\n".join(lines), fontsize=size, color="0.3", pad=3)
    axes.text(0.03, 0.97, name, transform=axes.transAxes, fontsize=7, fontweight="bold", va="top")
    if made.note:
        axes.set_xlabel(_folded(made.note, letters), fontsize=size, color="0.3", labelpad=2)
    axes.set_aspect("equal", adjustable="datalim")
    return draw_points(axes, *made.coordinates.T, energy, rasterize_above, largest, label=is_first)


def _folded(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))
