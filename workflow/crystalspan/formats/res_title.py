"""The TITL lines of .res files: four dialects of identity, energy, density and space group."""

import functools
import math
import re
from typing import NamedTuple

from crystalspan.crystallography.space_groups import number_from_symbol
from crystalspan.errors import InputError

KJ_MOL_PER_EV = 96.48533212331  # CODATA 2018, exact: the Faraday constant

_DMACRYS = re.compile(r"(\S+?)\(([^()]*)\)(.*)", re.DOTALL)
_AIRSS_GROUP = re.compile(r"\(([^()]*)\)\s+n\s+-\s+\S+\s*$")
LONGEST_SYMBOL = 30
# mol-CSPy's identity: name, source, space group, Sobol seed, step; the name may hold '-' itself.
_MOL_CSPY = re.compile(r".+-(?:QR|[A-Z]{2,})-(\d{1,3})-\d+-\d+(?:-.+)?")
# Numbers as people write them: decimal commas, true minus signs, stars of Fortran.
_NUMBER = re.compile(r"[-+\u2212\u2013]?(?:\d[\d.,]*|\.\d+)(?:[eEdD][-+]?\d+)?|\*+|(?i:nan|[-+]?inf)")
_UNIT = re.compile(r"(?i)kj|kcal|ev|ha|g/cm")
_FILE_NAME = re.compile(r"(?i).\.(?:res|ins|cif|shx|hkl|xyz|pdb|mol2?)$")


class Title(NamedTuple):
    """What a TITL line says; NaN and None for what it does not."""

    id: str
    energy: float = math.nan
    density: float = math.nan
    basis: str = "molecule"
    space_group: str | int | None = None


def parse_title(text: str, default_id: str) -> Title:
    """Return what a TITL line says about its structure.

    ``id energy density`` is mol-CSPy's dialect, ``id(energy) [space group]`` that of DMACRYS,
    CrystalPredictor and MOLPAK, ``id [space group]`` theirs without an energy, and
    ``id pressure volume energy spin modspin atoms (space group) n - copies`` that of AIRSS, whose energy is
    that of the cell in eV and is returned in kJ/mol. What is none of these is a comment, or the name of a file that the
    structure was made from; it gives no identity, and no number in it is an energy.
    """
    words = text.split()
    if not words:
        return Title(default_id)
    if "(" in text:
        title = _with_brackets(text.strip(), words)
        if title is not None:
            return title
    energy = _number(words, 1)
    if len(words) == 2 and math.isnan(energy) and (symbol := _symbol(words[1])):
        return Title(words[0], space_group=symbol)
    if _is_comment(words):
        return Title(default_id)
    group = _MOL_CSPY.fullmatch(words[0])
    return Title(words[0], energy, _number(words, 2), space_group=int(group[1]) if group else None)


def _is_comment(words) -> bool:
    """Tell free text and file names from an identity with numbers, or with a symbol written with blanks, behind it."""
    if _FILE_NAME.search(words[0]):
        return True
    if len(words) == 1 or _MOL_CSPY.fullmatch(words[0]) or _symbol(" ".join(words[1:])):
        return False
    # A number may have its unit behind it.
    return not all(_NUMBER.fullmatch(word) or (i and _UNIT.match(word)) for i, word in enumerate(words[1:]))


def _with_brackets(text: str, words) -> Title | None:
    if len(words) >= 11 and words[-3:-1] == ["n", "-"]:
        group = _AIRSS_GROUP.search(text)
        energy = _number(words, 3) * KJ_MOL_PER_EV
        return Title(words[0], energy, math.nan, "cell", group[1].strip() or None if group else None)
    match = _DMACRYS.fullmatch(text)
    # "name(2) -87.6 1.49" is mol-CSPy's: a space group is no number.
    if match is None or not math.isnan(_number(match[3].split(), 0)):
        return None
    energy, stated = _number([match[2]], 0), match[2].strip()
    # Fortran writes stars where a number does not fit.
    if math.isnan(energy) and not set(stated) <= {"*"} and stated.lower() != "nan":
        return None
    return Title(match[1], energy, space_group=_symbol(match[3]))


def _symbol(text: str) -> str | None:
    """Return the words after an identity when they are a space group's symbol."""
    text = text.strip()
    return text if 0 < len(text) <= LONGEST_SYMBOL and _is_symbol(text) else None


@functools.lru_cache(maxsize=4096)
def _is_symbol(text: str) -> bool:
    try:
        number_from_symbol(text)
    except InputError:
        return False
    return True


def _number(words, i) -> float:
    try:
        return float(words[i])
    except (IndexError, ValueError):
        return math.nan
