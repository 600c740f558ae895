"""The elements of a .res text's atoms: SFAC names them by number, labels by their letters, and the two must agree."""

import re
from collections.abc import Sequence

from crystalspan.crystallography.elements import Nuclide, element, labelled
from crystalspan.formats.interface import shortened
from crystalspan.formats.records import SYMBOLS

# Labels that begin with these are these elements; in others (CA, NE, HO) the second letter is a name.
_TWO_LETTERS = {"CL": "Cl", "BR": "Br", "SI": "Si"}
_HALOGENS = ("F", "Cl", "Br", "I")
_CHARGED = re.compile(r"\$?([A-Za-z]{1,2})(?:\d?[+-])?")
TRUSTED_HALOGEN = "structures with a halogen that SFAC lacks: the atom labels were believed"
TRUSTED_LABELS = (
    "structures whose SFAC list is of another molecule: the atom labels, which map one to one, were believed"
)


class Unreadable(Exception):
    """A record that cannot be read; args are reason and remedy."""


def listed_elements(words: list[str]) -> list[str]:
    """Return the elements that the words of one SFAC line name.

    SHELX's long form, ``SFAC C a1 b1 ... = ...``, names one element with its scattering factors.
    """
    if len(words) > 1 and not words[1][:1].isalpha() and _is_number(words[1]):
        return words[:1]
    return [word for word in words if word != "="]


def elements(
    labels: Sequence[str], indices: Sequence[str], sfac: Sequence[str], rows: Sequence[int]
) -> tuple[bytes, bytes, str | None]:
    """Return the elements of atom lines; label and SFAC number must agree.

    Where SFAC lacks elements that labels name, its numbers cannot be right. The labels are believed where they are
    halogens, or where labels and numbers map one to one and contradict SFAC: the list is then that of another molecule,
    or shifted. A list that is merely too short, and right as far as it goes, may be cut off: that is refused.

    Parameters
    ----------
    labels, indices : sequence of str, length n
        The first two words of each atom line.
    sfac : sequence of str
    rows : sequence of int, length n
        Line numbers.

    Returns
    -------
    numbers : bytes, length n
        Atomic numbers.
    isotopes : bytes, length n or 0
        As in `RawStructure`.
    remark : str or None
        Why labels were believed.

    Raises
    ------
    Unreadable
        No elements can be told.
    """
    known = []
    for word in sfac:
        charged = _CHARGED.fullmatch(word)
        one = element(charged[1]) if charged else None
        if one is None:
            raise Unreadable(f"SFAC names {shortened(word)!r}, which is no element", "correct the SFAC line")
        known.append(one)
    try:
        found, remark = _by_number(labels, indices, sfac, rows, known)
    except Unreadable:
        by_label = _one_to_one(labels, indices, known)
        if by_label is None:
            raise
        found, remark = by_label, TRUSTED_LABELS
    isotopes = bytes(one.isotope for one in found)
    return bytes(one.number for one in found), isotopes if any(isotopes) else b"", remark


def _by_number(labels, indices, sfac, rows, known):
    listed = {SYMBOLS[one.number] for one in known}
    found, remark = [], None
    for row, label, index in zip(rows, labels, indices, strict=True):
        # A sign or a decimal point is no SFAC number either.
        if not (index.isdecimal() and len(index) < 5 and 1 <= int(index) <= len(known)):
            if _lacking_halogen(label, listed):
                found.append(labelled(label))
                remark = TRUSTED_HALOGEN
                continue
            raise Unreadable(
                f"line {row}: SFAC number {shortened(index)} of {shortened(label)} is out of range"
                f" (SFAC {shortened(' '.join(sfac))})",
                "correct the SFAC line or the number",
            )
        one = known[int(index) - 1]
        meant = _label_element(label, SYMBOLS[one.number])
        if meant in _HALOGENS and meant not in listed:
            one, remark = element(meant), TRUSTED_HALOGEN
        elif meant is not None:
            raise _disagreement(row, label, index, meant, SYMBOLS[one.number], sfac, meant in listed)
        found.append(one)
    return found, remark


def _lacking_halogen(label, listed) -> bool:
    one = labelled(label)
    return one is not None and SYMBOLS[one.number] in _HALOGENS and SYMBOLS[one.number] not in listed


def _one_to_one(labels, indices, known) -> list[Nuclide] | None:
    """Return the elements of the labels, where SFAC cannot be of this molecule and each number is of one element."""
    found = [one for label in labels if (one := labelled(label)) is not None]
    if len(found) < len(labels) or not all(index.isdecimal() and len(index) < 5 for index in indices):
        return None
    inside = [(one, int(index)) for one, index in zip(found, indices, strict=True) if 1 <= int(index) <= len(known)]
    lacking = {one.number for one in found} - {one.number for one in known}
    if all(one.number == known[index - 1].number for one, index in inside) or not (lacking or len(inside) < len(found)):
        return None
    pairs = set(zip(indices, found, strict=True))
    return found if len(pairs) == len(set(indices)) == len(set(found)) else None


def _disagreement(row, label, index, meant, symbol, sfac, listed):
    problem = f"line {row}: label {shortened(label)} means {meant}, but its SFAC number {index} is {symbol}"
    if listed:
        return Unreadable(problem, f"correct the SFAC number of {shortened(label)}")
    lacks = f", and SFAC ({shortened(' '.join(sfac))}) lacks {meant}"
    return Unreadable(problem + lacks, f"add {meant} to SFAC and correct the numbers")


def _label_element(label: str, symbol: str) -> str | None:
    """Return the element that a label means when that is not `symbol`, else None."""
    letters = re.split("[^A-Za-z]", label, maxsplit=1)[0].upper()
    halogen = _TWO_LETTERS.get(letters[:2])
    if halogen is not None:
        return None if halogen == symbol else halogen
    if letters.startswith(symbol.upper()) or (symbol == "H" and letters[:1] in ("D", "T")):
        return None
    for length in (2, 1):
        found = element(letters[:length]) if len(letters) >= length else None
        if found is not None:
            return SYMBOLS[found.number]
    return None


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
