"""The ways in which a crystal of rigid molecules can change within its space group, and crystals changed so."""

import dataclasses

import numpy as np
import spglib
import spglib.error
from scipy.spatial.transform import Rotation

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.errors import InputError
from crystalspan.landscape.file import Structure

CELL, TRANSLATION, ROTATION, ORIGIN, AXIS = "cell", "translation", "rotation", "origin", "axis"
# Kinds that move nothing that can be seen: a common shift along a polar direction, a linear molecule about its axis.
UNSEEN = (ORIGIN, AXIS)
# A projector's eigenvalues are 0 or 1 but for rounding and for the digits of a cell.
_HALF = 0.5
# Singular values of an atom's or a linear molecule's coordinates below this share of the largest are zero.
_FLAT = 1e-3


@dataclasses.dataclass(frozen=True, eq=False)
class Directions:
    """Independent directions in which a crystal can change; q angstrom along direction k mean q times its arrays.

    The metric: a shift of one molecule (and its copies) by q angstrom, a turn by q / (radius of gyration), a strain of
    Frobenius norm q / (volume a molecule)^(1/3).

    Parameters
    ----------
    strain : (p, 3, 3) float64
        Symmetric, Cartesian, invariant under the point group; molecules turn and shear with none of it.
    translation : (p, z, 3) float64
        Cartesian, of the centroid of each symmetry-independent molecule, angstrom.
    rotation : (p, z, 3) float64
        Rotation vector of each molecule about its centroid, radian.
    kind : (p,) str
        ``cell``, ``translation``, ``rotation``; ``origin`` and ``axis`` come last and move nothing that can be seen.
    """

    strain: np.ndarray
    translation: np.ndarray
    rotation: np.ndarray
    kind: np.ndarray

    @property
    def degrees_of_freedom(self) -> int:
        """Number of directions that change the crystal."""
        return int(np.count_nonzero(~np.isin(self.kind, UNSEEN)))


@dataclasses.dataclass(frozen=True, eq=False)
class Symmetry:
    """The symmetry of a crystal in Cartesian form.

    Parameters
    ----------
    point_group : (g, 3, 3) float64
        Rotations of all operations, acting on Cartesian columns, each once.
    sites : list of (s, 3, 3) float64
        Those of each symmetry-independent molecule's site group.
    """

    point_group: np.ndarray
    sites: list


def crystal_symmetry(structure: Structure, site_order: int, tolerance: float) -> Symmetry:
    """The point group of a crystal and the site group of each of its symmetry-independent molecules.

    Molecules in general positions need nothing but the listed operations. On special positions the listed ones place
    each molecule once and are no group: the rest is found from the atoms.

    Parameters
    ----------
    structure : Structure
    site_order : int
        Operations of the space group to each listed one: 1 in general positions, 1 / Z' of a single molecule.
    tolerance : float
        Distance within which atoms coincide, angstrom.

    Raises
    ------
    InputError
        The atoms do not have so many operations.
    """
    matrix = cell_matrix(structure.cell)
    count = int(structure.molecule.max()) + 1
    if site_order == 1:
        rotations = structure.rotations
        sites = [np.eye(3)[None]] * count
    else:
        rotations, translations = _all_operations(structure, matrix, site_order, tolerance)
        sites = [
            _cartesian(rotations[_keeps(structure, molecule, matrix, rotations, translations, tolerance)], matrix)
            for molecule in range(count)
        ]
    return Symmetry(_cartesian(rotations, matrix), sites)


def _cartesian(rotations, matrix) -> np.ndarray:
    """Rotations of fractional coordinates as rotations in space, each once; exactly orthogonal."""
    rotations = np.unique(np.asarray(rotations, dtype=np.int64), axis=0)
    turns = matrix.T @ rotations @ np.linalg.inv(matrix.T)
    left, _, right = np.linalg.svd(turns)
    return left @ right


def _all_operations(structure, matrix, site_order, tolerance):
    """Every operation of the crystal, found from all its atoms."""
    copies = np.einsum("mij,nj->mni", structure.rotations, structure.fractional) + structure.translations[:, None]
    numbers = np.tile(structure.atomic_number, len(structure.rotations))
    try:
        found = spglib.get_symmetry((matrix, copies.reshape(-1, 3), numbers), symprec=tolerance)
    except spglib.error.SpglibError:
        found = None
    wanted = site_order * len(structure.rotations)
    if found is None or len(found["rotations"]) != wanted:
        count = 0 if found is None else len(found["rotations"])
        raise InputError(
            f"its atoms have {count} symmetry operations within {tolerance:g} angstrom, its space group and Z' say "
            f"{wanted}",
            record=str(structure.id),
            remedy="change the tolerance, or leave the structure out",
        )
    return found["rotations"], found["translations"]


def _keeps(structure, molecule, matrix, rotations, translations, tolerance) -> np.ndarray:
    """Which operations bring a molecule onto itself (not onto a copy a lattice translation away)."""
    mine = structure.molecule == molecule
    atoms, numbers = structure.fractional[mine], structure.atomic_number[mine]
    keeps = np.zeros(len(rotations), dtype=bool)
    for row, (rotation, translation) in enumerate(zip(rotations, translations, strict=True)):
        image = atoms @ rotation.T + translation
        # spglib's translations lie in the cell: the site's own operation is a lattice translation away.
        image -= np.rint((image - atoms).mean(axis=0))
        distance = np.linalg.norm((image[:, None] - atoms[None]) @ matrix, axis=-1)
        distance[numbers[:, None] != numbers[None]] = np.inf
        # Twice the tolerance: spglib compares with atoms that it has moved itself.
        keeps[row] = distance.min(axis=1).max() < 2 * tolerance
    return keeps


def free_directions(structure: Structure, symmetry: Symmetry) -> Directions:
    """The directions in which a crystal can change without leaving its space group, by linear algebra.

    Each is a basis vector of a space that a group of operations leaves fixed: strains of the point group, shifts
    (vectors) and turns (axial vectors) of each molecule's site group.

    Parameters
    ----------
    structure : Structure
    symmetry : Symmetry
    """
    matrix = cell_matrix(structure.cell)
    count = int(structure.molecule.max()) + 1
    volume = abs(np.linalg.det(matrix)) / (len(structure.rotations) * count)
    parts = []
    strains = _strains(symmetry.point_group) / np.cbrt(volume)
    parts.append((strains, np.zeros((len(strains), count, 3)), np.zeros((len(strains), count, 3)), CELL))
    shifts, origins = _shifts(symmetry)
    for found, kind in ((shifts, TRANSLATION), (origins, ORIGIN)):
        parts.append((np.zeros((len(found), 3, 3)), found, np.zeros_like(found), kind))
    turns, axes = _turns(structure, symmetry, matrix)
    for found, kind in ((turns, ROTATION), (axes, AXIS)):
        parts.append((np.zeros((len(found), 3, 3)), np.zeros_like(found), found, kind))
    parts.sort(key=lambda part: part[3] in UNSEEN)
    kinds = np.concatenate([np.full(len(part[0]), part[3], dtype=object) for part in parts])
    strain, translation, rotation = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return Directions(strain, translation, rotation, kinds)


def _fixed_space(projector: np.ndarray) -> np.ndarray:
    """Orthonormal rows that a symmetric projector keeps."""
    values, vectors = np.linalg.eigh((projector + projector.T) / 2)
    return vectors[:, values > _HALF].T


def _strains(point_group) -> np.ndarray:
    """Symmetric matrices of norm 1 with Q e Q^T = e for all operations, (p, 3, 3)."""
    both = np.einsum("gik,gjl->ijkl", point_group, point_group).reshape(9, 9) / len(point_group)
    swap = np.eye(9).reshape(3, 3, 9).transpose(1, 0, 2).reshape(9, 9)
    return _fixed_space(both @ (np.eye(9) + swap) / 2).reshape(-1, 3, 3)


def _shifts(symmetry):
    """Shifts of the molecules that the sites allow, without and along the common polar ones."""
    count = len(symmetry.sites)
    allowed = [_fixed_space(site.mean(axis=0)) for site in symmetry.sites]
    rows = np.zeros((sum(map(len, allowed)), count, 3))
    first = 0
    for molecule, vectors in enumerate(allowed):
        rows[first : first + len(vectors), molecule] = vectors
        first += len(vectors)
    polar = _fixed_space(symmetry.point_group.mean(axis=0))
    origins = np.repeat(polar[:, None], count, axis=1) / np.sqrt(count)
    flat, common = rows.reshape(-1, 3 * count), origins.reshape(-1, 3 * count)
    # What is left of the allowed space when the common shifts are projected out.
    rest = _fixed_space(flat.T @ flat - common.T @ common)
    return rest.reshape(-1, count, 3), origins


def _turns(structure, symmetry, matrix):
    """Rotation vectors that the sites allow, and those about the axis of a linear molecule."""
    count = len(symmetry.sites)
    turns, axes = [], []
    for molecule, site in enumerate(symmetry.sites):
        offsets = structure.fractional[structure.molecule == molecule] @ matrix
        offsets = offsets - offsets.mean(axis=0)
        radius = np.sqrt((offsets**2).sum(axis=1).mean())
        _, widths, principal = np.linalg.svd(offsets, full_matrices=False)
        if len(offsets) == 1 or radius < _FLAT:
            continue
        allowed = np.einsum("g,gij->ij", np.linalg.det(site), site) / len(site)
        axis = np.zeros((3, 3))
        if widths[1] < _FLAT * widths[0]:
            axis = np.outer(principal[0], principal[0])
        for vectors, found in ((_fixed_space(allowed - allowed @ axis), turns), (_fixed_space(allowed @ axis), axes)):
            rows = np.zeros((len(vectors), count, 3))
            rows[:, molecule] = vectors / radius
            found.append(rows)
    empty = np.zeros((0, count, 3))
    return np.concatenate([empty, *turns]), np.concatenate([empty, *axes])


def displaced(structure: Structure, directions: Directions, amounts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Crystals that differ from a structure by given amounts along its free directions.

    Parameters
    ----------
    structure : Structure
    directions : Directions
    amounts : (m, p) float64
        Angstrom, in the metric of `Directions`.

    Returns
    -------
    cells : (m, 3, 3) float64
        Edge vectors as rows, angstrom.
    fractional : (m, n_atoms, 3) float64
        Rigid molecules: distances within a molecule stay.
    """
    amounts = np.asarray(amounts, dtype=float)
    matrix = cell_matrix(structure.cell)
    cells = matrix @ (np.eye(3) + np.einsum("mp,pij->mij", amounts, directions.strain))
    shift = np.einsum("mp,pzi->mzi", amounts, directions.translation)
    turn = np.einsum("mp,pzi->mzi", amounts, directions.rotation)
    fractional = np.empty((len(amounts), len(structure.fractional), 3))
    inverse = np.linalg.inv(cells)
    for molecule in range(turn.shape[1]):
        mine = structure.molecule == molecule
        atoms = structure.fractional[mine]
        centre = atoms.mean(axis=0)
        rotation = Rotation.from_rotvec(turn[:, molecule]).as_matrix()
        offsets = np.einsum("mij,nj->mni", rotation, (atoms - centre) @ matrix)
        fractional[:, mine] = centre + (offsets + shift[:, molecule, None]) @ inverse
    return cells, fractional
