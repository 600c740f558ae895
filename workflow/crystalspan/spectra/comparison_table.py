"""Our component counts beside the published ones, at the published number of structures: the table."""

from collections.abc import Iterable

import pandas as pd

from crystalspan.printing.labels import ALL
from crystalspan.published import bdt_2021 as study
from crystalspan.spectra.comparison import CutSpectrum
from crystalspan.spectra.components import component_bound, components_to_reach
from crystalspan.spectra.file import StoredSpectrum

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
_WHOLE = [name for name in COLUMNS if name.endswith(("structures", "components", "values", "variance", "bound"))]


def comparison_table(cuts: Iterable[CutSpectrum], spectra: Iterable[StoredSpectrum]) -> pd.DataFrame:
    """Our counts of components beside the study's, for as many structures of lowest energy as it had.

    The share 0.8 is counted in singular values (what reproduces the study) and in variance.

    Parameters
    ----------
    cuts : iterable of CutSpectrum
    spectra : iterable of StoredSpectrum
        Those of the study's windows and groups among them give the columns ``window_...``.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; ratio is ours by singular values over the study's; the columns ``window_...`` are of all our
        structures in the window, empty where `spectra` do not hold it.
    """
    published = study.published_components()
    natural = {(one.molecule, one.window, one.space_group): one for one in spectra}
    rows = [_row(cut, published, natural.get((cut.molecule, cut.window, cut.space_group))) for cut in cuts]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype(dict.fromkeys(_WHOLE, "Int64")).round({"ratio": 3, "highest_energy": 3})


def _row(cut: CutSpectrum, published: dict, natural) -> dict:
    theirs = published[cut.molecule, cut.window, cut.space_group]
    row = {name: getattr(cut, name) for name in ("molecule", "window", "space_group", "highest_energy")}
    row["study_components"], row["window_structures"] = theirs, cut.window_structures
    row["study_structures"] = pd.NA if cut.space_group.isdigit() else cut.study_structures
    if cut.is_comparable:
        row |= _counts(cut) | {"n_structures": cut.n_structures}
        row["bound"] = component_bound(cut.n_structures, study.SHARE, cut.n_columns)
        row["ratio"] = row["singular_values"] / theirs
    if natural is not None:
        row |= {f"window_{name}": value for name, value in _counts(natural).items()}
    elif cut.window_structures < 2:
        # No spectrum is needed to know it.
        row |= {"window_singular_values": 0, "window_variance": 0}
    row["note"] = _note(cut, theirs)
    return row


def _counts(found) -> dict:
    # The study's count needs every eigenvalue.
    exact = found.method == "exact"
    return {
        "singular_values": components_to_reach(found.singular_values, study.SHARE) if exact else pd.NA,
        "variance": components_to_reach(found.eigenvalues, study.SHARE) if exact else pd.NA,
    }


def _note(cut: CutSpectrum, theirs: int) -> str:
    notes, n = [], cut.study_structures
    bound = component_bound(n, study.SHARE)
    if theirs > bound:
        notes.append(f"impossible: {n} structures need at most {bound} components, the study prints {theirs}")
    if not cut.is_comparable:
        notes.append(f"not comparable: our landscape has {cut.landscape_structures} structures, the study {n}")
    return "; ".join(notes)


def comparison_caption() -> str:
    """What the table shows."""
    return (
        f"Components to reach {study.SHARE:g} of the sum of singular values (what the study counts) and of the "
        "variance, "
        f"for as many structures of lowest energy as in Wong, Day 2021, DOI {study.DOI}. "
        "The columns window_... count all our structures in the energy window."
    )


def comparison_sentences(frame: pd.DataFrame) -> list[str]:
    """Study and ours, side by side, for each molecule and window with all groups combined."""
    sentences = []
    for row in frame[frame.space_group == ALL].itertuples():
        ours = "-" if pd.isna(row.singular_values) else f"{row.singular_values} (variance {row.variance})"
        sentences.append(f"{row.molecule} {row.window}: study {row.study_components}, ours {ours}. {row.note}".rstrip())
    return sentences
