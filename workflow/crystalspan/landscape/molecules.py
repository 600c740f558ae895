"""The molecules of all structures made whole, in the reference's atom order, with what follows from them."""

import dataclasses
from collections.abc import Sequence
from itertools import chain

import numpy as np

from crystalspan.crystallography import cell
from crystalspan.crystallography.completion import SAME_SITE, site_multiplicities
from crystalspan.crystallography.elements import excess_masses
from crystalspan.crystallography.freedom import idle_axes
from crystalspan.formats.records import MASSES, RawStructure, Rejection, Settings
from crystalspan.landscape import _checks
from crystalspan.landscape.matching import match_all, used_operations
from crystalspan.landscape.reference import Reference
from crystalspan.landscape.settings import CheckSettings
from crystalspan.team import Team


@dataclasses.dataclass
class Checked:
    """Structures with their molecules whole and in the reference's order, row by row.

    Attributes
    ----------
    structures : list of RawStructure
    matrices : (s, 3, 3) float64, angstrom
    fractional : list of (q * n, 3) float64
        The q molecules that the operations of ``setting`` multiply, one after the other.
    setting : (s,) int64
    z_prime : (s,) float64
    motions : (s,) int64
        Shifts and turns of the symmetry-independent molecules that their site groups leave free.
    molecules : (s,) int64, in the cell
    energy : (s,) float64, kJ/mol per molecule
    density : (s,) float64, g/cm3
    relabelled : int
        Structures whose atoms were listed in another order than the reference's.
    """

    structures: list[RawStructure]
    matrices: np.ndarray
    fractional: list[np.ndarray]
    setting: np.ndarray
    z_prime: np.ndarray
    motions: np.ndarray
    molecules: np.ndarray
    energy: np.ndarray
    density: np.ndarray
    relabelled: int = 0

    def __len__(self) -> int:
        return len(self.structures)

    @property
    def ids(self) -> np.ndarray:
        """Identities, (s,) object array of str."""
        return np.array([structure.id for structure in self.structures], dtype=object)

    def keep(self, rows: np.ndarray) -> "Checked":
        """The rows of an index array or mask."""
        rows = np.flatnonzero(rows) if np.asarray(rows).dtype == bool else rows
        arrays = ("matrices", "setting", "z_prime", "motions", "molecules", "energy", "density")
        return dataclasses.replace(
            self,
            structures=[self.structures[i] for i in rows],
            fractional=[self.fractional[i] for i in rows],
            **{name: getattr(self, name)[rows] for name in arrays},
        )


def cell_atoms(fractional: np.ndarray, table: Settings, setting: int) -> np.ndarray:
    """Fractional coordinates of every atom of a structure's cell, molecule by molecule."""
    rotations, translations = table.rotations[setting], table.translations[setting]
    copies = fractional @ rotations.transpose(0, 2, 1).astype(np.float64) + translations[:, None]
    return copies.reshape(-1, 3)


def make_whole(
    structures: list[RawStructure],
    table: Settings,
    reference: Reference,
    settings: CheckSettings,
    rejected: list[Rejection],
    team: Team,
) -> Checked:
    """Make every molecule whole, in the reference's atom order; other molecules go to `rejected`.

    Structures that list one molecule in the reference's order are compared in one sweep. The others are
    completed by symmetry and matched by their bonding graphs, one by one.
    """
    matrices = cell.cell_matrix(np.array([structure.cell for structure in structures]).reshape(-1, 6))
    setting = np.array([structure.setting for structure in structures], dtype=np.int64)
    fractional, passed = _sweep(structures, matrices, setting, table, reference, settings.distance_tolerance, team)
    z_prime = np.ones(len(structures))
    motions = np.full(len(structures), 6 - len(idle_axes(reference.positions)) if len(structures) else 6)
    relabelled = 0
    # In order of energy: settings are numbered as they come, whatever the order of the sources.
    rows = sorted(np.flatnonzero(~passed), key=lambda row: (structures[row].energy, structures[row].id))
    matched = team.on_blocks(match_all, ([structures[row] for row in rows],), table, reference, settings)
    for row, found in zip(rows, chain(*matched), strict=True):
        if isinstance(found, Rejection):
            rejected.append(found)
            continue
        fractional[row], z_prime[row], motions[row] = found.fractional, found.z_prime, found.motions
        setting[row] = used_operations(structures[row].setting, table, found.representatives)
        relabelled += found.relabelled
        passed[row] = True
    listed = np.array([len(atoms) for atoms in fractional], dtype=np.int64) // len(reference.numbers)
    molecules = np.array([len(rotations) for rotations in table.rotations] or [0])[setting] * listed
    mass = MASSES[np.frombuffer(reference.numbers, dtype=np.uint8)].sum()
    checked = Checked(
        structures,
        matrices,
        fractional,
        setting,
        z_prime,
        motions,
        molecules,
        energies_per_molecule(structures, molecules, settings.energy_basis),
        np.asarray(cell.density(mass * molecules + _excess(structures, table), cell.volume(matrices))).reshape(-1),
        relabelled,
    )
    return checked.keep(passed)


def _excess(structures, table: Settings) -> np.ndarray:
    """Return by how much deuterium and tritium make each cell heavier than hydrogen would, u, (s,)."""
    excess = np.zeros(len(structures))
    for row, one in enumerate(structures):
        if one.isotopes:
            operations = table.rotations[one.setting], table.translations[one.setting]
            copies = site_multiplicities(one.fractional, cell.cell_matrix(one.cell), *operations)
            excess[row] = copies @ excess_masses(one.isotopes)
    return excess


def _sweep(structures, matrices, setting, table, reference, tolerance, team):
    """Return the atoms of each structure, and which of them are one whole molecule in the reference's order."""
    fractional = [structure.fractional for structure in structures]
    passed = np.zeros(len(structures), dtype=bool)
    alike = np.flatnonzero([structure.numbers == reference.numbers for structure in structures])
    if not len(alike):
        return fractional, passed
    sweep = np.array([fractional[i] for i in alike])
    matrices = matrices[alike]
    tree = reference.order, reference.parent, reference.distances
    found = team.on_blocks(_unwrapped, (sweep, matrices), *tree)
    sweep, off = (np.concatenate(column) for column in zip(*found, strict=True))
    # A flat molecule in a mirror plane is listed whole, and coincides with its own image: not Z' = 1.
    coincide, _ = closest(sweep, matrices, setting[alike], table, reference, np.full((119, 119), SAME_SITE), team)
    for row, atoms in zip(alike, sweep, strict=True):
        fractional[row] = atoms
    passed[alike] = (off <= tolerance) & (coincide >= 1)
    return fractional, passed


def _unwrapped(fractional, matrices, order, parent, distances):
    """Return the molecules made whole, in place, and how far each one's distances are off the reference's."""
    off = np.empty(len(fractional))
    _checks.unwrap_and_compare(fractional, matrices, cell.heights(matrices), order, parent, distances, off)
    return fractional, off


def closest(
    fractional: Sequence[np.ndarray] | np.ndarray,
    matrices: np.ndarray,
    setting: np.ndarray,
    table: Settings,
    reference: Reference,
    limits: np.ndarray,
    team: Team,
) -> tuple[np.ndarray, np.ndarray]:
    """Return each structure's shortest contact as a share of its limit (1: none below), and its two atoms.

    Parameters
    ----------
    fractional : sequence of (q * n, 3) float64
    matrices : (s, 3, 3) float64, angstrom
    setting : (s,) int
    table : Settings
    reference : Reference
    limits : (119, 119) float64
        Angstrom, by atomic numbers.
    team : Team
        The ranks that share the work.

    Returns
    -------
    contact : (s,) float64
    pair : (s, 3) float64
        Two atoms of the reference, and their distance in angstrom.
    """
    contact, pair = np.ones(len(fractional)), np.zeros((len(fractional), 3))
    numbers = np.frombuffer(reference.numbers, dtype=np.uint8)
    packed = table.packed()
    length = np.array([len(atoms) for atoms in fractional], dtype=np.int64)
    for size in np.unique(length):
        rows = np.flatnonzero(length == size)
        atoms = np.array([fractional[i] for i in rows.tolist()]).reshape(len(rows), -1, len(numbers), 3)
        found = team.on_blocks(_contacts, (atoms, matrices[rows], setting[rows]), numbers, packed, limits)
        contact[rows], pair[rows] = (np.concatenate(column) for column in zip(*found, strict=True))
    return contact, pair


def _contacts(atoms, matrices, setting, numbers, packed, limits):
    contact, pair = np.ones(len(atoms)), np.zeros((len(atoms), 3))
    _checks.closest_contacts(atoms, numbers, matrices, cell.heights(matrices), setting, *packed, limits, contact, pair)
    return contact, pair


def energies_per_molecule(structures: Sequence[RawStructure], molecules: np.ndarray, basis: str) -> np.ndarray:
    """Return lattice energies per molecule, (s,) float64 kJ/mol.

    Parameters
    ----------
    structures : list of RawStructure
    molecules : (s,) array
        In the cell.
    basis : {"auto", "molecule", "cell"}
        What the energies of the files belong to; auto: as each structure says.
    """
    stated = np.array([structure.energy for structure in structures], dtype=np.float64)
    of_cell = np.array(
        [(structure.energy_basis if basis == "auto" else basis) == "cell" for structure in structures], dtype=bool
    )
    return np.where(of_cell, stated / np.maximum(molecules, 1), stated)
