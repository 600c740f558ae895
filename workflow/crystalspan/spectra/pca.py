"""Principal component analysis of a landscape's descriptors, of any size."""

import dataclasses

import numpy as np

from crystalspan.arrays import Floats
from crystalspan.parallel import ALONE, Communicator, add_up, each
from crystalspan.points.descriptors import ArrayDescriptors, Descriptors
from crystalspan.spectra.exact import leading_and_all
from crystalspan.spectra.plan import GRAM, RANDOMIZED
from crystalspan.spectra.randomized import leading_spectrum
from crystalspan.spectra.rows import PreparedRows
from crystalspan.spectra.settings import SpectrumSettings, every_component

_EPS = np.finfo(float).eps
EXACT = "exact"
# An estimate is good where its error is at most this share of it.
_GOOD = 0.01

# Why a spectrum may hold fewer components than one expects.
OK, EMPTY, SINGLE, PAIR, IDENTICAL = "ok", "empty", "single", "pair", "identical"


@dataclasses.dataclass(frozen=True)
class Spectrum:
    """The principal components of one set of structures.

    Parameters
    ----------
    flag : str
        ``ok``, ``empty`` (no structure), ``single`` (one), ``pair`` (two) or ``identical`` (all the same).
    method : str
        ``exact`` (every eigenvalue, r = min(N - 1, D)) or ``randomized`` (the r leading ones, estimated).
    n_structures, n_columns : int
        N and D, after pooling.
    eigenvalues : (r,) float64
        Variances along the components (ddof 1), descending, in squared descriptor units.
    eigenvalue_errors : (r,) float64
        The true eigenvalues lie between the eigenvalues and these sums of eigenvalue and error; 0 where exact.
    total_variance : float
        Sum of all eigenvalues, known without error also where only the leading ones are.
    singular_values : (r,) float64
        Of the centred (and scaled) N x D matrix.
    rank : int
        Number of eigenvalues above rounding, l > l_1 max(N, D) eps; those below are set to zero. Where
        `method` is randomized, of those that were sought.
    scores : (N, k) float64
        Coordinates of the structures on the k leading components.
    loadings : (k, D) float64
        The leading components, unit vectors; the largest element of each is positive.
    mean, scale : (D,) float64
        What was subtracted from, and divided out of, each column; a constant column has scale inf.
    """

    flag: str
    method: str
    n_structures: int
    n_columns: int
    eigenvalues: np.ndarray
    eigenvalue_errors: np.ndarray
    total_variance: float
    singular_values: np.ndarray
    rank: int
    scores: np.ndarray
    loadings: np.ndarray
    mean: np.ndarray
    scale: np.ndarray

    @property
    def variance_shares(self) -> np.ndarray:
        """Cumulative shares of the variance, (r,) float64."""
        return cumulative_shares(self.eigenvalues, self.total_variance)

    def describe(self) -> str:
        """Number of structures, rank, and how far to believe the eigenvalues, in a line."""
        text = f"{self.n_structures} structures ({self.flag}), rank {self.rank}"
        if self.method == EXACT:
            return text
        good = int(good_estimates(self.eigenvalues, self.eigenvalue_errors).sum())
        return (
            f"{text}; too large for every eigenvalue within memory_mib: {len(self.eigenvalues)} leading ones "
            f"estimated, {good} of them to 1 %"
        )

    @property
    def singular_value_shares(self) -> np.ndarray:
        """Cumulative shares of the sum of singular values, (r,) float64; NaN where not all of them are known."""
        return cumulative_shares(self.singular_values, None if self.method == EXACT else np.nan)


def cumulative_shares(values: np.ndarray, total: float | None = None) -> np.ndarray:
    """Running share of the total that the leading values make up; zeros where the total is zero.

    Parameters
    ----------
    values : (r,) float64
        Non-negative, descending.
    total : float, optional
        Of all values, where these are only the leading ones; NaN where it is not known.
    """
    values = np.asarray(values, dtype=float)
    total = values.sum() if total is None else total
    return np.zeros_like(values) if total == 0 else np.cumsum(values) / total


def good_estimates(eigenvalues: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Whether each eigenvalue is known to 1 %, (r,) bool."""
    return errors <= _GOOD * eigenvalues


def spectrum(
    descriptors: Descriptors | Floats,
    settings: SpectrumSettings,
    vectors: bool = True,
    communicator: Communicator = ALONE,
) -> Spectrum | None:
    """Principal components of a set of crystal structures, mean-centred, in bounded memory.

    The eigenvalues come from the N x N Gram matrix of the centred rows where N <= D, from the D x D
    covariance otherwise; both are summed from blocks of rows, so the descriptors are never in memory as a
    whole. Centring before the products keeps the relative error of a singular value s at about eps (s_1 /
    s)^2. Where neither matrix fits into the memory, the leading components are found from random trial
    vectors, with bounds of their errors (`randomized.leading_spectrum`).

    Parameters
    ----------
    descriptors : JoinedDescriptors, ArrayDescriptors or (N, D) float64
        Structures in the order of energy.
    settings : SpectrumSettings
        Preparation, memory, and number of components kept.
    vectors : bool
        False leaves out scores and loadings.
    communicator
        From `crystalspan.parallel.world`; its ranks share the structures, and all call this together.

    Returns
    -------
    Spectrum or None
        None on ranks other than 0.

    Raises
    ------
    InputError
        The memory is too small for the solver, or descriptors are not finite numbers.
    """
    if isinstance(descriptors, np.ndarray):
        descriptors = ArrayDescriptors(descriptors)
    rows = PreparedRows(descriptors, settings, communicator)
    n, d = rows.n_structures, rows.n_columns
    if n < 2 or rows.all_alike:
        return _without_variance(rows, EMPTY if n == 0 else SINGLE if n == 1 else IDENTICAL)
    squares, errors, axes = _decomposed(rows, settings.scores if vectors else 0)
    scores, loadings = _scores_and_loadings(rows, *communicator.bcast((axes, squares), root=0))
    if communicator.rank != 0:
        return None
    estimated = rows.plan.method == RANDOMIZED
    total = rows.total_square if estimated else squares.sum()
    return Spectrum(
        flag=PAIR if n == 2 else OK,
        method=RANDOMIZED if estimated else EXACT,
        n_structures=n,
        n_columns=d,
        eigenvalues=squares / (n - 1),
        eigenvalue_errors=errors / (n - 1),
        total_variance=float(total / (n - 1)),
        singular_values=np.sqrt(squares),
        rank=int(np.count_nonzero(squares)),
        scores=scores,
        loadings=loadings,
        mean=rows.mean,
        scale=rows.scale,
    )


def all_scores(values: np.ndarray) -> np.ndarray:
    """Coordinates of structures on all their principal components: fewer columns, the same distances.

    Other than `points.neighbours.principal_coordinates` the leading component comes first, with the signs of
    `spectrum`, whichever of N and D is larger.

    Parameters
    ----------
    values : (N, D) float64
        Prepared vectors.

    Returns
    -------
    (N, rank) float64
    """
    found = spectrum(values, every_component(len(values)))
    assert found is not None  # a process alone is rank 0
    return found.scores


def _decomposed(rows: PreparedRows, keep: int):
    """Squares of the singular values, their errors, and at most `keep` axes with variance; None but on rank 0."""
    n, d = rows.n_structures, rows.n_columns
    size = min(n - 1, d)
    if rows.plan.method == RANDOMIZED:
        squares, errors, axes = leading_spectrum(rows, min(rows.settings.randomized_components, size))
    else:
        squares, axes = leading_and_all(rows, min(keep, size))
        errors = np.zeros(size)
    if squares is None or axes is None:  # on ranks other than 0
        return None, None, None
    squares[squares <= squares[0] * max(n, d) * _EPS] = 0.0
    return squares, errors, axes[:, : min(keep, np.count_nonzero(squares))]


def _scores_and_loadings(rows: PreparedRows, axes: np.ndarray, squares: np.ndarray):
    """Coordinates on the leading components and the components, with a fixed sign, on rank 0.

    `axes` are the components, or, from the Gram matrix, the directions of their scores.
    """
    communicator, root = rows.communicator, rows.communicator.rank == 0
    if axes.shape[1] == 0:
        return np.empty((rows.n_structures, 0)), np.empty((0, rows.n_columns))
    if rows.plan.method == GRAM:
        lengths = np.sqrt(squares[: axes.shape[1]])
        loadings = each(communicator, lambda: _weighted_sum(rows, axes / lengths))
        add_up(communicator, loadings)
        signs = _signs(loadings)
        return (axes * lengths * signs, loadings * signs[:, None]) if root else (None, None)
    loadings = axes.T * _signs(axes.T)[:, None]
    parts = communicator.gather(each(communicator, lambda: _own_scores(rows, loadings)), root=0)
    return (None, None) if parts is None else (np.concatenate(parts), loadings)


def _weighted_sum(rows, weights):
    total = np.zeros((weights.shape[1], rows.n_columns))
    for start, stop in rows.spans(own=True):
        total += weights[start:stop].T @ rows.read(start, stop)
    return total


def _own_scores(rows, loadings):
    parts = [rows.read(*span) @ loadings.T for span in rows.spans(own=True)]
    return np.concatenate([np.empty((0, len(loadings))), *parts])


def _signs(loadings: np.ndarray) -> np.ndarray:
    """Signs that make each component's largest element positive, the first of several equal ones."""
    signs = np.ones(len(loadings))
    for number, row in enumerate(loadings):
        size = np.abs(row)
        largest = np.argmax(size >= size.max() * (1 - 1e-6))
        signs[number] = -1.0 if row[largest] < 0 else 1.0
    return signs


def _without_variance(rows: PreparedRows, flag: str) -> Spectrum | None:
    n, d = rows.n_structures, rows.n_columns
    zeros = np.zeros(max(min(n - 1, d), 0))
    if rows.communicator.rank != 0:
        return None
    return Spectrum(
        flag=flag,
        method=EXACT,
        n_structures=n,
        n_columns=d,
        eigenvalues=zeros,
        eigenvalue_errors=zeros,
        total_variance=0.0,
        singular_values=zeros,
        rank=0,
        scores=np.empty((n, 0)),
        loadings=np.empty((0, d)),
        mean=rows.mean,
        scale=rows.scale,
    )
