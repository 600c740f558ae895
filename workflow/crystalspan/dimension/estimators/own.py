"""Estimators of the intrinsic dimension from distances to nearest neighbours."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq

from crystalspan.arrays import Integers
from crystalspan.dimension.estimators.estimate import NOTHING, Evaluation
from crystalspan.points.neighbours import Neighbours

# Neighbourhoods that local PCA looks at.
_CENTRES = 3000


def _log_ratios(distances, near: int, far: int) -> np.ndarray:
    """ln(r_far / r_near) of the points where it is above zero: zero and tied distances say nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.log(distances[:, far - 1] / distances[:, near - 1])
    return ratios[np.isfinite(ratios) & (ratios > 0)]


@dataclasses.dataclass(frozen=True)
class TwoNN:
    """The dimension from the ratio of the distances to the second and the first neighbour, by maximum likelihood.

    The ratio is Pareto distributed, so that d = (n - 1) / sum ln(r_2 / r_1) (unbiased). Facco, d'Errico, Rodriguez,
    Laio, Sci. Rep. 2017, 7, 12140.
    """

    name: str = dataclasses.field(default="twonn", init=False)
    needs_points: bool = dataclasses.field(default=False, init=False)
    reach: int = dataclasses.field(default=2, init=False)
    reference: str = dataclasses.field(default="10.1038/s41598-017-11873-y", init=False)

    def evaluate(self, neighbours: Neighbours, points: np.ndarray | None = None) -> Evaluation:
        """Estimate the dimension; `points` is not used."""
        ratios = _log_ratios(neighbours.distance, 1, 2)
        n = len(ratios)
        if n < 3:
            return NOTHING
        value = (n - 1) / ratios.sum()
        # The value is inverse-gamma distributed.
        return Evaluation(float(value), float(value / math.sqrt(n - 2)), n)


@dataclasses.dataclass(frozen=True)
class TwoNNFit:
    """TwoNN by the straight line through the origin of -ln(1 - F) against ln(r_2 / r_1).

    Facco, d'Errico, Rodriguez, Laio, Sci. Rep. 2017, 7, 12140, the paper's own recipe.

    Parameters
    ----------
    discarded : float
        Share of the largest ratios that is left out, where the density varies; at least 1/n is.
    """

    discarded: float
    name: str = dataclasses.field(default="twonn_fit", init=False)
    needs_points: bool = dataclasses.field(default=False, init=False)
    reach: int = dataclasses.field(default=2, init=False)
    reference: str = dataclasses.field(default="10.1038/s41598-017-11873-y", init=False)

    def evaluate(self, neighbours: Neighbours, points: np.ndarray | None = None) -> Evaluation:
        """Estimate the dimension; `points` is not used."""
        ratios = np.sort(_log_ratios(neighbours.distance, 1, 2))
        n = len(ratios)
        kept = min(int(n * (1 - self.discarded)), n - 1)
        if kept < 3:
            return NOTHING
        x, y = ratios[:kept], -np.log1p(-np.arange(1, kept + 1) / n)
        return Evaluation(float(x @ y / (x @ x)), math.nan, n)


@dataclasses.dataclass(frozen=True)
class Gride:
    """The dimension from the ratio of the distances to neighbours 2n and n: the larger n, the larger the scale.

    The likelihood of mu = r_2n / r_n is d (mu^d - 1)^(n - 1) mu^(-(2n - 1) d - 1) / B(n, n). Denti, Doimo, Laio, Mira,
    Sci. Rep. 2022, 12, 20005. With (N - 1) ln d in place of N ln d, n = 1 is TwoNN.

    Parameters
    ----------
    order : int
        n, the order of the nearer neighbour.
    """

    order: int
    name: str = dataclasses.field(default="gride", init=False)
    needs_points: bool = dataclasses.field(default=False, init=False)
    reference: str = dataclasses.field(default="10.1038/s41598-022-20991-1", init=False)

    @property
    def reach(self) -> int:
        """Order of the farther neighbour."""
        return 2 * self.order

    def evaluate(self, neighbours: Neighbours, points: np.ndarray | None = None) -> Evaluation:
        """Estimate the dimension; `points` is not used."""
        ratios = _log_ratios(neighbours.distance, self.order, self.reach)
        n, total = len(ratios), ratios.sum()
        if n < 3:
            return NOTHING

        def slope(d):
            inner = np.sum(ratios / -np.expm1(-d * ratios))
            return (n - 1) / d + (self.order - 1) * inner - (2 * self.order - 1) * total

        # The inner sum is never below `total`, nor the slope below zero at `low`.
        low = (n - 1) / (self.order * total) * (1 - 1e-9)
        high = 2 * low
        while slope(high) > 0:
            high *= 2
        value = brentq(slope, low, high, xtol=1e-12, rtol=1e-12)
        with np.errstate(over="ignore"):
            curvature = (ratios / (2 * np.sinh(value * ratios / 2))) ** 2
        information = n / value**2 + (self.order - 1) * curvature.sum()
        return Evaluation(float(value), float(1 / math.sqrt(information)), n)


@dataclasses.dataclass(frozen=True)
class LevinaBickel:
    """The maximum-likelihood dimension from k neighbours, inverse values averaged over the structures.

    1/d = mean over the structures of 1/(k - 1) sum_j ln(r_k / r_j). Levina, Bickel, NIPS 17, 2004; the average of
    MacKay and Ghahramani, 2005.

    Parameters
    ----------
    neighbours : int
        k, at least 3.
    """

    neighbours: int
    name: str = dataclasses.field(default="mle", init=False)
    needs_points: bool = dataclasses.field(default=False, init=False)
    reference: str = dataclasses.field(default="Levina, Bickel, NIPS 17, 2004; MacKay, Ghahramani, 2005", init=False)

    @property
    def reach(self) -> int:
        """Order of the farthest neighbour."""
        return self.neighbours

    def evaluate(self, neighbours: Neighbours, points: np.ndarray | None = None) -> Evaluation:
        """Estimate the dimension; `points` is not used."""
        inverse = _inverse_dimensions(neighbours.distance, self.neighbours)
        inverse = inverse[np.isfinite(inverse)]
        n = len(inverse)
        if n < 2 or inverse.sum() <= 0:
            return NOTHING
        value = 1 / inverse.mean()
        return Evaluation(float(value), float(value / math.sqrt(n * (self.neighbours - 1))), n)

    def local(self, neighbours: Neighbours) -> np.ndarray:
        """The dimension around each structure, unbiased for uniform density (k - 2 in place of k - 1).

        Returns
        -------
        (n,) float64
            Its relative standard error is about 1/sqrt(k - 3); NaN beside duplicates.
        """
        inverse = _inverse_dimensions(neighbours.distance, self.neighbours)
        found = np.full(len(inverse), np.nan)
        told = np.isfinite(inverse) & (inverse > 0)
        found[told] = (self.neighbours - 2) / (self.neighbours - 1) / inverse[told]
        return found


def _inverse_dimensions(distances, k: int) -> np.ndarray:
    """Mean of ln(r_k / r_j), j < k, of each point; not finite where a distance is zero or missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithms = np.log(distances[:, :k])
        return logarithms[:, k - 1] - logarithms[:, : k - 1].mean(axis=1)


@dataclasses.dataclass(frozen=True)
class LocalPCA:
    """The number of large eigenvalues of the covariance of a structure and its k neighbours, averaged.

    Large is more than a share of the largest: Fukunaga, Olsen, IEEE Trans. Comput. 1971, C-20, 176. It cannot exceed
    k, and noise or curvature within the neighbourhood count as dimensions: an upper estimate.

    Parameters
    ----------
    neighbours : int
        k.
    share : float
        Fukunaga and Olsen take 0.05.
    """

    neighbours: int
    share: float
    name: str = dataclasses.field(default="local_pca", init=False)
    needs_points: bool = dataclasses.field(default=True, init=False)
    reference: str = dataclasses.field(default="10.1109/T-C.1971.223208", init=False)

    @property
    def reach(self) -> int:
        """Order of the farthest neighbour."""
        return self.neighbours

    def evaluate(self, neighbours: Neighbours, points: np.ndarray) -> Evaluation:
        """Estimate the dimension; of more than 3,000 structures, evenly spaced ones are looked at."""
        return self.evaluate_subsets(neighbours, points, [np.arange(len(points))])[0]

    def evaluate_subsets(
        self, neighbours: Neighbours, points: np.ndarray, subsets: Sequence[Integers]
    ) -> list[Evaluation]:
        """Estimate the dimension from each of several subsets of the points, every neighbourhood read once.

        Parameters
        ----------
        neighbours : Neighbours
            Of all points, lists long enough (`neighbours.thinning_reach`).
        points : (n, r) float64
        subsets : list of (m,) int
        """
        n = len(points)
        centres = np.unique(np.linspace(0, n - 1, min(n, _CENTRES)).round().astype(int))
        taken = np.zeros((len(subsets), n), dtype=bool)
        for members, subset in zip(taken, subsets, strict=True):
            members[subset] = True
        found = np.full((len(subsets), len(centres)), np.nan)
        for column, centre in enumerate(centres):
            mine = np.flatnonzero(taken[:, centre])
            others = neighbours.index[centre]
            found[mine, column] = self._patches(points, centre, others, taken[mine][:, others])
        told = [row[np.isfinite(row)] for row in found]
        return [Evaluation(float(row.mean()), math.nan, len(row)) if len(row) else NOTHING for row in told]

    def local(self, neighbours: Neighbours, points: np.ndarray) -> np.ndarray:
        """The dimension around each structure, (n,) float64; NaN where all neighbours are the same."""
        index = neighbours.index[:, : self.neighbours]
        every = np.ones((1, index.shape[1]), dtype=bool)
        return np.array([self._patches(points, centre, others, every)[0] for centre, others in enumerate(index)])

    def _patches(self, points, centre, others, taken) -> np.ndarray:
        """Large eigenvalues of a point and the nearest k of those others that each row takes; NaN for too few."""
        found = np.full(len(taken), np.nan)
        enough = np.count_nonzero(taken, axis=1) >= self.neighbours
        if not enough.any():
            return found
        differences = points[others] - points[centre]
        # Products of all pairs, the centre itself (at the origin) last.
        products = np.pad(differences @ differences.T, (0, 1))
        nearest = np.argsort(~taken[enough], axis=1, kind="stable")[:, : self.neighbours]
        nearest = np.pad(nearest, ((0, 0), (0, 1)), constant_values=len(others))
        patches = products[nearest[:, :, None], nearest[:, None, :]]
        means = patches.mean(axis=1, keepdims=True)
        patches = patches - means - means.transpose(0, 2, 1) + means.mean(axis=2, keepdims=True)
        values = np.linalg.eigvalsh(patches)
        large = np.count_nonzero(values > self.share * values[:, -1:], axis=1)
        found[enough] = np.where(values[:, -1] > 0, large, np.nan)
        return found
