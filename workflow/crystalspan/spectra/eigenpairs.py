"""All eigenvalues of a symmetric matrix and its leading eigenvectors, within the matrix's own memory.

LAPACK brings a matrix to tridiagonal form column by column, and reads the rest of the matrix for each: its speed is
that of the memory. A large matrix goes by way of a band (Bischof, Lang, Sun, ACM Trans. Math. Softw. 2000, 26, 581, DOI
10.1145/365723.365735): blocks of columns at a time, in products of matrices; from the band to a tridiagonal matrix it
is not far. The wanted eigenvectors of the band come from inverse iteration, and the reflections bring them back.
"""

import numpy as np
import scipy.linalg
from scipy.linalg import blas, lapack

# Width of the band: wider makes the products faster and the band slower.
_BAND = 64
# Rows of a block of products: what fits into a core's cache.
_BLOCK = 4 * _BAND
# Where the band begins to pay: the matrix is larger than the caches.
_LARGE = 3000
_EPS = np.finfo(float).eps


def eigenpairs(matrix: np.ndarray, keep: int) -> tuple[np.ndarray, np.ndarray]:
    """All eigenvalues of a symmetric matrix, and the eigenvectors of the largest, with no second matrix in memory.

    Parameters
    ----------
    matrix : (n, n) float64, in Fortran's order
        Its lower triangle is read; it is overwritten.
    keep : int
        Number of vectors.

    Returns
    -------
    values : (n,) float64
        Descending.
    vectors : (n, keep) float64
        Where eigenvalues are equal but for rounding, any orthogonal ones.
    """
    if len(matrix) == 1:
        return matrix[0].copy(), np.ones((1, min(keep, 1)))
    # A row of C's order is a column of Fortran's: the upper triangle is meant from here on.
    values, vectors = _by_a_band(matrix.T, keep) if len(matrix) >= _LARGE else _directly(matrix, keep)
    return values[::-1], np.ascontiguousarray(vectors[:, ::-1])


def _directly(matrix, keep):
    """Eigenvalues, ascending, and the vectors of the last, by a tridiagonal matrix."""
    n = len(matrix)
    workspace, _ = lapack.dsytrd_lwork(n, lower=1)
    reflectors, diagonal, beside, factors, _ = lapack.dsytrd(matrix, lower=1, lwork=int(workspace), overwrite_a=1)
    values, failed = lapack.dsterf(diagonal, beside)
    if failed:
        raise np.linalg.LinAlgError("the eigenvalues of a tridiagonal matrix did not converge")
    if keep == 0:
        return values, np.empty((n, 0))
    chosen = (n - keep, n - 1)
    _, vectors = scipy.linalg.eigh_tridiagonal(
        diagonal, beside, select="i", select_range=chosen, lapack_driver="stemr", check_finite=False
    )
    for i in range(n - 2, -1, -1):
        reflector = reflectors[i + 1 :, i].copy()
        reflector[0] = 1.0
        vectors[i + 1 :] -= np.outer(factors[i] * reflector, reflector @ vectors[i + 1 :])
    return values, vectors


def _by_a_band(matrix, keep):
    """Eigenvalues, ascending, and the vectors of the last, by a band matrix."""
    factors = to_band(matrix)
    band = _band(matrix)
    values = scipy.linalg.eig_banded(band, lower=True, eigvals_only=True, check_finite=False)
    vectors = band_eigenvectors(band, values[len(values) - keep :])
    for i, factor in reversed(factors):
        reflectors = _reflectors(matrix[i : i + _BAND, i + _BAND :])
        rest = vectors[i + _BAND :]
        rest -= reflectors.T @ (factor @ (reflectors @ rest))
    return values, vectors


def to_band(matrix: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Bring a symmetric matrix to a band by reflections, in place: Q^T A Q = B.

    Parameters
    ----------
    matrix : (n, n) float64, in C's order
        Its upper triangle is read. On return its band, `_BAND` wide above the diagonal, is that of B; to the right of
        the band stand the reflections' vectors.

    Returns
    -------
    list of (int, (m, m) float64)
        First row i of each block of rows, and the triangular T of its reflections I - V T V^T, Q being their product
        (Schreiber, Van Loan, SIAM J. Sci. Stat. Comput. 1989, 10, 53, DOI 10.1137/0910005).
    """
    n, factors = len(matrix), []
    for start in range(0, n, _BLOCK):
        square = matrix[start : start + _BLOCK, start : start + _BLOCK]
        square[:] = np.triu(square) + np.triu(square, 1).T
    for i in range(0, n - _BAND - 1, _BAND):
        block, rest = matrix[i : i + _BAND, i + _BAND :], slice(i + _BAND, n)
        packed, lengths, _, _ = lapack.dgeqrf(block.T)
        block[:] = packed.T
        v = np.ascontiguousarray(_reflectors(block).T)
        factor = _triangular_factor(v, lengths)
        w = _product(matrix, rest, v) @ factor
        x = w - 0.5 * v @ (factor.T @ (v.T @ w))
        _subtract(matrix, rest, np.hstack([v, x]), np.hstack([x, v]))
        factors.append((i, factor))
    return factors


def _reflectors(block):
    """Return V^T of a block of rows: ones, and what is to the right of them."""
    v = np.triu(block, 1)[: block.shape[1]]
    v[np.arange(len(v)), np.arange(len(v))] = 1.0
    return v


def _triangular_factor(v, lengths):
    """Return T of I - V T V^T, the product of the reflections I - length v v^T."""
    products = v.T @ v
    factor = np.zeros_like(products)
    for j, length in enumerate(lengths):
        factor[:j, j] = -length * (factor[:j, :j] @ products[:j, j])
        factor[j, j] = length
    return factor


def _blocks(rows: slice):
    """Split rows where the matrix's blocks begin: the squares on the diagonal hold both triangles."""
    edges = [rows.start, *range((rows.start // _BLOCK + 1) * _BLOCK, rows.stop, _BLOCK), rows.stop]
    return zip(edges[:-1], edges[1:], strict=True)


def _product(matrix, rest, v):
    """Return the trailing symmetric matrix times V."""
    w, offset = np.zeros_like(v), rest.start
    for start, stop in _blocks(rest):
        own, beyond = slice(start - offset, stop - offset), slice(stop - offset, None)
        w[own] += matrix[start:stop, start:] @ v[start - offset :]
        w[beyond] += matrix[start:stop, stop:].T @ v[own]
    return w


def _subtract(matrix, rest, left, right):
    """Subtract left right^T from the upper triangle of the trailing matrix."""
    offset = rest.start
    for start, stop in _blocks(rest):
        matrix[start:stop, start:] -= left[start - offset : stop - offset] @ right[start - offset :].T


def _band(matrix):
    """Return the band's diagonals (_BAND + 1, n), the main one first, as LAPACK wants the lower triangle."""
    n = len(matrix)
    band = np.zeros((_BAND + 1, n), order="F")
    for away in range(_BAND + 1):
        band[away, : n - away] = np.diagonal(matrix, away)
    return band


def band_eigenvectors(band: np.ndarray, values: np.ndarray, rounds: int = 3) -> np.ndarray:
    """Eigenvectors of a symmetric band matrix by inverse iteration, orthogonal also where eigenvalues are equal.

    Every vector is iterated by itself from a random start, which ends within the space of the eigenvalues that
    are as good as equal; the eigenvectors of the matrix within the space of all vectors (Rayleigh, Ritz) part them.

    Parameters
    ----------
    band : (b + 1, n) float64, in Fortran's order
        Diagonals of the lower triangle, the main one first.
    values : (k,) float64
        Eigenvalues, ascending.
    rounds : int
        Iterations.

    Returns
    -------
    (n, k) float64
    """
    width, n = len(band) - 1, band.shape[1]
    vectors = np.random.default_rng(0).normal(size=(n, len(values)))
    size = np.abs(band).sum(axis=0).max() or 1.0
    full = np.zeros((3 * width + 1, n), order="F")
    for k, value in enumerate(values):
        full[:width] = 0.0
        for away in range(1, width + 1):
            full[2 * width + away, : n - away] = full[2 * width - away, away:] = band[away, : n - away]
        # Off the eigenvalue by rounding: a singular matrix has no factors.
        full[2 * width] = band[0] - (value + _EPS * size)
        factors, pivots, _ = lapack.dgbtrf(full, width, width)
        for _ in range(rounds):
            vectors[:, k] /= np.linalg.norm(vectors[:, k])
            vectors[:, k], _ = lapack.dgbtrs(factors, width, width, vectors[:, k], pivots)
    vectors, _ = np.linalg.qr(vectors / np.linalg.norm(vectors, axis=0))
    images = [blas.dsbmv(width, 1.0, band, column, lower=1) for column in vectors.T]
    _, rotation = np.linalg.eigh(np.array(images).reshape(len(values), n) @ vectors)
    return vectors @ rotation
