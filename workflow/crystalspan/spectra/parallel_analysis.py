"""Parallel analysis: components that stand out from those of columns without any relation to each other."""

import dataclasses

import numpy as np
import scipy.linalg

from crystalspan.errors import InputError


@dataclasses.dataclass(frozen=True, eq=False)
class ParallelAnalysis:
    """The components that stand out, and what they were compared with.

    Parameters
    ----------
    components : int
        Leading eigenvalues above the level.
    level : (min(N - 1, D),) float64
        Quantile of each eigenvalue of the permuted data (ddof 1), descending.
    """

    components: int
    level: np.ndarray


def parallel_analysis(values: np.ndarray, permutations: int, quantile: float, seed: int) -> ParallelAnalysis:
    """Count the leading eigenvalues above those of the same columns, each permuted on its own.

    Horn, Psychometrika 1965, 30, 179, DOI 10.1007/BF02289447; permutations after Buja, Eyuboglu, Multivar. Behav. Res.
    1992, 27, 509, DOI 10.1207/s15327906mbr2704_2. Each permutation costs min(N, D)^2 max(N, D) operations and needs
    one N x D copy (of one block of columns where N <= D).

    Parameters
    ----------
    values : (N, D) float64
        Descriptors themselves, not principal coordinates, whose columns are unrelated already.
    permutations : int
        At least 1 / (1 - quantile).
    quantile : float
        Such as 0.95.
    seed : int

    Raises
    ------
    InputError
        Too few permutations for the quantile.
    """
    if permutations * (1 - quantile) < 1 - 1e-9:
        raise InputError(
            f"{permutations} permutations do not reach the quantile {quantile:g}",
            remedy=f"take at least {round(1 / (1 - quantile))}",
        )
    values = np.asarray(values, dtype=float)
    n, d = values.shape
    size = max(min(n - 1, d), 0)
    if size == 0:
        return ParallelAnalysis(0, np.zeros(size))
    generator = np.random.default_rng(seed)
    centred = values - values.mean(axis=0)
    permuted = np.array([_spectrum(centred, size, generator) for _ in range(permutations)])
    level = np.quantile(permuted, quantile, axis=0)
    above = _spectrum(centred, size, None) > level * (1 + 1e-9)
    return ParallelAnalysis(int(size if above.all() else np.argmin(above)), level)


def _spectrum(centred, size, generator) -> np.ndarray:
    """Eigenvalues of centred data, its columns permuted where a generator is given."""
    n, d = centred.shape
    if n > d:
        data = centred if generator is None else generator.permuted(centred, axis=0)
        product = data.T @ data
    else:
        product = np.zeros((n, n))
        for start in range(0, d, n):
            block = centred[:, start : start + n]
            if generator is not None:
                block = generator.permuted(block, axis=0)
            product += block @ block.T
    values = scipy.linalg.eigvalsh(product, overwrite_a=True, check_finite=False)
    return np.maximum(values[::-1][:size], 0.0) / (n - 1)
