"""The local dimension of a descriptor: how many directions of change of a crystal it sees, structure by structure."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from crystalspan.arrays import ArrayLike, Floats, Integers, PathLike
from crystalspan.descriptors.compute import describe_crystals
from crystalspan.descriptors.crystals import Crystals
from crystalspan.descriptors.parameters import SymmetryFunctions, element_numbers
from crystalspan.errors import InputError
from crystalspan.freedom.displacements import (
    UNSEEN,
    Directions,
    crystal_symmetry,
    displaced,
    free_directions,
)
from crystalspan.freedom.structures import site_order
from crystalspan.landscape.file import Landscape, Selection, Structure, read_groups, read_rows, selected_rows
from crystalspan.parallel import Communicator, block, gathered

FULL, PSEUDO, BLIND, UNCLEAR, UNKNOWN = "full", "pseudo-symmetric", "blind", "unclear", "unknown"
# The derivative vanishes at a symmetric packing q away, so that the change is (q + p)^2 - q^2: its odd part is 2q/p of
# its even part at a displacement p. Below this share the symmetric packing is nearer than a quarter of the probe, while
# atoms that just enter the cutoff change as much by the odd part.
_EVEN = 0.5


@dataclasses.dataclass(frozen=True)
class JacobianSettings:
    """How the derivative of a descriptor is taken, and when a singular value is zero or weak.

    Parameters
    ----------
    step : float
        Largest step of the differences, angstrom in the metric of `Directions`; far below the width of the
        descriptor's functions.
    zero : float
        Singular values below this share of the largest are zero.
    weak : float
        Those below this share are weak, and the reason is sought.
    probe : float
        How far a crystal is displaced along a weak direction to find the reason, angstrom.
    site_tolerance : float
        Distance within which atoms coincide when the symmetry of a special position is sought, angstrom.
    """

    step: float
    zero: float
    weak: float
    probe: float
    site_tolerance: float


@dataclasses.dataclass(frozen=True)
class LocalDimension:
    """How many directions of change of one crystal a descriptor sees.

    Parameters
    ----------
    id : str
    degrees_of_freedom : int
        Directions that change the crystal, counted by linear algebra.
    rank : int
        Singular values above zero.
    strong : int
        Singular values that are not weak.
    mirrored : int
        Weak directions along which the descriptor changes alike both ways, so that its derivative (nearly) vanishes: a
        symmetry that leaves every atom in its place turns the direction round, here or nearer than a quarter of the
        probe.
    blind : int
        Weak directions without such a symmetry: next to nothing within the cutoff moves.
    singular_values : (p,) float64
        Descending, descriptor units an angstrom, with those of the directions that nothing can see.
    correction : float
        Largest length of what the second step of the differences changed in a column of the Jacobian: an upper limit
        of its error.
    gap : float
        Last singular value that counts in `rank`, over the first that does not (or over rounding, where none is left).
    flag : str
        ``full`` (no weak direction), ``pseudo-symmetric`` (all weak ones are mirrored), ``blind`` (some is blind) or
        ``unclear`` (the rank exceeds the degrees of freedom); ``unknown`` where the symmetry of a special position was
        not found, and nothing was counted.
    """

    id: str
    degrees_of_freedom: int
    rank: int
    strong: int
    mirrored: int
    blind: int
    singular_values: np.ndarray
    correction: float
    gap: float
    flag: str


def descriptor_jacobian(
    structure: Structure,
    directions: Directions,
    functions: SymmetryFunctions,
    elements: ArrayLike,
    step: float,
    pool: Callable[[np.ndarray], np.ndarray] | None = None,
) -> tuple[np.ndarray, float]:
    """The derivative of a crystal's descriptor along its free directions, by central differences.

    Differences over `step` and half of it are combined (Richardson): the correction is of second order in the step,
    the error that is left of fourth.

    Parameters
    ----------
    structure : Structure
    directions : Directions
    functions : SymmetryFunctions
    elements : (n_elements,) int
        Atomic numbers of the neighbours that are told apart, ascending.
    step : float
        Angstrom in the metric of `Directions`.
    pool : callable, optional
        Turns descriptors (m, n_atoms * d) into what is analysed, (m, D).

    Returns
    -------
    jacobian : (D, p) float64
        Descriptor units an angstrom.
    correction : float
        Largest norm of what the combination changed in a column.
    """
    p = len(directions.kind)
    steps = np.concatenate([np.eye(p), -np.eye(p), np.eye(p) / 2, -np.eye(p) / 2]) * step
    values = describe_displaced(structure, displaced(structure, directions, steps), functions, elements)
    if pool is not None:
        values = pool(values)
    forward, backward, near, far = values.reshape(4, p, -1)
    coarse, fine = (forward - backward) / (2 * step), (near - far) / step
    correction = (fine - coarse) / 3
    return (fine + correction).T, float(np.linalg.norm(correction, axis=1).max(initial=0.0))


def describe_displaced(
    structure: Structure, crystals: tuple[Floats, Floats], functions: SymmetryFunctions, elements: ArrayLike
) -> np.ndarray:
    """The descriptors of crystals that differ from a structure in cell and coordinates only.

    Parameters
    ----------
    structure : Structure
    crystals : tuple of (m, 3, 3) float64, angstrom, and (m, n_atoms, 3) float64
        Cells and fractional coordinates.
    functions, elements : as in `descriptor_jacobian`

    Returns
    -------
    (m, n_atoms * d) float64
    """
    changed = Crystals.alike(
        *crystals, structure.rotations, structure.translations, structure.atomic_number, structure.molecule
    )
    return describe_crystals(functions, elements, changed).reshape(len(changed.cells), -1)


def local_dimension(
    structure: Structure,
    site_order: int,
    functions: SymmetryFunctions,
    elements: ArrayLike,
    settings: JacobianSettings,
    pool: Callable[[np.ndarray], np.ndarray] | None = None,
) -> LocalDimension:
    """How many of a crystal's degrees of freedom its descriptor sees: the rank of the Jacobian.

    The Jacobian includes the directions that move nothing (free origin, axis of a linear molecule): their singular
    values are zero to rounding and stand below the gap.

    Parameters
    ----------
    structure : Structure
    site_order : int
        1 in general positions; see `crystal_symmetry`.
    functions, elements, pool : as in `descriptor_jacobian`
    settings : JacobianSettings
    """
    try:
        symmetry = crystal_symmetry(structure, site_order, settings.site_tolerance)
    except InputError:
        # One odd structure is no reason to lose a landscape.
        return LocalDimension(str(structure.id), 0, 0, 0, 0, 0, np.zeros(0), math.nan, math.nan, UNKNOWN)
    directions = free_directions(structure, symmetry)
    jacobian, correction = descriptor_jacobian(structure, directions, functions, elements, settings.step, pool)
    values = np.linalg.svd(jacobian, compute_uv=False)
    values = np.pad(values, (0, len(directions.kind) - len(values)))
    degrees = directions.degrees_of_freedom
    largest = values.max(initial=0.0)
    rank = int(np.count_nonzero(values > settings.zero * largest))
    strong = int(np.count_nonzero(values > settings.weak * largest))
    mirrored = blind = 0
    if strong < degrees:
        # By way of the triangular factor: the left vectors of a long descriptor would fill the memory.
        triangle = np.linalg.qr(jacobian[:, ~np.isin(directions.kind, UNSEEN)], mode="r")
        _, _, axes = np.linalg.svd(triangle)
        amounts = np.zeros((degrees - strong, len(directions.kind)))
        amounts[:, ~np.isin(directions.kind, UNSEEN)] = axes[strong:degrees] * settings.probe
        smallest = settings.weak * settings.probe * largest
        mirrored = _mirrored(structure, directions, amounts, functions, elements, pool, smallest)
        blind = degrees - strong - mirrored
    flag = _flag(degrees, rank, mirrored, blind)
    below = max(values[rank] if rank < len(values) else 0.0, np.finfo(float).eps * largest)
    gap = float(values[rank - 1] / below) if rank else math.nan
    return LocalDimension(str(structure.id), degrees, rank, strong, mirrored, blind, values, correction, gap, flag)


def _flag(degrees, rank, mirrored, blind) -> str:
    if rank > degrees:
        return UNCLEAR
    if blind:
        return BLIND
    return PSEUDO if mirrored else FULL


def _mirrored(structure, directions, amounts, functions, elements, pool, smallest) -> int:
    """How many displacements change the descriptor alike both ways, and by no less than the smallest change."""
    steps = np.concatenate([np.zeros((1, amounts.shape[1])), amounts, -amounts])
    values = describe_displaced(structure, displaced(structure, directions, steps), functions, elements)
    if pool is not None:
        values = pool(values)
    forth, back = np.split(values[1:] - values[0], 2)
    odd, even = (np.linalg.norm(forth + sign * back, axis=1) / 2 for sign in (-1, 1))
    return int(np.count_nonzero((even >= smallest) & (odd < _EVEN * even)))


def local_dimensions(
    landscape: Landscape,
    functions: SymmetryFunctions,
    settings: JacobianSettings,
    pool: Callable[[np.ndarray], np.ndarray] | None = None,
) -> list[LocalDimension]:
    """The local dimension of each structure of a landscape (or of some of its rows, a rank's share).

    Parameters
    ----------
    landscape : Landscape
    functions : SymmetryFunctions
    settings : JacobianSettings
    pool : callable, optional
        See `descriptor_jacobian`.

    Raises
    ------
    InputError
        A structure's molecules do not make its Z'.
    """
    elements = element_numbers(landscape.reference_atomic_number)
    return [
        local_dimension(landscape.structure(i), site_order(landscape, i), functions, elements, settings, pool)
        for i in range(len(landscape))
    ]


def shared_local_dimensions(
    communicator: Communicator,
    path: PathLike,
    rows: Integers,
    functions: SymmetryFunctions,
    settings: JacobianSettings,
    pool: Callable[[np.ndarray], np.ndarray] | None = None,
) -> list[LocalDimension] | None:
    """The local dimensions of structures of a landscape file, split over the MPI ranks.

    Parameters
    ----------
    communicator
        From `crystalspan.parallel.world`; all ranks call this together.
    path : path-like
        Landscape file.
    rows : (n,) int
        From `evenly_chosen`.
    functions, settings, pool : as in `local_dimensions`

    Returns
    -------
    list of LocalDimension
        In the order of the rows, whatever the number of ranks; None on ranks other than 0.

    Raises
    ------
    InputError
        On rank 0, what went wrong on any rank.
    """
    first, last = block(len(rows), communicator.size, communicator.rank)
    parts = gathered(
        communicator, lambda: local_dimensions(read_rows(path, rows[first:last]), functions, settings, pool)
    )
    return None if parts is None else [one for part in parts for one in part]


def evenly_chosen(path: PathLike, selection: Selection, count: int | None) -> np.ndarray:
    """Rows of a landscape file: so many structures of each space group, evenly spaced in the order of energy.

    Parameters
    ----------
    path : path-like
    selection : Selection
    count : int or None
        None takes all.

    Returns
    -------
    (n,) int64
        Ascending.
    """
    rows = selected_rows(path, selection)
    if count is None or not len(rows):
        return rows
    groups = read_groups(path)[rows]
    chosen = []
    for group in np.unique(groups):
        mine = rows[groups == group]
        chosen.append(mine[np.unique(np.linspace(0, len(mine) - 1, min(count, len(mine))).round().astype(int))])
    return np.sort(np.concatenate(chosen))


def jacobian_settings(section: dict) -> JacobianSettings:
    """The settings of the validated schema section `jacobian`."""
    return JacobianSettings(**{field.name: section[field.name] for field in dataclasses.fields(JacobianSettings)})
