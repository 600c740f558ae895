import itertools

import numpy as np
import pytest

from crystalspan.descriptors.independent_molecules import mean_over_molecules
from crystalspan.points.preparation import canonical_order

# A square's rotations and reflections beside two atoms that stay.
SQUARE = np.array(
    sorted(
        (*corners, 4, 5)
        for corners in itertools.permutations(range(4))
        if all(abs(corners[i] - corners[i - 1]) in (1, 3) for i in range(4))
    )
)


def offsets(*counts):
    return np.concatenate([[0], np.cumsum(np.array(counts) * 6)])


def test_one_molecule_keeps_its_values():
    values = np.random.default_rng(0).normal(size=(18, 5))
    assert np.array_equal(mean_over_molecules(values, offsets(1, 1, 1), SQUARE), values.reshape(3, 6, 5))
    mixed = mean_over_molecules(values, offsets(2, 1), SQUARE)
    assert np.array_equal(mixed[1], values[12:])


def test_without_relabellings_it_is_the_plain_mean():
    values = np.random.default_rng(1).normal(size=(24, 5))
    found = mean_over_molecules(values, offsets(4), np.arange(6)[None])
    np.testing.assert_allclose(found[0], values.reshape(4, 6, 5).mean(axis=0), atol=1e-14)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_copies_of_a_molecule_under_other_labels_are_that_molecule(count):
    rng = np.random.default_rng(count)
    one = rng.normal(size=(6, 7))
    molecules = [one[SQUARE[rng.integers(len(SQUARE))]] for _ in range(count)]
    found = mean_over_molecules(np.concatenate(molecules), offsets(count), SQUARE)
    expected = canonical_order(one[None], SQUARE)
    np.testing.assert_allclose(canonical_order(found, SQUARE), expected, atol=1e-14)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_labels_and_order_of_the_molecules_do_not_matter(count):
    rng = np.random.default_rng(count)
    molecules = rng.normal(size=(count, 6, 7))
    expected = canonical_order(mean_over_molecules(molecules.reshape(-1, 7), offsets(count), SQUARE), SQUARE)
    for _ in range(10):
        other = molecules[rng.permutation(count)]
        other = np.concatenate([one[SQUARE[rng.integers(len(SQUARE))]] for one in other])
        found = canonical_order(mean_over_molecules(other, offsets(count), SQUARE), SQUARE)
        np.testing.assert_allclose(found, expected, atol=1e-13)


def test_each_label_is_the_nearest_of_all():
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(2, 6, 7))
    found = mean_over_molecules(np.concatenate([first, second]), offsets(2), SQUARE)[0]
    nearest = min(SQUARE, key=lambda g: np.sum((second[g] - first) ** 2))
    back = min(SQUARE, key=lambda g: np.sum((first[g] - second) ** 2))
    assert any(np.allclose(found, mean) for mean in ((first + second[nearest]) / 2, (second + first[back]) / 2))
