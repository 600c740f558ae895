"""Intervals and rarefaction curves of component counts, and parallel analysis."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalspan.dimension.controls import shuffled_columns
from crystalspan.dimension.resampling import (
    count_intervals,
    counts_of,
    eigenvalues_of,
    rarefaction,
)
from crystalspan.errors import InputError
from crystalspan.points.neighbours import principal_coordinates
from crystalspan.spectra.components import CountSettings, ElbowSettings
from crystalspan.spectra.parallel_analysis import parallel_analysis
from naive import dimension as naive

SETTINGS = CountSettings(thresholds=(0.8, 0.95), elbow=ElbowSettings(share=0.99, sensitivity=1))


def factors(n, d, k, noise, seed=0):
    """k strong directions in d columns, and noise."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n, k)) @ generator.normal(size=(k, d)) * 3 + noise * generator.normal(size=(n, d))


@given(seed=st.integers(0, 10**6), n=st.integers(2, 30), d=st.integers(1, 50))
def test_eigenvalues_are_those_of_the_covariance(seed, n, d):
    values = np.random.default_rng(seed).normal(size=(n, d)) + 5
    expected = np.sort(np.atleast_1d(np.linalg.eigvalsh(np.atleast_2d(np.cov(values.T)))))[::-1][: min(n - 1, d)]
    np.testing.assert_allclose(eigenvalues_of(values), expected, atol=1e-9 * expected[0])


def test_many_structures_are_read_block_by_block_from_a_memory_map(tmp_path, monkeypatch):
    monkeypatch.setattr("crystalspan.dimension.resampling._ROWS", 7)
    values = factors(50, 6, 3, 0.1) + 5
    np.save(tmp_path / "values.npy", values)
    expected = np.sort(np.linalg.eigvalsh(np.cov(values.T)))[::-1]
    np.testing.assert_allclose(eigenvalues_of(np.load(tmp_path / "values.npy", mmap_mode="r")), expected, rtol=1e-9)


def test_counts_do_not_depend_on_the_coordinates():
    values = factors(40, 90, 5, 0.3)
    found = counts_of(principal_coordinates(values), 90, SETTINGS)
    for one, other in zip(counts_of(values, 90, SETTINGS), found, strict=True):
        assert one.criterion == other.criterion
        assert one.components == pytest.approx(other.components, nan_ok=True)


def test_rarefaction_of_a_flat_cloud_rises_and_of_a_plane_stays():
    points = principal_coordinates(factors(120, 300, 4, 0.01))
    noise = principal_coordinates(np.random.default_rng(1).normal(size=(120, 300)))
    sizes = [20, 60, 120]
    for cloud, expected in ((points, (4, 4)), (noise, (12, 80))):
        curve = [
            one
            for one in rarefaction(cloud, 300, sizes, 4, 1, SETTINGS)
            if (one.criterion, one.threshold) == ("variance", 0.95)
        ]
        assert [one.n_structures for one in curve] == sizes
        assert curve[0].mean == pytest.approx(expected[0], abs=1 if cloud is points else 8)
        assert curve[-1].mean >= expected[1] if cloud is noise else curve[-1].mean == 4
        assert curve[-1].subsets == 1
        assert math.isnan(curve[-1].deviation)
    assert [one.mean for one in curve] == sorted(one.mean for one in curve)


def test_a_curve_does_not_change_when_other_sizes_are_left_out():
    points = principal_coordinates(factors(60, 80, 4, 1.0))
    both = rarefaction(points, 80, [20, 40], 3, 7, SETTINGS)
    assert str(rarefaction(points, 80, [40], 3, 7, SETTINGS)) == str(both[len(both) // 2 :])


def test_intervals_hold_the_count_and_its_spread_over_new_samples():
    n, d = 200, 30
    shares = np.linspace(2, 0.3, d)

    def sample(seed):
        return np.random.default_rng(seed).normal(size=(n, d)) * shares

    def ratio(counts):
        return next(one for one in counts if one.criterion == "participation_ratio")

    found = count_intervals(sample(0), d, 0.5, 40, 0.95, 1, SETTINGS)
    spread = np.std([ratio(counts_of(sample(seed), d, SETTINGS)).components for seed in range(1, 60)])
    assert 0.5 < ratio(found).standard_error / spread < 2
    for one in found:
        if math.isfinite(one.standard_error):
            assert 0 <= one.low <= one.components <= one.high <= d


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_tiny_sets_have_counts_without_errors(n):
    for one in count_intervals(np.random.default_rng(1).normal(size=(n, 4)), 4, 0.5, 3, 0.95, 1, SETTINGS):
        assert math.isnan(one.standard_error) or one.standard_error >= 0


@pytest.mark.parametrize(("n", "d"), [(60, 15), (30, 80)])
def test_parallel_analysis_finds_the_planted_factors(n, d):
    found = parallel_analysis(factors(n, d, 3, 1.0), 40, 0.95, 1)
    assert found.components == 3
    assert len(found.level) == min(n - 1, d)


@pytest.mark.parametrize(("n", "d"), [(40, 12), (12, 40)])
def test_the_level_is_that_of_the_plain_twin(n, d):
    values = np.random.default_rng(3).normal(size=(n, d)) * np.linspace(1, 3, d)
    found = parallel_analysis(values, 400, 0.95, 1).level
    expected = naive.parallel_level(values, 400, 0.95, np.random.default_rng(2))[: len(found)]
    np.testing.assert_allclose(found, expected, rtol=0.05, atol=0.02 * expected[0])


def test_unrelated_columns_have_no_component_that_stands_out():
    counts = [
        parallel_analysis(shuffled_columns(factors(50, 20, 3, 1.0), seed), 40, 0.95, seed).components
        for seed in range(8)
    ]
    assert np.mean(counts) < 0.7


def test_parallel_analysis_refuses_too_few_permutations_and_bears_tiny_sets():
    with pytest.raises(InputError, match="at least 20"):
        parallel_analysis(np.zeros((4, 4)), 10, 0.95, 1)
    assert parallel_analysis(np.zeros((1, 4)), 20, 0.95, 1).components == 0
    assert parallel_analysis(np.zeros((5, 4)), 20, 0.95, 1).components == 0
