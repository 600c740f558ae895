"""Distinct minima of one space group, how often each was found, and whether a crystal is one of them."""

import dataclasses

import numpy as np

from crystalspan.crystallography import fingerprints
from crystalspan.crystallography.cell import density, volume
from crystalspan.latent.relaxing import Rigid
from crystalspan.sampling.packing import Packing
from crystalspan.sampling.trials import Trials


@dataclasses.dataclass(frozen=True)
class MinimumWindows:
    """Within what crystals are the same.

    Parameters
    ----------
    energy, density, distance : float
        kJ/mol, g/cm3, angstrom.
    neighbours : int
        Nearest atoms that the distances reach.
    """

    energy: float = 0.4
    density: float = 0.02
    distance: float = 0.06
    neighbours: int = 120


def windows_of(settings: dict) -> MinimumWindows:
    """The windows of the validated section ``sampling``."""
    section = settings["duplicates"]
    return MinimumWindows(**{field.name: section[field.name] for field in dataclasses.fields(MinimumWindows)})


@dataclasses.dataclass(frozen=True, eq=False)
class Minima:
    """Minima by energy, with what tells them apart.

    Parameters
    ----------
    crystals : Rigid
    energy, density : (n,) float64
        kJ/mol, ascending, and g/cm3.
    distances : (n, d) float64
        Mean neighbour distances, angstrom.
    finds : (n,) int64
        How often each was found.
    """

    crystals: Rigid
    energy: np.ndarray
    density: np.ndarray
    distances: np.ndarray
    finds: np.ndarray

    def __len__(self) -> int:
        return len(self.energy)

    def __getitem__(self, rows) -> "Minima":
        return Minima(*(getattr(self, field.name)[rows] for field in dataclasses.fields(Minima)))

    def within(self, window: float) -> "Minima":
        """Those so far above the lowest one, kJ/mol."""
        return self[self.energy <= self.energy.min(initial=np.inf) + window]

    def which(self, other: "Minima", used: MinimumWindows) -> np.ndarray:
        """The row (m,) of these that each of the others is the same as, the nearest in energy; -1 where it is new."""
        found = np.full(len(other), -1)
        first = np.searchsorted(self.energy, other.energy - used.energy, side="right")
        last = np.searchsorted(self.energy, other.energy + used.energy, side="left")
        for row in range(len(other)):
            near = np.arange(first[row], last[row])
            same = np.abs(self.density[near] - other.density[row]) < used.density
            same &= np.abs(self.distances[near] - other.distances[row]).max(axis=1, initial=0.0) < used.distance
            near = near[same]
            if len(near):
                found[row] = near[np.argmin(np.abs(self.energy[near] - other.energy[row]))]
        return found


def found_minima(packing: Packing, trials: Trials, used: MinimumWindows, largest_energy: float = np.inf) -> Minima:
    """The crystals of valid trials, by energy, duplicates and all.

    Parameters
    ----------
    packing : Packing
    trials : Trials
    used : MinimumWindows
    largest_energy : float
        kJ/mol; those above are left out, for their fingerprints take longest.
    """
    rows = np.flatnonzero(trials.valid & (np.nan_to_num(trials.energy, nan=np.inf) <= largest_energy))
    rows = rows[np.lexsort((trials.number[rows], trials.energy[rows]))]
    crystals = Rigid.of_cells(packing, trials.cell[rows], trials.position[rows], trials.rotation[rows])
    return minima_of(packing, crystals, trials.energy[rows], used)


def minima_of(packing: Packing, crystals: Rigid, energy: np.ndarray, used: MinimumWindows) -> Minima:
    """Crystals with their densities and neighbour distances, each found once, in the order given."""
    cells, fractional = crystals.atoms(packing)
    kinds = packing.molecule.symbols
    distances = np.array(
        [
            fingerprints.neighbour_distances(
                kinds, atoms, cell, packing.rotations, packing.translations, used.neighbours
            )
            for cell, atoms in zip(cells, fractional, strict=True)
        ]
    ).reshape(len(crystals), len(set(kinds)) * used.neighbours)
    mass = packing.molecule.mass * packing.multiplicity
    densities = np.asarray(density(mass, volume(cells)))
    return Minima(crystals, energy, densities, distances, np.ones(len(crystals), dtype=np.int64))


def distinct(minima: Minima, used: MinimumWindows) -> tuple[Minima, np.ndarray]:
    """Each minimum once, as the crystal of lowest energy, and how often it was found.

    Parameters
    ----------
    minima : Minima
        By energy.
    used : MinimumWindows

    Returns
    -------
    distinct : Minima
    which : (n,) int64
        Row of `distinct` that each crystal is.
    """
    if not len(minima):
        return minima, np.zeros(0, dtype=np.int64)
    first = fingerprints.first_equals(
        minima.energy, minima.density, minima.distances, used.energy, used.density, used.distance
    )
    unique, which = np.unique(first, return_inverse=True)
    finds = np.bincount(which, weights=minima.finds).astype(np.int64)
    return dataclasses.replace(minima[unique], finds=finds), which
