"""Packings compared by laying the molecules around a molecule of one crystal over those of another."""

import dataclasses

import numpy as np
import numpy.typing as npt

from crystalspan.crystallography import _clusters, _overlay
from crystalspan.crystallography.packings import Packings

MOLECULES = 15
# Of a crystal with many symmetry-independent molecules, as P1 lists them, the first ones have clusters of their own.
_MOST_CLUSTERS = 8


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """When a molecule of a cluster matches one of another crystal.

    Parameters
    ----------
    rmsd : float, angstrom
        Of its atoms.
    distance : float
        Of the distances from the central molecules' centres, as a share of that in the cluster.
    angle : float, degrees
        By which the one molecule is turned against the other.
    """

    rmsd: float = 1.0
    distance: float = np.inf
    angle: float = 180.0


TOLERANCE = Tolerance()
# As COMPACK's usual settings have it. Of the molecules that match within 1 angstrom, 2 to 11 % are turned by more.
STRICT = Tolerance(distance=0.2, angle=20.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Overlays:
    """How the packings of m crystals compare with one.

    Parameters
    ----------
    matched : (m,) int64
        Molecules of the cluster that match, the central one included.
    rmsd : (m,) float64, angstrom
        Over the compared atoms of those that match; RMSD-n where all n do. NaN where none does.
    mirrored : (m,) bool
        The mirror image of the crystal matches better.
    """

    matched: np.ndarray
    rmsd: np.ndarray
    mirrored: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class MolecularClusters:
    """The clusters around each symmetry-independent molecule of a crystal.

    Parameters
    ----------
    atoms : (q, n, a, 3) float64, angstrom, from the centre of each cluster's central molecule, which comes first
    centres : (q, n, 3) float64
    """

    atoms: np.ndarray
    centres: np.ndarray


def clusters(packings: Packings, i: int, molecules: int = MOLECULES) -> MolecularClusters:
    """Return, around symmetry-independent molecules of crystal i (8 at most), the molecules in closest contact.

    Contacts are the shortest distances between compared atoms. Of contacts that symmetry makes equal, those come
    first that make the cluster most compact, so that the choice does not depend on how the crystal is described.

    Parameters
    ----------
    packings : Packings
    i : int
    molecules : int
        In a cluster, the central one included.
    """
    cell = packings.cell(i)
    found = [
        _clusters.closest_molecules(*cell, central, molecules)
        for central in range(min(packings.listed[i], _MOST_CLUSTERS))
    ]
    return MolecularClusters(np.array([atoms for atoms, _ in found]), np.array([centres for _, centres in found]))


def overlays(
    first: Packings,
    i: int,
    others: Packings,
    rows: npt.ArrayLike | None = None,
    molecules: int = MOLECULES,
    tolerance: Tolerance = TOLERANCE,
) -> Overlays:
    """Lay the clusters of one crystal over other crystals of the same molecule; keep the best overlay of each.

    After Chisholm and Motherwell (COMPACK, J. Appl. Cryst. 2005, 38, 228, DOI 10.1107/S0021889804027074): a molecule
    with its n - 1 nearest neighbours is laid on a molecule of the other crystal in every way that the molecule's
    symmetry and mirror images allow, and molecules are matched around it, by their atoms and where asked by distances
    and angles; the overlay is fitted to the molecules that match until these no longer change. Symmetry-independent
    molecules are each tried as the central one.

    Parameters
    ----------
    first : Packings
    i : int
        The crystal whose clusters are laid over the others.
    others : Packings
        Of the same molecule, with the same compared atoms.
    rows : (m,) int, optional
        Which of the others; all by default.
    molecules : int
        n, 15 or 20 as a rule.
    tolerance : Tolerance

    Returns
    -------
    Overlays
    """
    rows = np.arange(len(others)) if rows is None else np.asarray(rows, dtype=np.int64)
    around = clusters(first, i, molecules)
    found = Overlays(np.zeros(len(rows), np.int64), np.full(len(rows), np.nan), np.zeros(len(rows), bool))
    _overlay.lay_over_all(
        around.atoms,
        around.centres,
        others.molecules,
        others.centres,
        others.offset,
        others.listed,
        others.matrices,
        rows,
        others.relabellings,
        np.array([tolerance.rmsd, tolerance.distance, np.radians(tolerance.angle)]),
        found.matched,
        found.rmsd,
        found.mirrored,
    )
    return found
