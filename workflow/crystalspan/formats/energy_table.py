"""Lattice energies, densities and space groups from tables beside or inside a source: CSV or spreadsheet."""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

from crystalspan.errors import InputError
from crystalspan.formats import spreadsheet
from crystalspan.formats.interface import Format, Item, decode
from crystalspan.formats.records import RawStructure

_IDENTITY = ("id", "label", "identifier", "structure", "name")
# What may follow in the heading of a column of lattice energies; eV or kcal may not.
_UNIT = ("kj", "mol", "kjmol", "per", "molecule")
_HEADING_ROWS = 20
# Energies that differ by more are not those of one structure (kJ/mol); tables round to 0.01.
SAME_ENERGY = 0.05
_LONGEST_LABEL = 200
_LONGEST_LINE = 1 << 20
_MOST_ROWS = 2_000_000
_LARGEST_TABLES = 1 << 28  # of one source, in all


@dataclass(slots=True)
class Row:
    """What a table says about one structure; NaN and None where it does not."""

    energy: float
    relative: float
    density: float
    space_group: str | None
    used: bool = False


class EnergyTables:
    """The tables of one source, read only when a structure does not state all itself.

    A table is one that has a column ``id`` (label, name, structure) and one of energies, as ``cspy-db dump``
    and the spreadsheets of CPOSS have. A label such as ``aa105`` stands for ``YICFEX_opt_aa105`` too. A label
    that stands for several energies stands for none.

    Parameters
    ----------
    note : callable (str, int)
        Is told of rows and tables that are of no use.
    """

    def __init__(self, note):
        self._note = note
        self._items = []
        self._beside = []
        self._bytes = 0

    def add(self, item: Item, place: int) -> None:
        """Add a table found within the source; `place` is that of the source's member."""
        self._bytes += len(item.whole or b"")
        if self._bytes > _LARGEST_TABLES:
            self._note("tables beyond 256 MiB in all", 1)
        else:
            self._items.append((place, item))

    def beside(self, source: Path) -> None:
        """Add the tables in the folder of a source that is a file; they give energies only, where none is stated."""
        for path in sorted(source.parent.iterdir()):
            if path.suffix.lower() in (".csv", ".xlsx") and path.is_file() and path != source:
                self._beside.append(path)

    def content(self):
        """Return what was added, for `take`."""
        return self._items, self._beside

    def take(self, contents) -> None:
        """Add what several ranks found in one source, as if one had found it all."""
        for place, item in sorted((one for items, _ in contents for one in items), key=lambda one: one[0]):
            self.add(item, place)
        self._beside = contents[0][1]

    def complete(self, structures: list[RawStructure]) -> None:
        """Fill in what structures do not say and the tables do."""
        lacking = [one for one in structures if math.isnan(one.energy)]
        if self._items and (lacking or any(math.isnan(one.density) for one in structures)):
            self._fill(structures, self._index([item for _, item in self._items], True))
            lacking = [one for one in lacking if math.isnan(one.energy)]
        if self._beside and lacking:
            items = [Item.on_disk(str(path), str(path), "") for path in self._beside]
            self._fill(lacking, self._index([item for item in items if recognise(item)], False))

    def _fill(self, structures, index):
        for structure in structures:
            row = _find(index, structure)
            if row is None:
                continue
            row.used = True
            stated = structure.energy if structure.energy_basis == "molecule" else math.nan
            if abs(stated - row.energy) > SAME_ENERGY:
                self._note("table rows whose energy is not that of the structure's file, which was kept", 1)
                continue
            if math.isnan(structure.energy):
                structure.energy = row.relative if math.isnan(row.energy) else row.energy
                structure.energy_is_relative = math.isnan(row.energy)
            if math.isnan(structure.density):
                structure.density = row.density
            structure.stated_space_group = structure.stated_space_group or row.space_group
        unused = {id(row) for row in index.values() if row is not None and not row.used}
        self._note("rows of a table without a structure", len(unused))

    def _index(self, items, inside):
        index = {}
        for item in items:
            found = 0
            try:
                for rows in _tables(item):
                    found += _add_rows(index, rows)
            except InputError as error:
                self._note(f"tables that cannot be read ({error.problem})", 1)
                continue
            if inside and not found:
                self._note("tables without columns of labels and energies", 1)
        return index


def _tables(item):
    """Yield the tables of a file, each as rows of str."""
    if item.head.startswith(b"PK"):
        yield from spreadsheet.sheets(item.data())
    else:
        text = item.text()
        yield _csv_rows(text, _separator(text[:10_000]))


def _separator(text) -> str:
    first = text.lstrip().partition("\n")[0]
    return max(",;\t", key=first.count)


def _lines(text):
    """Yield the lines of a text one by one; a list of them may take many times its memory."""
    start = 0
    while start < len(text):
        stop = text.find("\n", start) + 1 or len(text)
        if stop - start > _LONGEST_LINE:
            raise InputError("a line of more than 1 MiB")
        yield text[start:stop]
        start = stop


def _csv_rows(text, separator):
    lines = csv.reader(_lines(text), delimiter=separator)
    try:
        yield from lines
    except csv.Error as error:
        raise InputError(str(error)) from None


def _add_rows(index, rows) -> int:
    """Add the rows below the heading of a table; return their number."""
    columns = None
    for number, row in enumerate(rows):
        if len(index) > _MOST_ROWS:
            raise InputError(f"tables of more than {_MOST_ROWS} rows")
        if columns is None:
            if number == _HEADING_ROWS:
                return 0
            columns = _columns(row)
            continue
        label = _cell(row, columns.identity)
        if 0 < len(label) <= _LONGEST_LABEL:
            values = Row(
                _value(row, columns.energy),
                _value(row, columns.relative),
                _value(row, columns.density),
                _cell(row, columns.space_group) or None,
            )
            for key in _keys(label):
                _put(index, key, values)
    return len(index)


@dataclass(slots=True)
class _Columns:
    identity: int
    energy: int | None
    relative: int | None
    density: int | None
    space_group: int | None


def _columns(row) -> _Columns | None:
    """Return the columns of a heading, or None when the row is none."""
    heading = [" ".join(cell.split()).lower() for cell in row]

    def first(wanted):
        return next((i for i, cell in enumerate(heading) if wanted(cell)), None)

    identity = next((heading.index(name) for name in _IDENTITY if name in heading), None)
    energy, relative = first(_is_lattice_energy), first(_is_relative_energy)
    if identity is None or (energy is None and relative is None):
        return None
    density = first(lambda cell: cell.startswith("density") and "kg" not in cell)
    group = first(lambda cell: cell.replace("_", "").replace(" ", "") in ("spacegroup", "spg", "spacegroupnumber"))
    return _Columns(identity, energy, relative, density, group)


def _is_lattice_energy(cell: str) -> bool:
    """Tell ``Lattice Energy /kJmol-1`` and ``energy`` from energies of other kinds, and in other units."""
    words = re.findall("[a-z]+", cell)
    while words and words[-1] in _UNIT:
        words.pop()
    return words in (["lattice", "energy"], ["energy"], ["elatt"], ["e", "latt"])


def _is_relative_energy(cell: str) -> bool:
    words = [word for word in re.findall("[a-z]+", cell) if word not in _UNIT and word != "lattice"]
    return words in (["relative", "energy"], ["rel", "energy"])


def _keys(label: str):
    """Yield a label, and what follows its underscores: ``YICFEX_opt_aa105``, ``opt_aa105``, ``aa105``."""
    parts = label.split("_", 3)
    for start in range(len(parts)):
        key = "_".join(parts[start:])
        if key:
            yield key


def _put(index, key, row):
    known = index.setdefault(key, row)
    if known is not row and (known is None or not _agree(known, row)):
        index[key] = None


def _agree(first: Row, second: Row) -> bool:
    pairs = ((first.energy, second.energy), (first.relative, second.relative))
    return not any(abs(a - b) > SAME_ENERGY for a, b in pairs)


def _find(index, structure) -> Row | None:
    record = structure.record.rpartition("/")[2]
    stem = record.rpartition(".")[0] if "." in record else record
    for name in (structure.id, stem):
        for key in _keys(name):
            if key in index:
                return index[key]
    return None


def _cell(row, column) -> str:
    if column is None:
        return ""
    if isinstance(row, spreadsheet.SheetRow):
        return row.cell(column).strip()
    return row[column].strip() if column < len(row) else ""


def _value(row, column) -> float:
    try:
        return float(_cell(row, column))
    except ValueError:
        return math.nan


def recognise(item: Item) -> bool:
    """Tell a spreadsheet, or a text whose first lines are a heading with labels and energies."""
    head = item.head
    if head.startswith(b"PK\x03\x04"):
        return b"[Content_Types].xml" in head[:4096] or b"xl/" in head[:200]
    if b"\0" in head or not re.search(rb"(?i)energy|latt", head):
        return False
    text = decode(head)
    try:
        rows = csv.reader(text.splitlines()[:_HEADING_ROWS], delimiter=_separator(text))
        return any(_columns(row) is not None for row in rows)
    except csv.Error:
        return False


def _read(item, source):
    source.tables.add(item, source.place)
    return ()


FORMAT = Format("table", "table of energies (CSV or .xlsx)", recognise, _read, "energies")
