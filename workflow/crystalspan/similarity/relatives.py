"""Whether maps, descriptors and latent spaces keep crystals together that share much of their packing."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from crystalspan.crystallography.overlay import MOLECULES, TOLERANCE, Tolerance, overlays
from crystalspan.crystallography.packings import Packings
from crystalspan.points.distances import HeldRows, squared_distances
from crystalspan.team import Team

NEAREST = 10
AT_LEAST = (8, 12)
_RESAMPLES = 2000
_SHARE = 0.95


@dataclasses.dataclass(frozen=True, eq=False)
class Shared:
    """How many molecules of a cluster some crystals share with all.

    Parameters
    ----------
    queries : (m,) int64
        Rows of the crystals whose clusters were laid over all others.
    matched : (m, n) uint8
        Molecules that match; `molecules` with itself.
    molecules : int
        In a cluster.
    """

    queries: np.ndarray
    matched: np.ndarray
    molecules: int


@dataclasses.dataclass(frozen=True)
class Recall:
    """Of the crystals that share a packing with a query, how many are among the k nearest to it.

    Parameters
    ----------
    at_least : int
        Molecules of the cluster that relatives share.
    nearest : int
        k; fewer where there are not so many other crystals.
    recall : float
        Relatives among the k nearest, of as many as there are, or k where there are more: 1 at best. The mean over
        the queries that have relatives; NaN without any.
    low, high : float
        Central 95 % of 2,000 resamplings of the queries; NaN with fewer than two that have relatives.
    random : float
        The recall that is to be expected of neighbours drawn at random.
    relatives, queries : int
        Pairs, and queries that have relatives.
    """

    at_least: int
    nearest: int
    recall: float
    low: float
    high: float
    random: float
    relatives: int
    queries: int


def shared_molecules(
    crystals: Packings,
    queries: npt.ArrayLike,
    molecules: int = MOLECULES,
    tolerance: Tolerance = TOLERANCE,
    team: Team | None = None,
) -> Shared:
    """Count the molecules that each query's cluster shares with every crystal.

    Parameters
    ----------
    crystals : Packings
    queries : (m,) int
        Rows; the lowest crystals in energy as a rule.
    molecules : int
        In a cluster.
    tolerance : Tolerance
    team : Team, optional
        The ranks that share the queries.
    """
    queries = np.asarray(queries, dtype=np.int64)
    blocks = (team or Team()).on_blocks(_matched, (queries,), crystals, molecules, tolerance)
    return Shared(queries, np.concatenate(blocks), molecules)


def _matched(queries, crystals, molecules, tolerance) -> np.ndarray:
    matched = np.zeros((len(queries), len(crystals)), dtype=np.uint8)
    for place, query in enumerate(queries):
        matched[place] = overlays(crystals, query, crystals, None, molecules, tolerance).matched
    return matched


def recall_of_coordinates(
    coordinates: npt.ArrayLike, shared: Shared, at_least: Sequence[int] = AT_LEAST, nearest: int = NEAREST
) -> list[Recall]:
    """Judge a map, descriptor or latent space by whether relatives lie close in it.

    Parameters
    ----------
    coordinates : (n, d) float64
        A row for each crystal; Euclidean distances.
    shared : Shared
    at_least : sequence of int
        Molecules of a cluster that relatives share.
    nearest : int
        How many neighbours are looked at.
    """
    coordinates = np.asarray(coordinates, dtype=float)
    centred = HeldRows(coordinates - coordinates.mean(axis=0))
    return recall_of_distances(squared_distances(centred, shared.queries), shared, at_least, nearest)


def recall_of_distances(
    distances: npt.ArrayLike, shared: Shared, at_least: Sequence[int] = AT_LEAST, nearest: int = NEAREST
) -> list[Recall]:
    """Judge a measure of how far crystals are apart by whether relatives are close in it.

    Of neighbours at equal distances each counts by the chance that it is among the nearest: a measure that tells
    nothing apart reaches what chance does.

    Parameters
    ----------
    distances : (m, n) float64
        From each query to every crystal, in any measure that grows with unlikeness, squares too.
    shared : Shared
    at_least : sequence of int
    nearest : int
    """
    m, n = shared.matched.shape
    others = np.ones((m, n), dtype=bool)
    others[np.arange(m), shared.queries] = False
    nearest = min(nearest, n - 1)
    chosen = _chances(np.where(others, distances, np.inf), nearest)
    found = []
    for least in at_least:
        relatives = (shared.matched >= least) & others
        found.append(_recall(least, nearest, relatives.sum(axis=1), (chosen * relatives).sum(axis=1), n))
    return found


def _chances(distances, nearest) -> np.ndarray:
    """Return the chance of each crystal to be among the nearest of each query: 0 or 1 but for ties, (m, n)."""
    limit = np.partition(distances, nearest - 1, axis=1)[:, [nearest - 1]]
    inside, tied = distances < limit, distances == limit
    return inside + tied * ((nearest - inside.sum(axis=1)) / tied.sum(axis=1))[:, None]


def _recall(least, nearest, relatives, hits, n) -> Recall:
    has = relatives > 0
    relatives, hits = relatives[has], hits[has]
    if not len(relatives):
        return Recall(least, nearest, np.nan, np.nan, np.nan, np.nan, 0, 0)
    attainable = np.minimum(relatives, nearest)
    recalls, low, high = hits / attainable, np.nan, np.nan
    if len(recalls) > 1:
        drawn = np.random.default_rng(0).integers(len(recalls), size=(_RESAMPLES, len(recalls)))
        low, high = np.quantile(recalls[drawn].mean(axis=1), [(1 - _SHARE) / 2, (1 + _SHARE) / 2])
    random = np.mean(relatives / attainable) * nearest / (n - 1)
    return Recall(
        least,
        nearest,
        float(recalls.mean()),
        float(low),
        float(high),
        float(random),
        int(relatives.sum()),
        len(relatives),
    )
