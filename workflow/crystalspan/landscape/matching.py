"""Every structure's molecules matched to the landscape's reference molecule: same bonds, same order."""

import functools
from collections import Counter
from typing import NamedTuple

import numpy as np

from crystalspan.crystallography import cell
from crystalspan.crystallography.completion import Contents
from crystalspan.crystallography.freedom import free_molecule, idle_axes
from crystalspan.crystallography.molecules import bonded, graph_of_bonds, isomorphisms
from crystalspan.errors import InputError
from crystalspan.formats.records import COVALENT_RADII, SYMBOLS, RawStructure, Rejection, Settings, formula
from crystalspan.landscape.reference import (
    MOST_RELABELLINGS,
    Reference,
    best_relabelling,
    contents,
    distance_matrix,
)
from crystalspan.landscape.settings import CheckSettings

_ORDERS_REMEMBERED = 32
_CLASH = 0.7  # of the sum of covalent radii: no bond is so short
_HYDROGENS = 1.0  # angstrom; closer, two of them count as bonded


class Matched(NamedTuple):
    """A structure whose molecules are the reference molecule, whatever their shapes.

    Attributes
    ----------
    fractional : (q * n, 3) float64
        q molecules in the reference's atom order, one after the other.
    representatives : (m,) int64
        Rows of the structure's operations that place each of the q molecules.
    z_prime : float
    motions : int
        Shifts and turns of the symmetry-independent molecules that their site groups leave free.
    relabelled : bool
        Atoms were listed in another order than the reference's.
    """

    fractional: np.ndarray
    representatives: np.ndarray
    z_prime: float
    motions: int
    relabelled: bool


class _Unlike(Exception):
    """A molecule is not the reference; args are reason and remedy."""


def match_all(
    structures: list[RawStructure], settings: Settings, reference: Reference, limits: CheckSettings
) -> list[Matched | Rejection]:
    """Complete the molecules of structures by symmetry and put their atoms into the reference's order.

    Parameters
    ----------
    structures : list of RawStructure
    settings : Settings
    reference : Reference
    limits : CheckSettings
        What passes: distances, and whether other conformers do.

    Returns
    -------
    list of Matched or Rejection
        Each depends on its structure alone, whatever stands beside it.
    """
    relabellings = _Relabellings(reference)
    return [_match(structure, settings, reference, relabellings, limits) for structure in structures]


def _match(structure, settings, reference, relabellings, limits) -> Matched | Rejection:
    try:
        found = contents(structure, settings)
    except InputError as error:
        return structure.reject(error.problem, error.remedy)
    try:
        _refuse_mixture(structure, found)
        matched = [
            _match_molecule(structure, molecule, reference, relabellings, limits) for molecule in found.molecules
        ]
    except _Unlike as unlike:
        return structure.reject(*unlike.args)
    rotations, translations = settings.rotations[structure.setting], settings.translations[structure.setting]
    fractional = [
        matched[which][0] if o == 0 else matched[which][0] @ rotations[o].T + translations[o]
        for which, o in found.listed
    ]
    matrix = cell.cell_matrix(structure.cell)
    motions = sum(
        free_molecule(rotations[molecule.site], matrix, idle_axes(molecule.fractional @ matrix))
        for molecule in found.molecules
    )
    relabelled = any(moved for _, moved in matched)
    return Matched(np.concatenate(fractional), found.representatives, found.z_prime, motions, relabelled)


def used_operations(setting: int, settings: Settings, chosen: np.ndarray) -> int:
    """Return the row of the settings that holds the chosen operations of a setting; it is added where it is new."""
    rotations = settings.rotations[setting]
    if len(chosen) == len(rotations):
        return setting
    return settings.add(rotations[chosen], settings.translations[setting][chosen], settings.space_group[setting])


def _refuse_mixture(structure: RawStructure, found: Contents):
    """Refuse crystals of several kinds of molecules, and name those."""
    kinds = Counter(formula(structure.numbers[i] for i in molecule.atom) for molecule in found.molecules)
    if len(kinds) > 1:
        raise _Unlike(
            f"{len(kinds)} kinds of molecules: {' and '.join(sorted(kinds, key=lambda kind: (-len(kind), kind)))} "
            "(co-crystal, salt, solvate, or atoms torn off)",
            "only crystals of one kind of molecule are compared: leave these structures out",
        )


def _match_molecule(structure, molecule, reference, relabellings, limits):
    """Return coordinates in the reference's order, and whether that is another order than the listed one."""
    numbers = bytes(structure.numbers[i] for i in molecule.atom)
    if sorted(numbers) != sorted(reference.numbers):
        raise _Unlike(
            f"wrong composition: the molecule is {formula(numbers)} and not {formula(reference.numbers)}",
            "look for missing or additional atoms; give another molecule its own row in landscapes.tsv",
        )
    positions = molecule.fractional @ cell.cell_matrix(structure.cell)
    distances = distance_matrix(positions)
    mapping, deviation = best_relabelling(relabellings(numbers, distances), reference.distances, distances)
    if mapping is None:
        _refuse_clash(numbers, distances)
        raise _Unlike(
            "different molecule: same composition as the reference, other bonds",
            "give isomers, tautomers and broken molecules a row of their own, or leave them out",
        )
    if deviation > limits.distance_tolerance:
        _refuse_distorted(distances[np.ix_(mapping, mapping)], reference, limits)
        if limits.conformers == "reject":
            raise _Unlike(
                f"different geometry: another conformer, an intramolecular distance is {deviation:.3f} angstrom off "
                "the reference's",
                "conformers: accept takes flexible molecules in; distance_tolerance sets what passes",
            )
    moved = molecule.site_symmetry == 1 and bool((np.diff(molecule.atom[mapping]) < 0).any())
    return molecule.fractional[mapping], moved


class _Relabellings:
    """The mappings of the reference's bonding graph onto that of a molecule.

    Looking for isomorphisms takes the time, and the files of one program list few orders of atoms: the last ones are
    remembered.
    """

    def __init__(self, reference: Reference):
        self._reference = reference
        self._find = functools.lru_cache(maxsize=_ORDERS_REMEMBERED)(self._isomorphisms)

    def __call__(self, numbers: bytes, distances: np.ndarray) -> np.ndarray:
        """Return them for a molecule's atoms and their distances (n, n), (k, n) int32; k = 0: other bonds."""
        bonds = bonded(numbers, distances)
        if numbers == self._reference.numbers and np.array_equal(bonds, self._reference.bonded):
            return self._reference.automorphisms
        return self._find(numbers, bonds.tobytes())

    def _isomorphisms(self, numbers, bonds):
        graph = graph_of_bonds(numbers, np.frombuffer(bonds, dtype=bool).reshape(len(numbers), -1))
        return isomorphisms(self._reference.bonds, graph, MOST_RELABELLINGS)


def _refuse_clash(numbers, distances):
    """Name the two atoms of a molecule that are closer than any bond between them."""
    elements = np.frombuffer(numbers, dtype=np.uint8)
    radii = COVALENT_RADII[elements]
    hydrogen = elements == 1
    # Two hydrogen atoms of a molecule have no bond at all.
    shortest = np.where(hydrogen[:, None] & hydrogen, _HYDROGENS, _CLASH * (radii[:, None] + radii))
    share = distances / shortest + np.eye(len(numbers))
    i, j = np.unravel_index(share.argmin(), share.shape)
    if share[i, j] < 1:
        pair = "...".join(SYMBOLS[numbers[atom]] for atom in sorted((i, j)))
        raise _Unlike(
            f"atoms of one molecule clash: {pair} {distances[i, j]:.3f} angstrom apart",
            "a conformer whose parts run into each other is no structure: minimise it, or leave it out",
        )


def _refuse_distorted(distances, reference, limits):
    """Refuse a molecule with bonds that are not as long as the reference's."""
    first, second = np.array(reference.bonds.edges).T
    off = np.abs(distances - reference.distances)[first, second]
    if off.max() > limits.distance_tolerance:
        i, j = first[off.argmax()], second[off.argmax()]
        pair = f"{SYMBOLS[reference.numbers[i]]}-{SYMBOLS[reference.numbers[j]]}"
        raise _Unlike(
            f"different geometry: a {pair} bond is {off.max():.3f} angstrom off the reference's",
            "a distorted molecule, or another model of it? distance_tolerance sets what passes",
        )
