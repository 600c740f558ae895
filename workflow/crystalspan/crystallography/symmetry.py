"""The symmetry that the atoms of a cell have, found by spglib."""

import dataclasses

import numpy as np
import spglib
import spglib.error

from crystalspan.arrays import ArrayLike, Floats
from crystalspan.crystallography import cell, space_groups


@dataclasses.dataclass(frozen=True, eq=False)
class FoundSymmetry:
    """The operations that leave a crystal the same, in the cell in which it is given.

    Parameters
    ----------
    space_group : int
    rotations : (m, 3, 3) int8; translations : (m, 3) float64
        All of them, centring included, identity first.
    independent : (k,) int64
        Atoms no two of which are symmetry copies: one for each set of copies, the first listed one.
    """

    space_group: int
    rotations: np.ndarray
    translations: np.ndarray
    independent: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class PrimitiveCell:
    """A smallest cell of a crystal.

    Parameters
    ----------
    parameters : (6,) float64, angstrom and degrees
    atoms : (k,) int64
        Rows of the given atoms that are in it: of those that a lattice translation makes alike, the first listed one.
    fractional : (k, 3) float64
        In the new cell.
    """

    parameters: np.ndarray
    atoms: np.ndarray
    fractional: np.ndarray


def find_symmetry(
    atomic_numbers: ArrayLike, fractional: ArrayLike, cell_parameters: ArrayLike, tolerance: float
) -> FoundSymmetry | None:
    """Find the operations that bring every atom of a cell to within a tolerance of one of its like.

    Parameters
    ----------
    atomic_numbers : (n,) int
    fractional : (n, 3) float
        All atoms of the cell.
    cell_parameters : (6,) float
        Angstrom and degrees.
    tolerance : float
        Angstrom (spglib's symprec).

    Returns
    -------
    FoundSymmetry or None
        None when spglib finds no consistent group.
    """
    found = _dataset(atomic_numbers, fractional, cell.cell_matrix(cell_parameters), tolerance)
    if found is None:
        return None
    identity = np.abs(found.rotations - np.eye(3)).sum(axis=(1, 2)) + np.abs(
        found.translations - np.rint(found.translations)
    ).sum(axis=1)
    order = np.argsort(identity > 1e-6, kind="stable")
    translations = found.translations[order]
    translations[0] = 0.0
    return FoundSymmetry(
        int(found.number), found.rotations[order].astype(np.int8), translations, np.unique(found.equivalent_atoms)
    )


def shows_all(found: FoundSymmetry) -> bool:
    """Tell whether the operations are all of their space group; a cell of several others may hide axes."""
    pure = sum(np.array_equal(rotation, np.eye(3)) for rotation in found.rotations)
    return len(found.rotations) == pure * space_groups.point_group_order(found.space_group)


def find_primitive_cell(
    atomic_numbers: ArrayLike, fractional: Floats, cell_parameters: ArrayLike, tolerance: float
) -> PrimitiveCell | None:
    """Return a smallest cell of a crystal; None when spglib finds none, or that which is given is one.

    Parameters are those of `find_symmetry`.
    """
    lattice = cell.cell_matrix(cell_parameters)
    found = _dataset(atomic_numbers, fractional, lattice, tolerance)
    if found is None:
        return None
    _, atoms = np.unique(found.mapping_to_primitive, return_index=True)
    if len(atoms) == len(fractional):
        return None
    edges = found.primitive_lattice
    edges = edges if np.linalg.det(edges) > 0 else -edges
    atoms = np.sort(atoms)
    return PrimitiveCell(
        cell.cell_parameters(edges), atoms, np.asarray(fractional)[atoms] @ lattice @ np.linalg.inv(edges)
    )


def _dataset(atomic_numbers, fractional, lattice, tolerance):
    try:
        return spglib.get_symmetry_dataset(
            (lattice, np.asarray(fractional), np.asarray(atomic_numbers, dtype=np.intc)), symprec=tolerance
        )
    except spglib.error.SpglibError:
        return None
