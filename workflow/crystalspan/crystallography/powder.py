"""Powder diffraction patterns, and crystals told apart by them.

The rule is mol-CSPy's: two crystals are the same when lattice energies, densities and simulated powder patterns agree,
patterns by their cosine and then by constrained dynamic time warping, which forgives small shifts of peaks. What that
rule leaves open is fixed here: the wavelength of its .res files and the range, width and scale of the patterns. A
pattern's area is 100, so that a difference of 10 is a tenth of the scattered intensity.
"""

import functools

import gemmi
import numpy as np

from crystalspan.arrays import ArrayLike
from crystalspan.crystallography import _powder

WAVELENGTH = 0.7  # angstrom, that of the CELL lines of mol-CSPy
LARGEST_ANGLE = 20.0  # degrees 2 theta; d = 2.0 angstrom
STEP = 0.02
WIDTH = 0.05  # standard deviation of a peak, degrees
SMALLEST_COSINE = 0.8
BAND = 10  # points by which a peak may be shifted: 0.2 degrees


def powder_pattern(atomic_numbers: ArrayLike, sites: ArrayLike, matrix: ArrayLike) -> np.ndarray:
    """Return the powder pattern of a crystal, of area 100, from 0 to 20 degrees 2 theta in steps of 0.02.

    I(hkl) = |F|^2 (1 + cos^2 2 theta) / (sin^2 theta cos theta), F of resting atoms with the form factors of the
    International Tables (1992), vol. C, table 6.1.1.4; peaks are Gaussians.

    Parameters
    ----------
    atomic_numbers : (n,) int
    sites : (n, 3) float64
        Every atom of the cell once, fractional.
    matrix : (3, 3) float64, angstrom
        Edges as rows.

    Returns
    -------
    (1001,) float64
    """
    elements, kind = np.unique(atomic_numbers, return_inverse=True)
    length, square = _powder.reflections(
        np.ascontiguousarray(sites, dtype=np.float64),
        kind,
        np.ascontiguousarray(matrix, dtype=np.float64),
        _form_factors(tuple(elements.tolist())),
        2.0 * np.sin(np.radians(LARGEST_ANGLE / 2.0)) / WAVELENGTH,
    )
    pattern = np.zeros(round(LARGEST_ANGLE / STEP) + 1)
    _powder.add_peaks(length, square, WAVELENGTH, STEP, WIDTH, pattern)
    total = pattern.sum()
    return pattern * (100.0 / total) if total > 0 else pattern


@functools.cache
def _form_factors(elements: tuple) -> np.ndarray:
    tables = [gemmi.Element(number).it92 for number in elements]
    return np.array([[*table.a, *table.b, table.c] for table in tables])


def first_alike(
    energy: ArrayLike,
    density: ArrayLike,
    patterns: ArrayLike,
    energy_window: float,
    density_window: float,
    limit: float,
) -> np.ndarray:
    """Return for each crystal the first one that it equals by mol-CSPy's rule, itself when it is new.

    Parameters
    ----------
    energy : (n,) float64, kJ/mol, ascending
    density : (n,) float64, g/cm3
    patterns : (n, p) float64
        As from `powder_pattern`.
    energy_window, density_window : float
    limit : float
        Of the difference along the best warping; patterns have an area of 100.

    Returns
    -------
    (n,) int64
    """
    patterns = np.ascontiguousarray(patterns, dtype=np.float64)
    return _powder.pattern_representatives(
        np.asarray(energy, dtype=np.float64),
        np.asarray(density, dtype=np.float64),
        patterns,
        np.linalg.norm(patterns, axis=1),
        energy_window,
        density_window,
        SMALLEST_COSINE,
        BAND,
        limit,
    )
