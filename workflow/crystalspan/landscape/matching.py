"""Every structure's molecules matched to the landscape's reference molecule: same bonds, same order, conformers."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from crystalspan.crystallography import cell
from crystalspan.crystallography.completion import Contents
from crystalspan.crystallography.molecules import bonding_graph, isomorphisms
from crystalspan.errors import InputError
from crystalspan.formats.records import SYMBOLS, RawStructure, Rejection, Settings, formula
from crystalspan.landscape.reference import (
    MOST_RELABELLINGS,
    Reference,
    best_relabelling,
    contents,
    distance_matrix,
)
from crystalspan.landscape.settings import CheckSettings

MIXED = -1


class Matched(NamedTuple):
    """A structure whose molecules are the reference molecule.

    Attributes
    ----------
    fractional : (q * n, 3) float64
        q molecules in the reference's atom order, one after the other.
    setting : int
        Operations that place each of the q molecules.
    z_prime : float
    conformer : int
        As in `Conformers`; -1 when the molecules are of several conformers.
    relabelled : bool
        Atoms were listed in another order than the reference's.
    """

    fractional: np.ndarray
    setting: int
    z_prime: float
    conformer: int
    relabelled: bool


class Conformers:
    """The shapes of the molecule met so far: the same bonds, other distances between atoms that are not bonded.

    Two shapes are one conformer when the root mean square difference of their intramolecular distances is within
    a tolerance under some relabelling; so a mirror image is the same conformer. Conformer 0 is the reference's.
    """

    def __init__(self, reference: Reference, tolerance: float):
        self._automorphisms = reference.automorphisms
        self._tolerance = tolerance
        self._pairs = np.triu_indices(len(reference.numbers), 1)
        self._shapes = [reference.distances[self._pairs]]

    def number(self, distances: np.ndarray) -> int:
        """Return the conformer of a molecule in the reference's order from its distances (n, n)."""
        first, second = self._pairs
        labelled = distances[self._automorphisms[:, first], self._automorphisms[:, second]]
        for number, shape in enumerate(self._shapes):
            if np.sqrt(np.mean((labelled - shape) ** 2, axis=1)).min() <= self._tolerance:
                return number
        self._shapes.append(labelled[0])
        return len(self._shapes) - 1


class Compared(NamedTuple):
    """A structure whose molecules have the reference's bonds; which conformers they are is still to be said.

    Attributes
    ----------
    fractional : (q * n, 3) float64
        As in `Matched`.
    representatives : sequence of int
        Rows of the structure's operations that place each of the q molecules.
    z_prime : float
    shapes : list of Shape or None
        Of each molecule; None: it is the reference's.
    relabelled : bool
    """

    fractional: np.ndarray
    representatives: np.ndarray
    z_prime: float
    shapes: list
    relabelled: bool


class Shape(NamedTuple):
    """Distances (n, n) in a molecule, angstrom, in the reference's order, and by how much one of them is off."""

    distances: np.ndarray
    deviation: float


class _Unlike(Exception):
    """A molecule is not the reference; args are reason and remedy."""


def compare_all(structures, settings: Settings, reference: Reference, limits: CheckSettings) -> list:
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
    list of Compared or Rejection
        For `settled`: each depends on its structure alone, whatever stands beside it.
    """
    return [_compare(structure, settings, reference, limits) for structure in structures]


def _compare(structure, settings, reference, limits) -> Compared | Rejection:
    try:
        found = contents(structure, settings)
    except InputError as error:
        return structure.reject(error.problem, error.remedy)
    matched = []
    try:
        _refuse_mixture(structure, found)
        for molecule in found.molecules:
            matched.append(_match_molecule(structure, molecule, reference, limits))
            if matched[-1][1] is not None and limits.conformers == "reject":
                # One such molecule is enough; which conformer it is goes into the reason.
                return Compared(molecule.fractional, (), found.z_prime, [matched[-1][1]], False)
    except _Unlike as unlike:
        return structure.reject(*unlike.args)
    rotations, translations = settings.rotations[structure.setting], settings.translations[structure.setting]
    fractional = [
        matched[which][0] if o == 0 else matched[which][0] @ rotations[o].T + translations[o]
        for which, o in found.listed
    ]
    shapes, relabelled = [shape for _, shape, _ in matched], any(moved for *_, moved in matched)
    return Compared(np.concatenate(fractional), found.representatives, found.z_prime, shapes, relabelled)


def settled(
    structure: RawStructure,
    compared: Compared | Rejection,
    settings: Settings,
    conformers: Conformers,
    limits: CheckSettings,
) -> Matched | Rejection:
    """Say which conformers a structure's molecules are, and whether it stays.

    Parameters
    ----------
    structure : RawStructure
    compared : Compared or Rejection
        From `compare_all`.
    settings : Settings
        Takes the operations that place the molecules, where those are not all of the space group.
    conformers : Conformers
        Of the structures before, and takes those that are new.
    limits : CheckSettings
    """
    if isinstance(compared, Rejection):
        return compared
    numbers = [0 if shape is None else conformers.number(shape.distances) for shape in compared.shapes]
    off = [shape.deviation for shape in compared.shapes if shape is not None]
    if off and limits.conformers == "reject":
        what = f"conformer {numbers[-1]} of the molecule" if numbers[-1] else "distorted"
        return structure.reject(
            f"different geometry: {what}, an intramolecular distance is {off[-1]:.3f} angstrom off the reference's",
            "conformers: accept takes flexible molecules in; distance_tolerance sets what passes",
        )
    return Matched(
        compared.fractional,
        _used_operations(structure.setting, settings, compared.representatives),
        compared.z_prime,
        numbers[0] if len(set(numbers)) == 1 else MIXED,
        compared.relabelled,
    )


def _used_operations(setting: int, settings: Settings, chosen) -> int:
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


def _match_molecule(structure, molecule, reference, limits):
    """Return coordinates in the reference's order, the shape if it is another, and whether the order changed."""
    numbers = bytes(structure.numbers[i] for i in molecule.atom)
    if sorted(numbers) != sorted(reference.numbers):
        raise _Unlike(
            f"wrong composition: the molecule is {formula(numbers)} and not {formula(reference.numbers)}",
            "look for missing or additional atoms; give another molecule its own row in landscapes.tsv",
        )
    positions = molecule.fractional @ cell.cell_matrix(structure.cell)
    distances = distance_matrix(positions)
    mapping, deviation = best_relabelling(_relabellings(numbers, positions, reference), reference.distances, distances)
    if mapping is None:
        raise _Unlike(
            "different molecule: same composition as the reference, other bonds",
            "give isomers, tautomers and broken molecules a row of their own, or leave them out",
        )
    shape = None
    if deviation > limits.distance_tolerance:
        shape = Shape(distances[np.ix_(mapping, mapping)], deviation)
        _refuse_distorted(shape.distances, reference, limits)
    moved = molecule.site_symmetry == 1 and bool((np.diff(molecule.atom[mapping]) < 0).any())
    return molecule.fractional[mapping], shape, moved


def _relabellings(numbers, positions, reference: Reference):
    """Return the mappings of the reference's bonding graph onto the molecule's."""
    bonds = bonding_graph(numbers, positions)
    # The usual case, and looking for isomorphisms is what takes the time.
    if numbers == reference.numbers and set(bonds.edges) == set(reference.bonds.edges):
        return reference.automorphisms
    return isomorphisms(reference.bonds, bonds, MOST_RELABELLINGS)


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
