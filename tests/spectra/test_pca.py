"""Spectra against two independent libraries, across paths, blocks and degenerate input."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from crystalspan.points.descriptors import ArrayDescriptors, AtomLayout
from crystalspan.spectra.pca import spectrum
from crystalspan.spectra.settings import spectrum_settings
from descriptor_files import embedding
from settings_help import settings_with


def settings(**changes):
    return spectrum_settings(settings_with(**changes))


def noisy(n, columns, seed=1):
    generator = np.random.default_rng(seed)
    return embedding(n, 4, columns, seed) + 1e-3 * generator.normal(size=(n, columns)) + 5.0


@pytest.mark.parametrize("shape", [(40, 90), (90, 40), (40, 40), (41, 40), (3, 50), (50, 3), (50, 1)])
def test_eigenvalues_are_those_of_scikit_learn_and_numpy(shape):
    data = noisy(*shape)
    result = spectrum(data, settings())
    oracle = PCA(svd_solver="full").fit(data)
    size = min(shape[0] - 1, shape[1])
    assert result.eigenvalues.shape == (size,)
    np.testing.assert_allclose(
        result.eigenvalues,
        oracle.explained_variance_[:size],
        rtol=1e-9,
        atol=1e-12 * oracle.explained_variance_[0],
    )
    singular = np.linalg.svd(data - data.mean(axis=0), compute_uv=False)[:size]
    np.testing.assert_allclose(result.singular_values, singular, rtol=1e-8, atol=1e-10 * singular[0])
    np.testing.assert_allclose(result.variance_shares, np.cumsum(oracle.explained_variance_ratio_)[:size], rtol=1e-11)
    assert result.variance_shares[-1] == pytest.approx(1)


@pytest.mark.parametrize("shape", [(40, 90), (90, 40)])
def test_scores_and_loadings_are_those_of_scikit_learn_up_to_sign(shape):
    data = noisy(*shape)
    result = spectrum(data, settings(scores=5))
    oracle = PCA(n_components=5, svd_solver="full").fit(data)
    signs = np.sign((result.loadings * oracle.components_).sum(axis=1))
    np.testing.assert_allclose(result.loadings, oracle.components_ * signs[:, None], atol=1e-9)
    np.testing.assert_allclose(result.scores, oracle.transform(data) * signs, atol=1e-9)


@pytest.mark.parametrize("shape", [(40, 90), (90, 40)])
@pytest.mark.parametrize("scaling", ["none", "zscore"])
def test_blocks_do_not_change_the_spectrum(shape, scaling):
    data = noisy(*shape)
    whole = spectrum(data, settings(scaling=scaling))
    blocks = spectrum(data, settings(scaling=scaling, block_mib=7 * shape[1] * 8 / 2**20))
    np.testing.assert_allclose(blocks.eigenvalues, whole.eigenvalues, rtol=1e-10, atol=1e-13 * whole.eigenvalues[0])
    np.testing.assert_allclose(blocks.scores[:, :4], whole.scores[:, :4], atol=1e-10)


def test_sign_does_not_depend_on_the_order_of_structures():
    data = noisy(30, 60)
    order = np.random.default_rng(0).permutation(30)
    one, other = spectrum(data, settings()), spectrum(data[order], settings())
    np.testing.assert_allclose(other.scores[:, :4], one.scores[order][:, :4], atol=1e-9)
    assert (np.abs(one.loadings).max(axis=1) == one.loadings.max(axis=1)).all()


def test_large_mean_does_not_spoil_small_variance():
    data = 1e-3 * noisy(30, 200)
    reference = spectrum(data, settings()).singular_values
    shifted = spectrum(data + 1e3, settings()).singular_values
    np.testing.assert_allclose(shifted[:20], reference[:20], rtol=1e-6)


def test_zscore_is_scikit_learns_and_ignores_constant_columns():
    data = noisy(30, 12)
    data[:, 3] = 0.1 + 0.2
    data[:, 7] = 0.0
    result = spectrum(data, settings(scaling="zscore"))
    rest = np.delete(data, [3, 7], axis=1)
    scaled = (rest - rest.mean(axis=0)) / rest.std(axis=0, ddof=1)
    expected = PCA(svd_solver="full").fit(scaled).explained_variance_
    np.testing.assert_allclose(result.eigenvalues[:10], expected, rtol=1e-8)
    assert result.rank == 10
    assert result.eigenvalues.sum() == pytest.approx(10)
    np.testing.assert_allclose(result.loadings[:, [3, 7]], 0, atol=1e-8)


@pytest.mark.parametrize(("n", "flag", "length"), [(0, "empty", 0), (1, "single", 0), (2, "pair", 1), (3, "ok", 2)])
def test_few_structures_get_a_flag(n, flag, length):
    result = spectrum(noisy(5, 8)[:n], settings())
    assert (result.flag, len(result.eigenvalues), result.rank) == (flag, length, length)
    assert np.isfinite(result.mean).all()


@pytest.mark.parametrize("scaling", ["none", "zscore"])
def test_identical_structures_have_no_variance(scaling):
    row = np.random.default_rng(3).normal(size=20)
    data = np.tile(row, (6, 1)) * (1 + 1e-16 * np.arange(6)[:, None])
    result = spectrum(data, settings(scaling=scaling))
    assert (result.flag, result.rank) == ("identical", 0)
    assert (result.eigenvalues == 0).all()
    assert (result.variance_shares == 0).all()


def test_duplicates_lower_the_rank():
    data = noisy(10, 40)
    assert spectrum(np.concatenate([data, data[:4]]), settings()).rank == 9


def test_pooling_is_the_mean_over_atoms_and_elements_in_order_of_atomic_number():
    generator = np.random.default_rng(5)
    atoms = generator.normal(size=(12, 4, 3))
    layout = AtomLayout(4, np.array(["S", "C", "H", "C"]), np.array([[0, 1, 2, 3]]))
    source = ArrayDescriptors(atoms.reshape(12, -1), layout)
    mean = spectrum(source, settings(pooling="mean"))
    np.testing.assert_allclose(mean.mean, atoms.mean(axis=(0, 1)))
    pooled = spectrum(source, settings(pooling="per-element"))
    expected = np.concatenate([atoms[:, 2], atoms[:, [1, 3]].mean(axis=1), atoms[:, 0]], axis=1)
    np.testing.assert_allclose(pooled.mean, expected.mean(axis=0))
    oracle = PCA(svd_solver="full").fit(expected).explained_variance_
    np.testing.assert_allclose(pooled.eigenvalues, oracle[: len(pooled.eigenvalues)], rtol=1e-9)
