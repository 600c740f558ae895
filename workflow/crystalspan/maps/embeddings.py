"""Maps of a cloud of points by linear and non-linear methods, each judged by the same measures."""

import dataclasses
import warnings
from collections.abc import Sequence

import numpy as np
from scipy.sparse.csgraph import connected_components

from crystalspan.errors import InputError
from crystalspan.latent.codes import encoded
from crystalspan.latent.networks import AUTOENCODER, NESTED
from crystalspan.latent.training import TrainingSettings
from crystalspan.points.distances import HeldRows, squared_distances
from crystalspan.points.quality import map_quality

METHODS = ("pca", "kernel_pca", "isomap", "umap", "autoencoder", "nested")

# Whether a map could be made, and what is to be known of it.
OK, FEW, IDENTICAL, DISCONNECTED, FAILED = "ok", "few", "identical", "disconnected", "failed"

# With fewer structures every arrangement looks like a map, and most measures have only a few values.
FEWEST = 10
# Ordered coordinates that a network learns, of which the two leading ones are the map.
_ORDERED = 10


@dataclasses.dataclass(frozen=True)
class MapSettings:
    """How maps are made and judged.

    Parameters
    ----------
    methods : tuple of str
        Of `METHODS`.
    neighbours : int
        Nearest neighbours that Isomap and UMAP join.
    kernel_width : float
        Standard deviation of kernel PCA's Gaussian, in median distances.
    umap_min_dist : float
        Smallest distance of neighbours on UMAP's map.
    judged_neighbours : int
        Nearest neighbours that judge a map.
    seed : int
        Of UMAP's optimisation, and of networks.
    columns : int
        Leading principal coordinates that networks see.
    training : TrainingSettings
        Of networks.
    """

    methods: tuple
    neighbours: int
    kernel_width: float
    umap_min_dist: float
    judged_neighbours: int
    seed: int
    columns: int = 100
    training: TrainingSettings = TrainingSettings()


@dataclasses.dataclass(frozen=True)
class StructureMap:
    """One map of some structures.

    Parameters
    ----------
    method : str
    flag : str
        ``ok``; ``few`` (fewer than `FEWEST` structures), ``identical`` (all the same) and ``failed``: there is no map;
        ``disconnected``: there is one, of a graph of neighbours in pieces that had to be joined.
    note : str
        The reason in words, empty for ``ok``.
    coordinates : (n, 2) float64
        Turned (and mirrored) so that it lies as the map of the principal components lies; (n, 0) without a map.
    quality : dict
        As from `map_quality`; empty without a map.
    settings : dict
        What the method was told.
    """

    method: str
    flag: str
    note: str
    coordinates: np.ndarray
    quality: dict
    settings: dict


def structure_maps(points: np.ndarray, settings: MapSettings) -> list[StructureMap]:
    """Maps of structures by every method of the settings.

    Parameters
    ----------
    points : (n, r) float64
        Principal coordinates, all of them, leading first: as far from each other as the descriptors.
    settings : MapSettings

    Raises
    ------
    InputError
        A method's library is not installed.
    """
    return [structure_map(points, method, settings) for method in settings.methods]


def structure_map(points: np.ndarray, method: str, settings: MapSettings) -> StructureMap:
    """A map of structures by one method; whatever hinders it becomes a flag with the reason.

    pca: the two leading principal components. kernel_pca: Schoelkopf, Smola, Mueller, Neural Comput. 1998, 10, 1299,
    DOI 10.1162/089976698300017467, with a Gaussian of the distance. isomap: Tenenbaum, de Silva, Langford, Science
    2000, 290, 2319, DOI 10.1126/science.290.5500.2319. umap: McInnes, Healy, Melville, arXiv:1802.03426, started from
    the principal components. autoencoder: the two coordinates of a network's bottleneck, Hinton, Salakhutdinov, Science
    2006, 313, 504, DOI 10.1126/science.1127647. nested: the two leading ones of a network whose coordinates are
    ordered, Rippel, Gelbart, Adams, arXiv:1402.0915.

    Parameters
    ----------
    points : (n, r) float64
        Principal coordinates, leading first.
    method : {"pca", "kernel_pca", "isomap", "umap", "autoencoder", "nested"}
    settings : MapSettings

    Raises
    ------
    InputError
        The method is unknown, or its library is not installed.
    """
    if method not in METHODS:
        raise InputError(f"there is no method '{method}' of making maps", remedy=f"name one of {', '.join(METHODS)}")
    told = _told(method, settings, len(points))
    flag, note = _hindrance(points)
    if not flag:
        try:
            coordinates, flag, note = globals()[f"_{method}"](points, settings)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            flag, note = FAILED, str(error)
        else:
            if not np.isfinite(coordinates).all():
                flag, note = FAILED, "some places on the map are not finite numbers"
    if flag in (FEW, IDENTICAL, FAILED):
        return StructureMap(method, flag, note, np.empty((len(points), 0)), {}, told)
    coordinates = turned(coordinates, _two_columns(points))
    quality = map_quality(HeldRows(points), coordinates, settings.judged_neighbours)
    return StructureMap(method, flag, note, coordinates, quality, told)


def turned(coordinates: np.ndarray, target: np.ndarray) -> np.ndarray:
    """A map turned, and mirrored where that helps, until it lies as another one lies; no distance changes.

    Orthogonal Procrustes problem: Schoenemann, Psychometrika 1966, 31, 1, DOI 10.1007/BF02289451.

    Parameters
    ----------
    coordinates, target : (n, 2) float64

    Returns
    -------
    (n, 2) float64
        Centred.
    """
    centred = coordinates - coordinates.mean(axis=0)
    left, _, right = np.linalg.svd(centred.T @ (target - target.mean(axis=0)))
    return centred @ left @ right


def _hindrance(points) -> tuple[str, str]:
    """Why there cannot be a map, if so."""
    if len(points) < FEWEST:
        return FEW, f"{len(points)} structures: a map needs {FEWEST}"
    if points.shape[1] == 0 or not np.ptp(points, axis=0).any():
        return IDENTICAL, "all structures are identical"
    return "", ""


def _told(method: str, settings: MapSettings, n: int) -> dict:
    """The settings that concern a method."""
    neighbours: dict[str, float] = {"neighbours": min(settings.neighbours, max(n - 1, 0))}
    network: dict[str, float] = {
        "columns": settings.columns,
        "seed": settings.seed,
        "hidden": settings.training.hidden[0],
    }
    told: dict[str, dict[str, float]] = {
        "pca": {},
        "kernel_pca": {"kernel_width": settings.kernel_width},
        "isomap": neighbours,
        "umap": neighbours | {"umap_min_dist": settings.umap_min_dist, "seed": settings.seed},
        "autoencoder": network,
        "nested": network | {"ordered": _ORDERED},
    }
    return told[method]


def _two_columns(points):
    """The first two coordinates; zeros where there is only one."""
    return np.pad(points[:, :2], ((0, 0), (0, max(0, 2 - points.shape[1]))))


def _pca(points, settings):
    return _two_columns(points), OK, ""


def _kernel_pca(points, settings):
    from sklearn.decomposition import KernelPCA

    squares = squared_distances(HeldRows(points), np.arange(len(points)))
    squares = (squares + squares.T) / 2
    np.fill_diagonal(squares, 0.0)
    # Half of the pairs may be duplicates: the median of the others is a length all the same.
    width = settings.kernel_width * np.sqrt(np.median(squares[squares > 1e-12 * squares.max()]))
    kernel = np.exp(-squares / (2 * width**2))
    made = KernelPCA(n_components=2, kernel="precomputed", eigen_solver="dense", remove_zero_eig=False)
    return made.fit_transform(kernel), OK, ""


def _isomap(points, settings):
    from sklearn.manifold import Isomap
    from sklearn.neighbors import kneighbors_graph

    k = min(settings.neighbours, len(points) - 1)
    pieces, _ = connected_components(kneighbors_graph(points, k, mode="connectivity"), directed=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the pieces, which are told in the note
        coordinates = Isomap(n_neighbors=k, n_components=2, eigen_solver="dense").fit_transform(points)
    if pieces == 1:
        return coordinates, OK, ""
    note = f"the graph of {k} neighbours is in {pieces} pieces, joined where they are closest"
    return coordinates, DISCONNECTED, note


def _autoencoder(points, settings):
    return _encoded(points, AUTOENCODER, 2, settings)


def _nested(points, settings):
    return _encoded(points, NESTED, min(_ORDERED, points.shape[1]), settings)


def _encoded(points, kind, latent, settings):
    """The two leading latent coordinates; points are their own frame, for they are principal coordinates."""
    rows = (points[:, : settings.columns] / points[:, 0].std()).astype(np.float32)
    codes = encoded(rows, kind, latent, settings.training, settings.seed)
    return _two_columns(codes), OK, ""


def _umap(points, settings):
    library = _umap_library()
    k = min(settings.neighbours, len(points) - 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a seed means one thread: that is what we want
        made = library.UMAP(
            n_neighbors=k,
            n_components=2,
            min_dist=settings.umap_min_dist,
            init=_two_columns(points),
            random_state=settings.seed,
            n_jobs=1,
        )
        return np.asarray(made.fit_transform(points), dtype=float), OK, ""


def check_libraries(methods: Sequence[str]) -> None:
    """Refuse methods whose library is not installed, before any work is done.

    Raises
    ------
    InputError
        With what to install.
    """
    if "umap" in methods:
        _umap_library()


def _umap_library():
    try:
        import umap
    except ImportError:
        raise InputError(
            "maps by UMAP need the library umap-learn",
            remedy="pip install umap-learn, or leave umap out of maps.methods",
        ) from None
    return umap
