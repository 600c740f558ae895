"""An independent program's landscape with the same potential (beside the checkout only)."""

import contextlib
import sqlite3

import numpy as np
import pytest

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.molecules import read_molecule
from crystalspan.sampling._energy import cell_of, energy_gradient
from crystalspan.sampling._minimise import minimise, scales
from crystalspan.sampling.crystals import CrystalReader
from crystalspan.sampling.packing import packing
from crystalspan.sampling.trials import sample


@pytest.fixture(scope="module")
def landscape(shared):
    uri = (shared / "landscapes" / "syn-BDT-output.db").as_uri() + "?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
        return database.execute("select spacegroup, energy, file_content from crystal order by energy, id").fetchall()


@pytest.fixture(scope="module")
def molecule(molecules_folder):
    return read_molecule(molecules_folder / "syn-BDT.json")


def placed(prepared, text):
    """Free cell parameters, position and rotation of a crystal in .res text."""
    crystal = CrystalReader().read(text)
    cell = cell_matrix(crystal.cell)
    order = np.argsort(np.argsort(np.array(prepared.molecule.symbols), kind="stable"))
    atoms = (crystal.fractional @ cell)[order]
    shift = atoms.mean(axis=0) - prepared.body.mean(axis=0)
    about = prepared.body.mean(axis=0)
    u, _, vt = np.linalg.svd((atoms - atoms.mean(axis=0)).T @ (prepared.body - about))
    rotation = u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt
    centre = atoms.mean(axis=0) - rotation @ about
    assert np.abs((prepared.body @ rotation.T + centre) - atoms).max() < 1e-4, shift
    where = [tuple(np.argwhere(matrix == 1.0)[0]) for matrix in prepared.model.basis]
    return np.array([cell[place] for place in where]), centre @ np.linalg.inv(cell), rotation


@pytest.mark.slow
def test_energies_are_those_of_the_prototype(landscape, molecule):
    """Its energies lie 0.013 to 0.018 kJ/mol lower throughout (why, is not known); packings differ by 30."""
    differences, groups = [], {}
    for group, energy, text in landscape[::10]:
        prepared = groups.setdefault(group, packing(molecule, group))
        parameters, position, rotation = placed(prepared, text)
        gradient = np.empty(len(parameters) + 6)
        cell = cell_of(parameters, prepared.model.basis)
        value = energy_gradient(cell, position, rotation, 15.0, 2.0, 0.0, prepared.model, gradient)
        differences.append(value - energy)
    assert len(groups) == 10
    assert np.abs(differences).max() < 0.02
    assert np.std(differences) < 0.002


@pytest.mark.slow
def test_its_minima_are_minima_here(landscape, molecule):
    moved, groups = [], {}
    for group, energy, text in landscape[::40]:
        prepared = groups.setdefault(group, packing(molecule, group))
        parameters, position, rotation = placed(prepared, text)
        size = prepared.multiplicity * prepared.vdw_volume
        bounds = np.array([0.8 * size, 6.0 * size, 2.5, np.cos(np.radians(28.0))])
        scale = scales(parameters, prepared.model)
        before = parameters.copy()
        status, value, _ = minimise(
            parameters,
            position,
            rotation,
            np.eye(len(scale)),
            scale,
            np.array([15.0, 2.0, 0.0]),
            np.array([0.01, 2e-5, 400.0]),
            bounds,
            prepared.model,
        )
        moved.append((status, abs(value - energy), np.abs(parameters - before).max()))
    moved = np.array(moved)
    stays = (moved[:, 0] == 0) & (moved[:, 1] < 0.03) & (moved[:, 2] < 0.1)
    # The prototype left one or two in a hundred on saddle points.
    assert stays.mean() > 0.93


def test_the_best_packings_of_naphthalene_are_found(molecules_folder):
    """P21/c on an inversion centre, found as P21: 8.083 6.050 8.670 angstrom, beta 122.2, -72.7 kJ/mol."""
    from crystalspan.crystallography.cell import cell_parameters, density, volume

    prepared = packing(read_molecule(molecules_folder / "naphthalene.json"), 4)
    found = sample(prepared, np.arange(1, 121), 15.0, 2.0, 10.0, 0.1)
    best = np.nanargmin(np.where(found.valid, found.energy, np.nan))
    assert found.energy[best] == pytest.approx(-72.7, abs=0.05)
    assert volume(found.cell[best]) == pytest.approx(8.083 * 6.050 * 8.670 * np.sin(np.radians(122.2)), rel=2e-3)
    assert density(2 * prepared.molecule.mass, volume(found.cell[best])) == pytest.approx(1.187, abs=0.005)
    assert cell_parameters(found.cell[best])[1] == pytest.approx(6.050, abs=0.01)
