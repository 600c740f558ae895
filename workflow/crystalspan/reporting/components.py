"""The number of components of every spectrum: the long table and the readable ones."""

import io
import math

import pandas as pd

from crystalspan.dimension.degrees_of_freedom import degrees_of_freedom
from crystalspan.errors import InputError
from crystalspan.reporting.tables import read_table

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


def long_rows(spectra) -> pd.DataFrame:
    """One row for each spectrum, criterion and threshold.

    Parameters
    ----------
    spectra : iterable of StoredSpectrum

    Returns
    -------
    DataFrame
        Columns molecule, space_group (number or ``all``), window, n_structures, criterion, threshold (share,
        empty where the criterion has none), components (empty where the criterion has no answer), fewest and most
        (bounds, empty where the count is exact).
    """
    rows = []
    for found in spectra:
        head = (found.molecule, found.space_group, found.window, found.n_structures)
        rows.extend((*head, *count) for count in found.components)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def to_csv(frame: pd.DataFrame) -> str:
    """The long table as CSV: whole numbers without a point, missing values empty."""
    shown = frame.copy()
    for column in ("threshold", "components", "fewest", "most"):
        shown[column] = [_number(value) for value in frame[column]]
    buffer = io.StringIO()
    shown.to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue()


def _number(value) -> str:
    if value is None or math.isnan(value):
        return ""
    return f"{value:.6g}"


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


def total_degrees_of_freedom(space_group: str) -> int | None:
    """Rigid-body degrees of freedom (Z' = 1) of a space group label; None for ``all``."""
    return degrees_of_freedom(space_group).total if str(space_group).isdigit() else None


def read_long(path) -> pd.DataFrame:
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


def read_counts(path, threshold: float) -> pd.DataFrame:
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
        return read_table(path)
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot be read as a table ({error})", file=path, remedy="give a CSV of tables or compare"
        ) from None
