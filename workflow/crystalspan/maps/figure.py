"""Maps of the first two principal components (the study's Figures 5-8)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from crystalspan.arrays import Floats
from crystalspan.landscape.records import Mark
from crystalspan.maps.table import quality_words
from crystalspan.printing.style import (
    SINGLE,
    draw_star,
    group_label,
    literal,
    new_figure,
    print_style,
    say_empty,
    window_label,
)
from crystalspan.spectra.file import StoredSpectrum

_WHY = {
    "empty": "no structure in this window",
    "single": "one structure: no component",
    "identical": "all structures are identical",
}


def draw_map(
    spectrum: StoredSpectrum, quality: dict | None, rasterize_above: int, marks: Sequence[Mark] = ()
) -> Figure:
    """PC2 against PC1, coloured by relative energy, with what the map keeps of the distances printed on it.

    Parameters
    ----------
    spectrum : StoredSpectrum
    quality : dict or None
        As from `map_quality`; None where the map was not judged.
    rasterize_above : int
        With more points than this the points become an image.
    marks : sequence of Mark
        Crystals that get a star.

    Returns
    -------
    Figure
    """
    with print_style():
        figure = new_figure(SINGLE, SINGLE * 0.86)
        axes = figure.subplots()
        group = group_label(spectrum.space_group)
        figure.suptitle(f"{literal(spectrum.molecule)}, {group}, {window_label(spectrum.window)}", fontsize=8)
        if spectrum.scores.shape[1] == 0:
            say_empty(axes, _WHY.get(spectrum.flag, "no variance"))
            return figure
        shares = spectrum.eigenvalues / spectrum.total_variance
        second = spectrum.scores[:, 1] if spectrum.scores.shape[1] > 1 else np.zeros(spectrum.n_structures)
        points = draw_points(axes, spectrum.scores[:, 0], second, spectrum.relative_energy, rasterize_above)
        draw_marks(axes, spectrum.id, spectrum.scores[:, 0], second, marks)
        energy_bar(figure, points, axes)
        axes.set_xlabel(f"PC1 ({shares[0]:.1%} of the variance)")
        share = f"{shares[1]:.1%} of the variance" if len(shares) > 1 else "no variance"
        axes.set_ylabel(f"PC2 ({share})")
        # The lines are wider than the axes, and centred on the figure: they must not narrow them.
        axes.set_title(_quality(spectrum, quality), fontsize=6, color="0.3", pad=3).set_in_layout(False)
    return figure


def draw_points(
    axes: Axes,
    first: Floats,
    second: Floats,
    energy: Floats,
    rasterize_above: int,
    largest: float | None = None,
    label: bool = True,
) -> PathCollection:
    """Draw structures on a map, coloured by relative energy, the lowest on top and ringed.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    first, second : (n,) float64
        Places on the map.
    energy : (n,) float64, kJ/mol
    rasterize_above : int
    largest : float, optional
        Energy at the end of the colour scale, which then starts at 0.
    label : bool
        Whether the ring is explained.

    Returns
    -------
    PathCollection
        For the colour bar.
    """
    order = np.argsort(-energy, kind="stable")  # the lowest energies lie on top
    size = 16 if len(first) < 300 else 9 if len(first) < 3000 else 4
    points = axes.scatter(
        first[order],
        second[order],
        c=energy[order],
        s=size,
        cmap="viridis",
        linewidths=0.15,
        edgecolors="white",
        rasterized=len(first) > rasterize_above,
        vmin=None if largest is None else 0.0,
        vmax=largest,
    )
    lowest = order[-1]
    is_left = first[lowest] < (first.min() + first.max()) / 2
    axes.scatter(first[lowest], second[lowest], s=45, facecolors="none", edgecolors="#D55E00", linewidths=1.0)
    if label:
        _label_lowest(axes, first[lowest], second[lowest], is_left)
    axes.margins(0.06)
    return points


def draw_marks(axes: Axes, names: np.ndarray, first: Floats, second: Floats, marks: Sequence[Mark]) -> None:
    """Draw a star at each marked crystal that is on a map.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    names : (n,) str
        Ids of the structures on the map.
    first, second : (n,) float64
    marks : sequence of Mark
    """
    for mark in marks:
        for row in np.flatnonzero(np.asarray(names) == mark.id):
            draw_star(axes, first[row], second[row], mark.label)


def _label_lowest(axes, x, y, is_left):
    axes.annotate(
        "lowest energy",
        (x, y),
        xytext=(5 if is_left else -5, 5),
        ha="left" if is_left else "right",
        textcoords="offset points",
        fontsize=6,
        color="#D55E00",
        path_effects=[withStroke(linewidth=1.5, foreground="white")],
    )


def energy_bar(figure: Figure, points: PathCollection, axes: Axes | np.ndarray) -> None:
    """Draw the colour bar of relative energies beside one or several panels."""
    bar = figure.colorbar(points, ax=axes, pad=0.02, aspect=28)
    bar.set_label("Relative lattice energy (kJ mol$^{-1}$)")
    bar.outline.set_linewidth(0.6)


def _quality(spectrum, quality) -> str:
    text = f"N = {spectrum.n_structures:,}"
    if quality is None:
        return text
    if not quality:
        return f"{text}; too few structures to judge the map"
    words = [text, *quality_words(quality)]
    return f"{', '.join(words[:4])}\n{', '.join(words[4:])}"
