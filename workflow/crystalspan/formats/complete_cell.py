"""Structures that list every atom of the cell by its place in space: P1, until the symmetry is found."""

import numpy as np

from crystalspan.arrays import ArrayLike
from crystalspan.errors import InputError
from crystalspan.formats.records import SYMBOLS, RawStructure, Settings
from crystalspan.formats.stated_keys import Stated

_LARGEST_CELL = 100_000
_FARTHEST = 1000.0
_REMEDY = "write the structure again, with its cell and every atom"


def complete_cell(
    settings: Settings,
    file: str,
    record: str,
    numbers: ArrayLike,
    positions: ArrayLike,
    vectors: ArrayLike,
    said: Stated,
    isotopes: bytes = b"",
) -> RawStructure:
    """Return the structure of a complete cell as P1.

    Parameters
    ----------
    numbers : (n,) int
        Atomic numbers.
    positions : (n, 3) float, angstrom
    vectors : (3, 3) float, angstrom
        Cell vectors as rows; a left-handed set is turned into the right-handed one of the same lattice.
    said : Stated
    isotopes : bytes
        As in `RawStructure`.

    Raises
    ------
    InputError
        There is no cell, or no atom, or something is not finite.
    """
    numbers, positions, vectors = np.asarray(numbers), np.asarray(positions, float), np.asarray(vectors, float)
    if vectors.shape != (3, 3) or not np.isfinite(vectors).all() or abs(np.linalg.det(vectors)) < 1e-6:
        raise InputError("no cell: three vectors that enclose a volume are needed", remedy=_REMEDY)
    if not 0 < len(numbers) <= _LARGEST_CELL or positions.shape != (len(numbers), 3):
        raise InputError(f"{len(numbers)} atoms, and {len(positions)} positions", remedy=_REMEDY)
    if numbers.min() < 1 or numbers.max() >= len(SYMBOLS):
        raise InputError("an atom is of no known element", remedy=_REMEDY)
    fractional = np.linalg.solve(vectors.T, positions.T).T
    if not (np.abs(fractional).max() < _FARTHEST):
        raise InputError("an atom is not at finite coordinates near the cell", remedy=_REMEDY)
    # The lattice of a, b, c is that of -a, -b, -c; only one of the two sets is right-handed.
    if np.linalg.det(vectors) < 0:
        fractional = -fractional
    fractional = np.ascontiguousarray(fractional)
    setting = settings.add(np.eye(3, dtype=np.int8)[None], np.zeros((1, 3)))
    return RawStructure(
        file, record, said.id, said.energy, said.density, _parameters(vectors), setting,
        numbers.astype(np.uint8).tobytes(), fractional, said.basis, said.relative, said.space_group, True,
        isotopes, said.why_no_energy,
    )  # fmt: skip


def isotopes_of(numbers: ArrayLike, masses: ArrayLike | None) -> bytes:
    """Return the isotopes of hydrogen atoms with masses of their own, as ASE keeps them; empty where there are none.

    Parameters
    ----------
    numbers : (n,) int
    masses : (n,) float, or None
        Atomic mass units.
    """
    if masses is None or np.shape(masses) != np.shape(numbers):
        return b""
    heavy = np.rint(np.nan_to_num(np.asarray(masses, dtype=np.float64), posinf=0, neginf=0))
    isotopes = np.where((np.asarray(numbers) == 1) & ((heavy == 2) | (heavy == 3)), heavy, 0).astype(np.uint8)
    return isotopes.tobytes() if isotopes.any() else b""


def _parameters(vectors) -> tuple[float, ...]:
    """Return a, b, c in angstrom and alpha, beta, gamma in degrees."""
    lengths = np.linalg.norm(vectors, axis=1)
    cosines = [vectors[i] @ vectors[j] / (lengths[i] * lengths[j]) for i, j in ((1, 2), (0, 2), (0, 1))]
    return (*lengths.tolist(), *np.degrees(np.arccos(np.clip(cosines, -1, 1))).tolist())
