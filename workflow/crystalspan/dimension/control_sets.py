"""The controls of one set of structures: clouds of known make, prepared like the structures themselves."""

import dataclasses
import math
from collections.abc import Iterator

import gemmi
import numpy as np

from crystalspan.crystallography.molecules import Molecule
from crystalspan.crystallography.space_groups import symbol
from crystalspan.descriptors.parameters import element_numbers
from crystalspan.dimension.controls import crystal_cloud, describe_random_crystals, gaussian_twin, shuffled_columns
from crystalspan.errors import InputError
from crystalspan.freedom.displacements import crystal_symmetry, free_directions
from crystalspan.freedom.space_groups import degrees_of_freedom
from crystalspan.freedom.structures import site_order
from crystalspan.landscape.file import Landscape
from crystalspan.points.cloud import Description

GAUSSIAN, SHUFFLED, CLOUD, RANDOM = "gaussian", "shuffled", "cloud", "random"
# Trial packings an accepted random crystal costs, at most.
_TRIALS_EACH = 20


@dataclasses.dataclass(frozen=True)
class ControlSettings:
    """Which controls, and how large.

    Parameters
    ----------
    controls : tuple of str
    control_structures : int
        Most crystals of those that have to be described.
    cloud_radius : float
        Angstrom.
    smallest_sample : int
        Fewest crystals of those, even where the landscape has fewer.
    seed : int
    """

    controls: tuple[str, ...]
    control_structures: int
    cloud_radius: float
    smallest_sample: int
    seed: int


@dataclasses.dataclass(frozen=True)
class ControlSet:
    """One control.

    Parameters
    ----------
    name : str
    points : (m, D) float64 or None
        None where it could not be made.
    degrees_of_freedom : float
        How many dimensions it has by construction; NaN where that is not known.
    reason : str
        Why it could not be made.
    """

    name: str
    points: np.ndarray | None
    degrees_of_freedom: float = math.nan
    reason: str = ""


def control_settings(settings: dict) -> ControlSettings:
    """The settings of the controls from the validated sections `dimension` and `points`."""
    section = settings["dimension"]["controls"]
    return ControlSettings(
        tuple(section["kinds"]),
        section["structures"],
        section["cloud_radius"],
        settings["dimension"]["smallest_sample"],
        settings["points"]["seed"],
    )


def control_sets(
    values: np.ndarray, crystals: Landscape, description: Description, settings: ControlSettings
) -> Iterator[ControlSet]:
    """The controls of a set of structures, one after the other.

    Parameters
    ----------
    values : (n, D) float64
        The points of the structures (or of a sample of them).
    crystals : Landscape
        The structures, in the order of energy.
    description : Description
    settings : ControlSettings

    Yields
    ------
    ControlSet
    """
    count = min(max(len(crystals), settings.smallest_sample), settings.control_structures)
    for name in settings.controls:
        if len(crystals) < 2:
            yield ControlSet(name, None, reason="fewer than two structures")
        elif name == GAUSSIAN:
            yield ControlSet(name, gaussian_twin(values, settings.seed))
        elif name == SHUFFLED:
            yield ControlSet(name, shuffled_columns(values, settings.seed))
        else:
            make = _cloud if name == CLOUD else _random
            try:
                yield make(crystals, description, count, settings)
            except InputError as error:
                yield ControlSet(name, None, reason=error.problem)


def _cloud(crystals, description, count, settings) -> ControlSet:
    """Crystals displaced a little around the one of lowest energy."""
    structure = crystals.structure(0)
    directions = free_directions(structure, crystal_symmetry(structure, site_order(crystals, 0), 0.01))
    elements = element_numbers(crystals.reference_atomic_number)
    values = crystal_cloud(
        structure, directions, description.functions, elements, settings.cloud_radius, count, settings.seed
    )
    return ControlSet(CLOUD, description.points(values), directions.degrees_of_freedom)


def _random(crystals, description, count, settings) -> ControlSet:
    """Loose packings of the molecule of the global minimum, in the landscape's space groups and their proportions."""
    if not np.allclose(crystals.z_prime, 1):
        return ControlSet(RANDOM, None, reason="the sampler packs one molecule in general positions only (Z' = 1)")
    symbols = tuple(gemmi.Element(int(number)).name for number in crystals.reference_atomic_number)
    molecule = Molecule(crystals.name, symbols, crystals.reference_positions)
    groups, sizes = np.unique(crystals.space_group, return_counts=True)
    parts = []
    for group, share in zip(groups.tolist(), sizes / len(crystals), strict=True):
        parts.append(_packings(molecule, group, max(1, round(share * count)), description.functions))
    dof = degrees_of_freedom(int(groups[0])).total if len(groups) == 1 else math.nan
    found = np.concatenate(parts)
    if len(found) < 2:
        return ControlSet(RANDOM, None, dof, f"no packings in {', '.join(symbol(int(group)) for group in groups)}")
    return ControlSet(RANDOM, description.points(found), dof)


def _packings(molecule, group, wanted, functions) -> np.ndarray:
    """Descriptors of so many random crystals of a group, or of fewer where hardly any trial gives a packing."""
    parts, found, tried = [], 0, 0
    while found < wanted and tried < _TRIALS_EACH * wanted:
        batch = 2 * (wanted - found) + 10
        values, _ = describe_random_crystals(molecule, group, np.arange(tried + 1, tried + batch + 1), functions)
        parts.append(values)
        found, tried = found + len(values), tried + batch
    return np.concatenate(parts)[:wanted]
