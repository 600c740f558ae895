"""The number of components of every spectrum: the long table and the readable ones."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from crystalspan.arrays import PathLike
from crystalspan.crystallography.space_groups import symbol
from crystalspan.errors import InputError
from crystalspan.freedom.space_groups import degrees_of_freedom
from crystalspan.landscape.freedom import FREEDOM_CELLS, Freedom, freedom_cells
from crystalspan.printing.csv_files import csv_text, read_csv
from crystalspan.printing.labels import group_order
from crystalspan.published import bdt_2021 as study
from crystalspan.spectra.counted import CountedComponents
from crystalspan.spectra.file import StoredSpectrum
from crystalspan.spectra.pca import cumulative_shares, good_estimates

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
COLUMNS = (
    "molecule",
    "space_group",
    "window",
    "n_structures",
    "criterion",
    "threshold",
    "components",
    "fewest",
    "most",
)


def long_rows(counted: Iterable[CountedComponents]) -> pd.DataFrame:
    """One row for each spectrum, criterion and threshold.

    Parameters
    ----------
    counted : iterable of CountedComponents

    Returns
    -------
    DataFrame
        Columns molecule, space_group (number or ``all``), window, n_structures, criterion, threshold (share,
        empty where the criterion has none), components (empty where the criterion has no answer), fewest and most
        (bounds, empty where the count is exact).
    """
    return pd.DataFrame([[getattr(row, name) for name in COLUMNS] for row in counted], columns=list(COLUMNS))


def to_csv(frame: pd.DataFrame) -> str:
    """The long table as CSV: whole numbers without a point, missing values empty."""
    return csv_text(frame.columns, frame.itertuples(index=False))


def wide_table(long: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Table 3: components to reach a share, variance beside singular values, with N and the bound.

    Parameters
    ----------
    long : DataFrame
        As from `long_rows`.
    threshold : float
        The share.

    Returns
    -------
    DataFrame
        One row for each molecule, window and space group: N, components by variance and by singular values,
        the bound ceil(f min(N - 1, D)), and the criteria without a threshold. Where some spectra are estimates, the
        bounds of their counts by variance too.
    """
    keys = ["molecule", "window", "space_group", "n_structures"]
    at = long[(long.threshold - threshold).abs() < 1e-9]
    without = long[long.threshold.isna()]
    wide = pd.concat([at, without]).pivot_table(
        index=keys, columns="criterion", values="components", aggfunc="first", sort=False, dropna=False
    )
    wide = wide.dropna(how="all")
    order = [name for name in long.criterion.unique() if name in wide.columns]
    bounded = at[(at.criterion == "variance") & at.fewest.notna()].set_index(keys)
    if len(bounded):
        wide = wide.join(bounded[["fewest", "most"]].add_prefix("variance_"))
        order[1:1] = ["variance_fewest", "variance_most"]
    return wide[order].reset_index().rename_axis(columns=None)


def read_long(path: PathLike) -> pd.DataFrame:
    """Read components.csv.

    Raises
    ------
    InputError
        The file is missing or is not that table.
    """
    frame = _read(path)
    if not set(COLUMNS) <= set(frame.columns):
        raise InputError("this is no table of components", file=path, remedy="give components.csv")
    return frame


def read_counts(path: PathLike, threshold: float) -> pd.DataFrame:
    """A table of component counts as the wide table that figures need.

    Parameters
    ----------
    path : path-like
        components.csv (long) or comparison.csv (ours at the study's numbers of structures).
    threshold : float
        The share, for the long table.

    Raises
    ------
    InputError
        The file is missing or is neither of the two.
    """
    frame = _read(path)
    if {"study_components", "singular_values", "variance", "bound"} <= set(frame.columns):
        return frame[frame.n_structures.notna()].astype({"n_structures": int})
    return wide_table(read_long(path), threshold)


def _read(path) -> pd.DataFrame:
    try:
        return read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot be read as a table ({error})", file=path, remedy="give a CSV of tables or compare"
        ) from None


def _group_name(label) -> str:
    return f"{symbol(int(label))} ({label})" if str(label).isdigit() else "combined"


def structures_table(spectra: Sequence[StoredSpectrum]) -> pd.DataFrame:
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


def degrees_of_freedom_table(
    space_groups: Iterable[int], freedom: Freedom | None = None, *, is_compared: bool = False
) -> pd.DataFrame:
    """Table 2: degrees of freedom of rigid molecules in space groups: of general positions by parts, and as found.

    The parts are those of one molecule in a general position (Z' = 1), which the 2021 study tabulates; beside them what
    the structures of the landscapes have, with their own Z' and sites.

    Parameters
    ----------
    space_groups : iterable of int
    freedom : Freedom, optional
        Of the structures of all landscapes.
    is_compared : bool
        Whether the 2021 study's numbers stand beside ours.
    """
    known = freedom or Freedom({})
    published = study.printed_degrees_of_freedom().set_index("space_group").degrees_of_freedom
    rows = []
    for number in space_groups:
        parts = degrees_of_freedom(number)
        counted = sum((known.of(name, [number]) for name in known.molecules), Counter())
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
                counted.total(),
                *freedom_cells(counted).values(),
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
    frame = pd.DataFrame(rows, columns=[*columns, "study_2021"]).astype(whole)
    return frame if is_compared else frame.drop(columns="study_2021")


def components_wide_table(wide: pd.DataFrame, freedom: Freedom | None = None) -> pd.DataFrame:
    """Table 3: components by both counts side by side, with N, the bound and the degrees of freedom.

    Parameters
    ----------
    wide : DataFrame
        As from `components.wide_table`.
    freedom : Freedom, optional
        Of the structures of all landscapes: printed are the commonest number, the fewest and the most.
    """
    frame = wide.copy()
    frame["order"] = frame.space_group.map(group_order)
    molecules, windows = list(dict.fromkeys(frame.molecule)), list(dict.fromkeys(frame.window))
    frame["place"] = [(molecules.index(m), windows.index(w)) for m, w in zip(frame.molecule, frame.window, strict=True)]
    frame = frame.sort_values(["place", "order"], kind="stable").drop(columns=["place", "order"])
    known = freedom or Freedom({})
    labels = zip(frame.molecule, frame.space_group, frame.window, strict=True)
    cells = [freedom_cells(known.of(molecule, [label], window)) for molecule, label, window in labels]
    for place, name in enumerate(FREEDOM_CELLS):
        frame.insert(4 + place, name, pd.array([row[name] for row in cells], dtype="Int64"))
    for name in _WHOLE:
        if name in frame:
            frame[name] = frame[name].astype("Int64")
    for name in ("participation_ratio", "entropy"):
        frame[name] = frame[name].round(1)
    frame["space_group"] = [_group_name(label) for label in frame.space_group]
    return frame.rename(columns={"n_structures": "N"}).reset_index(drop=True)


def eigenvalue_table(spectra: Sequence[StoredSpectrum]) -> pd.DataFrame:
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
