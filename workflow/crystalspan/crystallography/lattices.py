"""The LATT and SYMM lines of SHELX: from them to the full list of operations, and back."""

import functools
import itertools
from collections.abc import Iterable

import numpy as np

from crystalspan.arrays import Floats, Integers
from crystalspan.errors import InputError

# SHELX LATT codes: centring translations beside (0, 0, 0). 3 is the obverse setting on hexagonal axes.
CENTRINGS = {
    1: (),
    2: ((1 / 2, 1 / 2, 1 / 2),),
    3: ((2 / 3, 1 / 3, 1 / 3), (1 / 3, 2 / 3, 2 / 3)),
    4: ((0, 1 / 2, 1 / 2), (1 / 2, 0, 1 / 2), (1 / 2, 1 / 2, 0)),
    5: ((0, 1 / 2, 1 / 2),),
    6: ((1 / 2, 0, 1 / 2),),
    7: ((1 / 2, 1 / 2, 0),),
}
# Translations closer than this (fractions of an edge) are the same: SYMM lines carry 4 decimals or more.
SAME_TRANSLATION = 1e-3
# Symmetry copies of one atom closer than this (angstrom) are one atom on a special position.
SAME_SITE = 0.1
_MOST_OPERATIONS = 192
_MOST_ROTATIONS = 48


def full_operations(latt: int, listed: Iterable[tuple]) -> tuple[np.ndarray, np.ndarray]:
    """Return every operation that a LATT code and the SYMM operations stand for, identity first.

    Parameters
    ----------
    latt : int
        SHELX code: 1 to 7 for P, I, R (obverse), F, A, B, C; negative when the origin is no inversion centre.
    listed : iterable of (rotation, translation)
        The SYMM operations, with or without the identity; doubles are dropped.

    Returns
    -------
    rotations : (m, 3, 3) int8
    translations : (m, 3) float64
        In [0, 1).

    Raises
    ------
    InputError
        The code is unknown, or the operations do not make a group.
    """
    if abs(latt) not in CENTRINGS:
        raise InputError(f"LATT {latt} is no lattice type", remedy="LATT is 1 to 7 (P I R F A B C), or minus that")
    operations = [(np.eye(3, dtype=np.int8), np.zeros(3))]
    operations += [(np.array(r, dtype=np.int8), np.array(t, dtype=np.float64)) for r, t in listed]
    if latt > 0:
        operations += [(-r, -t) for r, t in operations]
    operations += [(r, t + shift) for shift in CENTRINGS[abs(latt)] for r, t in operations]
    kept, shifts, seen = [], [], _Operations()
    for r, t in operations:
        if seen.add(r, t):
            kept.append(r)
            shifts.append(_inside(t))
        if len(kept) > _MOST_OPERATIONS:
            raise InputError("more than 192 symmetry operations", remedy="check the LATT and SYMM lines")
    rotations, translations = np.array(kept), np.array(shifts)
    if not is_group(rotations, translations):
        raise InputError(
            "the LATT and SYMM lines do not make a group: the product of two operations is missing",
            remedy="list every operation (without centring and inversion) in SYMM lines",
        )
    return rotations, translations


def generated_operations(latt: int, listed: Iterable[tuple]) -> tuple[np.ndarray, np.ndarray]:
    """Return the group that a LATT code and SYMM operations generate, identity first; as from `full_operations`.

    Raises
    ------
    InputError
        The code is unknown, or the operations generate no group that could be a crystal's.
    """
    listed, before = list(listed), 0
    while True:
        try:
            return full_operations(latt, listed)
        except InputError:
            if abs(latt) not in CENTRINGS:
                raise
        known, found = _Operations(), []
        with_identity = [(np.eye(3, dtype=np.int64), np.zeros(3)), *listed]
        for (r, t), (other, shift) in itertools.product(with_identity, repeat=2):
            rotation, translation = np.asarray(r) @ other, np.asarray(r) @ shift + t
            if known.add(rotation, translation):
                found.append((rotation, translation))
        # Where products bring nothing new, the inversion or centring of LATT is what contradicts the SYMM lines.
        if len(found) == before or len(found) > _MOST_ROTATIONS or np.abs([r for r, _ in found]).max() > 1:
            raise InputError("the LATT and SYMM lines generate no group", remedy="correct the SYMM lines")
        listed, before = found, len(found)


def is_hexagonal_r(rotations: Integers, translations: Floats) -> bool:
    """Tell whether a full list of operations has the R lattice on hexagonal axes, obverse or reverse."""
    pure = [t for r, t in zip(rotations, translations, strict=True) if np.array_equal(r, np.eye(3))]
    thirds = [(0, 0, 0), *CENTRINGS[3]]
    return _same_sets(pure, thirds) or _same_sets(pure, -np.array(thirds) * [1, 1, -1])


def is_group(rotations: Integers, translations: Floats) -> bool:
    """Tell whether operations are closed under multiplication, lattice translations apart."""
    return bool((product_table(rotations, translations) >= 0).all())


def product_table(rotations: Integers, translations: Floats) -> np.ndarray:
    """Return which operation the product of every two operations is, lattice translations apart.

    Parameters
    ----------
    rotations : (m, 3, 3) int
    translations : (m, 3) float

    Returns
    -------
    (m, m) int64
        ``table[i, j]`` is the row of operation i after operation j, -1 when it is none of them.
    """
    held = np.ascontiguousarray(rotations, dtype=np.int8), np.ascontiguousarray(translations, dtype=np.float64)
    return _product_table(*(array.tobytes() for array in held))


@functools.lru_cache(maxsize=64)
def _product_table(turns: bytes, shifts: bytes) -> np.ndarray:
    rotations = np.frombuffer(turns, dtype=np.int8).reshape(-1, 3, 3).astype(np.int64)
    translations = np.frombuffer(shifts, dtype=np.float64).reshape(-1, 3)
    product = np.einsum("aij,bjk->abik", rotations, rotations).reshape(-1, 9)
    shift = (np.einsum("aij,bj->abi", rotations, translations) + translations[:, None]).reshape(-1, 3)
    # Digits of a number: entries of rotations and of their products are small in any cell that can be searched.
    code = 64 ** np.arange(9)
    product, own = product @ code, rotations.reshape(-1, 9) @ code
    table = np.full(len(product), -1, dtype=np.int64)
    for row, (rotation, translation) in enumerate(zip(own, translations, strict=True)):
        alike = np.flatnonzero(product == rotation)
        apart = shift[alike] - translation
        table[alike[np.abs(apart - np.rint(apart)).max(axis=1) < 2 * SAME_TRANSLATION]] = row
    square = table.reshape(len(rotations), -1)
    square.flags.writeable = False
    return square


def latt_and_symm(rotations: Integers, translations: Floats) -> tuple[int, list[int]]:
    """Return the LATT code of a full list of operations, and which of them the SYMM lines must name.

    Centrings that SHELX has no code for are written as LATT 1 with every operation named.

    Returns
    -------
    latt : int
    rows : list of int
        Rows of the operations to write as SYMM lines; the identity is never among them.
    """
    identity = np.eye(3, dtype=np.int64)
    pure = [t for r, t in zip(rotations, translations, strict=True) if np.array_equal(r, identity)]
    code = next((c for c, shifts in CENTRINGS.items() if _same_sets(pure, [(0, 0, 0), *shifts])), 1)
    every = _Operations()
    for r, t in zip(rotations, translations, strict=True):
        every.add(r, t)
    central = not every.add(-identity, np.zeros(3))
    covered, rows = _Operations(), []
    for row, (r, t) in enumerate(zip(rotations, translations, strict=True)):
        images = [
            (sign * np.asarray(r), sign * np.asarray(t) + shift)
            for sign in ((1, -1) if central else (1,))
            for shift in ((0, 0, 0), *CENTRINGS[code])
        ]
        if covered.add(*images[0]) and not (np.array_equal(r, identity) and _is_integer(t)):
            rows.append(row)
        for image in images:
            covered.add(*image)
    return (code if central else -code), rows


class _Operations:
    """A set of operations, lattice translations apart."""

    def __init__(self):
        self._translations = {}

    def add(self, rotation, translation) -> bool:
        """Add an operation; False when it is there already."""
        known = self._translations.setdefault(np.asarray(rotation, dtype=np.int8).tobytes(), [])
        if any(_is_integer(translation - other) for other in known):
            return False
        known.append(np.asarray(translation))
        return True


def _inside(translation) -> np.ndarray:
    """Bring a translation into [0, 1); 0.9999999 is 0 and not 1 minus a rounding error."""
    nearest = np.rint(translation)
    whole = np.where(np.abs(translation - nearest) < 1e-9, nearest, np.floor(translation))
    return np.clip(translation - whole, 0.0, None)


def _is_integer(translation) -> bool:
    translation = np.asarray(translation)
    return bool(np.all(np.abs(translation - np.rint(translation)) < SAME_TRANSLATION))


def _same_sets(first, second) -> bool:
    return len(first) == len(second) and all(any(_is_integer(np.subtract(a, b)) for b in second) for a in first)
