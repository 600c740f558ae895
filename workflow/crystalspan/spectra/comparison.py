"""Our component counts beside the published ones, at the published number of structures."""

import dataclasses

import numpy as np
import pandas as pd

from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.printing.labels import group_order
from crystalspan.published import bdt_2021 as study
from crystalspan.spectra.components import component_bound, components_to_reach
from crystalspan.spectra.pca import spectrum
from crystalspan.spectra.settings import SpectrumSettings

COLUMNS = (
    "molecule",
    "window",
    "space_group",
    "study_structures",
    "n_structures",
    "highest_energy",
    "study_components",
    "singular_values",
    "ratio",
    "variance",
    "bound",
    "window_structures",
    "window_singular_values",
    "window_variance",
    "note",
)


@dataclasses.dataclass(frozen=True)
class CutSpectrum:
    """The spectrum of all groups combined at the study's number of structures.

    Parameters
    ----------
    molecule, space_group, window : str
    method : str
        See `Spectrum`.
    n_structures, rank : int
    total_variance : float
    eigenvalues, singular_values : ndarray (r,) float64
    """

    molecule: str
    space_group: str
    window: str
    method: str
    n_structures: int
    rank: int
    total_variance: float
    eigenvalues: np.ndarray
    singular_values: np.ndarray


def cut_spectra(joined: JoinedDescriptors, molecule: str, settings: SpectrumSettings) -> list[CutSpectrum]:
    """The combined spectra of a molecule at the study's numbers of structures, windows with too few left out.

    Parameters
    ----------
    joined : JoinedDescriptors
        All structures of the molecule.
    molecule : str
        Its name in the study.
    settings : SpectrumSettings
    """
    table, cuts = study.structures_table(), []
    for entry in table[table.molecule == molecule].itertuples():
        n = int(entry.n_structures)
        if joined.n_structures >= n:
            found = spectrum(joined.select(lowest=n), settings, vectors=False)
            values = (found.total_variance, found.eigenvalues, found.singular_values)
            cuts.append(CutSpectrum(molecule, "all", entry.window, found.method, n, found.rank, *values))
    return cuts


def published_components() -> dict:
    """The study's Table 3 by (molecule, window, space_group)."""
    table = study.components_table()
    return {(row.molecule, row.window, row.space_group): row.components for row in table.itertuples()}


def compare_molecule(joined: JoinedDescriptors, molecule: str, settings: SpectrumSettings) -> pd.DataFrame:
    """Count components of a molecule's landscape, cut by energy to the study's number of structures.

    The share 0.8 is counted in singular values (what reproduces the study) and in variance. Of the N
    structures of lowest energy over all groups, each space group has its share; N is that of the study's
    Table 1.

    Parameters
    ----------
    joined : JoinedDescriptors
        All structures of the molecule, every space group and shell.
    molecule : str
        Its name in the study.
    settings : SpectrumSettings

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; ratio is ours by singular values over the study's; the columns `window_...` are
        counts of all our structures in the window. No row for a molecule that is not in the study.
    """
    published, rows = published_components(), []
    table = study.structures_table()
    for entry in table[table.molecule == molecule].itertuples():
        labels = [label for name, window, label in published if (name, window) == (molecule, entry.window)]
        n = int(entry.n_structures)
        enough = joined.n_structures >= n
        highest = joined.relative_energy[n - 1] if enough else float("nan")
        for label in sorted(labels, key=group_order):
            group = None if label == "all" else int(label)
            theirs = published[molecule, entry.window, label]
            row = {
                "molecule": molecule,
                "window": entry.window,
                "space_group": label,
                "study_components": theirs,
            }
            row |= {"study_structures": n if group is None else pd.NA, "highest_energy": highest}
            if enough:
                row |= _counts(joined.select(lowest=n, space_group=group), settings)
                row["ratio"] = row["singular_values"] / theirs
            natural = _counts(joined.select(entry.window, space_group=group), settings)
            row |= {f"window_{name.replace('n_', '')}": value for name, value in natural.items() if name != "bound"}
            row["note"] = _note(theirs, component_bound(n, study.SHARE), enough, joined.n_structures, n)
            rows.append(row)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    whole = [name for name in COLUMNS if name.endswith(("structures", "components", "values", "variance", "bound"))]
    return frame.astype(dict.fromkeys(whole, "Int64")).round({"ratio": 3, "highest_energy": 3})


def _counts(part: JoinedDescriptors, settings: SpectrumSettings) -> dict:
    found = spectrum(part, settings, vectors=False)
    # The study's count needs every eigenvalue.
    exact = found.method == "exact"
    return {
        "n_structures": found.n_structures,
        "singular_values": components_to_reach(found.singular_values, study.SHARE) if exact else pd.NA,
        "variance": components_to_reach(found.eigenvalues, study.SHARE) if exact else pd.NA,
        "bound": component_bound(found.n_structures, study.SHARE, found.n_columns),
    }


def _note(theirs, bound, enough, ours, n) -> str:
    notes = []
    if theirs > bound:
        notes.append(f"impossible: {n} structures need at most {bound} components, the study prints {theirs}")
    if not enough:
        notes.append(f"not comparable: our landscape has {ours} structures, the study {n}")
    return "; ".join(notes)
