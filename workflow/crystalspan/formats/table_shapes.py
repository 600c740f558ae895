"""What tells a table of energies: a heading with names and energies, in one line or in several."""

import csv
import math
import re
from itertools import chain

from crystalspan.formats.table_headings import columns_of, is_identity
from crystalspan.formats.table_numbers import TwoWays, number_and_unit

_SEPARATORS = ",;\t|"
FIRST_LINES = 50
_HEADING_LINES = 3
_ENERGY = re.compile(r"(?i)energ|enthalp|k(?:j|cal)|\bev\b")


def has_table(text: str) -> bool:
    """Tell a text whose first lines are a heading with names and energies, be they of another kind than those taken."""
    lines = text.splitlines()[:FIRST_LINES]
    return any(_is_heading(lines, separator) for separator in (*_SEPARATORS, " ")) or any(
        _sounds_like_heading(lines, separator) for separator in _SEPARATORS
    )


def separator_of(text: str) -> str:
    """Return what cuts the heading into names and energies."""
    lines = text[:100_000].splitlines()[:FIRST_LINES]
    stated = re.match(r"(?i)\ufeff?sep=(.)\s*$", lines[0]) if lines else None
    if stated:
        return stated[1]
    understood = (separator for separator in (*_SEPARATORS, " ") if _is_heading(lines, separator))
    others = (separator for separator in _SEPARATORS if _sounds_like_heading(lines, separator))
    return next(chain(understood, others), ",")


def _sounds_like_heading(lines, separator) -> bool:
    """Tell a heading with names and something that is called an energy, though not a lattice energy by its words."""
    try:
        rows = list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return False
    return any(any(map(is_identity, row)) and any(map(_ENERGY.search, row)) for row in rows if len(row) > 1)


def _is_heading(lines, separator) -> bool:
    try:
        rows = list(map(words_of, lines)) if separator == " " else list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return False
    for i, row in enumerate(rows):
        # A single cell may be a sentence.
        if len(row) > 1 and any(map(is_identity, row)):
            heading = Heading(row)
            below = rows[i + 1 : i + _HEADING_LINES]
            if (heading.has_energies or any(map(heading.went_on, below))) and (
                separator != " " or _fits(heading, below)
            ):
                return True
    return False


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(number_and_unit(text)[0])
    except TwoWays:
        return True


def words_of(line: str) -> list[str]:
    """Cut a line at its blanks."""
    # The heading may be a comment.
    return line.lstrip("# ").split()


def _fits(heading, below) -> bool:
    """Tell the row below a heading whose cells blanks separate: words of a sentence have no numbers under them."""
    columns = heading.columns[0]
    return any(len(row) == columns.width and any(_is_number(row[i]) for i in columns.energies) for row in below)


class Heading:
    """The heading of a table, in one line or in several, of which the later have no name in the column of names."""

    def __init__(self, cells: list[str]):
        self._cells = cells
        self.columns = columns_of(self._cells)
        self._lines = 1

    @property
    def has_energies(self) -> bool:
        """Whether a column holds energies that can be taken."""
        return any(columns.energies for columns in self.columns)

    def went_on(self, cells: list[str]) -> bool:
        """Take the next row as another line of the heading, if it is one, and say whether there are energies now."""
        if self._lines == 0:
            return False
        blank = not any(cells[columns.identity].strip() for columns in self.columns if columns.identity < len(cells))
        if self._lines == _HEADING_LINES or not blank:
            self._lines = 0
            return False
        self._lines += 1
        width = max(len(cells), len(self._cells))
        pairs = zip(*([*one, *[""] * (width - len(one))] for one in (self._cells, cells)), strict=True)
        joined = [f"{above} {below}".strip() for above, below in pairs]
        columns = columns_of(joined)
        energies = sum(len(one.energies) for one in columns)
        if energies and energies >= sum(len(one.energies) for one in self.columns):
            self._cells, self.columns = joined, columns
            return True
        if not self.has_energies:
            self._cells = joined
        return False
