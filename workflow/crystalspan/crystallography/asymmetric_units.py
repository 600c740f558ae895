"""Asymmetric units and full groups, from whole molecules and the operations that place each of them once.

A landscape lists whole molecules and, where they lie on special positions, only so many operations as give every
molecule once (`crystalspan.crystallography.completion`). A CIF states all operations of the space group, and each atom
once: this is the way back.
"""

import dataclasses
import functools
import itertools

import numpy as np

from crystalspan.arrays import Floats, Integers
from crystalspan.crystallography import cell, space_groups
from crystalspan.crystallography.lattices import SAME_SITE, product_table
from crystalspan.crystallography.symmetry import find_symmetry
from crystalspan.errors import InputError

# Molecules completed by symmetry are symmetric to within the digits of their file, or to within a site (angstrom).
_TOLERANCES = (1e-4, 1e-3, 1e-2, SAME_SITE)
# Translations found of atoms are fractions with noise.
_GRID, _NEAR = 24, 2e-3
_MOST_CHOICES = 20_000


@dataclasses.dataclass(frozen=True, eq=False)
class AsymmetricUnit:
    """A crystal as a CIF states it.

    Parameters
    ----------
    rotations : (g, 3, 3) int8, translations : (g, 3) float64
        All operations of the space group, identity first.
    atoms : (k,) int64
        Rows of the listed atoms, no two of which are symmetry copies.
    fractional : (k, 3) float64
        Where they are; an atom on a special position lies exactly on it.
    """

    rotations: np.ndarray
    translations: np.ndarray
    atoms: np.ndarray
    fractional: np.ndarray


def asymmetric_unit(
    space_group: int,
    order: int,
    atomic_number: Integers,
    fractional: Floats,
    cell_parameters: Floats,
    rotations: Integers,
    translations: Floats,
) -> AsymmetricUnit | None:
    """All operations of a crystal, and its independent atoms.

    Parameters
    ----------
    space_group : int
    order : int
        How many operations there are, centring included.
    atomic_number : (n,) int
    fractional : (n, 3) float
        The listed atoms.
    cell_parameters : (6,) float, angstrom and degrees
    rotations : (m, 3, 3) int, translations : (m, 3) float
        They place every listed molecule once, identity first.

    Returns
    -------
    AsymmetricUnit or None
        None when the atoms show no group of this number.
    """
    turns, shifts = np.ascontiguousarray(rotations, np.int8), np.ascontiguousarray(translations, np.float64)
    if len(turns) == order and _number(turns.tobytes(), shifts.tobytes()) == space_group:
        return AsymmetricUnit(turns, shifts, np.arange(len(fractional)), np.asarray(fractional, dtype=np.float64))
    copies = np.einsum("mij,nj->mni", turns.astype(np.float64), fractional) + shifts[:, None]
    numbers = np.tile(atomic_number, len(turns))
    for tolerance in _TOLERANCES:
        found = find_symmetry(numbers, copies.reshape(-1, 3), cell_parameters, tolerance)
        if found is None:
            continue
        every = found.rotations, _clean(found.translations)
        rows = _subgroup(*every, turns, shifts, order, space_group)
        if rows is not None:
            return _independent(every[0][rows], every[1][rows], fractional, cell.cell_matrix(cell_parameters))
    return None


@functools.lru_cache(maxsize=1024)
def _number(turns: bytes, shifts: bytes) -> int:
    """The space group's number of operations, 0 where they make none."""
    try:
        return space_groups.number_from_operations(
            np.frombuffer(turns, np.int8).reshape(-1, 3, 3), np.frombuffer(shifts, np.float64).reshape(-1, 3)
        )
    except InputError:
        return 0


def _clean(translations: np.ndarray) -> np.ndarray:
    fractions = np.rint(translations * _GRID) / _GRID
    return np.where(np.abs(translations - fractions) < _NEAR, fractions, np.round(translations, 10)) % 1.0


def _subgroup(rotations, translations, turns, shifts, order: int, space_group: int) -> np.ndarray | None:
    """Rows of a subgroup of the order and number asked for that holds some operations; crystals may have more."""
    held = []
    for turn, shift in zip(turns, shifts, strict=True):
        apart = translations - shift
        near = (np.abs(apart - np.rint(apart)) < 10 * _NEAR).all(axis=1) & (rotations == turn).all(axis=(1, 2))
        if not near.any():
            return None
        held.append(int(np.flatnonzero(near)[0]))
    table = product_table(rotations, translations)
    every = range(len(table))
    # Three generators make any point group; the whole is what is asked for nearly always.
    choices = itertools.chain([(), every], *(itertools.combinations(every, number) for number in (1, 2, 3)))
    for more in itertools.islice(choices, _MOST_CHOICES):
        rows = _closure([0, *held, *more], table, order)
        if rows is not None and len(rows) == order:
            made = np.ascontiguousarray(rotations[rows]), np.ascontiguousarray(translations[rows])
            if _number(made[0].tobytes(), made[1].tobytes()) == space_group:
                return rows
    return None


def _closure(generators, table: np.ndarray, most: int) -> np.ndarray | None:
    """Rows of the group that some operations generate, ascending; None when there are too many, or it is none."""
    found = np.unique(generators)
    while len(found) <= most:
        larger = np.unique(table[np.ix_(found, found)])
        if larger[0] < 0:
            return None
        if len(larger) == len(found):
            return found
        found = larger
    return None


def _independent(rotations, translations, fractional, matrix) -> AsymmetricUnit:
    """Keep the first atom of each set of symmetry copies; put those on special positions exactly there."""
    rows, places = [], np.zeros((0, 3))
    for i, atom in enumerate(np.asarray(fractional, dtype=np.float64)):
        images = rotations @ atom + translations
        for apart in (images - other for other in places):
            if (np.linalg.norm((apart - np.rint(apart)) @ matrix, axis=1) < SAME_SITE).any():
                break
        else:
            apart = images - atom
            apart -= np.rint(apart)
            on_it = np.linalg.norm(apart @ matrix, axis=1) < SAME_SITE
            rows.append(i)
            places = np.vstack([places, atom + apart[on_it].mean(axis=0)])
    return AsymmetricUnit(rotations, translations, np.array(rows, dtype=np.int64), places)
