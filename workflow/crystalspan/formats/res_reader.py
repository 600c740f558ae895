"""SHELX .res text, read: the dialects of mol-CSPy, of DMACRYS, CrystalPredictor and MOLPAK, and of AIRSS."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, compress

import numpy as np

from crystalspan.crystallography.lattices import generated_operations
from crystalspan.errors import InputError
from crystalspan.formats.contents import holds_several_molecules
from crystalspan.formats.interface import LARGEST_RECORD, Format, pieces, shortened
from crystalspan.formats.records import RawStructure, Rejection, Settings
from crystalspan.formats.res_elements import Unreadable, elements, listed_elements
from crystalspan.formats.res_occupancy import agreeing_atoms
from crystalspan.formats.res_title import LONGEST_SYMBOL, parse_title

# SHELX instructions that a structure file may carry between its cell and its atoms, and SPACEGROUP lines of other
# programs; none of them is an atom.
_WORDS = """
    ABIN ACTA AFIX ANIS ANSC ANSR BASF BEDE BIND BLOC BOND BUMP CELL CGLS CHIV CONF CONN DAMP DANG DEFS DELU
    DFIX DISP EADP EGEN EQIV ESEL EXTI EXYZ FEND FLAT FMAP FRAG FREE FVAR GRID HFIX HOPE HTAB INIT ISOR L.S.
    LATT LAUE LIST LONE MERG MOLE MORE MOVE MPLA NCSY NEUT OMIT PART PATT PHAN PLAN PRIG PSEE REM RESI RIGU
    RTAB SADI SAME SFAC SHEL SIMU SIZE SPAC SPEC SPGR STIR SUBS SUMP SWAT SYMM TEMP TEXP TIME TITL TREF TWIN
    TWST UNIT VECT WGHT WIGL WPDB XNPD ZERR
"""
_INSTRUCTIONS = frozenset(_WORDS.split())
_WHOLE = re.compile(r"\d{1,4}(?:\.0*)?")
_PEAK = re.compile(r"Q\d+")  # of electron density, not an atom
_COMMENT = re.compile(r"[A-Za-z]{5,}|[!#*;/%]\S*")  # first words of lines that some programs add; labels are shorter
_FARTHEST = 1000.0  # fractional coordinates beyond this are no coordinates of a molecule in a cell
_MOST_REMEMBERED = 10_000  # untrusted files must not fill the memory with one key each
_LARGEST_REMEMBERED = 1000
_LONGEST_LINE = 4096
_REWRITE = "write the file again with the program that made it"
_TITL = re.compile(r"(?im)^TITL")
_GENERATORS = "structures whose SYMM lines only generate their group: it was completed, as Z confirms"
_COMMENTS = "lines of .res files that are neither SHELX instructions nor atoms"


@dataclasses.dataclass(slots=True)
class _Text:
    """What the lines of one structure say.

    `atoms` are lines and `rows` their numbers in the file; `parts` holds, for each PART line, the atoms before it
    (how many) and its words.
    """

    title: str
    cell: tuple[float, ...] = ()
    latt: int = 0
    symm: list[str] = dataclasses.field(default_factory=list)
    sfac: list[str] = dataclasses.field(default_factory=list)
    atoms: list[str] = dataclasses.field(default_factory=list)
    rows: list[int] = dataclasses.field(default_factory=list)
    ended: bool = False
    unit: Sequence[str] = ()
    fvar: Sequence[str] = ()
    parts: Sequence[tuple[int, list[str]]] = ()
    group: str | None = None
    z: int = 0


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

    def __init__(
        self,
        settings: Settings,
        remark: Callable[[str], None] = lambda what: None,
        mine: Callable[[], bool] = lambda: True,
    ):
        self.settings = settings
        self._remark = remark
        self._mine = mine
        self._elements: dict[tuple, tuple[bytes, bytes, str | None]] = {}
        self._words: dict[str, str] = {}

    def read(self, text: str, file: str, record: str, default_id: str) -> Iterator[RawStructure | Rejection]:
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
                yield self._record(piece, row, file, where, f"{default_id}-{row}" if many else default_id)

    def _record(self, text, row, file, record, default_id):
        """Read the text of one structure, whose TITL stands in line `row` of its file."""
        try:
            if len(text) > LARGEST_RECORD:
                raise Unreadable(f"a structure of more than {LARGEST_RECORD >> 20} MiB of text", _REWRITE)
            return self._structure(self._text(text, row), text, row, file, record, default_id)
        except Unreadable as error:
            return Rejection(file, record, *error.args)
        except InputError as error:
            return Rejection(file, record, error.problem, error.remedy or _REWRITE)

    def _text(self, text, row) -> _Text:
        """Sort the lines of a structure by their first four letters."""
        words = self._words
        every_line = text.split("\n")
        lines = enumerate(every_line, row)
        read = _Text(next(lines)[1])
        _refuse_long(read.title, row)
        for number, line in lines:
            if not line or line[0] == " ":
                continue
            start_of_line = line[:4]
            word = words.get(start_of_line)
            if word is None:
                word = self._word(start_of_line)
            if not word:
                if not read.atoms and (block := self._block_of_atoms(every_line, number - row, text)):
                    read.atoms, read.rows, read.ended = block, list(range(number, number + len(block))), True
                    break
                read.atoms.append(line)
                read.rows.append(number)
                if "=" in line:
                    # An atom line may go on after "="; what follows are displacement parameters.
                    next(lines, None)
            elif word == "END":
                read.ended = True
                break
            elif word == "SYMM":
                _refuse_long(line, number)
                if len(read.symm) == 192:
                    raise Unreadable(f"line {number}: more than 192 SYMM lines", _REWRITE)
                read.symm.append(line[4:])
            else:
                _take_instruction(read, word, line, number, lines)
        return read

    def _structure(self, read: _Text, text, row, file, record, default_id) -> RawStructure:
        needed = (("CELL line", read.cell), ("LATT line", read.latt), ("SFAC line", read.sfac), ("atoms", read.atoms))
        for name, found in needed:
            if not found:
                raise Unreadable(f"no {name} in the record that begins at line {row}: cut off?", _REWRITE)
        numbers, isotopes, fractional, remark = self._atoms(read)
        if not read.ended and text[-1] != "\n":
            _refuse_cut_number(read)
        setting = self._setting(read)
        if remark:
            self._remark(remark)
        if read.parts or read.unit:
            operations = self.settings.rotations[setting], self.settings.translations[setting]
            kept = agreeing_atoms(read, numbers, fractional, operations, remark is None, self._remark)
            if kept is not None:
                numbers, fractional = bytes(numbers[i] for i in kept), fractional[kept]
                isotopes = bytes(isotopes[i] for i in kept) if isotopes else b""
        stated = parse_title(read.title[4:], default_id)
        group = read.group if stated.space_group is None else stated.space_group
        complete = len(self.settings.rotations[setting]) == 1
        if complete and stated.basis == "molecule" and _is_p1(group):
            # One molecule in the group that a search was made in; several are the cell of a crystal with more symmetry.
            complete = holds_several_molecules(numbers, fractional, read.cell)
        return RawStructure(
            file, record, stated.id, stated.energy, stated.density, read.cell, setting, numbers, fractional,
            stated.basis, False, group, complete, isotopes,
        )  # fmt: skip

    def _setting(self, read: _Text) -> int:
        """Return the row of the operations; where SYMM lists generators only, Z must confirm what they generate."""
        latt, symm = read.latt, tuple(read.symm)
        try:
            return self.settings.from_text(latt, symm)
        except InputError:
            if not read.z:
                raise
            setting = self.settings.from_text(latt, symm, generated_operations)
            if read.z % len(self.settings.rotations[setting]):
                raise
            self._remark(_GENERATORS)
            return setting

    def _block_of_atoms(self, lines, first, text) -> list[str]:
        """Return the lines from the first atom to END where all are atoms, by known words; else none: look closer."""
        try:
            block = lines[first : lines.index("END", first)]
        except ValueError:
            return []
        words = self._words
        if {words.get(line[:4]) for line in block} != {""}:
            return []
        return block if "=" not in text or "=" not in "".join(block) else []

    def _word(self, start_of_line: str) -> str:
        """Return the instruction that four characters begin (END for all that end a structure), else ''."""
        word = next(iter(start_of_line.upper().split()), "")
        if word in ("END", "HKLF"):
            word = "END"
        elif _PEAK.fullmatch(word):
            word = "PEAK"
        elif word not in _INSTRUCTIONS:
            word = ""
        if len(self._words) < _MOST_REMEMBERED:
            self._words[start_of_line] = word
        return word

    def _atoms(self, read: _Text):
        """Return atomic numbers, isotopes, coordinates, and why labels were believed against SFAC numbers, if so."""
        labels, indices, coordinates = _columns(read.atoms)
        if coordinates is None:
            if self._without_comments(read):
                return self._atoms(read)
            coordinates = _careful_coordinates(read)
        # A comparison with NaN is false.
        if not abs(coordinates).max() < _FARTHEST:
            raise _far_atom(coordinates, read)
        sfac = tuple(read.sfac)
        key = (sfac, *labels, *indices)
        known = self._elements.get(key)
        if known is None:
            known = elements(labels, indices, sfac, read.rows)
            if len(self._elements) < _MOST_REMEMBERED and len(labels) <= _LARGEST_REMEMBERED:
                self._elements[key] = known
        return known[0], known[1], coordinates, known[2]

    def _without_comments(self, read: _Text) -> bool:
        """Take lines out of the atoms that are none, such as ``DENSITY 1.45``; tell whether there were any."""
        stays = [not _is_comment(line.split()) for line in read.atoms]
        if all(stays) or not any(stays):
            return False
        self._remark(_COMMENTS)
        read.parts = [(sum(stays[:before]), part) for before, part in read.parts]
        read.atoms, read.rows = list(compress(read.atoms, stays)), list(compress(read.rows, stays))
        return True


def _columns(lines):
    """Return labels, SFAC numbers and coordinates (n, 3) of atom lines; None for what some lines lack."""
    words, n = " ".join(lines).split(), len(lines)
    width = len(words) // n
    labels = words[:: width or 1]
    # All lines as long as one another, as programs write them; where lines are not, a label meets float().
    if width < 5 or width * n != len(words) or not "".join([label[0] for label in labels]).isalpha():
        tokens = [line.split() for line in lines]
        if min(map(len, tokens)) < 5:
            return [], [], None
        words, width = list(chain.from_iterable([one[:5] for one in tokens])), 5
        labels = words[::5]
    try:
        coordinates = np.array([list(map(float, words[axis::width])) for axis in (2, 3, 4)]).T.copy()
    except ValueError:
        coordinates = None
    return labels, words[1::width], coordinates


def _is_comment(words) -> bool:
    is_atom = len(words) >= 5 and words[1].isdecimal()
    return not is_atom and (not words or _COMMENT.fullmatch(words[0]) is not None)


def _is_p1(group) -> bool:
    return str(group).replace(" ", "").upper() in ("1", "P1")


def _take_instruction(read: _Text, word, line, number, lines):
    """Take what one instruction says; `lines` stand behind it, and go on behind what belongs to it."""
    if word == "CELL":
        read.cell = _cell(line, number)
    elif word == "LATT":
        read.latt = _latt(line, number)
    elif word == "SFAC":
        listed = line.split()[1:]
        while listed and listed[-1] == "=":
            listed = listed[:-1] + next(lines, (0, ""))[1].split()
        read.sfac += listed_elements(listed)
    elif word == "ZERR":
        z = line.split()[1:2]
        read.z = int(float(z[0])) if z and _WHOLE.fullmatch(z[0]) else 0
    elif word == "UNIT":
        read.unit = line.split()[1:]
    elif word == "FVAR":
        read.fvar = [*read.fvar, *line.split()[1:]]
    elif word == "PART":
        read.parts = [*read.parts, (len(read.atoms), line.split()[1:])]
    elif word in ("SPAC", "SPGR"):
        group = line.partition(" ")[2].strip()
        read.group = group if 0 < len(group) <= LONGEST_SYMBOL else None
    elif word == "FRAG":
        # A fragment's own coordinates, up to FEND, are not those of the crystal.
        while next(lines, (0, "FEND"))[1][:4].upper() != "FEND":
            pass


def _refuse_long(line, row):
    if len(line) > _LONGEST_LINE:
        raise Unreadable(f"line {row}: longer than {_LONGEST_LINE} characters", _REWRITE)


def _cell(line, row):
    words = line.split()[1:]
    try:
        values = tuple(float(word) for word in words)
    except ValueError:
        values = ()
    if len(values) != 7:
        raise Unreadable(f"line {row}: CELL needs the wavelength and six numbers", _REWRITE)
    return values[1:]


def _latt(line, row) -> int:
    words = line.split()
    try:
        return int(words[1])
    except (IndexError, ValueError):
        raise Unreadable(f"line {row}: LATT needs one whole number", _REWRITE) from None


def _careful_coordinates(read: _Text) -> np.ndarray:
    rows = []
    for number, line in zip(read.rows, read.atoms, strict=True):
        words = line.split()
        try:
            # Fortran writes 3.17D-01.
            rows.append([float(word.upper().replace("D", "E")) for word in (words[2], words[3], words[4])])
        except (IndexError, ValueError):
            atom = shortened(" ".join(words), 60)
            raise Unreadable(f"line {number}: no atom (label, SFAC number, x, y, z): {atom!r}", _REWRITE) from None
    return np.array(rows)


def _far_atom(coordinates, read: _Text):
    atom = int(np.argmin(abs(coordinates).max(axis=1) < _FARTHEST))
    label = shortened(read.atoms[atom].split()[0])
    return Unreadable(f"line {read.rows[atom]}: {label} is not at finite coordinates near the cell", _REWRITE)


def _refuse_cut_number(read: _Text):
    """Refuse a text that ends within its last number: no line end, and fewer decimals than every other."""
    decimals = [len(word.partition(".")[2]) for line in read.atoms for word in line.split()[2:5]]
    others = set(decimals[:-1])
    if len(others) == 1 and decimals[-1] < min(others) and len(read.atoms[-1].split()) == 5:
        raise Unreadable(f"line {read.rows[-1]}: the text ends within a number", _REWRITE)


def _recognise(item) -> bool:
    head = item.head
    if head.startswith(b"TITL"):
        return True
    return b"\0" not in head and any(line[:4].upper() == b"TITL" for line in head.splitlines())


def _read(item, source):
    return source.res.read(item.text(), item.file, item.record, item.stem)


FORMAT = Format("res", "SHELX .res text", _recognise, _read)
