"""Tables of the latent space: curves and knees, held-out minima, and what latent coordinates keep."""

import math
from collections.abc import Sequence

import pandas as pd

from crystalspan.freedom.space_groups import degrees_of_freedom
from crystalspan.latent.basins import TWIN, Basin
from crystalspan.latent.bottleneck import PCA, Curve
from crystalspan.latent.molecule import MoleculeLatent
from crystalspan.latent.networks import AUTOENCODER
from crystalspan.points.quality import MEASURES
from crystalspan.printing.labels import group_order

BOTTLENECK_CAPTION = (
    "Clouds of crystals around single ones, whitened by the Jacobian: unexplained variance of held-out crystals at a "
    "bottleneck one below, at, and one above the degrees of freedom (network, with its relative error; principal "
    "components), the network's knee (largest second difference of the logarithm, with error), and the verdict. "
    "formula: degrees of freedom of the group for one molecule in a general position. twin: flag of a normal cloud "
    "with the same covariance, which must not be ok."
)
UNSEEN_CAPTION = (
    "Unexplained variance of minima that were held out by whole clusters, against the bottleneck, with its relative "
    "error over splits: above 1 a method is worse than the mean of the held-out minima."
)
CODES_CAPTION = "What latent coordinates keep of the distances between structures, beside as many principal components."


def bottleneck_table(found: Sequence[MoleculeLatent]) -> pd.DataFrame:
    """One row a crystal: degrees of freedom, Jacobian rank, the curve about them, knee and verdict.

    Parameters
    ----------
    found : sequence of MoleculeLatent

    Returns
    -------
    DataFrame
    """
    rows = [
        _basin_row(one.molecule, basin)
        for one in found
        for basin in sorted(one.basins, key=lambda basin: group_order(basin.record.space_group))
    ]
    columns = (
        "molecule", "space_group", "id", "relative_energy", "degrees_of_freedom", "formula", "jacobian_rank",
        "weak_directions", "crystals", "rms_angstrom", "below", "at", "above", "relative_error", "pca_below", "pca_at",
        "pca_above", "knee", "bend", "bend_error", "flag", "pca_knee", "twin", "verdict", "reason",
    )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(columns))
    return frame.astype({"knee": "Int64", "pca_knee": "Int64"})


def _basin_row(molecule: str, basin: Basin) -> dict:
    record = basin.record
    row = {
        "molecule": molecule,
        "space_group": str(record.space_group),
        "id": record.id,
        "relative_energy": record.relative_energy,
        "degrees_of_freedom": record.degrees_of_freedom,
        "formula": degrees_of_freedom(record.space_group).total,
        "jacobian_rank": record.rank,
        "weak_directions": record.floored,
        "crystals": record.crystals,
        "rms_angstrom": record.size,
        "verdict": basin.verdict,
        "reason": record.reason,
    }
    if not basin.curves:
        return row
    network, straight = basin.curves[AUTOENCODER], basin.curves[PCA]
    for name, shift in (("below", -1), ("at", 0), ("above", 1)):
        width = record.degrees_of_freedom + shift
        row |= {name: value_at(network, width), f"pca_{name}": value_at(straight, width)}
    spread = dict(zip(network.widths.tolist(), network.spread.tolist(), strict=True))
    return row | {
        "relative_error": spread.get(record.degrees_of_freedom, math.nan),
        "knee": network.knee.width or None,
        "bend": network.knee.bend,
        "bend_error": network.knee.error,
        "flag": network.knee.flag,
        "pca_knee": straight.knee.width or None,
        "twin": basin.curves[TWIN].knee.flag,
    }


def value_at(curve: Curve, width: int) -> float:
    """What a curve leaves unexplained at a bottleneck, geometric mean over seeds; NaN where it was not tried."""
    return dict(zip(curve.widths.tolist(), curve.mean.tolist(), strict=True)).get(width, math.nan)


def curves_table(found: Sequence[MoleculeLatent]) -> pd.DataFrame:
    """Every curve, a row for each method and bottleneck: of clouds, and of held-out minima.

    Parameters
    ----------
    found : sequence of MoleculeLatent

    Returns
    -------
    DataFrame
    """
    rows = []
    for one in found:
        for basin in one.basins:
            about = (one.molecule, str(basin.record.space_group), "", f"cloud around {basin.record.id}")
            rows += _curve_rows(about, basin.curves)
        for part in one.unseen:
            rows += _curve_rows((part.molecule, part.space_group, part.window, part.training_set), part.curves)
    columns = ("molecule", "space_group", "window", "trained_on", "method", "bottleneck")
    return pd.DataFrame(rows, columns=[*columns, "unexplained", "relative_error", "fits"])


def _curve_rows(about, curves) -> list[tuple]:
    return [
        (*about, method, width, mean, spread, len(curve.unexplained))
        for method, curve in curves.items()
        for width, mean, spread in zip(curve.widths.tolist(), curve.mean.tolist(), curve.spread.tolist(), strict=True)
    ]


def unseen_table(found: Sequence[MoleculeLatent]) -> pd.DataFrame:
    """One row for each set of structures, training set and method: what is left unexplained of held-out minima.

    Parameters
    ----------
    found : sequence of MoleculeLatent

    Returns
    -------
    DataFrame
        A column ``k=2`` and ``k=2_error`` for each bottleneck.
    """
    rows = []
    for part in (part for one in found for part in one.unseen):
        about = {name: getattr(part, name) for name in ("molecule", "space_group", "window")}
        about |= {"trained_on": part.training_set, "minima": part.minima, "added": part.added, "held_out": part.held}
        if not part.curves:
            rows.append(about | {"reason": part.reason})
        for method, curve in part.curves.items():
            values: dict[str, float] = {}
            for width, mean, spread in zip(curve.widths, curve.mean, curve.spread, strict=True):
                values |= {f"k={width}": float(mean), f"k={width}_error": float(spread)}
            rows.append(about | {"method": method} | values | {"reason": ""})
    first = ["molecule", "space_group", "window", "trained_on", "minima", "added", "held_out", "method"]
    widths = sorted(
        {int(width) for one in found for part in one.unseen for c in part.curves.values() for width in c.widths}
    )
    columns = [*first, *(name for width in widths for name in (f"k={width}", f"k={width}_error")), "reason"]
    return pd.DataFrame(rows, columns=columns)


def codes_table(found: Sequence[MoleculeLatent]) -> pd.DataFrame:
    """One row for each set of structures, method and number of coordinates: what they keep of the distances.

    Parameters
    ----------
    found : sequence of MoleculeLatent

    Returns
    -------
    DataFrame
        The measures of `points.quality.map_quality`.
    """
    rows = [
        {
            **{name: getattr(coded, name) for name in ("molecule", "space_group", "window")},
            "N": len(coded.id),
            "method": made.method,
            "coordinates": made.width,
            **made.quality,
        }
        for one in found
        for coded in one.coded
        for made in coded.codes
    ]
    columns = ["molecule", "space_group", "window", "method", "coordinates", "N", "judged", "neighbours", *MEASURES]
    return pd.DataFrame(rows, columns=columns).astype({"judged": "Int64", "neighbours": "Int64"})
