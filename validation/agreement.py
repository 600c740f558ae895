"""Our estimators beside those of other libraries on the same points: scikit-dimension, DADApy."""

import importlib.metadata
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from crystalspan.dimension.estimators.own import Gride, LevinaBickel, LocalPCA, TwoNN, TwoNNFit
from crystalspan.points.imbalance import information_imbalance
from crystalspan.points.neighbours import nearest_neighbours
from validation import manifolds

LIBRARIES = ("scikit-dimension", "dadapy")
_ORDERS = (1, 2, 4, 8, 16)
# Neighbourhoods in which local PCA is compared.
_PATCHES = 50


class Agreement(NamedTuple):
    """One estimate of ours and a library's for the same points.

    Attributes
    ----------
    library, version, method : str
    manifold : str
    dimension, n_structures : int
    ours, theirs : float
    """

    library: str
    version: str
    method: str
    manifold: str
    dimension: int
    n_structures: int
    ours: float
    theirs: float


def point_sets() -> Iterator[tuple[str, int, np.ndarray]]:
    """The clouds that are compared: name, true dimension and points."""
    yield "swiss roll", 2, manifolds.swiss_roll(400, 1)
    for d in (2, 5, 10, 15):
        yield "sphere", d, manifolds.sphere(400, d, 1)
        yield "curved cube", d, manifolds.curved_cube(400, d, 5 * d, 1)


def agreement(library: str) -> list[Agreement]:
    """Estimates of ours and a library's, for every method that both have and every cloud.

    Parameters
    ----------
    library : {"scikit-dimension", "dadapy"}

    Raises
    ------
    ImportError
        The library is not installed.
    """
    theirs = {"scikit-dimension": _scikit_dimension, "dadapy": _dadapy}[library]
    version = importlib.metadata.version(library)
    rows = []
    for manifold, dimension, points in point_sets():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = theirs(points)
        for method, pair in found.items():
            rows.append(Agreement(library, version, method, manifold, dimension, len(points), *map(float, pair)))
    return rows


def _ours(estimator, points) -> float:
    return estimator.evaluate(nearest_neighbours(points, estimator.reach, 64), points).value


def _scikit_dimension(points) -> dict:
    import skdim.id as other

    found = {
        "TwoNN, likelihood": (TwoNN(), other.TwoNN(method="mle", discard_fraction=0).fit(points).dimension_),
        "TwoNN, fit": (TwoNNFit(0.1), other.TwoNN(discard_fraction=0.1).fit(points).dimension_),
    }
    for order in _ORDERS:
        found[f"Gride, n = {order}"] = Gride(order), other.GRIDE(n1=order).fit(points).dimension_
    for k in (5, 10, 20):
        found[f"MLE, k = {k}"] = LevinaBickel(k), other.MLE().fit(points, n_neighbors=k).dimension_
    found = {method: (_ours(mine, points), value) for method, (mine, value) in found.items()}
    neighbours = nearest_neighbours(points, 40, 64)
    for k in (20, 40):
        patches = [points[np.append(neighbours.index[i, :k], i)] for i in range(_PATCHES)]
        each = [other.lPCA(ver="FO", alphaFO=0.05).fit(patch).dimension_ for patch in patches]
        found[f"local PCA, k = {k}"] = LocalPCA(k, 0.05).local(neighbours, points)[:_PATCHES].mean(), np.mean(each)
    return found


def _dadapy(points) -> dict:
    from dadapy import Data

    data = Data(points, maxk=min(100, len(points) - 1), verbose=False)
    found = {
        "TwoNN, likelihood": (_ours(TwoNN(), points), data.compute_id_2NN(algorithm="ml")[0]),
        "TwoNN, fit": (_ours(TwoNNFit(0.1), points), data.compute_id_2NN(algorithm="base", mu_fraction=0.9)[0]),
    }
    scaling, errors, _ = data.return_id_scaling_gride(range_max=2 * _ORDERS[-1], eps=1e-9)
    for order, value, error in zip(_ORDERS, scaling, errors, strict=True):
        mine = Gride(order).evaluate(nearest_neighbours(points, 2 * order, 64))
        found[f"Gride, n = {order}"] = mine.value, value
        found[f"Gride, n = {order}, error"] = mine.likelihood_error, error
    first = points[:, : max(1, points.shape[1] // 2)]
    # Of all neighbours, or a rank beyond the list is drawn at random.
    whole = Data(points, maxk=len(points) - 1, verbose=False)
    forth, back = whole.return_inf_imb_two_selected_coords(list(range(first.shape[1])), list(range(points.shape[1])))
    found["information imbalance, half of the columns to all"] = information_imbalance(first, points), forth
    found["information imbalance, all to half of the columns"] = information_imbalance(points, first), back
    return found
