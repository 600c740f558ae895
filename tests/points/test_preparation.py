"""The canonical atom order: independent of labelling, robust to rounding."""

import itertools

import numpy as np
import pytest

from crystalspan.points.preparation import canonical_order
from naive.spectra import canonical_vector

GROUPS = {
    "identity": [[0, 1, 2]],
    "swap": [[0, 1, 2, 3], [3, 2, 1, 0]],
    "methyl": [list(p) + [3] for p in itertools.permutations(range(3))],
}


@pytest.mark.parametrize("name", GROUPS)
def test_it_is_the_smallest_relabelled_vector(name):
    group = np.array(GROUPS[name])
    atoms = np.random.default_rng(0).integers(0, 3, (40, group.shape[1], 2)).astype(float)
    found = canonical_order(atoms, group).reshape(40, -1)
    expected = [canonical_vector(row.ravel().tolist(), group.shape[1], group.tolist()) for row in atoms]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", GROUPS)
def test_it_is_the_same_for_every_labelling_despite_rounding(name):
    group = np.array(GROUPS[name])
    generator = np.random.default_rng(1)
    atoms = generator.integers(0, 2, (60, group.shape[1], 3)) + 0.1
    reference = canonical_order(atoms, group)
    for order in group:
        noise = 1e-13 * generator.normal(size=atoms.shape)
        np.testing.assert_allclose(canonical_order(atoms[:, order] + noise, group), reference, atol=1e-11)


def test_nothing_to_order_is_no_error():
    assert canonical_order(np.empty((0, 3, 4)), np.array([[0, 1, 2]])).shape == (0, 3, 4)
