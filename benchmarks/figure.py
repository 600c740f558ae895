"""The figure of all results: ratios with their targets, rates as shares of theirs, and the scaling model."""

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks import scaling
from benchmarks.comparison import RATIO
from benchmarks.report import lines_of, model_parts

# Okabe and Ito's colours: told apart by everybody; shapes differ too.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#999999"


def draw(results: dict, path: Path):
    """Draw the figure."""
    lines = [line for line in lines_of(results) if not line.skipped]
    ratios = [line for line in lines if line.unit == RATIO and not line.at_most]
    models = model_parts(lines)
    height = 1.6 + 0.24 * len(lines) + (2.8 if models else 0)
    tall = [max(1.0, 0.24 * len(ratios)), max(0.8, 0.24 * (len(lines) - len(ratios))), 2.4 if models else 0.01]
    with rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(8, height), layout="constrained")
        upper, middle, lower = figure.subplots(3, 1, height_ratios=tall)
        _dots(upper, ratios, [line.of_minima for line in ratios], [line.target for line in ratios])
        _legend(upper)
        upper.set_xlabel("time of the other program / ours (log scale)")
        others = [line for line in lines if line not in ratios and line.target]
        shares = [line.target / line.of_minima if line.at_most else line.of_minima / line.target for line in others]
        _dots(middle, others, shares, [1.0] * len(others))
        middle.set_xlabel("reached / target (log scale; right of 1 is met)")
        if models:
            _model(lower, models)
        else:
            lower.set_axis_off()
        figure.savefig(path, dpi=150)


def _dots(axis, lines, values, targets):
    """Draw a line for each value and a bar for its target; filled where met, hollow where missed."""
    for y, (line, value, target) in enumerate(zip(lines, values, targets, strict=True)):
        met = line.met
        colour = GREY if met is None else BLUE if met else ORANGE
        axis.plot([1, value], [y, y], color=colour, linewidth=1.2, alpha=0.6)
        axis.plot(value, y, "o", color=colour, markersize=6, markerfacecolor="white" if met is False else colour)
        if target is not None:
            axis.plot(target, y, "|", color="black", markersize=11, markeredgewidth=1.8)
    axis.set_xscale("log")
    axis.set_yticks(range(len(lines)), [line.name for line in lines])
    axis.set_ylim(len(lines) - 0.4, -0.6)
    axis.grid(axis="x", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _legend(axis):
    handles = [
        axis.plot([], [], "o", color=BLUE, label="target met")[0],
        axis.plot([], [], "o", color=ORANGE, markerfacecolor="white", label="missed")[0],
        axis.plot([], [], "o", color=GREY, label="no target")[0],
        axis.plot([], [], "|", color="black", markersize=11, markeredgewidth=1.8, label="target")[0],
    ]
    axis.legend(handles=handles, frameon=False, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=4, fontsize=8)


def _model(axis, models):
    """Draw the efficiency of one job and of many, 10 million structures, against the number of ranks."""
    ranks = np.unique(np.geomspace(1, 10_000, 60).astype(int)).tolist()
    for (preset, parts), colour in zip(models.items(), (BLUE, GREEN), strict=False):
        one = [scaling.efficiency(parts, 1e7, n) for n in ranks]
        many = [scaling.efficiency(parts, 1e7, n, n // scaling.best_ranks_a_job(parts, 1e7, n)) for n in ranks]
        axis.plot(ranks, one, "--", color=colour, label=f"{preset}, one job")
        axis.plot(ranks, many, "-", color=colour, label=f"{preset}, many jobs")
    axis.set_xscale("log")
    axis.set_ylim(0, 1.05)
    axis.set_xlabel("ranks (model, 10 million structures)")
    axis.set_ylabel("parallel efficiency")
    axis.legend(frameon=False, fontsize=8, loc="center right", bbox_to_anchor=(-0.2, 0.5))
