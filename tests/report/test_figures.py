"""Figures: every kind is drawn, says what it shows, repeats byte for byte, and copes with too little."""

import re

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

from crystalspan import cli
from crystalspan.landscape.freedom import Counted, Freedom
from crystalspan.maps.figure import draw_map
from crystalspan.maps.leading import read_leading_maps
from crystalspan.printing import style
from crystalspan.spectra.counted import elbows, read_components
from crystalspan.spectra.figures import draw_shares, draw_spectra
from crystalspan.spectra.file import read_spectrum
from reporting_help import run

pytestmark = pytest.mark.slow


def words(figure):
    """All visible text of a figure."""
    return " ".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def quality_of(study_folder, one):
    """What the map of a spectrum keeps."""
    found = read_leading_maps([study_folder / one.molecule / "map_quality.h5"])
    return found[one.molecule, one.space_group, one.window]


def inputs(kind, study_folder, spectra_files, components_files, tmp_path):
    if kind == "functions":
        return []
    if kind == "landscape":
        return [study_folder / "anti-BDT.h5", "--window", "0-10", "0-20"]
    if kind == "map":
        return [study_folder / "anti-BDT" / "14" / "0-20" / "spectra.h5", study_folder / "anti-BDT" / "map_quality.h5"]
    if kind == "shares":
        return [path for path in spectra_files if path.parts[-3] == "all"][:2]
    if kind == "components":
        run("table", "spectra", *spectra_files, *components_files, "-o", tmp_path)
        return [tmp_path / "components.csv"]
    ours = [path for path in spectra_files if path.parts[-2] == "0-20" and path.parts[-4] == "anti-BDT"]
    return [*ours, study_folder / "anti-BDT" / "components.h5"]


@pytest.mark.parametrize("kind", ["landscape", "functions", "spectra", "shares", "map", "components"])
def test_every_figure_is_the_same_twice_and_in_all_formats(
    kind, study_folder, spectra_files, components_files, tmp_path
):
    arguments = inputs(kind, study_folder, spectra_files, components_files, tmp_path)
    for attempt in ("one", "two"):
        files = [tmp_path / attempt / f"figure.{suffix}" for suffix in ("svg", "pdf", "png")]
        run("figure", kind, *arguments, "--dpi", "80", "-o", *files)
    for suffix in ("svg", "pdf", "png"):
        one, two = ((tmp_path / attempt / f"figure.{suffix}").read_bytes() for attempt in ("one", "two"))
        assert one == two
        assert len(one) > 3000
    width = float(re.search(rb'width="([\d.]+)pt"', (tmp_path / "one" / "figure.svg").read_bytes())[1])
    assert width / 72 * 25.4 == pytest.approx(85, abs=0.1) or width / 72 * 25.4 == pytest.approx(170, abs=0.1)
    assert b"Type3" not in (tmp_path / "one" / "figure.pdf").read_bytes()


def test_all_figures_of_a_molecule_are_drawn_in_one_go(study_folder, spectra_files, tmp_path):
    ours = [path for path in spectra_files if path.parts[-4] == "anti-BDT"]
    ours += [study_folder / "anti-BDT" / "components.h5", study_folder / "anti-BDT" / "map_quality.h5"]
    maps = {f"{group}/{window}/map.svg" for group in ("14", "all") for window in ("0-10", "0-20")}
    names = maps | {f"figures/{name}.svg" for name in ("landscape", "spectra", "shares")}
    options = ["--window", "0-10", "0-20", "--space-group", "14", "all", "--dpi", "50"]
    outputs = [tmp_path / name for name in sorted(names)]
    run("figure", "molecule", study_folder / "anti-BDT.h5", *ours, *options, "-o", *outputs)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.svg")} == names
    one = [study_folder / "anti-BDT/14/0-20/spectra.h5", study_folder / "anti-BDT/map_quality.h5"]
    run("figure", "map", *one, "--dpi", "50", "-o", tmp_path / "alone.svg")
    assert (tmp_path / "alone.svg").read_bytes() == (tmp_path / "14/0-20/map.svg").read_bytes()


def test_a_name_that_no_figure_has_is_refused(study_folder, spectra_files, tmp_path, capsys):
    ours = [path for path in spectra_files if path.parts[-4] == "anti-BDT"]
    ours += [study_folder / "anti-BDT" / "components.h5"]
    with pytest.raises(SystemExit) as end:
        run("figure", "molecule", study_folder / "anti-BDT.h5", *ours, "-o", tmp_path / "share.svg")
    assert end.value.code == cli.EXIT_BAD_INPUT
    assert "share.svg: no figure is called so" in (message := capsys.readouterr().err)
    assert "figures/shares" in message


def test_map_tells_shares_number_and_quality(study_folder):
    found = read_spectrum(study_folder / "anti-BDT" / "14" / "0-20" / "spectra.h5")
    quality = quality_of(study_folder, found)
    text = words(draw_map(found, quality, 10_000))
    first = found.eigenvalues[0] / found.eigenvalues.sum()
    assert f"PC1 ({first:.1%} of the variance)" in text
    assert f"N = {found.n_structures}" in text
    assert f"trustworthiness {quality['trustworthiness']:.2f}" in text
    unjudged = words(draw_map(found, None, 10_000))
    assert f"N = {found.n_structures}" in unjudged
    assert "trustworthiness" not in unjudged
    assert "judge" not in unjudged


def test_many_points_become_an_image(study_folder):
    found = read_spectrum(study_folder / "anti-BDT" / "14" / "0-20" / "spectra.h5")
    for limit, expected in ((10_000, False), (100, True)):
        clouds = draw_map(found, None, limit).axes[0].collections
        assert clouds[0].get_rasterized() is expected


@pytest.mark.parametrize(
    ("group", "reason"), [("61", "no structure in this window"), ("9", "one structure: no component")]
)
def test_too_few_structures_give_a_figure_that_says_so(study_folder, group, reason, tmp_path):
    path = study_folder / "anti-BDT" / group / "0-20" / "spectra.h5"
    assert reason in words(draw_map(read_spectrum(path), quality_of(study_folder, read_spectrum(path)), 10_000))
    counted = elbows(read_components([study_folder / "anti-BDT" / "components.h5"]))
    assert "fewer than two different structures" in words(draw_spectra([read_spectrum(path)], counted))
    assert "fewer than two different structures" in words(draw_shares([read_spectrum(path)], 0.8))
    run("figure", "map", path, study_folder / "anti-BDT" / "map_quality.h5", "-o", tmp_path / "map.svg")
    assert (tmp_path / "map.svg").exists()


def test_two_structures_make_a_map_of_one_component(study_folder, tmp_path):
    files = sorted((study_folder / "anti-BDT").glob("*/descriptors.h5"))
    run("pca", *files, "--lowest", "2", "-o", tmp_path / "pair.h5")
    run("quality", *files, tmp_path / "pair.h5", "-o", tmp_path / "quality.h5")
    (quality,) = read_leading_maps([tmp_path / "quality.h5"]).values()
    text = words(draw_map(read_spectrum(tmp_path / "pair.h5"), quality, 10_000))
    assert "PC1 (100.0% of the variance)" in text
    assert "too few structures to judge" in text


def test_degrees_of_freedom_are_marked_where_the_structures_have_them(study_folder):
    item = read_spectrum(study_folder / "anti-BDT" / "14" / "0-20" / "spectra.h5")
    shares = item.eigenvalues[: item.rank] / item.total_variance
    one = np.full(3, 14), np.array([10, 10, 10]), np.zeros(3)
    several = np.full(4, 14), np.array([16, 7, 10, 10]), np.zeros(4)
    for counted, places in ((one, []), (several, [*range(7, 17)])):
        figure = draw_spectra([item], {}, Freedom({item.molecule: Counted(*counted)}))
        lines = {line.get_zorder(): line for line in figure.axes[0].lines}
        assert (lines[5].get_xdata(), lines[5].get_ydata()) == (10, pytest.approx(shares[9]))
        assert str(lines[5].get_markerfacecolor()) == "white"
        assert ([*lines[1].get_xdata()] if 1 in lines else []) == places
        assert ("range" in words(figure)) == bool(places)
    assert "freedom" not in words(draw_spectra([item], {}))


def test_shares_figure_flags_the_impossible_count(study_folder):
    found = read_spectrum(study_folder / "syn-BDT" / "all" / "0-10" / "spectra.h5")
    text = words(draw_shares([found], 0.8, {("syn-BDT", "0-10", "all"): 260}))
    assert "study 260 (N = 267)" in text
    assert "impossible: > 213" in text


def test_the_ten_groups_differ_in_colour_and_in_marker():
    pairs = [style.group_style(number) for number in style.STUDY_GROUPS]
    assert len({colour for colour, _ in pairs}) == len({marker for _, marker in pairs}) == 10
    everything = [style.group_style(number) for number in range(1, 231)]
    assert len(set(everything)) > 50


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("14", "$\\mathit{P}2_1/\\mathit{c}$"),
        ("2", "$\\mathit{P}\\bar{1}$"),
        ("19", "$\\mathit{P}2_12_12_1$"),
        ("61", "$\\mathit{P}\\mathit{b}\\mathit{c}\\mathit{a}$"),
        ("15", "$\\mathit{C}2/\\mathit{c}$"),
        ("all", "all groups"),
    ],
)
def test_symbols_are_typeset(label, expected):
    assert style.group_label(label) == expected


def test_every_symbol_can_be_drawn():
    parser = MathTextParser("path")
    for number in range(1, 231):
        assert parser.parse(style.group_label(number)).width > 0


def test_wrong_requests_are_refused(spectra_files, tmp_path, capsys):
    for arguments, message in (
        (["map", *spectra_files[:2], "-o", tmp_path / "m.svg"], "2 inputs are given, not one"),
        (["map", spectra_files[0], "-o", tmp_path / "m.gif"], "cannot draw '.gif'"),
        (["components", spectra_files[0], "-o", tmp_path / "m.svg"], "cannot be read as a table"),
        (["landscape", spectra_files[0], "-o", tmp_path / "m.svg"], "a file that pca wrote"),
    ):
        with pytest.raises(SystemExit) as end:
            run("figure", *arguments)
        assert end.value.code == cli.EXIT_BAD_INPUT
        assert message in capsys.readouterr().err


def test_counts_of_which_none_is_comparable_give_a_figure_that_says_so():
    import pandas as pd

    from crystalspan.spectra.comparison_figure import draw_components

    columns = ["molecule", "window", "space_group", "n_structures", "variance", "singular_values", "bound"]
    figure = draw_components(pd.DataFrame(columns=columns), 0.8)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert any("no landscape has as many structures" in text.replace("\n", " ") for text in texts)
