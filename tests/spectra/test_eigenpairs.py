"""All eigenvalues and the leading eigenvectors, directly and by way of a band, against matrices made of known ones."""

import numpy as np
import pytest
import scipy.linalg

from crystalspan.spectra import eigenpairs as module
from crystalspan.spectra.eigenpairs import band_eigenvectors, eigenpairs, to_band


def of_values(values, seed=0):
    """A symmetric matrix with the eigenvalues."""
    n = len(values)
    basis = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]
    matrix = (basis * values) @ basis.T
    return (matrix + matrix.T) / 2


def check(matrix, values, keep):
    """Compare what is found from the lower triangle with the known eigenvalues, descending."""
    n = len(values)
    lower = np.array(np.tril(matrix), order="F")
    # The upper triangle is nothing that may be read.
    lower[np.triu_indices(n, 1)] = np.nan
    found, vectors = eigenpairs(lower, keep)
    size = max(np.abs(values).max(), 1e-300)
    np.testing.assert_allclose(found, values, atol=1e-14 * n * size)
    assert vectors.shape == (n, keep)
    np.testing.assert_allclose(matrix @ vectors, vectors * values[:keep], atol=1e-13 * n * size)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(keep), atol=1e-12)


def spectra(n):
    """Eigenvalues as landscapes have them, and as they trouble an eigensolver."""
    generator = np.random.default_rng(n)
    return {
        "falling": np.exp(-np.arange(n) / 10),
        "repeated": np.sort(np.concatenate([[5.0] * (n // 3), generator.uniform(0, 4, n - n // 3)]))[::-1],
        "close": 1.0 + 1e-13 * np.arange(n)[::-1],
        "few": np.concatenate([[3.0, 2.0], np.zeros(n - 2)]) if n > 2 else np.ones(n),
        "nothing": np.zeros(n),
        "negative": np.linspace(1.0, -2.0, n),
    }


@pytest.mark.parametrize("kind", ["falling", "repeated", "close", "few", "nothing", "negative"])
@pytest.mark.parametrize("n", [1, 2, 3, 40])
def test_small_matrices(n, kind):
    values = spectra(n)[kind]
    for keep in (0, min(n, 7)):
        check(of_values(values), values, keep)


@pytest.mark.parametrize("kind", ["falling", "repeated", "close", "few", "nothing", "negative"])
# One more than the band; a last block of one row, of a whole band and of less; several blocks of products.
@pytest.mark.parametrize("n", [66, 129, 192, 258, 601])
def test_by_way_of_a_band(n, kind, monkeypatch):
    monkeypatch.setattr(module, "_LARGE", 1)
    values = spectra(n)[kind]
    check(of_values(values), values, 12)


def test_both_ways_agree(monkeypatch):
    matrix = np.cov(np.random.default_rng(3).normal(size=(300, 200)).cumsum(axis=1).T)
    directly = eigenpairs(np.array(matrix, order="F"), 9)
    monkeypatch.setattr(module, "_LARGE", 1)
    by_a_band = eigenpairs(np.array(matrix, order="F"), 9)
    np.testing.assert_allclose(by_a_band[0], directly[0], atol=1e-13 * directly[0][0])
    # A vector's sign is free.
    np.testing.assert_allclose(np.abs(by_a_band[1].T @ directly[1]), np.eye(9), atol=1e-10)


def test_a_large_matrix_goes_by_way_of_a_band(monkeypatch):
    monkeypatch.setattr(module, "_LARGE", 100)
    monkeypatch.setattr(module, "_directly", None)
    values = np.linspace(2.0, 1.0, 100)
    check(of_values(values), values, 3)


def test_the_band_is_the_matrix_in_other_axes():
    """Q^T A Q = B with the Q that the reflections give."""
    n, width = 200, module._BAND
    matrix = of_values(np.linspace(1.0, 2.0, n))
    work = np.array(matrix)
    axes = np.eye(n)
    for i, factor in to_band(work):
        v = module._reflectors(work[i : i + width, i + width :]).T
        axes[:, i + width :] -= (axes[:, i + width :] @ v) @ factor @ v.T
    np.testing.assert_allclose(axes.T @ axes, np.eye(n), atol=1e-13)
    rotated = axes.T @ matrix @ axes
    outside = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) > width
    assert np.abs(rotated[outside]).max() < 1e-13
    within = ~outside & (np.arange(n) >= np.arange(n)[:, None])
    np.testing.assert_allclose(work[within], rotated[within], atol=1e-13)


def test_vectors_of_a_band_with_equal_eigenvalues():
    """A block diagonal band: every eigenvalue three times, and no vector that mixes the blocks is preferred."""
    block = np.array([[2.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 1.0]])
    matrix = scipy.linalg.block_diag(block, block, block)
    band = np.zeros((3, 9), order="F")
    for away in range(3):
        band[away, : 9 - away] = np.diagonal(matrix, away)
    values = np.linalg.eigvalsh(matrix)[3:]
    vectors = band_eigenvectors(band, values)
    np.testing.assert_allclose(matrix @ vectors, vectors * values, atol=1e-13)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(6), atol=1e-13)
