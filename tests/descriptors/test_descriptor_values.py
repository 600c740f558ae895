"""Descriptors against the formulas by the book, and against independent neighbour lists."""

from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list

from crystalspan.descriptors import _elementary, functions
from crystalspan.descriptors.compute import describe_crystal, describe_crystals
from crystalspan.descriptors.crystals import Crystals
from crystalspan.descriptors.parameters import PRESETS, columns
from crystalspan.errors import InputError
from naive import descriptors as naive
from random_crystals import GROUPS, random_crystal

UNEVEN = replace(
    PRESETS["ani-1x"],
    radial_shifts=(0.9, 1.5, 2.9, 3.0, 4.4),
    angular_shifts=(1.0, 1.7, 3.1),
    theta_shifts=(0.1, 0.9, 1.0, 2.2, 3.0),
    zeta=7.0,
)


def difference(values, expected):
    """Largest difference, relative to the largest value."""
    assert values.shape == expected.shape
    return np.abs(values - expected).max() / np.abs(expected).max()


@pytest.mark.slow
@pytest.mark.parametrize("convention", ["paper", "torchani"])
@pytest.mark.parametrize("neighbours", ["all", "intermolecular"])
@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_the_formulas_by_the_book(preset, neighbours, convention):
    chosen = replace(PRESETS[preset], neighbours=neighbours, convention=convention)
    sparse = 90.0 if preset == "csp-9.3" else 20.0
    for number, z_prime in ((1, 2), (2, 1), (14, 1)):
        crystal = random_crystal(1, number, n_atoms=3, z_prime=z_prime, volume_per_atom=sparse)
        values = describe_crystal(chosen, crystal.elements, *crystal.arrays)
        expected = naive.describe_crystal(chosen, crystal.elements, *crystal.arrays)
        assert np.abs(expected).max() > 0.01
        assert difference(values, expected) < 1e-12


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"zeta": 0.5},
        {"zeta": 1.0},
        {"zeta": 32.5},
        {"angular_cutoff": 5.9, "radial_cutoff": 3.0},
        {"radial_eta": 400.0, "angular_eta": 300.0},
        {"radial_shifts": (2.0,), "angular_shifts": (3.0,), "theta_shifts": (0.0,)},
        {"angular_shifts": (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), "angular_eta": 2.0},
    ],
)
def test_free_parameters_are_the_formulas_by_the_book(changes):
    chosen = replace(UNEVEN, **changes)
    crystal = random_crystal(2, 2, n_atoms=3, volume_per_atom=20.0)
    values = describe_crystal(chosen, crystal.elements, *crystal.arrays)
    expected = naive.describe_crystal(chosen, crystal.elements, *crystal.arrays)
    assert difference(values, expected) < 1e-12


def by_neighbour_list(chosen, crystal):
    """csp-like descriptors of a crystal from ASE's neighbour list of the whole cell, filtered by molecule."""
    whole = crystal.expanded()
    atoms = Atoms(numbers=whole.atomic_number, cell=whole.cell, pbc=True)
    atoms.set_scaled_positions(whole.fractional)
    i, j, image, vector = neighbor_list("ijSD", atoms, chosen.radial_cutoff)
    if chosen.neighbours == "intermolecular":
        inside = (whole.molecule[i] == whole.molecule[j]) & np.all(image == 0, axis=1)
        i, j, vector = i[~inside], j[~inside], vector[~inside]
    rows = []
    for centre in range(len(crystal.fractional)):
        mine = i == centre
        rows.append(_one_centre(chosen, crystal.elements, vector[mine], whole.atomic_number[j[mine]]))
    return np.array(rows)


def _one_centre(chosen, elements, vectors, numbers):
    distance = np.linalg.norm(vectors, axis=1)
    radial = functions.radial_terms(distance, chosen.radial_eta, chosen.radial_shifts, chosen.radial_cutoff)
    row = [radial[:, numbers == element].sum(axis=1) for element in elements]
    first, second = np.triu_indices(len(vectors), 1)
    theta = np.arctan2(
        np.linalg.norm(np.cross(vectors[first], vectors[second]), axis=1),
        np.sum(vectors[first] * vectors[second], axis=1),
    )
    weight = functions.cutoff_function(distance, chosen.angular_cutoff)
    weight = weight[first] * weight[second]
    mean = 0.5 * (distance[first] + distance[second])
    gaussian = weight * np.exp(-chosen.angular_eta * (mean - np.array(chosen.angular_shifts)[:, None]) ** 2)
    power = functions.modified_angular_terms(theta, chosen.zeta, chosen.theta_shifts)
    pair = np.sort(np.stack([numbers[first], numbers[second]]), axis=0)
    for i, a in enumerate(elements):
        for b in elements[i:]:
            chosen_pairs = (pair[0] == a) & (pair[1] == b)
            row.append((gaussian[:, chosen_pairs] @ power[:, chosen_pairs].T).ravel())
    return np.concatenate(row)


@pytest.mark.parametrize("neighbours", ["all", "intermolecular"])
@pytest.mark.parametrize("number", GROUPS)
def test_dense_crystals_with_an_independent_neighbour_list(number, neighbours):
    chosen = replace(PRESETS["csp-9.3"], neighbours=neighbours, radial_cutoff=7.0, angular_cutoff=7.0)
    crystal = random_crystal(3, number, n_atoms=4)
    values = describe_crystal(chosen, crystal.elements, *crystal.arrays)
    assert difference(values, by_neighbour_list(chosen, crystal)) < 1e-11


def test_the_whole_study_preset_on_a_dense_crystal():
    chosen = replace(PRESETS["csp-9.3"], neighbours="intermolecular")
    crystal = random_crystal(4, 14, n_atoms=5)
    values = describe_crystal(chosen, crystal.elements, *crystal.arrays)
    assert difference(values, by_neighbour_list(chosen, crystal)) < 1e-11


@pytest.mark.parametrize("lengths_angles", [(3, 4, 30, 90, 90, 90), (6, 6, 6, 30, 35, 40), (2.5, 9, 9, 90, 31, 90)])
def test_thin_and_oblique_cells(lengths_angles):
    from crystalspan.crystallography.cell import cell_matrix

    crystal = replace(random_crystal(5, 1, n_atoms=3), cell=cell_matrix(lengths_angles))
    chosen = replace(PRESETS["csp-9.3"], neighbours="all", radial_cutoff=6.5, angular_cutoff=6.5)
    values = describe_crystal(chosen, crystal.elements, *crystal.arrays)
    assert difference(values, by_neighbour_list(chosen, crystal)) < 1e-11


def test_many_crystals_have_the_values_of_each_alone():
    chosen = PRESETS["ani-1x"]
    crystals = [random_crystal(6, number, n_atoms=4) for number in (14, 2, 61)]
    offset = np.cumsum([0, *(len(crystal.rotations) for crystal in crystals)])
    joined = Crystals(
        np.array([crystal.cell for crystal in crystals]),
        np.arange(3),
        offset,
        np.concatenate([crystal.rotations for crystal in crystals]),
        np.concatenate([crystal.translations for crystal in crystals]),
        4 * np.arange(4),
        np.concatenate([crystal.fractional for crystal in crystals]),
        np.concatenate([crystal.atomic_number for crystal in crystals]),
        np.concatenate([crystal.molecule for crystal in crystals]),
    )
    together = describe_crystals(chosen, [1, 6, 16], joined)
    for crystal, values in zip(crystals, together.reshape(3, 4, -1), strict=True):
        assert np.array_equal(values, describe_crystal(chosen, [1, 6, 16], *crystal.arrays))


def test_columns_follow_elements_pairs_shifts_and_angles():
    chosen = PRESETS["ani-2x"]
    labels = columns(chosen, [6, 16, 1], [1, 6, 16])
    assert all(len(values) == 3 * 240 for values in labels)
    assert labels.element_centre[0] == "C"
    assert labels.element_centre[-1] == "H"
    assert list(dict.fromkeys(labels.neighbours[:240])) == ["H", "C", "S", "H-H", "H-C", "H-S", "C-C", "C-S", "S-S"]
    assert np.array_equal(labels.shift[:16], chosen.radial_shifts)
    assert np.all(np.isnan(labels.theta[:48]))
    assert np.allclose(labels.theta[48:52], chosen.theta_shifts)
    assert labels.shift[52] == chosen.angular_shifts[1]
    assert np.array_equal(labels.atom, np.repeat([0, 1, 2], 240))


def test_a_lone_pair_fills_the_columns_it_should():
    """One C with an H at 1.5 and an S at 2.0 angstrom in a wide cell: only H, S and H-S columns are above zero."""
    cell = 40.0 * np.eye(3)
    fractional = np.array([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5 + 1.5 / 40], [0.5, 0.5 + 2.0 / 40, 0.5]])
    chosen = PRESETS["csp-9.3"]
    arrays = (cell, np.eye(3, dtype=int)[None], np.zeros((1, 3)), fractional, [6, 1, 16], [0, 0, 0])
    values = describe_crystal(chosen, [1, 6, 16], *arrays)[0]
    labels = columns(chosen, [6], [1, 6, 16])
    assert set(labels.neighbours[values > 1e-8]) == {"H", "S", "H-S"}
    nearest = values * (labels.kind == "radial") * (labels.neighbours == "H")
    assert abs(labels.shift[np.argmax(nearest)] - 1.5) < 0.14
    best = np.argmax(values * (labels.neighbours == "H-S"))
    assert abs(labels.theta[best] - np.pi / 2) < 0.23
    other = describe_crystal(replace(chosen, neighbours="intermolecular"), [1, 6, 16], *arrays)
    assert np.all(other == 0.0)


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 30.0, 600.0])
def test_the_exponential_is_that_of_the_library(scale):
    x = -scale * np.random.default_rng(0).random(1000)
    values = x.copy()
    values = np.array([_elementary.exponential(value) for value in values])
    assert np.all(np.abs(values / np.exp(x) - 1) < 1e-15)


def test_the_logarithm_is_that_of_the_library():
    x = np.concatenate([np.random.default_rng(0).random(1000), 10.0 ** np.arange(-300, 1), [0.5, 1.0, 0.99999]])
    values = x.copy()
    values = np.array([_elementary.logarithm(value) for value in values])
    assert np.all(np.abs(values - np.log(x)) <= 4e-16 * np.maximum(np.abs(np.log(x)), 1e-3))


def test_the_cutoff_function_is_a_half_cosine():
    x = np.linspace(0, 1, 1001)
    values = np.array([_elementary.cutoff_value(value) for value in x])
    assert np.abs(values - 0.5 * (1 + np.cos(np.pi * x))).max() < 3e-16
    assert values[-1] == pytest.approx(0.0, abs=1e-16)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"atomic_number": np.array([6, 6, 8])}, "atomic number 8"),
        ({"cell": np.zeros((3, 3))}, "no volume"),
        ({"cell": np.full((3, 3), np.nan)}, "finite"),
        ({"fractional": np.full((3, 3), np.inf)}, "finite"),
        ({"molecule": np.array([0, 0])}, "length"),
        ({"translations": np.full((1, 3), 0.5)}, "identity"),
    ],
)
def test_arrays_that_are_no_crystal_are_refused(change, message):
    crystal = random_crystal(7, 1, n_atoms=3)
    with pytest.raises(InputError, match=message):
        describe_crystal(PRESETS["ani-1x"], [1, 6, 16], *replace(crystal, **change).arrays)
