"""Trials: pure functions of molecule, group and number; minima that are minima."""

import dataclasses

import numpy as np
import pytest

from crystalspan.crystallography.cell import cell_parameters
from crystalspan.crystallography.molecules import Molecule
from crystalspan.errors import InputError
from crystalspan.sampling._energy import energy_gradient
from crystalspan.sampling._trials import overlaps, random_rotation
from crystalspan.sampling.packing import crystal_system, packing
from crystalspan.sampling.potential import atom_types, vdw_volume
from crystalspan.sampling.trials import Trials, points, sample, start

SHORT = {"cutoff": 9.0, "taper": 1.5, "first_cutoff": 7.0, "first_pressure": 0.1}


def assert_same(first: Trials, second: Trials):
    for field in dataclasses.fields(Trials):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_batches_give_the_same_bits_as_one_run(probe):
    prepared = packing(probe, 14)
    whole = sample(prepared, np.arange(1, 41), **SHORT)
    first = sample(prepared, np.arange(1, 18), **SHORT)
    second = sample(packing(probe, 14), np.arange(18, 41), **SHORT)
    odd = sample(prepared, np.arange(3, 41, 7), **SHORT)
    for field in dataclasses.fields(Trials):
        values = getattr(whole, field.name)
        parts = np.concatenate([getattr(first, field.name), getattr(second, field.name)])
        np.testing.assert_array_equal(values, parts)
        np.testing.assert_array_equal(values[2::7], getattr(odd, field.name))
    assert 3 <= whole.valid.sum() < 40


def test_points_depend_on_molecule_and_group_but_not_on_the_name(probe):
    numbers = np.arange(1, 5)
    base = points(packing(probe, 14), numbers)
    renamed = dataclasses.replace(probe, name="other")
    np.testing.assert_array_equal(points(packing(renamed, 14), numbers), base)
    assert not np.array_equal(points(packing(probe, 15), numbers), base)
    stretched = dataclasses.replace(probe, positions=probe.positions * 1.001)
    assert not np.array_equal(points(packing(stretched, 14), numbers), base)


@pytest.mark.parametrize("group", [2, 14, 19, 92, 146, 198])
def test_start_cells_have_the_form_of_their_system(probe, group):
    prepared = packing(probe, group)
    parameters, positions, rotations = start(prepared, points(prepared, np.arange(1, 33)))
    exists = np.isfinite(parameters[:, 0])
    cells = np.einsum("kp,pij->kij", parameters[exists], prepared.model.basis)
    shape = cell_parameters(cells)
    system = crystal_system(group)
    if system != "triclinic":
        np.testing.assert_allclose(shape[:, 3], 90.0, atol=1e-9)
        np.testing.assert_allclose(shape[:, 5], 120.0 if system == "hexagonal" else 90.0, atol=1e-9)
    if system in ("tetragonal", "hexagonal", "cubic"):
        np.testing.assert_allclose(shape[:, 0], shape[:, 1])
    assert shape[:, 3:].min() >= 45.0 - 1e-9
    assert system == "hexagonal" or shape[:, 3:].max() <= 135.0 + 1e-9
    factor = np.linalg.det(cells) / (prepared.multiplicity * prepared.vdw_volume / 0.70)
    assert factor.min() > 0.95 - 1e-9
    assert factor.max() < 1.7 + 1e-9
    np.testing.assert_allclose(rotations @ np.swapaxes(rotations, 1, 2) - np.eye(3), 0.0, atol=1e-12)


def test_rotations_are_uniform():
    rng = np.random.default_rng(3)
    matrices = np.array([random_rotation(*row) for row in rng.random((4000, 3))])
    np.testing.assert_allclose(np.linalg.det(matrices), 1.0)
    # A uniform rotation sends every vector everywhere: mean 0, second moments 1/3.
    np.testing.assert_allclose(matrices.mean(axis=0), 0.0, atol=0.04)
    np.testing.assert_allclose((matrices**2).mean(axis=0), 1 / 3, atol=0.03)


def test_minima_have_no_gradient_and_lie_where_small_moves_cost_energy(probe):
    prepared = packing(probe, 19)
    found = sample(prepared, np.arange(1, 13), **SHORT)
    rng = np.random.default_rng(0)
    assert found.valid.sum() > 2
    for k in np.flatnonzero(found.valid):
        cell = found.cell[k]
        gradient = np.empty(9)
        args = (SHORT["cutoff"], SHORT["taper"], 0.0, prepared.model)
        energy = energy_gradient(cell, found.position[k], found.rotation[k], *args, gradient)
        assert energy == pytest.approx(found.energy[k], abs=1e-9)
        assert np.abs(gradient[:3]).max() < 0.05
        assert np.abs(gradient[3:6] / np.diag(cell)).max() < 0.05
        assert np.abs(gradient[6:]).max() < 0.2
        moved = []
        for _ in range(20):
            near = cell * (1 + 0.004 * rng.standard_normal(3))[:, None]
            place = found.position[k] + 0.04 * rng.standard_normal(3) / np.diag(cell)
            moved.append(energy_gradient(near, place, found.rotation[k], *args, gradient))
        assert np.median(moved) > energy


def test_valid_trials_have_no_overlaps(probe):
    prepared = packing(probe, 14)
    found = sample(prepared, np.arange(1, 25), **SHORT)
    for k in np.flatnonzero(found.valid):
        assert not overlaps(found.cell[k], found.position[k], found.rotation[k], prepared.radii, 0.5, prepared.model)
    assert np.all(found.step[found.valid] == 2)
    assert np.all(np.isnan(found.energy[found.step == 0]))


def test_an_overlap_is_seen_between_images(probe):
    prepared = packing(probe, 1)
    near, far = np.diag([2.0, 12.0, 12.0]), np.diag([12.0, 12.0, 12.0])
    args = (np.zeros(3), np.eye(3), prepared.radii, 0.6, prepared.model)
    assert overlaps(near, *args)
    assert not overlaps(far, *args)


def test_hydrogen_on_nitrogen_is_polar(probe):
    assert atom_types(probe) == ("C", "O", "H", "H(polar)", "N", "H(polar)", "H(polar)")


def test_vdw_volume_of_spheres():
    one = Molecule("one", ("C",), np.zeros((1, 3)), np.zeros(1))
    two = Molecule("two", ("C", "C"), np.array([[0.0, 0, 0], [10.0, 0, 0]]), np.zeros(2))
    sphere = 4 / 3 * np.pi * 1.7**3
    assert vdw_volume(one) == pytest.approx(sphere, rel=0.01)
    assert vdw_volume(two) == pytest.approx(2 * sphere, rel=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"symbols": ("Si", "O", "H", "H", "N", "H", "H")}, "Si"),
        ({"charges": None}, "no charges"),
        ({"charges": np.full(7, 0.1)}, "neutral"),
    ],
)
def test_molecules_that_the_potential_cannot_handle(probe, change, message):
    with pytest.raises(InputError, match=message):
        packing(dataclasses.replace(probe, **change), 14)


def test_an_atom_is_a_molecule_too():
    argon_like = Molecule("atom", ("Cl",), np.zeros((1, 3)), np.zeros(1))
    found = sample(packing(argon_like, 1), np.arange(1, 30), **SHORT)
    assert found.valid.any()
    # The best packing of spheres: twelve nearest neighbours.
    best = found.cell[np.nanargmin(np.where(found.valid, found.energy, np.nan))]
    lattice = np.array(np.meshgrid(*[range(-3, 4)] * 3)).reshape(3, -1).T @ best
    distances = np.sort(np.linalg.norm(lattice, axis=1))[1:20]
    assert distances[11] / distances[0] == pytest.approx(1.0, abs=0.02)
    assert distances[12] / distances[0] > 1.2
