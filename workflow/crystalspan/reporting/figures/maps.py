"""Maps of the first two principal components (the study's Figures 5-8)."""

import numpy as np
from matplotlib.patheffects import withStroke

from crystalspan.reporting.figures.style import (
    SINGLE,
    group_label,
    new_figure,
    print_style,
    say_empty,
    window_label,
)

_WHY = {
    "empty": "no structure in this window",
    "single": "one structure: no component",
    "identical": "all structures are identical",
}


def draw_map(spectrum, rasterize_above: int):
    """PC2 against PC1, coloured by relative energy, with what the map keeps of the neighbours printed on it.

    Parameters
    ----------
    spectrum : StoredSpectrum
    rasterize_above : int
        With more points than this the points become an image.

    Returns
    -------
    Figure
    """
    with print_style():
        figure = new_figure(SINGLE, SINGLE * 0.86)
        axes = figure.subplots()
        group = group_label(spectrum.space_group)
        figure.suptitle(f"{spectrum.molecule}, {group}, {window_label(spectrum.window)}", fontsize=8)
        if spectrum.scores.shape[1] == 0:
            say_empty(axes, _WHY.get(spectrum.flag, "no variance"))
            return figure
        shares = spectrum.eigenvalues / spectrum.total_variance
        second = spectrum.scores[:, 1] if spectrum.scores.shape[1] > 1 else np.zeros(spectrum.n_structures)
        _points(figure, axes, spectrum.scores[:, 0], second, spectrum.relative_energy, rasterize_above)
        axes.set_xlabel(f"PC1 ({shares[0]:.1%} of the variance)")
        share = f"{shares[1]:.1%} of the variance" if len(shares) > 1 else "no variance"
        axes.set_ylabel(f"PC2 ({share})")
        # The line is wider than the axes: it must not narrow them.
        axes.set_title(_quality(spectrum), fontsize=6, color="0.3", pad=3).set_in_layout(False)
    return figure


def _points(figure, axes, first, second, energy, rasterize_above):
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
    )
    lowest = order[-1]
    is_left = first[lowest] < (first.min() + first.max()) / 2
    axes.scatter(first[lowest], second[lowest], s=45, facecolors="none", edgecolors="#D55E00", linewidths=1.0)
    axes.annotate(
        "lowest energy",
        (first[lowest], second[lowest]),
        xytext=(5 if is_left else -5, 5),
        ha="left" if is_left else "right",
        textcoords="offset points",
        fontsize=6,
        color="#D55E00",
        path_effects=[withStroke(linewidth=1.5, foreground="white")],
    )
    bar = figure.colorbar(points, ax=axes, pad=0.02, aspect=28)
    bar.set_label("Relative lattice energy (kJ mol$^{-1}$)")
    bar.outline.set_linewidth(0.6)
    axes.margins(0.06)


def _quality(spectrum) -> str:
    text = f"N = {spectrum.n_structures:,}"
    quality = spectrum.quality
    if not quality:
        return f"{text}; too few structures to judge the map"
    k = quality["neighbours"]
    return (
        f"{text}; trustworthiness {quality['trustworthiness']:.2f}, "
        f"{quality['overlap']:.0%} of {k} nearest neighbours kept"
    )
