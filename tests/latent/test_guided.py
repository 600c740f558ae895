"""Guided search: a pure function of trial and batch, whatever the ranks; and it finds more."""

import dataclasses
import threading

import numpy as np
import pytest

from crystalspan.errors import InputError
from crystalspan.latent.chart import chart
from crystalspan.latent.guided import (
    DISPLACED,
    QUASI_RANDOM,
    RECOMBINED,
    GuidedSettings,
    guided_starts,
    guided_trials,
    kinds,
    pool_of,
    quasi_random_numbers,
    sample_guided,
)
from crystalspan.latent.minima import Minima, MinimumWindows, distinct, found_minima
from crystalspan.latent.relaxing import Rigid
from crystalspan.parallel import ALONE
from crystalspan.sampling.packing import packing
from crystalspan.sampling.trials import STEPS, sample
from latent.latent_crystals import SAMPLING
from sampling.conftest import small_molecule

pytestmark = pytest.mark.slow

PROBE = small_molecule()
WINDOWS = MinimumWindows(neighbours=60)
SECTION = SAMPLING
SETTINGS = GuidedSettings(batch=60, window=15.0)


@pytest.fixture(scope="module")
def packed():
    return packing(PROBE, 14)


@pytest.fixture(scope="module")
def pool(packed):
    found = found_minima(packed, sample(packed, np.arange(1, 121), **SAMPLING), WINDOWS)
    return pool_of(found, chart(packed), WINDOWS, 15.0)


def test_quasi_random_trials_are_those_of_a_plain_search_in_order():
    numbers = np.arange(1, 200)
    kind = kinds(numbers, 60)
    assert (kind[:60] == QUASI_RANDOM).all()
    later = kind[60:]
    assert [np.mean(later == one) for one in (QUASI_RANDOM, DISPLACED, RECOMBINED)] == pytest.approx(
        [0.25, 0.5, 0.25], abs=0.02
    )
    taken = quasi_random_numbers(numbers[kind == QUASI_RANDOM], 60)
    np.testing.assert_array_equal(taken, np.arange(1, len(taken) + 1))


def test_the_first_batch_is_the_samplers(packed):
    ours = sample_guided(packed, 40, SECTION, SETTINGS, ALONE)
    plain = sample(packed, np.arange(1, 41), **SAMPLING)
    np.testing.assert_array_equal(ours.energy, plain.energy)
    np.testing.assert_array_equal(ours.status, plain.status)


def test_starts_depend_on_number_and_pool_only(packed, pool):
    numbers = np.arange(61, 121)
    numbers = numbers[kinds(numbers, 60) != QUASI_RANDOM]
    whole = guided_starts(packed, numbers, pool, SETTINGS)
    part = guided_starts(packed, numbers[7:9], pool, SETTINGS)
    np.testing.assert_array_equal(whole.rotations[7:9], part.rotations)
    np.testing.assert_array_equal(whole.parameters[7:9], part.parameters)


def test_rarely_found_minima_come_first(packed, pool):
    finds = pool.finds
    assert (np.diff(finds) >= 0).all()
    assert finds[-1] > finds[0]
    numbers = np.arange(61, 121)
    moved = numbers[kinds(numbers, 60) == DISPLACED]
    crystals = guided_starts(packed, moved, pool, SETTINGS)
    # Each in its turn: a trial's cell is nearer to that of its own parent than to another's.
    expected = pool.crystals.parameters[np.arange(len(moved)) % len(pool)]
    away = np.abs(crystals.parameters - expected).max(axis=1)
    shuffled = np.abs(crystals.parameters - np.roll(expected, 3, axis=0)).max(axis=1)
    assert np.median(away) < np.median(shuffled)


class Threads:
    """Ranks played by threads."""

    def __init__(self, size):
        self._barrier, self._board, self.size = threading.Barrier(size), [None] * size, size

    def run(self, work):
        results = [None] * self.size

        def start(rank):
            results[rank] = work(_Rank(rank, self.size, self._barrier, self._board))

        threads = [threading.Thread(target=start, args=(rank,)) for rank in range(self.size)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results


class _Rank:
    def __init__(self, rank, size, barrier, board):
        self.rank, self.size, self._barrier, self._board = rank, size, barrier, board

    def allgather(self, value):
        self._board[self.rank] = value
        self._barrier.wait()
        values = list(self._board)
        self._barrier.wait()
        return values


# With four ranks one of them has all quasi-random trials of a batch, and no others.
@pytest.mark.parametrize("size", [3, 4])
def test_any_number_of_ranks_makes_the_same_search(packed, size):
    alone = sample_guided(packed, 150, SECTION, SETTINGS, ALONE)
    trials, *others = Threads(size).run(lambda rank: sample_guided(packed, 150, SECTION, SETTINGS, rank))
    assert not any(others)
    for field in dataclasses.fields(alone):
        np.testing.assert_array_equal(getattr(trials, field.name), getattr(alone, field.name))


def test_trials_are_numbered_and_end_at_the_last_stage(packed):
    trials = sample_guided(packed, 130, SECTION, SETTINGS, ALONE)
    np.testing.assert_array_equal(trials.number, np.arange(1, 131))
    assert (trials.step[trials.valid] == STEPS).all()
    guided = kinds(trials.number, 60) != QUASI_RANDOM
    assert trials.valid[guided].mean() > trials.valid[~guided].mean()


def test_without_minima_trials_are_quasi_random(packed, pool):
    numbers = np.arange(61, 71)
    made = guided_trials(packed, numbers, None, SECTION, SETTINGS)
    np.testing.assert_array_equal(made.energy, sample(packed, numbers, **SAMPLING).energy)
    empty = pool[:0]
    np.testing.assert_array_equal(guided_trials(packed, numbers, empty, SECTION, SETTINGS).energy, made.energy)


@pytest.fixture(scope="module")
def searches(packed):
    """Three guided searches and three quasi-random ones with as many minimisations, as rows of all that was found."""
    every = []
    for first in (0, 10_000, 20_000):
        guided = sample_guided(packed, 300, SECTION, SETTINGS, ALONE, first=first)
        plain = sample(packed, first + np.arange(1, 901), **SAMPLING)
        kept = np.cumsum(plain.step > 0) <= np.count_nonzero(guided.step > 0)
        every += [guided, of_rows(plain, kept)]
    lowest = min(np.nanmin(trials.energy[trials.valid]) for trials in every)
    found = [found_minima(packed, trials, WINDOWS, lowest + 10.0) for trials in every]
    columns = [
        np.concatenate([getattr(one, name) for one in found]) for name in ("energy", "density", "distances", "finds")
    ]
    order = np.argsort(columns[0], kind="stable")
    crystals = Rigid.joined([one.crystals for one in found], packed)
    which = np.empty(len(order), dtype=int)
    which[order] = distinct(Minima(crystals[order], *(column[order] for column in columns)), WINDOWS)[1]
    parts = np.split(which, np.cumsum([len(one) for one in found])[:-1])
    return [set(part.tolist()) for part in parts[::2]], [set(part.tolist()) for part in parts[1::2]]


def of_rows(trials, rows):
    return dataclasses.replace(trials, **{f.name: getattr(trials, f.name)[rows] for f in dataclasses.fields(trials)})


def test_it_finds_more_minima_with_as_many_minimisations(searches):
    guided, plain = searches
    assert all(len(ours) > 1.1 * len(theirs) for ours, theirs in zip(guided, plain, strict=True))


def test_it_misses_nothing_that_quasi_random_searches_find_again_and_again(searches):
    guided, plain = searches
    again = set.intersection(*plain)
    assert len(again) > 10
    assert not again - set.union(*guided)
    # By any one search no more than chance would have it.
    assert all(len(again - ours) < 0.15 * len(again) for ours in guided)


def test_refusals(packed):
    with pytest.raises(InputError, match="no search"):
        sample_guided(packed, 0, SECTION, SETTINGS, ALONE)
