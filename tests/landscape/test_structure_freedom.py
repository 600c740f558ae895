"""Degrees of freedom of each structure, by its own Z' and sites, against linear algebra on its atoms."""

from collections import Counter

import numpy as np
import pytest
from landscape_help import KEEP_DUPLICATES, as_zip, landscape_of, loose, texts

from crystalspan.crystallography.freedom import free_cell, free_molecule, free_origin, idle_axes
from crystalspan.crystallography.space_groups import operations
from crystalspan.formats.res_writer import format_res
from crystalspan.freedom.space_groups import degrees_of_freedom
from crystalspan.freedom.structures import structure_freedom
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.freedom import freedom_cells, freedom_of, freedom_text
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults
from crystalspan.spectra.tables import degrees_of_freedom_table
from naive.landscape import Crystal


def by_linear_algebra(landscape):
    return [structure_freedom(landscape, i, 0.02).total for i in range(len(landscape))]


def test_general_positions_in_every_group():
    for number in range(1, 231):
        rotations, _ = operations(number)
        expected = degrees_of_freedom(number)
        assert free_cell(rotations) == expected.cell
        assert free_origin(rotations) == expected.origin
    assert free_molecule(np.eye(3)[None], np.eye(3), np.zeros((0, 3))) == 6


def test_a_molecule_a_line_and_an_atom():
    assert len(idle_axes([[0, 0, 0], [1, 0, 0], [0, 1, 0]])) == 0
    assert np.abs(idle_axes([[0, 0, 0], [1, 1, 0], [2, 2, 0.0]])) == pytest.approx(np.array([[1, 1, 0]]) / np.sqrt(2))
    assert len(idle_axes([[1, 2, 3]])) == 3
    # On an inversion centre: no shift, and the turns that are not about its own axis.
    centre = np.array([np.eye(3), -np.eye(3)])
    line = np.array([[1.0, 0, 0]])
    assert [free_molecule(centre, np.eye(3), axes) for axes in (np.zeros((0, 3)), line, np.eye(3))] == [3, 2, 0]
    assert [free_molecule(np.eye(3)[None], np.eye(3), axes) for axes in (line, np.eye(3))] == [5, 3]


def test_special_positions_and_several_molecules(tmp_path, capsys, molecule):
    whole = Crystal(molecule, 14, 4, centre=(0, 0, 0))
    kept = [
        i
        for i in range(18)
        if not any(np.linalg.norm((whole.fractional[i] + whole.fractional[j]) @ whole.matrix) < 0.1 for j in range(i))
    ]
    half = format_res("half", -95, np.nan, whole.cell, 14, [whole.symbols[i] for i in kept], whole.fractional[kept])
    crystal = loose(0, 14, molecule)
    inverse = crystal.fractional @ crystal.rotations[2].T + crystal.translations[2]
    screw = crystal.rotations[:2], crystal.translations[:2]
    points = np.concatenate([crystal.fractional, inverse])
    two = format_res("two", -94, np.nan, crystal.cell, screw, crystal.symbols * 2, points)
    files = [(f"{i}.res", t) for i, t, _ in texts(molecule)] + [("half.res", half), ("two.res", two)]
    landscape, rejected, _ = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files), *KEEP_DUPLICATES)
    assert rejected == []
    # P21/c on an inversion centre 4 + 3; P21 with Z' = 2: 4 + 12 - 1.
    assert landscape.degrees_of_freedom[:2].tolist() == [7, 15]
    assert landscape.degrees_of_freedom[2:].tolist() == [10, 10, 9, 12, 8, 8, 9, 9, 9, 8]
    assert landscape.degrees_of_freedom.tolist() == by_linear_algebra(landscape)
    path = tmp_path / "out" / "landscape.h5"
    found = freedom_of([path, path])
    assert found.of("anti-BDT", ["14"]) == Counter({10: 1, 7: 1})
    assert found.of("anti-BDT", [4, "all"]) == Counter({9: 1, 15: 1})
    assert found.of("anti-BDT", range(1, 231)) == Counter(landscape.degrees_of_freedom.tolist())
    assert found.of("another", [4]) == found.of("anti-BDT", ["all"]) == Counter()
    # The half molecule lies lowest; the next one 1 kJ/mol above it.
    assert found.of("anti-BDT", [14, 4], "0-0.5") == Counter({7: 1})
    assert found.of("anti-BDT", [14, 4], "0-1") == Counter({7: 1, 15: 1})
    table = degrees_of_freedom_table([14, 2, 7], found).set_index("space_group")
    columns = ["n_structures", "commonest", "fewest", "most"]
    assert table.loc[14, columns].tolist() == [2, 7, 7, 10]
    assert table.loc[2, columns].tolist() == [1, 12, 12, 12]
    assert table.loc[7, "n_structures"] == 0
    assert table.loc[7, columns[1:]].isna().all()


@pytest.mark.parametrize(
    ("counted", "text", "cells"),
    [
        (Counter(), "", [None, None, None]),
        (Counter({10: 3}), "10 degrees of freedom", [10, 10, 10]),
        (Counter({16: 4, 7: 1, 10: 5}), "7 to 16 degrees of freedom, mostly 10", [10, 7, 16]),
        (Counter({10: 2, 7: 2}), "7 to 10 degrees of freedom, mostly 7", [7, 7, 10]),
    ],
)
def test_numbers_in_words_and_cells(counted, text, cells):
    assert freedom_text(counted) == text
    assert list(freedom_cells(counted).values()) == cells


def test_a_linear_molecule_on_a_threefold_axis(tmp_path, capsys):
    """Carbon dioxide in Pa-3: only the edge of the cell is free."""
    u = 1.16 / (5.55 * np.sqrt(3))
    text = format_res("co2", -25, np.nan, [5.55] * 3 + [90] * 3, 205, ["C", "O"], np.array([[0, 0, 0], [u, u, u]]))
    source = tmp_path / "co2.res"
    source.write_text(text)
    landscape, rejected, _ = landscape_of(tmp_path, capsys, source)
    assert rejected == []
    assert landscape.z_prime == pytest.approx([1 / 6])
    assert landscape.degrees_of_freedom.tolist() == [1] == by_linear_algebra(landscape)


@pytest.mark.parametrize(
    "name", ["1.AnthraceneA_MOLPAK", "1.NaphthaleneA_DMA", "flexible/1.DihydrocarbamazepineA_CrystOpt"]
)
def test_published_structures(shared, name):
    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    landscape, _, _ = build_landscape("m", [shared / "landscapes" / f"{name}.zip"], settings)
    assert landscape.degrees_of_freedom.tolist() == by_linear_algebra(landscape)
