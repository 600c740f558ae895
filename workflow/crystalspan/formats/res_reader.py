"""SHELX .res text, read: the dialects of mol-CSPy, of DMACRYS, CrystalPredictor and MOLPAK, and of AIRSS."""

import re
from itertools import chain

import gemmi
import numpy as np

from crystalspan.errors import InputError
from crystalspan.formats.interface import LARGEST_RECORD, Format, pieces, shortened
from crystalspan.formats.records import RawStructure, Rejection, Settings
from crystalspan.formats.res_title import parse_title

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
_HALOGENS = ("F", "Cl", "Br", "I")
_FARTHEST = 1000.0  # fractional coordinates beyond this are no coordinates of a molecule in a cell
_MOST_REMEMBERED = 10_000  # untrusted files must not fill the memory with one key each
_LARGEST_REMEMBERED = 1000
_LONGEST_LINE = 4096
_REWRITE = "write the file again with the program that made it"
_TITL = re.compile(r"(?im)^TITL")
_TRUSTED_LABEL = "structures with a halogen that SFAC lacks: the atom labels were believed"


class _Unreadable(Exception):
    """A record that cannot be read; args are reason and remedy."""


class ResReader:
    """Reads .res texts; element lists and operations that come again are looked up, not worked out again.

    Parameters
    ----------
    settings : Settings
    remark : callable (str), optional
        Is told of liberties taken with a structure.
    mine : callable () -> bool, optional
        Says of the next structure of a text of many whether it is to be read.
    """

    def __init__(self, settings: Settings, remark=lambda what: None, mine=lambda: True):
        self.settings = settings
        self._remark = remark
        self._mine = mine
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
        if text[:4].upper() == "TITL" and "\ntitl" not in text.lower():
            yield self._record(text, 1, file, record, default_id)
            return
        first = _TITL.search(text)
        if first is None:
            yield Rejection(file, record, "no TITL line: not SHELX .res text", _REWRITE)
            return
        many = _TITL.search(text, first.end()) is not None
        for row, piece in pieces(text, (match.start() for match in _TITL.finditer(text))):
            if self._mine():
                where = f"{record} line {row}".strip() if many else record
                yield self._record(piece, row, file, where, default_id)

    def _record(self, text, row, file, record, default_id):
        """Read the text of one structure, whose TITL stands in line `row` of its file."""
        try:
            return self._structure(text, row, file, record, default_id)
        except _Unreadable as error:
            return Rejection(file, record, *error.args)
        except InputError as error:
            return Rejection(file, record, error.problem, error.remedy or _REWRITE)

    def _structure(self, text, row, file, record, default_id) -> RawStructure:
        if len(text) > LARGEST_RECORD:
            raise _Unreadable(f"a structure of more than {LARGEST_RECORD >> 20} MiB of text", _REWRITE)
        cell, latt, symm, sfac, atoms, ended = None, None, [], [], [], False
        words = self._words
        every_line = text.split("\n")
        lines = enumerate(every_line, row)
        title = next(lines)[1]
        _refuse_long(title, row)
        for number, line in lines:
            if not line or line[0] == " ":
                continue
            start_of_line = line[:4]
            word = words.get(start_of_line)
            if word is None:
                word = self._word(start_of_line)
            if not word:
                if not atoms and (block := self._block_of_atoms(every_line, number - row)):
                    atoms, ended = list(enumerate(block, number)), True
                    break
                atoms.append((number, line))
                if "=" in line:
                    # An atom line may go on after "="; what follows are displacement parameters.
                    next(lines, None)
            elif word == "END":
                ended = True
                break
            elif word == "CELL":
                cell = _cell(line, number)
            elif word == "LATT":
                latt = _latt(line, number)
            elif word == "SYMM":
                _refuse_long(line, number)
                if len(symm) == 192:
                    raise _Unreadable(f"line {number}: more than 192 SYMM lines", _REWRITE)
                symm.append(line[4:])
            elif word == "SFAC":
                sfac += line.split()[1:]
        for name, found in (("CELL line", cell), ("LATT line", latt), ("SFAC line", sfac), ("atoms", atoms)):
            if not found:
                raise _Unreadable(f"no {name} in the record that begins at line {row}: cut off?", _REWRITE)
        numbers, fractional, believed = self._atoms(atoms, tuple(sfac))
        if not ended and text[-1] != "\n":
            _refuse_cut_number(atoms)
        setting = self.settings.from_text(latt, tuple(symm))
        if believed:
            self._remark(_TRUSTED_LABEL)
        stated = parse_title(title[4:], default_id)
        return RawStructure(
            file, record, stated.id, stated.energy, stated.density, cell, setting, numbers, fractional,
            stated.basis, False, stated.space_group, stated.basis == "cell" and latt == -1 and not symm,
        )  # fmt: skip

    def _block_of_atoms(self, lines, first) -> list[str]:
        """Return the lines from the first atom to END where all are atoms, by known words; else none: look closer."""
        try:
            block = lines[first : lines.index("END", first)]
        except ValueError:
            return []
        words = self._words
        return block if {words.get(line[:4]) for line in block} == {""} and "=" not in "".join(block) else []

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

    def _atoms(self, atoms, sfac):
        """Return atomic numbers, coordinates, and whether labels were believed against SFAC numbers."""
        tokens = [line.split() for _, line in atoms]
        try:
            flat = list(map(float, chain.from_iterable([words[2:5] for words in tokens])))
        except ValueError:
            flat = []
        if len(flat) != 3 * len(tokens):
            flat = _careful_coordinates(tokens, atoms)
        # One test for NaN, infinity and nonsense: a comparison with NaN is false, a sum keeps it.
        if not (max(flat) < _FARTHEST and min(flat) > -_FARTHEST and sum(flat) < np.inf):
            raise _far_atom(flat, tokens, atoms)
        key = (sfac, *[token[0] for token in tokens], *[token[1] for token in tokens])
        known = self._elements.get(key)
        if known is None:
            known = _elements(tokens, sfac, atoms)
            if len(self._elements) < _MOST_REMEMBERED and len(tokens) <= _LARGEST_REMEMBERED:
                self._elements[key] = known
        return known[0], np.array(flat).reshape(-1, 3), known[1]


def _refuse_long(line, row):
    if len(line) > _LONGEST_LINE:
        raise _Unreadable(f"line {row}: longer than {_LONGEST_LINE} characters", _REWRITE)


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


def _careful_coordinates(tokens, atoms):
    flat = []
    for (row, _), words in zip(atoms, tokens, strict=True):
        try:
            flat += [float(words[2]), float(words[3]), float(words[4])]
        except (IndexError, ValueError):
            raise _Unreadable(
                f"line {row}: no atom (label, SFAC number, x, y, z): {shortened(' '.join(words), 60)!r}", _REWRITE
            ) from None
    return flat


def _far_atom(flat, tokens, atoms):
    inside = np.abs(np.array(flat).reshape(-1, 3)).max(axis=1) < _FARTHEST
    row, label = atoms[int(np.argmin(inside))][0], tokens[int(np.argmin(inside))][0]
    return _Unreadable(f"line {row}: {shortened(label)} is not at finite coordinates near the cell", _REWRITE)


def _refuse_cut_number(atoms):
    """Refuse a text that ends within its last number: no line end, and fewer decimals than every other."""
    decimals = [len(word.partition(".")[2]) for _, line in atoms for word in line.split()[2:5]]
    others = set(decimals[:-1])
    row, last = atoms[-1]
    if len(others) == 1 and decimals[-1] < min(others) and len(last.split()) == 5:
        raise _Unreadable(f"line {row}: the text ends within a number", _REWRITE)


def _elements(tokens, sfac, atoms) -> tuple[bytes, bool]:
    """Return the atomic numbers of atom lines; label and SFAC number must agree.

    Where SFAC lacks a halogen that labels name, their SFAC numbers cannot be right, and the labels are believed.
    """
    known = [gemmi.Element(word.capitalize()).atomic_number for word in sfac]
    if 0 in known:
        wrong = shortened(sfac[known.index(0)])
        raise _Unreadable(f"SFAC names {wrong!r}, which is no element", "correct the SFAC line")
    listed = {gemmi.Element(number).name for number in known}
    numbers, believed = bytearray(), False
    for (row, _), (label, index, *_) in zip(atoms, tokens, strict=True):
        # A sign or a decimal point is no SFAC number either.
        if not (index.isdecimal() and len(index) < 5 and 1 <= int(index) <= len(known)):
            raise _Unreadable(
                f"line {row}: SFAC number {shortened(index)} of {shortened(label)} is out of range"
                f" (SFAC {shortened(' '.join(sfac))})",
                "correct the SFAC line or the number",
            )
        number = known[int(index) - 1]
        meant = _label_element(label, gemmi.Element(number).name)
        if meant in _HALOGENS and meant not in listed:
            number, believed = gemmi.Element(meant).atomic_number, True
        elif meant is not None:
            raise _disagreement(row, label, index, meant, gemmi.Element(number).name, sfac, meant in listed)
        numbers.append(number)
    return bytes(numbers), believed


def _disagreement(row, label, index, meant, symbol, sfac, listed):
    problem = f"line {row}: label {shortened(label)} means {meant}, but its SFAC number {index} is {symbol}"
    if listed:
        return _Unreadable(problem, f"correct the SFAC number of {shortened(label)}")
    lacks = f", and SFAC ({shortened(' '.join(sfac))}) lacks {meant}"
    return _Unreadable(problem + lacks, f"add {meant} to SFAC and correct the numbers")


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


def _recognise(item) -> bool:
    head = item.head
    if head.startswith(b"TITL"):
        return True
    return b"\0" not in head and any(line[:4].upper() == b"TITL" for line in head.splitlines())


def _read(item, source):
    return source.res.read(item.text(), item.file, item.record, item.stem)


FORMAT = Format("res", "SHELX .res text", _recognise, _read)
