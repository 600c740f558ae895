"""Crystals that are the same packing, confirmed by laying one over the other."""

import dataclasses

import numpy as np

from crystalspan.arrays import ArrayLike
from crystalspan.crystallography import _repeats
from crystalspan.crystallography.overlay import overlays
from crystalspan.crystallography.packings import Packings

# Molecules that may fail to match in the overlay one way, for the overlay the other way to be tried.
_NEARLY = 2


@dataclasses.dataclass(frozen=True)
class Windows:
    """When two crystals are the same.

    Energies, densities and the distances between molecules only say which pairs are looked at; the overlay decides.

    Parameters
    ----------
    energy : float, kJ/mol
    density : float, g/cm3
    centres : float, angstrom
        Root mean square difference of the sorted distances from a molecule's centre to the nearest others, as many as
        `molecules` has. Wide: of 438 pairs in five published landscapes that the overlay confirms, the furthest differ
        by 0.095, half of them by less than 0.003.
    molecules : int
        Of the clusters that are laid over each other: all must match.
    rmsd : float, angstrom
    """

    energy: float = 0.4
    density: float = 0.02
    centres: float = 0.2
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
        Root mean square difference of the distances between their molecules' centres.
    matched : int
    rmsd : float, angstrom
        Of the molecules that match; the better one of both overlays where the second one was needed.
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


def confirmed(energy: ArrayLike, density: ArrayLike, crystals: Packings, windows: Windows = DEFAULT) -> Duplicates:
    """Find equal crystals from their energies, densities and packings.

    Of equal crystals the one of lowest energy stands for all. A crystal is compared with those that stand for
    themselves only, so that a chain of small steps never joins crystals that differ; where it equals several of them,
    it goes to the closest.

    Parameters
    ----------
    energy : (n,) float64, kJ/mol, ascending
    density : (n,) float64, g/cm3
    crystals : Packings
    windows : Windows
    """
    energy, density = np.asarray(energy, dtype=np.float64), np.asarray(density, dtype=np.float64)
    layout = crystals.centres, crystals.offset, crystals.listed, crystals.matrices
    distances = _repeats.centre_distances(*layout, windows.molecules - 1)
    same_as, pairs = np.arange(len(energy)), []
    standing = np.empty(len(energy), dtype=np.int64)
    oldest, count = 0, 0
    for s in range(len(energy)):
        while oldest < count and energy[s] - energy[standing[oldest]] >= windows.energy:
            oldest += 1
        near, apart = _repeats.candidates(
            s, standing[oldest:count], energy, density, distances, windows.energy, windows.density, windows.centres
        )
        compared = _compared(crystals, s, near, apart, windows) if len(near) else []
        pairs += compared
        equal = [pair for pair in compared if pair.same]
        if equal:
            same_as[s] = min(equal, key=lambda pair: (pair.rmsd, pair.first)).first
        else:
            standing[count] = s
            count += 1
    return Duplicates(same_as, pairs)


def _compared(crystals, s, near, apart, windows) -> list[Pair]:
    """Lay a crystal over those that are near it; those that it nearly equals over it, too.

    A cluster holds other molecules than that of the other crystal where contacts are nearly equal: the RMSDs of the two
    overlays may differ a little, and the smaller one counts.
    """
    found = overlays(crystals, s, crystals, near, windows.molecules)
    pairs = []
    for u, distance, matched, rmsd in zip(
        near.tolist(), apart.tolist(), found.matched.tolist(), found.rmsd.tolist(), strict=True
    ):
        whole = matched == windows.molecules
        if matched >= windows.molecules - _NEARLY and not (whole and rmsd < windows.rmsd) and rmsd < 2 * windows.rmsd:
            back = overlays(crystals, u, crystals, [s], windows.molecules)
            if back.matched[0] > matched or (back.matched[0] == matched and back.rmsd[0] < rmsd):
                matched, rmsd = int(back.matched[0]), float(back.rmsd[0])
        pairs.append(Pair(u, s, distance, matched, rmsd, matched == windows.molecules and rmsd < windows.rmsd))
    return pairs
