"""From descriptors per atom to one vector per structure: atom order and pooling."""

import numpy as np

from crystalspan.points.descriptors import AtomLayout
from crystalspan.points.settings import Preparation

# Two labellings count as equal where they differ by less than this share of the largest value: far above the
# rounding of a descriptor (1e-13), far below a difference between surroundings that are really different.
_TIE = 1e-9


def prepared_columns(n_columns: int, layout: AtomLayout, pooling: str) -> int:
    """Length of a structure's vector after pooling.

    Parameters
    ----------
    n_columns : int
        Length of the descriptor of the whole asymmetric unit.
    layout : AtomLayout
        Atoms of the columns.
    pooling : {"concatenate", "mean", "per-element"}
        How atoms are combined.
    """
    per_atom = n_columns // layout.n_atoms
    return {
        "concatenate": n_columns,
        "mean": per_atom,
        "per-element": per_atom * len(np.unique(layout.elements)),
    }[pooling]


def prepare(block: np.ndarray, layout: AtomLayout, settings: Preparation) -> np.ndarray:
    """Relabel equivalent atoms and pool the atoms of a block of structures.

    Parameters
    ----------
    block : (n, n_atoms * d) float64
        Descriptors, atom-major.
    layout : AtomLayout
        Atoms of the columns.
    settings : Preparation
        `atom_order` and `pooling` are used.

    Returns
    -------
    (n, D) float64
    """
    atoms = np.asarray(block, dtype=float).reshape(len(block), layout.n_atoms, -1)
    if settings.atom_order == "canonical" and settings.pooling == "concatenate":
        atoms = canonical_order(atoms, layout.automorphisms)
    if settings.pooling == "mean":
        return atoms.mean(axis=1)
    if settings.pooling == "per-element":
        return np.concatenate([atoms[:, members].mean(axis=1) for members in element_members(layout)], axis=1)
    return atoms.reshape(len(block), -1)


def element_members(layout: AtomLayout) -> list[np.ndarray]:
    """Indices of the atoms of each element, elements in order of atomic number.

    Returns
    -------
    list of (m,) int
    """
    from ase.data import atomic_numbers

    elements = sorted(np.unique(layout.elements), key=lambda symbol: (atomic_numbers.get(symbol, 0), symbol))
    return [np.flatnonzero(layout.elements == symbol) for symbol in elements]


def canonical_order(atoms: np.ndarray, automorphisms: np.ndarray) -> np.ndarray:
    """The labelling of equivalent atoms whose vector sorts first, the same for every labelling of a crystal.

    Parameters
    ----------
    atoms : (n, n_atoms, d) float64
        Descriptor of each atom.
    automorphisms : (k, n_atoms) int
        Permutations of the molecule's atoms that keep its bonds (a group, identity included).

    Returns
    -------
    (n, n_atoms, d) float64
        Atom blocks permuted. Of vectors that agree within rounding the earlier permutation stays.
    """
    atoms = np.asarray(atoms, dtype=float)
    if not atoms.size:
        return atoms
    n = len(atoms)
    tie = _TIE * np.maximum(np.abs(atoms).reshape(n, -1).max(axis=1), np.finfo(float).tiny)
    best = np.zeros(n, dtype=int)
    undecided = np.arange(n)
    for candidate in range(1, len(automorphisms)):
        better = np.zeros(n, dtype=bool)
        remaining = undecided
        # Atom by atom, because nearly every comparison is decided on the first atom.
        for position in range(atoms.shape[1]):
            new = atoms[remaining, automorphisms[candidate][position]]
            old = atoms[remaining, automorphisms[best[remaining], position]]
            difference = new - old
            differs = np.abs(difference) > tie[remaining, None]
            decided = differs.any(axis=1)
            first = difference[np.arange(len(remaining)), differs.argmax(axis=1)]
            better[remaining[decided & (first < 0)]] = True
            remaining = remaining[~decided]
            if not len(remaining):
                break
        best[better] = candidate
    return atoms[np.arange(n)[:, None], np.asarray(automorphisms)[best]]
