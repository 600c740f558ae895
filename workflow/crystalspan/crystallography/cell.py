"""Unit cells: parameters, matrices, volumes, plane spacings, densities."""

import numpy as np

from crystalspan.arrays import ArrayLike

AVOGADRO = 6.02214076e23
# g/cm3 of one atomic mass unit per cubic angstrom.
_G_CM3_PER_AMU_A3 = 1e24 / AVOGADRO


def cell_matrix(parameters: ArrayLike) -> np.ndarray:
    """Return the cell's edge vectors as rows, a along x and b in the xy plane.

    Parameters
    ----------
    parameters : (..., 6) float
        a, b, c in angstrom and alpha, beta, gamma in degrees.

    Returns
    -------
    (..., 3, 3) float64
        Rows a, b, c in angstrom. Impossible angles give NaN.
    """
    parameters = np.asarray(parameters, dtype=np.float64)
    a, b, c = np.moveaxis(parameters[..., :3], -1, 0)
    cosines = np.cos(np.radians(parameters[..., 3:]))
    # cos(90 degrees) is 6e-17: an orthogonal cell is to be exactly orthogonal.
    cosines = np.where(np.abs(cosines) < 1e-15, 0.0, cosines)
    cos_alpha, cos_beta, cos_gamma = np.moveaxis(cosines, -1, 0)
    with np.errstate(invalid="ignore"):
        sin_gamma = np.sqrt(1.0 - cos_gamma**2)
        c_y = (cos_alpha - cos_beta * cos_gamma) / sin_gamma
        c_z = np.sqrt(1.0 - cos_beta**2 - c_y**2)
    matrix = np.zeros(parameters.shape[:-1] + (3, 3))
    matrix[..., 0, 0] = a
    matrix[..., 1, 0] = b * cos_gamma
    matrix[..., 1, 1] = b * sin_gamma
    matrix[..., 2, 0] = c * cos_beta
    matrix[..., 2, 1] = c * c_y
    matrix[..., 2, 2] = c * c_z
    return matrix


def cell_parameters(matrix: ArrayLike) -> np.ndarray:
    """Return a, b, c (angstrom) and alpha, beta, gamma (degrees) of edge vectors.

    Parameters
    ----------
    matrix : (..., 3, 3) float
        Rows a, b, c in angstrom.

    Returns
    -------
    (..., 6) float64
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    lengths = np.linalg.norm(matrix, axis=-1)
    angles = []
    for i, j in ((1, 2), (0, 2), (0, 1)):
        cosine = np.sum(matrix[..., i, :] * matrix[..., j, :], axis=-1) / (lengths[..., i] * lengths[..., j])
        angles.append(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
    return np.concatenate([lengths, np.stack(angles, axis=-1)], axis=-1)


def volume(matrix: ArrayLike) -> np.ndarray:
    """Return the cell volume in cubic angstrom of edge vectors, shape (..., 3, 3)."""
    return np.abs(np.linalg.det(np.asarray(matrix, dtype=np.float64)))


def heights(matrix: ArrayLike) -> np.ndarray:
    """Return the spacings of the planes (100), (010), (001) in angstrom.

    A sphere of radius r around a point of the cell reaches ceil(r / height) cells away along each axis;
    an oblique cell has heights much smaller than its edges.

    Parameters
    ----------
    matrix : (..., 3, 3) float
        Rows a, b, c in angstrom.

    Returns
    -------
    (..., 3) float64
    """
    inverse = np.linalg.inv(np.asarray(matrix, dtype=np.float64))
    return 1.0 / np.linalg.norm(inverse, axis=-2)


def density(mass: float | np.ndarray, cell_volume: float | np.ndarray) -> float | np.ndarray:
    """Return the density in g/cm3 of a mass (atomic mass units) in a volume (cubic angstrom)."""
    return np.asarray(mass) / np.asarray(cell_volume) * _G_CM3_PER_AMU_A3
