"""Crystals of a landscape that are the same as one of lower energy, within and across space groups."""

import numpy as np

from crystalspan.crystallography.fingerprints import first_equals, neighbour_distances
from crystalspan.crystallography.powder import first_alike, powder_pattern
from crystalspan.formats.records import Rejection, Settings
from crystalspan.landscape.molecules import Checked, cell_atoms
from crystalspan.landscape.reference import Reference
from crystalspan.landscape.settings import CheckSettings
from crystalspan.team import Team


def without_duplicates(
    checked: Checked,
    table: Settings,
    reference: Reference,
    settings: CheckSettings,
    rejected: list[Rejection],
    team: Team,
) -> Checked:
    """Turn down crystals that were met before, by the rule of the settings.

    Parameters
    ----------
    checked : Checked
        Sorted by energy: of equal crystals the first one stays.
    table : Settings
    reference : Reference
    settings : CheckSettings
    rejected : list of Rejection
        Takes the duplicates, with the id of what they duplicate.
    team : Team
        The ranks that share the work of describing the crystals.
    """
    if settings.duplicates == "none" or not len(checked):
        return checked
    columns = checked.fractional, checked.matrices, checked.setting
    numbers = np.frombuffer(reference.numbers, dtype=np.uint8)
    windows = settings.duplicate_energy, settings.duplicate_density
    if settings.duplicates == "powder":
        patterns = np.concatenate(team.on_blocks(_patterns, columns, table, numbers))
        same_as = first_alike(checked.energy, checked.density, patterns, *windows, settings.duplicate_pattern)
    else:
        neighbours = settings.duplicate_neighbours
        distances = np.concatenate(team.on_blocks(_neighbour_distances, columns, table, numbers, neighbours))
        same_as = first_equals(checked.energy, checked.density, distances, *windows, settings.duplicate_distance)
    repeated = same_as != np.arange(len(checked))
    for row in np.flatnonzero(repeated):
        first = checked.structures[same_as[row]]
        rejected.append(
            checked.structures[row].reject(
                f"duplicate of {first.id} ({first.file}!{first.record})",
                "duplicates: none keeps it; the duplicate_ settings say what counts as the same",
            )
        )
    return checked.keep(~repeated)


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
