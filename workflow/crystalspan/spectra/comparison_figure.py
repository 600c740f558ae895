"""Component counts of each space group beside the published ones."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from crystalspan.printing.labels import ALL, group_order
from crystalspan.printing.style import (
    DOUBLE,
    SINGLE,
    SINGULAR_COLOUR,
    STUDY_COLOUR,
    VARIANCE_COLOUR,
    check_panels,
    empty_figure,
    group_label,
    literal,
    new_figure,
    print_style,
    window_label,
)

# More names than this do not fit below half a page's panel side by side.
_MANY_GROUPS = 11


def draw_components(wide: pd.DataFrame, share: float, study: dict[tuple[str, str, str], int] | None = None) -> Figure:
    """Components to reach a share in each space group: variance, singular values, bound, published count.

    Parameters
    ----------
    wide : DataFrame
        Columns molecule, window, space_group, n_structures, variance, singular_values, bound.
    share : float
        The share, for the axis.
    study : dict, optional
        Published number of components by (molecule, window, space_group).

    Returns
    -------
    Figure
        One panel for each molecule (rows) and window (columns); with many space groups one below another.
    """
    if not len(wide):
        return empty_figure("no landscape has as many structures as the study")
    study = study or {}
    molecules, windows = list(dict.fromkeys(wide.molecule)), list(dict.fromkeys(wide.window))
    check_panels(len(molecules) * len(windows), "molecules x windows")
    with print_style():
        many = wide.space_group.nunique() > _MANY_GROUPS
        panels = [(molecule, window) for molecule in molecules for window in windows]
        columns = 1 if many else len(windows)
        rows = len(panels) // columns
        width = SINGLE if columns == 1 and not many else DOUBLE
        figure = new_figure(width, (2.4 if many else 2.1) * rows + 0.5)
        grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
        for axes, (molecule, window) in zip(grid.ravel(), panels, strict=True):
            part = wide[(wide.molecule == molecule) & (wide.window == window)]
            _panel(axes, part, study, molecule, window, many)
        for axes in grid[-1]:
            axes.set_xlabel("Space group, and number of structures", labelpad=4 if many else 10)
        for axes in grid[:, 0]:
            axes.set_ylabel(f"Components to reach {share:g}")
        handles, labels = max(
            (axes.get_legend_handles_labels() for axes in grid.ravel()), key=lambda pair: len(pair[0])
        )
        figure.legend(handles, labels, loc="outside lower center", ncols=2 if width == SINGLE else 4)
    return figure


def _panel(axes, part, study, molecule, window, many):
    part = part.sort_values("space_group", key=lambda column: column.map(group_order), kind="stable")
    places = np.arange(len(part))
    axes.set_yscale("log")
    bound = np.where(part.bound > 0, part.bound, np.nan)
    axes.plot(places, bound, marker="_", markersize=9, color="0.6", linestyle="none", label="upper bound for this N")
    published = [study.get((molecule, window, str(label)), np.nan) for label in part.space_group]
    if np.isfinite(published).any():
        axes.plot(
            places,
            published,
            marker="x",
            markersize=5,
            color=STUDY_COLOUR,
            linestyle="none",
            label="2021 study",
            zorder=5,
        )
    for name, label, colour, marker in (
        ("singular_values", "singular values", SINGULAR_COLOUR, "s"),
        ("variance", "variance", VARIANCE_COLOUR, "o"),
    ):
        values = np.where(part[name] > 0, part[name], np.nan)
        axes.plot(places, values, marker=marker, markersize=4, color=colour, linestyle="none", label=label)
    _label_groups(axes, part, places, many)
    axes.set_title(f"{literal(molecule)}, {window_label(window)}")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _label_groups(axes, part, places, many):
    """The name of each space group, and below it the number of its structures; many: both upright in a line."""
    names = [group_label(label).replace("all groups", ALL) for label in part.space_group]
    axes.set_xlim(-0.6, len(part) - 0.4)
    if many:
        both = [f"{name}   {n}" for name, n in zip(names, part.n_structures, strict=True)]
        axes.set_xticks(places, both, fontsize=6, rotation=90)
        axes.tick_params(axis="x", length=0, pad=3)
        return
    axes.set_xticks(places, names, fontsize=5.5, va="baseline")
    axes.tick_params(axis="x", length=0, pad=8)
    for place, n in zip(places, part.n_structures, strict=True):
        axes.annotate(
            f"{n}",
            (place, 0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(0, -17),
            textcoords="offset points",
            ha="center",
            fontsize=5.5,
            color="0.35",
        )
