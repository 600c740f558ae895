"""Tables as CSV, Markdown and LaTeX (booktabs), all from one function."""

import html
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from tabulate import tabulate

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.printing.csv_files import cell, csv_text
from crystalspan.provenance import write_text

FORMATS = ("csv", "md", "tex")


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


def in_markdown(text: str) -> str:
    """Return a name as text in Markdown and nothing else: no tag, cell or line, and nothing a terminal obeys.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        With ``&``, ``<`` and ``>`` as HTML's entities, ``|`` escaped, and what cannot be printed as blanks.
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return html.escape(printable, quote=False).replace("|", "\\|")


def table_text(frame: pd.DataFrame, kind: str, caption: str, label: str) -> str:
    r"""One table as text.

    Parameters
    ----------
    frame : DataFrame
    kind : {"csv", "md", "tex"}
    caption, label : str
        For LaTeX: `\caption` and `\label`.
    """
    if kind == "csv":
        return csv_text(frame.columns, frame.itertuples(index=False))
    cells = [[cell(value) for value in row] for row in frame.itertuples(index=False)]
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
        cells = [[in_markdown(text) for text in row] for row in cells]
        return f"{caption}\n\n{tabulate(cells, tablefmt='pipe', **options)}\n"
    body = tabulate(cells, tablefmt="latex_booktabs", **options)
    text = caption.replace("%", "\\%").replace("_", "\\_")
    return (
        f"% needs \\usepackage{{booktabs}}\n\\begin{{table}}\n\\centering\n\\caption{{{text}}}\n"
        f"\\label{{tab:{label}}}\n{body}\n\\end{{table}}\n"
    )
