"""The energy kernel against a naive twin, differences, and what must not change it."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.sampling._energy import cell_of, energy_gradient
from crystalspan.sampling._minimise import rotation_matrix
from crystalspan.sampling.packing import cell_basis, crystal_system, packing
from crystalspan.sampling.potential import atom_types, pair_tables, steepest_point
from naive import sampling as naive

TEN = (14, 15, 19, 2, 29, 33, 4, 5, 61, 9)
OTHERS = (1, 43, 88, 92, 144, 146, 148, 173, 198)
CUTOFF, TAPER = 7.0, 1.5


def free_parameters(system, cell):
    return np.array([cell[tuple(np.argwhere(matrix == 1.0)[0])] for matrix in cell_basis(system)])


def some_crystal(group, seed=1, size=7.0):
    """A cell of the right form, a position and a rotation."""
    rng = np.random.default_rng(seed + group)
    system = crystal_system(group)
    lengths = size * rng.uniform(0.8, 1.3, 3)
    angles = {"triclinic": rng.uniform(65, 115, 3), "monoclinic": [90, 112, 90], "hexagonal": [90, 90, 120]}
    if system in ("tetragonal", "hexagonal", "cubic"):
        lengths[1] = lengths[0]
    if system == "cubic":
        lengths[2] = lengths[0]
    cell = cell_matrix([*lengths, *angles.get(system, [90, 90, 90])])
    return free_parameters(system, cell), rng.random(3), Rotation.random(random_state=int(seed)).as_matrix()


def evaluate(prepared, parameters, position, rotation, cutoff=CUTOFF, pressure=0.0):
    gradient = np.empty(len(parameters) + 6)
    cell = cell_of(parameters, prepared.model.basis)
    value = energy_gradient(cell, position, rotation, cutoff, TAPER, pressure, prepared.model, gradient)
    return value, gradient


def naive_energy(prepared, parameters, position, rotation, cutoff=CUTOFF, rotations=None, translations=None):
    import gemmi

    molecule = prepared.molecule
    cell = cell_of(parameters, prepared.model.basis)
    types = atom_types(molecule)
    kinds = tuple(sorted(set(types)))
    rows = [kinds.index(kind) for kind in types]
    tables = pair_tables(kinds)
    square = [getattr(tables, name)[np.ix_(rows, rows)] for name in ("repulsion", "decay", "dispersion", "core")]
    masses = np.array([gemmi.Element(symbol).weight for symbol in molecule.symbols])
    fractional = prepared.body @ rotation.T @ np.linalg.inv(cell) + position
    return naive.lattice_energy(
        cell,
        fractional,
        masses,
        square,
        molecule.charges,
        prepared.rotations,
        prepared.translations,
        cutoff,
        TAPER,
    )


@pytest.mark.parametrize("group", [2, 14, 19, 9, 92, 146])
def test_energy_is_that_of_the_plain_double_loop(probe, group):
    prepared = packing(probe, group)
    # In cells of few cubic angstrom a molecule, atoms overlap and the linear core is tested, too.
    crystal = some_crystal(group, size=6.0)
    assert evaluate(prepared, *crystal, cutoff=6.0)[0] == pytest.approx(
        naive_energy(prepared, *crystal, cutoff=6.0), rel=1e-9
    )


@pytest.mark.parametrize("group", TEN + OTHERS)
def test_gradient_is_that_of_differences(probe, group):
    prepared = packing(probe, group)
    parameters, position, rotation = some_crystal(group, size=9.0)
    pressure = 0.05
    _, gradient = evaluate(prepared, parameters, position, rotation, pressure=pressure)
    step = 1e-5
    differences = np.empty_like(gradient)
    free = len(parameters)
    for i in range(len(gradient)):
        values = []
        for sign in (step, -step):
            change = np.zeros(len(gradient))
            change[i] = sign
            values.append(
                evaluate(
                    prepared,
                    parameters + change[:free],
                    position + change[free : free + 3],
                    rotation_matrix(change[free + 3 :]) @ rotation,
                    pressure=pressure,
                )[0]
            )
        differences[i] = (values[0] - values[1]) / (2 * step)
    np.testing.assert_allclose(gradient, differences, rtol=2e-6, atol=2e-6 * np.abs(gradient).max())


@pytest.mark.parametrize(("group", "axes"), [(4, [1]), (9, [0, 2]), (33, [2]), (1, [0, 1, 2])])
def test_energy_does_not_depend_on_a_free_origin(probe, group, axes):
    prepared = packing(probe, group)
    parameters, position, rotation = some_crystal(group)
    before, gradient = evaluate(prepared, parameters, position, rotation)
    shifted = position.copy()
    shifted[axes] += 0.237
    assert evaluate(prepared, parameters, shifted, rotation)[0] == pytest.approx(before, rel=1e-10)
    assert np.abs(gradient[len(parameters) + np.array(axes)]).max() < 1e-6


def test_energy_does_not_depend_on_whole_cells(probe):
    prepared = packing(probe, 14)
    parameters, position, rotation = some_crystal(14)
    before = evaluate(prepared, parameters, position, rotation)[0]
    assert evaluate(prepared, parameters, position + [3, -2, 1], rotation)[0] == pytest.approx(before, rel=1e-10)


def test_energy_is_that_of_every_symmetry_copy(probe):
    prepared = packing(probe, 61)
    parameters, position, rotation = some_crystal(61)
    before = evaluate(prepared, parameters, position, rotation)[0]
    for turn, shift, lab in zip(prepared.rotations, prepared.translations, prepared.model.lab, strict=True):
        if np.linalg.det(turn) > 0:
            copy = evaluate(prepared, parameters, turn @ position + shift, lab @ rotation)[0]
            assert copy == pytest.approx(before, rel=1e-10)


def test_energy_does_not_depend_on_the_choice_of_the_lattice(probe):
    prepared = packing(probe, 2)
    parameters, position, rotation = some_crystal(2, size=8.0)
    cell = cell_of(parameters, prepared.model.basis)
    other = np.array([[1, 0, 0], [1, 1, 0], [-1, 1, 1]]) @ cell
    # Back to the standard orientation: a along x, b in the xy plane.
    q, r = np.linalg.qr(other.T)
    signs = np.sign(np.diag(r))
    turned, frame = (r * signs[:, None]).T, (q * signs).T
    moved = position @ cell @ np.linalg.inv(other)
    before = evaluate(prepared, parameters, position, rotation)[0]
    after = evaluate(prepared, free_parameters("triclinic", turned), moved, frame @ rotation)[0]
    assert after == pytest.approx(before, rel=1e-10)


def test_a_subgroup_with_the_same_crystal_has_the_same_energy(probe):
    # P21/c in which the molecule's image by the inversion is taken away is P21; here: P1 with a doubled cell.
    prepared = packing(probe, 1)
    parameters, position, rotation = some_crystal(1, size=6.5)
    cell = cell_of(parameters, prepared.model.basis)
    before = evaluate(prepared, parameters, position, rotation)[0]
    double = np.diag([2.0, 1.0, 1.0]) @ cell
    rotations = np.stack([np.eye(3)] * 2)
    translations = np.array([[0, 0, 0], [0.5, 0, 0]])
    import dataclasses

    twin = dataclasses.replace(
        prepared,
        rotations=rotations,
        translations=translations,
        model=prepared.model._replace(
            turn=rotations,
            shift=translations,
            lab=rotations,
            parity=np.ones(2),
            inverse=np.array([0, 1]),
            square=np.array([[0.0, 0, 0], [1.0, 0, 0]]),
        ),
    )
    place = position @ cell @ np.linalg.inv(double)
    assert evaluate(twin, free_parameters("triclinic", double), place, rotation)[0] == pytest.approx(before, rel=1e-10)


def test_energy_goes_to_zero_where_molecules_are_far_apart(probe):
    prepared = packing(probe, 4)
    _, position, rotation = some_crystal(4)
    position[[0, 2]] = 0.25
    value, gradient = evaluate(prepared, np.array([40.0, 60.0, 40.0, 0.0]), position, rotation)
    assert value == 0.0
    assert not gradient.any()


def test_energy_is_smooth_at_the_cutoff(probe):
    prepared = packing(probe, 1)
    _, position, rotation = some_crystal(1)
    values, slopes = [], []
    for length in (CUTOFF - 1e-4, CUTOFF + 1e-4):
        parameters = np.array([length, 50.0, 50.0, 0.0, 0.0, 0.0])
        value, gradient = evaluate(prepared, parameters, position, rotation)
        values.append(value)
        slopes.append(gradient[0])
    assert values[0] == pytest.approx(values[1], abs=1e-10)
    assert slopes[0] == pytest.approx(slopes[1], abs=1e-6)


def test_core_begins_where_the_slope_is_steepest():
    a, b, c = 369744.7, 3.6, 2439.8
    r = steepest_point(a, b, c)

    def slope(x):
        return -a * b * np.exp(-b * x) + 6 * c / x**7

    assert slope(r) < slope(r - 0.01)
    assert slope(r) < slope(r + 0.01)


def test_pair_energy_keeps_rising_inside_the_core(probe):
    """No Buckingham catastrophe: two molecules on top of each other have a high, finite energy."""
    prepared = packing(probe, 1)
    values = [
        evaluate(prepared, np.array([length, 30.0, 30.0, 0, 0, 0]), np.zeros(3), np.eye(3))[0]
        for length in (1.0, 0.5, 0.1, 0.01)
    ]
    assert np.all(np.isfinite(values))
    assert min(values) > 1000.0
