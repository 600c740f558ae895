"""Who keeps relatives near, and how crystals pack: as tables and in words."""

from collections.abc import Sequence

import pandas as pd

from crystalspan.maps.table import METHOD_NAMES
from crystalspan.printing.labels import ALL
from crystalspan.similarity.file import Similarities
from crystalspan.similarity.kept import DESCRIPTOR, MAP, VALID, KeptSimilarity, MeasuredRecall

CAPTION = (
    "Is similarity kept? Of the crystals that share at least so many molecules of a cluster with a query (one of the "
    "lowest crystals), the share that is among its nearest neighbours by each measure, with the central 95 % of "
    "resamplings of the queries, and what neighbours drawn at random would reach."
)
COLUMNS = (
    "molecule",
    "space_group",
    "window",
    "measure",
    "dimensions",
    "flag",
    "at_least",
    "molecules",
    "nearest",
    "recall",
    "low",
    "high",
    "random",
    "relatives",
    "queries",
    "N",
)
MOTIF_COLUMNS = ("molecule", "motif", "structures", "share", "lowest_relative_energy", "lowest_id", "status")
_DIGITS = 4


def measure_label(one: MeasuredRecall) -> str:
    """Return what figures and words call a measure: ``Isomap (map)`` for a map."""
    return f"{METHOD_NAMES.get(one.measure, one.measure)} (map)" if one.kind == MAP else one.measure


def similarity_table(found: Sequence[Similarities]) -> pd.DataFrame:
    """One row a measure and number of shared molecules, of every set of structures.

    Parameters
    ----------
    found : sequence of Similarities

    Returns
    -------
    DataFrame
        `COLUMNS`: N structures were compared; `dimensions` is missing where neighbours are not looked for in a space.
    """
    rows = [
        {
            **{name: getattr(one, name) for name in ("molecule", "space_group", "window", "molecules")},
            "measure": measure_label(row),
            "dimensions": row.dimensions or None,
            **{name: getattr(row, name) for name in ("flag", "at_least", "nearest", "relatives", "queries")},
            **{name: round(getattr(row, name), _DIGITS) for name in ("recall", "low", "high", "random")},
            "N": len(one.id),
        }
        for each in found
        for one in each.populations
        for row in one.recalls
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    whole = ("dimensions", "at_least", "molecules", "nearest", "relatives", "queries", "N")
    return frame.astype({name: "Int64" for name in whole})


def motifs_table(found: Sequence[Similarities]) -> pd.DataFrame:
    """How many crystals of each molecule have each packing motif, and the lowest one.

    Parameters
    ----------
    found : sequence of Similarities

    Returns
    -------
    DataFrame
        `MOTIF_COLUMNS`; energies in kJ/mol above the global minimum.
    """
    rows = []
    for one in found:
        names = [motif.motif for motif in one.motifs]
        for name in sorted(set(names), key=lambda name: (-names.count(name), name)):
            lowest = min((motif for motif in one.motifs if motif.motif == name), key=lambda m: m.relative_energy)
            share = round(names.count(name) / len(names), _DIGITS)
            energy = round(lowest.relative_energy, _DIGITS)
            rows.append((one.molecule, name, names.count(name), share, energy, lowest.id, one.motif_status))
    return pd.DataFrame(rows, columns=list(MOTIF_COLUMNS))


def similarity_sentences(found: Sequence[Similarities]) -> list[str]:
    """Say in a line for each molecule how well descriptor and maps keep close relatives, for the end of a run.

    Parameters
    ----------
    found : sequence of Similarities
    """
    return [_sentence(one) for each in found for one in each.populations if one.space_group == ALL and one.recalls]


def _sentence(one: KeptSimilarity) -> str:
    most = max(row.at_least for row in one.recalls)
    rows = [row for row in one.recalls if row.at_least == most]
    told = [row for row in rows if row.flag == VALID]
    where = f"{one.molecule}, within {one.window} kJ/mol"
    if not told:
        return f"{where}: too few crystals share {most} of {one.molecules} molecules to say whether similarity is kept"
    by_recall = sorted(told, key=lambda row: -row.recall)
    # The best three and all that people look at; the table has the others.
    best = [row for place, row in enumerate(by_recall) if place < 3 or row.kind in (DESCRIPTOR, MAP)]
    words = ", ".join(f"{measure_label(row)} {row.recall:.0%} ({row.low:.0%} to {row.high:.0%})" for row in best)
    first = told[0]
    return (
        f"{where}: of the crystals that share {most} of {one.molecules} molecules with one of the {one.n_queries:,} "
        f"lowest, among its {first.nearest} nearest are by {words}; by chance {first.random:.1%}"
    )
