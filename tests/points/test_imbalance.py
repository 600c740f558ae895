"""Information imbalances against a plain twin."""

import numpy as np
import pytest

from crystalspan.points.imbalance import imbalance_curve, information_imbalance
from naive import dimension as naive


def cloud(seed, n):
    return np.random.default_rng(seed).normal(size=(n, 5)) * [3, 2, 1, 0.5, 0.2]


def test_imbalances_are_those_of_the_plain_twin():
    points = cloud(1, 40)
    flat = points[:, :2] + 0.1 * np.random.default_rng(2).normal(size=(40, 2))
    for first, second in ((points, flat), (flat, points)):
        expected = naive.information_imbalance(first.tolist(), second.tolist())
        assert information_imbalance(first, second) == pytest.approx(expected)
    assert np.isnan(information_imbalance(points[:2], flat[:2]))


def test_more_components_foretell_more():
    points = cloud(3, 150)
    curve = imbalance_curve(points, [1, 2, 3, 5])
    assert [one.components for one in curve] == [1, 2, 3, 5]
    assert curve[1].to_all == pytest.approx(information_imbalance(points[:, :2], points))
    assert curve[1].from_all == pytest.approx(information_imbalance(points, points[:, :2]))
    ends = [one.to_all for one in curve]
    assert ends == sorted(ends, reverse=True)
    assert ends[-1] == pytest.approx(2 / 150)
    # All components foretell few of them better than few foretell all.
    assert all(one.from_all <= one.to_all for one in curve)
