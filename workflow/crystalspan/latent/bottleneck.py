"""The dimension by the bottleneck: what a network leaves unexplained of unseen rows, against its bottleneck's width."""

import dataclasses
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from crystalspan.arrays import ArrayLike
from crystalspan.latent.frames import Frame, frame_of
from crystalspan.latent.networks import NESTED
from crystalspan.latent.training import TrainingSettings, shared, train
from crystalspan.parallel import ALONE, Communicator

PCA, KERNEL_PCA = "pca", "kernel pca"
OK, LINEAR, NO_BEND, UNCERTAIN, TOO_SHORT = "ok", "linear", "no bend", "uncertain", "too short"

# A bend counts where the step to the knee lessens ln u by so much more than the step after it.
SMALLEST_BEND = 0.3
# A network's knee is its own where it bends by so much more than principal components do at the same width.
BEYOND_LINEAR = 0.2
# Errors of the mean by which a bend must exceed nothing.
_ERRORS = 2.0
# Below this share single precision leaves nothing to be told.
_LEAST = 1e-6
# Rows that kernel PCA is fitted to, at most: its cost grows with their cube.
_MOST_KERNEL_ROWS = 1500
# Ridges of kernel PCA's way back to points, in the kernel of a point with itself: that with the least error of rows
# left out one by one is taken.
_RIDGES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)


class Knee(NamedTuple):
    """Where a curve of unexplained variance bends most.

    Attributes
    ----------
    width : int
        Bottleneck at the largest second difference of ln u; 0 where there is none.
    bend : float
        That difference, mean over seeds.
    error : float
        Its standard error over seeds; NaN for a single one.
    flag : str
        ``ok``; ``linear`` (principal components bend as much: the covariance alone says the same, and a normal cloud
        would do), ``no bend`` (below `SMALLEST_BEND`: no width is marked out), ``uncertain`` (within its error, or
        seeds disagree by more than one), ``too short`` (fewer than three widths in a row).
    """

    width: int
    bend: float
    error: float
    flag: str


@dataclasses.dataclass(frozen=True)
class Curve:
    """Unexplained variance of held-out rows against the bottleneck's width.

    Parameters
    ----------
    method : str
        ``pca``, ``kernel pca``, ``autoencoder``, ``variational`` or ``nested``.
    widths : (w,) int64
        Ascending.
    unexplained : (seeds, w) float64
        Squared error over squared distance from the held-out rows' own mean, sums over them: the same unit whatever was
        trained on. Above 1 a method is worse than that mean.
    knee : Knee
    """

    method: str
    widths: np.ndarray
    unexplained: np.ndarray
    knee: Knee

    @property
    def mean(self) -> np.ndarray:
        """Geometric mean over seeds (w,)."""
        return np.exp(np.log(np.maximum(self.unexplained, 1e-300)).mean(axis=0))

    @property
    def spread(self) -> np.ndarray:
        """Standard deviation over seeds of ln u (w,), the relative error of one fit; NaN for a single seed."""
        if len(self.unexplained) < 2:
            return np.full(len(self.widths), math.nan)
        return np.log(np.maximum(self.unexplained, 1e-300)).std(axis=0, ddof=1)


def knee(widths: ArrayLike, unexplained: ArrayLike, linear: ArrayLike | None = None) -> Knee:
    """The knee of a curve: the width of the largest second difference of ln u, and whether it means anything.

    Parameters
    ----------
    widths : (w,) int
        Ascending; only widths with both neighbours beside them can be the knee.
    unexplained : (seeds, w) float64
    linear : (w,) float64, optional
        What principal components leave at the same widths.
    """
    widths = np.asarray(widths, dtype=np.int64)
    logs = _logarithms(unexplained)
    inner = 1 + np.flatnonzero((np.diff(widths)[:-1] == 1) & (np.diff(widths)[1:] == 1))
    if not len(inner):
        return Knee(0, math.nan, math.nan, TOO_SHORT)
    bends = _bends(logs, inner)
    at = int(np.argmax(bends.mean(axis=0)))
    bend = float(bends[:, at].mean())
    error = float(bends[:, at].std(ddof=1) / np.sqrt(len(bends))) if len(bends) > 1 else math.nan
    apart = np.abs(widths[inner][bends.argmax(axis=1)] - widths[inner[at]]).max()
    if bend < SMALLEST_BEND:
        flag = NO_BEND
    elif linear is not None and bend < _bends(_logarithms(linear), inner)[0, at] + BEYOND_LINEAR:
        flag = LINEAR
    elif apart > 1 or bend < _ERRORS * (error if error == error else 0.0):
        flag = UNCERTAIN
    else:
        flag = OK
    return Knee(int(widths[inner[at]]), bend, error, flag)


def _logarithms(unexplained) -> np.ndarray:
    return np.log(np.maximum(np.atleast_2d(np.asarray(unexplained, dtype=float)), _LEAST))


def _bends(logarithms, inner) -> np.ndarray:
    return logarithms[:, inner - 1] - 2 * logarithms[:, inner] + logarithms[:, inner + 1]


@dataclasses.dataclass(frozen=True)
class Task:
    """Rows to train on and rows to judge by, in a common frame.

    Parameters
    ----------
    frame : Frame
        Of the training rows.
    rows : (n, r) float32
        Training rows.
    held : (m, r) float32
        Held-out rows.
    total : float
        Squared distances of the held-out rows from their mean, summed, in units of the frame.
    outside : float
        What of it lies outside the frame: unexplained by any method.
    """

    frame: Frame
    rows: np.ndarray
    held: np.ndarray
    total: float
    outside: float

    def unexplained(self, made: np.ndarray) -> float:
        """Unexplained share of the held-out rows that a method has made (m, r)."""
        error = self.held.astype(float) - made
        return float((np.einsum("ij,ij->", error, error) + self.outside) / self.total)


def task(points: np.ndarray, held: np.ndarray, columns: int = 150) -> Task:
    """Prepare training and held-out points (n, D) and (m, D), in at most so many principal coordinates."""
    frame = frame_of(points, columns)
    rows, there = frame.coordinates(points), frame.coordinates(held)
    outside = float(frame.squares(held).sum() - np.einsum("ij,ij->", there, there, dtype=float))
    total = float(np.sum((held - held.mean(axis=0)) ** 2)) / frame.scale**2
    return Task(frame, rows, there, total, max(outside, 0.0))


def network_curve(
    work: Task,
    kind: str,
    widths: Sequence[int],
    seeds: Sequence[int],
    settings: TrainingSettings,
    communicator: Communicator = ALONE,
) -> Curve:
    """The curve of a kind of network: a fit for each width and seed, or one for each seed of a nested one.

    Parameters
    ----------
    work : Task
    kind : {"autoencoder", "variational", "nested"}
    widths, seeds : sequence of int
    settings : TrainingSettings
    communicator
        Ranks share the fits; the numbers do not depend on how many there are.
    """
    widths, seeds = [int(width) for width in widths], [int(seed) for seed in seeds]
    jobs = [(max(widths), seed) for seed in seeds] if kind == NESTED else [(w, s) for s in seeds for w in widths]

    def fit(width, seed):
        network = train(work.rows, kind, width, settings, seed)
        kept = widths if kind == NESTED else [None]
        with threadpool_limits(1, user_api="blas"):
            return [work.unexplained(network.reconstruct(work.held, k)) for k in kept]

    found = np.array(shared(communicator, jobs, fit)).reshape(len(seeds), len(widths))
    return Curve(kind, np.array(widths), found, knee(widths, found, _pca_unexplained(work, np.array(widths))))


def pca_curve(work: Task, widths: ArrayLike) -> Curve:
    """The curve of principal components fitted to the training rows."""
    widths = np.asarray(widths, dtype=np.int64)
    found = _pca_unexplained(work, widths)[None]
    return Curve(PCA, widths, found, knee(widths, found))


def _pca_unexplained(work, widths) -> np.ndarray:
    squares = np.cumsum(np.einsum("ij,ij->j", work.held, work.held, dtype=float))
    left = squares[-1] - squares[np.minimum(widths, len(squares)) - 1]
    return (left + work.outside) / work.total


def kernel_pca_curve(work: Task, widths: ArrayLike, width: float = 1.0) -> Curve:
    """The curve of kernel PCA, its way back to points by ridge regression on the scores.

    Schoelkopf, Smola, Mueller, Neural Comput. 1998, 10, 1299, DOI 10.1162/089976698300017467; the way back as Bakir,
    Weston, Schoelkopf, NIPS 2003, with the kernel of the scores. Gaussian kernel, fitted to evenly chosen rows where
    there are many.

    Parameters
    ----------
    work : Task
    widths : (w,) int
    width : float
        Standard deviation of the Gaussians, in median distances (of rows, and of scores).
    """
    widths = np.asarray(widths, dtype=np.int64)
    chosen = np.unique(np.linspace(0, len(work.rows) - 1, min(len(work.rows), _MOST_KERNEL_ROWS)).astype(int))
    rows = work.rows[chosen].astype(float)
    kernel, across = _kernels(rows, work.held.astype(float), width)
    mean, all_mean = kernel.mean(axis=0), kernel.mean()
    values, vectors = np.linalg.eigh(kernel - mean - mean[:, None] + all_mean)
    values, vectors = values[::-1], vectors[:, ::-1]
    most = min(int(widths.max()), int(np.count_nonzero(values > 1e-10 * values[0])))
    vectors = vectors[:, :most] / np.sqrt(values[:most])
    scores = (kernel - mean - mean[:, None] + all_mean) @ vectors
    held = (across - mean - across.mean(axis=1)[:, None] + all_mean) @ vectors
    found = []
    for k in np.minimum(widths, most):
        own, other = _kernels(scores[:, :k], held[:, :k], width)
        found.append(work.unexplained(other @ _ridge_weights(own, rows)))
    return Curve(KERNEL_PCA, widths, np.array(found)[None], knee(widths, found, _pca_unexplained(work, widths)))


def _ridge_weights(kernel, rows) -> np.ndarray:
    """Weights of kernel ridge regression, the ridge by leave-one-out errors, which need no further fits."""
    values, vectors = np.linalg.eigh(kernel)
    values, turned = np.maximum(values, 0.0), vectors.T @ rows
    errors = []
    for ridge in _RIDGES:
        kept = values / (values + ridge)
        left = rows - vectors @ (kept[:, None] * turned)
        errors.append(np.sum((left / (1 - vectors**2 @ kept)[:, None]) ** 2))
    return vectors @ (turned / (values + _RIDGES[int(np.argmin(errors))])[:, None])


def _kernels(rows, others, width):
    """Gaussian kernels of rows with each other and of other rows with them."""
    own, other = _squares(rows, rows), _squares(others, rows)
    np.fill_diagonal(own, 0.0)
    deviation2 = width**2 * np.median(own[own > 1e-12 * own.max()])
    return np.exp(-own / (2 * deviation2)), np.exp(-other / (2 * deviation2))


def _squares(first, second):
    squares = np.sum(first**2, axis=1)[:, None] + np.sum(second**2, axis=1) - 2 * first @ second.T
    return np.maximum(squares, 0.0)
