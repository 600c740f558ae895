"""Space groups: operations, numbers and symbols, in any setting."""

import functools
import re
from collections.abc import Iterable
from fractions import Fraction

import gemmi
import numpy as np
import spglib
import spglib.error

from crystalspan.arrays import Floats, Integers
from crystalspan.errors import InputError

# spglib raises instead of returning None: its own default from version 3 on.
spglib.error.OLD_ERROR_HANDLING = False


@functools.cache
def _gemmi_group(number: int) -> gemmi.SpaceGroup:
    group = gemmi.find_spacegroup_by_number(number) if 1 <= number <= 230 else None
    if group is None:
        raise InputError(f"there is no space group number {number}", remedy="numbers run from 1 to 230")
    return group


def operations(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return all operations of a space group in its standard setting, centring included, identity first.

    Parameters
    ----------
    number : int
        International Tables number, 1 to 230.

    Returns
    -------
    rotations : (m, 3, 3) int8
        Acting on fractional coordinates as columns: x' = R x + t.
    translations : (m, 3) float64
        Fractions of the cell edges in [0, 1).

    Raises
    ------
    InputError
        There is no such number.
    """
    return _arrays(_gemmi_group(number).operations())


def _arrays(group_operations) -> tuple[np.ndarray, np.ndarray]:
    rotations = np.array([op.rot for op in group_operations], dtype=np.int64) // gemmi.Op.DEN
    translations = np.array([op.tran for op in group_operations], dtype=np.float64) / gemmi.Op.DEN
    return rotations.astype(np.int8), translations % 1.0


def point_group_order(number: int) -> int:
    """Return how many operations a space group has, lattice translations and centring apart."""
    return len(_gemmi_group(number).operations().sym_ops)


def symbol(number: int) -> str:
    """Return the short Hermann-Mauguin symbol of a space group, such as ``P21/c``."""
    # gemmi says H-3 of R-3 on hexagonal axes.
    return re.sub("^H", "R", _gemmi_group(number).short_name())


def number_from_symbol(name: str | int) -> int:
    """Return the number of a space group from its symbol (any setting gemmi knows) or its number as text.

    Raises
    ------
    InputError
        No space group has that symbol.
    """
    text = str(name).strip()
    if text.isascii() and text.isdigit():
        return _gemmi_group(int(text)).number
    group = gemmi.find_spacegroup_by_name(text)
    if group is None:
        raise InputError(
            f"unknown space group {name!r}", remedy="give a number from 1 to 230 or a symbol such as P21/c"
        )
    return group.number


def number_from_operations(rotations: Integers, translations: Floats) -> int:
    """Return the number of the space group that a full list of operations makes, in whatever setting.

    Parameters
    ----------
    rotations : (m, 3, 3) int
    translations : (m, 3) float
        Fractional, of a conventional or primitive cell; the list is complete, centring included.

    Raises
    ------
    InputError
        The operations make no space group.
    """
    rotations = np.asarray(rotations, dtype=np.float64)
    # Any metric that the rotations leave as it is: without one, spglib takes an orthonormal basis, reduces that, and
    # finds too low a group in oblique cells.
    metric = np.einsum("nji,njk->ik", rotations, rotations) / len(rotations)
    try:
        kind = spglib.get_spacegroup_type_from_symmetry(
            rotations.astype(np.intc), np.asarray(translations, dtype=np.float64), np.linalg.cholesky(metric)
        )
    except spglib.error.SpglibError:
        kind = None
    if kind is None:
        raise InputError("the symmetry operations make no space group", remedy="check the LATT and SYMM lines")
    return int(kind.number)


@functools.lru_cache(maxsize=4096)
def parse_operation(text: str) -> tuple[tuple, tuple]:
    """Return rotation (3 rows of int) and translation (3 floats) of ``-X,1/2+Y,0.5-Z`` and the like.

    Blanks and capitals do not matter. A rounded third, sixth or twelfth (0.333, 0.66667) is the fraction;
    every other translation is taken as it stands (shifted origins).

    Raises
    ------
    InputError
        The text is no symmetry operation.
    """
    parts = "".join(text.split()).lower().split(",")
    rows = [_component(part) for part in parts]
    if len(rows) != 3 or None in rows:
        raise InputError(f"{text.strip()!r} is no symmetry operation")
    rotation = tuple(row[0] for row in rows)
    if abs(round(np.linalg.det(rotation))) != 1:
        raise InputError(f"{text.strip()!r} is no symmetry operation (its rotation part has no inverse)")
    return rotation, tuple(row[1] for row in rows)


_TERM = re.compile(r"([+-]?)(?:([xyz])|(\d{1,4})/(\d{1,4})|(\d{0,4}(?:\.\d{0,16})?))(?=[+-]|$)")


def _component(text: str):
    """Return ((rx, ry, rz), t) of one component such as ``1/2-y``, or None when it is none."""
    row, shift, position = [0, 0, 0], 0.0, 0
    while position < len(text):
        term = _TERM.match(text, position)
        if term is None or term.end() - term.start() == len(term[1]):
            return None
        sign = -1 if term[1] == "-" else 1
        if term[2]:
            row["xyz".index(term[2])] += sign
        elif term[3]:
            if int(term[4]) == 0:
                return None
            shift += sign * int(term[3]) / int(term[4])
        elif term[5] == ".":
            return None
        else:
            shift += sign * _decimal(term[5])
        position = term.end()
    return (tuple(row), shift) if any(row) and max(map(abs, row)) == 1 else None


def _decimal(text: str) -> float:
    """Return a decimal translation; a rounded multiple of 1/12 becomes that fraction again."""
    value = float(text)
    digits = len(text.partition(".")[2])
    twelfth = round(value * 12) / 12
    return twelfth if digits >= 2 and abs(value - twelfth) <= 1.01 * 10.0**-digits else value


def format_operation(rotation: Iterable, translation: Iterable) -> str:
    """Return an operation in the notation of a .res file, such as ``-X,Y+1/2,-Z+1/2``."""
    return ",".join(_letters(row) + _shift(float(value)) for row, value in zip(rotation, translation, strict=True))


def _letters(row) -> str:
    text = "".join(f"{'-' if value < 0 else '+'}{axis}" for value, axis in zip(row, "XYZ", strict=True) if value)
    return text.removeprefix("+")


def _shift(value: float) -> str:
    fraction = Fraction(value).limit_denominator(24)
    if abs(float(fraction) - value) > 1e-9:
        return f"{value:+.10f}"
    return (
        f"{fraction.numerator:+d}/{fraction.denominator}"
        if fraction.denominator > 1
        else (f"{fraction.numerator:+d}" if fraction else "")
    )
