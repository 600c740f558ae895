"""Structures as points: the same vectors that the principal components see."""

import numpy as np
import pytest

from crystalspan.points import cloud as points
from crystalspan.points.cloud import prepared_points, random_rows
from crystalspan.points.descriptors import ArrayDescriptors, AtomLayout
from crystalspan.spectra.pca import spectrum
from crystalspan.spectra.settings import spectrum_settings
from settings_help import settings_with

LAYOUT = AtomLayout(4, np.array(["C", "H", "C", "H"]), np.array([[0, 1, 2, 3], [2, 3, 0, 1]]))


def settings_of(**changes):
    return spectrum_settings(settings_with(**changes))


@pytest.fixture
def descriptors():
    return ArrayDescriptors(np.random.default_rng(2).random((30, 24)), LAYOUT)


@pytest.mark.parametrize("pooling", ["concatenate", "mean", "per-element"])
@pytest.mark.parametrize("scaling", ["none", "zscore"])
@pytest.mark.parametrize("atom_order", ["input", "canonical"])
def test_their_variances_are_the_eigenvalues_of_the_spectrum(descriptors, pooling, scaling, atom_order):
    settings = settings_of(pooling=pooling, scaling=scaling, atom_order=atom_order)
    values = prepared_points(descriptors, settings)
    centred = values - values.mean(axis=0)
    expected = spectrum(descriptors, settings).eigenvalues
    found = np.linalg.svd(centred, compute_uv=False)[: len(expected)] ** 2 / 29
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_blocks_and_a_file_on_disk_change_nothing(descriptors, monkeypatch):
    settings = settings_of(scaling="zscore")
    whole = prepared_points(descriptors, settings)
    monkeypatch.setattr(points, "_LARGEST_IN_MEMORY", 100)
    mapped = prepared_points(descriptors, settings_of(scaling="zscore", block_mib=0.0005))
    assert isinstance(mapped, np.memmap)
    np.testing.assert_allclose(mapped, whole, rtol=1e-13)


def test_constant_columns_become_zero_and_not_infinite():
    values = np.random.default_rng(2).random((20, 3))
    values[:, 1] = 7.0
    scaled = prepared_points(values, settings_of(scaling="zscore"))
    assert np.array_equal(scaled[:, 1], np.zeros(20))
    np.testing.assert_allclose(scaled[:, [0, 2]].std(axis=0, ddof=1), 1)


def test_a_sample_is_drawn_without_replacement_and_a_small_set_is_whole():
    assert np.array_equal(random_rows(5, 10, 1), np.arange(5))
    rows = random_rows(1000, 100, 1)
    assert len(np.unique(rows)) == 100
    assert np.array_equal(rows, np.sort(rows))
    assert np.array_equal(rows, random_rows(1000, 100, 1))
    assert not np.array_equal(rows, random_rows(1000, 100, 2))
