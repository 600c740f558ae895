"""Measures of what a map keeps, against scikit-learn, scipy and plain twins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.manifold import trustworthiness

from crystalspan.points import distances, quality
from crystalspan.points.distances import HeldRows
from crystalspan.points.quality import MEASURES, map_quality
from naive.dimension import information_imbalance
from naive.spectra import trustworthiness_and_overlap


def spaces(seed, n):
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(n, 5)) * [3, 2, 1, 0.5, 0.2]
    return points, points[:, :2] + 0.1 * generator.normal(size=(n, 2))


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), n=st.integers(8, 30))
def test_measures_are_those_of_other_programs(seed, n):
    points, flat = spaces(seed, n)
    found = map_quality(HeldRows(points), flat, 3)
    assert found["trustworthiness"] == pytest.approx(trustworthiness(points, flat, n_neighbors=3))
    assert found["continuity"] == pytest.approx(trustworthiness(flat, points, n_neighbors=3))
    assert found["overlap"] == pytest.approx(trustworthiness_and_overlap(points.tolist(), flat.tolist(), 3)[1])
    assert found["shepard"] == pytest.approx(spearmanr(pdist(points), pdist(flat)).statistic)
    assert found["imbalance_to_map"] == pytest.approx(information_imbalance(points.tolist(), flat.tolist()))
    assert found["imbalance_from_map"] == pytest.approx(information_imbalance(flat.tolist(), points.tolist()))
    assert (found["neighbours"], found["judged"]) == (3, n)


def test_a_perfect_map_and_a_useless_one():
    points, _ = spaces(1, 200)
    found = map_quality(HeldRows(points), 3 * points + 1, 10)
    assert [found[name] for name in MEASURES] == pytest.approx([1, 1, 1, 1, 0.01, 0.01])
    useless = map_quality(HeldRows(points), np.random.default_rng(2).normal(size=(200, 2)), 10)
    assert useless["imbalance_to_map"] == pytest.approx(1, abs=0.15)
    assert useless["shepard"] == pytest.approx(0, abs=0.1)
    assert useless["overlap"] < 0.15


def test_neighbours_torn_apart_and_strangers_put_together_show_in_different_measures():
    angle = np.sort(np.random.default_rng(4).uniform(0, 2 * np.pi, 300))
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    torn = map_quality(HeldRows(circle), angle[:, None], 10)  # cut open: the two ends were neighbours
    assert torn["trustworthiness"] == pytest.approx(1, abs=2e-3)
    assert torn["continuity"] < torn["trustworthiness"] - 5e-3
    pressed = map_quality(HeldRows(circle), circle[:, :1], 10)  # flattened: opposite sides come together
    assert pressed["continuity"] > pressed["trustworthiness"] + 0.05
    assert pressed["imbalance_from_map"] > 2 * pressed["imbalance_to_map"]


def test_judged_structures_and_drawn_pairs_stand_for_all(monkeypatch):
    points, flat = spaces(5, 900)
    whole = map_quality(HeldRows(points), flat, 10)
    monkeypatch.setattr(distances, "_MAX_DISTANCES", 300 * 900)
    monkeypatch.setattr(quality, "_MAX_PAIRS", 20_000)
    part = map_quality(HeldRows(points), flat, 10)
    assert part["judged"] == 300
    assert [part[name] for name in MEASURES] == pytest.approx([whole[name] for name in MEASURES], abs=0.02)


def test_tiny_and_degenerate_sets():
    points, flat = spaces(1, 3)
    assert map_quality(HeldRows(points), flat, 3) == {}
    assert map_quality(HeldRows(spaces(1, 9)[0]), np.empty((9, 0)), 3) == {}
    corners = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])  # a tetrahedron: one distance only
    found = map_quality(HeldRows(corners), corners[:, :2], 3)
    assert np.isnan(found["shepard"])
    assert found["trustworthiness"] == found["overlap"] == 1
