"""Crystals that are the same packing, confirmed by laying one over the other."""

import dataclasses

import numpy as np

from crystalspan.crystallography import _repeats
from crystalspan.crystallography.overlay import overlays
from crystalspan.crystallography.packings import Packings


@dataclasses.dataclass(frozen=True)
class Windows:
    """When two crystals are the same.

    Energies, densities and neighbour distances only say which pairs are looked at; the overlay decides.

    Parameters
    ----------
    energy : float, kJ/mol
    density : float, g/cm3
    distance : float, angstrom
        Of all mean sorted neighbour distances of each element. Wide: among 1,288 crystals of 4-fluorotoluene the
        furthest pair that the overlay confirms is 0.34 apart, most of them less than 0.1.
    neighbours : int
        How many nearest atoms these reach.
    molecules : int
        Of the clusters that are laid over each other: all must match.
    rmsd : float, angstrom
    """

    energy: float = 0.4
    density: float = 0.02
    distance: float = 0.4
    neighbours: int = 120
    molecules: int = 20
    rmsd: float = 0.15


DEFAULT = Windows()


@dataclasses.dataclass(frozen=True)
class Pair:
    """A pair of crystals that was looked at.

    Parameters
    ----------
    first, second : int
        Rows; the first has the lower energy.
    distance : float, angstrom
        Largest difference of their neighbour distances.
    matched : int
    rmsd : float, angstrom
        Of the molecules that match.
    same : bool
    """

    first: int
    second: int
    distance: float
    matched: int
    rmsd: float
    same: bool


@dataclasses.dataclass(frozen=True, eq=False)
class Duplicates:
    """Which crystals are the same.

    Parameters
    ----------
    same_as : (n,) int64
        The crystal of lowest energy that each one equals; its own row when it is unique.
    pairs : list of Pair
        All that were laid over each other.
    """

    same_as: np.ndarray
    pairs: list[Pair]

    @property
    def unique(self) -> np.ndarray:
        """Rows of the unique crystals, ascending."""
        return np.flatnonzero(self.same_as == np.arange(len(self.same_as)))


def confirmed(
    energy: np.ndarray, density: np.ndarray, distances: np.ndarray, crystals: Packings, windows: Windows = DEFAULT
) -> Duplicates:
    """Find equal crystals from their energies, densities, neighbour distances and packings.

    Of equal crystals the one of lowest energy stands for all. A crystal is compared with those that stand for
    themselves only, so that a chain of small steps never joins crystals that differ.

    Parameters
    ----------
    energy : (n,) float64, kJ/mol, ascending
    density : (n,) float64, g/cm3
    distances : (n, d) float64, angstrom
    crystals : Packings
    windows : Windows
    """
    same_as, pairs = np.arange(len(energy)), []
    standing: list[int] = []
    oldest = 0
    for s in range(len(energy)):
        while oldest < len(standing) and energy[s] - energy[standing[oldest]] >= windows.energy:
            oldest += 1
        earlier = np.array(standing[oldest:], dtype=np.int64)
        near, apart = _repeats.candidates(
            s, earlier, energy, density, distances, windows.energy, windows.density, windows.distance
        )
        for u, distance in zip(near.tolist(), apart.tolist(), strict=True):
            found = overlays(crystals, u, crystals, [s], windows.molecules)
            matched, rmsd = int(found.matched[0]), float(found.rmsd[0])
            same = matched == windows.molecules and rmsd < windows.rmsd
            pairs.append(Pair(u, s, distance, matched, rmsd, same))
            if same:
                same_as[s] = u
                break
        else:
            standing.append(s)
    return Duplicates(same_as, pairs)
