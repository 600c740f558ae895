"""The maps stage: from descriptor files to a map file, its figure and its table."""

import dataclasses
import sys

import numpy as np
import pandas as pd
import pytest

from crystalspan import cli
from crystalspan.errors import InputError
from crystalspan.maps.figure_grid import draw_maps
from crystalspan.maps.file import LAYOUT, read_maps
from crystalspan.maps.leading import read_leading_maps
from crystalspan.points.quality import MEASURES
from crystalspan.spectra.file import read_spectrum
from crystalspan.storage import open_file
from descriptor_files import embedding, write_descriptors


def run(*arguments):
    cli.main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Sixty structures of group 14 in two shells, and four of group 2."""
    folder = tmp_path_factory.mktemp("maps")
    values, energy = embedding(64, 3, 20), np.linspace(0, 20, 64)
    written = []
    for name, rows, group in (
        ("low", np.arange(0, 30), 14),
        ("high", np.arange(30, 60), 14),
        ("few", np.arange(60, 64), 2),
    ):
        ids = [f"toy-{i}" for i in rows]
        path = folder / f"{name}.h5"
        written.append(write_descriptors(path, values[rows], energy[rows], space_group=group, ids=ids))
    return written


@pytest.fixture(scope="module")
def mapped(files, tmp_path_factory):
    output = tmp_path_factory.mktemp("mapped") / "maps.h5"
    run("maps", *files, "--space-group", "14", "2", "all", "--window", "0-20", "-o", output)
    return output


def test_every_group_has_a_map_by_every_method(mapped):
    found = read_maps([mapped])
    assert [(one.molecule, one.space_group, one.window) for one in found] == [
        ("toy", group, "0-20") for group in ("14", "2", "all")
    ]
    assert [made.method for made in found[0].maps] == ["pca", "kernel_pca", "isomap", "autoencoder", "nested"]
    assert [made.flag for made in found[1].maps] == ["few"] * 5
    assert "4 structures" in found[1].maps[0].note
    for one in (found[0], found[2]):
        for made in one.maps:
            assert made.coordinates.shape == (one.n_structures, 2)
            assert set(made.quality) == {*MEASURES, "neighbours", "judged"}
    assert found[0].maps[2].settings == {"neighbours": 15}


def test_the_linear_map_is_that_of_the_spectrum(files, mapped, tmp_path):
    run("pca", *files, "--space-group", "14", "--window", "0-20", "-o", tmp_path / "s.h5")
    spectrum, one = read_spectrum(tmp_path / "s.h5"), read_maps([mapped])[0]
    assert one.id.tolist() == spectrum.id.tolist()
    np.testing.assert_array_equal(one.relative_energy, spectrum.relative_energy)
    np.testing.assert_allclose(one.maps[0].coordinates, spectrum.scores[:, :2], atol=1e-9)
    run("quality", *files, tmp_path / "s.h5", "-o", tmp_path / "quality.h5")
    (quality,) = read_leading_maps([tmp_path / "quality.h5"]).values()
    assert one.maps[0].quality == pytest.approx(quality)


def test_large_sets_are_sampled_by_the_seed_and_that_is_said(files, tmp_path, capsys):
    read = []
    for name, seed in (("one", 5), ("again", 5), ("other", 6)):
        drawn = ("--largest-sample", 50, "--seed", seed)
        output = tmp_path / f"{name}.h5"
        run("maps", *files, "--window", "0-20", *drawn, "--methods", "pca", "-o", output)
        read.append(read_maps([output])[0])
    assert "50 of 64 structures" in capsys.readouterr().out
    assert (read[0].n_structures, len(read[0].id), len(set(read[0].id))) == (64, 50, 50)
    assert read[0].id.tolist() == read[1].id.tolist() != read[2].id.tolist()
    np.testing.assert_array_equal(read[0].maps[0].coordinates, read[1].maps[0].coordinates)
    texts = [text.get_text() for text in draw_maps(read[:1], 10_000).findobj(lambda one: hasattr(one, "get_text"))]
    assert any("50 of 64, drawn at random" in text for text in texts)


def test_file_says_how_it_was_made(files, mapped):
    with open_file(mapped, LAYOUT) as file:
        assert file.attributes["stage"] == "maps"
        assert file.attributes["settings"]["points"]["largest_sample"] == 2000
        assert str(files[0]) in file.attributes["inputs"]


def test_figure_prints_every_measure_on_every_map(mapped, tmp_path):
    run("figure", "maps", mapped, "--dpi", "50", "-o", tmp_path / "maps.svg", tmp_path / "maps.png")
    assert (tmp_path / "maps.png").stat().st_size > 3000
    found = read_maps([mapped])
    figure = draw_maps(found, 10_000)
    panels = [axes for axes in figure.axes if axes.get_subplotspec() is not None][:15]
    for one, row in zip(found, np.reshape(panels, (3, 5)), strict=True):
        for made, axes in zip(one.maps, row, strict=True):
            words = axes.get_title()
            if not made.quality:
                assert "a map needs" in axes.texts[0].get_text().replace("\n", " ")
                continue
            for name in ("trustworthiness", "continuity", "shepard", "imbalance_to_map", "imbalance_from_map"):
                assert f"{made.quality[name]:.2f}" in words
            assert f"{made.quality['overlap']:.0%} of 10 neighbours kept" in words


def test_table_has_a_row_a_map(mapped, tmp_path):
    run("table", "maps", mapped, "-o", tmp_path / "maps.csv", tmp_path / "maps.md")
    frame = pd.read_csv(tmp_path / "maps.csv", dtype={"space_group": str})
    assert len(frame) == 15
    assert {"molecule", "space_group", "window", "method", "N", "judged", *MEASURES} <= set(frame.columns)
    few = frame[frame.flag == "few"]
    assert (few.N == 4).all()
    assert (few.mapped == 0).all()
    assert few[list(MEASURES)].isna().all(axis=None)
    one = read_maps([mapped])[2].maps[1]
    row = frame[(frame.space_group == "all") & (frame.method == one.method)].iloc[0]
    assert row[list(MEASURES)].tolist() == pytest.approx([one.quality[name] for name in MEASURES], abs=1e-5)


def test_figures_of_several_molecules_or_of_nothing(mapped):
    found = read_maps([mapped])
    with pytest.raises(InputError, match="maps of 2 molecules"):
        draw_maps([found[0], dataclasses.replace(found[1], molecule="other")], 10_000)
    assert draw_maps([], 10_000).axes[0].texts[0].get_text() == "no maps were asked for"


def test_other_files_are_refused(files, tmp_path):
    for path, message in (
        (tmp_path / "missing.h5", "no such file"),
        (files[0], "not a map file"),
        (__file__, "not a map file"),
    ):
        with pytest.raises(InputError, match=message):
            read_maps([path])


def test_a_missing_library_is_told_before_any_work(files, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(SystemExit) as end:
        run("maps", *files, "--window", "0-20", "--methods", "pca", "umap", "-o", tmp_path / "m.h5")
    assert end.value.code == cli.EXIT_BAD_INPUT
    assert "pip install umap-learn" in capsys.readouterr().err
    assert not (tmp_path / "m.h5").exists()
