"""The cells of an .xlsx workbook, as values: no formula, link or macro is looked at.

The XML that spreadsheet programs write for cells is so regular that it is cut up as text. That is ten times as fast
as parsing it, and what makes XML from strangers dangerous (entities, document types) has no meaning here.
"""

import functools
import html
import io
import re
import zipfile
from collections.abc import Iterator

from crystalspan.errors import InputError
from crystalspan.text import decode

_LARGEST_FILE = 1 << 25
_LARGEST_PART = 1 << 27
_MOST_SHEETS = 50
_MOST_STRINGS = _MOST_ROWS = 2_000_000
_MOST_CELLS = 16_384  # in a row
_REMEDY = "save the table as CSV"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_PREFIX = re.compile(r"<(\w+:)?(?:worksheet|sst)\b")
_REFERENCE = re.compile(r'[^<>]*?\br="([A-Z]{1,3})\d')
_ROW_NUMBER = re.compile(r'[^<>]*?\br="(\d{1,7})"')
_SHEET_NAME = re.compile(r"<(?:\w+:)?sheet\b[^<>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^<>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"<>]*)"')
_TEXT = re.compile(r'\bt="(?:s|str|inlineStr)"')
_LARGEST_CONTENTS = 1 << 20
_LONGEST_TITLE = 80


class Sheet:
    """A worksheet: its name, and its rows, as often as they are asked for."""

    def __init__(self, name: str, text: str, shared: list[str]):
        self.name = name
        self._text, self._shared = text, shared

    def __iter__(self):
        return _rows(self._text, self._shared)


def sheets(data: bytes) -> Iterator[Sheet]:
    """Yield each worksheet of a workbook as a `Sheet` of `SheetRow`.

    Raises
    ------
    InputError
        The workbook is damaged or too large.
    """
    if len(data) > _LARGEST_FILE:
        raise InputError("the spreadsheet is larger than 32 MiB", remedy=_REMEDY)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            strings = "xl/sharedStrings.xml"
            shared = _shared_strings(_part(archive, strings)) if strings in names else []
            titles = _titles(archive, names)
            for name in [name for name in names if _SHEET.fullmatch(name)][:_MOST_SHEETS]:
                title = titles.get(name, name.rpartition("/")[2].removesuffix(".xml"))
                yield Sheet(title, _part(archive, name), shared)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise InputError(f"the spreadsheet cannot be read ({error})", remedy=_REMEDY) from None


def _titles(archive, names) -> dict[str, str]:
    """Return what people see on the tab of each worksheet, by the part of the archive that holds it."""
    parts = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if not set(parts) <= set(names) or any(archive.getinfo(part).file_size > _LARGEST_CONTENTS for part in parts):
        return {}
    book, relations = (_part(archive, part) for part in parts)
    target = {}
    for element in _RELATION.findall(relations):
        attributes = dict(_ATTRIBUTE.findall(element))
        target[attributes.get("Id")] = "xl/" + attributes.get("Target", "").removeprefix("/xl/")
    titles: dict[str, str] = {}
    for element in _SHEET_NAME.findall(book):
        attributes = dict(_ATTRIBUTE.findall(element))
        part = target.get(attributes.get("r:id"))
        if part is not None:
            titles[part] = html.unescape(attributes.get("name", ""))[:_LONGEST_TITLE]
    return titles


def _part(archive, name) -> str:
    with archive.open(name) as stream:
        data = stream.read(_LARGEST_PART + 1)
    if len(data) > _LARGEST_PART:
        raise InputError("the spreadsheet unpacks to more than 128 MiB", remedy=_REMEDY)
    text = decode(data)
    prefix = _PREFIX.search(text, 0, 4096)
    # Some programs write every element with a prefix.
    return text.replace(f"<{prefix[1]}", "<").replace(f"</{prefix[1]}", "</") if prefix and prefix[1] else text


def _shared_strings(text) -> list[str]:
    if text.count("<si") > _MOST_STRINGS:
        raise InputError(f"the spreadsheet has more than {_MOST_STRINGS} texts", remedy=_REMEDY)
    return [_text(piece) for piece in text.split("<si")[1:] if piece[:1] in ">/"]


def _text(piece: str) -> str:
    """Join the runs of a string; hints on its pronunciation (rPh) are not part of it."""
    # What nearly all strings are: one run, without format.
    if piece.startswith("><t>") and piece.endswith("</t></si>") and piece.count("<") == 3:
        text = piece[4:-9]
        return html.unescape(text) if "&" in text else text
    first, *others = piece.split("<rPh")
    piece = first + "".join(other.partition("</rPh>")[2] for other in others)
    runs = (run for run in piece.split("<t")[1:] if run[:1] in "> ")
    return html.unescape("".join(run.partition(">")[2].partition("<")[0] for run in runs))


def _rows(text, shared):
    if text.count("<row") > _MOST_ROWS:
        raise InputError(f"the spreadsheet has more than {_MOST_ROWS} rows", remedy=_REMEDY)
    number = 0
    for piece in text.split("<row")[1:]:
        if piece[:1] not in "> ":
            continue
        number = _row_number(piece) or number + 1
        # Counting takes a while, and a short row has no such number of cells.
        if len(piece) > 3 * _MOST_CELLS and piece.count("<c ") > _MOST_CELLS:
            continue
        cells = piece.split("<c ")
        cells[-1] = cells[-1].partition("</row>")[0]
        del cells[0]
        yield SheetRow(cells, shared, number)


def _row_number(piece: str) -> int:
    if piece.startswith(' r="'):
        digits = piece[4 : piece.find('"', 4)]
        return int(digits) if len(digits) < 8 and digits.isdecimal() else 0
    stated = _ROW_NUMBER.match(piece)
    return int(stated[1]) if stated else 0


class SheetRow:
    """A row of a worksheet, whose cells are worked out when they are asked for; columns count from 0.

    Attributes
    ----------
    number : int
        As the spreadsheet program shows it.
    """

    def __init__(self, pieces: list[str], shared: list[str], number: int = 0):
        self._pieces, self._shared, self.number = pieces, shared, number

    def __iter__(self):
        row = {}
        for piece in self._pieces:
            match = _REFERENCE.match(piece)
            if match:
                row[_column(match[1])] = self._value(piece)
        return (row.get(i, "") for i in range(max(row, default=-1) + 1))

    def cell(self, column: int) -> str:
        """Return the text of a cell; '' where there is none."""
        # Mostly no empty cell is left out, and the reference comes first.
        piece = self._pieces[column] if column < len(self._pieces) else ""
        start = _starts(column)
        if piece.startswith(start) and piece[len(start) : len(start) + 1].isdecimal():
            return self._value(piece)
        found = self._piece(column)
        return "" if found is None else self._value(found)

    def is_text(self, column: int) -> bool:
        """Tell a cell that holds text from one that holds a number, which is written with a decimal point."""
        piece = self._piece(column)
        return piece is not None and _TEXT.search(piece.partition(">")[0]) is not None

    def _piece(self, column: int) -> str | None:
        wanted = _letters(column)
        # Cells stand in order; those left out are empty.
        for i in range(min(column, len(self._pieces) - 1), -1, -1):
            match = _REFERENCE.match(self._pieces[i])
            if match is None:
                continue
            letters = match[1]
            if letters == wanted:
                return self._pieces[i]
            if len(letters) < len(wanted) or (len(letters) == len(wanted) and letters < wanted):
                return None
        return None

    def _value(self, piece: str) -> str:
        # What nearly all cells are: an element with a value and nothing else.
        attributes, _, content = piece.partition("><v>")
        if not content:
            attributes, _, content = piece.partition(">")
            if "<v" not in content:
                # A program that writes formulas and does not work them out.
                formula = content.partition("<f")[2].partition(">")[2].partition("<")[0]
                return _text(content) if "<is" in content else f"={html.unescape(formula)}" if formula else ""
            content = content.partition("<v")[2].partition(">")[2]
        text = content.partition("<")[0]
        if 't="s"' not in attributes:
            return html.unescape(text) if "&" in text else text
        return self._shared[int(text)] if text.isdecimal() and int(text) < len(self._shared) else ""


@functools.cache
def _starts(column: int) -> str:
    return f'r="{_letters(column)}'


@functools.cache
def _letters(column: int) -> str:
    letters, column = "", column + 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def _column(letters: str) -> int:
    return functools.reduce(lambda column, letter: 26 * column + ord(letter) - 64, letters, 0) - 1
