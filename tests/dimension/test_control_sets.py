"""The controls of a set of structures: of known make, as large as they say, and missing with a reason."""

import dataclasses

import numpy as np
import pytest

from crystalspan.descriptors.compute import describe_crystals
from crystalspan.descriptors.crystals import Crystals
from crystalspan.descriptors.parameters import PRESETS, element_numbers
from crystalspan.dimension.control_sets import control_sets, control_settings
from crystalspan.points.cloud import Description, layout_of
from crystalspan.points.settings import preparation
from random_crystals import random_landscape
from settings_help import settings_with

FUNCTIONS = dataclasses.replace(PRESETS["ani-1x"], neighbours="intermolecular")
NAMES = ["gaussian", "shuffled", "cloud", "random"]


def described(crystals):
    return describe_crystals(
        FUNCTIONS,
        element_numbers(crystals.reference_atomic_number),
        Crystals.of_landscape(crystals),
    ).reshape(len(crystals), -1)


def settings_of(**changes):
    return control_settings(settings_with(**{"controls.structures": 40, **changes}))


def sets_of(crystals, prepared=None, **changes):
    description = Description(FUNCTIONS, preparation(settings_with(**prepared or {})), layout_of(crystals))
    values = description.points(described(crystals))
    return values, {one.name: one for one in control_sets(values, crystals, description, settings_of(**changes))}


@pytest.fixture(scope="module")
def crystals():
    return random_landscape([14, 19], 4, n_atoms=5, volume_per_atom=9.0)


@pytest.mark.slow
def test_all_are_made_in_the_space_of_the_structures(crystals):
    values, found = sets_of(crystals)
    assert list(found) == NAMES
    assert found["gaussian"].points.shape == found["shuffled"].points.shape == values.shape
    for name in ("cloud", "random"):
        # Eight structures are fewer than the smallest sample, 30.
        assert found[name].points.shape == (30, values.shape[1]), found[name].reason
    assert all(not one.reason for one in found.values())


def test_the_cloud_lies_around_the_first_crystal(crystals):
    values, found = sets_of(crystals, cloud_radius=1e-4)
    # Steps of 1e-4 angstrom change the descriptor little beside the distances between crystals.
    nearest = np.linalg.norm(values[1:] - values[0], axis=1).min()
    assert np.linalg.norm(found["cloud"].points - values[0], axis=1).max() < 0.02 * nearest
    assert found["cloud"].degrees_of_freedom == {14: 10, 19: 9}[int(crystals.space_group[0])]


def test_a_single_group_has_known_degrees_of_freedom_and_a_mixture_has_not(crystals):
    _, mixed = sets_of(crystals)
    assert np.isnan(mixed["random"].degrees_of_freedom)
    _, single = sets_of(crystals.subset(crystals.space_group == 19))
    assert single["random"].degrees_of_freedom == single["cloud"].degrees_of_freedom == 9


@pytest.mark.parametrize("prepared", [{"pooling": "mean"}, {"scaling": "zscore"}])
def test_controls_are_prepared_like_the_structures(crystals, prepared):
    values, found = sets_of(crystals, prepared)
    assert {one.points.shape[1] for one in found.values()} == {values.shape[1]}
    if prepared.get("scaling"):
        spread = found["random"].points.std(axis=0, ddof=1)
        np.testing.assert_allclose(spread[spread > 0], 1, rtol=1e-9)


def test_random_crystals_need_one_molecule_and_say_so(crystals):
    two = dataclasses.replace(crystals, z_prime=np.full(len(crystals), 2.0))
    description = Description(FUNCTIONS, preparation(settings_with()), layout_of(crystals))
    (found,) = control_sets(described(crystals), two, description, settings_of(kinds=["random"]))
    assert found.points is None
    assert "Z' = 1" in found.reason


def test_one_structure_has_no_controls(crystals):
    _, found = sets_of(crystals.subset([0]))
    assert all(one.points is None and one.reason for one in found.values())


def test_only_the_controls_asked_for_are_made(crystals):
    assert list(sets_of(crystals, kinds=["shuffled"])[1]) == ["shuffled"]
    assert sets_of(crystals, kinds=[])[1] == {}


def test_several_listed_molecules_are_averaged_as_the_landscape_does(crystals):
    description = Description(FUNCTIONS, preparation(settings_with()), layout_of(crystals))
    one = described(crystals.subset([0]))
    np.testing.assert_allclose(description.pooled(np.concatenate([one, one], axis=1)), one, rtol=1e-14)
