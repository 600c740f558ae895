"""What must not change a crystal's descriptors."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crystalspan.descriptors.compute import describe_crystal
from crystalspan.descriptors.parameters import PRESETS
from random_crystals import GROUPS, random_crystal

SETS = (
    replace(PRESETS["csp-9.3"], neighbours="intermolecular", radial_cutoff=8.0, angular_cutoff=7.0),
    replace(PRESETS["ani-2x"], neighbours="all"),
)
TOLERANCE = 1e-11
both = pytest.mark.parametrize("functions", SETS, ids=["study", "ani-2x"])


def values_of(functions, crystal):
    return describe_crystal(functions, [1, 6, 16], *crystal.arrays)


def assert_same(one, other):
    assert np.abs(one - other).max() < TOLERANCE * np.abs(one).max()


@both
@pytest.mark.parametrize("number", GROUPS)
def test_symmetry_copies_have_the_same_values(functions, number):
    crystal = random_crystal(11, number, z_prime=2 if number < 3 else 1, n_atoms=3)
    values = values_of(functions, crystal)
    copies = values_of(functions, crystal.expanded())
    for copy in copies.reshape(len(crystal.rotations), *values.shape):
        assert_same(values, copy)


@both
def test_a_rotated_crystal(functions):
    crystal = random_crystal(12, 14)
    turned = replace(crystal, cell=crystal.cell @ Rotation.random(random_state=1).as_matrix())
    assert_same(values_of(functions, crystal), values_of(functions, turned))


@both
def test_another_origin(functions):
    crystal = random_crystal(13, 14)
    shift = np.array([0.13, -0.4, 0.77])
    moved = replace(
        crystal,
        fractional=crystal.fractional + shift,
        translations=crystal.translations + shift - crystal.rotations @ shift,
    )
    assert_same(values_of(functions, crystal), values_of(functions, moved))


@both
def test_a_molecule_in_another_cell_and_operations_with_lattice_vectors(functions):
    crystal = random_crystal(14, 2, z_prime=2)
    moved = replace(
        crystal,
        fractional=crystal.fractional + np.array([[3, -2, 5], [-1, 0, 4]])[crystal.molecule],
        translations=crystal.translations + np.array([[0, 0, 0], [2, -3, 1]]),
    )
    assert_same(values_of(functions, crystal), values_of(functions, moved))


@both
@pytest.mark.parametrize(
    "change", [[[1, 0, 0], [1, 1, 0], [0, 0, 1]], [[1, 2, 0], [0, 1, 0], [-3, 0, 1]], [[0, 1, 0], [0, 0, 1], [1, 1, 0]]]
)
def test_another_cell_of_the_same_lattice(functions, change):
    change = np.array(change)
    crystal = random_crystal(15, 14)
    inverse = np.linalg.inv(change)
    sheared = replace(
        crystal,
        cell=change @ crystal.cell,
        fractional=crystal.fractional @ inverse,
        rotations=np.rint(inverse.T @ crystal.rotations @ change.T).astype(int),
        translations=crystal.translations @ inverse,
    )
    assert_same(values_of(functions, crystal), values_of(functions, sheared))


@both
@pytest.mark.parametrize("multiples", [(2, 1, 1), (1, 2, 3)])
def test_a_supercell(functions, multiples):
    crystal = random_crystal(16, 2, n_atoms=3).expanded()
    n = len(crystal.fractional)
    cells = np.array(list(np.ndindex(*multiples)))
    supercell = replace(
        crystal,
        cell=crystal.cell * np.array(multiples)[:, None],
        fractional=((crystal.fractional + cells[:, None]) / np.array(multiples)).reshape(-1, 3),
        atomic_number=np.tile(crystal.atomic_number, len(cells)),
        molecule=np.concatenate([crystal.molecule + 2 * i for i in range(len(cells))]),
    )
    values = values_of(functions, crystal)
    for copy in values_of(functions, supercell).reshape(len(cells), n, -1):
        assert_same(values, copy)


@both
def test_atoms_in_another_order(functions):
    crystal = random_crystal(17, 14, z_prime=2)
    order = np.random.default_rng(1).permutation(len(crystal.fractional))
    shuffled = replace(
        crystal,
        fractional=crystal.fractional[order],
        atomic_number=crystal.atomic_number[order],
        molecule=1 - crystal.molecule[order],
    )
    assert_same(values_of(functions, crystal)[order], values_of(functions, shuffled))


@both
def test_operations_in_another_order(functions):
    crystal = random_crystal(18, 61)
    order = [0, *(1 + np.random.default_rng(2).permutation(len(crystal.rotations) - 1))]
    other = replace(crystal, rotations=crystal.rotations[order], translations=crystal.translations[order])
    assert_same(values_of(functions, crystal), values_of(functions, other))


@both
def test_the_mirror_image(functions):
    crystal = random_crystal(19, 19)
    mirrored = replace(crystal, fractional=-crystal.fractional, translations=-crystal.translations)
    assert_same(values_of(functions, crystal), values_of(functions, mirrored))


@pytest.mark.parametrize("neighbours", ["all", "intermolecular"])
@pytest.mark.parametrize("preset", PRESETS)
def test_values_fade_to_zero_at_the_cutoff(preset, neighbours):
    """Two molecules of two atoms that part: at the cutoff nothing jumps, and beyond it nothing is left."""
    functions = replace(PRESETS[preset], neighbours=neighbours)
    cell = 60.0 * np.eye(3)

    def at(distance):
        x = np.array([0.0, -0.7, distance, distance + 0.7])
        fractional = np.stack([x, np.zeros(4), np.zeros(4)], axis=1) / 60
        arrays = (cell, np.eye(3, dtype=int)[None], np.zeros((1, 3)), fractional, [6, 16, 6, 16], [0, 0, 1, 1])
        return describe_crystal(functions, [6, 16], *arrays)[0]

    for cutoff in {functions.radial_cutoff, functions.angular_cutoff}:
        jump = np.abs(at(cutoff - 1e-7) - at(cutoff + 1e-7)).max()
        assert jump < 1e-5  # the slopes of all functions are below 20 an angstrom
        assert np.abs(at(cutoff - 0.1) - at(cutoff + 0.1)).max() > 1e-7
    assert np.allclose(at(9.3 + 0.7), at(20.0), rtol=1e-12, atol=1e-15)


def test_intermolecular_leaves_out_the_own_molecule_and_nothing_else():
    """Radial parts add up: all neighbours = other molecules + the molecule alone in a wide cell."""
    crystal = random_crystal(20, 2, n_atoms=4, volume_per_atom=8.0)
    alone = replace(
        crystal.expanded(),
        cell=100.0 * np.eye(3),
        fractional=crystal.fractional @ crystal.cell / 100,
        atomic_number=crystal.atomic_number,
        molecule=crystal.molecule,
    )
    functions = PRESETS["ani-1x"]
    n_radial = 3 * len(functions.radial_shifts)
    everything = values_of(functions, crystal)[:, :n_radial]
    others = values_of(replace(functions, neighbours="intermolecular"), crystal)[:, :n_radial]
    own = values_of(functions, alone)[:, :n_radial]
    assert own.max() > 0.1
    assert_same(everything, others + own)


def test_collinear_neighbours_keep_their_digits():
    """Atoms in a row see angles of exactly 0 and pi, where acos would lose half of the digits."""
    functions = PRESETS["csp-9.3"]
    crystal = random_crystal(21, 1, n_atoms=3)
    row = replace(crystal, fractional=np.array([[0.0, 0, 0], [0.31, 0, 0], [0.62, 0, 0]]))
    turned = replace(row, cell=row.cell @ Rotation.random(random_state=5).as_matrix())
    assert_same(values_of(functions, row), values_of(functions, turned))
