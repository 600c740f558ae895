"""Free directions of crystals: counted by the formula, checked by what they leave unchanged."""

from dataclasses import replace

import numpy as np
import pytest
import spglib

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.errors import InputError
from crystalspan.freedom.displacements import UNSEEN, Symmetry, crystal_symmetry, displaced, free_directions
from crystalspan.freedom.space_groups import degrees_of_freedom
from dimension_crystals import on_site, structure_of
from random_crystals import GROUPS, random_crystal


@pytest.mark.parametrize("z_prime", [1, 2])
@pytest.mark.parametrize("number", GROUPS)
def test_as_many_directions_as_the_formula_says(number, z_prime):
    structure = structure_of(random_crystal(1, number, z_prime=z_prime))
    found = free_directions(structure, crystal_symmetry(structure, 1, 1e-3))
    expected = degrees_of_freedom(number, z_prime)
    assert found.degrees_of_freedom == expected.total
    assert np.count_nonzero(found.kind == "cell") == expected.cell
    assert np.count_nonzero(found.kind == "origin") == expected.origin
    assert np.count_nonzero(found.kind == "translation") == sum(expected.translations) - expected.origin
    assert np.count_nonzero(found.kind == "rotation") == sum(expected.rotations)
    assert not np.isin(found.kind[: found.degrees_of_freedom], UNSEEN).any()


@pytest.mark.parametrize(
    ("number", "centre", "site"),
    [
        (2, [0, 0, 0], "-1"),
        (14, [0, 0, 0], "-1"),
        (14, [0.5, 0, 0.5], "-1"),
        (15, [0, 0, 0], "-1"),
        (15, [0, 0.31, 0.25], "2"),
        (5, [0, 0.27, 0], "2"),
        (61, [0, 0, 0], "-1"),
        (43, [0, 0, 0.17], "2"),
        (148, [0, 0, 0], "-3"),
        (88, [0, 0, 0], "-4"),
    ],
)
def test_special_positions_are_found_and_counted(number, centre, site):
    structure, order = on_site(number, centre)
    expected = degrees_of_freedom(number, sites=[site])
    symmetry = crystal_symmetry(structure, order, 1e-2)
    assert len(symmetry.sites[0]) == order
    found = free_directions(structure, symmetry)
    assert found.degrees_of_freedom == expected.total
    assert np.count_nonzero(found.kind == "rotation") == sum(expected.rotations)


@pytest.mark.parametrize(("number", "centre"), [(None, None), (14, [0, 0, 0]), (15, [0, 0.31, 0.25]), (148, [0, 0, 0])])
def test_displaced_crystals_keep_group_and_molecules(number, centre):
    if number is None:
        number, structure, order = 33, structure_of(random_crystal(5, 33)), 1
    else:
        structure, order = on_site(number, centre)
    directions = free_directions(structure, crystal_symmetry(structure, order, 1e-2))
    amounts = 0.05 * np.random.default_rng(1).normal(size=(3, len(directions.kind)))
    before = structure.fractional @ cell_matrix(structure.cell)
    for cell, fractional in zip(*displaced(structure, directions, amounts), strict=True):
        copies = np.einsum("mij,nj->mni", structure.rotations, fractional) + structure.translations[:, None]
        numbers = np.tile(structure.atomic_number, len(structure.rotations))
        dataset = spglib.get_symmetry_dataset((cell, copies.reshape(-1, 3), numbers), symprec=1e-5)
        assert dataset.number == number
        after = fractional @ cell
        np.testing.assert_allclose(
            np.linalg.norm(after[:, None] - after[None], axis=-1),
            np.linalg.norm(before[:, None] - before[None], axis=-1),
            atol=1e-9,
        )
        assert not np.allclose(cell, cell_matrix(structure.cell), atol=1e-4)


def test_no_amount_changes_nothing_and_amounts_are_angstrom():
    structure = structure_of(random_crystal(2, 2, n_atoms=6))
    matrix = cell_matrix(structure.cell)
    directions = free_directions(structure, crystal_symmetry(structure, 1, 1e-3))
    p = len(directions.kind)
    cells, fractional = displaced(structure, directions, np.concatenate([np.zeros((1, p)), 1e-4 * np.eye(p)]))
    np.testing.assert_allclose(cells[0], matrix, atol=1e-12)
    np.testing.assert_allclose(fractional[0], structure.fractional, atol=1e-12)
    moved = fractional[1:] @ cells[1:] - structure.fractional @ matrix
    length = np.sqrt((moved**2).sum(axis=2).mean(axis=1))
    np.testing.assert_allclose(length[directions.kind == "translation"], 1e-4, rtol=1e-6)
    # A turn by 1/(radius of gyration) moves atoms by less than that, since those on its axis stay.
    turned = length[directions.kind == "rotation"]
    assert np.all(turned < 1.0001e-4)
    assert np.sqrt((turned**2).mean()) == pytest.approx(1e-4 * np.sqrt(2 / 3), rel=1e-4)
    edge = np.cbrt(np.linalg.det(matrix) / 2)
    strain = (np.linalg.inv(matrix) @ cells[1:] - np.eye(3))[directions.kind == "cell"]
    np.testing.assert_allclose(np.linalg.norm(strain, axis=(1, 2)), 1e-4 / edge, rtol=1e-6)


@pytest.mark.parametrize(("shape", "kinds"), [("linear", (2, 1)), ("atom", (0, 0))])
def test_linear_molecules_and_atoms(shape, kinds):
    crystal = random_crystal(4, 14, n_atoms=3)
    points = np.array([[0, 0, 0], [1.1, 0.3, 0.2], [-1.1, -0.3, -0.2]])[: 1 if shape == "atom" else 3]
    fractional = crystal.fractional[0] + points @ np.linalg.inv(crystal.cell)
    n = len(points)
    crystal = replace(
        crystal, fractional=fractional, atomic_number=crystal.atomic_number[:n], molecule=crystal.molecule[:n]
    )
    structure = structure_of(crystal)
    found = free_directions(structure, crystal_symmetry(structure, 1, 1e-3))
    assert found.degrees_of_freedom == degrees_of_freedom("P21/c", shape=shape).total
    assert (np.count_nonzero(found.kind == "rotation"), np.count_nonzero(found.kind == "axis")) == kinds


def test_free_space_does_not_depend_on_the_orientation_of_the_crystal():
    structure = structure_of(random_crystal(3, 15))
    symmetry = crystal_symmetry(structure, 1, 1e-3)
    for q in symmetry.point_group:
        np.testing.assert_allclose(q @ q.T, np.eye(3), atol=1e-12)
    turned = Symmetry(symmetry.point_group[::-1], symmetry.sites)
    one, other = free_directions(structure, symmetry), free_directions(structure, turned)
    for name in ("strain", "translation", "rotation"):
        a, b = getattr(one, name).reshape(len(one.kind), -1), getattr(other, name).reshape(len(one.kind), -1)
        np.testing.assert_allclose(a.T @ a, b.T @ b, atol=1e-12)


def test_a_site_that_is_not_there_is_refused():
    structure = structure_of(random_crystal(1, 14))
    with pytest.raises(InputError, match="4 symmetry operations"):
        crystal_symmetry(structure, 2, 1e-3)
