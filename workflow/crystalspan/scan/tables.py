"""Does the dimension depend on the descriptor? Tables of descriptor scans, side by side, and the answer in words."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import studentized_range

from crystalspan.arrays import PathLike
from crystalspan.dimension.estimators.estimate import Estimate
from crystalspan.dimension.resampling import CountInterval
from crystalspan.dimension.tables import widest_mle
from crystalspan.errors import InputError
from crystalspan.printing.csv_files import read_csv
from crystalspan.printing.labels import ALL, group_order
from crystalspan.printing.tables import in_markdown
from crystalspan.scan.file import DescriptorScan
from crystalspan.scan.scan import ScannedSet

# Degrees of freedom of standard errors that are taken as known.
_MANY = 1e6


def scan_caption(share: float) -> str:
    """What the table of the combined space groups shows."""
    return (
        "The same structures under different descriptors, all space groups combined: D columns, estimates of the "
        "dimension with standard error and validity, components to reach "
        f"{share:g} of the variance and of the sum of singular values."
    )


def scan_table(scans: Sequence[DescriptorScan], share: float) -> pd.DataFrame:
    """The dimension and the components of every set of structures under every descriptor, side by side.

    Parameters
    ----------
    scans : sequence of DescriptorScan
    share : float
        Threshold of the components.

    Returns
    -------
    DataFrame
        One row a molecule, space group (``all`` first) and variant: N, distinct structures, columns D, TwoNN, the
        maximum-likelihood estimate and local PCA of the largest neighbourhoods with standard errors and validity,
        components by variance and singular values, participation ratio. Cells without a value are empty.
    """
    rows = [
        {"molecule": scan.molecule, "window": scan.window, "space_group": one.space_group, "descriptor": one.variant}
        | {"N": one.n_structures, "distinct": one.n_distinct, "D": one.n_columns}
        | _estimates(one)
        | _components(one, share)
        for scan in scans
        for one in sorted(scan.sets, key=lambda one: (one.space_group != ALL, group_order(one.space_group)))
    ]
    return pd.DataFrame(rows)


def _estimates(one) -> dict:
    row: dict[str, Any] = {}
    for name in ("twonn", "mle", "local_pca"):
        found = chosen_estimate(one, name)
        row[name] = math.nan if found is None else round(found.value, 2)
        row[f"{name}_error"] = math.nan if found is None else round(found.standard_error, 2)
        row[f"{name}_valid"] = None if found is None else "yes" if found.valid else "no"
        if name == "mle":
            row["mle_neighbours"] = None if found is None else found.neighbours
    return row


def chosen_estimate(one: ScannedSet, method: str) -> Estimate | None:
    """The estimate of a method, with the largest neighbourhood for those that have several; None without.

    Parameters
    ----------
    one : ScannedSet
    method : {"twonn", "mle", "local_pca"}
    """
    if method == "mle":
        return widest_mle(one)
    return max((found for found in one.estimates if found.method == method), key=lambda f: f.neighbours, default=None)


def chosen_count(one: ScannedSet, criterion: str, share: float | None = None) -> CountInterval | None:
    """The count of components by a criterion (and threshold); None without.

    Parameters
    ----------
    one : ScannedSet
    criterion : str
    share : float, optional
    """
    for count in one.counts:
        if count.criterion == criterion and (share is None or abs(count.threshold - share) < 1e-9):
            return count
    return None


def _components(one, share: float) -> dict:
    row: dict[str, Any] = {}
    for name, criterion in (("components", "variance"), ("components_by_singular_values", "singular_values")):
        found = chosen_count(one, criterion, share)
        row[name] = None if found is None else int(found.components)
        row[f"{name}_error"] = math.nan if found is None else round(found.standard_error, 2)
    found = chosen_count(one, "participation_ratio")
    return row | {"participation_ratio": math.nan if found is None else round(found.components, 1)}


def scan_estimates_table(scans: Sequence[DescriptorScan]) -> pd.DataFrame:
    """Every estimate and every count of every set of structures under every descriptor, one a row.

    Parameters
    ----------
    scans : sequence of DescriptorScan

    Returns
    -------
    DataFrame
        ``quantity`` is a method or a criterion, ``parameter`` its number of neighbours or its threshold; ``scale``,
        ``bound``, ``valid`` and ``reason`` are of methods only.
    """
    rows: list[tuple] = []
    for scan in scans:
        for one in scan.sets:
            head = (scan.molecule, scan.window, one.space_group, one.variant, one.n_structures, one.n_columns)
            rows += [
                (*head, f.method, f.neighbours, f.value, f.standard_error, f.scale, f.bound, f.valid, f.reason)
                for f in one.estimates
            ]
            rows += [
                (*head, c.criterion, c.threshold, c.components, c.standard_error, math.nan, math.nan, None, "")
                for c in one.counts
            ]
    names = ["molecule", "window", "space_group", "descriptor", "n_structures", "n_columns", "quantity", "parameter"]
    return pd.DataFrame(rows, columns=[*names, "value", "standard_error", "scale", "bound", "valid", "reason"])


def read_scan_table(path: PathLike) -> pd.DataFrame:
    """Read the table that `scan_table` makes, descriptor_scan.csv.

    Raises
    ------
    InputError
        The file is missing or is not that table.
    """
    try:
        table = read_csv(path)
        if len(table) and "mle_valid" not in table:
            raise ValueError("no column mle_valid")
    except (OSError, ValueError) as error:
        raise InputError(
            f"not a table of descriptors side by side ({error})", file=path, remedy="give descriptor_scan.csv"
        ) from None
    return table


def scan_sentences(table: pd.DataFrame) -> list[str]:
    """Whether the dimension depends on the descriptor, a sentence a molecule.

    Parameters
    ----------
    table : DataFrame
        As from `scan_table`.
    """
    return [scan_sentence(part) for _, part in table.groupby("molecule", sort=False)] if len(table) else []


def scan_sentence(table: pd.DataFrame) -> str:
    """Whether the dimension of one molecule's landscape depends on the descriptor.

    The smallest and the largest valid estimate (all groups combined, one method) differ where their distance exceeds
    the studentised range of so many values (Tukey, 95 %): of many equal values, too, some are small and some large. The
    errors are of the same structures, so that this rather understates the dependence.

    Parameters
    ----------
    table : DataFrame
        Rows of one molecule, as from `scan_table`.
    """
    molecule = table.molecule.iloc[0]
    combined = table[table.space_group == ALL]
    valid = combined[combined.mle_valid == "yes"]
    if len(valid) < 2:
        return (
            f"{molecule}: {len(valid)} of {len(combined)} descriptors give a valid estimate: whether the dimension "
            "depends on the descriptor remains open"
        )
    low, high = valid.loc[valid.mle.idxmin()], valid.loc[valid.mle.idxmax()]
    reach = studentized_range.ppf(0.95, len(valid), _MANY) * np.hypot(low.mle_error, high.mle_error) / math.sqrt(2)
    depends = high.mle - low.mle > reach
    invalid = len(combined) - len(valid)
    return (
        f"{molecule}: the dimension (MLE, {low.mle_neighbours:.0f} neighbours, {low.N:,} structures) "
        + ("depends on the descriptor: " if depends else "is the same for all descriptors within its error bars: ")
        + f"smallest {low.mle:.1f} ± {low.mle_error:.1f} ({in_markdown(low.descriptor)}), largest {high.mle:.1f} ± "
        f"{high.mle_error:.1f} ({in_markdown(high.descriptor)}), of {len(valid)} descriptors"
        + (f"; {invalid} more without a valid estimate" if invalid else "")
    )
