"""Principal coordinates of a training set, the frame in which networks see points."""

import dataclasses

import numpy as np

from crystalspan.errors import InputError

# Points of more rows and columns than so many times the wanted axes have their leading axes sought by iteration.
_EXACT = 5
_ITERATIONS, _BESIDE = 6, 30


@dataclasses.dataclass(frozen=True)
class Frame:
    """A turn of the points to their principal axes, in units of the first one's deviation.

    Parameters
    ----------
    centre : (D,) float64
        Mean of the training points.
    axes : (r, D) float64
        Orthonormal rows, leading first.
    scale : float
        Standard deviation along the first axis, in the units of the points.
    deviations : (r,) float64
        Standard deviations along the axes over `scale`, descending from 1.
    """

    centre: np.ndarray
    axes: np.ndarray
    scale: float
    deviations: np.ndarray

    def coordinates(self, points: np.ndarray) -> np.ndarray:
        """Coordinates (n, r) float32 of points (n, D)."""
        return (((points - self.centre) @ self.axes.T) / self.scale).astype(np.float32)

    def points(self, coordinates: np.ndarray) -> np.ndarray:
        """Points (n, D) float64 of coordinates (n, r)."""
        return self.centre + self.scale * np.asarray(coordinates, dtype=float) @ self.axes

    def squares(self, points: np.ndarray) -> np.ndarray:
        """Squared distances (n,) float64 of points from the centre, in units of `scale`, within the frame or not."""
        return np.einsum("ij,ij->i", points - self.centre, points - self.centre) / self.scale**2


def frame_of(points: np.ndarray, most: int) -> Frame:
    """The frame of some points: all that varies, or the leading axes.

    Points of n rows lie in n - 1 dimensions: with so many axes nothing is lost.

    Parameters
    ----------
    points : (n, D) float64
    most : int
        Largest number of axes.

    Raises
    ------
    InputError
        Fewer than two different points.
    """
    points = np.asarray(points, dtype=float)
    n, columns = points.shape
    centre = points.mean(axis=0) if n else np.zeros(columns)
    centred = points - centre
    squares, axes = _axes(centred) if min(n, columns) <= _EXACT * most else _leading_axes(centred, most)
    counts = squares > 1e-12 * squares.max(initial=0.0)
    kept = min(most, int(np.count_nonzero(counts)))
    if n < 2 or kept == 0:
        raise InputError(f"{n} points that do not differ have no principal axes", remedy="give two different points")
    deviations = np.sqrt(squares[:kept] / (n - 1))
    return Frame(centre, axes[:kept], float(deviations[0]), deviations / deviations[0])


def _axes(centred):
    """Squared lengths along the principal axes, descending, and the axes as rows, by the smaller Gram matrix."""
    n, columns = centred.shape
    if columns <= n:
        squares, vectors = np.linalg.eigh(centred.T @ centred)
        order = np.argsort(squares)[::-1]
        return squares[order], vectors[:, order].T
    squares, vectors = np.linalg.eigh(centred @ centred.T)
    order = np.argsort(squares)[::-1]
    squares, vectors = squares[order], vectors[:, order]
    with np.errstate(divide="ignore", invalid="ignore"):
        axes = (vectors.T @ centred) / np.sqrt(squares)[:, None]
    return squares, np.nan_to_num(axes)


def _leading_axes(centred, most):
    """The same for the leading axes alone, by subspace iteration from a fixed start.

    Halko, Martinsson, Tropp, SIAM Rev. 2011, 53, 217, DOI 10.1137/090771806.
    """
    basis = np.random.default_rng(0).standard_normal((centred.shape[1], most + _BESIDE))
    for _ in range(_ITERATIONS):
        basis, _ = np.linalg.qr(centred.T @ (centred @ basis))
    _, values, turn = np.linalg.svd(centred @ basis, full_matrices=False)
    return values[:most] ** 2, (basis @ turn.T).T[:most]
