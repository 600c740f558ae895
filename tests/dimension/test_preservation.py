"""Measures of what a map keeps, against scikit-learn and plain twins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.manifold import trustworthiness

from crystalspan.dimension.preservation import imbalance_curve, information_imbalance, preservation
from naive import dimension as naive


def spaces(seed, n):
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(n, 5)) * [3, 2, 1, 0.5, 0.2]
    return points, points[:, :2] + 0.1 * generator.normal(size=(n, 2))


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), n=st.integers(8, 30))
def test_measures_are_those_of_other_programs(seed, n):
    points, flat = spaces(seed, n)
    found = preservation(points, flat, 3)
    assert found.trustworthiness == pytest.approx(trustworthiness(points, flat, n_neighbors=3))
    assert found.continuity == pytest.approx(trustworthiness(flat, points, n_neighbors=3))
    upper = np.triu_indices(n, 1)
    distances = [np.linalg.norm(x[:, None] - x[None], axis=-1)[upper] for x in (points, flat)]
    assert found.shepard == pytest.approx(spearmanr(*distances).statistic)
    assert found.imbalance_to_map == pytest.approx(naive.information_imbalance(points.tolist(), flat.tolist()))
    assert found.imbalance_from_map == pytest.approx(naive.information_imbalance(flat.tolist(), points.tolist()))
    assert found.imbalance_to_map == pytest.approx(information_imbalance(points, flat))


def test_a_perfect_map_and_a_useless_one():
    points, _ = spaces(1, 200)
    found = preservation(points, 3 * points + 1, 10)
    assert found[:4] == pytest.approx((1, 1, 1, 1))
    assert found.imbalance_to_map == found.imbalance_from_map == pytest.approx(2 / 200)
    useless = preservation(points, np.random.default_rng(2).normal(size=(200, 2)), 10)
    assert useless.imbalance_to_map == pytest.approx(1, abs=0.15)
    assert useless.shepard == pytest.approx(0, abs=0.1)
    assert useless.overlap < 0.15


def test_more_components_foretell_more():
    points, _ = spaces(3, 150)
    curve = imbalance_curve(points, [1, 2, 3, 5])
    assert [one.components for one in curve] == [1, 2, 3, 5]
    ends = [one.to_all for one in curve]
    assert ends == sorted(ends, reverse=True)
    assert ends[-1] == pytest.approx(2 / 150)
    # All components foretell few of them better than few foretell all.
    assert all(one.from_all <= one.to_all for one in curve)


def test_tiny_sets_have_no_measure():
    points, flat = spaces(1, 3)
    assert preservation(points, flat, 3) is None
    assert preservation(*spaces(1, 9), 3) is not None
    assert np.isnan(information_imbalance(points[:2], flat[:2]))
