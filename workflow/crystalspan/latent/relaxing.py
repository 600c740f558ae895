"""Rigid crystals of one space group as arrays, and the sampler's minimiser on any of them."""

import dataclasses

import numpy as np

from crystalspan.arrays import ArrayLike
from crystalspan.sampling._minimise import CONVERGED, minimise, scales
from crystalspan.sampling._trials import run_trials
from crystalspan.sampling.packing import Packing
from crystalspan.sampling.potential import KJ_MOL_A3_PER_GPA
from crystalspan.sampling.trials import (
    SHARPEST_ANGLE,
    SHORTEST_CONTACT,
    SHORTEST_EDGE,
    STAGE_LIMITS,
    VOLUME_BOUNDS,
    Trials,
    _largest_volume,
)


@dataclasses.dataclass(frozen=True, eq=False)
class Rigid:
    """Crystals of one molecule in a general position of one space group.

    Parameters
    ----------
    parameters : (k, p) float64
        Free cell parameters, of `Packing.model.basis`.
    positions : (k, 3) float64
        Centre of mass, fractional.
    rotations : (k, 3, 3) float64
        Turn the molecule file's orientation into the crystal's.
    """

    parameters: np.ndarray
    positions: np.ndarray
    rotations: np.ndarray

    def __len__(self) -> int:
        return len(self.parameters)

    def __getitem__(self, rows) -> "Rigid":
        return Rigid(self.parameters[rows], self.positions[rows], self.rotations[rows])

    @staticmethod
    def joined(parts: list["Rigid"], packing: Packing) -> "Rigid":
        """All crystals of several parts, in their order."""
        free = len(packing.model.basis)
        empty = Rigid(np.zeros((0, free)), np.zeros((0, 3)), np.zeros((0, 3, 3)))
        names = [field.name for field in dataclasses.fields(Rigid)]
        return Rigid(*(np.concatenate([getattr(part, name) for part in [empty, *parts]]) for name in names))

    @staticmethod
    def of_cells(packing: Packing, cells: ArrayLike, positions: ArrayLike, rotations: ArrayLike) -> "Rigid":
        """Crystals from cell matrices (k, 3, 3) in the sampler's form, such as those of `Trials`."""
        where = [tuple(np.argwhere(matrix == 1.0)[0]) for matrix in packing.model.basis]
        parameters = np.stack([np.asarray(cells)[:, i, j] for i, j in where], axis=1)
        return Rigid(parameters, np.array(positions, dtype=float), np.array(rotations, dtype=float))

    def cells(self, packing: Packing) -> np.ndarray:
        """Edge vectors (k, 3, 3) as rows, angstrom."""
        return np.einsum("kp,pij->kij", self.parameters, packing.model.basis)

    def atoms(self, packing: Packing) -> tuple[np.ndarray, np.ndarray]:
        """Cells (k, 3, 3) and fractional coordinates (k, n, 3) of the molecule's atoms, in its order."""
        cells = self.cells(packing)
        offsets = np.einsum("kij,nj->kni", self.rotations, packing.body)
        return cells, self.positions[:, None] + offsets @ np.linalg.inv(cells)


@dataclasses.dataclass(frozen=True)
class MinimiserStage:
    """A stage of the minimisation.

    Parameters
    ----------
    cutoff, taper : float
        Angstrom.
    pressure : float
        GPa.
    limits : tuple of float
        Largest gradient (kJ/mol per angstrom), predicted decrease (kJ/mol), evaluations.
    """

    cutoff: float
    taper: float
    pressure: float
    limits: tuple[float, float, float]

    @property
    def numbers(self) -> np.ndarray:
        """Cutoff, taper and pressure in the kernel's units."""
        return np.array([self.cutoff, self.taper, self.pressure * KJ_MOL_A3_PER_GPA])


def stages(settings: dict, last_only: bool) -> list[MinimiserStage]:
    """The sampler's stages, or its last one alone, which keeps a crystal in its basin.

    Parameters
    ----------
    settings : dict
        The section ``sampling``.
    last_only : bool
    """
    last = MinimiserStage(settings["cutoff"], settings["taper"], 0.0, STAGE_LIMITS[-1])
    first = MinimiserStage(settings["first_cutoff"], settings["taper"], settings["first_pressure"], STAGE_LIMITS[0])
    return [last] if last_only else [first, last]


def bounds(packing: Packing) -> np.ndarray:
    """Smallest and largest cell volume, shortest edge and largest cosine that a minimisation may reach."""
    volume = packing.multiplicity * packing.vdw_volume
    low, high = VOLUME_BOUNDS
    return np.array([low * volume, high * volume, SHORTEST_EDGE, np.cos(np.radians(SHARPEST_ANGLE))])


def relax(packing: Packing, crystals: Rigid, used: list[MinimiserStage], numbers: ArrayLike | None = None) -> Trials:
    """Minimise crystals, each expanded before until no atoms overlap, as the sampler's own trials are.

    Parameters
    ----------
    packing : Packing
    crystals : Rigid
    used : list of MinimiserStage
    numbers : (k,) int, optional
        Of the trials; from 1 by default.

    Returns
    -------
    Trials
    """
    parameters, positions, rotations = (
        np.ascontiguousarray(array, dtype=np.float64).copy()
        for array in (crystals.parameters, crystals.positions, crystals.rotations)
    )
    if numbers is None:
        numbers = np.arange(1, len(crystals) + 1)
    status, energy, step, evaluations = run_trials(
        parameters,
        positions,
        rotations,
        packing.radii,
        SHORTEST_CONTACT,
        _largest_volume(packing),
        np.array([stage.numbers for stage in used]),
        np.array([stage.limits for stage in used]),
        bounds(packing),
        packing.model,
    )
    cell = np.einsum("kp,pij->kij", parameters, packing.model.basis)
    numbers = np.asarray(numbers, dtype=np.int64)
    return Trials(numbers, status, step, energy, cell, positions % 1.0, rotations, evaluations)


def snapshots(packing: Packing, start: Rigid, used: list[MinimiserStage], every: int) -> Rigid | None:
    """One crystal on its way to the minimum: itself, then the state after every so many evaluations.

    The minimiser is stopped and goes on with the curvature that it has learnt, so the way is that of an uninterrupted
    minimisation but for single steps.

    Parameters
    ----------
    packing : Packing
    start : Rigid
        One crystal.
    used : list of MinimiserStage
    every : int
        At least 2: each piece begins with an evaluation where the last one ended.

    Returns
    -------
    Rigid or None
        None where the minimisation does not converge.
    """
    parameters, position, rotation = start.parameters[0].copy(), start.positions[0].copy(), start.rotations[0].copy()
    way = [start]
    scale = scales(parameters, packing.model)
    hessian, limits = np.eye(len(scale)), bounds(packing)
    status = None
    for stage in used:
        left = stage.limits[2]
        while left > 0:
            piece = np.array([*stage.limits[:2], min(every, left)])
            status, _, _ = minimise(
                parameters, position, rotation, hessian, scale, stage.numbers, piece, limits, packing.model
            )
            left -= every
            way.append(Rigid(parameters[None].copy(), position[None].copy(), rotation[None].copy()))
            if status == CONVERGED:
                break
    return Rigid.joined(way, packing) if status == CONVERGED else None
