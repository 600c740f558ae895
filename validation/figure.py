"""Estimated over true dimension, against the true dimension, for every number of structures."""

import pandas as pd
from matplotlib.figure import Figure

from crystalspan.printing.style import DOUBLE, new_figure, print_style
from validation.report import method_label

# Okabe and Ito's colours, a marker each.
_SHOWN = {
    ("twonn", 2): ("#0072B2", "o"),
    ("gride", 8): ("#56B4E9", "s"),
    ("gride", 32): ("#009E73", "^"),
    ("mle", 10): ("#E69F00", "D"),
    ("mle", 20): ("#CC79A7", "v"),
    ("local_pca", 20): ("#D55E00", "P"),
    ("local_pca", 40): ("#000000", "X"),
}


def draw_calibration(frame: pd.DataFrame) -> Figure:
    """Draw the mean estimate of each method over the true dimension, spheres above and curved cubes below.

    Parameters
    ----------
    frame : DataFrame
        Columns as `dimension.calibration.Calibration`.
    """
    manifolds = [name for name in ("sphere", "curved cube") if (frame.manifold == name).any()]
    sizes = sorted(frame.n_structures.unique())
    with print_style():
        figure = new_figure(DOUBLE, 1.9 * len(manifolds) + 0.5)
        axes = figure.subplots(len(manifolds), len(sizes), sharex=True, sharey=True, squeeze=False)
        for row, manifold in zip(axes, manifolds, strict=True):
            for panel, n in zip(row, sizes, strict=True):
                _panel(panel, frame[(frame.manifold == manifold) & (frame.n_structures == n)])
                panel.set_title(f"{manifold}, N = {n}", fontsize=7)
            row[0].set_ylabel("estimate / true dimension")
        for panel in axes[-1]:
            panel.set_xlabel("true dimension d")
        # Once, when all panels are drawn: they share the axis, and a limit ends its automatic range.
        axes[0, 0].set_ylim(bottom=0)
        handles = {}
        for panel in axes.flat:
            handles |= dict(zip(*panel.get_legend_handles_labels()[::-1], strict=True))
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=len(handles))
    return figure


def _panel(panel, part):
    panel.axhline(1, color="0.6", lw=0.8, zorder=0)
    for (method, neighbours), (colour, marker) in _SHOWN.items():
        mine = part[(part.method == method) & (part.neighbours == neighbours)].sort_values("dimension")
        if not len(mine):
            continue
        panel.errorbar(
            mine.dimension,
            mine["mean"] / mine.dimension,
            mine.spread / mine.dimension,
            color=colour,
            marker=marker,
            ms=3,
            lw=0.8,
            elinewidth=0.6,
            label=method_label(method, neighbours),
        )
    panel.set_xticks(sorted(part.dimension.unique()))
