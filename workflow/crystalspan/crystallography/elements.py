"""Chemical elements and the isotopes of hydrogen, from the symbols and labels that stand in files."""

import functools
import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

import gemmi
import numpy as np

# Atomic masses of D and T, u: Wang et al., Chinese Phys. C 45, 030003 (2021), doi:10.1088/1674-1137/abddaf.
ISOTOPE_MASSES = {2: 2.014101778, 3: 3.016049281}
_ISOTOPES = {"D": 2, "T": 3}
# Capitals in labels: CL1 is chlorine, but in CA1, HO1 and NE1 the second letter is a name. SI is silicon: sulfur atoms
# are counted with digits.
_TWO_CAPITALS = {"CL": "Cl", "BR": "Br", "SI": "Si"}
# What organic molecules are made of; only these are looked for in the first letter of a label.
_ONE_LETTER = "HDTBCNOFPSI"
_DUMMY = re.compile(r"(?i)(?:cg|cen|cent|ctr|du|dum|x|xx|bq|lp|q)(?:\d+[a-z]?)?")


class Nuclide(NamedTuple):
    """An element, and which isotope of hydrogen: mass number 2 or 3, and 0 for all that is of natural abundance."""

    number: int
    isotope: int = 0


@functools.lru_cache(maxsize=4096)
def element(symbol: str) -> Nuclide | None:
    """Return the element of a symbol in any letters, such as C, CL or D; None when it is none."""
    symbol = symbol.strip().capitalize()
    if symbol in _ISOTOPES:
        return Nuclide(1, _ISOTOPES[symbol])
    number = gemmi.Element(symbol).atomic_number
    # gemmi takes the first letters of longer words.
    return Nuclide(number) if number and gemmi.Element(number).name == symbol else None


def labelled(label: str, listed: Collection[int] | None = None) -> Nuclide | None:
    """Return the element that a label such as C1, CL2, HO1, OXY1 or CAR3 stands for; None when it shows none.

    Two letters are an element where they are written as one (Ho1), or are Cl, Br or Si; of other capitals (HO1, CA)
    the first is the element and the second a name.

    Parameters
    ----------
    label : str
    listed : collection of int, optional
        Atomic numbers of the elements that there are, where a formula says so.
    """
    letters = (re.match(r"[A-Za-z]*", label) or [""])[0]
    two, one = element(letters[:2]) if len(letters) > 1 else None, element(letters[:1])
    if listed is not None:
        return next((found for found in (two, one) if found is not None and found.number in listed), None)
    if two is not None and (letters[1].islower() or letters[:2].upper() in _TWO_CAPITALS):
        return two
    if letters[:1].upper() in _ONE_LETTER:
        return one
    return two or one


def is_dummy(label: str) -> bool:
    """Tell whether a label is one of a ring's centroid, a dummy atom or a density peak: Cg1, Cent, X1, Du, Q3."""
    return _DUMMY.fullmatch(label) is not None


def formula_counts(text: str) -> dict[int, float] | None:
    """Return the composition of a formula such as ``C10 H6 S2`` or ``C10D6S2``, by atomic number; None for no formula.

    Hydrogen counts all its isotopes.
    """
    counts: dict[int, float] = {}
    position = 0
    text = "".join(text.split())
    for term in re.finditer(r"([A-Z][a-z]?)(\d{0,6}(?:\.\d{1,6})?)", text):
        found = element(term[1])
        if term.start() != position or found is None:
            return None
        counts[found.number] = counts.get(found.number, 0) + (float(term[2]) if term[2] else 1)
        position = term.end()
    return counts if counts and position == len(text) and all(counts.values()) else None


def same_composition(counts: dict, stated: dict) -> bool:
    """Tell whether two compositions (by atomic number) are multiples of one another, to a thousandth."""
    if set(counts) != set(stated):
        return False
    ratios = np.array([counts[number] / stated[number] for number in counts])
    return bool(np.ptp(ratios) <= 1e-3 * ratios.max())


def excess_masses(isotopes: Iterable[int]) -> np.ndarray:
    """Return by how much isotopes of hydrogen (mass numbers, (n,) int; 0: natural) are heavier than it, u, (n,)."""
    hydrogen = gemmi.Element(1).weight
    return np.array([ISOTOPE_MASSES[isotope] - hydrogen if isotope else 0.0 for isotope in isotopes])
