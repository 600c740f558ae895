"""Descriptors side by side: tables, figure, and whether the answer depends on them."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crystalspan import cli
from crystalspan.dimension.estimators.estimate import Estimate
from crystalspan.dimension.resampling import CountInterval
from crystalspan.errors import InputError
from crystalspan.landscape.file import write_landscape
from crystalspan.landscape.freedom import Counted, Freedom
from crystalspan.scan.figure import draw_descriptor_scan
from crystalspan.scan.file import DescriptorScan
from crystalspan.scan.scan import ScannedSet
from crystalspan.scan.tables import (
    read_scan_table,
    scan_estimates_table,
    scan_sentence,
    scan_sentences,
    scan_table,
)
from random_crystals import random_landscape
from reporting_help import run

SETTINGS = {
    "descriptor": {"preset": "ani-1x", "radial_cutoff": 4.0},
    "dimension": {
        "error_bars": {"subsets": 3},
        "smallest_sample": 10,
        "mle": {"neighbours": [3, 5]},
        "local_pca": {"neighbours": [3]},
    },
    "descriptor_scan": [
        {"name": "own"},
        {"name": "1x, 4", "descriptor": {"radial_cutoff": 4}},
        {"name": "radial", "part": "radial"},
    ],
}


def estimate(method, neighbours, value, error, valid=True):
    reason = "" if valid else "only 9 structures"
    return Estimate(method, neighbours, value, error, 0.1, 50, 0, 1.0, 20.0, valid, reason, "")


def scanned(variant, mle, error, valid=True, group="all"):
    """A set with a given estimate of ten neighbours, and a distracting one of five."""
    estimates = [
        estimate("twonn", 2, mle - 1, 0.5),
        estimate("mle", 5, 99.0, 0.1),
        estimate("mle", 10, mle, error, valid),
    ]
    counts = [
        CountInterval("variance", 0.9, 30, 2.0, 26, 34),
        CountInterval("variance", 0.8, 17, 1.5, 14, 20),
        CountInterval("singular_values", 0.8, 40, 1.0, 38, 42),
        CountInterval("participation_ratio", float("nan"), 6.04, 0.4, 5, 7),
    ]
    return ScannedSet(variant, group, 1200, 64, 1150, estimates, counts)


def scan_of(*sets, molecule="toy"):
    return DescriptorScan(molecule, "0-20", list(sets))


def test_the_table_holds_what_was_found_side_by_side():
    other = ScannedSet("one", "14", 1, 64, 1, [], [])
    table = scan_table([scan_of(other, scanned("one", 6.123, 0.21), scanned("two", 8.0, 0.3, valid=False))], 0.8)
    assert table.space_group.tolist() == ["all", "all", "14"]
    first = table.iloc[0]
    assert (first.molecule, first.window, first.descriptor) == ("toy", "0-20", "one")
    assert (first.N, first.distinct, first.D) == (1200, 1150, 64)
    assert (first.mle, first.mle_error, first.mle_valid, first.mle_neighbours) == (6.12, 0.21, "yes", 10)
    assert (first.twonn, first.components, first.components_by_singular_values) == (5.12, 17, 40)
    assert first.participation_ratio == 6.0
    assert table.mle_valid.tolist()[1] == "no"
    assert table.iloc[2][["mle", "twonn", "local_pca", "components"]].isna().all()


def test_every_estimate_and_count_is_in_the_long_table():
    table = scan_estimates_table([scan_of(scanned("one", 6.0, 0.2), scanned("two", 7.0, 0.2, valid=False))])
    assert len(table) == 2 * 7
    invalid = table[table.valid == False]  # noqa: E712
    assert invalid[["descriptor", "quantity", "parameter", "reason"]].values.tolist() == [
        ["two", "mle", 10, "only 9 structures"]
    ]


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        (
            [("a", 6.0, 0.2), ("b", 9.04, 0.3), ("c", 7.0, 0.2)],
            "depends on the descriptor: smallest 6.0 ± 0.2 (a), largest 9.0 ± 0.3 (b), of 3",
        ),
        # Tukey's table: 2.77 standard errors for two values, 4.47 for ten.
        ([("a", 6.0, 0.2), ("b", 6.56, 0.2)], "depends on the descriptor"),
        ([("a", 6.0, 0.2), ("b", 6.8, 0.2), *((f"c{i}", 6.4, 0.2) for i in range(8))], "is the same"),
        ([("a", 6.0, 0.2), ("b", 6.95, 0.2), *((f"c{i}", 6.4, 0.2) for i in range(8))], "depends on the descriptor"),
        ([("a", 6.0, 0.2), ("b", 6.5, 0.2)], "is the same for all descriptors within its error bars"),
        (
            [("a", 6.0, 0.2), ("b", 1.0, 0.2, False), ("c", 8.0, 0.2)],
            "smallest 6.0 ± 0.2 (a), largest 8.0 ± 0.2 (c), of 2 descriptors; 1 more",
        ),
        ([("a", 6.0, 0.2), ("b", 1.0, 0.2, False)], "1 of 2 descriptors give a valid estimate: whether"),
    ],
)
def test_the_sentence_names_the_smallest_and_the_largest_valid_estimate(sets, expected):
    groups = [scanned("group", 1.0, 0.01, group="14"), scanned("group", 50.0, 0.01, group="2")]
    sentence = scan_sentence(scan_table([scan_of(*(scanned(*one) for one in sets), *groups)], 0.8))
    assert sentence.startswith("toy: ")
    assert expected in sentence


def test_each_molecule_has_a_sentence():
    scans = [scan_of(scanned("a", 6.0, 0.2), scanned("b", 9.0, 0.2), molecule=name) for name in ("syn", "anti")]
    assert [line.split(":")[0] for line in scan_sentences(scan_table(scans, 0.8))] == ["syn", "anti"]
    assert scan_sentences(scan_table([], 0.8)) == []


def test_the_figure_marks_values_errors_validity_and_degrees_of_freedom():
    sets = [scanned("a", 6.0, 0.2), scanned("b", 9.0, 0.3, valid=False), scanned("a", 1.0, 0.1, group="14")]
    # Whatever the groups' general positions have, marked is what the structures have; those of group 2 are not shown.
    groups, numbers = np.array([14, 14, 14, 2]), np.array([16, 7, 10, 99])
    freedom = Freedom({"toy": Counted(groups, numbers, np.array([0.0, 1, 2, 3]))})
    figure = draw_descriptor_scan([scan_of(*sets)], 0.8, freedom)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    marks = {
        (line.get_xdata()[0], line.get_marker(), str(line.get_markerfacecolor()) == "white")
        for line in axes.lines
        if line.get_marker() in ("o", "s", "D") and len(line.get_xdata())
    }
    assert marks == {(5.0, "o", False), (6.0, "s", False), (8.0, "o", False), (9.0, "s", True), (17, "D", False)}
    assert "1,200 structures" in axes.get_title()
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "MLE (10 neighbours)" in words
    assert "degrees of freedom, 7\u201316" in words
    (lines,) = axes.collections[:1]
    assert sorted(path.vertices[0, 0] for path in lines.get_paths()) == [7, 10, 16]
    words = [text.get_text() for text in draw_descriptor_scan([scan_of(*sets)], 0.8).legends[0].get_texts()]
    assert not any("freedom" in word for word in words)


def test_figures_of_nothing_say_so():
    texts = []
    for scans in ([], [scan_of()], [scan_of(replace(scanned("a", 6.0, 0.2), n_structures=1, estimates=[], counts=[]))]):
        figure = draw_descriptor_scan(scans, 0.8)
        texts.append(" ".join(text.get_text() for axes in figure.axes for text in axes.texts))
    assert texts == ["no descriptor was looked at"] * 2 + ["fewer than two structures"]


@pytest.fixture(scope="module")
def landscape_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("scan") / "landscape.h5"
    write_landscape(path, random_landscape((14, 2), per_group=9, n_atoms=4))
    return path


@pytest.mark.slow
def test_from_a_landscape_to_tables_and_a_figure(landscape_file, tmp_path, capsys):
    files = [tmp_path / f"{name}.h5" for name in ("one", "two")]
    for file in files:
        options = ("--space-group", "14", "P-1", "--window", "0-100", "--settings", json.dumps(SETTINGS))
        run("scan", landscape_file, *options, "--molecule", file.stem, "-o", file)
    assert "1x, 4: the same as own, left out" in capsys.readouterr().out
    assert files[0].read_bytes() != b""
    figure = [tmp_path / "scan.svg", tmp_path / "scan.png"]
    run("figure", "scan", *files, "-o", *figure, "--dpi", "80")
    run("table", "scan", *files, "-o", tmp_path / "tables")
    assert all(path.stat().st_size > 3000 for path in figure)
    spoken = capsys.readouterr().out
    assert "one: " in spoken
    assert "two: " in spoken
    table = read_scan_table(tmp_path / "tables" / "descriptor_scan.csv")
    assert scan_sentences(table) == spoken.splitlines()
    with pytest.raises(InputError, match="not a table of descriptors"):
        read_scan_table(tmp_path / "tables" / "descriptor_scan_estimates.csv")
    assert len(table) == 2 * 2 * 3
    assert set(table.space_group) == {"all", "14", "2"}
    assert np.isfinite(table.mle).all()
    markdown = (tmp_path / "tables" / "descriptor_scan.md").read_text()
    assert markdown.count("| own") == 2
    assert (tmp_path / "tables" / "descriptor_scan.tex").read_text().count("radial") == 2
    long = pd.read_csv(tmp_path / "tables" / "descriptor_scan_estimates.csv")
    assert set(long.quantity) > {"twonn", "gride", "mle", "local_pca", "variance", "broken_stick"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('{"descriptor_scan": [{"name": "a", "prat": "radial"}]}', "did you mean 'part'"),
        ('{"descriptor_scans": []}', "did you mean 'descriptor_scan'"),
        ('{"descriptor_scan": [{"name": "a"', "is not JSON"),
        ("missing.yaml", "missing.yaml"),
    ],
)
def test_bad_settings_end_with_a_clear_message(landscape_file, tmp_path, capsys, settings, message):
    with pytest.raises(SystemExit) as end:
        run("scan", landscape_file, "--window", "0-20", "--settings", settings, "-o", tmp_path / "scan.h5")
    assert end.value.code == cli.EXIT_BAD_INPUT
    assert message in capsys.readouterr().err
    assert not (tmp_path / "scan.h5").exists()


def test_a_file_that_is_no_scan_is_refused(landscape_file, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        run("table", "scan", landscape_file, "-o", tmp_path)
    assert end.value.code == cli.EXIT_BAD_INPUT
    assert "not a file of a descriptor scan" in capsys.readouterr().err
