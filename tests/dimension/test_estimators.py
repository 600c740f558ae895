"""Estimators against plain twins, against scikit-dimension, and on manifolds of known dimension."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalspan.dimension.estimators.own import Gride, LevinaBickel, LocalPCA, TwoNN, TwoNNFit
from crystalspan.points.neighbours import nearest_neighbours
from naive import dimension as naive
from validation import manifolds

ALL = [TwoNN(), TwoNNFit(0.1), Gride(1), Gride(4), LevinaBickel(10), LocalPCA(12, 0.05)]


def evaluate(estimator, points):
    return estimator.evaluate(nearest_neighbours(points, estimator.reach, 64), points)


@given(seed=st.integers(0, 10**6), n=st.integers(12, 30), d=st.integers(1, 5))
def test_values_are_those_of_the_plain_twins(seed, n, d):
    points = np.random.default_rng(seed).normal(size=(n, d))
    assert evaluate(TwoNN(), points).value == pytest.approx(naive.twonn(points.tolist()))
    assert evaluate(LevinaBickel(5), points).value == pytest.approx(naive.levina_bickel(points.tolist(), 5))


@pytest.mark.parametrize("order", [2, 5])
def test_gride_stands_at_the_maximum_of_its_likelihood(order):
    points = manifolds.cube(60, 3, 1)
    found = evaluate(Gride(order), points)
    # The value's N - 1 in place of N takes ln d away from the likelihood.
    around = [
        naive.gride_log_likelihood(points.tolist(), order, found.value * f) - np.log(found.value * f)
        for f in (0.999, 1.0, 1.001)
    ]
    assert around[1] > max(around[0], around[2])
    h = 1e-3 * found.value
    likelihood = [naive.gride_log_likelihood(points.tolist(), order, found.value + k * h) for k in (-1, 0, 1)]
    curvature = -(likelihood[0] - 2 * likelihood[1] + likelihood[2]) / h**2
    assert found.likelihood_error == pytest.approx(1 / np.sqrt(curvature), rel=1e-3)


def test_gride_of_order_one_is_twonn():
    points = manifolds.sphere(200, 4, 2)
    assert evaluate(Gride(1), points).value == pytest.approx(evaluate(TwoNN(), points).value, rel=1e-9)


@pytest.mark.parametrize(("d", "n"), [(2, 300), (5, 400), (9, 300)])
def test_scikit_dimension_says_the_same_on_the_same_points(d, n):
    skdim = pytest.importorskip("skdim.id")
    points = manifolds.curved_cube(n, d, 20, seed=d)
    assert evaluate(TwoNN(), points).value == pytest.approx(
        skdim.TwoNN(method="mle", discard_fraction=0).fit(points).dimension_
    )
    assert evaluate(TwoNNFit(0.1), points).value == pytest.approx(
        skdim.TwoNN(discard_fraction=0.1).fit(points).dimension_
    )
    for order in (2, 8):
        other = skdim.GRIDE(n1=order).fit(points)
        found = evaluate(Gride(order), points)
        assert found.value == pytest.approx(other.dimension_, rel=1e-6)
        assert found.likelihood_error == pytest.approx(other.error_, rel=1e-6)
    other = skdim.MLE().fit(points, n_neighbors=15)
    assert evaluate(LevinaBickel(15), points).value == pytest.approx(other.dimension_)
    local = LevinaBickel(15).local(nearest_neighbours(points, 15, 64))
    np.testing.assert_allclose(local, other.dimension_pw_ * 13 / 14)


def test_local_pca_counts_as_scikit_dimension_does():
    skdim = pytest.importorskip("skdim.id")
    points = manifolds.curved_cube(60, 3, 8, seed=1)
    neighbours = nearest_neighbours(points, 20, 64)
    found = LocalPCA(20, 0.05).local(neighbours, points)
    for i in (0, 11, 59):
        patch = points[np.append(neighbours.index[i], i)]
        assert found[i] == skdim.lPCA(ver="FO", alphaFO=0.05).fit(patch).dimension_
    few = LocalPCA(5, 0.05).local(neighbours, points)
    assert few.max() <= 5


def test_local_pca_of_many_subsets_is_that_of_each_alone():
    points = manifolds.curved_cube(120, 3, 8, seed=2)
    generator = np.random.default_rng(3)
    subsets = [np.sort(generator.choice(120, 60, replace=False)) for _ in range(4)]
    estimator = LocalPCA(10, 0.05)
    found = estimator.evaluate_subsets(nearest_neighbours(points, 119, 64), points, subsets)
    for one, subset in zip(found, subsets, strict=True):
        alone = estimator.evaluate(nearest_neighbours(points[subset], 10, 64), points[subset])
        assert (one.value, one.n_used) == (pytest.approx(alone.value, abs=1e-12), 60)


def test_local_pca_looks_at_evenly_spaced_structures_of_many(monkeypatch):
    points = manifolds.curved_cube(101, 3, 8, seed=2)
    neighbours = nearest_neighbours(points, 10, 64)
    local = LocalPCA(10, 0.05).local(neighbours, points)
    monkeypatch.setattr("crystalspan.dimension.estimators.own._CENTRES", 11)
    found = LocalPCA(10, 0.05).evaluate(neighbours, points)
    assert found.n_used == 11
    assert found.value == pytest.approx(local[::10].mean())


@pytest.mark.parametrize("d", [1, 2, 4])
def test_low_dimensions_are_found_within_four_errors(d):
    points = manifolds.curved_cube(1500, d, 12, seed=7)
    for estimator in (TwoNN(), Gride(2), LevinaBickel(5)):
        found = evaluate(estimator, points)
        assert abs(found.value - d) < 4 * found.likelihood_error + 0.06 * d, estimator


def test_the_swiss_roll_has_two_dimensions_and_lies_in_three():
    points = manifolds.swiss_roll(1500, 3)
    assert evaluate(TwoNN(), points).value == pytest.approx(2, abs=0.2)
    assert np.linalg.matrix_rank(points - points.mean(axis=0)) == 3


@pytest.mark.parametrize("estimator", ALL, ids=lambda e: f"{e.name}-{e.reach}")
def test_no_estimate_depends_on_unit_place_or_orientation(estimator):
    points = manifolds.cube(150, 3, 5)
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 3)))
    moved = 41.0 * points @ turn.T - 3.0
    assert evaluate(estimator, moved).value == pytest.approx(evaluate(estimator, points).value, rel=1e-8)


@pytest.mark.parametrize("estimator", ALL, ids=lambda e: f"{e.name}-{e.reach}")
def test_points_without_distances_give_no_number(estimator):
    same = np.zeros((40, 2))
    found = evaluate(estimator, same)
    assert np.isnan(found.value)
    assert found.n_used == 0


def test_duplicates_take_no_part_in_twonn():
    points = manifolds.cube(200, 3, 6)
    twice = np.concatenate([points, points[:50]])
    found = evaluate(TwoNN(), twice)
    first = nearest_neighbours(twice, 2, 64).distance
    assert found.n_used == np.count_nonzero((first[:, 0] > 0) & (first[:, 1] > first[:, 0])) <= 150
    assert np.isnan(LevinaBickel(5).local(nearest_neighbours(twice, 5, 64))).sum() == 100


def test_local_dimension_tells_a_line_from_a_ball():
    generator = np.random.default_rng(8)
    line = np.zeros((300, 3))
    line[:, 0] = 10 + generator.random(300)
    ball = generator.normal(size=(300, 3))
    points = np.concatenate([line, ball])
    local = LevinaBickel(20).local(nearest_neighbours(points, 20, 64))
    assert np.median(local[:300]) == pytest.approx(1, abs=0.2)
    assert np.median(local[300:]) == pytest.approx(3, abs=0.5)
