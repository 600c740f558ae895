"""The symmetry of structures: operations that fit the cell, and those of cells that are listed whole."""

import dataclasses
from itertools import chain

import numpy as np

from crystalspan.crystallography import metric, space_groups
from crystalspan.crystallography.symmetry import FoundSymmetry, find_primitive_cell, find_symmetry, shows_all
from crystalspan.formats.records import RawStructure, Rejection, Settings
from crystalspan.team import Team


def fitting_operations(
    structures: list[RawStructure], table: Settings, rejected: list[Rejection]
) -> list[RawStructure]:
    """Return the structures whose operations leave their cell as it is; the others go to `rejected`, with the numbers.

    Parameters
    ----------
    structures : list of RawStructure
        With possible cells.
    table : Settings
    rejected : list of Rejection
    """
    rows: dict[int, list[int]] = {}
    for row, structure in enumerate(structures):
        rows.setdefault(structure.setting, []).append(row)
    fits = np.ones(len(structures), dtype=bool)
    for setting, members in rows.items():
        strains = metric.strains([structures[row].cell for row in members], table.rotations[setting])
        for row, strain in zip(members, strains, strict=True):
            fits[row] = strain.max() <= metric.LARGEST_STRAIN
            if not fits[row]:
                rejected.append(_contradiction(structures[row], table, int(strain.argmax())))
    return [structure for structure, good in zip(structures, fits, strict=True) if good]


def _contradiction(structure: RawStructure, table: Settings, worst: int) -> Rejection:
    rotation, translation = (column[structure.setting][worst] for column in (table.rotations, table.translations))
    before, after = (
        " ".join(f"{value:g}" for value in np.round(cell, 4))
        for cell in (structure.cell, metric.moved_cell(structure.cell, rotation))
    )
    operation = space_groups.format_operation(rotation, translation)
    return structure.reject(
        f"its operations contradict its cell: {operation} takes the cell {before} to {after}",
        "give the operations in the setting of the cell (axes, origin), or the cell in that of the operations",
    )


def found_symmetries(
    structures: list[RawStructure], table: Settings, tolerance: float, team: Team
) -> list[RawStructure]:
    """Give structures that list a complete cell the symmetry that it has; the others stay as they are.

    Cell and coordinates are kept, but where the cell is one of several others that hides symmetry; of each set of
    symmetry copies the first atom stays in the list.
    """
    if tolerance == 0:
        return structures
    structures = list(structures)
    rows = [row for row, structure in enumerate(structures) if _is_complete(structure, table)]
    found = team.on_blocks(_symmetries, ([structures[row] for row in rows],), tolerance)
    for row, (structure, symmetry) in zip(rows, chain(*found), strict=True):
        structures[row] = _with_symmetry(structure, table, symmetry)
    return structures


def _symmetries(structures, tolerance):
    return [_symmetry(one, tolerance) for one in structures]


def _symmetry(structure: RawStructure, tolerance) -> tuple[RawStructure, FoundSymmetry | None]:
    """Return a structure and its symmetry; a cell of several primitive ones that hides some of it is made smaller."""
    crystal = structure.nuclides, structure.fractional, structure.cell
    found = find_symmetry(*crystal, tolerance)
    if found is not None and shows_all(found):
        return structure, found
    smaller = find_primitive_cell(*crystal, tolerance)
    if smaller is None:
        return structure, found
    energy, parameters = structure.energy, tuple(smaller.parameters.tolist())
    if structure.energy_basis == "cell":
        energy = energy * len(smaller.atoms) / len(structure.numbers)
    part = structure.only(smaller.atoms)
    structure = dataclasses.replace(part, fractional=smaller.fractional, cell=parameters, energy=energy)
    return structure, find_symmetry(structure.nuclides, structure.fractional, structure.cell, tolerance)


def _is_complete(structure: RawStructure, table: Settings) -> bool:
    # AIRSS lists complete cells as P1, and gives energies per cell.
    alone = len(table.rotations[structure.setting]) == 1
    return alone and (structure.complete_cell or structure.energy_basis == "cell")


def _with_symmetry(structure: RawStructure, table: Settings, found: FoundSymmetry | None) -> RawStructure:
    if found is None or len(found.rotations) == 1:
        return structure
    setting = table.add(found.rotations, found.translations, found.space_group)
    return structure.only(found.independent, setting=setting)
