"""Disorder in .res texts (PART, occupancies), and whether the atoms make the cell contents that UNIT states."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from crystalspan.crystallography.elements import element
from crystalspan.formats.contents import MISSING, agrees, composition
from crystalspan.formats.interface import shortened
from crystalspan.formats.records import formula
from crystalspan.formats.res_elements import Unreadable

_ORDER = "give ordered structures: one position for each atom"
_TAKEN = "disordered structures: the component with which the atoms make the formula of UNIT was taken"
_FULL = 0.999


class Lines(Protocol):
    """What the lines of one structure's text say, as far as it matters here."""

    cell: tuple[float, ...]
    sfac: list[str]
    atoms: list[str]
    rows: list[int]
    unit: Sequence[str]
    fvar: Sequence[str]
    parts: Sequence[tuple[int, list[str]]]


def agreeing_atoms(
    read: Lines,
    numbers: bytes,
    fractional: np.ndarray,
    operations: tuple[np.ndarray, np.ndarray],
    trusted: bool,
    remark: Callable[[str], None],
) -> list[int] | None:
    """Return the atoms of the disorder component whose composition UNIT states; None takes all atoms.

    Parameters
    ----------
    read : Lines
    numbers : bytes, length n
    fractional : (n, 3) float64
    operations : (rotations, translations)
    trusted : bool
        SFAC, and with it UNIT, is of this molecule.
    remark : callable (str)

    Raises
    ------
    Unreadable
        The atoms do not make what UNIT states, or are disordered and no formula says which component is whole.
    """
    stated = _stated(read) if trusted else None
    parts = _parts(read)
    if not parts.any():
        if stated and not agrees(numbers, fractional, read.cell, operations, stated):
            raise Unreadable(
                f"UNIT states {composition(stated)}, and the listed atoms are {formula(numbers)}: they do not agree",
                MISSING,
            )
        return None
    for kept in _components(parts, _occupancies(read)):
        chosen = bytes(numbers[i] for i in kept)
        if stated and agrees(chosen, fractional[kept], read.cell, operations, stated):
            if len(kept) < len(parts):
                remark(_TAKEN)
            return kept
    first = int(np.flatnonzero(parts)[0])
    if len(set(parts) - {0}) == 1 and not stated and (_occupancies(read)[parts != 0] >= _FULL).all():
        return None
    label = shortened(read.atoms[first].split()[0])
    raise Unreadable(f"line {read.rows[first]}: {label} is disordered (PART {parts[parts != 0][0]})", _ORDER)


def _stated(read) -> dict | None:
    """Return the cell contents of UNIT by atomic number; None where it is left out or a mere placeholder."""
    try:
        counts = [float(word) for word in read.unit]
    except ValueError:
        return None
    if len(counts) != len(read.sfac) or not np.isfinite(counts).all() or min(counts, default=0) <= 0:
        return None
    if len(counts) > 1 and len(set(counts)) == 1:
        return None
    stated: dict[int, float] = {}
    for word, count in zip(read.sfac, counts, strict=True):
        one = element(word.strip("$0123456789+-"))
        assert one is not None  # `res_elements.elements` has refused other words
        stated[one.number] = stated.get(one.number, 0) + count
    return stated


def _parts(read) -> np.ndarray:
    """Return the PART number of each atom, (n,) int64."""
    parts = np.zeros(len(read.atoms), dtype=np.int64)
    for before, words in read.parts:
        try:
            parts[before:] = int(words[0]) if words else 0
        except (ValueError, OverflowError):
            raise Unreadable(f"PART {shortened(words[0])} is no number", _ORDER) from None
    return parts


def _occupancies(read) -> np.ndarray:
    """Return the occupancy of each atom, (n,) float64; SHELX writes 10 + p for fixed and 10 m + p for free ones."""
    found = np.ones(len(read.atoms))
    for i, line in enumerate(read.atoms):
        words = line.split()
        try:
            code = float(words[5])
            variable = round(abs(code) / 10)
            share = abs(code) - 10 * variable
            free = float(read.fvar[variable - 1]) if variable > 1 else 1.0
            found[i] = share * (free if code > 0 else 1 - free)
        except (IndexError, ValueError, OverflowError):
            continue
    return found


def _components(parts, occupancies):
    """Yield the atoms of ordered models: what is ordered with one component, the fullest first, and that alone."""
    numbers = sorted(set(parts.tolist()) - {0}, key=lambda part: -occupancies[parts == part].mean())
    for number in numbers:
        yield np.flatnonzero((parts == 0) | (parts == number)).tolist()
    if (parts == 0).any():
        yield np.flatnonzero(parts == 0).tolist()
