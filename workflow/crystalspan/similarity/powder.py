"""Powder patterns of a landscape, and their similarity that forgives peaks for being shifted a little."""

from collections.abc import Iterable

import numpy as np

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.powder import STEP, powder_pattern
from crystalspan.landscape.file import Landscape

REACH = 2.0  # degrees 2 theta


def powder_patterns(landscape: Landscape, rows: Iterable[int] | None = None) -> np.ndarray:
    """Return the powder patterns of a landscape's crystals, (s, 1001) float64, of area 100.

    `crystalspan.crystallography.powder.powder_pattern` says what they are.
    """
    patterns = []
    for row in range(len(landscape)) if rows is None else rows:
        one = landscape.structure(row)
        sites = one.fractional @ one.rotations.transpose(0, 2, 1).astype(np.float64) + one.translations[:, None]
        numbers = np.tile(one.atomic_number, len(one.rotations))
        patterns.append(powder_pattern(numbers, sites.reshape(-1, 3), cell_matrix(one.cell)))
    return np.array(patterns)


def cross_correlations(first: np.ndarray, second: np.ndarray, reach: float = REACH, step: float = STEP) -> np.ndarray:
    """Return de Gelder's similarity of powder patterns, 0 to 1, of each of one set with each of another.

    The cross-correlation of two patterns, weighted with a triangle that falls to zero at a shift of `reach`, over the
    geometric mean of the weighted autocorrelations. De Gelder, Wehrens, Hageman, J. Comput. Chem. 2001, 22, 273,
    DOI 10.1002/1096-987X(200102)22:3<273::AID-JCC1001>3.0.CO;2-0.

    Parameters
    ----------
    first : (n, p) float64
    second : (m, p) float64
        Patterns in equal steps, not all zero.
    reach, step : float, degrees 2 theta

    Returns
    -------
    (n, m) float64
    """
    first, second = np.atleast_2d(first), np.atleast_2d(second)
    blurred = _blurred(second, reach, step)
    own = np.einsum("ij,ij->i", first, _blurred(first, reach, step))
    other = np.einsum("ij,ij->i", second, blurred)
    return (first @ blurred.T) / np.sqrt(own[:, None] * other)


def _blurred(patterns, reach, step) -> np.ndarray:
    """Convolve patterns with the triangle: its sum of products with another pattern is the weighted correlation."""
    shifts = np.arange(1 - round(reach / step), round(reach / step))
    triangle = 1.0 - np.abs(shifts) * (step / reach)
    return np.array([np.convolve(pattern, triangle)[len(shifts) // 2 :][: len(pattern)] for pattern in patterns])
