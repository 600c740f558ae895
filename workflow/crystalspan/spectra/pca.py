"""Principal component analysis of a landscape's descriptors, in blocks, exact."""

import dataclasses

import numpy as np
import scipy.linalg

from crystalspan.spectra.joined import ArrayDescriptors
from crystalspan.spectra.preparation import prepare, prepared_columns
from crystalspan.spectra.quality import map_quality
from crystalspan.spectra.settings import SpectrumSettings

_EPS = np.finfo(float).eps

# Why a spectrum may hold fewer components than one expects.
OK, EMPTY, SINGLE, PAIR, IDENTICAL = "ok", "empty", "single", "pair", "identical"


@dataclasses.dataclass(frozen=True)
class Spectrum:
    """The principal components of one set of structures.

    Parameters
    ----------
    flag : str
        ``ok``, ``empty`` (no structure), ``single`` (one), ``pair`` (two) or ``identical`` (all the same).
    n_structures, n_columns : int
        N and D, after pooling.
    eigenvalues : ndarray (min(N - 1, D),) float64
        Variances along the components (ddof 1), descending, in squared descriptor units.
    singular_values : ndarray, the same shape
        Of the centred (and scaled) N x D matrix.
    rank : int
        Number of eigenvalues above rounding, l > l_1 max(N, D) eps; those below are set to zero.
    scores : ndarray (N, k) float64
        Coordinates of the structures on the k leading components.
    loadings : ndarray (k, D) float64
        The leading components, unit vectors; the largest element of each is positive.
    mean, scale : ndarray (D,) float64
        What was subtracted from, and divided out of, each column; a constant column has scale inf.
    quality : dict
        How well the map of the first two components keeps neighbours, see `map_quality`.
    """

    flag: str
    n_structures: int
    n_columns: int
    eigenvalues: np.ndarray
    singular_values: np.ndarray
    rank: int
    scores: np.ndarray
    loadings: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    quality: dict

    @property
    def variance_shares(self) -> np.ndarray:
        """Cumulative shares of the variance, (min(N - 1, D),) float64."""
        return cumulative_shares(self.eigenvalues)

    @property
    def singular_value_shares(self) -> np.ndarray:
        """Cumulative shares of the sum of singular values, (min(N - 1, D),) float64."""
        return cumulative_shares(self.singular_values)


def cumulative_shares(values: np.ndarray) -> np.ndarray:
    """Running share of the total that the leading values make up; zeros where the total is zero.

    Parameters
    ----------
    values : ndarray (r,) float64
        Non-negative, descending.
    """
    values = np.asarray(values, dtype=float)
    total = values.sum()
    return np.cumsum(values) / total if total > 0 else np.zeros_like(values)


def spectrum(descriptors, settings: SpectrumSettings, vectors: bool = True) -> Spectrum:
    """Principal components of a set of crystal structures, mean-centred, exact.

    The eigenvalues come from the N x N Gram matrix of the centred rows where N <= D, from the D x D
    covariance otherwise; both are summed from blocks of rows, so the descriptors are never in memory as a
    whole. Centring before the products keeps the relative error of a singular value s at about eps (s_1 /
    s)^2.

    Parameters
    ----------
    descriptors : JoinedDescriptors, ArrayDescriptors or ndarray (N, D)
        Structures in the order of energy.
    settings : SpectrumSettings
        Preparation and number of components kept.
    vectors : bool
        False leaves out scores, loadings and the quality of the map.

    Returns
    -------
    Spectrum
    """
    if isinstance(descriptors, np.ndarray):
        descriptors = ArrayDescriptors(descriptors)
    rows = _Rows(descriptors, settings)
    n, d = rows.n_structures, rows.n_columns
    if n < 2 or rows.all_alike:
        return _without_variance(rows, EMPTY if n == 0 else SINGLE if n == 1 else IDENTICAL)
    dual = n <= d
    product = _gram(rows) if dual else _covariance(rows)
    size = min(n - 1, d)
    keep = min(settings.scores, size) if vectors else 0
    squares, axes = _leading(product, size, keep)
    squares[squares <= squares[0] * max(n, d) * _EPS] = 0.0
    scores, loadings = _scores_and_loadings(rows, squares, axes, dual)
    return Spectrum(
        flag=PAIR if n == 2 else OK,
        n_structures=n,
        n_columns=d,
        eigenvalues=squares / (n - 1),
        singular_values=np.sqrt(squares),
        rank=int(np.count_nonzero(squares)),
        scores=scores,
        loadings=loadings,
        mean=rows.mean,
        scale=rows.scale,
        quality=map_quality(rows, scores[:, :2], settings.map_neighbours) if vectors else {},
    )


class _Rows:
    """Prepared, centred and scaled descriptors, block by block."""

    def __init__(self, descriptors, settings):
        self.descriptors, self.settings = descriptors, settings
        layout = descriptors.layout
        self.n_structures = descriptors.n_structures
        self.n_columns = prepared_columns(descriptors.n_columns, layout, settings.pooling)
        width = max(self.n_columns, descriptors.n_columns, 1)
        self.block_rows = max(1, int(settings.block_mib * 2**20 / (8 * width)))
        self._held = None
        self._measure()

    def _prepared(self, start, stop):
        return prepare(self.descriptors.read(start, stop), self.descriptors.layout, self.settings)

    def _measure(self):
        """Mean and scale of each column; Chan's update keeps the sums of squares exact across blocks."""
        count, mean = 0, np.zeros(self.n_columns)
        squares, size = np.zeros(self.n_columns), np.zeros(self.n_columns)
        for start, stop in self.spans():
            block = self._prepared(start, stop)
            block_mean = block.mean(axis=0)
            shift, total = block_mean - mean, count + len(block)
            squares += ((block - block_mean) ** 2).sum(axis=0) + shift**2 * count * len(block) / total
            mean += shift * len(block) / total
            size = np.maximum(size, np.abs(block).max(axis=0))
            count = total
        # A column that varies by rounding only is constant: its standard deviation says nothing.
        constant = squares <= count * (16 * _EPS * size) ** 2
        self.all_alike = bool(constant.all())
        self.mean, self.scale = mean, np.ones(self.n_columns)
        if self.settings.scaling == "zscore" and count > 1:
            self.scale = np.sqrt(squares / (count - 1))
        self.scale[constant] = np.inf

    def spans(self):
        """Start and stop of each block of rows."""
        n = self.n_structures
        return [(start, min(start + self.block_rows, n)) for start in range(0, n, self.block_rows)]

    def read(self, start, stop):
        """Centred and scaled rows, (stop - start, D) float64; a matrix of one block is read once."""
        if self.block_rows < self.n_structures:
            return (self._prepared(start, stop) - self.mean) / self.scale
        if self._held is None:
            self._held = (self._prepared(0, self.n_structures) - self.mean) / self.scale
        return self._held[start:stop]


def _gram(rows: _Rows) -> np.ndarray:
    """Products of all pairs of structures, (N, N) float64: two blocks in memory at a time."""
    gram = np.empty((rows.n_structures, rows.n_structures))
    spans = rows.spans()
    for i, (a, b) in enumerate(spans):
        left = rows.read(a, b)
        gram[a:b, a:b] = left @ left.T
        for c, d in spans[:i]:
            gram[a:b, c:d] = left @ rows.read(c, d).T
            gram[c:d, a:b] = gram[a:b, c:d].T
    return gram


def _covariance(rows: _Rows) -> np.ndarray:
    """Products of all pairs of columns, (D, D) float64 (not divided by N - 1)."""
    total = np.zeros((rows.n_columns, rows.n_columns))
    for start, stop in rows.spans():
        block = rows.read(start, stop)
        total += block.T @ block
    return total


def _leading(product, size, keep):
    """All eigenvalues of a symmetric matrix, descending, and the vectors of the leading ones."""
    if keep == 0:
        values, vectors = scipy.linalg.eigvalsh(product, overwrite_a=True, check_finite=False), None
    else:
        values, vectors = scipy.linalg.eigh(product, overwrite_a=True, check_finite=False, driver="evd")
        vectors = vectors[:, ::-1][:, :keep].copy()
    return np.maximum(values[::-1][:size], 0.0), vectors


def _scores_and_loadings(rows, squares, axes, dual):
    """Coordinates on the leading components and the components, with a fixed sign."""
    n, d = rows.n_structures, rows.n_columns
    if axes is None:
        return np.empty((n, 0)), np.empty((0, d))
    axes = axes[:, squares[: axes.shape[1]] > 0]
    lengths = np.sqrt(squares[: axes.shape[1]])
    if dual:
        scores, loadings = axes * lengths, np.zeros((axes.shape[1], d))
        for start, stop in rows.spans():
            loadings += (axes[start:stop] / lengths).T @ rows.read(start, stop)
    else:
        scores, loadings = np.empty((n, axes.shape[1])), axes.T.copy()
        for start, stop in rows.spans():
            scores[start:stop] = rows.read(start, stop) @ axes
    signs = _signs(loadings)
    return scores * signs, loadings * signs[:, None]


def _signs(loadings: np.ndarray) -> np.ndarray:
    """Signs that make each component's largest element positive, the first of several equal ones."""
    signs = np.ones(len(loadings))
    for number, row in enumerate(loadings):
        size = np.abs(row)
        largest = np.argmax(size >= size.max() * (1 - 1e-6))
        signs[number] = -1.0 if row[largest] < 0 else 1.0
    return signs


def _without_variance(rows: _Rows, flag: str) -> Spectrum:
    n, d = rows.n_structures, rows.n_columns
    zeros = np.zeros(max(min(n - 1, d), 0))
    return Spectrum(
        flag=flag,
        n_structures=n,
        n_columns=d,
        eigenvalues=zeros,
        singular_values=zeros,
        rank=0,
        scores=np.empty((n, 0)),
        loadings=np.empty((0, d)),
        mean=rows.mean,
        scale=rows.scale,
        quality={},
    )
