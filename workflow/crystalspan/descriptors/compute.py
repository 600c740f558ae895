"""Symmetry functions of crystals: the public door to the kernel."""

import functools

import numpy as np

from crystalspan.descriptors import _kernel
from crystalspan.descriptors.parameters import SymmetryFunctions, terms
from crystalspan.errors import InputError

# Working out the constants takes longer than a small crystal.
_terms = functools.lru_cache(maxsize=16)(terms)


def describe_crystal(
    functions: SymmetryFunctions, elements, cell, rotations, translations, fractional, atomic_number, molecule
) -> np.ndarray:
    """Describe the surroundings of every atom of a crystal's asymmetric unit by symmetry functions.

    Smith, Isayev, Roitberg, Chem. Sci. 2017, 8, 3192, eqs 3 and 4, DOI 10.1039/C6SC05720A. Every periodic image within
    the cutoff counts, also of the centre itself.

    Parameters
    ----------
    functions : SymmetryFunctions
    elements : (n_elements,) int
        Atomic numbers of the neighbours that are told apart, ascending: those of the landscape's molecule, so that
        all its structures have the same columns.
    cell : (3, 3) float, angstrom
        Rows a, b, c.
    rotations : (m, 3, 3) int; translations : (m, 3) float
        Operations x' = R x + t on fractional coordinates that place each symmetry copy of the molecules exactly once
        (modulo the lattice), identity first.
    fractional : (n_atoms, 3) float
        Whole, unwrapped molecules of the asymmetric unit.
    atomic_number : (n_atoms,) int
    molecule : (n_atoms,) int
        Index of the symmetry-independent molecule of each atom, from 0.

    Returns
    -------
    (n_atoms, d) float64
        Columns as in `crystalspan.descriptors.parameters.columns`.

    Raises
    ------
    InputError
        An atom's element is not among `elements`, or the arrays do not describe a crystal.
    """
    n_atoms = len(fractional)
    return describe_crystals(
        functions,
        elements,
        np.asarray(cell, dtype=np.float64)[None],
        np.zeros(1, dtype=np.int64),
        np.array([0, len(rotations)]),
        rotations,
        translations,
        np.array([0, n_atoms]),
        fractional,
        atomic_number,
        molecule,
    )


def describe_crystals(
    functions: SymmetryFunctions,
    elements,
    cells,
    setting,
    setting_offset,
    rotations,
    translations,
    atom_offset,
    fractional,
    atomic_number,
    molecule,
) -> np.ndarray:
    """Describe the atoms of many crystals; the arrays are those of a landscape file.

    The values of a crystal do not depend on the crystals that are given with it.

    Parameters
    ----------
    functions, elements : as in `describe_crystal`
    cells : (n, 3, 3) float, angstrom
    setting : (n,) int
        Crystal i has operations ``setting_offset[setting[i]]:setting_offset[setting[i] + 1]``.
    setting_offset : (s + 1,) int
    rotations : (M, 3, 3) int; translations : (M, 3) float
    atom_offset : (n + 1,) int
        Crystal i has atoms ``atom_offset[i]:atom_offset[i + 1]``.
    fractional : (N, 3) float; atomic_number, molecule : (N,) int

    Returns
    -------
    (N, d) float64
    """
    elements = np.asarray(elements, dtype=np.int64)
    cells = np.ascontiguousarray(cells, dtype=np.float64).reshape(-1, 3, 3)
    atom_offset = np.ascontiguousarray(atom_offset, dtype=np.int64)
    fractional = np.ascontiguousarray(fractional, dtype=np.float64).reshape(-1, 3)
    molecule = np.ascontiguousarray(molecule, dtype=np.int64)
    setting = np.ascontiguousarray(setting, dtype=np.int64)
    setting_offset = np.ascontiguousarray(setting_offset, dtype=np.int64)
    rotations = np.ascontiguousarray(rotations, dtype=np.int64).reshape(-1, 3, 3)
    translations = np.ascontiguousarray(translations, dtype=np.float64).reshape(-1, 3)
    element = _element_indices(elements, np.asarray(atomic_number, dtype=np.int64))
    _check(cells, setting, setting_offset, rotations, translations, atom_offset, fractional, molecule, element)
    out = np.empty((len(fractional), functions.n_values(len(elements))))
    _kernel.describe(
        cells,
        setting,
        setting_offset,
        rotations,
        translations,
        atom_offset,
        fractional,
        element,
        molecule,
        len(elements),
        functions.neighbours == "intermolecular",
        _terms(functions),
        out,
    )
    return out


def _element_indices(elements, atomic_number) -> np.ndarray:
    if len(elements) == 0 or np.any(np.diff(elements) <= 0):
        raise InputError(f"elements {elements.tolist()} are not distinct and ascending atomic numbers")
    index = np.minimum(np.searchsorted(elements, atomic_number), len(elements) - 1)
    strange = elements[index] != atomic_number
    if strange.any():
        raise InputError(
            f"atomic number {atomic_number[strange].min()} is not among the landscape's elements {elements.tolist()}",
            remedy="all structures of a landscape hold the same molecule",
        )
    return index


def _check(cells, setting, setting_offset, rotations, translations, atom_offset, fractional, molecule, element):
    n = len(cells)
    if len(setting) != n or len(atom_offset) != n + 1 or (n and atom_offset[0] != 0):
        raise InputError("cells, settings and atoms do not belong to the same number of crystals")
    if not len(fractional) == len(molecule) == len(element) == (atom_offset[-1] if n else 0):
        raise InputError("fractional coordinates, atomic numbers and molecules differ in length")
    if np.any(np.diff(atom_offset) < 1):
        raise InputError("a crystal without atoms has no descriptor")
    if len(rotations) != len(translations) or len(rotations) != setting_offset[-1]:
        raise InputError("rotations, translations and settings differ in length")
    if n and (setting.min() < 0 or setting.max() >= len(setting_offset) - 1):
        raise InputError("a crystal refers to a setting that does not exist")
    used = setting_offset[np.flatnonzero(np.bincount(setting))]
    if np.any(rotations[used] != np.eye(3, dtype=np.int64)) or np.any(translations[used] != 0.0):
        raise InputError("the first operation of a setting is not the identity")
    if not (np.all(np.isfinite(cells)) and np.all(np.isfinite(fractional))):
        raise InputError("cells or coordinates are not finite numbers")
    if n and np.min(np.abs(np.linalg.det(cells))) < 1e-3:
        raise InputError("a cell has no volume")
    if n and molecule.min() < 0:
        raise InputError("molecule indices start at 0")
