"""The page: what it holds, what it costs, what strangers' names do in it."""

import base64
import dataclasses
import hashlib
import html
import re

import numpy as np
import pytest
from viewer_help import HOSTILE, content, explored, known_forms, with_ids

from crystalspan import cli
from crystalspan.crystallography.cell import cell_matrix
from crystalspan.errors import InputError
from crystalspan.landscape.file import write_landscape
from crystalspan.maps.file import write_maps
from crystalspan.similarity.file import CrystalMotif, Similarities
from crystalspan.viewer import bundle as bundles
from crystalspan.viewer.bundle import Bundle
from crystalspan.viewer.columns import crystal_columns, map_columns
from crystalspan.viewer.packed import CELL_ENTRIES, CELL_STEP, COORDINATE_STEP
from crystalspan.viewer.page import explore_page, page_within
from random_crystals import random_landscape

PLAIN = Bundle("1.1.0", "window.Chemiscope = {};", "a licence <b>", "notices")


def test_it_holds_every_crystal_to_the_resolution_that_is_promised():
    asked = explored()
    told, arrays = content(explore_page(asked, PLAIN))
    landscape = asked.landscape
    assert told["ids"] == landscape.id.tolist()
    cells = np.zeros((len(landscape), 3, 3))
    for (i, j), values in zip(CELL_ENTRIES, arrays[:6], strict=True):
        cells[:, i, j] = values
    assert np.abs(cells - cell_matrix(landscape.cell)).max() <= 0.5001 * CELL_STEP
    atoms = np.repeat(np.arange(len(landscape)), np.diff(landscape.atom_offset))
    places = np.einsum("ni,nij->nj", landscape.fractional, cells[atoms])
    assert np.abs(np.stack(arrays[8:11], axis=1) - places).max() <= 0.5001 * COORDINATE_STEP
    for i in range(len(landscape)):
        rotations, translations = landscape.operations(i)
        setting = told["settings"][int(arrays[6][i])]
        assert np.array_equal(np.reshape(setting["rotations"], (-1, 3, 3)), rotations)
        assert np.allclose(setting["translations"], translations, atol=1e-6)


def test_columns_come_back_and_missing_ones_are_missing():
    asked = explored()
    told, arrays = content(explore_page(asked, PLAIN))
    columns = {one["name"]: (one, values) for one, values in zip(told["columns"], arrays[11:], strict=True)}
    energy = columns["relative energy"][1]
    assert np.abs(energy - asked.landscape.relative_energy).max() <= 0.000501
    one, codes = columns["space group"]
    groups = [one["names"][int(code)] for code in codes]
    assert groups == asked.landscape.space_group_symbol.tolist()
    for number, name in enumerate(("Isomap 1", "Isomap 2")):
        values, true = columns[name][1], asked.populations[0].maps[0].coordinates[:, number]
        assert np.isnan(values[0])
        assert np.abs(values[1:] - true).max() <= np.ptp(asked.populations[0].maps[0].coordinates) / 16_000
    assert [one["label"] for one in told["maps"]] == [
        "energy against density",
        "Isomap, all space groups",
        "latent 2, all space groups",
    ]


def test_windows_are_the_narrowest_and_duplicates_name_the_lower_one():
    made = random_landscape((1,), 60, n_atoms=2)
    repeats = np.full(60, "", dtype=object)
    repeats[7] = made.id[3]
    told, arrays = content(explore_page(explored(dataclasses.replace(made, duplicate_of=repeats)), PLAIN))
    number = [one["name"] for one in told["columns"]].index("window")
    names = told["columns"][number]["names"]
    found = np.array([names[int(code)] for code in arrays[11 + number]])
    assert np.array_equal(found == "0-10", made.relative_energy <= 10)
    assert np.array_equal(found == "above", made.relative_energy > 20)
    assert told["same"] == {"7": made.id[3]}


def test_a_legend_has_no_more_kinds_than_are_drawn():
    made = random_landscape((1,), 90, n_atoms=2)
    groups = np.array([*range(2, 32), *[14] * 60], dtype=np.int16)
    column = next(
        one for one in crystal_columns(dataclasses.replace(made, space_group=groups), []) if one.name == "space group"
    )
    kinds = set(column.values)
    assert len(kinds) == 20
    assert {"P21/c", "other"} <= kinds
    assert np.count_nonzero(column.values == "P21/c") == 61


def test_known_forms_and_motifs_are_columns_and_known_forms_are_marked():
    asked = explored()
    ids = asked.landscape.id.tolist()
    motifs = [CrystalMotif(one, 0.0, "beta" if i % 2 else "gamma", 3.5, 1.0, np.nan) for i, one in enumerate(ids[:-1])]
    more = {"known": [known_forms(ids)], "similarities": [Similarities("random", "experimental", motifs, [])]}
    page = explore_page(dataclasses.replace(asked, **more), PLAIN)
    told, arrays = content(page)
    columns = {one["name"]: (one, arrays[11 + i]) for i, one in enumerate(told["columns"])}
    names = {
        name: [one["names"][int(code)] for code in codes] for name, (one, codes) in columns.items() if "names" in one
    }
    assert names["known form"] == ["none"] * 2 + [f"I, {HOSTILE[1]}"] + ["none"] * (len(ids) - 3)
    assert names["motif"][:3] == ["gamma", "beta", "gamma"]
    assert names["motif"][-1] == "not looked for"
    assert columns["stacking distance"][1][:2] == pytest.approx(3.5, abs=0.001)
    assert np.isnan(columns["stacking distance"][1][-1])
    assert "experimental" in columns["motif"][0]["about"]
    assert told["symbol"] == "known form"
    assert content(explore_page(asked, PLAIN))[0]["symbol"] == ""
    assert HOSTILE[1] not in page


def test_crystals_of_a_map_that_the_landscape_lacks_are_left_out():
    asked = explored()
    fewer = asked.landscape.subset(np.arange(5, 20))
    columns, axes = map_columns(fewer.id.tolist(), (), asked.populations)
    assert len(axes) == 2
    assert np.allclose(columns[0].values, asked.populations[0].maps[0].coordinates[4:19, 0])
    assert map_columns(["stranger"], (), asked.populations) == ([], [])


def test_the_same_landscape_gives_the_same_page():
    assert explore_page(explored(), PLAIN) == explore_page(explored(), PLAIN)


def test_hostile_names_are_nowhere_in_the_page_as_markup():
    made = explored()
    made = dataclasses.replace(made, landscape=with_ids(made.landscape, HOSTILE))
    page = explore_page(made, PLAIN)
    told, _ = content(page)
    assert told["ids"][: len(HOSTILE)] == list(HOSTILE)
    for name in HOSTILE:
        assert name not in page
    assert "harmed" not in page
    named = dataclasses.replace(made, landscape=dataclasses.replace(made.landscape, name=HOSTILE[0]))
    assert "<script>window" not in explore_page(named, PLAIN)


def test_the_policy_lets_the_two_scripts_run_and_asks_nothing_of_a_network():
    page = explore_page(explored(), PLAIN)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; ")
    ours = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(ours) == 1
    for text in (ours[0], PLAIN.script):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
    assert not re.search(r"https?:", page)


def test_the_licence_stands_in_the_page(bundle):
    page = explore_page(explored(), bundle)
    assert "Redistribution and use in source and binary forms" in html.unescape(page)
    assert len(page) < 1_400_000


def test_a_page_for_a_report_holds_the_lowest_that_fit_and_says_so():
    made = random_landscape((14,), 400, n_atoms=20)
    asked = explored(made)
    whole = len(explore_page(asked, PLAIN).encode())
    page = page_within(whole * 2 // 3, asked, PLAIN, "results/M/explore.html")
    told, _ = content(page)
    assert len(page.encode()) <= whole * 2 // 3
    assert 100 < len(told["ids"]) < 400
    assert told["ids"] == made.id[: len(told["ids"])].tolist()
    assert told["note"] == f"the lowest {len(told['ids'])} of 400 crystals; all of them: results/M/explore.html"
    same = page_within(whole, asked, PLAIN, "")
    assert content(same)[0]["note"] == ""
    assert len(content(same)[0]["ids"]) == 400


def test_no_crystal_is_no_error():
    told, arrays = content(explore_page(explored(random_landscape((1,), 2, n_atoms=2).subset([])), PLAIN))
    assert told["ids"] == []
    assert all(len(values) == 0 for values in arrays)


@pytest.fixture
def files(tmp_path):
    asked = explored()
    write_landscape(tmp_path / "landscape.h5", asked.landscape)
    write_maps(tmp_path / "maps.h5", asked.populations, {"stage": "maps"})
    return tmp_path


def test_the_stage_writes_two_pages(files, bundle, capsys):
    pages = files / "explore.html", files / "small.html"
    inputs = files / "landscape.h5", files / "maps.h5"
    cli.main(["viewer", *map(str, inputs), "--window", "0-10", "-o", str(pages[0]), "--report", str(pages[1])])
    assert "42 crystals" in capsys.readouterr().out
    assert pages[0].read_text() == pages[1].read_text()
    told, _ = content(pages[0].read_text())
    assert len(told["maps"]) == 3


def test_without_chemiscope_the_page_says_what_to_install_and_the_study_goes_on(files, monkeypatch, capsys):
    def missing():
        raise InputError("the page needs chemiscope, which is not installed", remedy=bundles._REMEDY)

    monkeypatch.setattr(bundles, "read_bundle", missing)
    cli.main(["viewer", str(files / "landscape.h5"), "-o", str(files / "explore.html")])
    text = (files / "explore.html").read_text()
    assert "pip install --no-deps" in text
    assert "not installed" in capsys.readouterr().out


@pytest.mark.parametrize("version", ["1.0.9", "1.10.0", "2.0"])
def test_another_version_of_chemiscope_is_refused(version, monkeypatch):
    class Other:
        def __init__(self):
            self.version = version

    monkeypatch.setattr(bundles.importlib.metadata, "distribution", lambda name: Other())
    with pytest.raises(InputError, match=f"made for chemiscope 1.1, not {version}"):
        bundles.read_bundle()


def test_the_stage_takes_one_landscape(files, capsys):
    with pytest.raises(SystemExit):
        cli.main(["viewer", str(files / "maps.h5"), "-o", str(files / "explore.html")])
    assert "0 landscapes are given" in capsys.readouterr().err
