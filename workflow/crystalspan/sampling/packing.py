"""A molecule in a space group: the arrays from which the kernels build, measure and minimise crystals."""

import dataclasses

import numpy as np
from gemmi import Element

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.molecules import Molecule
from crystalspan.crystallography.space_groups import operations
from crystalspan.sampling._energy import Model
from crystalspan.sampling.potential import (
    COULOMB,
    VDW_RADII,
    atom_types,
    check_charges,
    pair_tables,
    vdw_volume,
)


@dataclasses.dataclass(frozen=True, eq=False)
class Packing:
    """One molecule in a general position of a space group.

    Attributes
    ----------
    molecule : Molecule
    group : int
        Space group number.
    system : str
        Crystal system that fixes the cell's form.
    rotations, translations : (m, 3, 3) and (m, 3)
        All operations of the standard setting.
    body : (n, 3) float64
        Atoms in the molecule's own order about its centre of mass, angstrom.
    model : Model
        What the energy kernel needs, atoms in the order of types.
    radii : (n,) float64
        Van der Waals radii in the order of `model.body`, angstrom.
    vdw_volume : float
        Van der Waals volume of one molecule, cubic angstrom.
    """

    molecule: Molecule
    group: int
    system: str
    rotations: np.ndarray
    translations: np.ndarray
    body: np.ndarray
    model: Model
    radii: np.ndarray
    vdw_volume: float

    @property
    def multiplicity(self) -> int:
        """Molecules in the cell."""
        return len(self.rotations)


def crystal_system(group: int) -> str:
    """Return the system that fixes the form of the conventional cell; trigonal groups have hexagonal axes."""
    ends = (
        (2, "triclinic"),
        (15, "monoclinic"),
        (74, "orthorhombic"),
        (142, "tetragonal"),
        (194, "hexagonal"),
    )
    return next((system for last, system in ends if group <= last), "cubic")


def cell_basis(system: str) -> np.ndarray:
    """Return the cell matrices of which every cell of a crystal system is a sum, one a free parameter.

    Returns
    -------
    (p, 3, 3) float64
        Lower triangular: a along x, b in the xy plane. The first parameters are the independent lengths.
    """
    half = np.sqrt(3.0) / 2.0
    entries = {
        "triclinic": [{(0, 0): 1}, {(1, 1): 1}, {(2, 2): 1}, {(1, 0): 1}, {(2, 0): 1}, {(2, 1): 1}],
        "monoclinic": [{(0, 0): 1}, {(1, 1): 1}, {(2, 2): 1}, {(2, 0): 1}],
        "orthorhombic": [{(0, 0): 1}, {(1, 1): 1}, {(2, 2): 1}],
        "tetragonal": [{(0, 0): 1, (1, 1): 1}, {(2, 2): 1}],
        "hexagonal": [{(0, 0): 1, (1, 0): -0.5, (1, 1): half}, {(2, 2): 1}],
        "cubic": [{(0, 0): 1, (1, 1): 1, (2, 2): 1}],
    }[system]
    basis = np.zeros((len(entries), 3, 3))
    for matrix, entry in zip(basis, entries, strict=True):
        for place, value in entry.items():
            matrix[place] = value
    return basis


def packing(molecule: Molecule, group: int) -> Packing:
    """Prepare a molecule in a space group for sampling.

    Parameters
    ----------
    molecule : Molecule
        Neutral, with charges.
    group : int
        Space group number; the standard setting is used.

    Raises
    ------
    InputError
        An element without parameters, missing charges, an ion, or no such space group.
    """
    types = atom_types(molecule)
    check_charges(molecule)
    rotations, translations = operations(group)
    masses = np.array([Element(symbol).weight for symbol in molecule.symbols])
    body = molecule.positions - masses @ molecule.positions / masses.sum()
    system = crystal_system(group)
    kinds = tuple(sorted(set(types)))
    # A stable sort: atoms of a type keep their order.
    order = np.argsort([kinds.index(kind) for kind in types], kind="stable")
    arrays = {
        **_atom_arrays(body[order], np.asarray(molecule.charges)[order], [types[i] for i in order], kinds),
        **_operation_arrays(rotations, translations, system),
        "basis": cell_basis(system),
    }
    # Contiguous all of them, or the kernels would be compiled anew for another memory layout.
    model = Model(
        **{name: np.ascontiguousarray(array) for name, array in arrays.items()},
        radius=max(0.5, float(np.sqrt(np.mean(np.sum(body**2, axis=1))))),
    )
    radii = np.array([VDW_RADII[molecule.symbols[i]] for i in order])
    return Packing(molecule, group, system, rotations, translations, body, model, radii, vdw_volume(molecule))


def _atom_arrays(body, charges, types, kinds) -> dict:
    """Return the per-atom arrays, padded by an atom without interactions to an even number."""
    n = len(types)
    even = n + n % 2
    tables = pair_tables(kinds)
    rows = np.array([kinds.index(kind) for kind in types])
    padded = {
        "body": np.zeros((even, 3)),
        "charge": np.zeros(even),
        "repulsion": np.zeros((even, len(kinds))),
        "decay": np.ones((even, len(kinds))),
        "dispersion": np.zeros((even, len(kinds))),
        "core": np.ones((even, len(kinds))),
    }
    padded["body"][:n] = body
    padded["charge"][:n] = np.sqrt(COULOMB) * charges
    for key in ("repulsion", "decay", "dispersion", "core"):
        padded[key][:n] = getattr(tables, key)[rows]
    first = np.searchsorted(rows, np.arange(len(kinds) + 1))
    return {"first": first.astype(np.int64), **padded}


def _operation_arrays(rotations, translations, system) -> dict:
    """Return operations on fractions and in space, their inverses, and what identifies inverse images."""
    turn = rotations.astype(np.float64)
    # Any cell of the system gives the same rotations in space.
    cell = reference_cell(system)
    lab = np.round(np.transpose(np.linalg.inv(cell) @ np.swapaxes(turn, 1, 2) @ cell, (0, 2, 1)), 14) + 0.0
    inverse = np.empty(len(turn), dtype=np.int64)
    for p, (matrix, shift) in enumerate(zip(turn, translations, strict=True)):
        back = np.round(np.linalg.inv(matrix))
        offset = translations + back @ shift
        same = np.all(turn == back, axis=(1, 2)) & np.all(np.abs(offset - np.round(offset)) < 1e-6, axis=1)
        inverse[p] = np.flatnonzero(same)[0]
    square = np.einsum("pij,pj->pi", turn, translations) + translations
    return {
        "turn": turn,
        "shift": translations,
        "lab": lab,
        "parity": np.round(np.linalg.det(turn)),
        "inverse": inverse,
        "square": np.round(square),
    }


def reference_cell(system: str) -> np.ndarray:
    """Return some cell matrix of a crystal system, without accidental symmetry."""
    parameters = {
        "triclinic": (5, 6, 7, 80, 85, 95),
        "monoclinic": (5, 6, 7, 90, 100, 90),
        "orthorhombic": (5, 6, 7, 90, 90, 90),
        "tetragonal": (5, 5, 7, 90, 90, 90),
        "hexagonal": (5, 5, 7, 90, 90, 120),
        "cubic": (5, 5, 5, 90, 90, 90),
    }[system]
    return cell_matrix(parameters)
