"""Descriptions of the same crystal: changes of basis and origin that keep a space group, and a molecule's symmetry.

Euclidean and affine normalisers: International Tables for Crystallography A (2016), ch. 3.5, DOI
10.1107/97809553602060000933. Here they are found by trying, so that any group in its standard setting works.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np

from crystalspan.crystallography.molecules import Molecule
from crystalspan.crystallography.space_groups import operations
from crystalspan.sampling.packing import Packing, crystal_system

# Origins of the standard settings lie on multiples of this.
_GRID = 24
# Largest coefficient in a change of basis, which is a step of the cell's reduction. In a monoclinic group c' = c + 2a
# may keep what c' = c + a does not.
_COEFFICIENTS = {"triclinic": 1, "monoclinic": 2}
# Shapes whose like atoms agree so far are the same, angstrom; their charges, elementary charges.
_SAME_PLACE, _SAME_CHARGE = 1e-3, 1e-3


class Normaliser(NamedTuple):
    """Changes of description under which the operations of a space group stay the same.

    Basis rows become M L, coordinates M^-T (x - o).

    Attributes
    ----------
    matrices : (m, 3, 3) int64
        Changes of basis M, those of a step: products of them are changes, too.
    origins : (m, 3) float64
        An origin o of the old description for each; others differ by a translation of the next.
    translations : (t, 3) float64
        Shifts of the origin alone, modulo the lattice; without the polar directions, along which any shift is one.
    polar : (f,) int64
        Axes along which the origin is free.
    """

    matrices: np.ndarray
    origins: np.ndarray
    translations: np.ndarray
    polar: np.ndarray


@functools.cache
def normaliser(group: int) -> Normaliser:
    """The normaliser of a space group in its standard setting.

    Parameters
    ----------
    group : int
    """
    rotations, translations = operations(group)
    rotations = rotations.astype(np.int64)
    projector = rotations.mean(axis=0)
    polar = np.array([i for i in range(3) if np.allclose(projector[:, i], np.eye(3)[i])], dtype=np.int64)
    grid = _origins(polar)
    shifts = grid[_keeps(rotations, translations, np.eye(3, dtype=np.int64), grid)]
    matrices, origins = [], []
    # Most changes need no other origin, or a simple one.
    coarse = grid[(np.rint(grid * _GRID) % (_GRID // 4) == 0).all(axis=1)]
    for matrix in _changes(rotations, _COEFFICIENTS.get(crystal_system(group), 1)):
        for candidates in (grid[:1], coarse, grid):
            found = np.flatnonzero(_keeps(rotations, translations, matrix, candidates))
            if len(found):
                matrices.append(matrix)
                origins.append(candidates[found[0]])
                break
    return Normaliser(np.array(matrices), np.array(origins), shifts, polar)


def _origins(polar) -> np.ndarray:
    """Candidate origins (g, 3): a grid, without the directions along which it does not matter."""
    axes = [np.zeros(1) if i in polar else np.arange(_GRID) / _GRID for i in range(3)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


def _changes(rotations, largest) -> np.ndarray:
    """Changes of basis (c, 3, 3) that keep the rotations of a group as a set."""
    entries = np.arange(-largest, largest + 1)
    rows = np.array(list(itertools.product(entries, repeat=3)))
    fixed = _fixed_entries(rotations)
    found = []
    for first in rows[_fits(rows, fixed, 0)]:
        for second in rows[_fits(rows, fixed, 1)]:
            third = rows[_fits(rows, fixed, 2)]
            determinant = third @ np.cross(first, second)
            for row in third[np.abs(determinant) == 1]:
                found.append([first, second, row])
    matrices = np.array(found)
    codes = {rotation.tobytes() for rotation in rotations}
    inverse = np.rint(np.linalg.inv(matrices)).astype(np.int64)
    # W' = M^-T W M^T, rotation by rotation: few matrices are left after the first ones.
    keep = np.arange(len(matrices))
    for rotation in rotations:
        turned = np.einsum("mji,jk,mlk->mil", inverse[keep], rotation, matrices[keep])
        keep = keep[[np.ascontiguousarray(one).tobytes() in codes for one in turned]]
    return matrices[keep]


def _fixed_entries(rotations) -> np.ndarray:
    """Which entries of a change of basis are zero in every one: bases are orthogonal to others in all cells (3, 3)."""
    metrics = np.random.default_rng(0).standard_normal((3, 3))
    metric = metrics @ metrics.T + 3 * np.eye(3)
    metric = np.einsum("gji,jk,gkl->il", rotations, metric, rotations) / len(rotations)
    alone = np.array([np.allclose(np.delete(metric[i], i), 0.0) for i in range(3)])
    zero = np.zeros((3, 3), dtype=bool)
    if alone.sum() == 1:
        # A unique axis that is perpendicular to the two others keeps to itself.
        axis = int(np.flatnonzero(alone)[0])
        zero[axis], zero[:, axis] = True, True
        zero[axis, axis] = False
    return zero


def _fits(rows, zero, which) -> np.ndarray:
    return ~rows[:, zero[which]].any(axis=1)


def _keeps(rotations, translations, matrix, origins) -> np.ndarray:
    """For which origins (g,) a change of basis turns the operations into themselves, modulo the lattice."""
    back = np.rint(np.linalg.inv(matrix)).astype(np.int64).T
    turned = np.einsum("ij,gjk,lk->gil", back, rotations, matrix)
    good = np.ones(len(origins), dtype=bool)
    for old, new, shift in zip(rotations, turned, translations, strict=True):
        # x' = B (x - o): the operation's translation becomes B (w + (W - 1) o).
        moved = (shift + origins[good] @ (old - np.eye(3)).T) @ back.T
        alike = translations[(rotations == new).all(axis=(1, 2))]
        away = moved[:, None] - alike
        good[good] = (np.abs(away - np.rint(away)) < 1e-6).all(axis=2).any(axis=1)
    return good


def molecular_symmetry(packing: Packing) -> np.ndarray:
    """Rotations and reflections (s, 3, 3) float64 that bring a molecule onto itself, identity first.

    Positions and charges must agree, or the crystals that they relate would differ. The rotations are about the
    centre of mass, in the orientation of the molecule's file.

    Parameters
    ----------
    packing : Packing
    """
    body, molecule = packing.body, packing.molecule
    found = [np.eye(3)]
    for relabelling in _relabellings(molecule):
        for turn in _turns(body, body[relabelling]):
            away = np.abs(body @ turn.T - body[relabelling]).max()
            if away < _SAME_PLACE and not any(np.abs(turn - other).max() < 1e-2 for other in found):
                found.append(turn)
    return np.array(found)


def _relabellings(molecule: Molecule):
    charges = molecule.charges if molecule.charges is not None else np.zeros(len(molecule.symbols))
    distances = np.linalg.norm(molecule.positions[:, None] - molecule.positions, axis=-1)
    for relabelling in molecule.automorphisms:
        same = np.abs(charges - charges[relabelling]).max() < _SAME_CHARGE
        if same and np.abs(distances - distances[np.ix_(relabelling, relabelling)]).max() < 2 * _SAME_PLACE:
            yield relabelling


def _turns(body, target):
    """The rotation and the reflection that bring a body nearest to another (Kabsch)."""
    left, _, right = np.linalg.svd(target.T @ body)
    for sign in (1.0, -1.0):
        yield left @ np.diag([1.0, 1.0, sign]) @ right
