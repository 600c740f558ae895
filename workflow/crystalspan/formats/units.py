"""Units of energy as people and programs write them, in kJ/mol."""

import functools
import re
import unicodedata
from typing import NamedTuple

KJ_MOL_PER_EV = 96.48533212331  # CODATA 2018, exact: the Faraday constant
KJ_MOL_PER_HARTREE = 2625.4996394799  # CODATA 2018
KJ_MOL_PER_KCAL_MOL = 4.184  # the thermochemical calorie, exact

_BASES = {
    "kj": 1.0,
    "j": 1e-3,
    "kcal": KJ_MOL_PER_KCAL_MOL,
    "cal": KJ_MOL_PER_KCAL_MOL / 1000,
    "ev": KJ_MOL_PER_EV,
    "mev": KJ_MOL_PER_EV / 1000,
    "hartree": KJ_MOL_PER_HARTREE,
    "hartrees": KJ_MOL_PER_HARTREE,
    "ha": KJ_MOL_PER_HARTREE,
    "eh": KJ_MOL_PER_HARTREE,
    **dict.fromkeys(("mhartree", "millihartree", "mha", "meh"), KJ_MOL_PER_HARTREE / 1000),
    "a.u.": KJ_MOL_PER_HARTREE,
    "a.u": KJ_MOL_PER_HARTREE,
    "au": KJ_MOL_PER_HARTREE,
    "rydberg": KJ_MOL_PER_HARTREE / 2,
    "ry": KJ_MOL_PER_HARTREE / 2,
}
MINUS = re.compile("[\u2010-\u2015\u2212\ufe63\uff0d]")
_MOLAR = ("kj", "j", "kcal", "cal")
_OF = {
    **dict.fromkeys(("molecules", "molecule", "molec", "molekül", "molekul", "formula unit", "fu"), "molecule"),
    **dict.fromkeys(("unit cell", "unitcell", "cell", "elementarzelle", "zelle"), "cell"),
    **dict.fromkeys(("moles", "mole", "mol"), "mol"),
}


def _any_of(words) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


# A unit and what it is divided by: "kJ/mol", "kJmol-1", "kcal mol^-1", "kJ/(mol molecule)", "eV per unit cell".
_UNIT = re.compile(
    rf"(?<![a-zäöü.])({_any_of(_BASES)})((?:[\s/*·.^_()\[\]-]|\bper\b|per(?={_any_of(_OF)})|pro\b|{_any_of(_OF)}|1)*)"
    r"(?![a-zäöü])"
)
_WORD_OF = re.compile(_any_of(_OF))
_PER = re.compile(rf"(?:\bper|\bpro|/)[\s_]*({_any_of(_OF)})(?![a-zäöü])")


class Unit(NamedTuple):
    """A unit of energy.

    Attributes
    ----------
    factor : float
        Of a value in this unit to kJ/mol.
    basis : str
        ``molecule``, ``cell``, ``mol`` (of what, is not said: of molecules), or '' when nothing is said.
    """

    factor: float
    basis: str


def plain(text: str) -> str:
    """Return a text in small letters and plain signs: superscripts, minus signs and blanks of all kinds are one."""
    text = MINUS.sub("-", unicodedata.normalize("NFKC", text).lower()).replace("f.u.", "fu")
    return " ".join(re.sub("[⋅•]", "·", text).replace("_", " ").split())


@functools.lru_cache(maxsize=1024)
def parse_unit(text: str) -> Unit | None:
    """Return the unit that a text is, as a whole; None when it is none that is known."""
    found = find_unit(plain(text).strip(" ()[]"))
    return found[0] if found is not None and not found[1].strip(" ()[]/,") else None


def find_unit(text: str) -> tuple[Unit, str] | None:
    """Return the unit that stands somewhere in a `plain` text, and the text without it; None when there is none."""
    match = _UNIT.search(text)
    if match is None:
        return None
    base, divisor = match[1], match[2]
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    per = {_OF[word] for word in _WORD_OF.findall(divisor)}
    # "Energy per molecule (eV)" says it elsewhere.
    elsewhere = _PER.search(rest)
    if elsewhere is not None:
        per.add(_OF[elsewhere[1]])
        rest = rest[: elsewhere.start()] + rest[elsewhere.end() :]
    if {"molecule", "cell"} <= per or (base in ("j", "cal") and "mol" not in per):
        return None
    basis = next((word for word in ("cell", "molecule", "mol") if word in per), "mol" if base in _MOLAR else "")
    return Unit(_BASES[base], basis), rest


def per_what(text: str) -> tuple[str, str]:
    """Return ``molecule``, ``cell`` or '' as a `plain` text says that a quantity is per, and the rest of the text."""
    match = _PER.search(text)
    if match is None or _OF[match[1]] == "mol":
        return "", text
    return _OF[match[1]], text[: match.start()] + text[match.end() :]
