"""The reference molecule of a landscape, and every structure's molecule matched to it."""

from collections import Counter
from dataclasses import dataclass

import networkx
import numpy as np

from crystalspan.crystallography import cell
from crystalspan.crystallography.completion import WholeMolecule, whole_molecule
from crystalspan.crystallography.molecules import Molecule, bonding_graph, isomorphisms
from crystalspan.errors import InputError
from crystalspan.formats.records import RawStructure, Settings, formula

# Relabellings are listed one by one; a molecule with more (many tert-butyl groups) is matched by the first
# ones.
MOST_RELABELLINGS = 5000
_KINDS_TRIED = 50
_MEMBERS_TRIED = 10
_SAME_GEOMETRY = 0.02  # angstrom; copies of one rigid molecule differ by rounding only


@dataclass(frozen=True, eq=False)
class Reference:
    """The molecule with which every structure is compared, in the landscape's atom order.

    Attributes
    ----------
    numbers : bytes, length n
        Atomic numbers.
    positions : (n, 3) float64, angstrom
    bonds : networkx.Graph
    distances : (n, n) float64, angstrom
    order, parent : (n,) int64
        Atoms in an order in which each one's ``parent``, to which it is bonded, comes before it.
    automorphisms : (k, n) int32
        Relabellings that leave the bonding graph unchanged, identity first.
    """

    numbers: bytes
    positions: np.ndarray
    bonds: networkx.Graph
    distances: np.ndarray
    order: np.ndarray
    parent: np.ndarray
    automorphisms: np.ndarray


def make_reference(numbers: bytes, positions) -> Reference:
    """Prepare a molecule for comparisons.

    Raises
    ------
    InputError
        Its atoms are not all connected by bonds.
    """
    bonds = bonding_graph(numbers, positions)
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
    positions = np.array(positions, dtype=np.float64)
    return Reference(numbers, positions, bonds, _distances(positions), np.array(order), parent, automorphisms)


def choose_reference(structures: list[RawStructure], settings: Settings, given: Molecule | None) -> Reference:
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

    Raises
    ------
    InputError
        No structure holds a whole molecule.
    """
    kinds = {}
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
        raise InputError(
            "no structure holds a whole molecule to compare the others with",
            remedy="name the molecule with --reference to see why each structure is none",
        )
    commonest = Counter()
    for number, numbers, _, _ in found:
        commonest[formula(numbers)] += number
    best = max(commonest.values())
    alike = [one for one in found if commonest[formula(one[1])] == best]
    _, numbers, positions, _ = max(alike, key=lambda one: (one[3], one[0]))
    return make_reference(numbers, positions)


def _first_whole(members, settings):
    """Return (numbers, positions, listed whole) of the commonest geometry among a few structures of a kind.

    Not simply of the lowest: one structure that went wrong often has the lowest energy of all.
    """
    found = []
    step = max(1, len(members) // _MEMBERS_TRIED)
    for structure in members[::step][: 2 * _MEMBERS_TRIED]:
        try:
            whole = _grow(structure, settings)
        except InputError:
            continue
        numbers = bytes(structure.numbers[i] for i in whole.atom)
        positions = whole.fractional @ cell.cell_matrix(structure.cell)
        found.append((numbers, positions - positions.mean(axis=0), len(numbers) == len(structure.numbers)))
    if not found:
        return None
    shapes = [(numbers, _distances(positions)) for numbers, positions, _ in found]
    return max(found, key=lambda one: sum(_alike(one[0], _distances(one[1]), *shape) for shape in shapes))


def _alike(numbers, distances, other_numbers, other_distances) -> bool:
    return numbers == other_numbers and bool(np.abs(distances - other_distances).max() < _SAME_GEOMETRY)


def _given_reference(given: Molecule, found) -> Reference:
    """Put the user's molecule into the atom order of the files, when any of them holds it."""
    numbers = given.atomic_numbers.tobytes()
    for _, listed, positions, _ in sorted(found, key=lambda one: (one[3], one[0]), reverse=True):
        if sorted(listed) != sorted(numbers):
            continue
        mapping, _ = best_relabelling(
            bonding_graph(listed, positions), _distances(positions), given.bonds, _distances(given.positions)
        )
        if mapping is not None:
            return make_reference(bytes(numbers[i] for i in mapping), given.positions[mapping])
    return make_reference(numbers, given.positions)


def best_relabelling(bonds, distances, other_bonds, other_distances):
    """Return which atom of the other molecule is which, and the largest difference of a distance.

    Mirror images are alike. Of relabellings that fit equally well the first in sorted order is taken, so
    that atoms that are in order stay in order.

    Returns
    -------
    mapping : (n,) int array or None
        None when the bonding graphs differ.
    deviation : float, angstrom
    """
    best, least = None, np.inf
    for mapping in isomorphisms(bonds, other_bonds, MOST_RELABELLINGS):
        deviation = np.abs(other_distances[np.ix_(mapping, mapping)] - distances).max()
        if deviation < least - 1e-3:
            best, least = mapping, deviation
    return best, least


def match(structure: RawStructure, settings: Settings, reference: Reference, tolerance: float):
    """Complete a structure's molecule by symmetry and put its atoms into the reference's order.

    Parameters
    ----------
    structure : RawStructure
    settings : Settings
        Takes the coset representatives of a molecule on a special position.
    reference : Reference
    tolerance : float
        Largest difference of an intramolecular distance, angstrom.

    Returns
    -------
    (fractional (n, 3), setting, z_prime) or Rejection
    """
    try:
        whole = _grow(structure, settings)
    except InputError as error:
        return structure.reject(error.problem, error.remedy)
    numbers = bytes(structure.numbers[i] for i in whole.atom)
    if sorted(numbers) != sorted(reference.numbers):
        return structure.reject(
            f"wrong composition: the molecule is {formula(numbers)} and not {formula(reference.numbers)}",
            "look for missing or additional atoms; give another molecule its own row in landscapes.tsv",
        )
    positions = whole.fractional @ cell.cell_matrix(structure.cell)
    mapping, deviation = best_relabelling(
        reference.bonds, reference.distances, bonding_graph(numbers, positions), _distances(positions)
    )
    if mapping is None:
        return structure.reject(
            "different molecule: same composition as the reference, other bonds",
            "give isomers, tautomers and broken molecules a row of their own, or leave them out",
        )
    if deviation > tolerance:
        return structure.reject(
            f"different geometry: an intramolecular distance is {deviation:.3f} angstrom off the reference's",
            "another conformer? raise distance_tolerance, or give it its own row in landscapes.tsv",
        )
    setting = structure.setting
    if whole.site_symmetry > 1:
        chosen = whole.representatives
        setting = settings.add(
            settings.rotations[setting][chosen],
            settings.translations[setting][chosen],
            settings.space_group[setting],
        )
    return whole.fractional[mapping], setting, 1.0 / whole.site_symmetry


def _grow(structure: RawStructure, settings: Settings) -> WholeMolecule:
    return whole_molecule(
        structure.numbers,
        structure.fractional,
        structure.cell,
        settings.rotations[structure.setting],
        settings.translations[structure.setting],
    )


def _distances(positions) -> np.ndarray:
    return np.linalg.norm(positions[:, None] - positions[None], axis=-1)
