"""Tables as CSV, Markdown and LaTeX (booktabs), all from one function."""

import math
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from tabulate import tabulate

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.provenance import write_text

FORMATS = ("csv", "md", "tex")


# Columns that hold names; a molecule may be called 007, a descriptor of the scan None.
_NAMES = ("molecule", "space_group", "window", "descriptor", "name", "symbol")


def read_table(path: PathLike) -> pd.DataFrame:
    """Read back a CSV table of ours: names are text, also 007, 1e5, NaN and None; only empty cells are missing.

    Raises
    ------
    OSError, ValueError
        The file is missing or is no table.
    """
    return pd.read_csv(path, dtype=dict.fromkeys(_NAMES, str), keep_default_na=False, na_values=[""])


def write_table(frame: pd.DataFrame, paths: Iterable[PathLike], caption: str) -> None:
    """Write one table to files; the suffix names the format (csv, md, tex).

    Parameters
    ----------
    frame : DataFrame
        Missing values are written as empty cells.
    paths : sequence of path-like
    caption : str
        A sentence above the Markdown and LaTeX tables.
    """
    for path in map(Path, paths):
        kind = path.suffix.lstrip(".")
        if kind not in FORMATS:
            raise InputError(f"cannot write '.{kind}' tables", file=path, remedy="name a .csv, .md or .tex file")
        write_text(path, table_text(frame, kind, caption, path.stem))


def table_text(frame: pd.DataFrame, kind: str, caption: str, label: str) -> str:
    r"""One table as text.

    Parameters
    ----------
    frame : DataFrame
    kind : {"csv", "md", "tex"}
    caption, label : str
        For LaTeX: `\caption` and `\label`.
    """
    cells = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    if kind == "csv":
        return pd.DataFrame(cells, columns=frame.columns).to_csv(index=False, lineterminator="\n")
    header = [str(name).replace("_", " ") for name in frame.columns]
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    options = {
        "headers": header,
        "disable_numparse": True,
        "colalign": ["right" if n else "left" for n in numeric],
    }
    if not cells:
        options.pop("colalign")
    if kind == "md":
        return f"{caption}\n\n{tabulate(cells, tablefmt='pipe', **options)}\n"
    body = tabulate(cells, tablefmt="latex_booktabs", **options)
    text = caption.replace("%", "\\%").replace("_", "\\_")
    return (
        f"% needs \\usepackage{{booktabs}}\n\\begin{{table}}\n\\centering\n\\caption{{{text}}}\n"
        f"\\label{{tab:{label}}}\n{body}\n\\end{{table}}\n"
    )


def _cell(value) -> str:
    """Numbers to six digits, whole ones without a point, missing ones empty."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)
