"""Crystals of random molecules in random cells, for tests."""

from dataclasses import dataclass, replace

import numpy as np

from crystalspan.crystallography.cell import cell_matrix, cell_parameters
from crystalspan.crystallography.space_groups import operations, symbol
from crystalspan.landscape.file import Landscape

# Triclinic, monoclinic, orthorhombic, tetragonal and rhombohedral, with and without centring.
GROUPS = (1, 2, 4, 5, 9, 14, 15, 19, 29, 33, 43, 61, 88, 148)


@dataclass(frozen=True)
class Crystal:
    cell: np.ndarray
    rotations: np.ndarray
    translations: np.ndarray
    fractional: np.ndarray
    atomic_number: np.ndarray
    molecule: np.ndarray

    @property
    def arrays(self):
        """The arguments of describe_crystal that follow functions and elements."""
        return (
            self.cell,
            self.rotations,
            self.translations,
            self.fractional,
            self.atomic_number,
            self.molecule,
        )

    @property
    def elements(self):
        return np.unique(self.atomic_number)

    def expanded(self):
        """The same crystal in P1: every copy is a symmetry-independent molecule."""
        m, z_prime = len(self.rotations), self.molecule.max() + 1
        copies = np.einsum("mij,nj->mni", self.rotations, self.fractional) + self.translations[:, None]
        return replace(
            self,
            rotations=np.eye(3, dtype=int)[None],
            translations=np.zeros((1, 3)),
            fractional=copies.reshape(-1, 3),
            atomic_number=np.tile(self.atomic_number, m),
            molecule=np.concatenate([self.molecule + z_prime * op for op in range(m)]),
        )


def lengths_and_angles(generator, number, volume):
    """A cell of the group's lattice system with a given volume; triclinic angles from 50 to 130 degrees."""
    angles = np.full(3, 90.0)
    if number <= 2:
        angles = generator.uniform(50, 130, 3)
        while np.isnan(cell_matrix([1, 1, 1, *angles])).any() or np.linalg.det(cell_matrix([1, 1, 1, *angles])) < 0.25:
            angles = generator.uniform(50, 130, 3)
    elif number <= 15:
        angles[1] = generator.uniform(90, 140)
    elif 143 <= number <= 194:
        angles[2] = 120.0
    lengths = generator.uniform(0.5, 1.5, 3)
    if number >= 75:
        lengths[1] = lengths[0]
    scale = (volume / np.linalg.det(cell_matrix([*lengths, *angles]))) ** (1 / 3)
    return np.array([*(scale * lengths), *angles])


def random_molecule(generator, n_atoms):
    """Positions at least 1 angstrom apart, within a ball."""
    points = np.zeros((0, 3))
    radius = 0.9 * n_atoms ** (1 / 3)
    while len(points) < n_atoms:
        point = generator.normal(size=3)
        point *= radius * generator.random() ** (1 / 3) / np.linalg.norm(point)
        if len(points) == 0 or np.linalg.norm(points - point, axis=1).min() > 1.0:
            points = np.vstack([points, point])
        else:
            radius *= 1.001
    return points


def random_crystal(seed, number, n_atoms=5, z_prime=1, volume_per_atom=12.0, elements=(1, 6, 16)):
    """A crystal of one or more random molecules in a space group's standard setting."""
    generator = np.random.default_rng([seed, number])
    rotations, translations = operations(number)
    volume = volume_per_atom * n_atoms * z_prime * len(rotations)
    cell = cell_matrix(lengths_and_angles(generator, number, volume))
    inverse = np.linalg.inv(cell)
    fractional = [random_molecule(generator, n_atoms) @ inverse + generator.uniform(-1, 1, 3) for _ in range(z_prime)]
    numbers = np.concatenate([elements, generator.choice(elements, max(0, n_atoms - len(elements)))])[:n_atoms]
    return Crystal(
        cell,
        rotations.astype(int),
        translations,
        np.concatenate(fractional),
        np.tile(numbers, z_prime),
        np.repeat(np.arange(z_prime), n_atoms),
    )


def random_landscape(numbers, per_group, n_atoms=5, seed=0, volume_per_atom=12.0):
    """A landscape of one molecule, some crystals of each space group, energies 0.5 kJ/mol apart."""
    found = []
    molecule = random_molecule(np.random.default_rng(seed), n_atoms)
    for k in range(per_group):
        for number in numbers:
            crystal = random_crystal(1000 * seed + k, number, n_atoms, volume_per_atom=volume_per_atom)
            origin = crystal.fractional.mean(axis=0)
            fractional = molecule @ np.linalg.inv(crystal.cell) + origin
            found.append((number, replace(crystal, fractional=fractional)))
    numbers, crystals = zip(*found, strict=True)
    settings = sorted(set(numbers))
    order = {number: i for i, number in enumerate(settings)}
    group_operations = [operations(number) for number in settings]
    n = len(crystals)
    energy = 0.5 * np.arange(n)
    reference = crystals[0].atomic_number.astype(np.uint8)
    return Landscape(
        name="random",
        id=np.array([f"random-QR-{number}-{i:04d}-3" for i, number in enumerate(numbers)], dtype=object),
        lattice_energy=energy - 90.0,
        relative_energy=energy,
        density=np.linspace(1.2, 1.5, n),
        space_group=np.array(numbers, dtype=np.int16),
        space_group_symbol=np.array([symbol(number) for number in numbers], dtype=object),
        cell=np.array([cell_parameters(crystal.cell) for crystal in crystals]),
        setting=np.array([order[number] for number in numbers], dtype=np.int32),
        z_prime=np.ones(n),
        source=np.array([f"random!{i}" for i in range(n)], dtype=object),
        setting_offset=np.cumsum([0, *(len(ops[0]) for ops in group_operations)]),
        rotation=np.concatenate([ops[0] for ops in group_operations]).astype(np.int8),
        translation=np.concatenate([ops[1] for ops in group_operations]),
        atom_offset=n_atoms * np.arange(n + 1),
        fractional=np.concatenate([crystal.fractional for crystal in crystals]),
        atomic_number=np.tile(reference, n),
        molecule=np.zeros(n * n_atoms, dtype=np.uint8),
        reference_atomic_number=reference,
        reference_positions=molecule,
        reference_automorphisms=np.arange(n_atoms, dtype=np.int32)[None],
        provenance={"stage": "test"},
    )
