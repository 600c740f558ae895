"""The maps of a molecule's structures: space group by space group, window by window."""

import dataclasses
from collections.abc import Iterator, Sequence

from crystalspan.latent.training import training_settings
from crystalspan.maps.embeddings import MapSettings, structure_maps
from crystalspan.maps.file import MappedPopulation
from crystalspan.points.cloud import prepared_points, random_rows
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.points.settings import Preparation
from crystalspan.spectra.pca import all_scores


@dataclasses.dataclass(frozen=True)
class Sample:
    """Which structures of a large set are mapped.

    Parameters
    ----------
    largest : int
        No more than this, drawn at random without replacement.
    seed : int
    """

    largest: int
    seed: int


def map_settings(settings: dict) -> tuple[MapSettings, Sample]:
    """The settings of the maps, and which structures are mapped, from the sections `maps`, `points` and `latent`."""
    maps, points = settings["maps"], settings["points"]
    made = MapSettings(
        methods=tuple(maps["methods"]),
        neighbours=maps["neighbours"],
        kernel_width=maps["kernel_width"],
        umap_min_dist=maps["umap_min_dist"],
        judged_neighbours=maps["judged_neighbours"],
        seed=points["seed"],
        columns=settings["latent"]["columns"],
        training=training_settings(settings["latent"]["training"]),
    )
    return made, Sample(points["largest_sample"], points["seed"])


def molecule_maps(
    joined: JoinedDescriptors,
    populations: Sequence[tuple[str, int | None]],
    windows: Sequence[str],
    preparation: Preparation,
    settings: MapSettings,
    sample: Sample,
) -> Iterator[MappedPopulation]:
    """Make the maps of a molecule, one set of structures after the other.

    Parameters
    ----------
    joined : JoinedDescriptors
        All descriptors of the molecule.
    populations : sequence of (str, int or None)
        Label and space group number; None takes all.
    windows : sequence of str
    preparation : Preparation
        How descriptors become vectors.
    settings : MapSettings
    sample : Sample

    Yields
    ------
    MappedPopulation
    """
    for label, number in populations:
        for window in windows:
            chosen = joined.select(window=window, space_group=number)
            rows = random_rows(chosen.n_structures, sample.largest, sample.seed)
            points = all_scores(prepared_points(chosen, preparation)[rows])
            yield MappedPopulation(
                molecule=joined.molecule or "unnamed",
                space_group=label,
                window=window,
                n_structures=chosen.n_structures,
                id=chosen.id[rows],
                relative_energy=chosen.relative_energy[rows],
                maps=structure_maps(points, settings),
            )
