"""Crystals as flat arrays, one after the other: what the kernel describes."""

import dataclasses

import numpy as np

from crystalspan.arrays import ArrayLike, Floats, Integers
from crystalspan.crystallography.cell import cell_matrix
from crystalspan.errors import InputError
from crystalspan.landscape.file import Landscape


@dataclasses.dataclass(frozen=True, eq=False)
class Crystals:
    """n crystals of N atoms in all (those of the asymmetric units), with s settings of M operations together.

    Parameters
    ----------
    cells : (n, 3, 3) float64, angstrom
        Rows a, b, c.
    setting : (n,) int
        Crystal i has operations ``setting_offset[setting[i]]:setting_offset[setting[i] + 1]``.
    setting_offset : (s + 1,) int
    rotations : (M, 3, 3) int
    translations : (M, 3) float64
        Operations x' = R x + t on fractional coordinates that place each symmetry copy of the molecules exactly once
        (modulo the lattice), identity first.
    atom_offset : (n + 1,) int
        Crystal i has atoms ``atom_offset[i]:atom_offset[i + 1]``.
    fractional : (N, 3) float64
        Whole, unwrapped molecules of the asymmetric unit.
    atomic_number : (N,) int
    molecule : (N,) int
        Index of the symmetry-independent molecule of each atom, from 0 in each crystal.
    """

    cells: np.ndarray
    setting: np.ndarray
    setting_offset: np.ndarray
    rotations: np.ndarray
    translations: np.ndarray
    atom_offset: np.ndarray
    fractional: np.ndarray
    atomic_number: np.ndarray
    molecule: np.ndarray

    @classmethod
    def of_landscape(cls, landscape: Landscape) -> "Crystals":
        """The crystals of a landscape, or of a part of it."""
        return cls(
            cell_matrix(landscape.cell),
            landscape.setting,
            landscape.setting_offset,
            landscape.rotation,
            landscape.translation,
            landscape.atom_offset,
            landscape.fractional,
            landscape.atomic_number,
            landscape.molecule,
        )

    @classmethod
    def alike(
        cls,
        cells: Floats,
        fractional: Floats,
        rotations: Integers,
        translations: Floats,
        atomic_number: ArrayLike,
        molecule: ArrayLike,
    ) -> "Crystals":
        """Crystals of the same molecules and operations, which differ in cell and coordinates only.

        Parameters
        ----------
        cells : (n, 3, 3) float64, angstrom
        fractional : (n, n_atoms, 3) float64
        rotations : (m, 3, 3) int
        translations : (m, 3) float64
        atomic_number, molecule : (n_atoms,) int
        """
        n, n_atoms = np.shape(fractional)[:2]
        return cls(
            cells,
            np.zeros(n, dtype=np.int64),
            np.array([0, len(rotations)]),
            rotations,
            translations,
            n_atoms * np.arange(n + 1),
            np.reshape(fractional, (-1, 3)),
            np.tile(atomic_number, n),
            np.tile(molecule, n),
        )

    def contiguous(self) -> "Crystals":
        """The same crystals in the types and the layout of memory for which the kernel is compiled.

        Raises
        ------
        InputError
            The arrays do not describe crystals.
        """
        integers = {
            name: np.ascontiguousarray(getattr(self, name), dtype=np.int64)
            for name in ("setting", "setting_offset", "rotations", "atom_offset", "atomic_number", "molecule")
        }
        found = Crystals(
            **integers | {"rotations": integers["rotations"].reshape(-1, 3, 3)},
            cells=np.ascontiguousarray(self.cells, dtype=np.float64).reshape(-1, 3, 3),
            translations=np.ascontiguousarray(self.translations, dtype=np.float64).reshape(-1, 3),
            fractional=np.ascontiguousarray(self.fractional, dtype=np.float64).reshape(-1, 3),
        )
        _check(found)
        return found


def _check(given: Crystals):
    n, n_atoms = len(given.cells), len(given.fractional)
    if len(given.setting) != n or len(given.atom_offset) != n + 1 or (n and given.atom_offset[0] != 0):
        raise InputError("cells, settings and atoms do not belong to the same number of crystals")
    if not n_atoms == len(given.molecule) == len(given.atomic_number) == (given.atom_offset[-1] if n else 0):
        raise InputError("fractional coordinates, atomic numbers and molecules differ in length")
    if np.any(np.diff(given.atom_offset) < 1):
        raise InputError("a crystal without atoms has no descriptor")
    _check_operations(given)
    if not (np.all(np.isfinite(given.cells)) and np.all(np.isfinite(given.fractional))):
        raise InputError("cells or coordinates are not finite numbers")
    if n and np.min(np.abs(np.linalg.det(given.cells))) < 1e-3:
        raise InputError("a cell has no volume")
    if n and given.molecule.min() < 0:
        raise InputError("molecule indices start at 0")


def _check_operations(given: Crystals):
    setting, offset = given.setting, given.setting_offset
    if len(given.rotations) != len(given.translations) or len(given.rotations) != offset[-1]:
        raise InputError("rotations, translations and settings differ in length")
    if len(setting) and (setting.min() < 0 or setting.max() >= len(offset) - 1):
        raise InputError("a crystal refers to a setting that does not exist")
    used = offset[np.flatnonzero(np.bincount(setting))]
    if np.any(given.rotations[used] != np.eye(3, dtype=np.int64)) or np.any(given.translations[used] != 0.0):
        raise InputError("the first operation of a setting is not the identity")
