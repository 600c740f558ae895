"""The molecules of a landscape's crystals as the comparisons of packings take them: Cartesian, without hydrogen."""

from dataclasses import dataclass

import numpy as np

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.molecules import bonding_graph, isomorphisms
from crystalspan.errors import InputError
from crystalspan.landscape.file import Landscape

# Relabellings are tried one by one; of a molecule with more (many tert-butyl groups) the first ones are.
MOST_RELABELLINGS = 5000
# Fewer than three atoms, or atoms within this of a line (angstrom), say nothing of how a molecule is turned.
_ON_A_LINE = 0.1


@dataclass(frozen=True)
class Packings:
    """Crystals of one molecule, for comparisons of how the molecules lie.

    s crystals with Z molecules of a compared atoms in all their cells together.

    Attributes
    ----------
    molecules : (Z, a, 3) float64, angstrom
        Those of crystal i are rows ``offset[i]:offset[i + 1]``, the symmetry-independent ones first; whole.
    centres : (Z, 3) float64, angstrom
        Their centroids.
    offset : (s + 1,) int64
    listed : (s,) int64
        Symmetry-independent molecules of each crystal (as many as the landscape lists).
    matrices : (s, 3, 3) float64, angstrom
    relabellings : (k, a) int64
        Orders of the compared atoms that leave the molecule's bonds the same, identity first.
    """

    molecules: np.ndarray
    centres: np.ndarray
    offset: np.ndarray
    listed: np.ndarray
    matrices: np.ndarray
    relabellings: np.ndarray

    def __len__(self) -> int:
        return len(self.listed)

    def cell(self, i: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Molecules (z, a, 3), centres (z, 3) and matrix (3, 3) of crystal i."""
        rows = slice(self.offset[i], self.offset[i + 1])
        return self.molecules[rows], self.centres[rows], self.matrices[i]


def packings(landscape: Landscape, rows=None, *, atoms=None) -> Packings:
    """Lay out the molecules of a landscape's crystals, without their hydrogen atoms.

    Hydrogen counts only where the other atoms lie on a line, as in methane or acetylene.

    Parameters
    ----------
    landscape : Landscape
    rows : (s,) int, optional
        Which structures; all by default.
    atoms : (a,) int, optional
        The atoms of the reference to compare; by default those that `compared_atoms` gives.

    Raises
    ------
    InputError
        The landscape has no reference molecule because it holds no structures.
    """
    numbers = landscape.reference_atomic_number
    if not len(numbers):
        raise InputError("the landscape holds no molecule to compare", record=landscape.name)
    atoms = compared_atoms(numbers, landscape.reference_positions) if atoms is None else np.asarray(atoms)
    rows = np.arange(len(landscape)) if rows is None else np.asarray(rows, dtype=np.int64)
    listed = np.diff(landscape.atom_offset)[rows] // len(numbers)
    copies = np.diff(landscape.setting_offset)[landscape.setting[rows]]
    offset = np.concatenate([[0], np.cumsum(listed * copies)]).astype(np.int64)
    matrices = cell_matrix(landscape.cell[rows]).reshape(-1, 3, 3)
    molecules = np.empty((offset[-1], len(atoms), 3))
    for i, row in enumerate(rows):
        _, _, rotations, translations, fractional, _, _ = landscape.structure(row)
        chosen = fractional.reshape(listed[i], -1, 3)[:, atoms].reshape(-1, 3)
        placed = chosen @ rotations.transpose(0, 2, 1).astype(np.float64) + translations[:, None]
        molecules[offset[i] : offset[i + 1]] = (placed @ matrices[i]).reshape(-1, len(atoms), 3)
    relabellings = compared_relabellings(numbers, landscape.reference_positions, atoms)
    return Packings(molecules, molecules.mean(axis=1), offset, listed, matrices, relabellings)


def compared_atoms(numbers, positions) -> np.ndarray:
    """Return the atoms of a molecule that say how it lies: all but hydrogen, unless those lie on a line, (a,) int64.

    Parameters
    ----------
    numbers : (n,) int
        Atomic numbers.
    positions : (n, 3) float64, angstrom
    """
    heavy = np.flatnonzero(np.asarray(numbers) != 1)
    if len(heavy) > 2:
        centred = np.asarray(positions)[heavy] - np.mean(np.asarray(positions)[heavy], axis=0)
        across = np.linalg.svd(centred, compute_uv=False)[1] / np.sqrt(len(heavy))
        if across > _ON_A_LINE:
            return heavy
    return np.arange(len(numbers))


def compared_relabellings(numbers, positions, atoms) -> np.ndarray:
    """Return the relabellings of some of a molecule's atoms that keep its bonds, (k, a) int64, identity first.

    Atoms left out, the hydrogens, count by their number on each of the others: a methyl group's six orders are one.

    Parameters
    ----------
    numbers : (n,) int
        Atomic numbers.
    positions : (n, 3) float64, angstrom
    atoms : (a,) int
    """
    graph = bonding_graph(numbers, positions)
    kept = {int(atom): place for place, atom in enumerate(atoms)}
    bonded = {atom: sum(other not in kept for other in graph[atom]) for atom in kept}
    # In the order of the atoms: isomorphisms number the nodes of a graph.
    part = bonding_graph([], np.zeros((0, 3)))
    part.add_nodes_from((place, {"element": (int(numbers[atom]), bonded[atom])}) for atom, place in kept.items())
    part.add_edges_from((kept[a], kept[b]) for a, b in graph.edges if a in kept and b in kept)
    found = isomorphisms(part, part, MOST_RELABELLINGS).astype(np.int64)
    identity = (found == np.arange(len(atoms))).all(axis=1)
    return np.concatenate([np.arange(len(atoms))[None], found[~identity]])
