"""The dimension of every space group and window of a molecule, with controls, split over MPI ranks."""

import dataclasses
import sys
from collections.abc import Sequence

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.descriptors.parameters import symmetry_functions
from crystalspan.dimension.analysis import DimensionSettings, analyse
from crystalspan.dimension.control_sets import ControlSettings, Description, control_sets
from crystalspan.dimension.file import AnalysedControl, PopulationDimension
from crystalspan.errors import InputError
from crystalspan.landscape.file import Selection, read_landscape
from crystalspan.parallel import Communicator, gathered
from crystalspan.points.cloud import prepared_points, random_rows
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.points.settings import Preparation
from crystalspan.study import parse_interval


@dataclasses.dataclass(frozen=True)
class PopulationSettings:
    """How the structures of a population become points, and what is done with them.

    Parameters
    ----------
    preparation : Preparation
    dimension : DimensionSettings
    controls : ControlSettings
    """

    preparation: Preparation
    dimension: DimensionSettings
    controls: ControlSettings


def molecule_dimensions(
    communicator: Communicator,
    joined: JoinedDescriptors,
    landscape: PathLike,
    populations: Sequence[tuple[str, int | None]],
    windows: Sequence[str],
    settings: PopulationSettings,
) -> list[PopulationDimension] | None:
    """Analyse space groups and windows of a molecule, each by one MPI rank.

    Parameters
    ----------
    communicator
        From `crystalspan.parallel.world`; all ranks call this together.
    joined : JoinedDescriptors
        All descriptors of the molecule.
    landscape : path-like
        Its landscape file, for the controls that are crystals.
    populations : sequence of (str, int or None)
        Label and space group number; None takes all.
    windows : sequence of str
    settings : PopulationSettings

    Returns
    -------
    list of PopulationDimension
        Population by population, window by window; None on ranks other than 0.

    Raises
    ------
    InputError
        On rank 0, what went wrong on any rank.
    """
    work = [(label, number, window) for label, number in populations for window in windows]
    chosen = [joined.select(window, None, number) for _, number, window in work]
    # The largest first, one after the other to the ranks: these take the longest.
    order = sorted(range(len(work)), key=lambda place: -chosen[place].n_structures)
    mine = order[communicator.rank :: communicator.size]
    parts = gathered(
        communicator,
        lambda: {place: _population(chosen[place], landscape, *work[place], settings) for place in mine},
    )
    if parts is None:
        return None
    found = {place: one for part in parts for place, one in part.items()}
    return [found[place] for place in range(len(work))]


def _population(chosen, landscape, label, number, window, settings) -> PopulationDimension:
    n = chosen.n_structures
    print(f"dimension: {label} {window}, {n} structures", file=sys.stderr, flush=True)
    analysis, controls = None, []
    if n >= 2:
        values = prepared_points(chosen, settings.preparation)
        analysis = analyse(values, settings.dimension)
        controls = _controls(chosen, values, landscape, number, window, settings)
    return PopulationDimension(
        chosen.molecule or "unnamed", str(label), window, chosen.id, chosen.relative_energy, analysis, controls
    )


def _controls(chosen, values, landscape, number, window, settings) -> list[AnalysedControl]:
    groups = np.unique(chosen.space_group).tolist() if number is None else [number]
    crystals = read_landscape(landscape, Selection(groups, parse_interval(window)))
    if not np.array_equal(crystals.id.astype(str), chosen.id.astype(str)):
        raise InputError(
            "the descriptors are of other structures than the landscape",
            file=landscape,
            record=f"{window} kJ/mol, space groups {', '.join(map(str, groups))}",
            remedy="run featurize again",
        )
    description = Description(symmetry_functions(chosen.settings), settings.preparation, chosen.layout)
    rows = random_rows(len(values), settings.dimension.largest_sample, settings.dimension.seed)
    sample = np.asarray(values if len(rows) == len(values) else values[rows])
    found = []
    for control in control_sets(sample, crystals, description, settings.controls):
        analysis = None if control.points is None else analyse(control.points, settings.dimension, detail=False)
        found.append(AnalysedControl(control.name, control.degrees_of_freedom, control.reason, analysis))
    return found
