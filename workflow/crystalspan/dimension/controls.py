"""Controls: clouds of points that look like a landscape but whose structure is known, for the same analysis."""

import numpy as np

from crystalspan.arrays import ArrayLike
from crystalspan.crystallography.molecules import Molecule
from crystalspan.descriptors.compute import describe_crystals
from crystalspan.descriptors.crystals import Crystals
from crystalspan.descriptors.parameters import SymmetryFunctions, element_numbers
from crystalspan.freedom.displacements import UNSEEN, Directions, displaced
from crystalspan.jacobian.rank import describe_displaced
from crystalspan.landscape.file import Structure

# Random numbers held at a time.
_BLOCK = 2**24


def gaussian_twin(points: np.ndarray, seed: int) -> np.ndarray:
    """A normal cloud of as many points with the same covariance: all that principal components can see of the points.

    Parameters
    ----------
    points : (n, r) float64
        Descriptors or their principal coordinates.
    seed : int

    Returns
    -------
    (n, r) float64
    """
    points = np.asarray(points, dtype=float)
    n = len(points)
    centred = (points - points.mean(axis=0)) / np.sqrt(max(n - 1, 1))
    generator = np.random.default_rng(seed)
    twin = np.empty_like(points)
    size = max(1, _BLOCK // max(n, 1))
    # Random mixtures of the centred points have their covariance, without its eigenvectors being needed.
    for start in range(0, n, size):
        stop = min(start + size, n)
        twin[start:stop] = generator.standard_normal((stop - start, n)) @ centred
    return twin


def shuffled_columns(values: np.ndarray, seed: int) -> np.ndarray:
    """The same columns, each in an order of its own: every distribution stays, every relation goes.

    Parameters
    ----------
    values : (n, D) float64
        Descriptors themselves, not principal coordinates.
    seed : int

    Returns
    -------
    (n, D) float64
    """
    return np.random.default_rng(seed).permuted(np.asarray(values, dtype=float), axis=0)


def crystal_cloud(
    structure: Structure,
    directions: Directions,
    functions: SymmetryFunctions,
    elements: ArrayLike,
    radius: float,
    count: int,
    seed: int,
) -> np.ndarray:
    """Descriptors of crystals around one, as many dimensions as it has degrees of freedom.

    Parameters
    ----------
    structure : Structure
    directions : Directions
        From `displacements.free_directions`.
    functions : SymmetryFunctions
    elements : (n_elements,) int
        Atomic numbers of the neighbours that are told apart, ascending.
    radius : float
        Of the ball of displacements that is filled evenly, angstrom in the metric of `Directions`.
    count, seed : int

    Returns
    -------
    (count, n_atoms * d) float64
    """
    seen = np.flatnonzero(~np.isin(directions.kind, UNSEEN))
    generator = np.random.default_rng(seed)
    ball = generator.standard_normal((count, len(seen)))
    ball *= (radius * generator.random(count) ** (1 / len(seen)) / np.linalg.norm(ball, axis=1))[:, None]
    amounts = np.zeros((count, len(directions.kind)))
    amounts[:, seen] = ball
    return describe_displaced(structure, displaced(structure, directions, amounts), functions, elements)


def describe_random_crystals(
    molecule: Molecule, group: int, numbers: ArrayLike, functions: SymmetryFunctions
) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors of the crystals of `sampling.trials.random_crystals`, with their trial numbers.

    Parameters
    ----------
    molecule, group, numbers : as there
    functions : SymmetryFunctions

    Returns
    -------
    values : (m, n_atoms * d) float64
    trials : (m,) int64
    """
    from crystalspan.crystallography.space_groups import operations
    from crystalspan.sampling.trials import random_crystals

    cells, fractional, found = random_crystals(molecule, group, numbers)
    atoms = molecule.atomic_numbers
    elements = element_numbers(atoms)
    crystals = Crystals.alike(cells, fractional, *operations(group), atoms, np.zeros(len(atoms), dtype=np.int64))
    values = describe_crystals(functions, elements, crystals)
    return values.reshape(len(cells), len(atoms) * functions.n_values(len(elements))), found
