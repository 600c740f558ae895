"""The molecules of crystals as the comparisons of packings take them: Cartesian, without hydrogen."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from crystalspan.crystallography.molecules import bonding_graph, isomorphisms

# Relabellings are tried one by one; of a molecule with more (many tert-butyl groups) the first ones are.
MOST_RELABELLINGS = 5000
# Fewer than three atoms, or atoms within this of a line (angstrom), say nothing of how a molecule is turned.
_ON_A_LINE = 0.1


@dataclasses.dataclass(frozen=True, eq=False)
class Packings:
    """Crystals of one molecule, for comparisons of how the molecules lie.

    s crystals with Z molecules of a compared atoms in all their cells together.

    Parameters
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


def lay_out(
    fractional: Sequence[np.ndarray],
    matrices: np.ndarray,
    operations: Sequence[tuple[np.ndarray, np.ndarray]],
    numbers: npt.ArrayLike,
    positions: npt.ArrayLike,
    atoms: npt.ArrayLike | None = None,
) -> Packings:
    """Lay out the molecules of crystals, without their hydrogen atoms.

    Hydrogen counts only where the other atoms lie on a line, as in methane or acetylene.

    Parameters
    ----------
    fractional : sequence of (q * n, 3) float64
        Of each crystal q whole molecules, one after the other, in the molecule's atom order.
    matrices : (s, 3, 3) float64, angstrom
        As from `crystalspan.crystallography.cell.cell_matrix`.
    operations : sequence of (rotations (m, 3, 3), translations (m, 3))
        Those that place each listed molecule of a crystal once, identity first.
    numbers : (n,) int
        The molecule's atomic numbers.
    positions : (n, 3) float64, angstrom
    atoms : (a,) int, optional
        The atoms of the molecule to compare; by default those that `compared_atoms` gives.
    """
    chosen = compared_atoms(numbers, positions) if atoms is None else np.asarray(atoms)
    n, s = len(np.asarray(numbers)), len(fractional)
    listed = np.array([len(one) // n for one in fractional], dtype=np.int64)
    copies = np.array([len(rotations) for rotations, _ in operations], dtype=np.int64)
    offset = np.concatenate([[0], np.cumsum(listed * copies)]).astype(np.int64)
    molecules = np.empty((offset[-1], len(chosen), 3))
    for i, (one, (rotations, translations)) in enumerate(zip(fractional, operations, strict=True)):
        placed = (
            one.reshape(listed[i], n, 3)[:, chosen].reshape(-1, 3) @ rotations.transpose(0, 2, 1).astype(np.float64)
            + translations[:, None]
        )
        molecules[offset[i] : offset[i + 1]] = (placed @ matrices[i]).reshape(-1, len(chosen), 3)
    relabellings = compared_relabellings(numbers, positions, chosen)
    matrices = np.ascontiguousarray(matrices, dtype=np.float64).reshape(s, 3, 3)
    return Packings(molecules, molecules.mean(axis=1), offset, listed, matrices, relabellings)


def compared_atoms(numbers: npt.ArrayLike, positions: npt.ArrayLike) -> np.ndarray:
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
    return np.arange(len(np.asarray(numbers)))


def compared_relabellings(numbers: npt.ArrayLike, positions: npt.ArrayLike, atoms: npt.ArrayLike) -> np.ndarray:
    """Return the relabellings of some of a molecule's atoms that keep its bonds, (k, a) int64, identity first.

    Atoms left out, the hydrogens, count by their number on each of the others: a methyl group's six orders are one.

    Parameters
    ----------
    numbers : (n,) int
        Atomic numbers.
    positions : (n, 3) float64, angstrom
    atoms : (a,) int
    """
    numbers, chosen = np.asarray(numbers), np.asarray(atoms)
    graph = bonding_graph(numbers, positions)
    kept = {int(atom): place for place, atom in enumerate(chosen)}
    bonded = {atom: sum(other not in kept for other in graph[atom]) for atom in kept}
    # In the order of the atoms: isomorphisms number the nodes of a graph.
    part = bonding_graph([], np.zeros((0, 3)))
    part.add_nodes_from((place, {"element": (int(numbers[atom]), bonded[atom])}) for atom, place in kept.items())
    part.add_edges_from((kept[a], kept[b]) for a, b in graph.edges if a in kept and b in kept)
    found = isomorphisms(part, part, MOST_RELABELLINGS).astype(np.int64)
    identity = (found == np.arange(len(chosen))).all(axis=1)
    return np.concatenate([np.arange(len(chosen))[None], found[~identity]])
