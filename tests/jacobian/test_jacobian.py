"""The local dimension: rank of the Jacobian on crystals whose degrees of freedom are known."""

from dataclasses import replace

import numpy as np
import pytest

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.descriptors.parameters import PRESETS
from crystalspan.errors import InputError
from crystalspan.freedom.displacements import crystal_symmetry, displaced, free_directions
from crystalspan.freedom.space_groups import degrees_of_freedom
from crystalspan.jacobian.rank import (
    JacobianSettings,
    describe_displaced,
    descriptor_jacobian,
    local_dimension,
    local_dimensions,
    shared_local_dimensions,
    site_order,
)
from crystalspan.landscape.file import Selection, selected_rows, write_landscape
from crystalspan.parallel import world
from dimension_crystals import on_site, structure_of
from random_crystals import random_crystal, random_landscape

FUNCTIONS = replace(PRESETS["ani-1x"], neighbours="intermolecular")
SETTINGS = JacobianSettings(step=1e-3, zero=1e-8, weak=1e-3, probe=0.1, site_tolerance=1e-2)
STUDY = (2, 4, 5, 9, 14, 15, 19, 29, 33, 61)


def elements_of(structure):
    return np.unique(structure.atomic_number)


def jacobian_of(structure, step, functions=FUNCTIONS):
    directions = free_directions(structure, crystal_symmetry(structure, 1, 1e-3))
    return descriptor_jacobian(structure, directions, functions, elements_of(structure), step), directions


@pytest.mark.parametrize("number", STUDY)
def test_the_rank_is_the_number_of_degrees_of_freedom(number):
    landscape = random_landscape([number], 2, n_atoms=6, seed=7, volume_per_atom=9.0)
    expected = degrees_of_freedom(number)
    for one in local_dimensions(landscape, FUNCTIONS, SETTINGS):
        assert one.rank == one.degrees_of_freedom == expected.total
        assert one.gap > 1e4
        assert len(one.singular_values) == expected.total + expected.origin
        assert np.all(np.diff(one.singular_values) <= 0)


@pytest.mark.parametrize(("number", "z_prime"), [(1, 1), (1, 2), (14, 2), (4, 2)])
def test_several_molecules(number, z_prime):
    structure = structure_of(random_crystal(8, number, n_atoms=5, z_prime=z_prime, volume_per_atom=9.0))
    one = local_dimension(structure, 1, FUNCTIONS, elements_of(structure), SETTINGS)
    assert one.rank == degrees_of_freedom(number, z_prime).total


@pytest.mark.parametrize(("number", "centre", "site"), [(14, [0, 0, 0], "-1"), (15, [0, 0.31, 0.25], "2")])
def test_special_positions(number, centre, site):
    structure, order = on_site(number, centre, spread=1.5)
    one = local_dimension(structure, order, FUNCTIONS, elements_of(structure), SETTINGS)
    assert one.rank == one.degrees_of_freedom == degrees_of_freedom(number, sites=[site]).total


def test_differences_agree_with_a_fit_through_many_points():
    structure = structure_of(random_crystal(3, 14, n_atoms=5, volume_per_atom=9.0))
    (found, correction), directions = jacobian_of(structure, 2e-3)
    steps = np.linspace(-8e-3, 8e-3, 9)
    for k in (0, 5, len(directions.kind) - 1):
        amounts = np.zeros((len(steps), len(directions.kind)))
        amounts[:, k] = steps
        values = describe_displaced(
            structure, displaced(structure, directions, amounts), FUNCTIONS, elements_of(structure)
        )
        slopes = np.polynomial.polynomial.polyfit(steps, values, 7)[1]
        np.testing.assert_allclose(found[:, k], slopes, atol=1e-5 * np.abs(found).max())
    assert 0 < correction < 0.01 * np.linalg.norm(found)


def test_halving_the_step_quarters_the_correction_and_keeps_the_jacobian():
    structure = structure_of(random_crystal(3, 14, n_atoms=5, volume_per_atom=9.0))
    (coarse, large), _ = jacobian_of(structure, 4e-3)
    (fine, small), _ = jacobian_of(structure, 2e-3)
    assert large / small == pytest.approx(4, rel=0.02)
    assert np.linalg.norm(coarse - fine) < 0.1 * large < 1e-3 * np.linalg.norm(fine)


def test_the_singular_values_do_not_depend_on_how_the_crystal_is_written():
    crystal = random_crystal(6, 14, n_atoms=5, volume_per_atom=9.0)
    first = structure_of(crystal)
    shifted = structure_of(replace(crystal, fractional=crystal.fractional + [1, -2, 1]))
    by_inversion = structure_of(replace(crystal, fractional=-crystal.fractional))
    values = [
        local_dimension(one, 1, FUNCTIONS, elements_of(one), SETTINGS).singular_values
        for one in (first, shifted, by_inversion)
    ]
    np.testing.assert_allclose(values[1], values[0], rtol=1e-6)
    np.testing.assert_allclose(values[2], values[0], rtol=1e-6)


def flat_crystal(height, thickness=0.0):
    """A planar molecule on the mirror plane y = 0 of P21/m, written in P21 as Z' = 1: a pseudo-symmetry."""
    crystal = random_crystal(9, 4, n_atoms=6, volume_per_atom=9.0)
    matrix = cell_matrix([6.0, height, 7.0, 90, 101, 90])
    points = np.array([[0, 0, 0], [1.2, 0, 0.3], [0.2, 0, 1.4], [-1.1, 0, 0.9], [-0.4, 0, -1.3], [1.7, 0, 1.6]])
    points = points + thickness * np.array([0, 1, 0]) * np.arange(6)[:, None]
    fractional = points @ np.linalg.inv(matrix) + [0.21, 0.0, 0.33]
    return structure_of(replace(crystal, cell=matrix, fractional=fractional))


def test_a_pseudo_mirror_is_seen_in_the_values_and_named():
    flat = flat_crystal(5.0)
    one = local_dimension(flat, 1, FUNCTIONS, elements_of(flat), SETTINGS)
    # P21/m on site m has 4 + 2 + 1 degrees of freedom; the two turns out of the plane are lost to first order.
    assert (one.degrees_of_freedom, one.rank, one.strong) == (9, 7, 7)
    assert (one.mirrored, one.blind, one.flag) == (2, 0, "pseudo-symmetric")
    bent = flat_crystal(5.0, thickness=0.25)
    assert local_dimension(bent, 1, FUNCTIONS, elements_of(bent), SETTINGS).flag == "full"


def test_a_packing_a_few_thousandths_of_an_angstrom_off_the_mirror_is_pseudo_symmetric():
    """Its weak derivative has an odd part that is no rounding: the mirror plane is near, not here."""
    bent = flat_crystal(5.0, thickness=0.003)
    one = local_dimension(bent, 1, FUNCTIONS, elements_of(bent), replace(SETTINGS, weak=3e-2))
    assert (one.rank, one.strong, one.mirrored, one.flag) == (9, 8, 1, "pseudo-symmetric")


def test_sheets_farther_apart_than_the_cutoff_are_blind_directions():
    sparse = flat_crystal(40.0, thickness=0.25)
    one = local_dimension(sparse, 1, FUNCTIONS, elements_of(sparse), SETTINGS)
    assert one.blind >= 1
    assert one.flag == "blind"
    assert one.rank < one.degrees_of_freedom


def test_three_columns_have_rank_three():
    structure = structure_of(random_crystal(3, 14, n_atoms=5, volume_per_atom=9.0))
    columns = np.random.default_rng(1).normal(size=(1200, 3))
    one = local_dimension(
        structure, 1, FUNCTIONS, elements_of(structure), SETTINGS, pool=lambda values: values @ columns
    )
    assert one.rank == 3
    assert one.degrees_of_freedom == len(one.singular_values) == 10


def test_ranks_share_the_structures_and_order_them_as_one(tmp_path):
    landscape = random_landscape([14, 19], 2, n_atoms=5, volume_per_atom=9.0)
    write_landscape(tmp_path / "landscape.h5", landscape)
    found = shared_local_dimensions(
        world(1),
        tmp_path / "landscape.h5",
        selected_rows(tmp_path / "landscape.h5", Selection([19])),
        FUNCTIONS,
        SETTINGS,
    )
    assert [one.id for one in found] == [str(name) for name in landscape.id[landscape.space_group == 19]]

    class Second:
        """The second of two ranks, whose gather gives nothing back."""

        rank, size = 1, 2

        def gather(self, value, root=0):
            self.sent = value

    second = Second()
    assert (
        shared_local_dimensions(
            second,
            tmp_path / "landscape.h5",
            selected_rows(tmp_path / "landscape.h5", Selection([19])),
            FUNCTIONS,
            SETTINGS,
        )
        is None
    )
    assert [one.id for one in second.sent.get()] == [found[1].id]


def test_a_rank_that_fails_tells_rank_0(tmp_path):
    landscape = replace(random_landscape([14], 1, n_atoms=5), z_prime=np.array([0.3]))
    with pytest.raises(InputError, match="do not make Z"):
        site_order(landscape, 0)
    write_landscape(tmp_path / "landscape.h5", landscape)
    with pytest.raises(InputError, match="do not make Z"):
        shared_local_dimensions(world(1), tmp_path / "landscape.h5", np.arange(1), FUNCTIONS, SETTINGS)


def test_a_site_that_is_not_there_is_unknown_and_no_error():
    structure = structure_of(random_crystal(1, 14))
    one = local_dimension(structure, 2, FUNCTIONS, elements_of(structure), SETTINGS)
    assert (one.flag, one.degrees_of_freedom, one.rank) == ("unknown", 0, 0)
