"""The leading eigenvalues of descriptors that are too many and too long for any square matrix, with error bounds."""

import numpy as np

from crystalspan.arrays import Floats
from crystalspan.parallel import add_up, each
from crystalspan.spectra.plan import PROBES
from crystalspan.spectra.rows import PreparedRows

_EPS = np.finfo(float).eps
_SEED = 20211
# The norm of a matrix exceeds this multiple of its largest product with one of r normal vectors with a probability of
# 2^-r at most: 1e-6 for 20.
_FACTOR = 2 * np.sqrt(2 / np.pi)


def leading_spectrum(rows: PreparedRows, keep: int) -> tuple[Floats, Floats, Floats] | tuple[None, None, None]:
    """Squares of the largest singular values with bounds of their errors, and their right singular vectors.

    Subspace iteration from random vectors (Halko, Martinsson, Tropp, SIAM Rev. 2011, 53, 217, DOI 10.1137/090771806)
    on the D x D products of columns, which are never formed: each iteration reads all rows once. The values are Ritz
    values, never above the true ones; for the bounds see `error_bounds`.

    Parameters
    ----------
    rows : PreparedRows
        All ranks call this together.
    keep : int
        Number of components.

    Returns
    -------
    squares, errors : (keep,) float64
        Each true value lies in square ... square + error, all of them with a probability of 1 - 1e-6.
    vectors : (D, keep) float64
        All None on ranks other than 0.
    """
    generator = np.random.default_rng(_SEED)
    basis = generator.standard_normal((rows.n_columns, rows.plan.trial_vectors))
    for _ in range(rows.settings.power_iterations + 1):
        basis = _orthonormal(rows, _product(rows, basis))
    probes = generator.standard_normal((rows.n_columns, PROBES))
    probes -= basis @ (basis.T @ probes)
    image = _product(rows, np.concatenate([basis, probes], axis=1))
    if rows.communicator.rank != 0:
        return None, None, None
    image, probes = image[:, : basis.shape[1]], image[:, basis.shape[1] :]
    inner = basis.T @ image
    values, rotation = np.linalg.eigh((inner + inner.T) / 2)
    values, rotation = np.maximum(values[::-1], 0.0), rotation[:, ::-1]
    vectors = basis @ rotation
    residuals = np.linalg.norm(image @ rotation - vectors * values, axis=0)
    probes -= basis @ (basis.T @ probes)
    outside = _FACTOR * np.linalg.norm(probes, axis=0).max()
    errors = error_bounds(values, residuals, outside, rows.total_square)
    errors += values[0] * max(rows.n_structures, rows.n_columns) * _EPS
    return values[:keep], errors[:keep], vectors[:, :keep]


def _product(rows: PreparedRows, vectors: np.ndarray) -> np.ndarray:
    """Products of columns times some vectors, (D, k) float64, complete on rank 0."""

    def own():
        total = np.zeros_like(vectors)
        for start, stop in rows.spans(own=True):
            block = rows.read(start, stop)
            total += block.T @ (block @ vectors)
        return total

    total = each(rows.communicator, own)
    add_up(rows.communicator, total)
    return total


def _orthonormal(rows: PreparedRows, vectors: np.ndarray) -> np.ndarray:
    basis = np.linalg.qr(vectors)[0] if rows.communicator.rank == 0 else None
    return rows.communicator.bcast(basis, root=0)


def error_bounds(values: np.ndarray, residuals: np.ndarray, outside: float, total: float) -> np.ndarray:
    """How far the true eigenvalues of a positive matrix can lie above its Ritz values.

    With the leading m Ritz vectors set apart, the matrix is [[Theta, E^T], [E, B]], and the i-th eigenvalue, i <= m,
    exceeds theta_i by at most 2 |E|^2 / (g + sqrt(g^2 + 4 |E|^2)), where g = theta_i - |B| > 0 (Li, Li, Linear Algebra
    Appl. 2005, 395, 183, DOI 10.1016/j.laa.2004.08.026); |E| is at most the root of the sum of the squared residuals,
    and |B| at most the larger of theta_{m+1} and `outside` plus the root of the sum of the other residuals' squares.
    The best m is taken for each i. Where there is no gap, Weyl's inequality bounds the eigenvalue; and none exceeds its
    Ritz value by more than the trace exceeds the sum of all Ritz values.

    Parameters
    ----------
    values : (l,) float64
        Ritz values theta, descending.
    residuals : (l,) float64
        |A v - theta v| of each Ritz vector.
    outside : float
        Bound of the norm of the matrix on what is orthogonal to all Ritz vectors.
    total : float
        Trace of the matrix.

    Returns
    -------
    (l,) float64
    """
    squares = residuals**2
    inside = np.cumsum(squares)
    rest = np.maximum(squares.sum() - inside, 0.0)
    missing = max(total - values.sum(), 0.0)
    outside = min(outside, missing)
    following = np.append(values[1:], 0.0)
    complement = np.maximum(following, outside) + np.sqrt(rest)
    gap = values[:, None] - complement[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = 2 * inside / (gap + np.sqrt(gap**2 + 4 * inside))
    usable = (gap > 0) & (np.arange(len(values))[None, :] >= np.arange(len(values))[:, None])
    best = np.where(usable, bound, np.inf).min(axis=1)
    weyl = np.maximum(values, outside) - values + np.sqrt(squares.sum())
    return np.minimum(np.minimum(best, weyl), missing)
