"""The minima of a landscape as rigid crystals of a space group: what a latent space is learnt from."""

from typing import NamedTuple

import gemmi
import numpy as np

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.molecules import Molecule, bonding_graph, isomorphisms
from crystalspan.errors import InputError
from crystalspan.landscape.file import Landscape, Structure
from crystalspan.latent.minima import Minima, MinimumWindows, distinct, minima_of
from crystalspan.latent.relaxing import MinimiserStage, Rigid, relax
from crystalspan.sampling.packing import Packing

# Root mean square distance within which a molecule is the file's, angstrom: files have few digits, conformers differ.
_SAME_SHAPE = 0.05
# Orders of its atoms that are tried.
_MOST_ORDERS = 48


class KnownMinima(NamedTuple):
    """Minima of a landscape in a group, in the potential of the sampler.

    Attributes
    ----------
    minima : Minima
        Distinct, by energy.
    read, left_out : int
        Structures of the group, and those that are no rigid crystal of the molecule in the standard setting or did not
        relax.
    """

    minima: Minima
    read: int
    left_out: int


def known_minima(packing: Packing, crystals: Landscape, last: MinimiserStage, windows: MinimumWindows) -> KnownMinima:
    """The structures of a landscape in the sampler's description, relaxed in its potential.

    Parameters
    ----------
    packing : Packing
    crystals : Landscape
        Of its group.
    last : MinimiserStage
        Of the minimisation: it keeps a crystal in its basin.
    windows : MinimumWindows
    """
    orders = atom_orders(packing.molecule, crystals)
    found = [rigid_crystal(packing, crystals.structure(row), orders) for row in range(len(crystals))]
    rigid = Rigid.joined([one for one in found if one is not None], packing)
    if not len(rigid):
        return KnownMinima(minima_of(packing, rigid, np.zeros(0), windows), len(crystals), len(crystals))
    ended = relax(packing, rigid, [last])
    rows = np.flatnonzero(ended.valid)
    rows = rows[np.argsort(ended.energy[rows], kind="stable")]
    relaxed = Rigid.of_cells(packing, ended.cell[rows], ended.position[rows], ended.rotation[rows])
    minima, _ = distinct(minima_of(packing, relaxed, ended.energy[rows], windows), windows)
    return KnownMinima(minima, len(crystals), len(crystals) - len(rows))


def atom_orders(molecule: Molecule, crystals: Landscape) -> np.ndarray:
    """The orders (k, n) int32 in which a landscape's atoms are those of a molecule, elements and bonds alike.

    Raises
    ------
    InputError
        The molecule is not that of the landscape.
    """
    reference = bonding_graph(crystals.reference_atomic_number, crystals.reference_positions)
    orders = isomorphisms(molecule.bonds, reference)
    if not len(orders):
        raise InputError(
            f"the molecule {molecule.name} is not that of the landscape", remedy="give the molecule's own file"
        )
    return orders[:_MOST_ORDERS]


def rigid_crystal(packing: Packing, structure: Structure, orders: np.ndarray) -> Rigid | None:
    """A crystal by cell, centre and orientation of the molecule; None where it is none of these.

    Parameters
    ----------
    packing : Packing
    structure : Structure
        One molecule in a general position, operations in the standard setting, or it is none.
    orders : (k, n) int
        From `atom_orders`.
    """
    numbers = packing.molecule.atomic_numbers
    if len(structure.atomic_number) != len(numbers) or not _same_operations(packing, structure):
        return None
    cell = cell_matrix(structure.cell)
    masses = np.array([gemmi.Element(symbol).weight for symbol in packing.molecule.symbols])
    for order in orders:
        # One copy has the molecule's hand: the operations hold mirrors where the file's hand is the other.
        mirrors = np.flatnonzero(np.linalg.det(structure.rotations.astype(float)) < 0)[:1]
        for copy in (0, *mirrors.tolist()):
            rotation, shift = structure.rotations[copy], structure.translations[copy]
            fractional = structure.fractional[order] @ rotation.T + shift
            turn = _turn(packing.body, fractional @ cell, masses)
            if turn is not None:
                centre = masses @ fractional / masses.sum()
                return Rigid.of_cells(packing, cell[None], centre[None] % 1.0, turn[None])
    return None


def _same_operations(packing: Packing, structure: Structure) -> bool:
    """Whether a structure lists the operations of the packing, in any order and modulo the lattice."""
    if len(structure.rotations) != packing.multiplicity:
        return False
    for rotation, shift in zip(packing.rotations, packing.translations, strict=True):
        alike = (structure.rotations == rotation).all(axis=(1, 2))
        away = structure.translations[alike] - shift
        if not (np.abs(away - np.rint(away)) < 1e-4).all(axis=1).any():
            return False
    return True


def _turn(body: np.ndarray, atoms: np.ndarray, masses: np.ndarray) -> np.ndarray | None:
    """The rotation (3, 3) of a body about its centre of mass that gives some atoms; None where none does (Kabsch)."""
    offsets = atoms - masses @ atoms / masses.sum()
    left, _, right = np.linalg.svd(offsets.T @ body)
    turn = left @ np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))]) @ right
    away = np.sqrt(np.mean(np.sum((body @ turn.T - offsets) ** 2, axis=1)))
    return turn if away < _SAME_SHAPE else None
