"""Does the dimension depend on the descriptor? The same structures under many descriptors, split over MPI ranks."""

import dataclasses
import sys
from collections.abc import Sequence

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.descriptors.featurize import describe_landscape
from crystalspan.descriptors.independent_molecules import mean_over_molecules
from crystalspan.descriptors.parameters import SymmetryFunctions, columns, element_numbers
from crystalspan.descriptors.soap import SoapSettings, describe_by_soap, soap_library
from crystalspan.dimension.analysis import DimensionSettings, analyse
from crystalspan.dimension.estimators.estimate import Estimate
from crystalspan.dimension.resampling import CountInterval
from crystalspan.landscape.file import Landscape, Selection, read_rows, selected_rows
from crystalspan.parallel import Communicator, gathered
from crystalspan.points.cloud import layout_of, prepared_points, random_rows
from crystalspan.points.descriptors import ArrayDescriptors
from crystalspan.printing.labels import ALL
from crystalspan.scan.variants import Variant
from crystalspan.study import parse_interval


@dataclasses.dataclass(frozen=True)
class ScannedSet:
    """What was found of one set of structures under one descriptor.

    Parameters
    ----------
    variant : str
    space_group : str
        Number, or ``all``.
    n_structures, n_columns : int
        N and D.
    n_distinct : int
        Structures without near-duplicates: those that the estimators see.
    estimates : list of Estimate
        Empty for fewer than two structures, as are the counts.
    counts : list of CountInterval
    """

    variant: str
    space_group: str
    n_structures: int
    n_columns: int
    n_distinct: int
    estimates: list[Estimate]
    counts: list[CountInterval]


def scan_descriptors(
    communicator: Communicator,
    landscape: PathLike,
    space_groups: Sequence[int],
    window: str,
    variants: list[Variant],
    settings: DimensionSettings,
) -> list[ScannedSet] | None:
    """Estimate the dimension of a landscape's structures, and of each space group's, under every variant.

    At most `settings.largest_sample` structures are looked at, drawn at random; the sets of the space groups are
    the parts of this sample. Each rank takes some of the descriptors and holds one of them at a time.

    Parameters
    ----------
    communicator
        From `crystalspan.parallel.world`; all ranks call this together.
    landscape : path-like
        Landscape file.
    space_groups : sequence of int
    window : str
        Energy window, such as ``0-20`` (kJ/mol).
    variants : list of Variant
    settings : DimensionSettings

    Returns
    -------
    list of ScannedSet
        Variant by variant: all structures, then each space group. None on ranks other than 0.

    Raises
    ------
    InputError
        On rank 0, what went wrong on any rank.
    """
    rows = selected_rows(landscape, Selection(space_groups, parse_interval(window)))
    rows = rows[random_rows(len(rows), settings.largest_sample, settings.seed)]
    settings = dataclasses.replace(settings, others=())
    sources = list(dict.fromkeys(variant.source for variant in variants))
    if any(isinstance(source, SoapSettings) for source in sources):
        soap_library()  # that it is missing shows at once

    def work() -> dict[str, list[ScannedSet]]:
        crystals = read_rows(landscape, rows)
        found: dict[str, list[ScannedSet]] = {}
        for source in sources[communicator.rank :: communicator.size]:
            own = [variant for variant in variants if variant.source == source]
            found |= _of_one_source(crystals, space_groups, source, own, settings)
        return found

    parts = gathered(communicator, work)
    if parts is None:
        return None
    found = {name: sets for part in parts for name, sets in part.items()}
    return [one for variant in variants for one in found[variant.name]]


def _of_one_source(crystals: Landscape, space_groups, source, variants, settings) -> dict[str, list[ScannedSet]]:
    if not len(crystals):
        labels = [label for label, _ in _populations(crystals, space_groups)]
        return {one.name: [ScannedSet(one.name, label, 0, 0, 0, [], []) for label in labels] for one in variants}
    values = described(crystals, source)
    found = {}
    for variant in variants:
        print(f"scan: {variant.name}, {len(crystals)} structures", file=sys.stderr, flush=True)
        chosen = values[:, used_columns(crystals, variant)]
        found[variant.name] = [
            _scanned(variant, label, chosen[members], layout_of(crystals), settings)
            for label, members in _populations(crystals, space_groups)
        ]
    return found


def _populations(crystals: Landscape, space_groups):
    """All structures as a slice, so that they are not copied, and those of each group."""
    yield ALL, slice(None)
    for number in space_groups:
        yield str(number), np.flatnonzero(crystals.space_group == number)


def _scanned(variant: Variant, label: str, values, layout, settings: DimensionSettings) -> ScannedSet:
    points = prepared_points(ArrayDescriptors(values, layout), variant.preparation)
    n, d = points.shape
    if n < 2:
        return ScannedSet(variant.name, label, n, d, n, [], [])
    found = analyse(points, settings, detail=False)
    return ScannedSet(
        variant.name, label, found.n_structures, found.n_columns, found.n_distinct, found.estimates, found.counts
    )


def described(crystals: Landscape, source: SymmetryFunctions | SoapSettings) -> np.ndarray:
    """The descriptors of crystals, as `featurize` would write them.

    Parameters
    ----------
    crystals : Landscape
    source : SymmetryFunctions or SoapSettings

    Returns
    -------
    (n, n_atoms * d) float64
        Atom-major; of several molecules in the asymmetric unit the mean.
    """
    if not isinstance(source, SoapSettings):
        return describe_landscape(crystals, source)
    values = describe_by_soap(crystals, source)
    values = mean_over_molecules(values, crystals.atom_offset, crystals.reference_automorphisms)
    return values.reshape(len(crystals), values.shape[1] * values.shape[2])


def used_columns(crystals: Landscape, variant: Variant) -> slice | np.ndarray:
    """The columns that a variant uses: a mask (n_columns,) from their labels, or all of them as a slice."""
    if variant.part == "all" or isinstance(variant.source, SoapSettings):
        return slice(None)
    centres = crystals.reference_atomic_number
    return columns(variant.source, centres, element_numbers(centres)).kind == variant.part
