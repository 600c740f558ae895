"""Whole molecules from a listed asymmetric unit: unwrapped, completed by symmetry, each copy counted once.

A crystal's molecules fall into symmetry-independent kinds (orbits of the space group), one of Z' = 1/2 on an
inversion centre beside one of Z' = 1 in a general position, say. The landscape lists molecules and one set of
operations C that together give every molecule of the cell exactly once. So C must meet each orbit evenly:

* For one orbit, C holds one operation of each coset of the molecule's site group, and the molecule is listed once.
* For several, the cosets of the largest site group are tried on all. A molecule of a smaller site group is then
  listed more than once: with Z' = 3/2 in P-1, C is the identity, the molecule on the inversion centre is listed once
  and the other one twice.
* Where that fails (site groups that do not fit together), C is a subgroup in which every molecule is in a general
  position. There always is one: lattice centrings move every molecule.

All listed molecules have the same number of copies, so that a mean over them is the mean over the crystal.
"""

from collections.abc import Sequence
from typing import NamedTuple

import gemmi
import numpy as np

from crystalspan.arrays import ArrayLike, Floats, Integers
from crystalspan.crystallography import _completion, cell
from crystalspan.crystallography.lattices import SAME_SITE, product_table
from crystalspan.crystallography.molecules import BOND_MARGIN
from crystalspan.errors import InputError

# Other atoms closer than this (angstrom) are no molecule.
CLASH = 0.5
LARGEST_MOLECULE = 2000
# The landscape file numbers the listed molecules of a structure in one byte.
MOST_MOLECULES = 255
_LARGEST_CELL = 40_000
_UNEVEN = (
    "the molecule and its symmetry copies do not fill the cell evenly",
    "look for atoms close to a symmetry element but not on it",
)


class WholeMolecule(NamedTuple):
    """A symmetry-independent molecule.

    Attributes
    ----------
    atom : (n,) int64
        For each atom of the molecule, the listed atom that it is or copies; listed atoms come first.
    operation : (n,) int64
        The operation that makes it from the listed atom (0 for the identity).
    fractional : (n, 3) float64
        Whole and unwrapped; listed atoms are moved by lattice translations only, where their own place is not
        bonded to the rest.
    site : (k,) int64
        Operations that map the molecule onto itself, a lattice translation apart: its site group, identity first.
    """

    atom: np.ndarray
    operation: np.ndarray
    fractional: np.ndarray
    site: np.ndarray

    @property
    def site_symmetry(self) -> int:
        """Order of the molecule's site symmetry."""
        return len(self.site)


class Contents(NamedTuple):
    """The molecules of a crystal, and the operations that place them.

    Attributes
    ----------
    molecules : tuple of WholeMolecule
        The symmetry-independent ones, in the order in which their first atoms are listed.
    representatives : (m,) int64
        Operations that place each listed molecule, identity first.
    listed : tuple of (int, int)
        Molecule and operation: these images, each placed by each of the representatives, are all molecules of
        the cell, each exactly once. Every independent molecule itself (operation 0) is among them.
    """

    molecules: tuple[WholeMolecule, ...]
    representatives: np.ndarray
    listed: tuple[tuple[int, int], ...]

    @property
    def z_prime(self) -> float:
        """Molecules in the asymmetric unit: the sum of 1 / site symmetry."""
        return float(sum(1.0 / molecule.site_symmetry for molecule in self.molecules))


def whole_molecules(
    atomic_numbers: Sequence[int] | np.ndarray,
    fractional: ArrayLike,
    cell_parameters: ArrayLike,
    rotations: Integers,
    translations: Floats,
) -> Contents:
    """Grow the molecules of a crystal from its listed atoms along bonds, through symmetry and cell faces.

    Parameters
    ----------
    atomic_numbers : (n,) int
    fractional : (n, 3) float
        The listed atoms: the asymmetric unit, any number of molecules or symmetry-independent parts of them.
    cell_parameters : (6,) float
        Angstrom and degrees.
    rotations : (m, 3, 3) int
    translations : (m, 3) float
        All operations of the space group, centring included, identity first.

    Raises
    ------
    InputError
        The listed atoms are no molecules: atoms on top of each other, or bonds without end.
    """
    fractional = np.asarray(fractional, dtype=np.float64)
    if len(fractional) * len(rotations) > _LARGEST_CELL:
        raise InputError("more than 40,000 atoms in the cell", remedy="list only the asymmetric unit")
    matrix = cell.cell_matrix(cell_parameters)
    sites, atom, operation, site_of = _completion.cell_sites(
        fractional,
        np.asarray(rotations, dtype=np.float64),
        np.asarray(translations, dtype=np.float64),
        matrix,
        SAME_SITE,
    )
    radii = np.array([gemmi.Element(int(number)).covalent_r for number in atomic_numbers])[atom]
    heights = cell.heights(matrix)
    products = product_table(rotations, translations)
    owner = np.full(len(sites), -1, dtype=np.int64)
    molecules, images = [], []
    for seed in site_of[0]:
        if owner[seed] >= 0:
            continue
        member, shift, code = _completion.grow(
            sites, radii, matrix, heights, int(seed), BOND_MARGIN, CLASH, LARGEST_MOLECULE
        )
        _refuse(code)
        # Listed atoms as listed, then their copies, operation by operation.
        order = np.lexsort((atom[member], operation[member]))
        member, shift = member[order], shift[order]
        copies = site_of[products[:, operation[member]], atom[member]]
        images.append(_own(copies, owner))
        site = np.flatnonzero(images[-1] == images[-1][0])
        molecules.append(WholeMolecule(atom[member], operation[member], sites[member] + shift, site))
    representatives, listed = _listing(images, products)
    if len(listed) > MOST_MOLECULES:
        raise InputError(
            f"{len(listed)} molecules have to be listed, more than {MOST_MOLECULES}",
            remedy="give a smaller cell, or the symmetry beside the asymmetric unit",
        )
    return Contents(tuple(molecules), representatives, listed)


def site_multiplicities(fractional: Floats, matrix: Floats, rotations: Integers, translations: Floats) -> np.ndarray:
    """Return how many distinct copies each atom has in the cell, (n,) int64; on special positions they are fewer.

    Parameters
    ----------
    fractional : (n, 3) float
    matrix : (3, 3) float64
        Rows a, b, c in angstrom.
    rotations : (m, 3, 3) int
    translations : (m, 3) float
    """
    rotations, translations = np.asarray(rotations, np.float64), np.asarray(translations, np.float64)
    fractional = np.ascontiguousarray(fractional, dtype=np.float64)
    *_, site_of = _completion.cell_sites(fractional, rotations, translations, matrix, SAME_SITE)
    return np.array([len(np.unique(column)) for column in site_of.T], dtype=np.int64)


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


def _own(copies, owner) -> np.ndarray:
    """Number a molecule's distinct copies (rows of sites) in `owner`; return each row's number (m,)."""
    number = np.empty(len(copies), dtype=np.int64)
    for row, sites in enumerate(copies):
        found = np.unique(owner[sites])
        if len(found) > 1 or len(np.unique(sites)) < len(sites):
            raise InputError(_UNEVEN[0], remedy=_UNEVEN[1])
        if found[0] < 0:
            found[0] = owner.max() + 1
            owner[sites] = found[0]
        elif np.count_nonzero(owner == found[0]) != len(sites):
            raise InputError(_UNEVEN[0], remedy=_UNEVEN[1])
        number[row] = found[0]
    return number


def _listing(images, products):
    """Choose the operations and the images of molecules that together give every molecule of the cell once.

    images : one array (m,) for each molecule: the number, in the cell, of its copy by each operation.
    products : (m, m) as from `product_table`.
    """
    fewest = min(images, key=lambda numbers: len(np.unique(numbers)))
    _, chosen = np.unique(fewest, return_index=True)
    chosen = np.sort(chosen)
    listed = _cover(images, products, chosen)
    if listed is None:
        chosen = _free_subgroup(images, products)
        listed = _cover(images, products, chosen)
    return chosen.astype(np.int64), tuple(listed)


def _cover(images, products, chosen):
    """List images (molecule, operation) whose copies by the chosen operations are all molecules, or None."""
    covered = np.zeros(1 + max(numbers.max() for numbers in images), dtype=bool)
    listed = []
    for which, numbers in enumerate(images):
        for o in range(len(products)):
            copies = numbers[products[chosen, o]]
            if not covered[copies].any() and len(np.unique(copies)) == len(chosen):
                covered[copies] = True
                listed.append((which, o))
    return listed if covered.all() else None


def _free_subgroup(images, products) -> np.ndarray:
    """Return a subgroup, as large as is found, that leaves no molecule of the cell in its place."""
    fixes = np.zeros(len(products), dtype=bool)
    for numbers in images:
        fixes |= (numbers[products] == numbers).any(axis=1)
    chosen = np.array([0])
    for o in range(1, len(products)):
        larger = _closure([*chosen, o], products)
        if not fixes[larger[1:]].any():
            chosen = larger
    return chosen


def _closure(generators, products) -> np.ndarray:
    """Return the rows of the subgroup that some operations generate, ascending."""
    found = np.unique(generators)
    while True:
        larger = np.unique(products[np.ix_(found, found)])
        if len(larger) == len(found):
            return found
        found = larger
