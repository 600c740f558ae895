"""Around single structures: does the bottleneck count the degrees of freedom of a crystal?"""

import dataclasses
from typing import NamedTuple

import numpy as np

from crystalspan.arrays import Integers
from crystalspan.errors import InputError
from crystalspan.freedom.displacements import UNSEEN, crystal_symmetry, free_directions
from crystalspan.jacobian.rank import descriptor_jacobian
from crystalspan.landscape.file import Structure
from crystalspan.latent.bottleneck import OK, PCA, Curve, Task, network_curve, pca_curve, task
from crystalspan.latent.clouds import describe_cloud, white_cloud
from crystalspan.latent.networks import AUTOENCODER
from crystalspan.latent.training import TrainingSettings
from crystalspan.points.cloud import Description

TWIN = "normal twin"
COUNTED, MISCOUNTED, WEAK, NOT_COUNTED, NONE = "counted", "miscounted", "weak directions", "not counted", "no cloud"
# Share of a cloud that is held out.
_HELD_OUT = 0.2


@dataclasses.dataclass(frozen=True)
class BasinSettings:
    """The cloud around a structure, and the bottlenecks that are tried on it.

    Parameters
    ----------
    crystals : int
        Displaced crystals, of which a fifth is held out.
    size : float
        Root mean square displacement, angstrom.
    narrower, wider : int
        Bottlenecks from so many below the degrees of freedom to so many above them.
    columns : int
        Leading principal coordinates that networks see.
    seeds : tuple of int
        Of the networks; the first one of the cloud, too.
    step, zero, site_tolerance : float
        As in `jacobian.rank.JacobianSettings`.
    """

    crystals: int
    size: float
    narrower: int
    wider: int
    columns: int
    seeds: tuple[int, ...]
    step: float
    zero: float
    site_tolerance: float


class BasinRecord(NamedTuple):
    """One structure and its cloud, without the curves.

    Attributes
    ----------
    id : str
    space_group : int
    relative_energy : float
        kJ/mol.
    degrees_of_freedom, rank : int
        Free directions of the crystal, and how many of them its descriptor sees (rank of the Jacobian).
    floored : int
        Directions too weak to be whitened in full: the cloud is narrower along them than the network could see.
    crystals : int
        Of the cloud, held-out ones included.
    size : float
        Root mean square displacement, angstrom.
    reason : str
        Why there is no cloud; empty where there is one.
    """

    id: str
    space_group: int
    relative_energy: float
    degrees_of_freedom: int
    rank: int
    floored: int
    crystals: int
    size: float
    reason: str


@dataclasses.dataclass(frozen=True)
class Basin:
    """What the bottleneck says of the crystals around one structure.

    Parameters
    ----------
    record : BasinRecord
    curves : dict of str to Curve
        ``autoencoder``, ``pca`` and, of a normal cloud with the same covariance, ``normal twin``; empty where there is
        no cloud.
    """

    record: BasinRecord
    curves: dict[str, Curve]

    @property
    def verdict(self) -> str:
        """What the knee says of the degrees of freedom.

        ``counted``: it lies there, is no property of the covariance alone, and the normal twin has none; ``weak
        directions``: some could not be whitened, so that fewer count; ``miscounted``: a knee elsewhere; ``not
        counted``: no knee that means anything; ``no cloud``.
        """
        if not self.curves:
            return NONE
        found, twin = self.curves[AUTOENCODER].knee, self.curves[TWIN].knee
        if found.flag != OK or twin.flag == OK:
            return WEAK if self.record.floored else NOT_COUNTED
        if found.width == self.record.degrees_of_freedom:
            return COUNTED
        return WEAK if self.record.floored else MISCOUNTED


def basin(
    structure: Structure,
    site_order: int,
    about: tuple[int, float],
    description: Description,
    elements: Integers,
    settings: BasinSettings,
    training: TrainingSettings,
) -> Basin:
    """Displace a crystal along its free directions, whitened, and see what bottlenecks leave unexplained.

    Parameters
    ----------
    structure : Structure
    site_order : int
        See `freedom.displacements.crystal_symmetry`.
    about : (int, float)
        Its space group and relative energy (kJ/mol).
    description : Description
    elements : (n_elements,) int
        Atomic numbers of the neighbours that are told apart, ascending.
    settings : BasinSettings
    training : TrainingSettings
    """
    nothing = BasinRecord(str(structure.id), *about, 0, 0, 0, 0, settings.size, "")
    try:
        directions = free_directions(structure, crystal_symmetry(structure, site_order, settings.site_tolerance))
    except InputError as error:
        return Basin(nothing._replace(reason=error.problem), {})
    degrees = directions.degrees_of_freedom
    jacobian, _ = descriptor_jacobian(
        structure, directions, description.functions, elements, settings.step, description.pooled
    )
    values = np.linalg.svd(jacobian[:, ~np.isin(directions.kind, UNSEEN)], compute_uv=False)
    rank = int(np.count_nonzero(values > settings.zero * values.max(initial=0.0)))
    nothing = nothing._replace(degrees_of_freedom=degrees, rank=rank)
    if rank < 2:
        return Basin(nothing._replace(reason="its descriptor changes along fewer than two directions"), {})
    cloud = white_cloud(directions, jacobian, settings.size, settings.crystals, settings.seeds[0])
    points = description.pooled(describe_cloud(structure, directions, cloud.amounts, description.functions, elements))
    record = nothing._replace(floored=cloud.floored, crystals=len(points))
    return Basin(record, _curves(points, degrees, settings, training))


def _curves(points, degrees, settings, training) -> dict[str, Curve]:
    kept = len(points) - max(2, round(_HELD_OUT * len(points)))
    work = task(points[:kept], points[kept:], settings.columns)
    widths = range(max(1, degrees - settings.narrower), degrees + settings.wider + 1)
    twin = _normal_twin(work, settings.seeds[0])
    return {
        AUTOENCODER: network_curve(work, AUTOENCODER, widths, settings.seeds, training),
        PCA: pca_curve(work, widths),
        TWIN: network_curve(twin, AUTOENCODER, widths, settings.seeds[:1], training),
    }


def _normal_twin(work: Task, seed: int) -> Task:
    """A normal cloud with the covariance of the training rows: all that principal components know of them."""
    generator = np.random.default_rng(seed)
    rows, held = (
        (generator.standard_normal(part.shape) * work.frame.deviations).astype(np.float32)
        for part in (work.rows, work.held)
    )
    total = float(np.sum((held - held.mean(axis=0)) ** 2))
    return Task(work.frame, rows, held, total, 0.0)
