"""Conformers: the shapes in which the molecules of the accepted structures come, numbered in order of energy.

Two shapes are one conformer when the root mean square difference of their intramolecular distances is within a
tolerance under some relabelling that keeps the bonds; so a mirror image is the same conformer. Each conformer is known
by the first molecule that has it, and every molecule belongs to the first conformer that it is like.

Only the structures that stay are numbered, so the numbers have no gaps and depend on nothing that was turned down.
"""

from collections.abc import Sequence

import numpy as np

from crystalspan.landscape import _shapes
from crystalspan.landscape.reference import Reference

MIXED = -1
# Of the search for candidates: more coordinates tell shapes apart better, fewer are searched faster.
_COORDINATES = 8
_SAMPLE = 64
_BLOCK = 1 << 22  # values of a block of fingerprints


def conformers(
    fractional: Sequence[np.ndarray], matrices: np.ndarray, reference: Reference, tolerance: float
) -> tuple[np.ndarray, int]:
    """Number the conformers of structures, in their order.

    Parameters
    ----------
    fractional : sequence of s arrays (q * n, 3) float64
        The molecules of each structure in the reference's atom order, one after the other; q may differ.
    matrices : (s, 3, 3) float64, angstrom
    reference : Reference
        Its shape is conformer 0.
    tolerance : float, angstrom

    Returns
    -------
    numbers : (s,) int32
        -1 (`MIXED`) for structures of several conformers.
    count : int
        Different conformers among all molecules.
    """
    n = len(reference.numbers)
    if not len(fractional):
        return np.zeros(0, dtype=np.int32), 0
    listed = np.array([len(atoms) // n for atoms in fractional])
    positions = [(atoms @ matrix).reshape(-1, n, 3) for atoms, matrix in zip(fractional, matrices, strict=True)]
    found = shape_numbers(np.concatenate([reference.positions[None], *positions]), reference, tolerance)[1:]
    first = np.concatenate([[0], np.cumsum(listed)[:-1]])
    lowest, highest = np.minimum.reduceat(found, first), np.maximum.reduceat(found, first)
    return np.where(lowest == highest, lowest, MIXED).astype(np.int32), len(np.unique(found))


def shape_numbers(positions: np.ndarray, reference: Reference, tolerance: float) -> np.ndarray:
    """Return for each molecule the number of the first shape that it is like, (m,) int64.

    Only those that are nearly alike are compared: candidates come from invariants of the molecules, which differ by no
    more than the distances do.

    Parameters
    ----------
    positions : (m, n, 3) float64, angstrom
        In the reference's atom order.
    reference : Reference
    tolerance : float, angstrom
        Root mean square.
    """
    n = positions.shape[1]
    pairs = n * (n - 1) // 2
    number = np.full(len(positions), -1)
    if pairs == 0:
        return np.zeros_like(number)
    limit = pairs * tolerance**2
    invariants, reach, count = _invariants(positions, reference.automorphisms), np.sqrt(limit) + 1e-6, 0
    order = np.argsort(invariants[:, 0], kind="stable")
    along = invariants[order, 0]
    for row in range(len(positions)):
        if number[row] >= 0:
            continue
        first, last = np.searchsorted(along, [invariants[row, 0] - reach, invariants[row, 0] + reach])
        near = order[first:last]
        near = np.sort(near[number[near] < 0])
        near = near[((invariants[near] - invariants[row]) ** 2).sum(axis=1) <= reach**2]
        same = near[_shapes.alike(positions, row, near, reference.automorphisms, limit)]
        number[same] = count
        number[row] = count
        count += 1
    return number


def _invariants(positions, automorphisms) -> np.ndarray:
    """Return coordinates of molecules (m, d) that no relabelling changes; distances in them are lower limits.

    The mean over an orbit of pairs of atoms (pairs that relabellings carry into each other), times the root of their
    number, is a projection of the vector of distances; so are principal axes of these.
    """
    orbit = _shapes.orbits(automorphisms)
    size = np.bincount(orbit[np.triu_indices(len(orbit), 1)])
    step = max(1, len(positions) // _SAMPLE)
    sample = np.empty((len(positions[::step]), len(size)))
    _shapes.orbit_means(np.ascontiguousarray(positions[::step]), orbit, size, sample)
    centre = sample.mean(axis=0)
    axes = np.linalg.svd(sample - centre, full_matrices=False)[2][:_COORDINATES]
    found = np.empty((len(positions), len(axes)))
    rows = max(1, _BLOCK // len(size))
    for start in range(0, len(positions), rows):
        block = positions[start : start + rows]
        means = np.empty((len(block), len(size)))
        _shapes.orbit_means(block, orbit, size, means)
        found[start : start + rows] = (means - centre) @ axes.T
    return found
