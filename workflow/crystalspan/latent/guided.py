"""A search that learns from what it has found: displaced minima and recombinations among quasi-random trials.

The first batch is quasi-random. Of each later one a quarter stays so (no region is given up), half displaces minima,
rarely found ones first, and a quarter recombines cell, position and orientation of minima. Trial k is a pure function
of molecule, group, k and the trials of earlier batches, so that any number of ranks makes the same search.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from crystalspan.errors import InputError
from crystalspan.latent.chart import Chart, chart
from crystalspan.latent.generation import FARTHEST_MOVE, NEAREST_MOVE, moved_crystals
from crystalspan.latent.minima import Minima, MinimumWindows, distinct, found_minima
from crystalspan.latent.relaxing import Rigid, relax, stages
from crystalspan.parallel import Communicator
from crystalspan.sampling.packing import Packing
from crystalspan.sampling.sampler import join, sample_trials
from crystalspan.sampling.trials import STEPS, Trials, seed

QUASI_RANDOM, DISPLACED, RECOMBINED = 0, 1, 2
# What the trials of a later batch are, in turn.
_TURNS = np.array([QUASI_RANDOM, DISPLACED, RECOMBINED, DISPLACED])
# Sets these draws apart from others of the same seed.
_STREAM = 0x6C6174656E74


@dataclasses.dataclass(frozen=True)
class GuidedSettings:
    """How a search is guided.

    Parameters
    ----------
    batch : int
        Trials between two looks at what was found.
    window : float
        Minima up to so far above the lowest one are displaced and recombined, kJ/mol.
    """

    batch: int
    window: float


def pool_of(found: Minima, known: Chart, windows: MinimumWindows, window: float) -> Minima:
    """The minima from which the next batch is made: distinct, canonical, rarely found ones first, of those the lowest.

    Parameters
    ----------
    found : Minima
        All crystals of earlier batches, by energy.
    known : Chart
    windows : MinimumWindows
    window : float
        kJ/mol.
    """
    unique = distinct(found.within(window), windows)[0]
    unique = unique[np.lexsort((unique.energy, unique.finds))]
    return dataclasses.replace(unique, crystals=known.canonical(unique.crystals))


def kinds(numbers: np.ndarray, batch: int) -> np.ndarray:
    """What each trial (k,), from 1, is: quasi-random, displaced or recombined."""
    numbers = np.asarray(numbers)
    return np.where(numbers <= batch, QUASI_RANDOM, _TURNS[(numbers - batch - 1) % len(_TURNS)])


def quasi_random_numbers(numbers: np.ndarray, batch: int) -> np.ndarray:
    """The points of the sampler that quasi-random trials take: one after the other, as in a search of theirs alone."""
    numbers = np.asarray(numbers)
    return np.where(numbers <= batch, numbers, batch + (numbers - batch - 1) // len(_TURNS) + 1)


def guided_starts(packing: Packing, numbers: np.ndarray, pool: Minima, settings: GuidedSettings) -> Rigid:
    """Crystals that guided trials start from.

    Parameters
    ----------
    packing : Packing
    numbers : (k,) int64
        Of displaced and recombined trials, all of one batch.
    pool : Minima
        From `pool_of`, not empty.
    settings : GuidedSettings
    """
    parts = []
    for number, kind in zip(numbers.tolist(), kinds(numbers, settings.batch).tolist(), strict=True):
        generator = np.random.default_rng([seed(packing), number, _STREAM])
        parts.append(_start(packing, number, kind, pool, settings, generator))
    return Rigid.joined(parts, packing)


def _start(packing, number, kind, pool, settings, generator) -> Rigid:
    crystals = pool.crystals
    if kind == DISPLACED:
        # Two of four trials, counted from the beginning of the batch: each minimum in its turn.
        turn = (number - 1) % settings.batch // (len(_TURNS) // 2) % len(crystals)
        length = generator.uniform(NEAREST_MOVE, FARTHEST_MOVE, 1)
        return moved_crystals(packing, crystals[turn : turn + 1], length, generator)
    first, second, third = generator.integers(len(crystals), size=(3, 1))
    return Rigid(crystals.parameters[first], crystals.positions[second], crystals.rotations[third])


def guided_trials(
    packing: Packing, numbers: np.ndarray, pool: Minima | None, sampling: dict, settings: GuidedSettings, first: int = 0
) -> Trials:
    """Make and minimise some trials of one batch.

    Parameters
    ----------
    packing : Packing
    numbers : (k,) int64
        From 1, ascending.
    pool : Minima or None
        From `pool_of`, of the earlier batches; None or an empty one makes all trials quasi-random.
    sampling : dict
        The section ``sampling``.
    settings : GuidedSettings
    first : int
        Points of the sampler to pass over: another value makes another search of the same kind.
    """
    kind, point = kinds(numbers, settings.batch), quasi_random_numbers(numbers, settings.batch)
    if pool is None or not len(pool):
        kind, point = np.full(len(numbers), QUASI_RANDOM), numbers
    parts = []
    random = kind == QUASI_RANDOM
    if random.any():
        made = sample_trials(packing, first + point[random], sampling)
        parts.append(dataclasses.replace(made, number=numbers[random]))
    guided = numbers[~random]
    if len(guided):
        assert pool is not None  # without one all are quasi-random
        made = relax(packing, guided_starts(packing, guided, pool, settings), stages(sampling, last_only=True), guided)
        # They pass the last stage alone, which is what counts as a minimum.
        parts.append(dataclasses.replace(made, step=np.where(made.step > 0, STEPS, 0)))
    return join(parts)


def sample_guided(
    packing: Packing,
    seeds: int,
    sampling: dict,
    settings: GuidedSettings,
    communicator: Communicator,
    report: Callable[[int, int], None] | None = None,
    first: int = 0,
) -> Trials | None:
    """Search a space group by guided trials 1 to `seeds`, divided over all ranks.

    Parameters
    ----------
    packing : Packing
    seeds : int
    sampling : dict
        The section ``sampling``.
    settings : GuidedSettings
    communicator
        From `crystalspan.parallel.world`.
    report : callable (done, total), optional
        Called on rank 0 after each batch.
    first : int
        As in `guided_trials`.

    Returns
    -------
    Trials or None
        All by number on rank 0, None on the others.

    Raises
    ------
    InputError
        There is no trial to make.
    """
    if seeds < 1 or settings.batch < 1:
        raise InputError(f"{seeds} trials in batches of {settings.batch} are no search")
    windows = MinimumWindows()
    known, parts, found, pool = chart(packing), [], None, None
    for begin in range(1, seeds + 1, settings.batch):
        numbers = np.arange(begin, min(begin + settings.batch, seeds + 1))
        mine = numbers[communicator.rank :: communicator.size]
        made = guided_trials(packing, mine, pool, sampling, settings, first) if len(mine) else None
        batch = join([part for part in communicator.allgather(made) if part is not None])
        parts.append(batch)
        found = _joined(found, packing, batch, windows, settings.window, communicator)
        pool = pool_of(found, known, windows, settings.window) if len(found) else None
        if report is not None and communicator.rank == 0:
            report(int(numbers[-1]), seeds)
    return join(parts) if communicator.rank == 0 else None


def _joined(found, packing, batch, windows, window, communicator) -> Minima:
    """The crystals found so far and those of a batch, by energy; what lies far above the lowest is left out."""
    energies = batch.energy[batch.valid]
    lowest = min(energies.min(initial=np.inf), found.energy.min(initial=np.inf) if found is not None else np.inf)
    # Fingerprints take as long as a third of a minimisation: ranks share them.
    rows = np.arange(len(batch.number))[communicator.rank :: communicator.size]
    own = dataclasses.replace(
        batch, **{field.name: getattr(batch, field.name)[rows] for field in dataclasses.fields(batch)}
    )
    new = communicator.allgather(found_minima(packing, own, windows, lowest + window))
    every = [*([found] if found is not None else []), *new]
    crystals = Rigid.joined([part.crystals for part in every], packing)
    names = ("energy", "density", "distances", "finds")
    columns = [np.concatenate([getattr(part, name) for part in every]) for name in names]
    # Equal energies in an order that does not depend on the ranks.
    order = np.lexsort((crystals.rotations[:, 0, 0], crystals.parameters[:, 0], columns[0]))
    merged = Minima(crystals[order], *(column[order] for column in columns))
    return merged.within(window)
