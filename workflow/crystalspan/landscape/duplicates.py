"""Crystals of a landscape that are the same as one of lower energy, within and across space groups."""

import numpy as np

from crystalspan.crystallography.fingerprints import first_equals, neighbour_distances
from crystalspan.crystallography.packings import lay_out
from crystalspan.crystallography.powder import first_alike, powder_pattern
from crystalspan.crystallography.repeats import confirmed
from crystalspan.formats.records import Settings
from crystalspan.landscape.molecules import Checked, cell_atoms
from crystalspan.landscape.reference import Reference
from crystalspan.landscape.settings import CheckSettings
from crystalspan.team import Team


def same_as(checked: Checked, table: Settings, reference: Reference, settings: CheckSettings, team: Team) -> np.ndarray:
    """Return for each crystal the row of the first one that it repeats, by the rule of the settings, (s,) int64.

    By default the rule of `crystalspan.crystallography.repeats`: crystals laid over each other. Of equal crystals the
    first one, of lowest energy, stands for all; a crystal that repeats none has its own row.

    Parameters
    ----------
    checked : Checked
        Sorted by energy.
    table : Settings
    reference : Reference
    settings : CheckSettings
    team : Team
        The ranks that share the work of describing the crystals.
    """
    if settings.duplicates == "none" or not len(checked):
        return np.arange(len(checked))
    columns = checked.fractional, checked.matrices, checked.setting
    numbers = np.frombuffer(reference.numbers, dtype=np.uint8)
    if settings.duplicates == "overlay":
        operations = [(table.rotations[setting], table.translations[setting]) for setting in checked.setting]
        crystals = lay_out(checked.fractional, checked.matrices, operations, numbers, reference.positions)
        return confirmed(checked.energy, checked.density, crystals, settings.duplicate_windows).same_as
    windows = settings.duplicate_energy, settings.duplicate_density
    if settings.duplicates == "powder":
        patterns = np.concatenate(team.on_blocks(_patterns, columns, table, numbers))
        return first_alike(checked.energy, checked.density, patterns, *windows, settings.duplicate_pattern)
    neighbours = settings.duplicate_neighbours
    distances = np.concatenate(team.on_blocks(_neighbour_distances, columns, table, numbers, neighbours))
    return first_equals(checked.energy, checked.density, distances, *windows, settings.duplicate_distance)


def _neighbour_distances(fractional, matrices, settings, table: Settings, numbers, neighbours: int) -> np.ndarray:
    return np.array(
        [
            neighbour_distances(
                np.tile(numbers, len(atoms) // len(numbers)),
                atoms,
                matrix,
                table.rotations[setting],
                table.translations[setting],
                neighbours,
            )
            for atoms, matrix, setting in zip(fractional, matrices, settings, strict=True)
        ]
    )


def _patterns(fractional, matrices, settings, table: Settings, numbers) -> np.ndarray:
    patterns = []
    for atoms, matrix, setting in zip(fractional, matrices, settings, strict=True):
        sites = cell_atoms(atoms, table, setting)
        patterns.append(powder_pattern(np.tile(numbers, len(sites) // len(numbers)), sites, matrix))
    return np.array(patterns)
