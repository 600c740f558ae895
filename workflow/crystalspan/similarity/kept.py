"""Is similarity kept? Relatives of a molecule's lowest crystals, and who has them among its nearest neighbours."""

import bisect
import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy.spatial.distance import cdist

from crystalspan.landscape.file import Landscape
from crystalspan.latent.bottleneck import PCA
from crystalspan.latent.codes import CodedStructures
from crystalspan.maps.file import MappedPopulation
from crystalspan.maps.table import METHOD_NAMES
from crystalspan.points.cloud import prepared_points, random_rows
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.points.settings import Preparation
from crystalspan.similarity.distances import distance_distribution, distribution_distance
from crystalspan.similarity.packings import packings
from crystalspan.similarity.powder import cross_correlations, powder_patterns
from crystalspan.similarity.relatives import (
    Recall,
    Shared,
    recall_of_coordinates,
    recall_of_distances,
    shared_molecules,
)
from crystalspan.spectra.pca import all_scores

VALID, FEW, NONE, NO_MAP = "valid", "few queries", "no relatives", "no map"
# With fewer queries that have relatives, an interval from resampling them means little.
_FEWEST = 10
DESCRIPTOR, COMPONENTS, MAP, LATENT = "descriptor", "components", "map", "latent"
POWDER, AMD, PDD = "powder", "AMD", "PDD"


@dataclasses.dataclass(frozen=True)
class SimilaritySettings:
    """The section `similarity` of the configuration, and which structures are looked at.

    Parameters
    ----------
    molecules, queries, nearest, distances : int
    at_least, components : tuple of int
    largest, seed : int
        `points.largest_sample` and `points.seed`: the structures are those of the maps.
    """

    molecules: int
    queries: int
    nearest: int
    distances: int
    at_least: tuple[int, ...]
    components: tuple[int, ...]
    largest: int
    seed: int

    @classmethod
    def of(cls, settings: dict) -> "SimilaritySettings":
        """Take them from validated settings."""
        section, points = settings["similarity"], settings["points"]
        return cls(
            section["molecules"],
            section["queries"],
            section["nearest"],
            section["distances"],
            tuple(sorted(section["at_least"])),
            tuple(sorted(section["components"])),
            points["largest_sample"],
            points["seed"],
        )


@dataclasses.dataclass(frozen=True)
class RelativePair:
    """A query and a crystal that shares much of its packing; rows of the population.

    Parameters
    ----------
    query, other : int
    matched : int
        Molecules of the query's cluster that match.
    """

    query: int
    other: int
    matched: int


@dataclasses.dataclass(frozen=True)
class MeasuredRecall:
    """How many relatives one measure of similarity has among the nearest, as `Recall` says.

    Parameters
    ----------
    measure : str
        Its name: ``descriptor``, ``10 components``, a map's method, ``powder``, ``AMD``, ``PDD``.
    kind : str
        ``descriptor``, ``components``, ``map``, ``powder``, ``AMD`` or ``PDD``.
    dimensions : int
        Of the space in which neighbours are looked for; 0 where there is none.
    flag : str
        ``valid``; ``few queries`` (fewer than ten have relatives), ``no relatives`` or ``no map``.
    at_least, nearest : int
    recall, low, high, random : float
    relatives, queries : int
    """

    measure: str
    kind: str
    dimensions: int
    flag: str
    at_least: int
    nearest: int
    recall: float
    low: float
    high: float
    random: float
    relatives: int
    queries: int


@dataclasses.dataclass(frozen=True, eq=False)
class KeptSimilarity:
    """The relatives of the lowest crystals of a space group (or all) in a window, and which measures keep them near.

    Parameters
    ----------
    molecule, space_group, window : str
    n_structures : int
        In the window; at most the largest sample of them is looked at.
    id : (n,) str
    relative_energy : (n,) float64, kJ/mol
    n_queries : int
        The first, lowest ones, whose clusters were laid over all others.
    molecules : int
        In a cluster.
    relatives : list of RelativePair
        Pairs that share at least the smallest number asked for.
    recalls : list of MeasuredRecall
    """

    molecule: str
    space_group: str
    window: str
    n_structures: int
    id: np.ndarray
    relative_energy: np.ndarray
    n_queries: int
    molecules: int
    relatives: list[RelativePair]
    recalls: list[MeasuredRecall]


class _Packed:
    """Powder patterns and neighbour distances of a landscape's crystals, each made once."""

    def __init__(self, landscape: Landscape, neighbours: int):
        self.landscape, self._neighbours = landscape, neighbours
        self.row = {name: row for row, name in enumerate(landscape.id.tolist())}
        self._patterns: dict[int, np.ndarray] = {}
        self._distances: dict[int, np.ndarray] = {}

    def patterns(self, rows: Sequence[int]) -> np.ndarray:
        """Powder patterns, (n, p)."""
        for row in rows:
            if row not in self._patterns:
                self._patterns[row] = powder_patterns(self.landscape, [row])[0]
        return np.array([self._patterns[row] for row in rows])

    def distances(self, rows: Sequence[int]) -> list[np.ndarray]:
        """Pointwise distance distributions."""
        for row in rows:
            if row not in self._distances:
                self._distances[row] = distance_distribution(self.landscape, row, self._neighbours)
        return [self._distances[row] for row in rows]


def kept_similarities(
    landscape: Landscape,
    joined: JoinedDescriptors,
    mapped: Sequence[MappedPopulation],
    populations: Sequence[tuple[str, int | None]],
    window: str,
    preparation: Preparation,
    settings: SimilaritySettings,
    coded: Sequence[CodedStructures] = (),
) -> Iterator[KeptSimilarity]:
    """Look for relatives and for who keeps them near, one set of structures after the other.

    Parameters
    ----------
    landscape : Landscape
        The molecule's.
    joined : JoinedDescriptors
        All descriptors of the molecule.
    mapped : sequence of MappedPopulation
        The molecule's maps; may be empty.
    populations : sequence of (str, int or None)
        Label and space group number; None takes all.
    window : str
    preparation : Preparation
    settings : SimilaritySettings
    coded : sequence of CodedStructures, optional
        The molecule's latent coordinates.

    Yields
    ------
    KeptSimilarity
    """
    packed = _Packed(landscape, settings.distances)
    for label, number in populations:
        chosen = joined.select(window=window, space_group=number)
        places = random_rows(chosen.n_structures, settings.largest, settings.seed)
        names = chosen.id[places]
        rows = [packed.row[name] for name in names]
        queries = np.arange(min(settings.queries, len(rows)))
        crystals = packings(landscape, rows)
        shared = shared_molecules(crystals, queries, settings.molecules)
        recalls: list[MeasuredRecall] = []
        if len(rows) > 1:
            points = prepared_points(chosen, preparation)[places]
            maps = [one for one in mapped if (one.space_group, one.window) == (label, window)]
            recalls += _of_points(points, shared, settings)
            recalls += _of_maps(maps, names, shared, settings)
            codes = [one for one in coded if (one.space_group, one.window) == (label, window)]
            recalls += _of_codes(codes, {made.method for one in maps for made in one.maps}, names, shared, settings)
            recalls += _of_packings(packed, rows, shared, settings)
        yield KeptSimilarity(
            landscape.name,
            label,
            window,
            chosen.n_structures,
            names,
            chosen.relative_energy[places],
            len(queries),
            settings.molecules,
            _pairs(shared, min(settings.at_least)),
            recalls,
        )


def _pairs(shared: Shared, least: int) -> list[RelativePair]:
    rows, others = np.nonzero(shared.matched >= least)
    return [
        RelativePair(int(shared.queries[row]), int(other), int(shared.matched[row, other]))
        for row, other in zip(rows, others, strict=True)
        if shared.queries[row] != other
    ]


def _of_points(points, shared, settings) -> Iterator[MeasuredRecall]:
    """Of the descriptor, and of its leading principal components."""
    scores = all_scores(points)
    yield from _told(DESCRIPTOR, DESCRIPTOR, scores, shared, settings, points.shape[1])
    for number in settings.components:
        if number < scores.shape[1]:
            yield from _told(f"{number} components", COMPONENTS, scores[:, :number], shared, settings, number)


def _of_maps(maps, names, shared, settings) -> Iterator[MeasuredRecall]:
    """Of every map of these structures; that of the two leading components is one of those above."""
    for one in maps:
        place = {name: row for row, name in enumerate(one.id.tolist())}
        for made in one.maps:
            if made.method == "pca" and 2 in settings.components:
                continue
            if made.coordinates.shape[1] == 0 or not all(name in place for name in names.tolist()):
                nothing = Recall(0, settings.nearest, np.nan, np.nan, np.nan, np.nan, 0, 0)
                for least in settings.at_least:
                    yield _row(made.method, MAP, 0, dataclasses.replace(nothing, at_least=least), NO_MAP)
                continue
            coordinates = made.coordinates[[place[name] for name in names.tolist()]]
            yield from _told(made.method, MAP, coordinates, shared, settings, coordinates.shape[1])


def _of_codes(coded, mapped, names, shared, settings) -> Iterator[MeasuredRecall]:
    """Of latent coordinates, but those that are components or a map already."""
    for one in coded:
        place = {name: row for row, name in enumerate(one.id.tolist())}
        if not all(name in place for name in names.tolist()):
            continue
        rows = [place[name] for name in names.tolist()]
        for made in one.codes:
            if made.method != PCA and not (made.width == 2 and made.method in mapped):
                measure = f"{METHOD_NAMES.get(made.method, made.method)}, {made.width} coordinates"
                yield from _told(measure, LATENT, made.coordinates[rows], shared, settings, made.width)


def _told(measure, kind, coordinates, shared, settings, dimensions) -> Iterable[MeasuredRecall]:
    found = recall_of_coordinates(coordinates, shared, settings.at_least, settings.nearest)
    return [_row(measure, kind, dimensions, one) for one in found]


def _of_packings(packed, rows, shared, settings) -> Iterator[MeasuredRecall]:
    """Of powder patterns and of distances between atoms."""
    patterns, distributions = packed.patterns(rows), packed.distances(rows)
    unlike = 1.0 - cross_correlations(patterns[shared.queries], patterns)
    means = np.array([one.mean(axis=0) for one in distributions])
    apart = cdist(means[shared.queries], means, "chebyshev")
    transported = _transported(apart, distributions, shared.queries, settings.nearest)
    for measure, distances in ((POWDER, unlike), (AMD, apart), (PDD, transported)):
        for one in recall_of_distances(distances, shared, settings.at_least, settings.nearest):
            yield _row(measure, measure, 0, one)


def _transported(apart, distributions, queries, nearest) -> np.ndarray:
    """Return the earth mover's distances from the queries to those that may be among the nearest; else infinity.

    No two distributions are closer than their means: crystals are looked at in the order of those, until no other can
    be nearer than the farthest one that is wanted.
    """
    found = np.full(apart.shape, np.inf)
    for place, query in enumerate(queries):
        shortest: list[float] = []  # ascending; the query itself is the first one
        for other in np.argsort(apart[place], kind="stable"):
            if len(shortest) > nearest and apart[place, other] > shortest[nearest]:
                break
            found[place, other] = distribution_distance(distributions[query], distributions[other])
            bisect.insort(shortest, found[place, other])
    return found


def _row(measure, kind, dimensions, recall: Recall, flag: str = "") -> MeasuredRecall:
    flag = flag or (NONE if recall.queries == 0 else FEW if recall.queries < _FEWEST else VALID)
    return MeasuredRecall(measure, kind, dimensions, flag, **dataclasses.asdict(recall))
