"""Crystals made from a latent space of a space group's minima, and by ways that need none, all judged alike."""

import dataclasses
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.crystallography.molecules import Molecule
from crystalspan.errors import InputError
from crystalspan.landscape.file import Selection, read_landscape
from crystalspan.latent.chart import Chart, chart
from crystalspan.latent.clouds import held_out, ward_clusters
from crystalspan.latent.generation import (
    between_neighbours,
    displaced_minima,
    from_components,
    from_density,
    from_marginals,
    from_prior,
    latent_space,
    quasi_random,
    recombined,
)
from crystalspan.latent.judging import Judged, judge, relative_distances
from crystalspan.latent.known import KnownMinima, known_minima
from crystalspan.latent.minima import Minima, distinct, minima_of, windows_of
from crystalspan.latent.relaxing import MinimiserStage, Rigid, stages
from crystalspan.latent.training import TrainingSettings, training_settings
from crystalspan.parallel import Communicator, gathered
from crystalspan.sampling.packing import Packing, packing
from crystalspan.study import parse_interval

PRIOR, DENSITY, BETWEEN = "prior", "latent density", "between neighbours"
COMPONENTS, GAUSSIAN, MARGINALS = "components", "normal", "marginals"
DISPLACED, RECOMBINED, QUASI_RANDOM = "displaced", "recombined", "quasi-random"
# From the latent space, then the others.
LATENT_WAYS = (PRIOR, DENSITY, BETWEEN)
WAYS = (*LATENT_WAYS, COMPONENTS, GAUSSIAN, MARGINALS, DISPLACED, RECOMBINED, QUASI_RANDOM)
# Quasi-random trials are so many times as many: they tell how long a plain search takes for the same.
QUASI_RANDOM_FACTOR = 4
# Their numbers begin here, beyond those of any sampling.
_FIRST_TRIAL = 2**27
# Relaxed crystals up to so many times the window that was learnt are told apart.
_COMPARED = 2.0
# Steps of the training, at least, and the rows of one.
_STEPS, _BATCH = 4500, 20


@dataclasses.dataclass(frozen=True)
class MakingSettings:
    """What is learnt, and how many crystals are made.

    Parameters
    ----------
    crystals : int
        By each way.
    latent : int
        Latent coordinates.
    window : float
        Minima up to so far above the lowest one of the group are learnt, kJ/mol.
    fewest : int
        Fewer minima to learn from make no latent space.
    held_out : float
        Share of the minima that is not learnt, whole clusters of them.
    clusters : int
    training : TrainingSettings
    seeds : tuple of int
    sampling : dict
        The section ``sampling``: cutoffs, pressure, what makes duplicates.
    """

    crystals: int
    latent: int
    window: float
    fewest: int
    held_out: float
    clusters: int
    training: TrainingSettings
    seeds: tuple[int, ...]
    sampling: dict


class MadeCrystal(NamedTuple):
    """One crystal that was made.

    Attributes
    ----------
    way : str
        Of `WAYS`.
    contact : float
        As made: shortest distance between molecules over the sum of van der Waals radii.
    energy_before, energy : float
        As made and relaxed, kJ/mol above the group's lowest known minimum; NaN where it did not relax.
    density : float
        Relaxed, g/cm3.
    moved, shift, turn : float
        On relaxing: the whole way and the centre's (angstrom), the orientation's (degrees).
    distance : float
        As made, to the nearest minimum of the landscape in the chart, over that one's distance to its own neighbour.
    fate : str
        ``known``, ``held out``, ``new`` or ``lost``.
    minimum : int
        Row of the known minima that it became; beyond them the number of a new one, the same for all crystals that
        became it; -1 for none, or one above twice the window that was learnt.
    minimised : bool
        Whether it could be packed without overlaps, and was minimised.
    """

    way: str
    contact: float
    energy_before: float
    energy: float
    density: float
    moved: float
    shift: float
    turn: float
    distance: float
    fate: str
    minimum: int
    minimised: bool


@dataclasses.dataclass(frozen=True)
class Making:
    """What was made in a space group, with one of the seeds.

    Parameters
    ----------
    molecule, space_group, window : str
    seed : int
    minima, learnt, left_out : int
        Known minima of the group in the window of the study; those that were trained on; structures that are no rigid
        crystals of the molecule in the standard setting.
    within : float
        Energy window of those that were learnt, kJ/mol above the lowest.
    round_trip, decoded : float
        Angstrom in the chart, median over the learnt minima: chart to crystal to chart; encoded and decoded.
    reason : str
        Why nothing was made; empty where something was.
    energy, density : (n,) float64
        Of the known minima: above the lowest, kJ/mol; g/cm3.
    held : (n,) bool
        Which of them were not learnt.
    crystals : list of MadeCrystal
    """

    molecule: str
    space_group: str
    window: str
    seed: int
    minima: int
    learnt: int
    left_out: int
    within: float
    round_trip: float
    decoded: float
    reason: str
    energy: np.ndarray
    density: np.ndarray
    held: np.ndarray
    crystals: list[MadeCrystal]


def making_settings(settings: dict) -> MakingSettings:
    """The settings of the stage from the validated sections `latent`, `points` and `sampling`."""
    latent, making = settings["latent"], settings["latent"]["generation"]
    training = dataclasses.replace(training_settings(latent["training"]), beta=making["beta"])
    return MakingSettings(
        **{name: making[name] for name in ("crystals", "latent", "window", "fewest")},
        held_out=latent["landscape"]["held_out"],
        clusters=latent["landscape"]["clusters"],
        training=training,
        seeds=tuple(settings["points"]["seed"] + i for i in range(latent["seeds"])),
        sampling=settings["sampling"],
    )


def molecule_makings(
    communicator: Communicator,
    landscape: PathLike,
    molecule: Molecule,
    space_groups: list[int],
    window: str,
    settings: MakingSettings,
) -> list[Making] | None:
    """Learn and make crystals in space groups; ranks take groups and seeds in turn.

    Parameters
    ----------
    communicator
        From `crystalspan.parallel.world`; all ranks call this together.
    landscape : path-like
    molecule : Molecule
        With charges.
    space_groups : list of int
    window : str
        Of the study, kJ/mol above the global minimum of all groups.
    settings : MakingSettings

    Returns
    -------
    list of Making
        Group by group, seed by seed; None on ranks other than 0.

    Raises
    ------
    InputError
        On rank 0, what went wrong on any rank.
    """
    work = [(group, seed) for group in space_groups for seed in settings.seeds]
    parts = gathered(
        communicator,
        lambda: [
            _making(landscape, molecule, group, window, seed, settings)
            for group, seed in work[communicator.rank :: communicator.size]
        ],
    )
    if parts is None:
        return None
    return [parts[i % communicator.size][i // communicator.size] for i in range(len(work))]


def _making(landscape, molecule, group, window, seed, settings) -> Making:
    print(f"generate: space group {group}, seed {seed}", file=sys.stderr, flush=True)
    crystals = read_landscape(landscape, Selection([group], parse_interval(window)))
    windows, used = windows_of(settings.sampling), stages(settings.sampling, last_only=True)
    try:
        packed = packing(molecule, group)
        known = known_minima(packed, crystals, used[-1], windows)
    except InputError as error:
        return _nothing(crystals.name, group, window, seed, error.problem, len(crystals), settings.window)
    inside = known.minima.energy <= known.minima.energy.min(initial=np.inf) + settings.window
    if np.count_nonzero(inside) < settings.fewest:
        reason = f"{np.count_nonzero(inside)} minima within {settings.window:g} kJ/mol: fewer than {settings.fewest}"
        return _nothing(crystals.name, group, window, seed, reason, known.left_out, settings.window)
    return made_of(crystals.name, packed, known, window, seed, settings)


def _nothing(name, group, window, seed, reason, left_out, within) -> Making:
    empty = np.zeros(0)
    about = name, str(group), window, seed, 0, 0, left_out, within, np.nan, np.nan, reason
    return Making(*about, empty, empty, empty.astype(bool), [])


def made_of(name: str, packed: Packing, known: KnownMinima, window: str, seed: int, settings: MakingSettings) -> Making:
    """Learn from known minima, make crystals by every way, and judge them.

    Parameters
    ----------
    name : str
        Of the molecule.
    packed : Packing
    known : KnownMinima
    window : str
    seed : int
    settings : MakingSettings
    """
    minima, space = known.minima, chart(packed)
    canonical = dataclasses.replace(minima, crystals=space.canonical(minima.crystals))
    places = space.coordinates(canonical.crystals)
    out = held_out(ward_clusters(places, settings.clusters), settings.held_out, seed)
    learnt = ~out & (minima.energy <= minima.energy.min() + settings.window)
    taught, trained = canonical.crystals[learnt], _training(settings.training, int(learnt.sum()))
    latent = latent_space(space, taught, settings.latent, trained, seed)
    back = space.coordinates(space.crystals(places[learnt]))
    made = [
        _Made(way, crystals, _judged(space, crystals, used, canonical, out, settings))
        for way, crystals, used in _ways(space, latent, taught, seed, settings)
    ]
    numbers = _numbered(packed, made, minima, settings)
    rows = [row for one, minimum in zip(made, numbers, strict=True) for row in _rows(space, one, minimum, places)]
    return Making(
        name,
        str(packed.group),
        window,
        seed,
        len(minima),
        len(taught),
        known.left_out,
        settings.window,
        float(np.median(np.linalg.norm(back - places[learnt], axis=1))),
        float(np.median(latent.reconstruction(taught))),
        "",
        minima.energy - minima.energy.min(),
        minima.density,
        out,
        rows,
    )


def _training(training: TrainingSettings, count: int) -> TrainingSettings:
    """Few rows are gone through often, and none is set aside: what lies between known crystals is asked for."""
    batch = max(4, min(_BATCH, count))
    epochs = max(training.epochs, -(-_STEPS * batch // count))
    return dataclasses.replace(training, batch=batch, epochs=epochs, patience=epochs, stopping=0.0)


def _ways(space: Chart, latent, taught: Rigid, seed: int, settings: MakingSettings):
    """Yield each way of making crystals, the crystals, and the stages by which they are minimised."""
    packed, count = space.packing, settings.crystals
    last, both = (stages(settings.sampling, last_only=only) for only in (True, False))
    ways: dict[str, Callable[[], Rigid]] = {
        PRIOR: lambda: from_prior(latent, count, seed),
        DENSITY: lambda: from_density(latent, count, seed),
        BETWEEN: lambda: between_neighbours(latent, count, seed),
        COMPONENTS: lambda: from_components(space, taught, settings.latent, count, seed),
        GAUSSIAN: lambda: from_components(space, taught, space.columns, count, seed),
        MARGINALS: lambda: from_marginals(space, taught, count, seed),
        DISPLACED: lambda: displaced_minima(packed, taught, count, seed),
        RECOMBINED: lambda: recombined(taught, count, seed),
    }
    for way, make in ways.items():
        yield way, make(), last
    trials = QUASI_RANDOM_FACTOR * count
    yield QUASI_RANDOM, quasi_random(packed, _FIRST_TRIAL + seed * trials + np.arange(trials)), both


class _Made(NamedTuple):
    """What was made by one way."""

    way: str
    crystals: Rigid
    judged: Judged


def _judged(
    space: Chart,
    crystals: Rigid,
    used: list[MinimiserStage],
    known: Minima,
    out: np.ndarray,
    settings: MakingSettings,
) -> Judged:
    windows = windows_of(settings.sampling)
    return judge(space.packing, crystals, used, known, out, windows, _COMPARED * settings.window)


def _numbered(packed: Packing, made: list[_Made], known: Minima, settings: MakingSettings) -> list[np.ndarray]:
    """Which minimum every crystal became, the new ones numbered beyond the known ones, alike in all ways."""
    windows = windows_of(settings.sampling)
    energy = np.concatenate([one.judged.energy for one in made])
    numbers = np.concatenate([one.judged.minimum for one in made])
    ended = Rigid.joined([one.judged.ended for one in made], packed)
    rows = np.flatnonzero((numbers < 0) & (np.nan_to_num(energy, nan=np.inf) <= _COMPARED * settings.window))
    rows = rows[np.argsort(energy[rows], kind="stable")]
    if len(rows):
        _, which = distinct(minima_of(packed, ended[rows], energy[rows], windows), windows)
        numbers[rows] = len(known) + which
    return np.split(numbers, np.cumsum([len(one.crystals) for one in made])[:-1])


def _rows(space: Chart, made: _Made, minimum: np.ndarray, places: np.ndarray) -> list[MadeCrystal]:
    found = made.judged
    away = relative_distances(space.coordinates(made.crystals), places)
    columns = (
        found.contact, found.energy_before, found.energy, found.density, found.moved, found.shift, found.turn, away,
        found.fate, minimum, found.minimised,
    )  # fmt: skip
    return [MadeCrystal(made.way, *row) for row in zip(*(column.tolist() for column in columns), strict=True)]
