"""SOAP through dscribe: the crystal's own, however its cell and its symmetry are written."""

from dataclasses import replace

import numpy as np
import pytest

from crystalspan.descriptors.soap import SoapSettings, describe_by_soap, whole_cell
from random_crystals import random_landscape

SETTINGS = SoapSettings(cutoff=4.0, n_max=3, l_max=2, sigma=0.5)


@pytest.fixture(scope="module")
def landscape():
    """Small cells: images of the centre itself lie within the cutoff."""
    return random_landscape((14, 2, 61, 9), per_group=2, n_atoms=3, volume_per_atom=9.0)


def test_the_cell_holds_every_molecule_once_and_the_asymmetric_unit_first(landscape):
    for i in range(len(landscape)):
        atoms = whole_cell(landscape, i)
        one = landscape.structure(i)
        assert len(atoms) == len(one.rotations) * 3
        inside = atoms.get_scaled_positions(wrap=False)
        assert inside.min() >= -1e-12
        assert inside.max() < 1 + 1e-12
        shift = inside[:3] - one.fractional
        assert np.allclose(shift, np.rint(shift))
        assert atoms.get_all_distances(mic=True)[np.triu_indices(len(atoms), 1)].min() > 0.01
        assert atoms.numbers.tolist() == one.atomic_number.tolist() * len(one.rotations)


def test_atoms_of_the_asymmetric_unit_stand_for_their_copies(landscape):
    dscribe = pytest.importorskip("dscribe.descriptors")
    values = describe_by_soap(landscape, SETTINGS)
    plain = dscribe.SOAP(species=[1, 6, 16], periodic=True, r_cut=4.0, n_max=3, l_max=2, sigma=0.5)
    assert values.shape == (3 * len(landscape), plain.get_number_of_features())
    for i in range(len(landscape)):
        atoms = whole_cell(landscape, i)
        own = values[3 * i : 3 * i + 3]
        everywhere = plain.create(atoms).reshape(-1, 3, own.shape[1])
        twice = plain.create(atoms.repeat((2, 1, 1)), centers=[0, 1, 2])
        for values_there in (everywhere, twice):
            assert np.abs(values_there - own).max() < 1e-9 * np.abs(own).max()
    assert np.abs(values[3:6] - values[:3]).max() > 1e-3 * np.abs(values).max()


def test_values_belong_to_the_crystal_and_not_to_its_place_in_the_file(landscape):
    pytest.importorskip("dscribe")
    values = describe_by_soap(landscape, SETTINGS)
    rows = [5, 0, 3]
    part = describe_by_soap(landscape.subset(rows), SETTINGS)
    assert np.array_equal(part, values.reshape(-1, 3, values.shape[1])[rows].reshape(part.shape))
    moved = replace(landscape, fractional=landscape.fractional + np.array([1.0, -2.0, 3.0]))
    assert np.abs(describe_by_soap(moved, SETTINGS) - values).max() < 1e-8 * np.abs(values).max()
