"""The rows of tables of energies: CSV or spreadsheet, several sheets, several tables in one sheet."""

import csv
import dataclasses
import math
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from crystalspan.errors import InputError
from crystalspan.formats import spreadsheet
from crystalspan.formats.interface import Item, shortened
from crystalspan.formats.table_headings import TableColumns, is_identity
from crystalspan.formats.table_numbers import PLAIN_NUMBER, TwoWays, common_mark, number_and_unit
from crystalspan.formats.table_shapes import FIRST_LINES, Heading, separator_of, words_of
from crystalspan.formats.units import Unit, find_unit, parse_unit, plain

_MOST_HEADINGS = 1000
_LONGEST_LABEL = 200
_LONGEST_LINE = 1 << 20
MOST_ROWS = 2_000_000
TOO_MANY_ROWS = f"tables of more than {MOST_ROWS} rows"
_LONGEST_PREFACE = 2000
_PREFACE_UNIT = re.compile(r"\b(kj|kcal|ev|mev|hartrees?|rydberg)")
_MOST_TOLD = 20
_FILES = re.compile(r"(?i)\.(?:res|cif|xyz|extxyz|ins|mol|pdb)$")


@dataclasses.dataclass(slots=True)
class Row:
    """What a table says about one structure; NaN, None and '' where it does not.

    Attributes
    ----------
    label : str
    full_label : str
        With conformer and refcode before it, as files are called, where there are such columns.
    file, sheet : str
    number : int
        Of the row in the file or sheet.
    energy, relative : float
        kJ/mol; of a molecule or a cell, as `basis` and `relative_basis` say.
    density : float
        g/cm3
    problem : str
        Why there is no energy.
    """

    label: str
    full_label: str
    file: str
    sheet: str
    number: int
    energy: float = math.nan
    relative: float = math.nan
    density: float = math.nan
    space_group: str | None = None
    basis: str = "molecule"
    relative_basis: str = "molecule"
    problem: str = ""

    @property
    def place(self) -> str:
        """Say where it stands."""
        sheet = f", sheet {self.sheet!r}" if self.sheet else ""
        return f"table {self.file}{sheet}, row {self.number}"


class _Commas(Exception):
    """A number with a comma: it takes the whole table to tell what commas are."""


class _Line:
    """A row of a text; cells count from 0."""

    __slots__ = ("_cells", "number")

    def __init__(self, cells: list[str], number: int):
        self._cells, self.number = cells, number

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self):
        return iter(self._cells)

    def cell(self, column: int) -> str:
        return self._cells[column] if column < len(self._cells) else ""

    def is_text(self, column: int) -> bool:
        return True


class _Text:
    """The lines of a text, cut into cells; as often as they are asked for."""

    name = ""

    def __init__(self, text: str):
        self._text = text
        self.separator = separator_of(text)

    def __iter__(self):
        lines = _lines(self._text)
        if self.separator == " ":
            return (_Line(words_of(line), number) for number, line in enumerate(lines, 1))
        return self._cut(csv.reader(lines, delimiter=self.separator))

    def _cut(self, lines):
        try:
            for cells in lines:
                yield _Line(cells, lines.line_num)
        except csv.Error as error:
            raise InputError(str(error)) from None


def rows_of_file(item: Item) -> Iterator[Row]:
    """Yield the `Row` of every structure in every table of a file.

    Raises
    ------
    InputError
        The file is damaged or too large.
    """
    file = item.record or item.name
    if is_unread(item.head):
        raise InputError("a spreadsheet in the format .xls or .ods: save it as .xlsx or CSV")
    sheets, default_mark = _sheets(item)
    for sheet in sheets:
        try:
            found = list(_Reading(file, sheet).rows())
        except _Commas:
            mark = common_mark(_Reading(file, sheet).numbers(), default_mark)
            found = list(_Reading(file, sheet, mark).rows())
        yield from found


def _sheets(item: Item) -> tuple[Iterable[spreadsheet.Sheet | _Text], str]:
    """Return the sheets of a file, and the decimal mark of numbers that do not show theirs."""
    if item.head.startswith(b"PK"):
        return spreadsheet.sheets(item.data()), ","
    text = _Text(item.text())
    # Where commas separate cells, one within a cell decides nothing.
    return [text], "" if text.separator == "," else ","


def first_heading(item: Item) -> list[str]:
    """Return the headings of the first columns of a table, of which one is of names; none where there is no table.

    Raises
    ------
    InputError
        The file is damaged or too large.
    """
    for sheet in _sheets(item)[0]:
        for row in islice(sheet, FIRST_LINES):
            cells = [cell.strip() for cell in islice(row, _MOST_TOLD)]
            if len(cells) > 1 and any(map(is_identity, cells)):
                return cells
    return []


def is_unread(head: bytes) -> bool:
    """Tell the spreadsheets that are not read: OpenDocument, and Excel's before 2007 (or with a password)."""
    return head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") or (
        head.startswith(b"PK") and b"application/vnd.oasis.opendocument.spreadsheet" in head[:200]
    )


def _lines(text):
    """Yield the lines of a text one by one; a list of them may take many times its memory."""
    start = 0
    while start < len(text):
        stop = text.find("\n", start) + 1 or len(text)
        if stop - start > _LONGEST_LINE:
            raise InputError("a line of more than 1 MiB")
        yield text[start:stop]
        start = stop


class _Reading:
    """One way through a sheet, with numbers read in one way.

    Parameters
    ----------
    file : str
    sheet : iterable of rows
    mark : str, optional
        The decimal mark; without one it is a point, until a comma shows that it takes the whole sheet to tell.
    """

    def __init__(self, file: str, sheet, mark: str | None = None):
        self._file, self._sheet, self._mark = file, sheet, mark
        self._heading: Heading | None = None
        self._unit: Unit | None = None
        self._scales: dict[int, tuple[float, str, str]] = {}
        self._headings = 0
        self._cut_at_commas = getattr(sheet, "separator", "") == ","

    def numbers(self):
        """Yield the numbers of the sheet that are text."""
        for columns, row, _ in self._cells():
            for column in (columns.energy, columns.relative, columns.density):
                if column is not None and row.is_text(column):
                    yield row.cell(column)

    def rows(self):
        """Yield a `Row` for each row with a name."""
        for columns, row, label in self._cells():
            if len(label) <= _LONGEST_LABEL:
                found = self._row(columns, row, label)
                # The heading of another table may stand in other columns.
                if not (found.problem and self._begin(list(row), with_energies=True)):
                    yield found

    def _cells(self):
        """Yield (columns, row, label) of the rows below headings."""
        self._heading, preface = None, ""
        for number, row in enumerate(self._sheet):
            if number == MOST_ROWS:
                raise InputError(TOO_MANY_ROWS)
            tables = self._heading.columns if self._heading else ()
            # What nearly all rows are.
            if len(tables) == 1 and (label := row.cell(tables[0].identity).strip()) and not is_identity(label):
                if tables[0].energies:
                    yield tables[0], row, label
                continue
            labels = [row.cell(one.identity).strip() for one in tables]
            if any(labels) and not is_identity(next(filter(None, labels))):
                for columns, label in zip(tables, labels, strict=True):
                    if label and columns.energies:
                        yield columns, row, label
                continue
            cells = list(row)
            if self._begin(cells):
                self._unit, preface = _unit_of_preface(preface), ""
            elif self._heading is not None:
                self._heading.went_on(cells)
                self._scales = {}
            elif len(preface) < _LONGEST_PREFACE:
                preface += f" {' '.join(cells[:20])}"[:_LONGEST_PREFACE]

    def _begin(self, cells, with_energies: bool = False) -> bool:
        """Begin a table if this is its heading."""
        if not any(map(is_identity, cells)):
            return False
        heading = Heading(cells)
        if with_energies and not heading.has_energies:
            return False
        self._heading, self._unit, self._scales = heading, None, {}
        self._headings += 1
        if self._headings > _MOST_HEADINGS:
            raise InputError(f"more than {_MOST_HEADINGS} tables in a sheet")
        return True

    def _row(self, columns: TableColumns, row, label) -> Row:
        if "." in label and (end := _FILES.search(label)) is not None:
            # The name of a file may stand with its folder.
            label = re.split(r"[/\\]", label[: end.start()])[-1] or label
        full = label
        for column in (columns.conformer, columns.refcode):
            before = "" if column is None else row.cell(column).strip()
            if before and len(before) <= _LONGEST_LABEL:
                full = f"{before}_{full}"
        found = Row(label, full, self._file, self._sheet.name, row.number)
        if columns.energy is not None:
            found.problem = self._energy(found, columns, columns.energy, row)
        if columns.relative is not None:
            found.problem = self._energy(found, columns, columns.relative, row) or found.problem
        if columns.density is not None:
            density = self._density(row, columns.density) * columns.density_factor
            found.density = density if density > 0 else math.nan
        if columns.space_group is not None:
            found.space_group = row.cell(columns.space_group).strip() or None
        return found

    def _energy(self, found: Row, columns: TableColumns, column: int, row) -> str:
        """Fill in an energy, or return why there is none."""
        heading = columns.energies[column]
        text = row.cell(column).strip()
        try:
            value, unit = self._number(row, column, text)
        except TwoWays:
            return f"{shortened(text)!r} can be read in two ways: write a decimal point"
        if self._cut_at_commas and _is_cut_at_comma(row, columns.width, text):
            return f"{len(row)} cells under {columns.width} headings: numbers cut at their commas"
        if not math.isfinite(value) or (value == 0 and not heading.relative):
            return f"{shortened(text)!r} is no lattice energy" if text else "the cell is empty"
        if unit is None and columns.unit is not None and (stated := row.cell(columns.unit).strip()):
            unit = parse_unit(stated[:_LONGEST_LABEL])
            if unit is None:
                return f"the unit {shortened(stated)!r} is not known"
        if unit is not None:
            factor, basis, problem = heading.scale(unit)
        else:
            if column not in self._scales:
                self._scales[column] = heading.scale(self._unit)
            factor, basis, problem = self._scales[column]
        if heading.relative and not problem:
            found.relative, found.relative_basis = value * factor, basis
        elif not problem:
            found.energy, found.basis = value * factor, basis
        return problem

    def _density(self, row, column) -> float:
        try:
            return self._number(row, column, row.cell(column).strip())[0]
        except TwoWays:
            return math.nan

    def _number(self, row, column, text) -> tuple[float, Unit | None]:
        if self._mark in (None, ".") and PLAIN_NUMBER.fullmatch(text):
            return float(text), None
        if self._mark == "." or not row.is_text(column):
            return number_and_unit(text)
        if self._mark is None:
            if "," in text or text.count(".") > 1:
                raise _Commas
            return number_and_unit(text)
        return number_and_unit(text, self._mark)


def _is_cut_at_comma(row, width, text) -> bool:
    """Tell a line like ``m0,-88,458``, whose decimal commas separate cells."""
    return len(row) > width and "." not in text and row.cell(len(row) - 1).strip().isdecimal()


def _unit_of_preface(text: str) -> Unit | None:
    """Return the unit that a remark above a table names, where it names one."""
    text = plain(text)
    found = {one[0] for match in _PREFACE_UNIT.finditer(text) if (one := find_unit(text[match.start() :])) is not None}
    return found.pop() if len(found) == 1 else None
