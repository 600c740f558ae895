"""SHELX .res text, read: the dialects of mol-CSPy and of DMACRYS, CrystalPredictor and MOLPAK."""

import math
import re

import gemmi
import numpy as np

from crystalspan.errors import InputError
from crystalspan.formats.records import RawStructure, Rejection, Settings

# SHELX instructions that a structure file may carry between its cell and its atoms; none of them is an atom.
_WORDS = """
    ABIN ACTA AFIX ANIS ANSC ANSR BASF BIND BLOC BOND BUMP CELL CGLS CHIV CONF CONN DAMP DANG DEFS DELU
    DFIX DISP EADP EQIV EXTI EXYZ FEND FLAT FMAP FRAG FREE FVAR GRID HFIX HTAB INIT ISOR L.S. LATT LAUE
    LIST MERG MORE MOVE MPLA NCSY NEUT OMIT PART PATT PLAN REM RESI RIGU RTAB SADI SAME SFAC SHEL SIMU
    SIZE SPEC STIR SUMP SWAT SYMM TEMP TIME TITL TREF TWIN TWST UNIT VECT WGHT WIGL WPDB XNPD ZERR
"""
_INSTRUCTIONS = frozenset(_WORDS.split())
# Labels that begin with these are these elements; in others (CA, NE, HO) the second letter is a name.
_TWO_LETTERS = {"CL": "Cl", "BR": "Br", "SI": "Si"}
_FARTHEST = 1000.0  # fractional coordinates beyond this are no coordinates of a molecule in a cell
_DMACRYS_TITLE = re.compile(r"^(\S+?)\(\s*([-+]?\d+\.?\d*(?:[eE][-+]?\d+)?)\s*\)(?:\s|$)")
_MOST_REMEMBERED = 10_000  # untrusted files must not fill the memory with one key each
_REWRITE = "write the file again with the program that made it"


class _Unreadable(Exception):
    """A record that cannot be read; args are reason and remedy."""


class ResReader:
    """Reads .res texts; element lists and operations that come again are looked up, not worked out again."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self._elements = {}
        self._words = {}

    def read(self, text: str, file: str, record: str, default_id: str):
        """Yield every structure of a text as a `RawStructure`, or a `Rejection` that says why not.

        Parameters
        ----------
        text : str
            One structure, or many joined by END lines or simply one after another.
        file, record : str
            Where the text stands; for a text of many structures the line number is added to `record`.
        default_id : str
            Identity of a structure whose TITL line is empty.
        """
        lines = text.splitlines()
        if text.startswith("TITL") and "TITL" not in text.upper()[4:]:
            starts = [0]
        else:
            starts = [i for i, line in enumerate(lines) if line[:4].upper() == "TITL"]
        if not starts:
            yield Rejection(file, record, "no TITL line: not SHELX .res text", _REWRITE)
            return
        ends_open = not text.endswith(("\n", "\r"))
        many = len(starts) > 1
        for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
            where = f"{record} line {start + 1}".strip() if many else record
            try:
                yield self._structure(lines, start, stop, file, where, default_id, ends_open and stop == len(lines))
            except _Unreadable as error:
                yield Rejection(file, where, *error.args)
            except InputError as error:
                yield Rejection(file, where, error.problem, error.remedy or _REWRITE)

    def _structure(self, lines, start, stop, file, record, default_id, ends_open) -> RawStructure:
        identity, energy, density = parse_title(lines[start][4:], default_id)
        cell, latt, symm, sfac, atoms, first, ended = None, None, [], [], [], None, False
        row = start + 1
        while row < stop:
            line = lines[row]
            row += 1
            if not line or line[0] == " ":
                continue
            start_of_line = line[:4]
            word = self._words.get(start_of_line)
            if word is None:
                word = self._word(start_of_line)
            if not word or word == "END":
                if word:
                    ended = True
                    break
                first = row if first is None else first
                atoms.append(line)
                # An atom line may go on after "="; what follows are displacement parameters.
                row += "=" in line
            elif word == "CELL":
                cell = _cell(line, row)
            elif word == "LATT":
                latt = _latt(line, row)
            elif word == "SYMM":
                symm.append(line[4:])
            elif word == "SFAC":
                sfac += line.split()[1:]
        for name, found in (("CELL line", cell), ("LATT line", latt), ("SFAC line", sfac), ("atoms", atoms)):
            if not found:
                raise _Unreadable(f"no {name} in the record that begins at line {start + 1}: cut off?", _REWRITE)
        numbers, fractional = self._atoms(atoms, tuple(sfac), first)
        if ends_open and not ended:
            _refuse_cut_number(atoms, row)
        setting = self.settings.from_text(latt, tuple(symm))
        return RawStructure(file, record, identity, energy, density, cell, setting, numbers, fractional)

    def _word(self, start_of_line: str) -> str:
        """Return the instruction that four characters begin (END for all that end a structure), else ''."""
        word = start_of_line.upper().rstrip()
        if word in ("END", "HKLF"):
            word = "END"
        elif word not in _INSTRUCTIONS:
            word = ""
        if len(self._words) < _MOST_REMEMBERED:
            self._words[start_of_line] = word
        return word

    def _atoms(self, atoms, sfac, first):
        tokens = [line.split() for line in atoms]
        try:
            fractional = np.array([[float(x), float(y), float(z)] for _, _, x, y, z in tokens])
        except ValueError:
            fractional = _careful_coordinates(tokens, first)
        # One test for NaN, infinity and nonsense: a comparison with NaN is false.
        if not (np.abs(fractional).max() < _FARTHEST):
            worst = int(np.argmin(np.abs(fractional).max(axis=1) < _FARTHEST))
            raise _Unreadable(
                f"line {first + worst}: {tokens[worst][0]} is not at finite coordinates near the cell",
                _REWRITE,
            )
        key = (sfac, *[token[0] for token in tokens], *[token[1] for token in tokens])
        numbers = self._elements.get(key)
        if numbers is None:
            try:
                numbers = _elements(tokens, sfac, first)
            except _Unreadable as error:
                numbers = error
            if len(self._elements) < _MOST_REMEMBERED:
                self._elements[key] = numbers
        if isinstance(numbers, _Unreadable):
            raise numbers
        return numbers, fractional


def parse_title(text: str, default_id: str):
    """Return identity, lattice energy and density of a TITL line; NaN for what it does not say.

    ``id energy density`` is mol-CSPy's dialect, ``id(energy) [space group]`` that of DMACRYS.

    Raises
    ------
    _Unreadable
        The line is of the AIRSS dialect, whose energies are of the cell and in eV.
    """
    words = text.split()
    if not words:
        return default_id, math.nan, math.nan
    match = _DMACRYS_TITLE.match(text.strip())
    if match:
        return match[1], float(match[2]), math.nan
    if len(words) >= 9 and words[-3:-1] == ["n", "-"]:
        raise _Unreadable(
            "AIRSS dialect of .res (TITL name pressure volume energy ...): not read yet",
            "convert it to SHELX .res with the lattice energy in kJ/mol per molecule in TITL",
        )
    return words[0], _number(words, 1), _number(words, 2)


def _number(words, i) -> float:
    try:
        return float(words[i])
    except (IndexError, ValueError):
        return math.nan


def _cell(line, row):
    words = line.split()[1:]
    try:
        values = tuple(float(word) for word in words)
    except ValueError:
        values = ()
    if len(values) != 7:
        raise _Unreadable(f"line {row}: CELL needs the wavelength and six numbers", _REWRITE)
    return values[1:]


def _latt(line, row) -> int:
    words = line.split()
    try:
        return int(words[1])
    except (IndexError, ValueError):
        raise _Unreadable(f"line {row}: LATT needs one whole number", _REWRITE) from None


def _careful_coordinates(tokens, first):
    rows = []
    for row, words in enumerate(tokens, first):
        try:
            rows.append([float(words[2]), float(words[3]), float(words[4])])
        except (IndexError, ValueError):
            raise _Unreadable(
                f"line {row}: no atom (label, SFAC number, x, y, z): {' '.join(words)[:60]!r}", _REWRITE
            ) from None
    return np.array(rows)


def _refuse_cut_number(atoms, row):
    """Refuse a text that ends within its last number: no line end, and fewer decimals than every other."""
    decimals = [len(word.partition(".")[2]) for line in atoms for word in line.split()[2:5]]
    others = set(decimals[:-1])
    if len(others) == 1 and decimals[-1] < min(others) and len(atoms[-1].split()) == 5:
        raise _Unreadable(f"line {row}: the text ends within a number", _REWRITE)


def _elements(tokens, sfac, first) -> bytes:
    """Return the atomic numbers of atom lines; label and SFAC number must agree."""
    known = [gemmi.Element(word.capitalize()).atomic_number for word in sfac]
    if 0 in known:
        raise _Unreadable(f"SFAC names {sfac[known.index(0)]!r}, which is no element", "correct the SFAC line")
    numbers = bytearray()
    for row, words in enumerate(tokens, first):
        label, index = words[0], words[1]
        # A sign or a decimal point is no SFAC number either.
        if not index.isdecimal() or not 1 <= int(index) <= len(known):
            raise _Unreadable(
                f"line {row}: SFAC number {index} of {label} is out of range (SFAC {' '.join(sfac)})",
                "correct the SFAC line or the number",
            )
        symbol = gemmi.Element(known[int(index) - 1]).name
        meant = _label_element(label, symbol)
        if meant is not None:
            listed = meant in [gemmi.Element(number).name for number in known]
            raise _Unreadable(
                f"line {row}: label {label} means {meant}, but its SFAC number {index} is {symbol}"
                + ("" if listed else f", and SFAC ({' '.join(sfac)}) lacks {meant}"),
                f"correct the SFAC number of {label}" if listed else f"add {meant} to SFAC and correct the numbers",
            )
        numbers.append(known[int(index) - 1])
    return bytes(numbers)


def _label_element(label: str, symbol: str) -> str | None:
    """Return the element that a label means when that is not `symbol`, else None."""
    letters = re.match(r"[A-Za-z]*", label)[0].upper()
    halogen = _TWO_LETTERS.get(letters[:2])
    if halogen is not None:
        return None if halogen == symbol else halogen
    if letters.startswith(symbol.upper()) or (symbol in "HD" and letters[:1] in ("H", "D")):
        return None
    for length in (2, 1):
        element = gemmi.Element(letters[:length].capitalize()) if len(letters) >= length else None
        if element is not None and element.atomic_number:
            return element.name
    return None
