"""Tables of the dimension: every estimate with its controls, intervals, curves against N, and an overview."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from crystalspan.crystallography.space_groups import symbol
from crystalspan.dimension.analysis import PARALLEL_ANALYSIS, Analysis
from crystalspan.dimension.estimators.estimate import Estimate
from crystalspan.dimension.file import LANDSCAPE, PopulationDimension
from crystalspan.jacobian.file import LocalDimensions
from crystalspan.jacobian.rank import UNKNOWN
from crystalspan.landscape.freedom import FREEDOM_CELLS, Freedom, freedom_cells
from crystalspan.printing.labels import ALL, group_order

_HEAD = ("molecule", "space_group", "window")
# Methods that speak of the dimension of the cloud itself; local PCA counts noise and curvature, too.
NEIGHBOUR_METHODS = ("twonn", "twonn_fit", "gride", "mle")


def _analyses(populations):
    """Each set of structures with its labels: the landscape's own and the controls that could be made."""
    for one in populations:
        head = (one.molecule, one.space_group, one.window)
        if one.analysis is not None:
            yield head, LANDSCAPE, math.nan, one.analysis
        for control in one.controls:
            if control.analysis is not None:
                yield head, control.name, control.degrees_of_freedom, control.analysis


def estimates_table(populations: Sequence[PopulationDimension]) -> pd.DataFrame:
    """Every estimate of the intrinsic dimension, of landscapes and controls.

    Parameters
    ----------
    populations : sequence of PopulationDimension

    Returns
    -------
    DataFrame
        One row an estimate: labels, ``source`` (landscape or a control's name), ``known_dimension`` (of a control, by
        construction), method, neighbours, dimension, standard_error, numbers of structures, scale, bound, valid,
        reason, reference.
    """
    rows = [
        (*head, source, known, one.method, one.neighbours, one.value, one.standard_error, one.likelihood_error)
        + (found.n_structures, one.n_used, one.n_duplicates, one.scale, one.bound, one.valid, one.reason, one.reference)
        for head, source, known, found in _analyses(populations)
        for one in found.estimates
    ]
    names = ["source", "known_dimension", "method", "neighbours", "dimension", "standard_error", "likelihood_error"]
    names += ["n_structures", "n_used", "n_duplicates", "scale", "bound", "valid", "reason", "reference"]
    return pd.DataFrame(rows, columns=[*_HEAD, *names])


def intervals_table(populations: Sequence[PopulationDimension]) -> pd.DataFrame:
    """Every count of components with its standard error and interval, of landscapes and controls.

    Parameters
    ----------
    populations : sequence of PopulationDimension
    """
    rows = [
        (*head, source, found.n_counted, one.criterion, one.threshold, one.components, one.standard_error)
        + (one.low, one.high)
        for head, source, _, found in _analyses(populations)
        for one in found.counts
    ]
    names = ["source", "n_structures", "criterion", "threshold", "components", "standard_error", "low", "high"]
    return pd.DataFrame(rows, columns=[*_HEAD, *names])


def rarefaction_table(populations: Sequence[PopulationDimension]) -> pd.DataFrame:
    """Counts of components and estimates of the dimension against the number of structures.

    Parameters
    ----------
    populations : sequence of PopulationDimension

    Returns
    -------
    DataFrame
        ``quantity`` is a criterion or a method, ``parameter`` its threshold or its number of neighbours.
    """
    rows = []
    for head, source, _, found in _analyses(populations):
        if source != LANDSCAPE:
            continue
        rows += [(*head, one.criterion, one.threshold, *_curve_point(one)) for one in found.rarefaction]
        rows += [(*head, one.method, one.neighbours, *_curve_point(one)) for one in found.decimation]
    names = ["quantity", "parameter", "n_structures", "mean", "standard_deviation", "subsets"]
    return pd.DataFrame(rows, columns=[*_HEAD, *names])


def _curve_point(one) -> tuple:
    return one.n_structures, one.mean, one.deviation, one.subsets


def local_table(populations: Sequence[PopulationDimension], local: Sequence[LocalDimensions]) -> pd.DataFrame:
    """The local dimension of every crystal: its Jacobian rank, and the estimates from its neighbours.

    Parameters
    ----------
    populations : sequence of PopulationDimension
    local : sequence of LocalDimensions

    Returns
    -------
    DataFrame
        A row a crystal of its space group's widest window; cells are empty where the Jacobian was not taken.
    """
    parts = [_neighbour_part(one) for one in _widest(populations) if one.space_group != ALL and one.analysis]
    ranks = pd.DataFrame(
        [
            (found.molecule, str(int(group)), one.id, energy, one.degrees_of_freedom, one.rank, one.strong)
            + (one.mirrored, one.blind, one.gap, one.flag)
            for found in local
            for one, group, energy in zip(found.structures, found.space_group, found.relative_energy, strict=True)
        ],
        columns=["molecule", "space_group", "id", "relative_energy", "degrees_of_freedom", "jacobian_rank", "strong"]
        + ["mirrored", "blind", "gap", "flag"],
    )
    if not parts:
        return ranks
    near = pd.concat(parts, ignore_index=True)
    if ranks.empty:
        return near
    counts = ["degrees_of_freedom", "jacobian_rank", "strong", "mirrored", "blind"]
    ranks = ranks.drop(columns="relative_energy").astype(dict.fromkeys(counts, "Int64"))
    return near.merge(ranks, on=["molecule", "space_group", "id"], how="left")


def _widest(populations):
    """The population of the widest window of each molecule and space group."""
    widest = {}
    for one in populations:
        key = one.molecule, one.space_group
        if key not in widest or upper_edge(one.window) > upper_edge(widest[key].window):
            widest[key] = one
    return list(widest.values())


def upper_edge(window: str) -> float:
    """Upper edge of a window such as ``0-20``, kJ/mol."""
    return float(window.split("-")[1])


def _neighbour_part(one) -> pd.DataFrame:
    frame = pd.DataFrame({"molecule": one.molecule, "space_group": one.space_group, "id": one.id})
    frame["relative_energy"] = one.relative_energy
    for (method, neighbours), values in one.analysis.local.items():
        frame[f"{method}_{neighbours}"] = values
    return frame


def jacobian_ranks(local: Sequence[LocalDimensions]) -> pd.DataFrame:
    """Jacobian ranks by molecule and space group: how many crystals, their ranks and degrees of freedom.

    Parameters
    ----------
    local : sequence of LocalDimensions

    Returns
    -------
    DataFrame
        Indexed by molecule and space group (``all`` too): crystals, lowest, median, highest (rank),
        degrees_of_freedom (median), agree (crystals whose rank equals their degrees of freedom).
    """
    rows = {}
    for found in local:
        known = [(str(int(g)), one) for g, one in zip(found.space_group, found.structures, strict=True)]
        known = [(group, one) for group, one in known if one.flag != UNKNOWN]
        for group in dict.fromkeys([*(group for group, _ in known), *([ALL] if known else [])]):
            ranks = [(one.rank, one.degrees_of_freedom) for label, one in known if group in (label, ALL)]
            rank, degrees = np.array(ranks).T
            agree = int(np.count_nonzero(rank == degrees))
            rows[found.molecule, group] = (
                len(rank),
                rank.min(),
                np.median(rank),
                rank.max(),
                np.median(degrees),
                agree,
            )
    columns = ["crystals", "lowest", "median", "highest", "degrees_of_freedom", "agree"]
    index = pd.MultiIndex.from_tuples(rows, names=["molecule", "space_group"]) if rows else None
    return pd.DataFrame(list(rows.values()), columns=columns, index=index)


def overview_caption(share: float) -> str:
    """What the overview shows."""
    return (
        "Dimension of each set of structures. degrees of freedom: the commonest number among the structures, with "
        "their own Z' and sites, the fewest and the most; lowest, highest: range of the valid estimates from "
        "neighbours (TwoNN, Gride, MLE), which tend to be too low from about five dimensions on; mle: maximum "
        "likelihood with the largest neighbourhood; gaussian, shuffled, cloud, random mle: the same of the controls (a "
        "normal cloud of equal covariance, permuted columns, crystals around one, packings before minimisation); "
        "components: principal "
        f"components to reach {share:g} of the variance."
    )


def overview_table(
    populations: Sequence[PopulationDimension],
    local: Sequence[LocalDimensions],
    share: float,
    freedom: Freedom | None = None,
) -> pd.DataFrame:
    """A row for each molecule, window and space group: degrees of freedom, Jacobian rank, estimates, components.

    Parameters
    ----------
    populations : sequence of PopulationDimension
    local : sequence of LocalDimensions
    share : float
        Threshold of the components by variance.
    freedom : Freedom, optional
        Of the structures: printed are the commonest number of degrees of freedom, the fewest and the most.

    Returns
    -------
    DataFrame
        ``lowest`` and ``highest`` are those of the valid estimates from neighbours; ``mle`` has the largest
        neighbourhood; ``gaussian_mle`` and the like are the same of the controls.
    """
    ranks = jacobian_ranks(local)
    known, rows = freedom or Freedom({}), []
    for one in sorted(populations, key=lambda one: group_order(one.space_group)):
        if one.analysis is None:
            continue
        row = {name: getattr(one, name) for name in ("molecule", "window", "space_group")}
        row["N"], row["distinct"] = one.analysis.n_structures, one.analysis.n_distinct
        row |= freedom_cells(known.of(one.molecule, [one.space_group], one.window))
        key = one.molecule, one.space_group
        row["jacobian_rank"] = ranks["median"].get(key) if len(ranks) else None
        row |= _estimates(one) | _components(one, share)
        rows.append(row)
    frame = pd.DataFrame(rows)
    if not len(frame):
        return frame
    order = {name: place for place, name in enumerate(dict.fromkeys(one.molecule for one in populations))}
    frame["place"] = [(order[m], upper_edge(w)) for m, w in zip(frame.molecule, frame.window, strict=True)]
    frame = frame.sort_values("place", kind="stable").drop(columns="place").reset_index(drop=True)
    frame = frame.astype(dict.fromkeys(FREEDOM_CELLS, "Int64"))
    frame["space_group"] = [f"{symbol(int(g))} ({g})" if g.isdigit() else "combined" for g in frame.space_group]
    return frame


def valid_range(analysis: Analysis) -> tuple[float, float]:
    """Lowest and highest valid estimate from neighbours; NaN where none is valid.

    Parameters
    ----------
    analysis : Analysis
    """
    values = [one.value for one in analysis.estimates if one.valid and one.method in NEIGHBOUR_METHODS]
    return (min(values), max(values)) if values else (math.nan, math.nan)


class Estimated(Protocol):
    """What has estimates of the dimension: an `Analysis`, a set of a scan."""

    @property
    def estimates(self) -> list[Estimate]:
        """Its estimates."""


def widest_mle(analysis: Estimated | None) -> Estimate | None:
    """The maximum-likelihood estimate of the largest neighbourhood: the one of the smallest scatter; None without.

    Parameters
    ----------
    analysis : Analysis, or what has `estimates`, or None
    """
    found = [one for one in analysis.estimates if one.method == "mle"] if analysis else []
    return max(found, key=lambda one: one.neighbours) if found else None


def _estimates(one) -> dict:
    low, high = valid_range(one.analysis)
    row: dict[str, Any] = {"lowest": round(low, 2), "highest": round(high, 2)}
    twonn = next((found for found in one.analysis.estimates if found.method == "twonn"), None)
    for name, found in (("twonn", twonn), ("mle", widest_mle(one.analysis))):
        if found is not None:
            row[name], row[f"{name}_error"] = round(found.value, 2), round(found.standard_error, 2)
            row[f"{name}_valid"] = "yes" if found.valid else "no"
    for control in one.controls:
        found = widest_mle(control.analysis)
        row[f"{control.name}_mle"] = math.nan if found is None else round(found.value, 2)
    return row


def _components(one, share) -> dict:
    counts = {(count.criterion, count.threshold): count for count in one.analysis.counts}
    found = next((count for (name, at), count in counts.items() if name == "variance" and abs(at - share) < 1e-9), None)
    row = {}
    if found is not None:
        row["components"], row["components_error"] = int(found.components), round(found.standard_error, 2)
    parallel = next((count for (name, _), count in counts.items() if name == PARALLEL_ANALYSIS), None)
    if parallel is not None:
        row["parallel_analysis"] = int(parallel.components)
    return row
