"""The symmetry functions themselves, one distance or angle at a time: what the figures draw.

The kernel does not call these: they are the formulas as printed.
"""

import numpy as np

from crystalspan.arrays import ArrayLike


def cutoff_function(distance: ArrayLike, cutoff: float) -> np.ndarray:
    """Return (1 + cos(pi R/R_c))/2, and 0 beyond the cutoff.

    Behler, Parrinello, Phys. Rev. Lett. 2007, 98, 146401, eq. 4, DOI 10.1103/PhysRevLett.98.146401.

    Parameters
    ----------
    distance : (...) float, angstrom
    cutoff : float, angstrom
    """
    distance = np.asarray(distance, dtype=np.float64)
    return np.where(distance < cutoff, 0.5 * (1.0 + np.cos(np.pi * distance / cutoff)), 0.0)


def radial_terms(distance: ArrayLike, eta: float, shifts: ArrayLike, cutoff: float) -> np.ndarray:
    """Return what one neighbour adds to each radial function, exp(-eta (R - R_m)^2) f_c(R).

    Smith, Isayev, Roitberg, Chem. Sci. 2017, 8, 3192, eq. 3, DOI 10.1039/C6SC05720A.

    Parameters
    ----------
    distance : (n,) float, angstrom
    eta : float, 1/angstrom^2
    shifts : (m,) float, angstrom
    cutoff : float, angstrom

    Returns
    -------
    (m, n) float64
    """
    distance = np.asarray(distance, dtype=np.float64)
    shifts = np.asarray(shifts, dtype=np.float64)[:, None]
    return np.exp(-eta * (distance - shifts) ** 2) * cutoff_function(distance, cutoff)


def modified_angular_terms(theta: ArrayLike, zeta: float, theta_shifts: ArrayLike) -> np.ndarray:
    """Return the angular factor of a pair of neighbours, 2^(1-zeta) (1 + cos(theta - theta_n))^zeta.

    Smith, Isayev, Roitberg, Chem. Sci. 2017, 8, 3192, eq. 4, DOI 10.1039/C6SC05720A.

    Parameters
    ----------
    theta : (n,) float, radian
        Angle between the two neighbours, seen from the centre.
    zeta : float
    theta_shifts : (m,) float, radian

    Returns
    -------
    (m, n) float64
    """
    shifts = np.asarray(theta_shifts, dtype=np.float64)[:, None]
    return 2.0 * (0.5 * (1.0 + np.cos(np.asarray(theta, dtype=np.float64) - shifts))) ** zeta


def original_angular_terms(theta: ArrayLike, zetas: ArrayLike, signs: ArrayLike = (-1, 1)) -> np.ndarray:
    """Return the angular factor of Behler and Parrinello, 2^(1-zeta) (1 + lambda cos theta)^zeta.

    Phys. Rev. Lett. 2007, 98, 146401, eq. 6, DOI 10.1103/PhysRevLett.98.146401. Only zeta sharpens it; its maximum
    stays at 0 or pi, which is what the shifts theta_n of the modified function mend.

    Parameters
    ----------
    theta : (n,) float, radian
    zetas : (m,) float
    signs : (s,) float
        Values of lambda: +1 has its maximum at 0, -1 at pi.

    Returns
    -------
    (s, m, n) float64
    """
    zetas = np.asarray(zetas, dtype=np.float64)[:, None]
    signs = np.asarray(signs, dtype=np.float64)[:, None, None]
    return 2.0 * (0.5 * (1.0 + signs * np.cos(np.asarray(theta, dtype=np.float64)))) ** zetas
