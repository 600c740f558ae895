"""Tables as CSV: numbers to six digits, and text that no spreadsheet takes for a formula."""

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from crystalspan.arrays import PathLike

if TYPE_CHECKING:
    import pandas as pd

# What spreadsheets evaluate: a file name that begins so would be run. The apostrophe before it says "text" to them.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_SPECIAL = re.compile(r'[",\r\n]')
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def cell(value: object, digits: int = 6) -> str:
    """Return a value as people read it: numbers to so many digits, whole ones without a point, missing ones empty."""
    # The name is that of pandas.NA, which is not imported for this.
    if value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Take off the apostrophe that `guarded` has put before a text."""
    return text[1:] if _GUARDED.match(text) else text


def csv_text(header: Iterable[str], rows: Iterable[Iterable], digits: int = 6) -> str:
    """Return a table as CSV.

    Parameters
    ----------
    header : iterable of str
    rows : iterable of iterables
        Text is guarded, numbers stay numbers.
    digits : int
        Of numbers that are not whole.
    """
    lines = [header]
    lines += [[guarded(value) if isinstance(value, str) else cell(value, digits) for value in row] for row in rows]
    return "".join(",".join(map(_field, line)) + "\n" for line in lines)


def _field(text: str) -> str:
    # Python's csv leaves a lone carriage return as it is, which ends the line for those who read it.
    return '"{}"'.format(text.replace('"', '""')) if _SPECIAL.search(text) else text


# Columns that hold names; a molecule may be called 007, a descriptor of the scan None.
_NAMES = ("molecule", "space_group", "window", "descriptor", "name", "symbol")


def read_csv(path: PathLike) -> "pd.DataFrame":
    """Read a table that `csv_text` made: names are text, also 007, 1e5, NaN and None; only empty cells are missing.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    DataFrame

    Raises
    ------
    OSError, ValueError
        The file is missing or is no table.
    """
    import pandas as pd

    table = pd.read_csv(path, dtype=dict.fromkeys(_NAMES, str), keep_default_na=False, na_values=[""])
    for name in table.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes]]:
        table[name] = [unguarded(value) if isinstance(value, str) else value for value in table[name]]
    return table
