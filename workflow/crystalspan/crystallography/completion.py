"""Whole molecules from a listed asymmetric unit: unwrapped, completed by symmetry, each copy counted once."""

from typing import NamedTuple

import gemmi
import numpy as np

from crystalspan.crystallography import _completion, cell
from crystalspan.crystallography.molecules import BOND_MARGIN
from crystalspan.errors import InputError

# Symmetry copies of one atom closer than this (angstrom) are one atom on a special position.
SAME_SITE = 0.1
# Other atoms closer than this (angstrom) are no molecule.
CLASH = 0.5
LARGEST_MOLECULE = 2000
_LARGEST_CELL = 40_000


class WholeMolecule(NamedTuple):
    """The molecule of a crystal with one kind of molecule, and the operations that place its copies.

    Attributes
    ----------
    atom : (n,) int64
        For each atom of the molecule, the listed atom that it is or copies; listed atoms come first.
    operation : (n,) int64
        The operation that makes it from the listed atom (0 for the identity).
    fractional : (n, 3) float64
        Whole and unwrapped; listed atoms are moved by lattice translations only, where their own place is not
        bonded to the rest.
    representatives : (Z,) int64
        Operations that place each molecule of the cell exactly once (coset representatives), identity first.
    site_symmetry : int
        Order of the molecule's site symmetry; Z' = 1 / site_symmetry.
    """

    atom: np.ndarray
    operation: np.ndarray
    fractional: np.ndarray
    representatives: np.ndarray
    site_symmetry: int


def whole_molecule(atomic_numbers, fractional, cell_parameters, rotations, translations) -> WholeMolecule:
    """Grow the molecule of a crystal from its listed atoms along bonds, through symmetry and cell faces.

    Parameters
    ----------
    atomic_numbers : array_like, shape (n,), int
    fractional : array_like, shape (n, 3), float
        The listed atoms: one molecule or a symmetry-independent part of it.
    cell_parameters : array_like, shape (6,), float
        Angstrom and degrees.
    rotations : array_like, shape (m, 3, 3), int
    translations : array_like, shape (m, 3), float
        All operations of the space group, centring included, identity first.

    Raises
    ------
    InputError
        The listed atoms are no single molecule: atoms on top of each other, bonds without end, or more than
        one symmetry-independent molecule (Z' > 1, co-crystals, salts).
    """
    fractional = np.asarray(fractional, dtype=np.float64)
    rotations = np.asarray(rotations, dtype=np.float64)
    translations = np.asarray(translations, dtype=np.float64)
    if len(fractional) * len(rotations) > _LARGEST_CELL:
        raise InputError("more than 40,000 atoms in the cell", remedy="list only the asymmetric unit")
    matrix = cell.cell_matrix(cell_parameters)
    sites, atom, operation, site_of = _completion.cell_sites(fractional, rotations, translations, matrix, SAME_SITE)
    radii = np.array([gemmi.Element(int(number)).covalent_r for number in atomic_numbers])[atom]
    heights = cell.heights(matrix)

    def grown(seed):
        return _completion.grow(sites, radii, matrix, heights, seed, BOND_MARGIN, CLASH, LARGEST_MOLECULE)

    member, shift, code = grown(int(site_of[0, 0]))
    _refuse(code)
    missing = np.setdiff1d(np.arange(len(fractional)), atom[member])
    if len(missing):
        _refuse_several(np.array(list(atomic_numbers)), atom, member, missing, grown, site_of)
    whole = sites[member] + shift
    # Listed atoms as listed, then their copies, operation by operation.
    order = np.lexsort((atom[member], operation[member]))
    member, whole = member[order], whole[order]
    representatives = _representatives(member, atom, sites, rotations, translations, matrix)
    if len(representatives) * len(member) != len(sites):
        raise InputError(
            "the molecule and its symmetry copies do not fill the cell evenly",
            remedy="look for atoms close to a symmetry element but not on it",
        )
    return WholeMolecule(
        atom[member], operation[member], whole, representatives, len(rotations) // len(representatives)
    )


def _refuse(code):
    if code == _completion.CLASH:
        raise InputError(
            f"two atoms are closer than {CLASH} angstrom",
            remedy="look for atoms listed twice, or a complete cell listed beside its symmetry",
        )
    if code == _completion.ENDLESS:
        raise InputError(
            "bonds run on without end through the cell faces (a polymer, or molecules that overlap)",
            remedy="look for molecules that overlap, or a wrong cell",
        )
    if code == _completion.TOO_LARGE:
        raise InputError(
            f"a molecule of more than {LARGEST_MOLECULE} atoms", remedy="only smaller molecules are handled"
        )


def _refuse_several(numbers, atom, member, missing, grown, site_of):
    """Say what the atoms are that do not belong to the first molecule."""
    molecules = [sorted(numbers[atom[member]])]
    while len(missing):
        other, _, code = grown(int(site_of[0, missing[0]]))
        _refuse(code)
        molecules.append(sorted(numbers[atom[other]]))
        missing = np.setdiff1d(missing, atom[other])
    if all(molecule == molecules[0] for molecule in molecules):
        raise InputError(
            f"{len(molecules)} symmetry-independent molecules (Z' > 1)",
            remedy="only one independent molecule is handled as yet: leave these structures out",
        )
    raise InputError(
        f"{len(molecules)} molecules of different composition (co-crystal, salt, solvate, or atoms torn off)",
        remedy="only crystals of one molecule are handled as yet",
    )


def _representatives(member, atom, sites, rotations, translations, matrix):
    """Return one operation for each molecule of the cell: those whose set of sites is new."""
    seen, chosen = set(), []
    for o in range(len(rotations)):
        points = sites[member] @ rotations[o].T + translations[o]
        apart = points[:, None] - sites[None]
        apart -= np.rint(apart)
        distance = np.linalg.norm(apart @ matrix, axis=-1)
        distance[atom[member][:, None] != atom[None]] = np.inf
        key = frozenset(np.argmin(distance, axis=1).tolist())
        if key not in seen:
            seen.add(key)
            chosen.append(o)
    return np.array(chosen, dtype=np.int64)
