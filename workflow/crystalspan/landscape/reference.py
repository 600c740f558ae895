"""The molecule with which every structure of a landscape is compared, and how two molecules are compared."""

import dataclasses
from collections import Counter

import networkx
import numpy as np

from crystalspan.arrays import ArrayLike
from crystalspan.crystallography import cell
from crystalspan.crystallography.completion import Contents, whole_molecules
from crystalspan.crystallography.molecules import Molecule, bonded, bonding_graph, graph_of_bonds, isomorphisms
from crystalspan.errors import InputError
from crystalspan.formats.records import RawStructure, Rejection, Settings, formula
from crystalspan.landscape import _shapes

# Relabellings are listed one by one; a molecule with more (many tert-butyl groups) is matched by the first
# ones.
MOST_RELABELLINGS = 5000
_KINDS_TRIED = 50
_MEMBERS_TRIED = 10
_MUCH_BETTER = 1e-3  # angstrom; by less one relabelling fits as well as another
_SAME_GEOMETRY = 0.02  # angstrom; copies of one rigid molecule differ by rounding only


@dataclasses.dataclass(frozen=True, eq=False)
class Reference:
    """The molecule with which every structure is compared, in the landscape's atom order.

    Attributes
    ----------
    numbers : bytes, length n
        Atomic numbers.
    positions : (n, 3) float64, angstrom
    bonds : networkx.Graph
    bonded : (n, n) bool
        The same.
    distances : (n, n) float64, angstrom
    order, parent : (n,) int64
        Atoms in an order in which each one's ``parent``, to which it is bonded, comes before it.
    automorphisms : (k, n) int32
        Relabellings that leave the bonding graph unchanged, identity first.
    """

    numbers: bytes
    positions: np.ndarray
    bonds: networkx.Graph
    bonded: np.ndarray
    distances: np.ndarray
    order: np.ndarray
    parent: np.ndarray
    automorphisms: np.ndarray


def make_reference(numbers: bytes, positions: ArrayLike) -> Reference:
    """Prepare a molecule for comparisons.

    Raises
    ------
    InputError
        Its atoms are not all connected by bonds.
    """
    positions = np.array(positions, dtype=np.float64)
    distances = distance_matrix(positions)
    pairs = bonded(numbers, distances)
    bonds = graph_of_bonds(numbers, pairs)
    if not networkx.is_connected(bonds):
        raise InputError(
            "the reference is not one molecule: some atoms are bonded to no other part of it",
            remedy="give the geometry of one molecule, in angstrom",
        )
    order, parent = [0], np.zeros(len(numbers), dtype=np.int64)
    for atom, child in networkx.bfs_edges(bonds, 0):
        order.append(child)
        parent[child] = atom
    automorphisms = isomorphisms(bonds, bonds, MOST_RELABELLINGS + 1)
    if len(automorphisms) > MOST_RELABELLINGS:
        automorphisms = np.arange(len(numbers), dtype=np.int32)[None]
    return Reference(numbers, positions, bonds, pairs, distances, np.array(order), parent, automorphisms)


def choose_reference(
    structures: list[RawStructure], settings: Settings, given: Molecule | None, rejected: list[Rejection]
) -> Reference | None:
    """Choose the reference molecule: the one given, in the landscape's atom order, or the commonest.

    The commonest molecule is the composition of most structures, in the atom order of most of those that list
    it whole, with a geometry that most of them share.

    Parameters
    ----------
    structures : list of RawStructure
        Sorted by energy.
    settings : Settings
    given : Molecule or None
        The molecule that the user names.
    rejected : list of Rejection
        Takes all structures where none of them holds a whole molecule, each with its own reason.

    Returns
    -------
    Reference or None
        None where there is none to be found.
    """
    kinds: dict[bytes, list[RawStructure]] = {}
    for structure in structures:
        kinds.setdefault(structure.numbers, []).append(structure)
    found = []
    for members in sorted(kinds.values(), key=len, reverse=True)[:_KINDS_TRIED]:
        example = _first_whole(members, settings)
        if example is not None:
            found.append((len(members), *example))
    if given is not None:
        return _given_reference(given, found)
    if not found:
        found, reasons = _any_whole(structures, settings)
        rejected += reasons
    if not found:
        return None
    commonest: Counter[str] = Counter()
    for number, numbers, _, _ in found:
        commonest[formula(numbers)] += number
    best = max(commonest.values())
    alike = [one for one in found if commonest[formula(one[1])] == best]
    _, numbers, positions, _ = max(alike, key=lambda one: (one[3], one[0]))
    return make_reference(numbers, positions)


def _any_whole(structures, settings):
    """Return the first structure that holds a whole molecule, as `choose_reference` lists them, or why none does."""
    reasons = []
    for structure in structures:
        example = _first_whole([structure], settings)
        if example is not None:
            return [(1, *example)], []
        try:
            contents(structure, settings)
        except InputError as error:
            reasons.append(structure.reject(error.problem, error.remedy))
    return [], reasons


def _first_whole(members, settings):
    """Return (numbers, positions, listed whole) of the commonest geometry among a few structures of a kind.

    Not simply of the lowest: one structure that went wrong often has the lowest energy of all.
    """
    found = []
    step = max(1, len(members) // _MEMBERS_TRIED)
    for structure in members[::step][: 2 * _MEMBERS_TRIED]:
        try:
            whole = contents(structure, settings).molecules[0]
        except InputError:
            continue
        numbers = bytes(structure.numbers[i] for i in whole.atom)
        positions = whole.fractional @ cell.cell_matrix(structure.cell)
        found.append((numbers, positions - positions.mean(axis=0), not whole.operation.any()))
    if not found:
        return None
    shapes = [(numbers, distance_matrix(positions)) for numbers, positions, _ in found]
    like = [sum(_alike(*shape, *other) for other in shapes) for shape in shapes]
    return found[like.index(max(like))]


def _alike(numbers, distances, other_numbers, other_distances) -> bool:
    return numbers == other_numbers and bool(np.abs(distances - other_distances).max() < _SAME_GEOMETRY)


def _given_reference(given: Molecule, found) -> Reference:
    """Put the user's molecule into the atom order of the files, when any of them holds it."""
    numbers = given.atomic_numbers.tobytes()
    for _, listed, positions, _ in sorted(found, key=lambda one: (one[3], one[0]), reverse=True):
        if sorted(listed) != sorted(numbers):
            continue
        mapping, _ = best_relabelling(
            isomorphisms(bonding_graph(listed, positions), given.bonds, MOST_RELABELLINGS),
            distance_matrix(positions),
            distance_matrix(given.positions),
        )
        if mapping is not None:
            return make_reference(bytes(numbers[i] for i in mapping), given.positions[mapping])
    return make_reference(numbers, given.positions)


def best_relabelling(
    relabellings: np.ndarray, distances: np.ndarray, other_distances: np.ndarray
) -> tuple[np.ndarray | None, float]:
    """Return which atom of the other molecule is which, and the largest difference of a distance.

    Mirror images are alike. Of relabellings that fit equally well the first in sorted order is taken, so
    that atoms that are in order stay in order.

    Parameters
    ----------
    relabellings : (k, n) int array
        Those that keep elements and bonds.
    distances, other_distances : (n, n) float64, angstrom

    Returns
    -------
    mapping : (n,) int array or None
        None when there is no relabelling: the bonding graphs differ.
    deviation : float, angstrom
    """
    best, least = _shapes.closest_relabelling(relabellings, distances, other_distances, _MUCH_BETTER)
    return (None if best < 0 else relabellings[best]), least


def contents(structure: RawStructure, settings: Settings) -> Contents:
    """Return the whole molecules of a structure and the operations that place them."""
    return whole_molecules(
        structure.numbers,
        structure.fractional,
        structure.cell,
        settings.rotations[structure.setting],
        settings.translations[structure.setting],
    )


def distance_matrix(positions: np.ndarray) -> np.ndarray:
    """Return the distances between all atoms of a molecule, (n, n) float64."""
    squares = np.zeros((len(positions), len(positions)))
    for column in np.asarray(positions, dtype=np.float64).T:
        squares += (column[:, None] - column) ** 2
    return np.sqrt(squares, out=squares)
