"""Duplicates: found by default, marked, and left out of what is analysed."""

import numpy as np
import pytest
from landscape_help import KEEP_DUPLICATES, as_zip, landscape_of, loose, texts

from crystalspan.crystallography.overlay import overlays
from crystalspan.formats.res_writer import format_res
from crystalspan.landscape.account import read_account
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.file import Selection, read_landscape, selected_rows
from crystalspan.landscape.settings import CheckSettings
from crystalspan.landscape.slices import slice_path
from crystalspan.settings import with_defaults
from crystalspan.similarity.packings import packings


@pytest.fixture
def source(tmp_path, molecule):
    """Four crystals; the one in P21/c twice more, moved by a lattice translation and in P21 with Z' = 2."""
    made = texts(molecule, (14, 19, 2, 61))
    files = [(f"{i}.res", t) for i, t, _ in made]
    crystal = loose(0, 14, molecule)

    def again(name, energy, number, symbols, points):
        return (f"{name}.res", format_res(name, energy, crystal.density, crystal.cell, number, symbols, points))

    files.append(again("moved", -89.9, 14, crystal.symbols, crystal.fractional + 1))
    inverse = crystal.fractional @ crystal.rotations[2].T + crystal.translations[2]
    screw = crystal.rotations[:2], crystal.translations[:2]
    low = np.concatenate([crystal.fractional, inverse])
    files.append(again("low", -89.8, screw, crystal.symbols * 2, low))
    return as_zip(tmp_path / "z.zip", files)


def test_they_are_marked_and_left_out(source, tmp_path, capsys):
    landscape, rejected, printed = landscape_of(tmp_path, capsys, source, "--slices", "14", "4")
    first = "anti-BDT-QR-14-1-3"
    assert rejected == []
    assert landscape.id.tolist()[:3] == [first, "moved", "low"]
    assert landscape.duplicate_of.tolist() == ["", first, first, "", "", ""]
    assert landscape.analysed.tolist() == [True, False, False, True, True, True]
    assert landscape.space_group.tolist()[:3] == [14, 14, 4]
    assert printed.splitlines()[-1] == (
        "anti-BDT: 6 structures read, 6 accepted, 0 rejected; "
        "2 of the accepted are duplicates, 4 structures are analysed"
    )
    path = tmp_path / "out" / "landscape.h5"
    account = read_account(path)
    assert (account.accepted, account.duplicates, account.analysed) == (6, 2, 4)
    assert selected_rows(path).tolist() == [0, 3, 4, 5]
    assert selected_rows(path, Selection([14, 4])).tolist() == [0]
    assert read_landscape(path, Selection(shell=(0, 1))).id.tolist() == [first]
    assert len(read_landscape(path)) == 6
    assert read_landscape(slice_path(path.parent, 14)).id.tolist() == [first]
    assert len(read_landscape(slice_path(path.parent, 4))) == 0


def test_a_setting_analyses_all(source, tmp_path, capsys):
    landscape, _, _ = landscape_of(tmp_path, capsys, source, "--structures", "all", "--slices", "14", "4")
    assert landscape.duplicate_of.tolist().count("") == 4
    assert landscape.analysed.all()
    path = tmp_path / "out" / "landscape.h5"
    assert len(selected_rows(path)) == 6
    assert len(read_landscape(slice_path(path.parent, 4))) == 1
    assert read_account(path).analysed == 6


def test_a_setting_does_not_look_for_them(source, tmp_path, capsys):
    landscape, _, printed = landscape_of(tmp_path, capsys, source, *KEEP_DUPLICATES)
    assert not any(landscape.duplicate_of)
    assert "duplicates" not in printed.splitlines()[-1]
    assert len(selected_rows(tmp_path / "out" / "landscape.h5")) == 6


def test_the_rule_is_the_samplers():
    """A sampled landscape is unique by this rule: looked for again, it has no duplicates, and no number changes."""
    sampling, landscape = with_defaults({}, "sampling"), with_defaults({}, "landscape")
    for key in sampling["duplicates"]:
        assert landscape["duplicates"][key] == sampling["duplicates"][key]


@pytest.mark.slow
def test_what_was_sampled_by_neighbour_distances_holds_a_few(shared):
    """No two of its crystals agree in their distances; laid over each other, five repeat others."""
    found = {}
    for method in ("distances", "overlay"):
        section = with_defaults({"landscape": {"duplicates": {"method": method}}})["landscape"]
        source = shared / "landscapes" / "syn-BDT-output.db"
        _, _, account = build_landscape("syn-BDT", [source], CheckSettings.of_section(section))
        found[method] = account.accepted, account.duplicates, account.analysed
    assert found == {"distances": (2095, 0, 2095), "overlay": (2095, 5, 2090)}


def test_published_landscapes_have_some(shared):
    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    path = shared / "landscapes" / "1.AnthraceneA_MOLPAK.zip"
    landscape, _, account = build_landscape("anthracene", [path], settings)
    row = {identity: i for i, identity in enumerate(landscape.id)}
    assert account.duplicates > 30
    for i, first in enumerate(landscape.duplicate_of):
        if first:
            assert landscape.lattice_energy[i] - landscape.lattice_energy[row[first]] < settings.duplicate_energy
            assert abs(landscape.density[i] - landscape.density[row[first]]) < settings.duplicate_density
            assert landscape.duplicate_of[row[first]] == ""


def test_no_pair_is_left_and_none_is_merged_that_differs(shared):
    """All pairs of the lowest crystals within the energy window, laid over each other both ways."""
    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    source = shared / "landscapes" / "1.4-fluorotolueneA_FIT.zip"
    landscape, _, _ = build_landscape("fluorotoluene", [source], settings)
    landscape = landscape.subset(np.arange(250))
    crystals, energy = packings(landscape), landscape.lattice_energy
    best = np.full((250, 250), np.inf)
    for i in range(250):
        rows = np.flatnonzero(np.abs(energy - energy[i]) < settings.duplicate_energy)
        found = overlays(crystals, i, crystals, rows, 20)
        best[i, rows] = np.where(found.matched == 20, found.rmsd, np.inf)
    best = np.minimum(best, best.T)
    np.fill_diagonal(best, np.inf)
    unique = landscape.duplicate_of == ""
    assert best[np.ix_(unique, unique)].min() >= settings.duplicate_rmsd
    row = {identity: i for i, identity in enumerate(landscape.id)}
    repeats = [(i, row[first]) for i, first in enumerate(landscape.duplicate_of) if first]
    assert len(repeats) > 20
    assert max(best[pair] for pair in repeats) < settings.duplicate_rmsd
