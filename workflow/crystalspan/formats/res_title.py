"""The TITL lines of .res files: four dialects of identity, energy, density and space group."""

import functools
import math
import re
from typing import NamedTuple

from crystalspan.crystallography.space_groups import number_from_symbol
from crystalspan.errors import InputError
from crystalspan.formats.units import KJ_MOL_PER_EV, MINUS

_DMACRYS = re.compile(r"(\S+?)\(([^()]*)\)(.*)", re.DOTALL)
_AIRSS_GROUP = re.compile(r"\(([^()]*)\)\s+n\s+-\s+\S+\s*$")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_ENERGY = re.compile(r"-[0-9]+\.[0-9]+")
_DENSITY = re.compile(r"[1-9]\.[0-9]+")
_INFINITE = re.compile(r"(?i)[-+]?inf(?:inity)?")
LONGEST_SYMBOL = 30
_LATTICES = frozenset("PABCFIRHpabcfirh")
_DENSEST = 25.0  # g/cm3; osmium has 22.6
_DECIMALS = 3
# mol-CSPy's identity: name, source, space group, Sobol seed, step; the name may hold '-' itself.
_MOL_CSPY = re.compile(r".+-(?:QR|[A-Z]{2,})-(\d{1,3})-\d+-\d+(?:-.+)?")
_UNIT = re.compile(r"(?i)kj|kcal|ev|ha|g/cm")
_FILES = (".res", ".ins", ".cif", ".shx", ".hkl", ".xyz", ".pdb", ".mol", ".mol2")


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
    structure was made from: it gives no identity, and numbers in it are temperatures, densities, space groups.
    """
    words = text.split()
    if not words:
        return Title(default_id)
    if "(" in text:
        title = _with_brackets(text.strip(), words)
        if title is not None:
            return title
    if len(words) == 2 and (symbol := _symbol(words[1])):
        return Title(words[0], space_group=symbol)
    energy, density = _energy_and_density(words)
    group = _MOL_CSPY.fullmatch(words[0])
    if group is None and _is_comment(words, math.isnan(energy) and math.isnan(density)):
        return Title(default_id)
    return Title(words[0], energy, density, space_group=int(group[1]) if group else None)


def _energy_and_density(words) -> tuple[float, float]:
    """Return the two numbers of mol-CSPy's dialect, either of which may be missing; NaN in any other."""
    if len(words) != 3:
        return math.nan, math.nan
    _, stated, density = words
    # What nearly all titles are.
    if _ENERGY.fullmatch(stated) and _DENSITY.fullmatch(density):
        return float(stated), float(density)
    if not (_is_missing(density) or (0 < _number(density) < _DENSEST and _decimals(density))):
        return math.nan, math.nan
    if not (_is_missing(stated) or _is_energy(stated)):
        return math.nan, math.nan
    return _number(stated), _number(density)


def _is_energy(word: str) -> bool:
    """Tell an energy from a temperature, a pressure, the number of a space group or of a form.

    Programs write energies with decimals, and more of them than a temperature has; only energies are negative.
    """
    number = _number(word)
    return number < 0 or (number >= 0 and _decimals(word) >= _DECIMALS)


def _decimals(word: str) -> int:
    return len(word.replace(",", ".").partition(".")[2])


def _is_missing(word: str) -> bool:
    # Fortran writes stars where a number does not fit.
    return set(word) == {"*"} or word.lower().lstrip("+-") == "nan" or _INFINITE.fullmatch(word) is not None


def _is_comment(words, without_numbers: bool) -> bool:
    """Tell free text and file names from an identity with numbers, or with a symbol written with blanks, behind it."""
    if words[0].lower().endswith(_FILES):
        return True
    if not without_numbers or len(words) == 1 or _symbol(" ".join(words[1:])):
        return False
    # A number may have its unit behind it.
    return not all(_is_numeric(word) or (i and _UNIT.match(word)) for i, word in enumerate(words[1:]))


def _is_numeric(word: str) -> bool:
    return _is_missing(word) or not math.isnan(_number(word))


def _with_brackets(text: str, words) -> Title | None:
    if len(words) >= 11 and words[-3:-1] == ["n", "-"]:
        group = _AIRSS_GROUP.search(text)
        of_cell = _number(words[3]) * KJ_MOL_PER_EV
        return Title(words[0], of_cell, math.nan, "cell", group[1].strip() or None if group else None)
    match = _DMACRYS.fullmatch(text)
    if match is None:
        return None
    energy, rest = match[2].strip(), match[3].strip()
    # "name(2) -87.6 1.49" is mol-CSPy's, "P2(1)/c at 100 K" nobody's: a space group begins with its lattice.
    if rest and rest[0] not in _LATTICES:
        return None
    # What nearly all titles are.
    if _ENERGY.fullmatch(energy):
        return Title(match[1], float(energy), space_group=_symbol(rest))
    if not (_is_missing(energy) or _is_energy(energy)):
        return None
    return Title(match[1], _number(energy), space_group=_symbol(rest))


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


def _number(word: str) -> float:
    # float() takes 14_1 for 141. A title has no thousands: its comma is a decimal one.
    word = word if word.isascii() else MINUS.sub("-", word)
    word = word.replace(",", ".") if "," in word else word
    return float(word) if _NUMBER.fullmatch(word) or _INFINITE.fullmatch(word) else math.nan
