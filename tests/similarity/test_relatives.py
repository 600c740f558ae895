"""Recall of packing relatives."""

import numpy as np
import pytest

from crystalspan.similarity.relatives import Shared, recall_of_coordinates, recall_of_distances, shared_molecules


@pytest.fixture
def families():
    """Sixty crystals in families of four; the members of a family share 12 of 15 molecules."""
    family = np.arange(60) // 4
    matched = np.where(family[:, None] == family, 12, 2).astype(np.uint8)
    np.fill_diagonal(matched, 15)
    return Shared(np.arange(30), matched[:30], 15)


def test_a_space_of_families_recalls_all(families):
    places = np.random.default_rng(0).normal(size=(60, 3)) * 0.01 + 10 * np.arange(60)[:, None] // 4
    for found in recall_of_coordinates(places, families):
        assert (found.recall, found.low, found.high) == (1.0, 1.0, 1.0)
        assert (found.relatives, found.queries) == (90, 30)
        assert found.random == pytest.approx(10 / 59)


def test_more_relatives_than_neighbours_can_all_be_recalled_as_far_as_there_is_room(families):
    found = recall_of_distances(15.0 - families.matched, families, [8], nearest=2)[0]
    assert found.recall == 1.0
    assert found.random == pytest.approx(3 / 2 * 2 / 59)


def test_a_measure_that_tells_nothing_apart_reaches_what_chance_does(families):
    found = recall_of_distances(np.zeros((30, 60)), families, [8])[0]
    assert found.recall == pytest.approx(found.random)


def test_noise_reaches_what_chance_does_within_its_error_bars():
    generator = np.random.default_rng(5)
    inside = 0
    for _ in range(60):
        matched = generator.choice([1, 9], size=(80, 300), p=[0.97, 0.03]).astype(np.uint8)
        found = recall_of_distances(generator.random((80, 300)), Shared(np.arange(80), matched, 15), [8])[0]
        inside += found.low <= found.random <= found.high
    assert inside >= 50


def test_no_relatives_give_no_number(families):
    found = recall_of_distances(np.zeros((30, 60)), families, [13])[0]
    assert np.isnan(found.recall)
    assert found.queries == 0


def test_a_query_is_not_its_own_relative():
    shared = Shared(np.array([0]), np.array([[15, 9, 1]], dtype=np.uint8), 15)
    found = recall_of_distances([[0.0, 5.0, 1.0]], shared, [8], nearest=1)[0]
    assert found.recall == 0.0
    assert found.relatives == 1


def test_shared_molecules_are_those_of_the_overlays(oracle_packings):
    found = shared_molecules(oracle_packings, [0, 3])
    assert found.matched.shape == (2, len(oracle_packings))
    assert found.matched[0, 0] == found.matched[1, 3] == 15
