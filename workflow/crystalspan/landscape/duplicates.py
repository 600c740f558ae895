"""Crystals of a landscape that are the same as one of lower energy, within and across space groups."""

import numpy as np

from crystalspan.crystallography.fingerprints import first_equals, neighbour_distances
from crystalspan.crystallography.powder import first_alike, powder_pattern
from crystalspan.formats.records import Rejection, Settings
from crystalspan.landscape.molecules import Checked
from crystalspan.landscape.reference import Reference
from crystalspan.landscape.settings import CheckSettings


def without_duplicates(
    checked: Checked, table: Settings, reference: Reference, settings: CheckSettings, rejected: list[Rejection]
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
    """
    if settings.duplicates == "none" or not len(checked):
        return checked
    windows = settings.duplicate_energy, settings.duplicate_density
    if settings.duplicates == "powder":
        patterns = _patterns(checked, table, reference)
        same_as = first_alike(checked.energy, checked.density, patterns, *windows, settings.duplicate_pattern)
    else:
        distances = _neighbour_distances(checked, table, reference, settings.duplicate_neighbours)
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


def _neighbour_distances(checked: Checked, table: Settings, reference: Reference, neighbours: int) -> np.ndarray:
    numbers = np.frombuffer(reference.numbers, dtype=np.uint8)
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
            for atoms, matrix, setting in zip(checked.fractional, checked.matrices, checked.setting, strict=True)
        ]
    )


def _patterns(checked: Checked, table: Settings, reference: Reference) -> np.ndarray:
    numbers = np.frombuffer(reference.numbers, dtype=np.uint8)
    patterns = []
    for row, matrix in enumerate(checked.matrices):
        sites = checked.cell_atoms(row, table)
        patterns.append(powder_pattern(np.tile(numbers, len(sites) // len(numbers)), sites, matrix))
    return np.array(patterns)
