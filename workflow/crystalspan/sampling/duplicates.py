"""Removing duplicates within and across space groups, by a measure that does not depend on the cell."""

import dataclasses
from collections.abc import Callable

import numpy as np

from crystalspan.crystallography import fingerprints
from crystalspan.crystallography.cell import cell_matrix
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
    energy: float,
    density: float,
    distance: float,
    neighbours: int,
    largest_relative_energy: float | None = None,
    report: Callable[[int, int], None] | None = None,
) -> Clusters:
    """Find the crystals that are the same, within and across space groups.

    Two crystals are the same when energies, densities and all mean neighbour distances differ by less than
    their windows. Of equal crystals the one of lowest energy stands for all (at equal energies, the first
    id).

    Parameters
    ----------
    crystals : list of CrystalRow
        Of one molecule.
    energy, density, distance : float
        Windows in kJ/mol, g/cm3, angstrom.
    neighbours : int
        How many nearest atoms the distances reach.
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
    distances = _fingerprints(kept, neighbours, report)
    same_as = np.empty(0, dtype=np.int64)
    if kept:
        same_as = fingerprints.first_equals(
            [row.energy for row in kept], [row.density for row in kept], distances, energy, density, distance
        )
    return Clusters(kept, same_as, len(ordered) - len(kept))


def _fingerprints(rows, neighbours, report) -> np.ndarray:
    """Return the neighbour distances of all crystals, which must hold the same atoms, shape (n, d)."""
    found, composition, reader = [], None, CrystalReader()
    for row in rows:
        crystal = reader.read(row.text, record=row.id)
        atoms = tuple(sorted(crystal.symbols))
        composition = composition or atoms
        if atoms != composition:
            raise InputError(
                "holds another molecule than the crystals before it",
                record=row.id,
                remedy="cluster the space groups of one molecule at a time",
            )
        found.append(fingerprint(crystal, neighbours))
        if report is not None:
            report(len(found), len(rows))
    return np.array(found)


def equivalents(clusters: Clusters) -> list[tuple[str, str]]:
    """Return the rows of ``equivalent_to``: unique id, equivalent id.

    A crystal without duplicates is listed as its own equivalent, since readers take the distinct unique ids
    of this table for the list of unique crystals.
    """
    ids = [row.id for row in clusters.crystals]
    alone = np.bincount(clusters.same_as, minlength=len(ids)) == 1
    return [(ids[first], ids[row]) for row, first in enumerate(clusters.same_as) if row != first or alone[first]]
