"""Every eigenvalue of a landscape's descriptors, and the leading components."""

import numpy as np
from scipy.linalg import blas

from crystalspan.arrays import Floats
from crystalspan.parallel import add_up, each
from crystalspan.spectra.eigenpairs import eigenpairs
from crystalspan.spectra.plan import GRAM
from crystalspan.spectra.rows import PreparedRows


def leading_and_all(rows: PreparedRows, keep: int) -> tuple[Floats, Floats] | tuple[None, None]:
    """Squares of all singular values, and the leading right singular vectors.

    From the N x N products of structures or the D x D products of columns, whichever is smaller, summed from blocks of
    centred rows. Every rank sums the products of its share; rank 0 adds them up and diagonalizes.

    Parameters
    ----------
    rows : PreparedRows
        All ranks call this together.
    keep : int
        Number of vectors.

    Returns
    -------
    squares : (min(N - 1, D),) float64
        Descending, not negative.
    vectors : (N, keep) or (D, keep) float64
        Eigenvectors of the product that was made. Both are None on ranks other than 0.
    """
    product = each(rows.communicator, lambda: _gram(rows) if rows.plan.method == GRAM else _covariance(rows))
    add_up(rows.communicator, product)
    if rows.communicator.rank != 0:
        return None, None
    values, vectors = eigenpairs(product, keep)
    return np.maximum(values[: min(rows.n_structures - 1, rows.n_columns)], 0.0), vectors


def _gram(rows: PreparedRows) -> np.ndarray:
    """Products of pairs of structures, (N, N) float64, lower triangle; of the pairs of blocks this rank's part."""
    gram = np.zeros((rows.n_structures, rows.n_structures))
    spans, number = rows.spans(), 0
    for i, (a, b) in enumerate(spans):
        left = None
        for j, (c, d) in enumerate(spans[: i + 1]):
            number += 1
            if number % rows.communicator.size != rows.communicator.rank:
                continue
            left = rows.read(a, b) if left is None else left
            right = left if i == j else rows.read(c, d)
            np.matmul(right, left.T, out=gram[c:d, a:b])
    # Rows of C's order are columns of LAPACK's, so the upper triangle became the lower.
    return gram.T


def _covariance(rows: PreparedRows) -> np.ndarray:
    """Products of all pairs of columns, (D, D) float64, lower triangle, of this rank's rows (not divided by N - 1)."""
    total = np.zeros((rows.n_columns, rows.n_columns), order="F")
    for start, stop in rows.spans(own=True):
        total = blas.dsyrk(1.0, rows.read(start, stop).T, beta=1.0, c=total, lower=1, overwrite_c=1)
    return total
