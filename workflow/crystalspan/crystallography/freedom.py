"""How many independent parameters a crystal of rigid molecules has, from the traces of its symmetry operations.

Each count is the multiplicity of the identity in a representation of a group: the mean of its characters. Strains of
the point group G, 1/|G| sum [tr(R)^2 + tr(R^2)] / 2; shifts (vectors) and turns (axial vectors) of a molecule with the
site group S, 1/|S| sum tr(s) and 1/|S| sum det(s) tr(s); directions in which the origin is free, 1/|G| sum tr(R).
The mathematics of normal modes (Bradley and Cracknell, The Mathematical Theory of Symmetry in Solids, 1972, ISBN
0198519206), applied to rigid molecules.
"""

import numpy as np

from crystalspan.arrays import Floats, Integers

# A molecule is linear when its extent across its axis is below this share of that along it.
_FLAT = 1e-3


def free_cell(rotations: Integers) -> int:
    """Return the number of free lengths and angles of the cell; rotations (m, 3, 3) of the whole space group."""
    traces = _traces(rotations)
    return _mean((traces**2 + _traces(np.matmul(rotations, rotations, dtype=np.int64))) / 2)


def free_origin(rotations: Integers) -> int:
    """Return in how many directions the origin is free, (m, 3, 3) rotations of the whole space group."""
    return _mean(_traces(rotations))


def free_molecule(site: Integers, matrix: Floats, axes: np.ndarray) -> int:
    """Return the number of shifts and turns that a site group leaves a rigid molecule.

    Parameters
    ----------
    site : (k, 3, 3) int
        Rotations of the site group, acting on fractional columns.
    matrix : (3, 3) float64, angstrom
        Edges of the cell as rows.
    axes : (a, 3) float64
        Orthonormal Cartesian directions, about which turning moves no atom, from `idle_axes`.
    """
    traces, signs = _traces(site), np.rint(np.linalg.det(site))
    idle = np.zeros(len(site))
    if len(axes):
        turns = np.linalg.inv(matrix) @ np.transpose(site, (0, 2, 1)) @ matrix
        idle = np.einsum("ai,kij,aj->k", axes, turns, axes)
    return _mean(traces) + _mean(signs * (traces - idle))


def idle_axes(positions: Floats) -> np.ndarray:
    """Return the axes about which turning moves no atom: 0 of a molecule, 1 of a linear one, 3 of an atom, (a, 3).

    Parameters
    ----------
    positions : (n, 3) float64, angstrom
    """
    centred = np.asarray(positions) - np.mean(positions, axis=0)
    if len(centred) < 2:
        return np.eye(3)
    squares, axes = np.linalg.eigh(centred.T @ centred)
    return axes[:, 2:].T if squares[1] < _FLAT**2 * squares[2] else np.zeros((0, 3))


def _traces(rotations) -> np.ndarray:
    return np.trace(rotations, axis1=1, axis2=2).astype(np.int64)


def _mean(characters) -> int:
    """An integer by construction."""
    return round(float(np.mean(characters)))
