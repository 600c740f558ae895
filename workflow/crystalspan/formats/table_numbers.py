"""Numbers as people write them: decimal commas, thousands separators, minus signs that are none of ASCII's."""

import math
import re
from collections.abc import Iterable

from crystalspan.formats.units import MINUS, Unit, parse_unit

PLAIN_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_FORTRAN = re.compile(r"[-+]?[0-9]*\.[0-9]*[dD][-+]?[0-9]{1,3}")
_UNCERTAINTY = re.compile(r"(?<=[0-9])\([0-9]{1,4}\)$")
# Blanks and apostrophes between groups of three digits.
_GAP = re.compile("(?<=[0-9])[\\s'\u2019](?=[0-9]{3}(?![0-9]))")
_GROUPED = {mark: re.compile(rf"[-+]?[0-9]{{1,3}}(?:\{mark}[0-9]{{3}})+") for mark in ".,"}
_WITH_UNIT = re.compile(r"([-+]?[0-9.,]*[0-9](?:[eE][-+]?[0-9]+)?)\s*([^\d\s.,+-].*)")


_LONGEST = 100


class TwoWays(ValueError):
    """A number that can be read in two ways."""


def parse_number(text: str, decimal: str = ".") -> float:
    """Return a number; NaN for what is none.

    Parameters
    ----------
    text : str
    decimal : {".", ",", ""}
        The decimal mark of the table that the number stands in; '' when that cannot be told.

    Raises
    ------
    TwoWays
        The mark and the number do not go together, or decide nothing.
    """
    if decimal == "." and PLAIN_NUMBER.fullmatch(text):
        return float(text)
    text = _simplified(text)
    if _FORTRAN.fullmatch(text):
        return float(text.lower().replace("d", "e"))
    if "," not in text and (decimal != "," or not _GROUPED["."].fullmatch(text)):
        return float(text) if PLAIN_NUMBER.fullmatch(text) else math.nan
    if not re.fullmatch("[-+]?[0-9.,]*[0-9][0-9.,]*", text):
        return math.nan
    own = decimal_mark(text)
    if (own or decimal) != decimal or not decimal or (decimal == "," and own is None and "," not in text):
        raise TwoWays(text)
    whole, _, part = text.rpartition(decimal) if decimal in text else (text, "", "")
    group = "," if decimal == "." else "."
    if group in part or (group in whole and not _GROUPED[group].fullmatch(whole)) or decimal in whole:
        return math.nan
    return float(f"{whole.replace(group, '')}.{part}")


def number_and_unit(text: str, decimal: str = ".") -> tuple[float, Unit | None]:
    """Return a number and the unit that may stand behind it, as in ``-88.458 kJ/mol``; NaN for what is none."""
    if len(text) > _LONGEST:
        return math.nan, None
    number = parse_number(text, decimal)
    match = _WITH_UNIT.fullmatch(_simplified(text)) if math.isnan(number) else None
    if match is None or (unit := parse_unit(match[2])) is None:
        return number, None
    return parse_number(match[1], decimal), unit


def decimal_mark(text: str) -> str | None:
    """Return the decimal mark that a number shows; None when it has none, or may be read either way."""
    text = _simplified(text).lstrip("+-") if len(text) <= _LONGEST else ""
    if not re.fullmatch("[0-9.,]*", text):
        return None
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        return max(".,", key=text.rfind)
    mark, other = (",", ".") if commas else (".", ",")
    if dots + commas > 1:
        return other
    if dots + commas == 0:
        return None
    before, after = text.split(mark)
    return None if len(after) == 3 and 1 <= len(before) <= 3 and before[0] != "0" else mark


def common_mark(texts: Iterable[str], default: str) -> str:
    """Return the decimal mark of a table's numbers: what some show, and none contradicts; '' when they differ.

    Parameters
    ----------
    texts : iterable of str
    default : str
        Where none shows it.
    """
    shown = {mark for text in texts if (mark := decimal_mark(text)) is not None}
    if not shown:
        return default
    return shown.pop() if len(shown) == 1 else ""


def _simplified(text: str) -> str:
    text = MINUS.sub("-", text).strip()
    if not text.isascii() or " " in text or "'" in text:
        text = _GAP.sub("", re.sub(r"(?<=^[-+])\s+", "", text))
    return _UNCERTAINTY.sub("", text)
