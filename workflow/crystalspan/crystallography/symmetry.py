"""The symmetry that the atoms of a cell have, found by spglib."""

import dataclasses
from typing import Any

import numpy as np
import spglib
import spglib.error

from crystalspan.arrays import ArrayLike
from crystalspan.crystallography import cell


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
    lattice = cell.cell_matrix(cell_parameters)
    # Its hints know lists only.
    crystal: Any = (lattice, np.asarray(fractional), np.asarray(atomic_numbers, dtype=np.intc))
    try:
        found = spglib.get_symmetry_dataset(crystal, symprec=tolerance)
    except spglib.error.SpglibError:
        return None
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
