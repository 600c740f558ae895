"""Whether the atoms that a file lists make the formula that it states."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from crystalspan.crystallography import cell as cells
from crystalspan.crystallography.completion import LARGEST_MOLECULE, site_multiplicities, whole_molecules
from crystalspan.crystallography.elements import same_composition
from crystalspan.errors import InputError
from crystalspan.formats.records import SYMBOLS

_LARGEST_CELL = 40_000
_NARROWEST = 0.25  # angstrom between planes; searches through closer ones take for ever
MISSING = "add the missing atoms (hydrogens are often left out), or correct the formula"


def agrees(
    numbers: bytes,
    fractional: np.ndarray,
    cell: Sequence[float],
    operations: tuple[np.ndarray, np.ndarray],
    stated: dict[int, float],
) -> bool:
    """Tell whether listed atoms and their symmetry copies make a formula or multiples of it.

    Parameters
    ----------
    numbers : bytes, length n
        Atomic numbers.
    fractional : (n, 3) float64
    cell : tuple of 6 float, angstrom and degrees
    operations : (rotations (m, 3, 3), translations (m, 3))
    stated : dict of int to float
        Numbers of atoms by atomic number.
    """
    listed = dict(zip(*map(np.ndarray.tolist, np.unique(list(numbers), return_counts=True)), strict=True))
    if same_composition(listed, stated):
        return True
    if set(listed) != set(stated) or len(operations[0]) == 1 or len(numbers) * len(operations[0]) > _LARGEST_CELL:
        return False
    matrix = cells.cell_matrix(cell)
    if not _encloses_volume(matrix):
        return True  # what is no cell is refused later, for that reason
    # Atoms on special positions have fewer copies than the others.
    copies = site_multiplicities(fractional, matrix, *operations)
    counts = {number: float(copies[np.frombuffer(numbers, np.uint8) == number].sum()) for number in listed}
    return same_composition(counts, stated)


def holds_several_molecules(numbers: bytes, fractional: np.ndarray, cell: Sequence[float]) -> bool:
    """Tell whether the atoms of a cell in P1 make more than one molecule; what makes none is refused later.

    Parameters are those of `agrees`.
    """
    if math.gcd(*Counter(numbers).values()) == 1 or len(numbers) > LARGEST_MOLECULE:
        return len(numbers) > LARGEST_MOLECULE
    matrix = cells.cell_matrix(cell)
    if not (_encloses_volume(matrix) and cells.heights(matrix).min() > _NARROWEST):
        return False
    try:
        identity = np.eye(3, dtype=np.int8)[None]
        return len(whole_molecules(numbers, fractional, cell, identity, np.zeros((1, 3))).molecules) > 1
    except InputError:
        return False


def _encloses_volume(matrix) -> bool:
    return bool(np.isfinite(matrix).all()) and abs(np.linalg.det(matrix)) > 1e-6


def composition(counts: dict) -> str:
    """Return a composition by atomic number in Hill's order, such as ``C10H6S2``."""
    order = sorted(counts, key=lambda number: ({6: 0, 1: 1}.get(number, 2), SYMBOLS[number]))
    return "".join(
        f"{SYMBOLS[number]}{counts[number]:g}" if counts[number] != 1 else SYMBOLS[number] for number in order
    )
