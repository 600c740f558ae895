"""Controls: what they keep of a landscape, and what they take away."""

from dataclasses import replace

import numpy as np
import pytest

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.molecules import Molecule, read_molecule
from crystalspan.crystallography.space_groups import operations
from crystalspan.descriptors.compute import describe_crystal
from crystalspan.descriptors.parameters import PRESETS
from crystalspan.dimension.controls import (
    crystal_cloud,
    describe_random_crystals,
    gaussian_twin,
    shuffled_columns,
)
from crystalspan.dimension.estimators.own import TwoNN
from crystalspan.freedom.displacements import crystal_symmetry, displaced, free_directions
from crystalspan.points.neighbours import nearest_neighbours, principal_coordinates
from crystalspan.sampling.trials import random_crystals
from dimension_crystals import structure_of
from random_crystals import random_crystal
from validation.manifolds import cube, curved_cube, sphere

FUNCTIONS = replace(PRESETS["ani-1x"], neighbours="intermolecular")


def twonn(points):
    return TwoNN().evaluate(nearest_neighbours(points, 2, 64), points).value


def test_the_gaussian_twin_has_the_covariance_and_not_the_manifold():
    points = curved_cube(3000, 2, 8, seed=1)
    twin = gaussian_twin(points, 2)
    scale = np.cov(points.T).max()
    np.testing.assert_allclose(np.cov(twin.T), np.cov(points.T), atol=0.1 * scale)
    assert twin.shape == points.shape
    assert twonn(points) == pytest.approx(2, abs=0.2)
    assert twonn(twin) > 3.5


def test_the_gaussian_twin_lies_in_the_span_of_the_points():
    points = cube(20, 60, 3)
    twin = gaussian_twin(points, 4)
    centred = points - points.mean(axis=0)
    assert np.linalg.matrix_rank(np.concatenate([centred, twin])) == 19


def test_shuffled_columns_keep_each_column_and_no_relation():
    values = curved_cube(500, 2, 6, seed=1)
    shuffled = shuffled_columns(values, 5)
    assert np.array_equal(np.sort(shuffled, axis=0), np.sort(values, axis=0))
    off = np.corrcoef(shuffled.T) - np.eye(6)
    assert np.abs(off).max() < 0.2 < np.abs(np.corrcoef(values.T) - np.eye(6)).max()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "degrees"), [(61, 9), (9, 8)])
def test_a_cloud_of_crystals_has_as_many_dimensions_as_degrees_of_freedom(number, degrees):
    structure = structure_of(random_crystal(5, number, n_atoms=5, volume_per_atom=10.0))
    directions = free_directions(structure, crystal_symmetry(structure, 1, 1e-3))
    elements = np.unique(structure.atomic_number)
    values = crystal_cloud(structure, directions, FUNCTIONS, elements, 1e-4, 60, 3)
    singular = np.linalg.svd(values - values.mean(axis=0), compute_uv=False)
    # So small a cloud is flat: curvature is four orders below.
    assert np.count_nonzero(singular > 1e-3 * singular[0]) == degrees
    wide = crystal_cloud(structure, directions, FUNCTIONS, elements, 0.05, 400, 3)
    assert 0.6 * degrees < twonn(principal_coordinates(wide)) < 1.2 * degrees


def test_the_cloud_fills_a_ball_of_the_radius():
    structure = structure_of(random_crystal(5, 2, n_atoms=4))
    directions = free_directions(structure, crystal_symmetry(structure, 1, 1e-3))
    amounts = 0.01 * sphere(1, len(directions.kind) - 1, 1)
    cells, fractional = displaced(structure, directions, amounts)
    moved = fractional[0] @ cells[0] - structure.fractional @ cell_matrix(structure.cell)
    assert 0 < np.linalg.norm(moved, axis=1).max() < 0.1


@pytest.mark.slow
def test_random_crystals_are_those_of_the_trial_numbers_without_overlaps():
    molecule = Molecule("bent", ("O", "H", "H"), np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]]))
    cells, fractional, found = random_crystals(molecule, 19, np.arange(1, 30))
    again = random_crystals(molecule, 19, found[:2])
    np.testing.assert_allclose(again[0], cells[:2])
    np.testing.assert_allclose(again[1], fractional[:2])
    cartesian = fractional @ cells
    distances = np.linalg.norm(cartesian[:, :, None] - cartesian[:, None], axis=-1)
    expected = np.linalg.norm(molecule.positions[:, None] - molecule.positions[None], axis=-1)
    np.testing.assert_allclose(distances, np.broadcast_to(expected, distances.shape), atol=1e-9)
    values, numbers = describe_random_crystals(molecule, 19, np.arange(1, 30), FUNCTIONS)
    assert np.array_equal(numbers, found)
    rotations, translations = operations(19)
    one = describe_crystal(FUNCTIONS, [1, 8], cells[1], rotations, translations, fractional[1], [8, 1, 1], [0, 0, 0])
    np.testing.assert_allclose(values[1], one.ravel())
    assert len(np.unique(np.round(values, 6), axis=0)) == len(found) > 3


def test_no_packing_at_all_is_an_empty_table(molecules_folder, monkeypatch):
    molecule = read_molecule(molecules_folder / "naphthalene.json")
    none = np.zeros((0, 3, 3)), np.zeros((0, 18, 3)), np.zeros(0, dtype=int)
    monkeypatch.setattr("crystalspan.sampling.trials.random_crystals", lambda *arguments: none)
    values, found = describe_random_crystals(molecule, 14, np.arange(1, 5), FUNCTIONS)
    assert values.shape == (0, 18 * FUNCTIONS.n_values(2))
    assert len(found) == 0
