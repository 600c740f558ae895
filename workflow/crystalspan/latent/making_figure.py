"""Crystals that were made from a latent space, on the plot of energy against density, and what became of them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crystalspan.latent.making import BETWEEN, DENSITY, LATENT_WAYS, PRIOR, QUASI_RANDOM, WAYS, Making
from crystalspan.latent.making_tables import makings_table
from crystalspan.printing.labels import group_order
from crystalspan.printing.style import (
    DOUBLE,
    MM,
    empty_figure,
    group_label,
    literal,
    new_figure,
    print_style,
)

# Okabe and Ito's colours, and a shape each.
_STYLES = {
    QUASI_RANDOM: ("quasi-random", "#E69F00", "x"),
    PRIOR: ("prior", "#0072B2", "o"),
    DENSITY: ("latent density", "#009E73", "^"),
    BETWEEN: ("between neighbours", "#D55E00", "s"),
}


def draw_generation(makings: Sequence[Making], rasterize_above: int) -> Figure:
    """A row for each space group: relaxed crystals by energy and density; shares that converge and end low.

    Parameters
    ----------
    makings : sequence of Making
        Of one molecule; the crystals of the first seed of each group are drawn.
    rasterize_above : int
        With more points than this the points become an image.

    Returns
    -------
    Figure
    """
    told = [one for one in makings if not one.reason]
    if not told:
        return empty_figure(makings[0].reason if makings else "no space group was asked for")
    groups = sorted({one.space_group for one in told}, key=group_order)
    table = makings_table(told)
    with print_style():
        figure = new_figure(DOUBLE, 12 * MM + len(groups) * 70 * MM)
        panels = figure.subplots(len(groups), 2, squeeze=False, width_ratios=[1.15, 1])
        for (left, right), group in zip(panels, groups, strict=True):
            _landscape(left, next(one for one in told if one.space_group == group), rasterize_above)
            _shares(right, table[table.space_group == group])
        figure.suptitle(literal(told[0].molecule), fontsize=8)
        figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=6, markerscale=1.4)
    return figure


def _landscape(axes: Axes, one: Making, rasterize_above: int) -> None:
    limit = 2 * one.within
    is_image = len(one.crystals) + one.minima > rasterize_above
    shown = one.energy <= limit
    learnt = shown & ~one.held & (one.energy <= one.within)
    held = shown & one.held
    axes.scatter(one.density[learnt], one.energy[learnt], s=9, c="0.7", linewidths=0, label="learnt minima")
    axes.scatter(
        one.density[held], one.energy[held], s=11, facecolors="none", edgecolors="0.3", linewidths=0.5,
        zorder=5, label="minima held out",
    )  # fmt: skip
    for way in (QUASI_RANDOM, *LATENT_WAYS):
        name, colour, marker = _STYLES[way]
        made = [crystal for crystal in one.crystals if crystal.way == way and crystal.energy <= limit]
        axes.scatter(
            [crystal.density for crystal in made], [crystal.energy for crystal in made], s=5, c=colour, marker=marker,
            linewidths=0.5 if marker == "x" else 0, alpha=0.7, label=name, rasterized=is_image,
        )  # fmt: skip
    # A loose crystal far off would press all others together.
    low, high = one.density[shown].min(), one.density[shown].max()
    axes.set_xlim(low - 0.25 * (high - low) - 0.01, high + 0.15 * (high - low) + 0.01)
    axes.axhline(one.within, color="0.6", linewidth=0.5, linestyle=(0, (4, 3)), zorder=0)
    axes.set_xlabel("Density of relaxed crystals (g cm$^{-3}$)")
    axes.set_ylabel("Energy above the lowest (kJ mol$^{-1}$)")
    axes.set_title(f"{group_label(one.space_group)}: {one.learnt:,} of {one.minima:,} minima learnt")


def _shares(axes: Axes, table) -> None:
    rows = table.set_index("way").loc[list(WAYS)]
    places = np.arange(len(rows))[::-1]
    for name, colour, label, shift in (
        ("converged", "0.75", "relax", 0.2),
        ("in_window", "#0072B2", "end in the window", -0.2),
    ):
        axes.barh(
            places + shift, rows[name], height=0.38, color=colour, label=label, xerr=rows[f"{name}_error"],
            error_kw={"elinewidth": 0.7},
        )  # fmt: skip
    for place, shift, way in zip(places, rows["shift"], rows.index, strict=True):
        text = f"{shift:.1f} \u00c5" if np.isfinite(shift) else ""
        axes.text(1.02, place, text, va="center", fontsize=6, color="0.3", gid=way)
    axes.set_yticks(places, list(rows.index))
    axes.set_xlim(0, 1)
    axes.set_xlabel("Share of the crystals; at the right: shift on relaxing")
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
