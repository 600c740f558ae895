"""What every structure must pass before it is analysed, each failure with its reason and remedy."""

from dataclasses import dataclass

import numpy as np

from crystalspan.crystallography import cell, space_groups
from crystalspan.crystallography.completion import SAME_SITE
from crystalspan.formats.records import MASSES, SYMBOLS, VDW_RADII, RawStructure, Rejection, Settings
from crystalspan.landscape import _checks
from crystalspan.landscape.matching import Reference, match

# Good but oblique cells have planes 1 angstrom apart; searches through cells with far closer ones take for
# ever.
_NARROWEST = 0.25
_LONGEST = 1000.0


@dataclass(frozen=True)
class CheckSettings:
    """The section `landscape` of the configuration.

    Attributes
    ----------
    density_tolerance : float, g/cm3
    contact_distance : float, angstrom
    contact_fraction : float, of the sum of van der Waals radii
    distance_tolerance : float, angstrom
    """

    density_tolerance: float
    contact_distance: float
    contact_fraction: float
    distance_tolerance: float


@dataclass
class Checked:
    """Structures with their molecules whole and in the reference's order, row by row.

    Attributes
    ----------
    structures : list of RawStructure
    matrices : (s, 3, 3) float64, angstrom
    fractional : (s, n, 3) float64
    setting : (s,) int64; z_prime : (s,) float64; density : (s,) float64
    relabelled : int
        Structures whose atoms were listed in another order than the reference's.
    """

    structures: list
    matrices: np.ndarray
    fractional: np.ndarray
    setting: np.ndarray
    z_prime: np.ndarray
    density: np.ndarray
    relabelled: int = 0

    def keep(self, rows) -> "Checked":
        """The rows of an index array."""
        return Checked(
            [self.structures[i] for i in rows],
            *(a[rows] for a in (self.matrices, self.fractional, self.setting, self.z_prime, self.density)),
            self.relabelled,
        )


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
        if positive[row] and possible[row]:
            reason = f"cell {stated} has planes closer than {_NARROWEST:g} angstrom"
        else:
            reason = f"cell {stated} is impossible: lengths or angles enclose no volume"
        rejected.append(structures[row].reject(reason, remedy))
    return [structures[row] for row in np.flatnonzero(positive & possible & wide)]


def whole_molecules(
    structures, settings: Settings, reference: Reference, tolerance: float, rejected: list[Rejection]
) -> Checked:
    """Make every molecule whole, in the reference's atom order; other molecules go to `rejected`.

    Structures that list the molecule in the reference's order are compared in one sweep. The others are
    completed by symmetry and matched by their bonding graphs, one by one.
    """
    n = len(reference.numbers)
    matrices = cell.cell_matrix(np.array([structure.cell for structure in structures]).reshape(-1, 6))
    fractional = np.zeros((len(structures), n, 3))
    setting = np.array([structure.setting for structure in structures], dtype=np.int64)
    z_prime = np.ones(len(structures))
    deviation = np.full(len(structures), np.inf)
    alike = np.array([structure.numbers == reference.numbers for structure in structures], dtype=bool)
    if alike.any():
        sweep = np.array([structures[i].fractional for i in np.flatnonzero(alike)])
        off = np.empty(len(sweep))
        _checks.unwrap_and_compare(
            sweep,
            matrices[alike],
            cell.heights(matrices[alike]),
            reference.order,
            reference.parent,
            reference.distances,
            off,
        )
        fractional[alike], deviation[alike] = sweep, off
    passed = deviation <= tolerance
    # A flat molecule in a mirror plane is listed whole, and coincides with its own image: not Z' = 1.
    coincide, _ = _closest(fractional, matrices, setting, settings, reference, np.full((119, 119), SAME_SITE))
    passed &= coincide >= 1
    relabelled = 0
    for row in np.flatnonzero(~passed):
        found = match(structures[row], settings, reference, tolerance)
        if isinstance(found, Rejection):
            rejected.append(found)
            continue
        fractional[row], setting[row], z_prime[row] = found
        relabelled += z_prime[row] == 1
        passed[row] = True
    density = _densities(settings, setting, matrices, reference)
    checked = Checked(structures, matrices, fractional, setting, z_prime, density, int(relabelled))
    return checked.keep(np.flatnonzero(passed))


def _densities(settings, setting, matrices, reference):
    mass = MASSES[np.frombuffer(reference.numbers, dtype=np.uint8)].sum()
    molecules = np.array([len(rotations) for rotations in settings.rotations] or [0])
    return cell.density(mass * molecules[setting], cell.volume(matrices)).reshape(-1)


def sound_densities(checked: Checked, tolerance: float, rejected: list[Rejection]) -> Checked:
    """Keep structures whose recomputed density is the stated one; nothing stated passes."""
    stated = np.array([structure.density for structure in checked.structures])
    wrong = np.abs(checked.density - stated) > tolerance
    for row in np.flatnonzero(wrong):
        ratio = checked.density[row] / stated[row] if stated[row] > 0 else np.nan
        cell_listed = ratio > 1.5 and abs(ratio - round(ratio)) < 0.05
        rejected.append(
            checked.structures[row].reject(
                f"density is {checked.density[row]:.4f} g/cm3 and not {stated[row]:.4f} as stated",
                "list the asymmetric unit only, or no symmetry beside the whole cell"
                if cell_listed
                else "correct cell, symmetry or atoms; density_tolerance sets what passes",
            )
        )
    return checked.keep(np.flatnonzero(~wrong))


def sound_contacts(
    checked: Checked,
    settings: Settings,
    reference: Reference,
    limits: CheckSettings,
    rejected: list[Rejection],
) -> Checked:
    """Keep structures in which no two molecules come closer than the limits."""
    numbers = np.frombuffer(reference.numbers, dtype=np.uint8)
    sums = VDW_RADII[:, None] + VDW_RADII[None]
    shortest = np.maximum(limits.contact_distance, limits.contact_fraction * sums)
    contact, pair = _closest(checked.fractional, checked.matrices, checked.setting, settings, reference, shortest)
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
    return checked.keep(np.flatnonzero(contact >= 1))


def _closest(fractional, matrices, setting, settings: Settings, reference: Reference, limits):
    """Return each structure's shortest contact as a share of its limit (1: none below), and its two atoms."""
    contact, pair = np.ones(len(fractional)), np.zeros((len(fractional), 3))
    if len(fractional):
        numbers = np.frombuffer(reference.numbers, dtype=np.uint8)
        heights = cell.heights(matrices)
        _checks.closest_contacts(
            fractional, numbers, matrices, heights, setting, *settings.packed(), limits, contact, pair
        )
    return contact, pair


def asked_groups(structures, settings: Settings, space_groups_asked, rejected: list[Rejection]):
    """Keep structures of the space groups that are asked for (None: all)."""
    if space_groups_asked is None:
        return structures
    kept = []
    for structure in structures:
        number = settings.space_group[structure.setting]
        if number in space_groups_asked:
            kept.append(structure)
        else:
            reason = f"space group {space_groups.symbol(number)} ({number}) is not asked for"
            rejected.append(structure.reject(reason, "add the group to space_groups, or leave it"))
    return kept


def stated_energies(structures, rejected: list[Rejection]):
    """Keep structures that have a lattice energy."""
    kept = []
    for structure in structures:
        if np.isfinite(structure.energy):
            kept.append(structure)
        else:
            remedy = "put it into TITL, or a CSV with the columns id and energy beside the source"
            rejected.append(structure.reject("no lattice energy", remedy))
    return kept


def single_ids(structures, rejected: list[Rejection]):
    """Keep the first structure of each id."""
    kept = {}
    for structure in structures:
        first = kept.setdefault(structure.id, structure)
        if first is not structure:
            reason = f"id {structure.id} occurs again (first in {first.file}!{first.record})"
            rejected.append(structure.reject(reason, "give every structure an id of its own"))
    return list(kept.values())
