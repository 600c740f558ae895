"""Crystals moved a little: the same molecule and space group, and all of them pass the checks."""

import numpy as np
import pytest

from benchmarks import data
from crystalspan.crystallography.cell import cell_matrix
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults


@pytest.fixture(scope="module")
def sampled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmarks")
    data.crystalspan("sample", data.MOLECULE, "--space-group", 14, "--seeds", 12, "-o", folder / "14.db")
    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    return build_landscape("anti-BDT", [folder / "14.db"], settings)[0]


def test_moved_crystals_pass_every_check(sampled, tmp_path):
    rows = data.moved(sampled, 2 * len(sampled))
    for row in rows:
        (tmp_path / f"{row.id}.res").write_text(row.text)
    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    landscape, rejected, _ = build_landscape("anti-BDT", [tmp_path], settings)
    assert rejected == []
    assert len(landscape) == len(rows) > 0
    assert set(landscape.space_group) == {14}
    before = {round(float(np.linalg.det(cell_matrix(cell))), 3) for cell in sampled.cell}
    after = {round(float(np.linalg.det(cell_matrix(cell))), 3) for cell in landscape.cell}
    assert len(after) == len(rows)
    assert not before & after


def test_the_complete_cell_begins_with_the_asymmetric_unit(sampled, tmp_path):
    for i, (cell, positions, numbers, n_first) in enumerate(data.expanded(sampled)):
        one = sampled.structure(i)
        assert len(numbers) == n_first * len(one.rotations)
        assert np.array_equal(numbers[:n_first], one.atomic_number)
        difference = positions[:n_first] @ np.linalg.inv(cell) - one.fractional
        assert np.allclose(difference, np.round(difference), atol=1e-9)


def test_cif_text_is_the_same_crystal(sampled, tmp_path):
    path = tmp_path / "one.cif"
    path.write_text(data.as_cif(sampled, 0))
    gemmi = pytest.importorskip("gemmi")
    small = gemmi.read_small_structure(str(path))
    assert len(small.get_all_unit_cell_sites()) == 4 * len(sampled.structure(0).atomic_number)
