"""Crystals told apart by a measure that knows no cell, no setting and no order of atoms."""

import numpy as np

from crystalspan.arrays import ArrayLike, Floats, Integers
from crystalspan.crystallography import _fingerprints


def neighbour_distances(
    kinds: ArrayLike, fractional: Floats, matrix: Floats, rotations: Integers, translations: Floats, neighbours: int
) -> np.ndarray:
    """Return the mean sorted distances from the atoms of each element to their nearest atoms in the crystal.

    Averages over the atoms of an element of what Widdowson et al. average over all (average minimum distances,
    MATCH Commun. Math. Comput. Chem. 2022, 87, 529, DOI 10.46793/match.87-3.529W).

    Parameters
    ----------
    kinds : (n,) array
        Element of each atom, in any form that can be sorted.
    fractional : (n, 3) float64
        Atoms that the operations multiply; atoms on special positions count once.
    matrix : (3, 3) float64, angstrom
        As from `cell_matrix`.
    rotations : (m, 3, 3) int; translations : (m, 3) float64
    neighbours : int
        How many nearest atoms, of any element, in the same molecule or another.

    Returns
    -------
    (elements * neighbours,) float64
        Angstrom; elements in sorted order.
    """
    elements, index = np.unique(kinds, return_inverse=True)
    means = _fingerprints.mean_distances(
        fractional, index, len(elements), np.asarray(rotations, dtype=np.float64), translations, matrix, neighbours
    )
    return means.ravel()


def first_equals(
    energy: ArrayLike,
    density: ArrayLike,
    distances: ArrayLike,
    energy_window: float,
    density_window: float,
    distance_window: float,
) -> np.ndarray:
    """Return for each crystal the first one that it equals, itself when it is new.

    Two crystals are the same when energies, densities and all mean neighbour distances differ by less than their
    windows.

    Parameters
    ----------
    energy : (n,) float64, kJ/mol, ascending
    density : (n,) float64, g/cm3
    distances : (n, d) float64, angstrom
        As from `neighbour_distances`.
    energy_window, density_window, distance_window : float

    Returns
    -------
    (n,) int64
    """
    return _fingerprints.representatives(
        np.asarray(energy, dtype=np.float64),
        np.asarray(density, dtype=np.float64),
        np.asarray(distances, dtype=np.float64),
        energy_window,
        density_window,
        distance_window,
    )
