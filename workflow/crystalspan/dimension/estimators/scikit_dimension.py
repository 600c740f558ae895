"""Estimators of the library scikit-dimension (an optional extra), guarded against their known failures."""

import dataclasses
import math
import warnings
from types import ModuleType

import numpy as np

from crystalspan.dimension.estimators.estimate import NOTHING, Evaluation
from crystalspan.errors import InputError
from crystalspan.points.neighbours import Neighbours


def scikit_dimension() -> ModuleType:
    """The module of estimators of scikit-dimension.

    Raises
    ------
    InputError
        It is not installed.
    """
    try:
        import skdim.id
    except ImportError:
        raise InputError(
            "the estimators FisherS, DANCo and TLE need the library scikit-dimension",
            remedy="pip install 'crystalspan[estimators]', or leave these estimators out",
        ) from None
    return skdim.id


def _fitted(estimator, points) -> float:
    """The estimator's dimension; NaN where it fails, since these libraries raise on small or odd samples."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return float(estimator.fit(points).dimension_)
        except (ValueError, ArithmeticError, IndexError, np.linalg.LinAlgError):
            return math.nan


def _enough(points, least: int) -> bool:
    return len(points) >= least and points.shape[1] >= 2


@dataclasses.dataclass(frozen=True)
class FisherS:
    """The dimension of the sphere on which points would be as separable by linear discriminants.

    Albergante, Bac, Zinovyev, IJCNN 2019. Its NaN for small samples becomes an invalid estimate.
    """

    name: str = dataclasses.field(default="fishers", init=False)
    needs_points: bool = dataclasses.field(default=True, init=False)
    reach: int = dataclasses.field(default=0, init=False)
    reference: str = dataclasses.field(default="10.1109/IJCNN.2019.8852450", init=False)

    def evaluate(self, neighbours: Neighbours, points: np.ndarray) -> Evaluation:
        """Estimate the dimension; `neighbours` are not used."""
        if not _enough(points, 5):
            return NOTHING
        return Evaluation(_fitted(scikit_dimension().FisherS(), points[:]), math.nan, len(points))


@dataclasses.dataclass(frozen=True)
class DANCo:
    """The dimension whose spheres have the most similar neighbour distances and angles.

    Ceruti, Bassis, Rozza, Lombardi, Casiraghi, Campadelli, Pattern Recognit. 2014, 47, 2569.

    Parameters
    ----------
    neighbours : int
        k.
    largest : int
        Largest dimension that is tried, each calibrated on random spheres: without it the estimator runs away (496
        for d = 8). A result at this value is no estimate.
    seed : int
    """

    neighbours: int
    largest: int
    seed: int
    name: str = dataclasses.field(default="danco", init=False)
    needs_points: bool = dataclasses.field(default=True, init=False)
    reference: str = dataclasses.field(default="10.1016/j.patcog.2014.02.013", init=False)

    @property
    def reach(self) -> int:
        """Order of the farthest neighbour."""
        return self.neighbours + 1

    def evaluate(self, neighbours: Neighbours, points: np.ndarray) -> Evaluation:
        """Estimate the dimension; `neighbours` are not used."""
        if not _enough(points, self.neighbours + 3):
            return NOTHING
        largest = min(self.largest, points.shape[1])
        danco = scikit_dimension().DANCo(k=self.neighbours, D=largest, random_state=self.seed)
        value = _fitted(danco, points[:])
        if value >= self.largest:
            value = math.nan
        return Evaluation(value, math.nan, len(points))


@dataclasses.dataclass(frozen=True)
class TLE:
    """The mean of the local dimensions by tight localities, for small neighbourhoods.

    Amsaleg, Chelly, Houle, Kawarabayashi, Radovanovic, Treeratanajaru, SDM 2019.

    Parameters
    ----------
    neighbours : int
        k.
    """

    neighbours: int
    name: str = dataclasses.field(default="tle", init=False)
    needs_points: bool = dataclasses.field(default=True, init=False)
    reference: str = dataclasses.field(default="10.1137/1.9781611975673.21", init=False)

    @property
    def reach(self) -> int:
        """Order of the farthest neighbour."""
        return self.neighbours

    def evaluate(self, neighbours: Neighbours, points: np.ndarray) -> Evaluation:
        """Estimate the dimension from the neighbours that were found already."""
        if not _enough(points, self.neighbours + 2) or not np.isfinite(neighbours.distance).all():
            return NOTHING
        tle = scikit_dimension().TLE()
        lists = (neighbours.distance[:, : self.neighbours], neighbours.index[:, : self.neighbours])
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            local = np.asarray(tle.fit(points[:], precomputed_knn_arrays=lists).dimension_pw_)
        local = local[np.isfinite(local)]
        return Evaluation(float(local.mean()), math.nan, len(local)) if len(local) else NOTHING
