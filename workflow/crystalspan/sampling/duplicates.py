"""Removing duplicates within and across space groups: crystals laid over each other, whatever their cells."""

import dataclasses
from collections.abc import Callable, Iterator

import networkx
import numpy as np

from crystalspan.crystallography import fingerprints
from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.molecules import Molecule, bonded, graph_of_bonds
from crystalspan.crystallography.packings import Packings, lay_out
from crystalspan.crystallography.repeats import Windows, confirmed
from crystalspan.errors import InputError
from crystalspan.sampling.crystals import Crystal, CrystalReader
from crystalspan.sampling.database import CrystalRow


@dataclasses.dataclass(frozen=True, eq=False)
class Clusters:
    """Crystals sorted by energy (and id), and which of them are the same.

    Parameters
    ----------
    crystals : list of CrystalRow, length n
        Those within the energy limit.
    same_as : (n,) int64
        Index of the crystal of lowest energy that each one equals; its own when it is unique.
    beyond : int
        How many crystals lay above the energy limit and were left out.
    """

    crystals: list[CrystalRow]
    same_as: np.ndarray
    beyond: int

    @property
    def unique(self) -> np.ndarray:
        """Indices of the unique crystals."""
        return np.flatnonzero(self.same_as == np.arange(len(self.same_as)))


def fingerprint(crystal: Crystal, neighbours: int) -> np.ndarray:
    """Return the crystal's fingerprint, as `crystalspan.crystallography.fingerprints` says, shape (d,), angstrom."""
    return fingerprints.neighbour_distances(
        crystal.symbols,
        crystal.fractional,
        cell_matrix(crystal.cell),
        crystal.rotations,
        crystal.translations,
        neighbours,
    )


def cluster(
    crystals: list[CrystalRow],
    settings: dict,
    largest_relative_energy: float | None = None,
    report: Callable[[int, int], None] | None = None,
) -> Clusters:
    """Find the crystals that are the same, within and across space groups.

    Of equal crystals the one of lowest energy stands for all (at equal energies, the first id).

    Parameters
    ----------
    crystals : list of CrystalRow
        Of one molecule.
    settings : dict
        The validated section `sampling.duplicates`. Two crystals are the same when their energies and densities differ
        by less than `energy` and `density`, and, with the method `overlay`, when one laid over the other fits
        (`crystalspan.crystallography.repeats`), with `distances`, when all their mean neighbour distances do.
    largest_relative_energy : float, optional
        Leave out crystals further above the lowest energy than this (kJ/mol).
    report : callable (done, total), optional

    Returns
    -------
    Clusters

    Raises
    ------
    InputError
        The crystals hold different molecules, or a text cannot be read.
    """
    ordered = sorted(crystals, key=lambda row: (row.energy, row.id))
    kept = ordered
    if largest_relative_energy is not None and ordered:
        limit = ordered[0].energy + largest_relative_energy
        kept = [row for row in ordered if row.energy <= limit]
    same_as = np.empty(0, dtype=np.int64)
    if kept:
        energy, density = [row.energy for row in kept], [row.density for row in kept]
        if settings["method"] == "overlay":
            windows = Windows(**{one.name: settings[one.name] for one in dataclasses.fields(Windows)})
            same_as = confirmed(energy, density, _laid_out(kept, report), windows).same_as
        else:
            distances = np.array([fingerprint(one, settings["neighbours"]) for one in _read(kept, report)])
            windows_of = settings["energy"], settings["density"], settings["distance"]
            same_as = fingerprints.first_equals(energy, density, distances, *windows_of)
    return Clusters(kept, same_as, len(ordered) - len(kept))


def _read(rows, report) -> Iterator[Crystal]:
    """Read the crystals, which must hold the same atoms."""
    composition, reader = None, CrystalReader()
    for done, row in enumerate(rows, 1):
        crystal = reader.read(row.text, record=row.id)
        atoms = tuple(sorted(crystal.symbols))
        composition = composition or atoms
        if atoms != composition:
            raise InputError(
                "holds another molecule than the crystals before it",
                record=row.id,
                remedy="cluster the space groups of one molecule at a time",
            )
        yield crystal
        if report is not None:
            report(done, len(rows))


def _laid_out(rows, report) -> Packings:
    """Lay out the molecules of all crystals, each of which lists one, whole, with its atoms in the same order."""
    fractional: list = []
    matrices, operations = [], []
    numbers, molecule, bonds, is_whole = np.empty(0), np.empty((0, 3)), np.empty((0, 0)), False
    for row, crystal in zip(rows, _read(rows, report), strict=True):
        matrix = cell_matrix(crystal.cell)
        placed = crystal.fractional @ matrix
        listed = Molecule(row.molecule, crystal.symbols, placed).atomic_numbers
        own = bonded(listed, np.linalg.norm(placed[:, None] - placed, axis=-1))
        if not fractional:
            bonds, numbers, molecule = own, listed, placed
            is_whole = networkx.is_connected(graph_of_bonds(listed, own))
        if not is_whole or (listed != numbers).any() or (own != bonds).any():
            raise InputError(
                "does not list one molecule, whole and with its atoms in the order of the other crystals",
                record=row.id,
                remedy="such crystals cannot be laid over each other here: set sampling.duplicates.method to distances",
            )
        fractional.append(crystal.fractional)
        matrices.append(matrix)
        operations.append((crystal.rotations, crystal.translations))
    return lay_out(fractional, np.array(matrices), operations, numbers, molecule)


def equivalents(clusters: Clusters) -> list[tuple[str, str]]:
    """Return the rows of ``equivalent_to``: unique id, equivalent id.

    A crystal without duplicates is listed as its own equivalent, since readers take the distinct unique ids
    of this table for the list of unique crystals.
    """
    ids = [row.id for row in clusters.crystals]
    alone = np.bincount(clusters.same_as, minlength=len(ids)) == 1
    return [(ids[first], ids[row]) for row, first in enumerate(clusters.same_as) if row != first or alone[first]]
