"""Tables as CSV, Markdown and LaTeX (booktabs), all from one function."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from tabulate import tabulate

from crystalspan.crystallography.space_groups import symbol
from crystalspan.dimension.degrees_of_freedom import degrees_of_freedom
from crystalspan.errors import InputError
from crystalspan.provenance import write_text
from crystalspan.reporting import study
from crystalspan.reporting.labels import group_order
from crystalspan.spectra.pca import cumulative_shares, good_estimates

FORMATS = ("csv", "md", "tex")
# Columns that hold names; a molecule may be called 007, a descriptor of the scan None.
_NAMES = ("molecule", "space_group", "window", "descriptor", "name", "symbol")
_WHOLE = (
    "variance",
    "variance_fewest",
    "variance_most",
    "singular_values",
    "bound",
    "broken_stick",
    "kneedle_linear",
    "kneedle_log",
)


def read_table(path) -> pd.DataFrame:
    """Read back a CSV table of ours: names are text, also 007, 1e5, NaN and None; only empty cells are missing.

    Raises
    ------
    OSError, ValueError
        The file is missing or is no table.
    """
    return pd.read_csv(path, dtype=dict.fromkeys(_NAMES, str), keep_default_na=False, na_values=[""])


def write_table(frame: pd.DataFrame, paths, caption: str):
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


def _group_name(label) -> str:
    return f"{symbol(int(label))} ({label})" if str(label).isdigit() else "combined"


def structures_table(spectra) -> pd.DataFrame:
    """Table 1: structures in each window, per molecule (columns) and space group (rows), and combined.

    Parameters
    ----------
    spectra : sequence of StoredSpectrum
    """
    rows = [(item.space_group, f"{item.molecule} {item.window}", item.n_structures) for item in spectra]
    frame = pd.DataFrame(rows, columns=["space_group", "column", "n"])
    columns = list(dict.fromkeys(frame.column))
    wide = frame.pivot_table(index="space_group", columns="column", values="n", aggfunc="first")[columns]
    wide = wide.astype("Int64").loc[sorted(wide.index, key=group_order)].reset_index()
    wide["space_group"] = [_group_name(label) for label in wide.space_group]
    return wide.rename_axis(columns=None)


def degrees_of_freedom_table(space_groups, found=None) -> pd.DataFrame:
    """Table 2: degrees of freedom of rigid molecules in space groups: of general positions by parts, and as found.

    The parts are those of one molecule in a general position (Z' = 1), which the 2021 study tabulates; beside them what
    the structures of the landscapes have, with their own Z' and sites.

    Parameters
    ----------
    space_groups : iterable of int
    found : dict of str to dict of int to Counter, optional
        As from `landscape.freedom.freedom_of`: of each molecule the structures of each group by their degrees of
        freedom.
    """
    molecules = (found or {}).values()
    published = study.degrees_of_freedom_table().set_index("space_group").degrees_of_freedom
    rows = []
    for number in space_groups:
        parts = degrees_of_freedom(number)
        theirs = published.get(number, pd.NA)
        rows.append(
            (
                number,
                symbol(number),
                parts.cell,
                *parts.translations,
                *parts.rotations,
                parts.origin,
                parts.total,
                *_as_found(sum((groups.get(number, Counter()) for groups in molecules), Counter())),
                theirs,
            )
        )
    columns = [
        "space_group",
        "symbol",
        "cell",
        "translations",
        "rotations",
        "free_origin",
        "degrees_of_freedom",
        "n_structures",
        "commonest",
        "fewest",
        "most",
    ]
    whole = dict.fromkeys([*columns[7:], "study_2021"], "Int64")
    return pd.DataFrame(rows, columns=[*columns, "study_2021"]).astype(whole)


def _as_found(counted) -> tuple:
    """Structures, the commonest number of degrees of freedom (of equally common ones the lowest), fewest and most."""
    if not counted:
        return 0, pd.NA, pd.NA, pd.NA
    return sum(counted.values()), commonest(counted), min(counted), max(counted)


def commonest(counted: Counter) -> int:
    """Return the commonest number; of equally common ones the lowest."""
    return min(counted, key=lambda number: (-counted[number], number))


def components_wide_table(wide: pd.DataFrame, found=None) -> pd.DataFrame:
    """Table 3: components by both counts side by side, with N, the bound and the degrees of freedom.

    Parameters
    ----------
    wide : DataFrame
        As from `components.wide_table`.
    found : dict of str to dict of int to Counter, optional
        As from `landscape.freedom.freedom_of`: printed is the commonest number of each molecule's structures in the
        group; without it that of Z' = 1.
    """
    frame = wide.copy()
    frame["order"] = frame.space_group.map(group_order)
    molecules, windows = list(dict.fromkeys(frame.molecule)), list(dict.fromkeys(frame.window))
    frame["place"] = [(molecules.index(m), windows.index(w)) for m, w in zip(frame.molecule, frame.window, strict=True)]
    frame = frame.sort_values(["place", "order"], kind="stable").drop(columns=["place", "order"])
    dof = [_dof(found or {}, *row) for row in zip(frame.molecule, frame.space_group, strict=True)]
    frame.insert(4, "degrees_of_freedom", pd.array(dof, dtype="Int64"))
    for name in _WHOLE:
        if name in frame:
            frame[name] = frame[name].astype("Int64")
    for name in ("participation_ratio", "entropy"):
        frame[name] = frame[name].round(1)
    frame["space_group"] = [_group_name(label) for label in frame.space_group]
    return frame.rename(columns={"n_structures": "N"}).reset_index(drop=True)


def _dof(found, molecule, label):
    if not label.isdigit():
        return pd.NA
    counted = found.get(molecule, {}).get(int(label))
    return commonest(counted) if counted else degrees_of_freedom(label).total


def eigenvalue_table(spectra) -> pd.DataFrame:
    """Every eigenvalue and singular value of every spectrum, with their cumulative shares and errors.

    An eigenvalue_error is the most by which the true eigenvalue can exceed what is printed, 0 where every eigenvalue
    was computed; good says whether that is at most 1 %.

    Parameters
    ----------
    spectra : sequence of StoredSpectrum
    """
    parts = []
    for item in spectra:
        frame = pd.DataFrame({"component": range(1, len(item.eigenvalues) + 1)})
        frame["eigenvalue"], frame["singular_value"] = item.eigenvalues, item.singular_values
        frame["variance_share"] = cumulative_shares(item.eigenvalues, item.total_variance)
        known = None if item.method == "exact" else np.nan
        frame["singular_value_share"] = cumulative_shares(item.singular_values, known)
        frame["eigenvalue_error"] = item.eigenvalue_errors
        frame["good"] = np.where(good_estimates(item.eigenvalues, item.eigenvalue_errors), "yes", "no")
        for place, name in enumerate(("molecule", "space_group", "window")):
            frame.insert(place, name, getattr(item, name))
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)
