"""What may and may not be concluded about the dimension of a landscape, in plain words."""

import math
from collections.abc import Sequence

import numpy as np

from crystalspan.dimension.file import PopulationDimension
from crystalspan.dimension.tables import jacobian_ranks, upper_edge, valid_range, widest_mle
from crystalspan.jacobian.file import LocalDimensions
from crystalspan.jacobian.rank import FULL
from crystalspan.landscape.freedom import Freedom, freedom_text
from crystalspan.printing.labels import ALL

CAUTION = (
    "Estimates from neighbours are too low from about five dimensions on, and their error bars do not know of it: read "
    "them as lower limits. Principal components count something else, straight directions; their number grows with "
    "the number of structures and is no dimension."
)


def dimension_lines(
    populations: Sequence[PopulationDimension], local: Sequence[LocalDimensions], freedom: Freedom | None = None
) -> list[str]:
    """What was found of the dimension of each molecule, for the end of a run.

    Parameters
    ----------
    populations : sequence of PopulationDimension
    local : sequence of LocalDimensions
    freedom : Freedom, optional
        Degrees of freedom of the structures.

    Returns
    -------
    list of str
    """
    molecules = dict.fromkeys([*(one.molecule for one in populations), *(one.molecule for one in local)])
    lines = []
    for molecule in molecules:
        mine = [one for one in populations if one.molecule == molecule]
        lines += _molecule(molecule, mine, [one for one in local if one.molecule == molecule], freedom)
    return [*lines, f"  {CAUTION}"] if lines else []


def _molecule(molecule, populations, local, freedom) -> list[str]:
    combined = [one for one in populations if one.space_group == ALL and one.analysis]
    widest = max(combined, key=lambda one: upper_edge(one.window), default=None)
    where = f", within {widest.window} kJ/mol" if widest else ""
    lines = [f"{molecule}{where}:"]
    groups = {one.space_group for one in populations if one.space_group != ALL}
    counted = (freedom or Freedom({})).of(molecule, groups, widest.window if widest else "")
    if counted:
        lines.append(f"  a crystal has {freedom_text(counted)} (rigid molecules; by its space group, Z' and sites)")
    lines += _jacobian(local)
    return lines + (_estimates(widest) if widest else [])


def _jacobian(local) -> list[str]:
    found = [one for part in local for one in part.structures]
    if not found:
        return []
    ranks = jacobian_ranks(local)
    agree = int(ranks.xs(ALL, level="space_group").agree.sum()) if len(ranks) else 0
    flagged = [one.flag for one in found if one.flag != FULL]
    text = f"  the descriptor sees all of them in {agree} of {len(found)} crystals (rank of its derivative)"
    if flagged:
        kinds = sorted(set(flagged), key=flagged.count, reverse=True)
        text += "; in some directions it hardly changes: " + ", ".join(f"{flagged.count(k)} {k}" for k in kinds)
    return [text]


def _estimates(one) -> list[str]:
    low, high = valid_range(one.analysis)
    n = one.analysis.n_distinct
    if not math.isfinite(low):
        return [f"  no estimate from neighbours is valid for {n:,} structures"]
    lines = [
        f"  estimates from the neighbours of {n:,} structures, all groups combined: {low:.1f} to {high:.1f} dimensions"
    ]
    ours = widest_mle(one.analysis)
    gaussian = next((widest_mle(control.analysis) for control in one.controls if control.name == "gaussian"), None)
    if ours is not None and gaussian is not None:
        lines.append(f"  {_against_gaussian(ours, gaussian)}")
    return lines


def _against_gaussian(ours, gaussian) -> str:
    """Whether there is more in a landscape than its covariance, to two standard errors."""
    error = np.hypot(ours.standard_error, gaussian.standard_error)
    given = (
        f"a normal cloud of the same covariance looks like {gaussian.value:.1f} dimensions where the landscape looks "
        f"like {ours.value:.1f} (MLE, {ours.neighbours} neighbours)"
    )
    difference = gaussian.value - ours.value
    if difference > 2 * error:
        return f"{given}: the landscape is curved or clustered, and principal components overrate its dimension"
    if difference < -2 * error:
        return f"{given}: the landscape fills more directions locally than its principal components suggest"
    return f"{given}: by this measure they cannot be told apart"
