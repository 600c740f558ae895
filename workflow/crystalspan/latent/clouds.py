"""Crystals to train on: around one structure, along minimisations, packed at random; and minima held out by cluster."""

from typing import NamedTuple

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from crystalspan.arrays import ArrayLike
from crystalspan.descriptors.compute import describe_crystals
from crystalspan.descriptors.crystals import Crystals
from crystalspan.descriptors.parameters import SymmetryFunctions, element_numbers
from crystalspan.freedom.displacements import UNSEEN, Directions, displaced
from crystalspan.jacobian.rank import describe_displaced
from crystalspan.landscape.file import Structure
from crystalspan.latent.judging import lattice_energies
from crystalspan.latent.minima import Minima, MinimumWindows, minima_of
from crystalspan.latent.relaxing import MinimiserStage, Rigid, snapshots
from crystalspan.sampling.packing import Packing

# Largest number of points that are joined to clusters all at once; further ones follow the nearest of these.
_MOST_JOINED = 4000


class WhiteCloud(NamedTuple):
    """Displacements around a structure of which every direction changes the descriptor alike.

    Attributes
    ----------
    amounts : (count, p) float64
        Angstrom along the free directions, those that nothing can see included (zero).
    degrees_of_freedom : int
    floored : int
        Directions so weak that whitening them in full would carry the crystal away; they were whitened as if the
        descriptor changed by the floor's share.
    """

    amounts: np.ndarray
    degrees_of_freedom: int
    floored: int


def white_cloud(
    directions: Directions, jacobian: np.ndarray, rms: float, count: int, seed: int, floor: float = 0.02
) -> WhiteCloud:
    """Displacements V S^-1 b of a structure, b uniform in the unit ball and J = U S V^T the descriptor's derivative.

    The linear part of the descriptor then varies alike in as many directions as the crystal has degrees of freedom.
    The Jacobian is known here: the cloud is a control of the bottleneck's counting, not a discovery of the number.

    Parameters
    ----------
    directions : Directions
    jacobian : (D, p) float64
        From `descriptor_jacobian`.
    rms : float
        Root mean square length of the displacements in the metric of `Directions`, angstrom.
    count, seed : int
    floor : float
        Smallest singular value that is whitened in full, as a share of the largest.
    """
    seen = np.flatnonzero(~np.isin(directions.kind, UNSEEN))
    _, values, axes = np.linalg.svd(np.linalg.qr(jacobian[:, seen], mode="r"))
    least = floor * values[0]
    generator = np.random.default_rng(seed)
    ball = generator.standard_normal((count, len(seen)))
    ball *= (generator.random(count) ** (1 / len(seen)) / np.linalg.norm(ball, axis=1))[:, None]
    amounts = np.zeros((count, len(directions.kind)))
    amounts[:, seen] = (ball / np.maximum(values, least)) @ axes
    amounts *= rms / np.sqrt(np.mean(np.sum(amounts**2, axis=1)))
    return WhiteCloud(amounts, len(seen), int(np.count_nonzero(values < least)))


def isotropic_cloud(directions: Directions, rms: float, count: int, seed: int) -> np.ndarray:
    """Displacements (count, p) alike in all directions of the metric: uniform in a ball of the given rms, angstrom."""
    seen = np.flatnonzero(~np.isin(directions.kind, UNSEEN))
    generator = np.random.default_rng(seed)
    ball = generator.standard_normal((count, len(seen)))
    ball *= (generator.random(count) ** (1 / len(seen)) / np.linalg.norm(ball, axis=1))[:, None]
    amounts = np.zeros((count, len(directions.kind)))
    amounts[:, seen] = ball * rms / np.sqrt(np.mean(np.sum(ball**2, axis=1)))
    return amounts


def describe_cloud(
    structure: Structure,
    directions: Directions,
    amounts: np.ndarray,
    functions: SymmetryFunctions,
    elements: ArrayLike,
) -> np.ndarray:
    """Descriptors (m, n_atoms * d) of a structure displaced by amounts (m, p) in angstrom, block by block."""
    size = 512
    parts = [
        describe_displaced(structure, displaced(structure, directions, amounts[i : i + size]), functions, elements)
        for i in range(0, len(amounts), size)
    ]
    return np.concatenate(parts)


def describe_rigid(packing: Packing, crystals: Rigid, functions: SymmetryFunctions) -> np.ndarray:
    """Descriptors (k, n_atoms * d) float64 of rigid crystals of a group, atoms in the molecule's order."""
    cells, fractional = crystals.atoms(packing)
    count, n_atoms = fractional.shape[:2]
    numbers = packing.molecule.atomic_numbers
    molecule = np.zeros(n_atoms, dtype=np.int64)
    alike = Crystals.alike(cells, fractional, packing.rotations, packing.translations, numbers, molecule)
    values = describe_crystals(functions, element_numbers(numbers), alike)
    return values.reshape(count, -1)


def trajectories(packing: Packing, starts: Rigid, stages: list[MinimiserStage], every: int) -> tuple[Rigid, np.ndarray]:
    """Crystals on the way of the minimiser, so many evaluations apart, start and minimum included.

    Parameters
    ----------
    packing : Packing
    starts : Rigid
    stages : list of MinimiserStage
        Of the minimisation.
    every : int
        Evaluations between two crystals.

    Returns
    -------
    crystals : Rigid
        Of the minimisations that converged.
    number : (m,) int64
        Row of `starts` that each belongs to.
    """
    found, numbers = [], []
    for row in range(len(starts)):
        way = snapshots(packing, starts[row : row + 1], stages, every)
        if way is not None:
            found.append(way)
            numbers.append(np.full(len(way), row))
    return Rigid.joined(found, packing), np.concatenate([np.zeros(0, dtype=np.int64), *numbers])


def ends(
    packing: Packing,
    crystals: Rigid,
    number: np.ndarray,
    stage: MinimiserStage,
    reference: Minima,
    used: MinimumWindows,
) -> np.ndarray:
    """The minimum (m,) int64 to which each crystal's trajectory led: a row of the reference, -1 for none of it.

    A trajectory that ends in a held-out minimum shows it to the training: one of seven does that sets out from
    displaced minima. Leave those out.

    Parameters
    ----------
    packing : Packing
    crystals, number
        From `trajectories`.
    stage : MinimiserStage
        Of the energies that tell minima apart: the last one.
    reference : Minima
    used : MinimumWindows
    """
    _, which = np.unique(number, return_inverse=True)
    last = np.zeros(which.max(initial=-1) + 1, dtype=np.int64)
    last[which] = np.arange(len(number))
    final = crystals[last]
    found = minima_of(packing, final, lattice_energies(packing, final, stage), used)
    return reference.which(found, used)[which]


def ward_clusters(points: np.ndarray, count: int) -> np.ndarray:
    """Cluster (n,) int64, from 0, of each point: Ward's joining, which needs no seed.

    Ward, J. Am. Stat. Assoc. 1963, 58, 236, DOI 10.1080/01621459.1963.10500845. Beyond some thousands of points a
    regular sample is joined, and every other point goes with its nearest mean.

    Parameters
    ----------
    points : (n, D) float64
    count : int
        Clusters, at most.
    """
    points = np.asarray(points, dtype=float)
    if len(points) < 2:
        return np.zeros(len(points), dtype=np.int64)
    chosen = np.unique(np.linspace(0, len(points) - 1, min(len(points), _MOST_JOINED)).astype(int))
    labels = fcluster(linkage(points[chosen], "ward"), count, "maxclust").astype(np.int64) - 1
    if len(chosen) == len(points):
        return labels
    means = np.stack([points[chosen][labels == label].mean(axis=0) for label in range(labels.max() + 1)])
    squares = np.sum(means**2, axis=1) - 2 * points @ means.T
    return np.argmin(squares, axis=1)


def held_out(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Which rows are held out: whole clusters at random until they hold the share, or as near as they come.

    Near neighbours of a held-out point would give it away; a random split leaves them in.

    Parameters
    ----------
    labels : (n,) int
        From `ward_clusters`.
    share : float
    seed : int

    Returns
    -------
    (n,) bool
        Neither all nor none, where there are two clusters.
    """
    labels = np.asarray(labels)
    sizes = np.bincount(labels)
    wanted, taken = share * len(labels), 0
    chosen: list[int] = []
    for label in np.random.default_rng(seed).permutation(len(sizes)):
        # A cluster that overshoots by more than what is missing is passed over for a smaller one.
        if len(chosen) < len(sizes) - 1 and abs(taken + sizes[label] - wanted) <= abs(taken - wanted):
            chosen.append(label)
            taken += sizes[label]
    return np.isin(labels, chosen)
