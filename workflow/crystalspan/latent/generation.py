"""New crystals of a space group: from a latent space, and by ways that need none, to compare."""

import dataclasses

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from crystalspan.arrays import ArrayLike
from crystalspan.latent.chart import Chart
from crystalspan.latent.frames import Frame, frame_of
from crystalspan.latent.networks import VARIATIONAL
from crystalspan.latent.relaxing import Rigid
from crystalspan.latent.training import Network, TrainingSettings, train
from crystalspan.sampling.packing import Packing
from crystalspan.sampling.trials import points, start

# Displacements that lead from a minimum to others, angstrom over all directions together: shorter ones fall back (of
# 1,000 of 0.6 to 1.5 angstrom 12 led to something new, of 1.5 to 4 some 55), longer ones forget where they came from.
NEAREST_MOVE, FARTHEST_MOVE = 1.5, 4.0


@dataclasses.dataclass(frozen=True, eq=False)
class LatentSpace:
    """A network that has learnt the crystals of a group, with the chart that it reads and writes.

    Parameters
    ----------
    chart : Chart
    frame : Frame
        Of the training crystals' coordinates.
    network : Network
    known : (n, latent) float32
        Latent coordinates of the training crystals.
    """

    chart: Chart
    frame: Frame
    network: Network
    known: np.ndarray

    def encode(self, crystals: Rigid) -> np.ndarray:
        """Latent coordinates (k, latent) of crystals."""
        return self.network.encode(self.frame.coordinates(self.chart.coordinates(crystals)))

    def decode(self, latent: np.ndarray) -> Rigid:
        """Crystals of latent coordinates (k, latent)."""
        return self.chart.crystals(self.frame.points(self.network.decode(latent)))

    def reconstruction(self, crystals: Rigid) -> np.ndarray:
        """How far each crystal lies from itself encoded and decoded, angstrom in the chart, (k,)."""
        there = self.chart.coordinates(crystals)
        made = self.frame.points(self.network.reconstruct(self.frame.coordinates(there)))
        return np.linalg.norm(made - there, axis=1)


def latent_space(
    chart: Chart, crystals: Rigid, latent: int, settings: TrainingSettings, seed: int, kind: str = VARIATIONAL
) -> LatentSpace:
    """Train a network on the crystals of a group.

    Parameters
    ----------
    chart : Chart
    crystals : Rigid
        Minima, say.
    latent : int
    settings : TrainingSettings
    seed : int
    kind : str
        Of the network.
    """
    coordinates = chart.coordinates(crystals)
    frame = frame_of(coordinates, chart.columns)
    rows = frame.coordinates(coordinates)
    network = train(rows, kind, latent, settings, seed)
    return LatentSpace(chart, frame, network, network.encode(rows))


def from_prior(space: LatentSpace, count: int, seed: int) -> Rigid:
    """Crystals of the latent coordinates that a variational network expects: standard normal ones."""
    latent = np.random.default_rng(seed).standard_normal((count, space.known.shape[1]))
    return space.decode(latent)


def from_density(space: LatentSpace, count: int, seed: int, width: float = 1.0) -> Rigid:
    """Crystals of a density in latent space: a normal cloud about each known one, as wide as its neighbours are far.

    Parameters
    ----------
    space : LatentSpace
    count, seed : int
    width : float
        Deviation along each coordinate, times the square root of their number, in distances to the nearest neighbour.
    """
    generator = np.random.default_rng(seed)
    known = space.known.astype(float)
    reach = neighbour_distance(known)
    chosen = generator.integers(len(known), size=count)
    noise = (
        generator.standard_normal((count, known.shape[1])) * (width * reach[chosen] / np.sqrt(known.shape[1]))[:, None]
    )
    return space.decode(known[chosen] + noise)


def between_neighbours(space: LatentSpace, count: int, seed: int, neighbours: int = 5) -> Rigid:
    """Crystals between two that are neighbours in latent space, uniform on the way."""
    generator = np.random.default_rng(seed)
    known = space.known.astype(float)
    near = cKDTree(known).query(known, min(neighbours + 1, len(known)))[1][:, 1:]
    first = generator.integers(len(known), size=count)
    second = near[first, generator.integers(near.shape[1], size=count)]
    share = generator.random((count, 1))
    return space.decode((1 - share) * known[first] + share * known[second])


def neighbour_distance(rows: np.ndarray) -> np.ndarray:
    """Distance (n,) of each row to the nearest other one."""
    return cKDTree(rows).query(rows, 2)[0][:, 1]


def quasi_random(packing: Packing, numbers: ArrayLike) -> Rigid:
    """Trial crystals of the sampler before overlaps are removed, those whose cell exists."""
    crystals = Rigid(*start(packing, points(packing, np.asarray(numbers, dtype=np.int64))))
    return crystals[np.isfinite(crystals.parameters).all(axis=1)]


def moved_crystals(packing: Packing, crystals: Rigid, lengths: np.ndarray, generator: np.random.Generator) -> Rigid:
    """Crystals moved by about the given lengths (k,) in random directions of cell, position and orientation.

    The metric is nearly that of `crystalspan.freedom.displacements`: a shift of the molecule, a turn times its radius
    of gyration, a relative change of the cell times the cube root of a molecule's volume; angstrom.
    """
    cells = crystals.cells(packing)
    free = len(packing.model.basis)
    moves = generator.standard_normal((len(crystals), free + 6))
    moves *= (np.asarray(lengths) / np.linalg.norm(moves, axis=1))[:, None]
    edges = np.diagonal(cells, axis1=1, axis2=2)
    rows = [int(np.argwhere(matrix == 1.0)[0][0]) for matrix in packing.model.basis]
    size = np.cbrt(edges.prod(axis=1) / packing.multiplicity)
    parameters = crystals.parameters + moves[:, :free] * edges[:, rows] / size[:, None]
    shifts = np.einsum("ki,kij->kj", moves[:, free : free + 3], np.linalg.inv(cells))
    turns = Rotation.from_rotvec(moves[:, free + 3 :] / packing.model.radius).as_matrix()
    return Rigid(parameters, (crystals.positions + shifts) % 1.0, turns @ crystals.rotations)


def displaced_minima(packing: Packing, crystals: Rigid, count: int, seed: int) -> Rigid:
    """Crystals `NEAREST_MOVE` to `FARTHEST_MOVE` away from given ones, which are taken in turn."""
    generator = np.random.default_rng(seed)
    parents = np.arange(count) % len(crystals)
    return moved_crystals(packing, crystals[parents], generator.uniform(NEAREST_MOVE, FARTHEST_MOVE, count), generator)


def recombined(crystals: Rigid, count: int, seed: int) -> Rigid:
    """Crystals with the cell of one, the position of another and the orientation of a third, all canonical."""
    parents = np.random.default_rng(seed).integers(len(crystals), size=(3, count))
    return Rigid(crystals.parameters[parents[0]], crystals.positions[parents[1]], crystals.rotations[parents[2]])


def from_components(chart: Chart, crystals: Rigid, components: int, count: int, seed: int) -> Rigid:
    """Crystals of a normal cloud in the leading principal components of the chart; all components: a plain Gaussian."""
    coordinates = chart.coordinates(crystals)
    frame = frame_of(coordinates, components)
    drawn = np.random.default_rng(seed).standard_normal((count, len(frame.deviations))) * frame.deviations
    return chart.crystals(frame.points(drawn))


def from_marginals(chart: Chart, crystals: Rigid, count: int, seed: int) -> Rigid:
    """Crystals each of whose coordinates is that of some known crystal, every coordinate drawn by itself."""
    coordinates = chart.coordinates(crystals)
    chosen = np.random.default_rng(seed).integers(len(coordinates), size=(count, coordinates.shape[1]))
    return chart.crystals(np.take_along_axis(coordinates, chosen, axis=0))
