"""What every structure must pass before it is analysed, each failure with its reason and remedy."""

from collections.abc import Collection

import numpy as np

from crystalspan.crystallography import cell, space_groups
from crystalspan.crystallography.lattices import is_hexagonal_r
from crystalspan.crystallography.molecules import van_der_waals_volume
from crystalspan.crystallography.symmetry import find_symmetry
from crystalspan.errors import InputError
from crystalspan.formats.records import SYMBOLS, VDW_RADII, RawStructure, Rejection, Settings
from crystalspan.landscape.molecules import Checked, cell_atoms, closest
from crystalspan.landscape.reference import Reference
from crystalspan.landscape.settings import CheckSettings
from crystalspan.team import Team

# Good but oblique cells have planes 1 angstrom apart; searches through cells with far closer ones take for
# ever.
_NARROWEST = 0.25
_LONGEST = 1000.0
# Total energies of molecules are far smaller, and differences of larger ones lose their decimals.
_LARGEST_ENERGY = 1e10  # kJ/mol


def sound_cells(structures: list[RawStructure], rejected: list[Rejection]) -> list[RawStructure]:
    """Return the structures whose cell is one; the others go to `rejected`."""
    if not structures:
        return []
    cells = np.array([structure.cell for structure in structures])
    lengths, angles = cells[:, :3], cells[:, 3:]
    positive = np.isfinite(cells).all(axis=1) & ((lengths > 0) & (lengths < _LONGEST)).all(axis=1)
    positive &= ((angles > 0) & (angles < 180)).all(axis=1)
    matrices = cell.cell_matrix(np.where(positive[:, None], cells, [1, 1, 1, 90, 90, 90]))
    possible = np.isfinite(matrices).all(axis=(1, 2)) & (matrices[:, 2, 2] > 1e-6)
    matrices[~possible] = np.eye(3)
    wide = cell.heights(matrices).min(axis=1) >= _NARROWEST
    remedy = "correct the CELL line"
    for row in np.flatnonzero(~(positive & possible & wide)):
        stated = " ".join(f"{value:g}" for value in cells[row])
        if np.isfinite(cells[row]).all() and lengths[row].min() > 0 and lengths[row].max() >= _LONGEST:
            reason = f"cell {stated} has an edge of {_LONGEST:g} angstrom or more"
        elif positive[row] and possible[row]:
            reason = f"cell {stated} has planes closer than {_NARROWEST:g} angstrom"
        else:
            reason = f"cell {stated} is impossible: lengths or angles enclose no volume"
        rejected.append(structures[row].reject(reason, remedy))
    return [structures[row] for row in np.flatnonzero(positive & possible & wide)]


def asked_groups(
    structures: list[RawStructure],
    table: Settings,
    space_groups_asked: Collection[int] | None,
    rejected: list[Rejection],
) -> list[RawStructure]:
    """Keep structures of the space groups that are asked for (None: all)."""
    if space_groups_asked is None:
        return structures
    kept = []
    for structure in structures:
        number = table.space_group[structure.setting]
        if number in space_groups_asked:
            kept.append(structure)
        else:
            reason = f"space group {space_groups.symbol(number)} ({number}) is not asked for"
            rejected.append(structure.reject(reason, "add the group to space_groups, or leave it"))
    return kept


def stated_energies(structures: list[RawStructure], rejected: list[Rejection]) -> list[RawStructure]:
    """Keep structures that have a lattice energy, and the same kind of it."""
    absolute = any(np.isfinite(structure.energy) and not structure.energy_is_relative for structure in structures)
    kept = []
    for structure in structures:
        if not np.isfinite(structure.energy):
            remedy = "put it into TITL (id energy density), or a CSV with the columns id and energy beside the source"
            why = f": {structure.why_no_energy}" if structure.why_no_energy else ""
            rejected.append(structure.reject(f"no lattice energy{why}", remedy))
        elif abs(structure.energy) > _LARGEST_ENERGY:
            reason = f"its energy of {structure.energy:g} kJ/mol is none"
            rejected.append(structure.reject(reason, "look for what stands in the energy's place"))
        elif absolute and structure.energy_is_relative:
            reason = "its energy is relative to a minimum, those of other structures are absolute"
            rejected.append(structure.reject(reason, "give all energies as lattice energies, or all as relative ones"))
        else:
            kept.append(structure)
    return kept


def without_outliers(checked: Checked, largest_gap: float, rejected: list[Rejection]) -> Checked:
    """Turn down structures below a gap in the energies that no landscape has, where they are fewer than the others.

    Parameters
    ----------
    checked : Checked
        Sorted by energy.
    largest_gap : float, kJ/mol
    rejected : list of Rejection
    """
    gaps = np.flatnonzero(np.diff(checked.energy) > largest_gap)
    below = gaps[2 * (gaps + 1) < len(checked)]
    first = int(below[-1]) + 1 if len(below) else 0
    for row in range(first):
        gap = checked.energy[first] - checked.energy[row]
        rejected.append(
            checked.structures[row].reject(
                f"its energy of {checked.energy[row]:.6g} kJ/mol lies {gap:.6g} kJ/mol below the other structures'",
                "look for another unit, for the energy of the cell or of another model, or for a collapsed structure; "
                "largest_gap sets what passes",
            )
        )
    return checked.keep(np.arange(first, len(checked)))


def single_ids(structures: list[RawStructure], rejected: list[Rejection]) -> list[RawStructure]:
    """Keep the first structure of each id."""
    kept: dict[str, RawStructure] = {}
    for structure in structures:
        first = kept.setdefault(structure.id, structure)
        if first is not structure:
            reason = f"id {structure.id} occurs again (first in {first.file}!{first.record})"
            rejected.append(structure.reject(reason, "give every structure an id of its own"))
    return list(kept.values())


def other_labels(checked: Checked, table: Settings) -> list[str]:
    """Return the ids of structures whose label names another space group than their operations make."""
    numbers: dict[str | int, int] = {}
    return [
        structure.id
        for structure, setting in zip(checked.structures, checked.setting, strict=True)
        if structure.stated_space_group is not None
        and _number(structure.stated_space_group, numbers) not in (0, table.space_group[setting])
    ]


def _number(label, known: dict) -> int:
    """Return the number of a space group's label; 0 for what is none, such as names of packing types."""
    if label not in known:
        try:
            known[label] = space_groups.number_from_symbol(label)
        except InputError:
            known[label] = 0
    return known[label]


def sound_densities(
    checked: Checked, table: Settings, tolerance: float, rejected: list[Rejection], notes: list[str]
) -> Checked:
    """Keep structures whose recomputed density is the stated one; nothing stated passes.

    Programs that know no R lattice on hexagonal axes count the molecules around one of its three points: a third of the
    density is not held against such structures, and said.
    """
    stated = np.array([structure.density for structure in checked.structures])
    off = np.abs(checked.density - stated) > tolerance
    thirds = off & (np.abs(checked.density - 3 * stated) <= 3 * tolerance)
    for row in np.flatnonzero(thirds):
        setting = checked.structures[row].setting
        thirds[row] = is_hexagonal_r(table.rotations[setting], table.translations[setting])
    if thirds.any():
        notes.append(f"{thirds.sum()} have a third of their density stated: the R lattice was left out of account")
    wrong = off & ~thirds
    for row in np.flatnonzero(wrong):
        ratio = checked.density[row] / stated[row] if stated[row] > 0 else np.nan
        cell_listed = ratio > 1.5 and abs(ratio - round(ratio)) < 0.05
        structure = checked.structures[row]
        where = f" in {structure.table_row}" if structure.table_row else ""
        rejected.append(
            structure.reject(
                f"density is {checked.density[row]:.4f} g/cm3 and not {stated[row]:.4f} as stated{where}",
                "list the asymmetric unit only, or no symmetry beside the whole cell"
                if cell_listed
                else "correct cell, symmetry or atoms; density_tolerance sets what passes",
            )
        )
    return checked.keep(~wrong)


def sound_contacts(
    checked: Checked,
    table: Settings,
    reference: Reference,
    limits: CheckSettings,
    rejected: list[Rejection],
    team: Team,
) -> Checked:
    """Keep structures in which no two molecules come closer than the limits."""
    numbers = np.frombuffer(reference.numbers, dtype=np.uint8)
    sums = VDW_RADII[:, None] + VDW_RADII[None]
    shortest = np.maximum(limits.contact_distance, limits.contact_fraction * sums)
    contact, pair = closest(checked.fractional, checked.matrices, checked.setting, table, reference, shortest, team)
    for row in np.flatnonzero(contact < 1):
        first, second = (SYMBOLS[numbers[int(atom)]] for atom in pair[row, :2])
        distance = pair[row, 2]
        rejected.append(
            checked.structures[row].reject(
                f"molecules overlap: {first}...{second} contact of {distance:.3f} angstrom",
                "a molecule on a symmetry element, or a cell listed twice: list the asymmetric unit only"
                if distance < limits.contact_distance
                else "an unphysical packing; contact_fraction sets what passes",
            )
        )
    return checked.keep(contact >= 1)


def packing_coefficients(checked: Checked, reference: Reference) -> np.ndarray:
    """Return the share of each cell that the van der Waals volumes of its molecules fill, (s,) float64.

    Kitaigorodskii, Organic Chemical Crystallography, 1961; one conformer's volume stands for all.
    """
    volume = van_der_waals_volume(list(reference.numbers), reference.positions)
    return checked.molecules * volume / cell.volume(checked.matrices)


def without_voids(
    checked: Checked, reference: Reference, limits: CheckSettings, rejected: list[Rejection], notes: list[str]
) -> Checked:
    """Report or turn down structures with holes, as the settings say; return those that stay."""
    if limits.voids == "accept" or not len(checked):
        return checked
    packing = packing_coefficients(checked, reference)
    hollow = packing < limits.smallest_packing
    if limits.voids == "report":
        if hollow.any():
            notes.append(f"{hollow.sum()} have voids: molecules fill less than {limits.smallest_packing:g} of the cell")
        return checked
    for row in np.flatnonzero(hollow):
        rejected.append(
            checked.structures[row].reject(
                f"voids: molecules fill only {packing[row]:.3f} of the cell ({checked.density[row]:.3f} g/cm3)",
                "smallest_packing and voids set what passes",
            )
        )
    return checked.keep(~hollow)


def groups_within(checked: Checked, table: Settings, reference: Reference, tolerance: float, team: Team) -> np.ndarray:
    """Return the space group that each crystal has within a tolerance (angstrom), (s,) int16; 0: none was found.

    It is another than that of the operations where a search group was lower than the crystal's symmetry, or where
    molecules nearly have more. Nothing is looked for when the tolerance is 0.
    """
    if tolerance == 0:
        return np.zeros(len(checked), dtype=np.int16)
    cells = [structure.cell for structure in checked.structures]
    columns = cells, checked.fractional, checked.setting
    return np.concatenate(team.on_blocks(_groups, columns, table, reference.numbers, tolerance))


def _groups(cells, fractional, settings, table, numbers, tolerance):
    groups = np.zeros(len(cells), dtype=np.int16)
    for row, parameters in enumerate(cells):
        sites = cell_atoms(fractional[row], table, settings[row])
        found = find_symmetry(list(numbers) * (len(sites) // len(numbers)), sites, parameters, tolerance)
        groups[row] = 0 if found is None else found.space_group
    return groups
