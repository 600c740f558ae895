"""Eigenvalue spectra (the study's Figure 4) and cumulative shares: variance against singular values."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, NullFormatter

from crystalspan.landscape.freedom import Freedom, commonest
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
    group_style,
    literal,
    new_figure,
    print_style,
    say_empty,
    window_label,
)
from crystalspan.published import bdt_2021 as study_data
from crystalspan.spectra.comparison import CutSpectrum
from crystalspan.spectra.components import component_bound, components_to_reach
from crystalspan.spectra.file import StoredSpectrum
from crystalspan.spectra.pca import cumulative_shares

_SMALLEST = 1e-5  # share of the variance that is drawn


def _panels(spectra):
    """Spectra by (molecule, window), in the order in which these appear."""
    panels = {}
    for item in spectra:
        panels.setdefault((item.molecule, item.window), []).append(item)
    check_panels(len(panels), "molecules x windows")
    return panels


def _grid(panels):
    """Rows and columns: molecules down, windows across; a single row where there is one molecule."""
    molecules = list(dict.fromkeys(molecule for molecule, _ in panels))
    windows = list(dict.fromkeys(window for _, window in panels))
    return molecules, windows


def _subplots(panels, height):
    molecules, windows = _grid(panels)
    width = SINGLE if len(windows) == 1 else DOUBLE
    figure = new_figure(width, height * len(molecules) + 0.45)
    return figure, figure.subplots(len(molecules), len(windows), squeeze=False), molecules, windows


def draw_spectra(spectra: Sequence[StoredSpectrum], elbows: dict, freedom: Freedom | None = None) -> Figure:
    """Share of the variance of each component; elbow and degrees of freedom of the structures marked.

    Parameters
    ----------
    spectra : sequence of StoredSpectrum
    elbows : dict
        The component of the elbow, by molecule, space group and window.
    freedom : Freedom, optional
        Of the structures: the commonest number is marked, and the range from the fewest to the most.

    Returns
    -------
    Figure
        One panel for each molecule (rows) and window (columns).
    """
    panels = _panels(spectra)
    freedom = freedom or Freedom({})
    with print_style():
        figure, grid, molecules, windows = _subplots(panels, 2.3)
        for row, molecule in enumerate(molecules):
            for column, window in enumerate(windows):
                axes = grid[row, column]
                members = panels.get((molecule, window), [])
                members = sorted(members, key=lambda item: group_order(item.space_group))
                _spectrum_panel(axes, members, elbows, freedom)
                axes.set_title(f"{literal(molecule)}, {window_label(window)}")
                if row == len(molecules) - 1:
                    axes.set_xlabel("Principal component")
                if column == 0:
                    axes.set_ylabel("Share of the variance")
        _spectra_legend(figure, spectra, freedom)
    return figure


def _spectrum_panel(axes, members, elbows, freedom):
    drawn = [item for item in members if item.rank > 0]
    if not drawn:
        say_empty(axes, "no spectrum: fewer than two different structures")
        return
    axes.set_xscale("log")
    axes.set_yscale("log")
    # Where colours repeat, marks at the ends tell which curve is whose.
    is_crowded = len({group_style(item.space_group)[0] for item in drawn}) < len(drawn)
    for item in drawn:
        colour, marker = group_style(item.space_group)
        shares = item.eigenvalues[: item.rank] / item.total_variance
        combined = item.space_group == ALL
        axes.plot(
            np.arange(1, len(shares) + 1),
            shares,
            color=colour,
            linewidth=1.4 if combined else 0.8,
            marker=marker if is_crowded or len(shares) == 1 else None,
            markevery=[_last_drawn(shares)],
            markersize=3,
            zorder=3 if combined else 2,
        )
        _mark(axes, shares, _elbow(item, elbows), colour, marker, filled=True)
        _mark_freedom(axes, shares, _freedom(freedom, item), colour, marker)
    top = max(item.eigenvalues[0] / item.total_variance for item in drawn)
    axes.set_ylim(_SMALLEST, min(1.0, top * 1.5))
    axes.set_xlim(0.9, max(item.rank for item in drawn) * 1.2 + 1)
    _plain_ticks(axes)


def _last_drawn(shares) -> int:
    return max(int(np.count_nonzero(shares > _SMALLEST)) - 1, 0)


def _elbow(item, elbows):
    found = elbows.get((item.molecule, item.space_group, item.window), math.nan)
    return None if math.isnan(found) else int(found)


def _freedom(freedom, item):
    return freedom.of(item.molecule, [item.space_group], item.window)


def _mark_freedom(axes, shares, counted, colour, marker):
    """A band along the curve from the fewest degrees of freedom to the most, a hollow mark at the commonest number."""
    if not counted:
        return
    places = np.arange(min(counted), min(max(counted), len(shares)) + 1)
    if len(places) > 1:
        band = {"color": colour, "linewidth": 4, "alpha": 0.35, "solid_capstyle": "butt", "zorder": 1}
        axes.plot(places, shares[places - 1], **band)
    _mark(axes, shares, commonest(counted), colour, marker, filled=False)


def _mark(axes, shares, place, colour, marker, filled):
    if place is None or not 1 <= place <= len(shares):
        return
    axes.plot(
        place,
        shares[place - 1],
        marker=marker,
        markersize=4.5,
        markerfacecolor=colour if filled else "white",
        markeredgecolor=colour,
        markeredgewidth=0.8,
        linestyle="none",
        zorder=5,
    )


def _plain_ticks(axes):
    """Component numbers as 1, 10, 100 rather than powers of ten."""
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _spectra_legend(figure, spectra, freedom):
    labels = sorted({item.space_group for item in spectra}, key=group_order)
    handles = []
    for label in labels:
        colour, marker = group_style(label)
        width = 1.4 if label == ALL else 0.8
        handles.append(
            Line2D([], [], color=colour, marker=marker, markersize=4, linewidth=width, label=group_label(label))
        )
    common = {"color": "0.3", "marker": "o", "markersize": 4.5, "linestyle": "none"}
    handles.append(Line2D([], [], **common, label="elbow (Kneedle)"))
    numbers = [counted for item in spectra if (counted := _freedom(freedom, item))]
    if numbers:
        handles.append(Line2D([], [], **common, markerfacecolor="white", label="degrees of freedom"))
    if any(len(counted) > 1 for counted in numbers):
        handles[-1].set_label("degrees of freedom, commonest")
        handles.append(Line2D([], [], color="0.3", linewidth=4, alpha=0.35, label="and their range"))
    columns = min(len(handles), 7 if figure.get_figwidth() > SINGLE + 0.1 else 4)
    figure.set_figheight(figure.get_figheight() + 0.14 * max(0, math.ceil(len(handles) / columns) - 3))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)


def draw_shares(
    spectra: Sequence[StoredSpectrum] | Sequence[CutSpectrum],
    share: float,
    study: dict[tuple[str, str, str], int] | None = None,
) -> Figure:
    """Cumulative shares of variance and of singular values, and where each reaches the threshold.

    Parameters
    ----------
    spectra : sequence of StoredSpectrum
        Of each molecule and window all groups combined are drawn (else the first one given).
    share : float
        The threshold.
    study : dict, optional
        Published number of components by (molecule, window, space_group).

    Returns
    -------
    Figure
        One panel for each molecule (rows) and window (columns).
    """
    panels = _panels(spectra)
    if not panels:
        return empty_figure("no landscape has as many structures as the study")
    with print_style():
        figure, grid, molecules, windows = _subplots(panels, 2.0)
        for row, molecule in enumerate(molecules):
            for column, window in enumerate(windows):
                axes = grid[row, column]
                members = panels.get((molecule, window), [])
                combined = [item for item in members if item.space_group == ALL] or members
                _shares_panel(axes, combined[0] if combined else None, share, study or {})
                if row == len(molecules) - 1:
                    axes.set_xlabel("Number of components")
                if column == 0:
                    axes.set_ylabel("Cumulative share")
                if not members:
                    axes.set_title(f"{literal(molecule)}, {window_label(window)}")
        handles, labels = _first_legend(grid)
        if handles:
            figure.legend(handles, labels, loc="outside lower center", ncols=1 if len(windows) == 1 else 3)
    return figure


def _first_legend(grid):
    """Every kind of line of all panels once."""
    found = {}
    for axes in grid.ravel():
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return list(found.values()), list(found)


def _study_text(item, published, share) -> str:
    """The published count, with its N where that is not ours, and the bound where the count exceeds it."""
    table = study_data.printed_structures().set_index(["molecule", "window"]).n_structures
    n = table.get((item.molecule, item.window), item.n_structures)
    text = f"study {published}"
    if n != item.n_structures:
        text += f" (N = {n})"
    if published > component_bound(n, share):
        text += f"\nimpossible: > {component_bound(n, share)}"
    return text


def _shares_panel(axes, item, share, study):
    if item is None or item.rank == 0:
        say_empty(axes, "no spectrum: fewer than two different structures")
        if item is not None:
            axes.set_title(f"{literal(item.molecule)}, {group_label(item.space_group)}, {window_label(item.window)}")
        return
    axes.set_title(
        f"{literal(item.molecule)}, {group_label(item.space_group)}, {window_label(item.window)}, "
        f"N = {item.n_structures:,}"
    )
    axes.set_xscale("log")
    axes.axhline(share, color="0.55", linewidth=0.6, linestyle=(0, (4, 3)), zorder=0)
    kinds = (
        ("variance", item.eigenvalues, item.total_variance, VARIANCE_COLOUR, "-", "right"),
        ("sum of singular values", item.singular_values, None, SINGULAR_COLOUR, "--", "left"),
    )
    # Of estimates the sum of all singular values is not known.
    for kind in kinds if item.method == "exact" else kinds[:1]:
        _share_curve(axes, *kind, share, is_whole=item.method == "exact")
    published = study.get((item.molecule, item.window, item.space_group))
    if published is not None:
        _published_count(axes, item, published, share)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0.9, max(len(item.eigenvalues), published or 1) * 1.6 + 1)
    axes.text(0.02, share + 0.02, f"{share:g}", transform=axes.get_yaxis_transform(), color="0.35", fontsize=6)
    _plain_ticks(axes)


def _share_curve(axes, name, values, total, colour, line, side, share, is_whole):
    """A cumulative share and, where it reaches the threshold, the number of components, at one side of the mark."""
    cumulative = cumulative_shares(values, total)
    places = np.arange(1, len(values) + 1)
    axes.plot(places, cumulative, color=colour, linestyle=line, label=f"share of the {name}")
    if not is_whole and cumulative[-1] < share:
        return
    reached = components_to_reach(values, share, total)
    axes.plot([reached, reached], [0, share], color=colour, linewidth=0.7, linestyle=":")
    axes.plot(reached, share, "o", color=colour, markersize=3.5)
    axes.annotate(
        f"{reached}",
        (reached, 0.03 if side == "right" else 0.13),
        xytext=(-4 if side == "right" else 4, 0),
        textcoords="offset points",
        ha=side,
        color=colour,
        fontweight="bold",
    )


def _published_count(axes, item, published, share):
    axes.plot(
        published,
        share,
        marker="x",
        color=STUDY_COLOUR,
        markersize=5,
        linestyle="none",
        zorder=4,
        label=f"printed in the 2021 study (for {share:g})",
    )
    axes.annotate(
        _study_text(item, published, share),
        (published, share),
        xytext=(8, -6),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=6,
        path_effects=[withStroke(linewidth=2, foreground="white")],
    )
