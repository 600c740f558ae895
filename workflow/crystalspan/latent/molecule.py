"""All that the stage measures of a molecule: around single structures, and of the landscape; shared by MPI ranks."""

import dataclasses
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.descriptors.parameters import element_numbers, symmetry_functions
from crystalspan.errors import InputError
from crystalspan.freedom.structures import site_order
from crystalspan.jacobian.rank import evenly_chosen
from crystalspan.landscape.file import Selection, read_landscape, read_rows
from crystalspan.latent.basins import Basin, BasinSettings, basin
from crystalspan.latent.codes import CodedStructures, structure_codes
from crystalspan.latent.training import TrainingSettings, training_settings
from crystalspan.latent.unseen import (
    DISPLACED,
    FEWEST,
    Unseen,
    UnseenSettings,
    displaced_crystals,
    scaler,
    unseen_curves,
)
from crystalspan.parallel import Communicator, gathered
from crystalspan.points.cloud import Description, layout_of, prepared_points, random_rows
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.points.settings import Preparation, preparation
from crystalspan.study import parse_interval


@dataclasses.dataclass(frozen=True)
class LatentSettings:
    """Everything that the stage is told.

    Parameters
    ----------
    preparation : Preparation
    training : TrainingSettings
    basins : BasinSettings
    structures : int
        Structures of each space group whose surroundings are looked at.
    unseen : UnseenSettings
    training_sets : tuple of str
    widths : tuple of int
        Numbers of latent coordinates that structures get.
    neighbours : int
        Nearest neighbours by which codes are judged.
    largest : int
        More structures than this are drawn from at random.
    seed : int
    """

    preparation: Preparation
    training: TrainingSettings
    basins: BasinSettings
    structures: int
    unseen: UnseenSettings
    training_sets: tuple[str, ...]
    widths: tuple[int, ...]
    neighbours: int
    largest: int
    seed: int


def latent_settings(settings: dict) -> LatentSettings:
    """The settings of the stage from the validated sections `latent`, `jacobian`, `points` and `maps`."""
    latent, points, jacobian = settings["latent"], settings["points"], settings["jacobian"]
    seeds = tuple(points["seed"] + i for i in range(latent["seeds"]))
    basins, landscape = latent["basins"], latent["landscape"]
    return LatentSettings(
        preparation=preparation(settings),
        training=training_settings(latent["training"]),
        basins=BasinSettings(
            **{name: basins[name] for name in ("crystals", "size", "narrower", "wider")},
            columns=latent["columns"],
            seeds=seeds,
            **{name: jacobian[name] for name in ("step", "zero", "site_tolerance")},
        ),
        structures=basins["structures"],
        unseen=UnseenSettings(
            methods=tuple(name.replace("_", " ") for name in landscape["methods"]),
            widths=tuple(sorted(set(landscape["widths"]))),
            **{name: landscape[name] for name in ("held_out", "clusters", "displaced", "displacement")},
            columns=latent["columns"],
            seeds=seeds,
            site_tolerance=jacobian["site_tolerance"],
        ),
        training_sets=tuple(landscape["training_sets"]),
        widths=tuple(latent["widths"]),
        neighbours=settings["maps"]["judged_neighbours"],
        largest=points["largest_sample"],
        seed=points["seed"],
    )


@dataclasses.dataclass(frozen=True)
class MoleculeLatent:
    """What was found of a molecule.

    Parameters
    ----------
    molecule : str
    basins : list of Basin
    unseen : list of Unseen
    coded : list of CodedStructures
    """

    molecule: str
    basins: list[Basin]
    unseen: list[Unseen]
    coded: list[CodedStructures]


class _Molecule:
    """The files of a molecule, and the pieces of work on them, each a pure function of its arguments."""

    def __init__(self, joined: JoinedDescriptors, landscape: PathLike, window: str, settings: LatentSettings):
        self.joined, self.landscape, self.window, self.settings = joined, landscape, window, settings
        self.name = joined.molecule or "unnamed"
        self.functions = symmetry_functions(joined.settings)
        self._raw = dataclasses.replace(settings.preparation, scaling="none")

    def basin(self, row: int) -> Basin:
        """The surroundings of one structure of the landscape."""
        crystals = read_rows(self.landscape, [row])
        about = int(crystals.space_group[0]), float(crystals.relative_energy[0])
        description = Description(self.functions, self._raw, layout_of(crystals))
        elements = element_numbers(crystals.reference_atomic_number)
        structure, order = crystals.structure(0), site_order(crystals, 0)
        return basin(structure, order, about, description, elements, self.settings.basins, self.settings.training)

    def chosen(self, number: int | None) -> tuple[JoinedDescriptors, np.ndarray]:
        """The structures of a space group (None: of all) in the window, and which of them are looked at."""
        chosen = self.joined.select(window=self.window, space_group=number)
        return chosen, random_rows(chosen.n_structures, self.settings.largest, self.settings.seed)

    def unseen(self, label: str, number: int | None, training_set: str) -> Unseen:
        """Curves of held-out minima after training on one of the sets."""
        chosen, rows = self.chosen(number)
        about = self.name, label, self.window, training_set, len(rows)
        if len(rows) < FEWEST:
            return Unseen(*about, 0, 0, f"{len(rows)} structures: fewer than {FEWEST}", {})
        raw = prepared_points(chosen, self._raw)[rows]
        scaled = scaler(raw, self.settings.preparation.scaling)
        added = None
        if training_set == DISPLACED:
            crystals = self._crystals(chosen, number).subset(rows)
            description = Description(self.functions, self._raw, chosen.layout)
            try:
                values, parent = displaced_crystals(crystals, description, self.settings.unseen)
            except InputError as error:
                return Unseen(*about, 0, 0, error.problem, {})
            added = scaled(values), parent
        curves, held = unseen_curves(scaled(raw), added, self.settings.unseen, self.settings.training)
        return Unseen(*about, 0 if added is None else len(added[1]), held, "", curves)

    def codes(self, label: str, number: int | None) -> CodedStructures:
        """Latent coordinates of the structures."""
        chosen, rows = self.chosen(number)
        about = self.name, label, self.window, chosen.id[rows], chosen.relative_energy[rows]
        if len(rows) < FEWEST:
            return CodedStructures(*about, f"{len(rows)} structures: fewer than {FEWEST}", [])
        points = prepared_points(chosen, self.settings.preparation)[rows]
        settings = self.settings
        columns = settings.unseen.columns
        try:
            made = structure_codes(
                points, settings.widths, columns, settings.neighbours, settings.training, settings.seed
            )
        except InputError as error:
            return CodedStructures(*about, error.problem, [])
        return CodedStructures(*about, "", made)

    def _crystals(self, chosen, number):
        groups = np.unique(chosen.space_group).tolist() if number is None else [number]
        crystals = read_landscape(self.landscape, Selection(groups, parse_interval(self.window)))
        if not np.array_equal(crystals.id.astype(str), chosen.id.astype(str)):
            raise InputError(
                "the descriptors are of other structures than the landscape",
                file=self.landscape,
                record=f"{self.window} kJ/mol, space groups {', '.join(map(str, groups))}",
                remedy="run featurize again",
            )
        return crystals


def molecule_latent(
    communicator: Communicator,
    joined: JoinedDescriptors,
    landscape: PathLike,
    space_groups: Sequence[int],
    populations: Sequence[tuple[str, int | None]],
    window: str,
    settings: LatentSettings,
) -> MoleculeLatent | None:
    """Measure a molecule; ranks take the pieces of work in turn.

    Parameters
    ----------
    communicator
        From `crystalspan.parallel.world`; all ranks call this together.
    joined : JoinedDescriptors
        All descriptors of the molecule.
    landscape : path-like
    space_groups : sequence of int
        Of whose structures some are displaced.
    populations : sequence of (str, int or None)
        Label and space group number of the sets whose landscape is learnt; None takes all.
    window : str
    settings : LatentSettings

    Returns
    -------
    MoleculeLatent or None
        None on ranks other than 0.

    Raises
    ------
    InputError
        On rank 0, what went wrong on any rank.
    """
    about = _Molecule(joined, landscape, window, settings)
    chosen = Selection(list(space_groups), parse_interval(window))
    basins = evenly_chosen(landscape, chosen, settings.structures).tolist() if settings.structures else []
    jobs: list[tuple[Callable[..., Any], tuple]] = [(about.basin, (row,)) for row in basins]
    sets = [(about.unseen, (*one, name)) for one in populations for name in settings.training_sets]
    codes = [(about.codes, one) for one in populations] if settings.widths else []
    # The landscape's work is the longest: it comes first, or one rank would be left with it.
    work = [*sets, *codes, *jobs]
    parts = gathered(communicator, lambda: [_done(*one) for one in work[communicator.rank :: communicator.size]])
    if parts is None:
        return None
    found = [parts[i % communicator.size][i // communicator.size] for i in range(len(work))]
    first, second = len(sets), len(sets) + len(codes)
    return MoleculeLatent(about.name, found[second:], found[:first], found[first:second])


def _done(work, arguments):
    print(f"latent: {work.__name__} {' '.join(map(str, arguments))}", file=sys.stderr, flush=True)
    return work(*arguments)
