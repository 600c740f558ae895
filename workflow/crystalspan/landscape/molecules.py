"""The molecules of all structures made whole, in the reference's atom order, with what follows from them."""

from dataclasses import dataclass, replace

import numpy as np

from crystalspan.crystallography import cell
from crystalspan.crystallography.completion import SAME_SITE
from crystalspan.formats.records import MASSES, RawStructure, Rejection, Settings
from crystalspan.landscape import _checks
from crystalspan.landscape.matching import Conformers, match
from crystalspan.landscape.reference import Reference
from crystalspan.landscape.settings import CheckSettings


@dataclass
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
    conformer : (s,) int16
    molecules : (s,) int64, in the cell
    energy : (s,) float64, kJ/mol per molecule
    density : (s,) float64, g/cm3
    relabelled : int
        Structures whose atoms were listed in another order than the reference's.
    """

    structures: list
    matrices: np.ndarray
    fractional: list
    setting: np.ndarray
    z_prime: np.ndarray
    conformer: np.ndarray
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

    def cell_atoms(self, row: int, table: Settings) -> np.ndarray:
        """Fractional coordinates of every atom of a structure's cell, molecule by molecule."""
        rotations, translations = table.rotations[self.setting[row]], table.translations[self.setting[row]]
        copies = self.fractional[row] @ rotations.transpose(0, 2, 1).astype(np.float64) + translations[:, None]
        return copies.reshape(-1, 3)

    def keep(self, rows) -> "Checked":
        """The rows of an index array or mask."""
        rows = np.flatnonzero(rows) if np.asarray(rows).dtype == bool else rows
        arrays = ("matrices", "setting", "z_prime", "conformer", "molecules", "energy", "density")
        return replace(
            self,
            structures=[self.structures[i] for i in rows],
            fractional=[self.fractional[i] for i in rows],
            **{name: getattr(self, name)[rows] for name in arrays},
        )


def whole_molecules(
    structures: list[RawStructure],
    table: Settings,
    reference: Reference,
    settings: CheckSettings,
    rejected: list[Rejection],
) -> Checked:
    """Make every molecule whole, in the reference's atom order; other molecules go to `rejected`.

    Structures that list one molecule in the reference's order are compared in one sweep. The others are
    completed by symmetry and matched by their bonding graphs, one by one.
    """
    matrices = cell.cell_matrix(np.array([structure.cell for structure in structures]).reshape(-1, 6))
    setting = np.array([structure.setting for structure in structures], dtype=np.int64)
    fractional, passed = _sweep(structures, matrices, setting, table, reference, settings.distance_tolerance)
    z_prime = np.ones(len(structures))
    conformer = np.zeros(len(structures), dtype=np.int16)
    conformers = Conformers(reference, settings.conformer_tolerance)
    relabelled = 0
    # In order of energy: conformers are numbered as they come, whatever the order of the sources.
    for row in sorted(np.flatnonzero(~passed), key=lambda row: (structures[row].energy, structures[row].id)):
        found = match(structures[row], table, reference, settings, conformers)
        if isinstance(found, Rejection):
            rejected.append(found)
            continue
        fractional[row], setting[row] = found.fractional, found.setting
        z_prime[row], conformer[row] = found.z_prime, found.conformer
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
        conformer,
        molecules,
        _energies(structures, molecules, settings.energy_basis),
        cell.density(mass * molecules, cell.volume(matrices)).reshape(-1),
        relabelled,
    )
    return checked.keep(passed)


def _sweep(structures, matrices, setting, table, reference, tolerance):
    """Return the atoms of each structure, and which of them are one whole molecule in the reference's order."""
    fractional = [structure.fractional for structure in structures]
    passed = np.zeros(len(structures), dtype=bool)
    alike = np.flatnonzero([structure.numbers == reference.numbers for structure in structures])
    if not len(alike):
        return fractional, passed
    sweep = np.array([fractional[i] for i in alike])
    matrices, off = matrices[alike], np.empty(len(alike))
    _checks.unwrap_and_compare(
        sweep, matrices, cell.heights(matrices), reference.order, reference.parent, reference.distances, off
    )
    # A flat molecule in a mirror plane is listed whole, and coincides with its own image: not Z' = 1.
    coincide, _ = closest(sweep, matrices, setting[alike], table, reference, np.full((119, 119), SAME_SITE))
    for row, atoms in zip(alike, sweep, strict=True):
        fractional[row] = atoms
    passed[alike] = (off <= tolerance) & (coincide >= 1)
    return fractional, passed


def closest(fractional, matrices, setting, table: Settings, reference: Reference, limits):
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

    Returns
    -------
    contact : (s,) float64
    pair : (s, 3) float64
        Two atoms of the reference, and their distance in angstrom.
    """
    contact, pair = np.ones(len(fractional)), np.zeros((len(fractional), 3))
    numbers = np.frombuffer(reference.numbers, dtype=np.uint8)
    heights = cell.heights(matrices)
    packed = table.packed()
    length = np.array([len(atoms) for atoms in fractional], dtype=np.int64)
    for size in np.unique(length):
        rows = np.flatnonzero(length == size)
        atoms = np.array([fractional[i] for i in rows]).reshape(len(rows), -1, len(numbers), 3)
        found, which = contact[rows], pair[rows]
        _checks.closest_contacts(
            atoms, numbers, matrices[rows], heights[rows], setting[rows], *packed, limits, found, which
        )
        contact[rows], pair[rows] = found, which
    return contact, pair


def _energies(structures, molecules, basis: str) -> np.ndarray:
    """Return lattice energies per molecule, kJ/mol; `basis` says what the files state, or ``auto``."""
    stated = np.array([structure.energy for structure in structures], dtype=np.float64)
    of_cell = np.array(
        [(structure.energy_basis if basis == "auto" else basis) == "cell" for structure in structures], dtype=bool
    )
    return np.where(of_cell, stated / np.maximum(molecules, 1), stated)
