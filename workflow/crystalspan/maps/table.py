"""What maps keep of the distances between structures: in words, for figures, and as a table."""

from collections.abc import Sequence

import pandas as pd

from crystalspan.maps.file import MappedPopulation
from crystalspan.points.quality import MEASURES

COLUMNS = (
    "molecule",
    "space_group",
    "window",
    "method",
    "flag",
    "N",
    "mapped",
    "judged",
    "neighbours",
    *MEASURES,
    "note",
)
METHOD_NAMES = {
    "pca": "PCA",
    "kernel_pca": "kernel PCA",
    "isomap": "Isomap",
    "umap": "UMAP",
    "autoencoder": "autoencoder",
    "nested": "ordered",
}


def quality_words(quality: dict) -> list[str]:
    """The measures of a map, a phrase each, in the order of `MEASURES`; those that a file does not hold are left out.

    Parameters
    ----------
    quality : dict
        As from `map_quality`, not empty.
    """
    words = {
        "trustworthiness": "trustworthiness {:.2f}",
        "continuity": "continuity {:.2f}",
        "shepard": "Shepard {:.2f}",
        "overlap": f"{{:.0%}} of {quality['neighbours']} neighbours kept",
        "imbalance_to_map": "imbalance to map {:.2f}",
        "imbalance_from_map": "from map {:.2f}",
    }
    return [words[name].format(quality[name]) for name in MEASURES if name in quality]


def maps_table(populations: Sequence[MappedPopulation]) -> pd.DataFrame:
    """One row a map: whether it could be made, and all measures of what it keeps.

    Parameters
    ----------
    populations : sequence of MappedPopulation

    Returns
    -------
    DataFrame
        `COLUMNS`: N structures in the window, of which `mapped` were drawn and `judged` were judged by their
        `neighbours` nearest; measures are missing where there is no map.
    """
    rows = [
        {
            **{name: getattr(one, name) for name in ("molecule", "space_group", "window")},
            "method": made.method,
            "flag": made.flag,
            "note": made.note,
            "N": one.n_structures,
            "mapped": len(made.coordinates) if made.coordinates.shape[1] else 0,
            **made.quality,
        }
        for one in populations
        for made in one.maps
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({name: "Int64" for name in ("N", "mapped", "judged", "neighbours")})
