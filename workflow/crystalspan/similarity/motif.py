"""How flat molecules pack: herringbone, sandwich herringbone, gamma, beta. EXPERIMENTAL.

The names are Desiraju and Gavezzotti's (Acta Cryst. B 1989, 45, 473, DOI 10.1107/S0108768189003794); here they follow
from the neighbours of a molecule alone, by the rules of `motif_of`. These have not been held against the 20 or more
crystals of the literature that it takes to trust them: do not build on the labels before that is done.
"""

import dataclasses
from collections.abc import Iterable

import numpy as np
from scipy.spatial import ConvexHull

from crystalspan.crystallography import _clusters
from crystalspan.landscape.file import Landscape
from crystalspan.similarity.packings import packings

STATUS = "experimental"
NOT_FLAT, PARALLEL, HERRINGBONE, SANDWICH, GAMMA, BETA = (
    "not flat",
    "parallel",
    "herringbone",
    "sandwich herringbone",
    "gamma",
    "beta",
)
MOTIFS = (HERRINGBONE, SANDWICH, GAMMA, BETA, PARALLEL, NOT_FLAT)
_MOLECULES = 15
_FLAT = 0.25  # angstrom, root mean square distance of atoms from the molecule's plane
_TILTED = 20.0  # degrees between planes
_TOUCHING = 4.5  # angstrom, shortest contact of atoms other than hydrogen
_STACKED = (2.8, 4.2)  # angstrom between planes
_COVERED = 0.1  # share of a molecule's atoms over the other molecule


@dataclasses.dataclass(frozen=True)
class Motif:
    """The packing motif of a crystal of flat molecules.

    Parameters
    ----------
    name : str
        One of `MOTIFS`.
    stacking_distance : float, angstrom
        Between the planes of a molecule and the nearest one stacked on it; NaN without one.
    slip : float, angstrom
        By how much that one is displaced along the planes.
    tilt : float, degrees
        Angle between the planes of a molecule and of the tilted neighbour in closest contact with it; NaN without one.
    """

    name: str
    stacking_distance: float
    slip: float
    tilt: float


_NONE = Motif(NOT_FLAT, np.nan, np.nan, np.nan)


def motifs(landscape: Landscape, rows: Iterable[int] | None = None) -> list[Motif]:
    """Return the packing motif of each crystal of a landscape, by the molecule that is listed first.

    Parameters
    ----------
    landscape : Landscape
    rows : (s,) int, optional
        Which structures; all by default.
    """
    crystals = packings(landscape, rows)
    found = []
    for i in range(len(crystals)):
        atoms, _ = _clusters.closest_molecules(*crystals.cell(i), 0, _MOLECULES)
        found.append(motif_of(atoms))
    return found


def motif_of(cluster: np.ndarray) -> Motif:
    """Return the packing motif that a molecule and its neighbours show.

    A neighbour is stacked on the molecule when their planes are parallel within 20 degrees and 2.8 to 4.2 angstrom
    apart, and a tenth of the atoms of one or the other lies over the other molecule; it is tilted when the planes make
    a larger angle and atoms touch. Nothing stacked, some tilted: herringbone. Stacked on one side only, some tilted:
    sandwich herringbone. On both sides: gamma with tilted neighbours, beta without. Parallel: nothing stacked or
    tilted.

    Parameters
    ----------
    cluster : (n, a, 3) float64, angstrom
        The molecule first, without hydrogen.
    """
    normals, off = zip(*(_plane(molecule) for molecule in cluster), strict=True)
    if max(off) > _FLAT or cluster.shape[1] < 3:
        return _NONE
    sides, stacks, tilts = set(), [], []
    for molecule, normal in zip(cluster[1:], normals[1:], strict=True):
        angle = np.degrees(np.arccos(min(1.0, abs(float(normal @ normals[0])))))
        between = molecule.mean(axis=0) - cluster[0].mean(axis=0)
        height = float(between @ normals[0])
        if angle > _TILTED:
            contact = np.linalg.norm(molecule[:, None] - cluster[0], axis=-1).min()
            if contact < _TOUCHING:
                tilts.append((contact, angle))
        elif _STACKED[0] <= abs(height) <= _STACKED[1] and _covered(cluster[0], molecule, normals[0]) >= _COVERED:
            sides.add(height > 0)
            stacks.append((abs(height), float(np.linalg.norm(between - height * normals[0]))))
    distance, slip = min(stacks, default=(np.nan, np.nan))
    return Motif(_name(len(sides), bool(tilts)), distance, slip, float(min(tilts, default=(0.0, np.nan))[1]))


def _name(sides: int, tilted: bool) -> str:
    if sides == 0:
        return HERRINGBONE if tilted else PARALLEL
    if not tilted:
        return BETA
    return SANDWICH if sides == 1 else GAMMA


def _plane(molecule) -> tuple[np.ndarray, float]:
    """Return the normal of a molecule's plane and the root mean square distance of its atoms from it."""
    _, sizes, axes = np.linalg.svd(molecule - molecule.mean(axis=0))
    return axes[2], float(sizes[2] / np.sqrt(len(molecule)))


def _covered(first, second, normal) -> float:
    """Return the share of atoms of one molecule that lie within the outline of the other, seen along a normal."""
    axes = np.linalg.svd(normal[None])[2][1:]
    flat = first @ axes.T, second @ axes.T
    return max(_inside(flat[0], flat[1]), _inside(flat[1], flat[0]))


def _inside(outline, points) -> float:
    sides = ConvexHull(outline).equations
    return float((points @ sides[:, :2].T + sides[:, 2] <= 0.0).all(axis=1).mean())
