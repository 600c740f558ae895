"""Lattice energies, densities and space groups from tables beside or inside a source: CSV or spreadsheet."""

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from crystalspan.errors import InputError
from crystalspan.formats.interface import Format, Item, shortened
from crystalspan.formats.records import RawStructure, Rejection
from crystalspan.formats.table_headings import is_identity
from crystalspan.formats.table_labels import SAME_ENERGY, Labels, Match
from crystalspan.formats.table_rows import Row, first_heading, is_unread, rows_of_file
from crystalspan.formats.table_shapes import has_table
from crystalspan.text import decode

_LARGEST_TABLES = 1 << 28  # of one source, in all
_SUFFIXES = (".csv", ".tsv", ".xlsx", ".txt", ".dat", ".xls", ".ods")
_MOST_MOLECULES = 16
_CORRECT = "correct the file or the table: the energy is that of one molecule"
_NAMED = 5
_NO_ENERGIES = "has no column that is known as lattice energies, of a molecule or of the cell"
_PART_OF_THE_ID = "structures whose energy stands in a table under a part of their id, as aa105 for X_opt_aa105"
# The tables within a source, with their places; those beside it; and its name.
_Content = tuple[list[tuple[int, Item]], list[Path], str]


class EnergyTables:
    """The tables of one source.

    A table is one that has a column ``id`` (label, name, structure) and one of energies, as ``cspy-db dump``
    and the spreadsheets of CPOSS have. Those within the source, and the one beside it that has its name, must agree
    with what the structures' files say; others beside it are read where an energy is missing.

    Parameters
    ----------
    note, remark : callable (str, int)
        Are told of rows and tables that are of no use, and of liberties taken.
    """

    def __init__(self, note: Callable[..., None], remark: Callable[..., None] = lambda what, number=1: None):
        self._note, self._remark = note, remark
        self._items: list[tuple[int, Item]] = []
        self._beside: list[Path] = []
        self._bytes = 0
        self._source = ""

    def add(self, item: Item, place: int) -> None:
        """Add a table found within the source; `place` is that of the source's member."""
        self._bytes += len(item.whole or b"")
        if self._bytes > _LARGEST_TABLES:
            self._note("tables beyond 256 MiB in all", 1)
        else:
            self._items.append((place, item))

    def beside(self, source: Path) -> None:
        """Add the tables in the folder of a source that is a file."""
        self._source = source.stem
        for path in sorted(source.parent.iterdir()):
            if path.suffix.lower() in _SUFFIXES and path.is_file() and path != source:
                self._beside.append(path)

    def content(self) -> _Content:
        """Return what was added, for `take`."""
        return self._items, self._beside, self._source

    def take(self, contents: Sequence[_Content]) -> None:
        """Add what several ranks found in one source, as if one had found it all."""
        for place, item in sorted((one for items, *_ in contents for one in items), key=lambda one: one[0]):
            self.add(item, place)
        _, self._beside, self._source = contents[0]

    def complete(self, found: list) -> list:
        """Fill in what structures do not say and the tables do; reject those that a table contradicts.

        Parameters
        ----------
        found : list of RawStructure or Rejection

        Returns
        -------
        list of RawStructure or Rejection
        """
        if not self._items and not self._beside:
            return found
        structures = [one for one in found if isinstance(one, RawStructure)]
        wrong: dict[int, Rejection] = {}
        own = [path for path in self._beside if path.stem == self._source]
        inside = [item for _, item in self._items] + _tables(own)
        if inside:
            wrong = self._join(structures, self._labels(inside), lambda structure: True)
        others = [path for path in self._beside if path not in own]
        if others and any(map(_lacks_energy, structures)):
            self._join(structures, self._labels(_tables(others)), _lacks_energy)
        return [wrong.get(id(one), one) for one in found] if wrong else found

    def _join(self, structures, labels: Labels, wanted) -> dict[int, Rejection]:
        """Give structures what their rows say; return those whose energy is another than that of their row."""
        wrong, parts = {}, 0
        matches = labels.match(structures) if len(labels) else [Match([], False)] * len(structures)
        for structure, match in zip(structures, matches, strict=True):
            if not wanted(structure):
                continue
            if _lacks_energy(structure):
                row = _chosen(structure, match, labels)
                if row is not None:
                    _take_energy(structure, row)
                    parts += not match.whole
            else:
                row = _same_energy(structure, match.rows)
                if row is None and (reason := _contradiction(structure, match.rows)):
                    wrong[id(structure)] = structure.reject(reason, _CORRECT)
                row = row or (match.rows[0] if match.rows else None)
            if row is not None:
                _take_others(structure, row)
        self._note("rows of a table without a structure", labels.unused(matches))
        self._remark(_PART_OF_THE_ID, parts)
        return wrong

    def _labels(self, items) -> Labels:
        labels = Labels()
        for item in items:
            before = len(labels)
            try:
                for row in rows_of_file(item):
                    labels.add(row)
            except InputError as error:
                self._note(f"tables that cannot be read ({error.problem})", 1)
                labels.unread.append(f"table {item.record or item.name} cannot be read: {error.problem}")
                continue
            if len(labels) == before:
                self._note("tables without columns of labels and energies", 1)
                if headings := [shortened(one) for one in first_heading(item) if one and not is_identity(one)]:
                    has = ", ".join(map(repr, headings[:_NAMED]))
                    labels.unread.append(f"table {item.record or item.name} {_NO_ENERGIES} (it has {has})")
        return labels


def _tables(paths) -> list[Item]:
    items = (Item.on_disk(str(path), str(path), "") for path in paths)
    return [item for item in items if recognise(item)]


def _lacks_energy(structure: RawStructure) -> bool:
    return math.isnan(structure.energy)


def _same_energy(structure: RawStructure, rows: list[Row]) -> Row | None:
    """Return a row with the energy that the structure's file gives."""
    for row in rows:
        if abs(row.energy - structure.energy) <= SAME_ENERGY:
            return row
    return None


def _contradiction(structure: RawStructure, rows: list[Row]) -> str:
    """Say how the energy of a structure's file and those of its rows differ; '' when they cannot be compared."""
    stated = [row for row in rows if row.basis == structure.energy_basis and not math.isnan(row.energy)]
    if not stated or structure.energy_is_relative:
        return ""
    row = stated[0]
    return (
        f"energies of file and table disagree: {structure.energy:.3f} kJ/mol in its file, {row.energy:.3f} in "
        f"{row.place}{_times(structure.energy, row.energy)}"
    )


def _times(file: float, table: float) -> str:
    """Recognise the energy of several molecules."""
    for large, small, which in ((file, table, "the file's"), (table, file, "the table's")):
        number = round(large / small) if small else 0
        if 2 <= number <= _MOST_MOLECULES and abs(large - number * small) <= SAME_ENERGY * number:
            return f": {which} is the energy of {number} molecules"
    return ""


def _take_energy(structure: RawStructure, row: Row) -> None:
    is_relative = math.isnan(row.energy)
    structure.energy = row.relative if is_relative else row.energy
    structure.energy_basis = row.relative_basis if is_relative else row.basis
    structure.energy_is_relative = is_relative
    structure.table_row = str(row.place)


def _take_others(structure: RawStructure, row: Row) -> None:
    if math.isnan(structure.density) and not math.isnan(row.density):
        structure.density = row.density
        structure.table_row = str(row.place)
    structure.stated_space_group = structure.stated_space_group or row.space_group


def _chosen(structure: RawStructure, match: Match, labels: Labels) -> Row | None:
    """Return the row to believe, or say in the structure why there is none."""
    absolute = [row for row in match.rows if not math.isnan(row.energy)]
    usable = absolute or [row for row in match.rows if not math.isnan(row.relative)]
    if len(usable) == 1:
        return usable[0]
    structure.why_no_energy = structure.why_no_energy or _why_none(match, usable, labels)
    return None


def _why_none(match: Match, usable, labels: Labels) -> str:
    if usable:
        values = [f"{row.relative if math.isnan(row.energy) else row.energy:.3f} in {row.place}" for row in usable[:2]]
        return f"two energies: {', '.join(values)}"
    if match.problem:
        return match.problem
    if match.rows:
        return f"{match.rows[0].place}: {match.rows[0].problem or 'no energy'}"
    if labels.unread:
        return labels.unread[0]
    return f"its name is in no row of table {labels.what}" if len(labels) else ""


def recognise(item: Item) -> bool:
    """Tell a spreadsheet, or a text whose first lines are a heading with labels and energies."""
    head = item.head
    if head.startswith(b"PK\x03\x04"):
        return b"[Content_Types].xml" in head[:4096] or b"xl/" in head[:200] or is_unread(head)
    if is_unread(head):
        return True
    if b"\0" in head or not re.search(rb"(?i)energ|latt|k(?:j|cal)|\bev\b|e_?rel", head):
        return False
    return has_table(decode(head))


def _read(item, source):
    source.tables.add(item, source.place)
    return ()


FORMAT = Format("table", "table of energies (CSV or .xlsx)", recognise, _read, "energies")
