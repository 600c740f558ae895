"""One description of a crystal, however many of its molecules are listed: the mean over them.

A crystal with Z' = 1 is also a crystal with Z' = 2 in a subgroup of its space group. Its descriptor must not depend on
that choice. The listed molecules of a landscape have equally many copies in the cell, so that their mean, atom by atom,
is the mean over all molecules of the crystal.

Which atom of one molecule is which of another is known only up to the relabellings that keep the molecule's bonds
(automorphisms). A mean needs them settled, or atoms of different surroundings would be mixed: every molecule takes the
labelling in which its values are nearest to those of one of them, the pivot, which is the molecule nearest to all
others. So the mean of molecules that are symmetry copies is the vector of either; a relabelling of any molecule in the
input changes nothing but, at most, the labelling of the whole mean, which the analysis can settle
(``atom_order: canonical``).
"""

import numpy as np

from crystalspan.arrays import Floats, Integers


def mean_over_molecules(values: Floats, atom_offset: Integers, automorphisms: Integers) -> np.ndarray:
    """Return one block of atoms a structure: the mean over its listed molecules.

    Parameters
    ----------
    values : (N, d) float64
        Descriptors of all atoms of all structures; each molecule's atoms are in the reference's order.
    atom_offset : (n + 1,) int
        Structure i has rows ``atom_offset[i]:atom_offset[i + 1]``, a multiple of n_atoms of them.
    automorphisms : (k, n_atoms) int
        Relabellings that keep the molecule's bonds, identity first.

    Returns
    -------
    (n, n_atoms, d) float64
        Structures that list one molecule keep their values to the last bit.
    """
    values, atom_offset = np.asarray(values, dtype=np.float64), np.asarray(atom_offset)
    automorphisms = np.asarray(automorphisms)
    n_atoms = automorphisms.shape[1]
    n_molecules = np.diff(atom_offset) // n_atoms
    if np.all(n_molecules == 1):
        return values.reshape(len(n_molecules), n_atoms, -1)
    mean = np.empty((len(n_molecules), n_atoms, values.shape[1]))
    for i, count in enumerate(n_molecules):
        molecules = values[atom_offset[i] : atom_offset[i + 1]].reshape(count, n_atoms, -1)
        mean[i] = molecules[0] if count == 1 else _aligned(molecules, automorphisms).mean(axis=0)
    return mean


def _aligned(molecules, automorphisms) -> np.ndarray:
    """Relabel the atoms of each molecule (q, n_atoms, d) so that its values are nearest to the pivot's."""
    count = len(molecules)
    distance, labelling = np.zeros((count, count)), np.zeros((count, count), dtype=np.int64)
    for i in range(count):
        for j in range(i):
            squares = _squared_distances(molecules[i], molecules[j])
            # Sum over atoms of the distance between atom a of i and atom g(a) of j, for every relabelling g.
            total = squares[np.arange(len(squares)), automorphisms].sum(axis=1)
            labelling[i, j] = total.argmin()
            back = squares[automorphisms, np.arange(len(squares))].sum(axis=1)
            labelling[j, i] = back.argmin()
            distance[i, j] = distance[j, i] = total.min()
    pivot = int(distance.sum(axis=1).argmin())
    return np.stack([molecules[j][automorphisms[labelling[pivot, j]]] for j in range(count)])


def _squared_distances(first, second) -> np.ndarray:
    """Return the squared distances between the values of every atom of one molecule and of another."""
    return np.stack([((second - atom) ** 2).sum(axis=1) for atom in first])
