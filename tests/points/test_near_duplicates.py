"""Unmarked near-duplicates are seen, and the estimates that they spoil are flagged."""

import numpy as np
import pytest

from crystalspan.dimension.estimators.estimate import ErrorSettings
from crystalspan.dimension.estimators.intrinsic import IntrinsicSettings, intrinsic_dimension
from crystalspan.points.near_duplicates import duplicates_objection, near_duplicates
from crystalspan.points.neighbours import nearest_neighbours
from validation import manifolds

SETTINGS = IntrinsicSettings(
    discarded=0.1,
    gride_orders=(1, 8),
    mle_neighbours=(20,),
    pca_neighbours=(20,),
    pca_share=0.05,
    duplicate_tolerance=1e-4,
    block_mib=16,
    errors=ErrorSettings(subsets=6, share=0.5, seed=1, smallest_sample=30),
)


def with_pairs(points, share, distance, seed=0):
    """Some of the points again, a little moved."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(points), round(share * len(points)), replace=False)
    step = rng.normal(size=(len(chosen), points.shape[1]))
    step *= distance / np.linalg.norm(step, axis=1, keepdims=True)
    return np.concatenate([points, points[chosen] + step])


@pytest.mark.parametrize("dimension", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("seed", range(4))
def test_a_smooth_cloud_has_none(dimension, seed):
    points = manifolds.curved_cube(600, dimension, 40, seed=seed)
    assert not near_duplicates(nearest_neighbours(points, 12, 16)).any()


@pytest.mark.parametrize("make", [manifolds.swiss_roll, lambda n, seed: manifolds.sphere(n, 2, seed)])
def test_false_alarms_are_rare(make):
    """One in a thousand is allowed; the criterion before gave one in ten of these."""
    alarms = sum(near_duplicates(nearest_neighbours(make(60, seed), 12, 16)).any() for seed in range(300))
    assert alarms <= 3


@pytest.mark.parametrize("dimension", [3, 5, 8])
@pytest.mark.parametrize("share", [0.04, 0.3])
def test_moved_copies_are_seen_and_the_first_of_each_stays(dimension, share):
    points = manifolds.curved_cube(500, dimension, 40, seed=dimension)
    typical = np.median(nearest_neighbours(points, 12, 16).distance[:, 9])
    found = near_duplicates(nearest_neighbours(with_pairs(points, share, 0.01 * typical), 12, 16))
    # In three dimensions chance brings a percent as close.
    assert found[:500].sum() < 10
    assert found[500:].all()


def test_many_copies_of_one_structure_are_seen():
    points = manifolds.curved_cube(300, 5, 40, seed=3)
    copies = points[7] + 1e-3 * np.random.default_rng(0).normal(size=(30, 40))
    found = near_duplicates(nearest_neighbours(np.concatenate([points, copies]), 12, 16))
    assert found[300:].all()
    assert not found[:300].any()


def test_estimates_that_they_spoil_are_flagged_and_told_the_value_without():
    points = manifolds.curved_cube(500, 6, 40, seed=2)
    typical = np.median(nearest_neighbours(points, 12, 16).distance[:, 9])
    clean = {(one.method, one.neighbours): one for one in intrinsic_dimension(points, SETTINGS)}
    spoiled = intrinsic_dimension(with_pairs(points, 0.3, 0.01 * typical), SETTINGS)
    found = {(one.method, one.neighbours): one for one in spoiled}
    assert all(one.valid for one in clean.values())
    for key in (("twonn", 2), ("gride", 2), ("mle", 20)):
        assert found[key].value < 0.9 * clean[key].value
        assert not found[key].valid
        assert found[key].reason.startswith("150 structures are nearly the same as others")
    without = float(found["twonn", 2].reason.rpartition(": ")[2].split()[0])
    assert without == pytest.approx(clean["twonn", 2].value, rel=0.05)


def test_what_does_not_matter_is_no_objection():
    assert duplicates_objection(6.0, 6.5, 4) == ""
    assert duplicates_objection(6.0, 7.0, 4).endswith("7.0 without them")
    assert "nan" in duplicates_objection(6.0, np.nan, 4)


def test_too_few_structures_have_none():
    for n in (2, 5, 10):
        assert not near_duplicates(nearest_neighbours(np.zeros((n, 3)), 20, 16)).any()
