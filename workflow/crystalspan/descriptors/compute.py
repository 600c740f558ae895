"""Symmetry functions of crystals: the public door to the kernel."""

import functools

import numpy as np

from crystalspan.arrays import ArrayLike, Floats, Integers
from crystalspan.descriptors import _kernel
from crystalspan.descriptors.crystals import Crystals
from crystalspan.descriptors.parameters import SymmetryFunctions, terms
from crystalspan.errors import InputError

# Working out the constants takes longer than a small crystal.
_terms = functools.lru_cache(maxsize=16)(terms)


def describe_crystal(
    functions: SymmetryFunctions,
    elements: ArrayLike,
    cell: ArrayLike,
    rotations: Integers,
    translations: Floats,
    fractional: ArrayLike,
    atomic_number: ArrayLike,
    molecule: ArrayLike,
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
    one = Crystals.alike(
        np.asarray(cell)[None], np.asarray(fractional)[None], rotations, translations, atomic_number, molecule
    )
    return describe_crystals(functions, elements, one)


def describe_crystals(functions: SymmetryFunctions, elements: ArrayLike, crystals: Crystals) -> np.ndarray:
    """Describe the atoms of many crystals.

    The values of a crystal do not depend on the crystals that are given with it.

    Parameters
    ----------
    functions, elements : as in `describe_crystal`
    crystals : Crystals
        N atoms in all.

    Returns
    -------
    (N, d) float64

    Raises
    ------
    InputError
        An atom's element is not among `elements`, or the arrays do not describe crystals.
    """
    elements = np.asarray(elements, dtype=np.int64)
    held = crystals.contiguous()
    element = _element_indices(elements, held.atomic_number)
    out = np.empty((len(held.fractional), functions.n_values(len(elements))))
    _kernel.write_descriptors(
        held.cells,
        held.setting,
        held.setting_offset,
        held.rotations,
        held.translations,
        held.atom_offset,
        held.fractional,
        element,
        held.molecule,
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
