"""Trial crystals: a pure function of molecule, space group and trial number."""

import dataclasses
import hashlib
import warnings

import numpy as np
from scipy.stats import qmc

from crystalspan.arrays import ArrayLike, Floats
from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.molecules import Molecule
from crystalspan.crystallography.space_groups import symbol
from crystalspan.sampling._minimise import CONVERGED, NOT_CONVERGED, OUT_OF_BOUNDS
from crystalspan.sampling._trials import NO_CELL, NO_PACKING, build, random_rotation, run_trials
from crystalspan.sampling.packing import Packing
from crystalspan.sampling.packing import packing as packing_of
from crystalspan.sampling.potential import KJ_MOL_A3_PER_GPA

# Part of the method, like the bounds below: another value gives another sampling, not a better one.
PACKING_COEFFICIENT = 0.70
VOLUME_FACTORS = (0.95, 1.7)
LARGEST_VOLUME_FACTOR = 2.5
SHORTEST_CONTACT = 0.60
SMALLEST_ANGLE = 45.0
ASPECT = 4.0
# A triclinic cell whose volume is a smaller share of a b c than this is flat.
FLATTEST_CELL = 0.2

# Bounds of the minimisation: a trial that leaves them is given up, or it may cost seconds.
VOLUME_BOUNDS = (0.8, 6.0)
SHORTEST_EDGE = 2.5
SHARPEST_ANGLE = 29.0

# Largest gradient (kJ/mol per angstrom), predicted decrease (kJ/mol) and evaluations, by stage.
STAGE_LIMITS = ((0.1, 0.005, 300.0), (0.01, 2e-5, 400.0))
STEPS = len(STAGE_LIMITS)

OUTCOMES = {
    CONVERGED: "minimum",
    NOT_CONVERGED: "the minimisation did not converge",
    OUT_OF_BOUNDS: "the minimisation left the bounds of the cell",
    NO_PACKING: "no packing without overlaps below the largest volume",
    NO_CELL: "no cell has these angles",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Trials:
    """What became of some trials.

    Attributes
    ----------
    number : (k,) int64
        Trial (Sobol) numbers, from 1.
    status : (k,) int64
        One of `OUTCOMES`; 0 is a minimum.
    step : (k,) int64
        Minimisation stage reached; 0 = none.
    energy : (k,) float64
        Lattice energy, kJ/mol per molecule.
    cell : (k, 3, 3) float64
        Edge vectors as rows, angstrom.
    position : (k, 3) float64
        Centre of mass, fractional.
    rotation : (k, 3, 3) float64
        Turns the molecule file's orientation into the crystal's.
    evaluations : (k,) int64
    """

    number: np.ndarray
    status: np.ndarray
    step: np.ndarray
    energy: np.ndarray
    cell: np.ndarray
    position: np.ndarray
    rotation: np.ndarray
    evaluations: np.ndarray

    @property
    def valid(self) -> np.ndarray:
        """Which trials ended in a minimum, shape (k,), bool."""
        return self.status == CONVERGED


def seed(packing: Packing) -> int:
    """Return the scrambling seed of a molecule (its content, not its name) in a space group."""
    molecule = packing.molecule
    digest = hashlib.sha256(f"{packing.group} {' '.join(molecule.symbols)}".encode())
    for array in (molecule.positions, molecule.charges):
        digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
    return int.from_bytes(digest.digest()[:8], "little")


def free_axes(packing: Packing) -> np.ndarray:
    """Return the axes along which the position matters, shape (f,); the origin is free along the others."""
    projector = packing.rotations.mean(axis=0)
    return np.array([i for i in range(3) if not np.allclose(projector[:, i], np.eye(3)[i])], dtype=int)


def points(packing: Packing, numbers: np.ndarray) -> np.ndarray:
    """Return the scrambled Sobol points of some trial numbers.

    Returns
    -------
    (k, d) float64
        In [0, 1); columns: volume, aspects, angles, position, rotation.
    """
    lengths, angles = _FREE[packing.system]
    dimensions = 1 + (lengths - 1) + angles + len(free_axes(packing)) + 3
    with warnings.catch_warnings():
        # scipy warns that a count is no power of two; trials are added as they come.
        warnings.simplefilter("ignore", UserWarning)
        engine = qmc.Sobol(dimensions, scramble=True, bits=30, seed=seed(packing))
        rows = np.empty((len(numbers), dimensions))
        at = 0
        for run in np.split(np.arange(len(numbers)), np.flatnonzero(np.diff(numbers) != 1) + 1):
            first = int(numbers[run[0]])
            engine.fast_forward(first - at)
            rows[run] = engine.random(len(run))
            at = first + len(run)
    return rows


# Independent lengths and angles of the cell of each system.
_FREE = {
    "triclinic": (3, 3),
    "monoclinic": (3, 1),
    "orthorhombic": (3, 0),
    "tetragonal": (2, 0),
    "hexagonal": (2, 0),
    "cubic": (1, 0),
}


def start(packing: Packing, sobol: np.ndarray) -> tuple[Floats, Floats, Floats]:
    """Turn Sobol points into cells, positions and rotations, before any check of overlaps.

    Cosines of the angles are uniform between 45 and 135 degrees, aspect ratios log-uniform, the volume a
    factor of 0.95 to 1.7 of the van der Waals volume at a packing coefficient of 0.70.

    Returns
    -------
    parameters : (k, p) float64
        Free cell parameters, NaN where no cell has these angles.
    positions : (k, 3) float64
    rotations : (k, 3, 3) float64
    """
    lengths, angles = _FREE[packing.system]
    axes = free_axes(packing)
    volume, aspect, angle, place, turn = np.split(sobol, np.cumsum([1, lengths - 1, angles, len(axes)]), axis=1)
    edges = _edges(packing.system, ASPECT ** (2.0 * aspect - 1.0))
    limit = np.cos(np.radians(SMALLEST_ANGLE))
    degrees = 90.0 + np.degrees(np.arcsin(limit * (2.0 * angle - 1.0)))
    cells = cell_matrix(np.concatenate([edges, _angles(packing.system, degrees)], axis=1))
    with np.errstate(invalid="ignore"):
        share = np.prod(np.diagonal(cells, axis1=1, axis2=2), axis=1) / np.prod(edges, axis=1)
    share[~(share >= FLATTEST_CELL)] = np.nan
    low, high = VOLUME_FACTORS
    target = packing.multiplicity * packing.vdw_volume / PACKING_COEFFICIENT
    wanted = target * (low + (high - low) * volume[:, 0])
    cells = cells * np.cbrt(wanted / (share * np.prod(edges, axis=1)))[:, None, None]
    # Each basis matrix holds the number one in the place of its parameter.
    where = [tuple(np.argwhere(matrix == 1.0)[0]) for matrix in packing.model.basis]
    parameters = np.stack([cells[:, i, j] for i, j in where], axis=1)
    positions = np.zeros((len(sobol), 3))
    positions[:, axes] = place
    rotations = np.array([random_rotation(*row) for row in turn]).reshape(-1, 3, 3)
    return parameters, positions, rotations


def _edges(system, aspect) -> np.ndarray:
    """Return relative edges from the ratios to the last one."""
    one = np.ones((len(aspect), 1))
    if system in ("tetragonal", "hexagonal"):
        return np.concatenate([aspect, aspect, one], axis=1)
    return np.concatenate([aspect, one], axis=1) if system != "cubic" else np.repeat(one, 3, axis=1)


def _angles(system, degrees) -> np.ndarray:
    """Return alpha, beta, gamma from the free angles."""
    right = np.full((len(degrees), 1), 90.0)
    if system == "triclinic":
        return degrees
    if system == "monoclinic":
        return np.concatenate([right, degrees, right], axis=1)
    return np.concatenate([right, right, right + 30.0 if system == "hexagonal" else right], axis=1)


def sample(
    packing: Packing, numbers: ArrayLike, cutoff: float, taper: float, first_cutoff: float, first_pressure: float
) -> Trials:
    """Build and minimise the crystals of some trial numbers.

    Each trial depends on the molecule, the space group and its number only, so any division of the numbers
    over batches and ranks gives the same crystals.

    Parameters
    ----------
    packing : Packing
    numbers : (k,) int
        Trial numbers, from 1, ascending.
    cutoff, taper : float
        Largest distance of centres of mass, and the width over which the energy fades, angstrom.
    first_cutoff, first_pressure : float
        Cutoff (angstrom) and pressure (GPa) of the first stage of minimisation.

    Returns
    -------
    Trials
    """
    numbers = np.asarray(numbers, dtype=np.int64)
    parameters, positions, rotations = start(packing, points(packing, numbers))
    stages = np.array([[first_cutoff, taper, first_pressure * KJ_MOL_A3_PER_GPA], [cutoff, taper, 0.0]])
    volume = packing.multiplicity * packing.vdw_volume
    bounds = np.array(
        [
            VOLUME_BOUNDS[0] * volume,
            VOLUME_BOUNDS[1] * volume,
            SHORTEST_EDGE,
            np.cos(np.radians(SHARPEST_ANGLE)),
        ]
    )
    status, energy, step, evaluations = run_trials(
        parameters,
        positions,
        rotations,
        packing.radii,
        SHORTEST_CONTACT,
        _largest_volume(packing),
        stages,
        np.array(STAGE_LIMITS),
        bounds,
        packing.model,
    )
    cell = np.einsum("kp,pij->kij", parameters, packing.model.basis)
    # Wrapping moves the molecule by whole cells: the same crystal.
    return Trials(numbers, status, step, energy, cell, positions % 1.0, rotations, evaluations)


def _largest_volume(packing: Packing) -> float:
    """Return the cell volume above which a trial packing is given up, cubic angstrom."""
    return LARGEST_VOLUME_FACTOR * (packing.multiplicity * packing.vdw_volume) / PACKING_COEFFICIENT


def random_crystals(molecule: Molecule, group: int, numbers: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Crystals of the sampler before any minimisation: loose packings without overlaps.

    Parameters
    ----------
    molecule : Molecule
        Charges are not needed.
    group : int
        Space group number; molecules in general positions.
    numbers : (k,) int
        Trial numbers, from 1, ascending.

    Returns
    -------
    cells : (m, 3, 3) float64
        Edge vectors as rows, angstrom; m <= k, since some trials find no packing.
    fractional : (m, n_atoms, 3) float64
        In the molecule's order of atoms.
    trials : (m,) int64
        Their numbers.
    """
    neutral = Molecule(molecule.name, molecule.symbols, molecule.positions, np.zeros(len(molecule.symbols)))
    packed = packing_of(neutral, group)
    numbers = np.asarray(numbers, dtype=np.int64)
    parameters, positions, rotations = start(packed, points(packed, numbers))
    built = np.array(
        [
            np.isfinite(row[0])
            and build(row, position, turn, packed.radii, SHORTEST_CONTACT, _largest_volume(packed), packed.model)
            for row, position, turn in zip(parameters, positions, rotations, strict=True)
        ],
        dtype=bool,
    )
    cells = np.einsum("kp,pij->kij", parameters[built], packed.model.basis)
    offsets = np.einsum("kij,nj->kni", rotations[built], packed.body)
    return cells, positions[built, None] + offsets @ np.linalg.inv(cells), numbers[built]


def summary(packing: Packing, trials: Trials) -> str:
    """Say what became of the trials, in a few lines."""
    lines = [
        f"{packing.molecule.name} in {symbol(packing.group)}: "
        f"{int(trials.valid.sum())} minima of {len(trials.number)} trials"
    ]
    for status, count in zip(*np.unique(trials.status[~trials.valid], return_counts=True), strict=True):
        lines.append(f"  {count} invalid: {OUTCOMES[int(status)]}")
    if trials.valid.any():
        lines.append(f"  lowest lattice energy {trials.energy[trials.valid].min():.2f} kJ/mol")
    return "\n".join(lines)
