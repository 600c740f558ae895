"""Whether made crystals are realistic: contacts, energies, how far they move to a minimum, and to which one."""

from typing import NamedTuple

import numpy as np

from crystalspan.crystallography.cell import density, volume
from crystalspan.latent.minima import Minima, MinimumWindows, minima_of
from crystalspan.latent.relaxing import MinimiserStage, Rigid, relax
from crystalspan.sampling._energy import energy_gradient
from crystalspan.sampling._trials import overlaps
from crystalspan.sampling.packing import Packing

KNOWN, HELD_OUT, NEW, LOST = "known", "held out", "new", "lost"
# Contacts are sought to this share of the sum of van der Waals radii.
_CONTACT_STEP = 1e-3


class Judged(NamedTuple):
    """What became of made crystals.

    Attributes
    ----------
    contact : (k,) float64
        Shortest distance between molecules over the sum of van der Waals radii, as made.
    energy_before, energy : (k,) float64
        As made and relaxed, kJ/mol above the lowest minimum known; NaN where it did not relax.
    moved, shift : (k,) float64
        Angstrom on relaxing: in the metric of `generation.moved_crystals`, and of the centre alone.
    turn : (k,) float64
        Degrees on relaxing.
    fate : (k,) object
        ``known``, ``held out``, ``new`` or ``lost`` (it did not relax).
    minimum : (k,) int64
        Row of the reference that it became; -1 for a new one or none.
    density : (k,) float64
        Relaxed, g/cm3; NaN where it did not relax.
    minimised : (k,) bool
        Whether it could be packed without overlaps, and was minimised: what a search pays for.
    ended : Rigid
        The crystals after relaxing, whatever became of them.
    """

    contact: np.ndarray
    energy_before: np.ndarray
    energy: np.ndarray
    moved: np.ndarray
    shift: np.ndarray
    turn: np.ndarray
    fate: np.ndarray
    minimum: np.ndarray
    density: np.ndarray
    minimised: np.ndarray
    ended: Rigid


def judge(
    packing: Packing,
    made: Rigid,
    used: list[MinimiserStage],
    reference: Minima,
    held_out: np.ndarray,
    windows: MinimumWindows,
    window: float = np.inf,
) -> Judged:
    """Relax made crystals and say what became of them.

    Parameters
    ----------
    packing : Packing
    made : Rigid
    used : list of MinimiserStage
        Of the minimisation; the sampler's last one keeps a crystal in its basin.
    reference : Minima
        The landscape of the group, as complete as it is known.
    held_out : (n,) bool
        Which of its minima were not trained on.
    windows : MinimumWindows
    window : float
        Relaxed crystals higher above the lowest minimum than this, kJ/mol, are not compared (-1, ``new``).
    """
    trials = relax(packing, made, used)
    lowest = reference.energy.min(initial=np.inf)
    energy = np.where(trials.valid, trials.energy - lowest, np.nan)
    ended = Rigid.of_cells(packing, trials.cell, trials.position, trials.rotation)
    shift, turn, moved = _ways(packing, made, ended)
    near = np.flatnonzero(trials.valid & (np.nan_to_num(energy, nan=np.inf) <= window))
    minimum = np.full(len(made), -1)
    if len(near) and len(reference):
        minimum[near] = reference.which(minima_of(packing, ended[near], trials.energy[near], windows), windows)
    fate = np.where(trials.valid, NEW, LOST).astype(object)
    fate[minimum >= 0] = np.where(held_out[minimum[minimum >= 0]], HELD_OUT, KNOWN)
    before = lattice_energies(packing, made, used[-1]) - lowest
    dense = np.asarray(density(packing.molecule.mass * packing.multiplicity, volume(trials.cell)))
    for values in (shift, turn, moved, dense):
        values[~trials.valid] = np.nan
    contacts, minimised = shortest_contacts(packing, made), trials.step > 0
    return Judged(contacts, before, energy, moved, shift, turn, fate, minimum, dense, minimised, ended)


def _ways(packing, made, ended):
    """Shift of the centre (angstrom), turn (degrees) and length of the whole way (angstrom)."""
    before, after = made.cells(packing), ended.cells(packing)
    step = ended.positions - made.positions
    step -= np.rint(step)
    # A shift along an axis on which the origin is free is none.
    step = step @ (np.eye(3) - packing.rotations.astype(float).mean(axis=0)).T
    shift = np.linalg.norm(np.einsum("ki,kij->kj", step, (before + after) / 2), axis=1)
    trace = np.einsum("kij,kij->k", made.rotations, ended.rotations)
    turn = np.arccos(np.clip((trace - 1) / 2, -1.0, 1.0))
    strain = np.linalg.norm(np.linalg.inv(before) @ after - np.eye(3), axis=(1, 2))
    size = np.cbrt(np.linalg.det(after) / packing.multiplicity)
    moved = np.sqrt(shift**2 + (turn * packing.model.radius) ** 2 + (strain * size) ** 2)
    return shift, np.degrees(turn), moved


def lattice_energies(packing: Packing, crystals: Rigid, stage: MinimiserStage) -> np.ndarray:
    """Lattice energies (k,) float64 of crystals as they are, kJ/mol per molecule."""
    gradient = np.empty(len(packing.model.basis) + 6)
    cutoff, taper, _ = stage.numbers
    return np.array(
        [
            energy_gradient(cell, position, rotation, cutoff, taper, 0.0, packing.model, gradient)
            for cell, position, rotation in zip(
                crystals.cells(packing), crystals.positions, crystals.rotations, strict=True
            )
        ]
    )


def shortest_contacts(packing: Packing, crystals: Rigid, largest: float = 1.5) -> np.ndarray:
    """Shortest distances (k,) between atoms of different molecules over their sums of radii; at most `largest`."""
    found = np.empty(len(crystals))
    cells = crystals.cells(packing)
    for row in range(len(crystals)):
        low, high = 0.0, largest
        while high - low > _CONTACT_STEP:
            middle = 0.5 * (low + high)
            close = overlaps(
                cells[row], crystals.positions[row], crystals.rotations[row], packing.radii, middle, packing.model
            )
            low, high = (low, middle) if close else (middle, high)
        found[row] = high
    return found


def relative_distances(made: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Distance (k,) of each made point to the nearest of a landscape, in that point's distance to its own neighbour."""
    from scipy.spatial import cKDTree

    tree = cKDTree(reference)
    away, nearest = tree.query(made)
    own = tree.query(reference, 2)[0][:, 1]
    return away / np.maximum(own[nearest], 1e-12)


def coverage(found: np.ndarray, reference: Minima, window: float) -> float:
    """Share of the minima of a window that are among those found (rows of the reference, -1 for none)."""
    inside = reference.energy <= reference.energy.min() + window
    return float(np.mean(np.isin(np.flatnonzero(inside), found)))
