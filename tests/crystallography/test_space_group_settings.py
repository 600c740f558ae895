"""Every setting that gemmi tabulates, for all 230 groups."""

import gemmi
import numpy as np
import pytest

from crystalspan.crystallography import space_groups
from crystalspan.crystallography.cell import cell_matrix, cell_parameters
from crystalspan.crystallography.fingerprints import neighbour_distances
from crystalspan.crystallography.lattices import full_operations, is_group, latt_and_symm, product_table
from crystalspan.errors import InputError
from naive.landscape import random_cell

SETTINGS = {}
for _group in gemmi.spacegroup_table():
    SETTINGS.setdefault(_group.number, []).append(_group)


def operations_of(group):
    listed = list(group.operations())
    rotations = np.array([op.rot for op in listed]) // gemmi.Op.DEN
    return rotations, np.array([op.tran for op in listed]) / gemmi.Op.DEN


def by_basis(group):
    """Rotation and translation that bring fractional coordinates to those of the standard setting."""
    standard = gemmi.find_spacegroup_by_number(group.number)
    change = standard.basisop * group.basisop.inverse()
    return np.array(change.rot) / gemmi.Op.DEN, np.array(change.tran) / gemmi.Op.DEN


@pytest.mark.parametrize("number", range(1, 231))
def test_the_number_follows_from_the_operations_in_every_setting(number):
    rng = np.random.default_rng(number)
    for group in SETTINGS[number]:
        rotations, translations = operations_of(group)
        latt, rows = latt_and_symm(rotations, translations)
        texts = [space_groups.format_operation(rotations[row], translations[row]) for row in rows]
        again = full_operations(latt, [space_groups.parse_operation(text) for text in texts])
        assert len(again[0]) == len(rotations)
        assert space_groups.number_from_operations(*again) == number, group.xhm()
        # Another origin and a sheared basis of the same lattice.
        origin, shear = rng.uniform(size=3), np.array([[1, 2, 0], [0, 1, -1], [1, 2, 1]])
        moved = (again[1] + again[0] @ origin - origin) @ np.linalg.inv(shear)
        sheared = np.rint(np.linalg.inv(shear).T @ again[0] @ shear.T).astype(int)
        assert is_group(sheared, moved)
        assert space_groups.number_from_operations(sheared, moved) == number, group.xhm()


@pytest.mark.parametrize("number", [3, 5, 9, 14, 15, 19, 33, 48, 61, 68, 70, 85, 88, 146, 148, 155, 167, 203, 227])
def test_a_crystal_has_the_same_distances_in_every_setting(number):
    rng = np.random.default_rng(number)
    reference = space_groups.operations(number)
    matrix = cell_matrix(random_cell(rng, number))
    points, kinds = rng.uniform(size=(3, 3)), [6, 1, 16]
    expected = neighbour_distances(kinds, points, matrix, *reference, 20)
    for group in SETTINGS[number]:
        change, shift = by_basis(group)
        rotations, translations = operations_of(group)
        there = cell_matrix_of(change.T @ matrix)
        found = neighbour_distances(
            kinds, (points - shift) @ np.linalg.inv(change).T, there, rotations, translations, 20
        )
        np.testing.assert_allclose(found, expected, atol=1e-9, err_msg=group.xhm())


def cell_matrix_of(edges):
    """The same edges, a along x and b in the xy plane."""
    return cell_matrix(cell_parameters(edges))


@pytest.mark.parametrize("number", [2, 14, 15, 61, 148, 225])
def test_products_are_those_of_the_operations(number):
    rotations, translations = space_groups.operations(number)
    table = product_table(rotations, translations)
    point = np.array([0.123, 0.456, 0.789])
    for i, j in np.random.default_rng(0).integers(len(rotations), size=(20, 2)):
        twice = rotations[i] @ (rotations[j] @ point + translations[j]) + translations[i]
        once = rotations[table[i, j]] @ point + translations[table[i, j]]
        assert np.abs(twice - once - np.rint(twice - once)).max() < 1e-9


@pytest.mark.parametrize(("name", "number"), [(14, 14), (" 14 ", 14), ("P21/n", 14), ("P 21/c", 14), ("Pbca", 61)])
def test_a_group_is_found_by_number_or_symbol(name, number):
    assert space_groups.number_from_symbol(name) == number


# A superscript is a digit to Python, and no number.
@pytest.mark.parametrize("name", ["\u00b9", "0", "231", "P21/q", "", "1.5", "-1", "9" * 30])
def test_what_is_no_group_is_refused(name):
    with pytest.raises(InputError):
        space_groups.number_from_symbol(name)
