"""Plain twins of the landscape's kernels, and crystals to try them on."""

import itertools

import numpy as np

from crystalspan.crystallography import cell, space_groups
from crystalspan.crystallography.molecules import read_molecule


def random_rotation(rng) -> np.ndarray:
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else -q


def random_cell(rng, number, edge=14.0) -> np.ndarray:
    """A cell that the space group allows, wide enough for molecules not to touch by much."""
    a, b, c = edge * rng.uniform(1.0, 1.4, size=3)
    if number <= 2:
        angles = rng.uniform(70, 110, size=3)
    elif number <= 15:
        angles = [90, rng.uniform(70, 120), 90]
    else:
        angles = [90, 90, 90]
    if number >= 75:
        b = a
    if 143 <= number <= 194:
        angles = [90, 90, 120]
    if number >= 195:
        c = a
    return np.array([a, b, c, *angles])


class Crystal:
    """A molecule put anywhere into a cell of a standard space group."""

    def __init__(self, molecule, number, seed=0, edge=14.0, centre=None, turn=None):
        rng = np.random.default_rng(seed)
        self.number = number
        self.cell = random_cell(rng, number, edge)
        self.matrix = cell.cell_matrix(self.cell)
        self.rotations, self.translations = space_groups.operations(number)
        self.symbols = list(molecule.symbols)
        positions = (molecule.positions - molecule.positions.mean(axis=0)) @ (
            random_rotation(rng) if turn is None else turn
        )
        centre = rng.uniform(0, 1, size=3) if centre is None else np.asarray(centre, dtype=float)
        self.fractional = positions @ np.linalg.inv(self.matrix) + centre
        self.mass = molecule.mass

    @property
    def density(self) -> float:
        return float(cell.density(self.mass * len(self.rotations), cell.volume(self.matrix)))


def loose_crystal(molecule, number, seed=0):
    """A random crystal whose molecules do not touch."""
    trial = 0
    while True:
        crystal = Crystal(molecule, number, 1000 * trial + seed, edge=16.0)
        if shortest_contact(crystal.fractional, crystal.matrix, crystal.rotations, crystal.translations) > 2:
            return crystal
        trial += 1


def element_sorted(molecule):
    """The molecule in the order of .res files."""
    from crystalspan.crystallography.molecules import Molecule
    from crystalspan.formats.res_writer import element_order

    order = element_order(molecule.symbols)
    return Molecule(molecule.name, tuple(molecule.symbols[i] for i in order), molecule.positions[order], None)


def load(folder, name):
    return element_sorted(read_molecule(folder / f"{name}.json"))


def shortest_contact(fractional, matrix, rotations, translations) -> float:
    """The shortest distance between atoms of two molecules, by looking through a block of cells."""
    shortest = np.inf
    reach = np.ceil(16.0 / cell.heights(matrix)).astype(int)
    for o, (rotation, translation) in enumerate(zip(rotations, translations, strict=True)):
        image = fractional @ rotation.T + translation
        image = image - np.rint(image.mean(axis=0) - fractional.mean(axis=0))
        identity = np.allclose(image, fractional)
        for shift in itertools.product(*(range(-r, r + 1) for r in reach)):
            if o == 0 and identity and not any(shift):
                continue
            apart = (image + shift)[:, None] - fractional[None]
            shortest = min(shortest, np.linalg.norm(apart @ matrix, axis=-1).min())
    return shortest


def cell_atoms(fractional, numbers, matrix, rotations, translations, same=0.1):
    """Every atom of the cell once: (element, fractional in [0, 1)), found by comparing all pairs."""
    kept = []
    for rotation, translation in zip(rotations, translations, strict=True):
        for number, point in zip(numbers, fractional @ rotation.T + translation, strict=True):
            apart = [point - other for _, other in kept]
            if not any(np.linalg.norm((d - np.round(d)) @ matrix) < same for d in apart):
                kept.append((int(number), point % 1.0))
    return kept


def same_atoms(first, second, matrix, tolerance=1e-3) -> bool:
    """Whether two lists of cell atoms are the same, lattice translations apart."""
    if len(first) != len(second):
        return False
    left = list(second)
    for number, point in first:
        for i, (other, place) in enumerate(left):
            d = point - place
            if number == other and np.linalg.norm((d - np.round(d)) @ matrix) < tolerance:
                del left[i]
                break
        else:
            return False
    return True
