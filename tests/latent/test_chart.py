"""Charts: equivalent descriptions have one point, and a point is a crystal."""

import numpy as np
import pytest

from crystalspan.crystallography.molecules import read_molecule
from crystalspan.crystallography.space_groups import operations
from crystalspan.latent.chart import chart
from crystalspan.latent.normaliser import molecular_symmetry, normaliser
from crystalspan.latent.relaxing import Rigid
from crystalspan.sampling._energy import energy_gradient
from crystalspan.sampling.packing import packing
from latent.latent_crystals import trial_crystals
from sampling.conftest import small_molecule

GROUPS = [1, 2, 4, 5, 7, 9, 14, 15, 19, 29, 33, 61, 76, 114, 148, 169]


def charts(molecule, group):
    return chart(packing(molecule, group))


@pytest.fixture(scope="session")
def flat(molecules_folder):
    """A molecule with a mirror plane and an inversion centre."""
    return read_molecule(molecules_folder / "anti-BDT.json")


def energies(packed, crystals):
    gradient = np.empty(len(packed.model.basis) + 6)
    return [
        energy_gradient(cell, position, rotation, 12.0, 2.0, 0.0, packed.model, gradient)
        for cell, position, rotation in zip(crystals.cells(packed), crystals.positions, crystals.rotations, strict=True)
    ]


@pytest.mark.parametrize("group", GROUPS)
def test_changes_keep_the_operations(group):
    rotations, translations = operations(group)
    found = normaliser(group)
    rng = np.random.default_rng(0)
    for _ in range(6):
        m = rng.integers(len(found.matrices))
        origin = found.origins[m] + found.translations[rng.integers(len(found.translations))]
        back = np.linalg.inv(found.matrices[m]).T
        point = rng.standard_normal(3)
        for w, t in zip(rotations, translations, strict=True):
            # The images of a point, described anew, are images of the point described anew.
            image, start = back @ (w @ point + t - origin), back @ (point - origin)
            away = rotations @ start + translations - image
            assert (np.abs(away - np.rint(away)) < 1e-9).all(axis=1).any()


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_equivalent_descriptions_have_equal_energies_and_one_point(group, flat):
    rng = np.random.default_rng(group)
    for molecule in (flat, small_molecule()):
        found = charts(molecule, group)
        crystals = trial_crystals(found.packing, [3, 8])[:1]
        described = found.equivalents(crystals)
        chosen = rng.choice(len(described), min(6, len(described)), replace=False)
        some = described[chosen]
        assert np.linalg.det(some.rotations) == pytest.approx(1)
        # The symmetry of a molecule file's positions and charges is one of rounded numbers.
        close = 1e-6 if molecule is flat else 1e-10
        np.testing.assert_allclose(energies(found.packing, some), energies(found.packing, crystals)[0], rtol=close)
        np.testing.assert_allclose(
            found.coordinates(some), np.repeat(found.coordinates(crystals), len(some), 0), atol=1e-7
        )


@pytest.mark.parametrize("group", [2, 4, 14, 15])
def test_another_cell_of_the_same_crystal_has_the_same_point(group, flat):
    """Cells that are anything but compact: products of changes."""
    found = charts(flat, group)
    rng = np.random.default_rng(1)
    crystals = trial_crystals(found.packing, [5])
    cell, position, rotation = crystals.cells(found.packing)[0], crystals.positions[0], crystals.rotations[0]
    known = found.normaliser
    for _ in range(3):
        m = rng.choice(np.flatnonzero(np.linalg.det(known.matrices) > 0))
        position = np.linalg.inv(known.matrices[m]).T @ (position - known.origins[m])
        basis = known.matrices[m] @ cell
        cell = np.linalg.cholesky(basis @ basis.T)
        rotation = cell.T @ np.linalg.inv(basis).T @ rotation
    changed = Rigid.of_cells(found.packing, cell[None], position[None], rotation[None])
    assert np.abs(changed.parameters - crystals.parameters).max() > 0.1
    np.testing.assert_allclose(found.coordinates(changed), found.coordinates(crystals), atol=1e-7)


@pytest.mark.parametrize("group", GROUPS)
def test_chart_to_crystal_to_chart_is_exact(group, flat):
    found = charts(flat, group)
    crystals = trial_crystals(found.packing, np.arange(1, 9))
    points = found.coordinates(crystals)
    assert points.shape == (len(crystals), found.columns)
    again = found.crystals(points)
    np.testing.assert_allclose(found.coordinates(again), points, atol=1e-9)
    np.testing.assert_allclose(again.parameters, found.canonical(crystals).parameters, atol=1e-9)
    np.testing.assert_allclose(energies(found.packing, again), energies(found.packing, crystals), rtol=1e-6)


def test_numbers_of_equivalents(flat):
    # Those that a prototype found by enumeration: 128 in P21/c, 768 in P212121 for a planar centrosymmetric molecule.
    assert len(charts(flat, 14).equivalents(trial_crystals(packing(flat, 14), [5]))) == 128
    assert len(charts(flat, 19).equivalents(trial_crystals(packing(flat, 19), [5]))) == 768


@pytest.mark.parametrize(("name", "order"), [("anti-BDT", 4), ("syn-BDT", 4), ("naphthalene", 8)])
def test_symmetry_of_molecules(name, order, molecules_folder):
    packed = packing(read_molecule(molecules_folder / f"{name}.json"), 14)
    symmetry = molecular_symmetry(packed)
    assert len(symmetry) == order
    assert (symmetry[0] == np.eye(3)).all()
    assert len(molecular_symmetry(packing(small_molecule(), 14))) == 1
    for first in symmetry:
        for second in symmetry:
            assert np.abs(symmetry - first @ second).max(axis=(1, 2)).min() < 1e-2


def test_any_numbers_are_a_crystal(flat):
    found = charts(flat, 14)
    rng = np.random.default_rng(0)
    for scale in (0.0, 1.0, 1e3):
        crystals = found.crystals(scale * rng.standard_normal((20, found.columns)))
        cells = crystals.cells(found.packing)
        assert np.isfinite(cells).all()
        assert (np.diagonal(cells, axis1=1, axis2=2) > 0).all()
        assert np.linalg.det(crystals.rotations) == pytest.approx(1)
        assert (crystals.positions >= 0).all()
        assert np.isfinite(found.coordinates(crystals[:2])).all() or scale == 1e3


def test_coordinates_are_about_angstrom(flat):
    found = charts(flat, 14)
    crystals = trial_crystals(found.packing, [5])
    here = found.coordinates(crystals)
    moved = Rigid(crystals.parameters.copy(), crystals.positions.copy(), crystals.rotations)
    moved.parameters[0, 0] *= 1.01
    expected = 0.01 * np.cbrt(found.packing.multiplicity * found.packing.vdw_volume / 0.7)
    assert np.linalg.norm(found.coordinates(moved) - here) == pytest.approx(expected, rel=0.3)


def test_numbers_of_degrees_of_freedom(flat):
    from crystalspan.freedom.space_groups import degrees_of_freedom

    for group in GROUPS:
        assert charts(flat, group).degrees_of_freedom == degrees_of_freedom(group).total
