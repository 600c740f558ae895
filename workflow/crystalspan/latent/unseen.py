"""The landscape itself: what networks leave unexplained of minima whose whole neighbourhood they have not seen."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from crystalspan.descriptors.parameters import element_numbers
from crystalspan.errors import InputError
from crystalspan.freedom.displacements import crystal_symmetry, free_directions
from crystalspan.freedom.structures import site_order
from crystalspan.landscape.file import Landscape
from crystalspan.latent.bottleneck import (
    KERNEL_PCA,
    PCA,
    Curve,
    Task,
    kernel_pca_curve,
    knee,
    network_curve,
    pca_curve,
    task,
)
from crystalspan.latent.clouds import describe_cloud, held_out, isotropic_cloud, ward_clusters
from crystalspan.latent.training import TrainingSettings
from crystalspan.points.cloud import Description

MINIMA, DISPLACED = "minima", "displaced"
SETS = (MINIMA, DISPLACED)
# Fewer structures have no clusters to hold out.
FEWEST = 30


@dataclasses.dataclass(frozen=True)
class UnseenSettings:
    """Which networks are trained on what, and judged by which minima.

    Parameters
    ----------
    methods : tuple of str
        ``pca``, ``kernel pca``, ``autoencoder``, ``variational``, ``nested``.
    widths : tuple of int
        Bottlenecks.
    held_out : float
        Share of the minima that is held out, whole clusters of them.
    clusters : int
    displaced : int
        Displaced crystals that the training set ``displaced`` adds to the minima.
    displacement : float
        Their root mean square displacement, angstrom.
    columns : int
        Leading principal coordinates that networks see.
    seeds : tuple of int
        Each holds out other clusters and starts from other parameters.
    site_tolerance : float
        Angstrom.
    """

    methods: tuple[str, ...]
    widths: tuple[int, ...]
    held_out: float
    clusters: int
    displaced: int
    displacement: float
    columns: int
    seeds: tuple[int, ...]
    site_tolerance: float


@dataclasses.dataclass(frozen=True)
class Unseen:
    """Curves of one training set on one set of structures.

    Parameters
    ----------
    molecule, space_group, window : str
    training_set : str
        ``minima`` or ``displaced``.
    minima, added, held : int
        Minima in all; crystals added to the training; minima held out (mean over seeds, rounded).
    reason : str
        Why there are no curves; empty where there are.
    curves : dict of str to Curve
        By method; a row of `Curve.unexplained` is a split.
    """

    molecule: str
    space_group: str
    window: str
    training_set: str
    minima: int
    added: int
    held: int
    reason: str
    curves: dict[str, Curve]


def unseen_curves(
    points: np.ndarray,
    added: tuple[np.ndarray, np.ndarray] | None,
    settings: UnseenSettings,
    training: TrainingSettings,
) -> tuple[dict[str, Curve], int]:
    """Unexplained variance of held-out clusters of minima against the bottleneck, by every method.

    Parameters
    ----------
    points : (n, D) float64
        Minima.
    added : tuple of (m, D) float64 and (m,) int64, optional
        Further crystals to train on, and the minimum that each belongs to: those of held-out ones are left out.
    settings : UnseenSettings
    training : TrainingSettings

    Returns
    -------
    curves : dict of str to Curve
    held : int
        Minima held out, mean over the splits.
    """
    labels = ward_clusters(points, settings.clusters)
    found: dict[str, list[np.ndarray]] = {method: [] for method in settings.methods}
    straight, counts = [], []
    for seed in settings.seeds:
        out = held_out(labels, settings.held_out, seed)
        rows = [points[~out]]
        if added is not None:
            rows.append(added[0][~out[added[1]]])
        work = task(np.concatenate(rows), points[out], settings.columns)
        straight.append(pca_curve(work, settings.widths).unexplained[0])
        for method in settings.methods:
            found[method].append(_curve(work, method, seed, settings.widths, training).unexplained[0])
        counts.append(int(out.sum()))
    linear = np.exp(np.log(np.maximum(straight, 1e-300)).mean(axis=0))
    curves = {}
    for method, rows in found.items():
        values = np.array(rows)
        against = None if method == PCA else linear
        curves[method] = Curve(method, np.array(settings.widths), values, knee(settings.widths, values, against))
    return curves, round(float(np.mean(counts)))


def _curve(work: Task, method: str, seed: int, widths: Sequence[int], training: TrainingSettings) -> Curve:
    if method == PCA:
        return pca_curve(work, widths)
    if method == KERNEL_PCA:
        return kernel_pca_curve(work, widths)
    return network_curve(work, method, widths, [seed], training)


def displaced_crystals(
    crystals: Landscape, description: Description, settings: UnseenSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Points of crystals around every structure of a landscape, displaced alike in all free directions.

    Structures whose free directions are not found stay alone.

    Parameters
    ----------
    crystals : Landscape
    description : Description
    settings : UnseenSettings

    Returns
    -------
    points : (m, D) float64
        Before scaling.
    parent : (m,) int64
        Row of the landscape that each was made of.
    """
    elements = element_numbers(crystals.reference_atomic_number)
    shares = np.bincount(np.arange(settings.displaced) % max(len(crystals), 1), minlength=len(crystals))
    parts, parents = [], []
    for row, count in enumerate(shares.tolist()):
        structure = crystals.structure(row)
        try:
            symmetry = crystal_symmetry(structure, site_order(crystals, row), settings.site_tolerance)
        except InputError:
            continue
        directions = free_directions(structure, symmetry)
        if count == 0 or directions.degrees_of_freedom == 0:
            continue
        amounts = isotropic_cloud(directions, settings.displacement, count, settings.seeds[0] + row)
        values = describe_cloud(structure, directions, amounts, description.functions, elements)
        parts.append(description.pooled(values))
        parents.append(np.full(count, row))
    if not parts:
        raise InputError("no structure can be displaced")
    return np.concatenate(parts), np.concatenate(parents)


def scaler(raw: np.ndarray, scaling: str) -> Callable[[np.ndarray], np.ndarray]:
    """How points are scaled that go with some structures: by the deviations of these.

    Parameters
    ----------
    raw : (n, D) float64
        The structures before scaling.
    scaling : {"none", "zscore"}
    """
    if scaling != "zscore":
        return lambda values: values
    deviation = raw.std(axis=0, ddof=1)
    # Columns that vary by rounding only become zero, as in `points.cloud`.
    deviation[deviation <= 16 * np.finfo(float).eps * np.abs(raw).max(axis=0)] = np.inf
    return lambda values: values / deviation
