"""A landscape cut into its space groups."""

from dataclasses import replace

import numpy as np
import pytest

from crystalspan.landscape.file import read_landscape
from crystalspan.landscape.slices import slice_path, write_slices
from random_crystals import random_landscape


@pytest.fixture(scope="module")
def landscape():
    return random_landscape((14, 2, 61), per_group=5, n_atoms=4)


def test_slices_hold_every_structure_once_and_whole(landscape, tmp_path):
    write_slices(tmp_path, landscape, [14, 2, 61, 9])
    seen = []
    for number in (14, 2, 61):
        part = read_landscape(slice_path(tmp_path, number))
        assert set(part.space_group) == {number}
        for i, name in enumerate(part.id):
            whole = landscape.structure(list(landscape.id).index(name))
            for one, other in zip(part.structure(i), whole, strict=True):
                np.testing.assert_array_equal(one, other)
        seen += list(part.id)
    assert sorted(seen) == sorted(landscape.id)
    empty = read_landscape(slice_path(tmp_path, 9))
    assert len(empty) == 0
    np.testing.assert_array_equal(empty.reference_atomic_number, landscape.reference_atomic_number)


def test_a_slice_does_not_know_of_other_groups_and_sources(landscape, tmp_path):
    write_slices(tmp_path / "one", replace(landscape, provenance={"stage": "landscape", "inputs": {"a": "1"}}), [14])
    other = replace(
        landscape.subset(landscape.space_group != 2), provenance={"stage": "landscape", "inputs": {"b": "2"}}
    )
    write_slices(tmp_path / "other", other, [14])
    assert slice_path(tmp_path / "one", 14).read_bytes() == slice_path(tmp_path / "other", 14).read_bytes()
    shifted = replace(landscape, relative_energy=landscape.relative_energy + 0.1)
    write_slices(tmp_path / "shifted", shifted, [14])
    assert slice_path(tmp_path / "one", 14).read_bytes() != slice_path(tmp_path / "shifted", 14).read_bytes()
