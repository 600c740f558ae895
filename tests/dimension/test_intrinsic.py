"""Estimates with their error bars, flags and reasons."""

import math
from dataclasses import replace

import numpy as np
import pytest

from crystalspan.dimension.estimators import scikit_dimension as external
from crystalspan.dimension.estimators.estimate import (
    ErrorSettings,
    eckmann_ruelle_bound,
    objections,
    random_subsets,
    subset_error,
)
from crystalspan.dimension.estimators.intrinsic import (
    IntrinsicSettings,
    cloud,
    estimators,
    intrinsic_dimension,
    local_estimates,
)
from crystalspan.errors import InputError
from crystalspan.points.neighbours import principal_coordinates
from validation import manifolds

ERRORS = ErrorSettings(subsets=6, share=0.5, seed=1, smallest_sample=30)
SETTINGS = IntrinsicSettings(
    discarded=0.1,
    gride_orders=(1, 4),
    mle_neighbours=(5, 10),
    pca_neighbours=(12,),
    pca_share=0.05,
    duplicate_tolerance=1e-4,
    block_mib=16,
    errors=ERRORS,
)


def by_name(estimates):
    return {(one.method, one.neighbours): one for one in estimates}


def test_every_estimator_answers_with_an_error_bar():
    found = intrinsic_dimension(manifolds.curved_cube(250, 3, 400, seed=1), SETTINGS)
    assert [(one.method, one.neighbours) for one in found] == [
        ("twonn", 2),
        ("twonn_fit", 2),
        ("gride", 2),
        ("gride", 8),
        ("mle", 5),
        ("mle", 10),
        ("local_pca", 12),
    ]
    for one in found:
        assert one.valid, one.reason
        assert one.reason == ""
        assert one.standard_error > 0
        assert 2 < one.value < 8
        assert one.reference
        assert one.n_used == 250
    assert found[0].scale < found[3].scale


def test_near_duplicates_are_removed_counted_and_harmless():
    points = manifolds.cube(200, 4, 2)
    copies = points[:80] + 1e-7
    clean = intrinsic_dimension(points, SETTINGS)
    found = intrinsic_dimension(np.concatenate([points, copies]), SETTINGS)
    for one, other in zip(clean, found, strict=True):
        assert other.n_duplicates == 80
        assert other.value == pytest.approx(one.value, rel=1e-6)
    loose = replace(SETTINGS, duplicate_tolerance=1e-6)
    spoiled = intrinsic_dimension(np.concatenate([points, points[:80] + 1e-4]), loose)
    assert spoiled[0].value < 0.6 * clean[0].value


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.zeros((0, 4)), "0 distinct"),
        (np.ones((1, 4)), "1 distinct"),
        (np.ones((50, 4)), "1 distinct"),
        (np.arange(6.0).reshape(3, 2) ** 2, "only 3 structures|distinct|no finite"),
        (manifolds.cube(20, 2, 1), "20 structures|no error bar|distinct"),
    ],
)
def test_too_few_structures_give_reasons_and_no_error(values, reason):
    for one in intrinsic_dimension(values, SETTINGS):
        assert not one.valid
        assert any(part in one.reason for part in reason.split("|")), one.reason


def test_a_memory_map_with_duplicates_says_what_the_array_says(tmp_path):
    points = manifolds.curved_cube(90, 3, 12, seed=6)
    values = np.concatenate([points, points[:20] + 1e-8])
    np.save(tmp_path / "values.npy", values)
    mapped = np.load(tmp_path / "values.npy", mmap_mode="r")
    for one, other in zip(intrinsic_dimension(values, SETTINGS), intrinsic_dimension(mapped, SETTINGS), strict=True):
        assert other.n_duplicates == one.n_duplicates == 20
        assert other.value == pytest.approx(one.value, rel=1e-9)
        assert other.standard_error == pytest.approx(one.standard_error, rel=1e-6)


def test_values_that_are_not_finite_are_refused():
    with pytest.raises(InputError, match="not finite"):
        intrinsic_dimension(np.array([[0.0, math.inf], [1.0, 2.0]]), SETTINGS)


def test_a_lattice_of_tied_distances_is_flagged():
    points = np.stack(np.meshgrid(*[np.arange(8.0)] * 2), axis=-1).reshape(-1, 2)
    found = by_name(intrinsic_dimension(points, SETTINGS))
    assert not found["twonn", 2].valid
    assert found["twonn", 2].n_used < 30


def test_the_bound_of_eckmann_and_ruelle():
    assert eckmann_ruelle_bound(1000, 0.1) == pytest.approx(6)
    assert eckmann_ruelle_bound(100, 0.01) == pytest.approx(2)
    assert eckmann_ruelle_bound(100, 1.0) == math.inf
    assert math.isnan(eckmann_ruelle_bound(1, 0.1))
    assert math.isnan(eckmann_ruelle_bound(10, 0.0))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((math.nan, 1, 100, 5, 9, 30), "no finite value"),
        ((3.0, 0.1, 20, 5, 9, 30), "only 20 structures"),
        ((6.0, 0.1, 100, 5, 9, 30), "number of coordinates, 5"),
        ((4.0, 0.1, 100, 5, 3.5, 30), "so many structures can show at this scale, 3.5"),
        ((3.0, math.nan, 100, 5, 9, 30), "no error bar"),
        ((3.0, 0.1, 100, 5, math.nan, 30), None),
    ],
)
def test_objections(given, expected):
    found = "; ".join(objections(*given))
    assert (expected in found) if expected else (found == "")


def test_the_subset_error_of_a_mean_is_the_known_one():
    """For a sample's mean the delete-half jackknife is exact in expectation: s / sqrt(n)."""
    generator = np.random.default_rng(3)
    sample = generator.normal(size=400)
    for share in (0.5, 0.2):
        settings = ErrorSettings(subsets=800, share=share, seed=4, smallest_sample=30)
        means = [sample[rows].mean() for rows in random_subsets(400, settings)]
        assert subset_error(means, 400, round(share * 400)) == pytest.approx(sample.std(ddof=1) / 20, rel=0.1)
    assert math.isnan(subset_error([1.0], 10, 5))
    assert math.isnan(subset_error([1.0, 2.0], 10, 10))


def test_the_same_seed_gives_the_same_error_bar():
    values = manifolds.sphere(80, 3, 1)
    assert intrinsic_dimension(values, SETTINGS) == intrinsic_dimension(values, SETTINGS)


def test_estimates_do_not_depend_on_units_and_constant_columns():
    values = manifolds.curved_cube(90, 3, 10, seed=5)
    padded = np.concatenate([7 * values, np.full((90, 5), 3.3)], axis=1)
    for one, other in zip(intrinsic_dimension(values, SETTINGS), intrinsic_dimension(padded, SETTINGS), strict=True):
        assert other.value == pytest.approx(one.value)
        assert other.bound == pytest.approx(one.bound)


@pytest.mark.slow
def test_fishers_danco_and_tle_of_the_extra():
    pytest.importorskip("skdim")
    values = manifolds.curved_cube(120, 3, 9, seed=2)
    settings = replace(SETTINGS, errors=replace(ERRORS, subsets=2))
    others = [external.FisherS(), external.DANCo(5, 6, 0), external.TLE(10)]
    found = by_name(intrinsic_dimension(values, settings, others))
    for key in (("fishers", 0), ("danco", 6), ("tle", 10)):
        assert 2 < found[key].value < 5, found[key]
        assert found[key].valid, found[key].reason
    assert math.isnan(found["fishers", 0].bound)


def test_failures_of_the_extra_are_invalid_and_not_numbers():
    pytest.importorskip("skdim")
    points = manifolds.cube(60, 6, 3)
    assert math.isnan(external.DANCo(5, 2, 0).evaluate(None, points).value)
    for estimator in (external.FisherS(), external.DANCo(5, 4, 0)):
        assert math.isnan(estimator.evaluate(None, points[:3]).value)


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "skdim.id", None)
    with pytest.raises(InputError, match="scikit-dimension"):
        external.FisherS().evaluate(None, manifolds.cube(60, 6, 3))


def test_the_cloud_keeps_the_first_of_equal_structures():
    values = np.concatenate([manifolds.cube(40, 3, 1), manifolds.cube(40, 3, 1)])
    held = cloud(values, [], SETTINGS)
    assert held.kept.tolist() == list(range(40))
    assert held.n_duplicates == 40
    np.testing.assert_allclose(held.points, principal_coordinates(values)[:40])


def test_each_structure_has_local_dimensions_but_for_duplicates():
    values = manifolds.curved_cube(150, 2, 8, seed=4)
    values = np.concatenate([values, values[:10]])
    held = cloud(values, estimators(SETTINGS), SETTINGS)
    found = local_estimates(held, 160, SETTINGS)
    assert set(found) == {("mle", 5), ("mle", 10), ("local_pca", 12)}
    for local in found.values():
        assert np.isnan(local[150:]).all()
        assert np.isfinite(local[:150]).all()
    assert np.nanmedian(found["mle", 10]) == pytest.approx(2, abs=0.5)
    few = local_estimates(cloud(values[:4], estimators(SETTINGS), SETTINGS), 4, SETTINGS)
    assert np.isnan(few["mle", 5]).all()


def test_a_memory_map_gives_the_estimates_of_the_array(tmp_path):
    values = manifolds.curved_cube(120, 3, 9, seed=2)
    np.save(tmp_path / "values.npy", values)
    mapped = intrinsic_dimension(np.load(tmp_path / "values.npy", mmap_mode="r"), SETTINGS)
    for one, other in zip(mapped, intrinsic_dimension(values, SETTINGS), strict=True):
        assert one.value == pytest.approx(other.value)
        assert one.standard_error == pytest.approx(other.standard_error)
