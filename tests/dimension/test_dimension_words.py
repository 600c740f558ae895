"""What is said of the dimension in plain words, and the numbers behind it."""

import dataclasses
import math

import numpy as np
import pytest

from crystalspan.dimension.analysis import Analysis
from crystalspan.dimension.estimators.estimate import Estimate
from crystalspan.dimension.figure import draw_dimension
from crystalspan.dimension.figure_scale import draw_dimension_scale
from crystalspan.dimension.file import AnalysedControl, PopulationDimension
from crystalspan.dimension.tables import jacobian_ranks, overview_table, valid_range, widest_mle
from crystalspan.dimension.words import dimension_lines
from crystalspan.jacobian.file import LocalDimensions
from crystalspan.jacobian.rank import BLIND, FULL, UNKNOWN, LocalDimension
from crystalspan.landscape.freedom import Counted, Freedom

# Four structures of P212121: on a special position, two in general ones, and one with Z' = 2; and others not looked at.
FREEDOM = Freedom({"toy": Counted(np.array([19, 19, 19, 19, 2]), np.array([9, 9, 6, 15, 40]), np.arange(5.0) * 2)})


def estimate(method="mle", neighbours=20, value=8.0, error=0.5, valid=True):
    reason = "" if valid else "only 5 structures"
    return Estimate(method, neighbours, value, error, math.nan, 300, 0, 1.0, 12.0, valid, reason, "doi")


def analysis(*estimates, n=300):
    return Analysis(n, 240, n, n, list(estimates), [])


def population(own, gaussian, label="all", window="0-20"):
    control = AnalysedControl("gaussian", math.nan, "", gaussian)
    return PopulationDimension("toy", label, window, np.array(["a"]), np.zeros(1), own, [control])


def crystal(flag, rank=9, degrees=9):
    return LocalDimension("x", degrees, rank, rank, 0, degrees - rank, np.ones(9), 0.0, 10.0, flag)


def local(*crystals, group=19):
    return LocalDimensions("toy", list(crystals), np.full(len(crystals), group), np.zeros(len(crystals)))


@pytest.mark.parametrize(
    ("control", "words"),
    [(20.0, "curved or clustered"), (8.5, "cannot be told apart"), (3.0, "fills more directions")],
)
def test_the_landscape_is_set_against_a_normal_cloud(control, words):
    text = "\n".join(dimension_lines([population(analysis(estimate()), analysis(estimate(value=control)))], []))
    assert words in text
    assert "8.0 to 8.0 dimensions" in text


def test_only_valid_estimates_from_neighbours_are_told():
    own = analysis(
        estimate(value=7.0), estimate("twonn", 2, 9.0), estimate("gride", 4, 30.0, valid=False),
        estimate("local_pca", 20, 15.0),
    )  # fmt: skip
    assert valid_range(own) == (7.0, 9.0)
    none = analysis(estimate(valid=False))
    assert all(math.isnan(end) for end in valid_range(none))
    assert "no estimate from neighbours is valid" in "\n".join(dimension_lines([population(none, none)], []))


def test_the_widest_window_speaks():
    narrow = population(analysis(estimate(value=3.0), n=7), None, window="0-9")
    wide = population(analysis(estimate(value=8.0)), None, window="0-20")
    text = "\n".join(dimension_lines([wide, narrow], []))
    assert "within 0-20 kJ/mol" in text
    assert "3.0" not in text


def test_jacobian_ranks_are_counted_and_unknown_ones_left_out():
    found = local(crystal(FULL), crystal(FULL), crystal(BLIND, rank=8), crystal(UNKNOWN, 0, 0))
    ranks = jacobian_ranks([found])
    row = ranks.loc[("toy", "19")]
    assert (row.crystals, row.lowest, row["median"], row.highest, row.agree) == (3, 8, 9, 9, 2)
    text = "\n".join(dimension_lines([], [found]))
    assert "in 2 of 4 crystals" in text
    assert "1 blind" in text
    assert "1 unknown" in text


def test_the_overview_takes_the_largest_neighbourhood():
    own = analysis(estimate(neighbours=5, value=6.0), estimate(neighbours=20, value=8.0), estimate("twonn", 2, 9.0))
    assert widest_mle(own).neighbours == 20
    populations = [population(own, analysis(estimate(value=20.0)), label="19")]
    row = overview_table(populations, [local(crystal(FULL))], 0.8, FREEDOM).iloc[0]
    assert (row.mle, row.twonn, row.lowest, row.highest, row.gaussian_mle) == (8.0, 9.0, 6.0, 9.0, 20.0)
    assert (row.degrees_of_freedom, row.freedom_fewest, row.freedom_most, row.jacobian_rank) == (9, 6, 15, 9)
    assert row.space_group == "P212121 (19)"


def test_degrees_of_freedom_are_those_of_the_structures():
    found = [population(analysis(estimate()), None, label=label) for label in ("19", "all")]
    assert "a crystal has 6 to 15 degrees of freedom, mostly 9" in "\n".join(dimension_lines(found, [], FREEDOM))
    assert "degrees of freedom" not in "\n".join(dimension_lines(found, []))
    narrow = [dataclasses.replace(one, window="0-3") for one in found]
    assert "a crystal has 9 degrees of freedom" in "\n".join(dimension_lines(narrow, [], FREEDOM))
    for panel in draw_dimension(found, [], 0.8, FREEDOM).axes[:2]:
        (lines,) = (one for one in panel.collections if one.get_label().startswith("degrees of freedom"))
        assert [path.vertices[:, 1].tolist() for path in lines.get_paths()] == [[9, 9], [9, 9]]
        boxes = [(box.get_y(), box.get_y() + box.get_height()) for box in panel.patches]
        assert boxes == [(6, 15), (6, 15)]
    for panel in draw_dimension(narrow, [], 0.8, FREEDOM).axes[:2]:
        assert not panel.patches
    for panel in draw_dimension(found, [], 0.8).axes[:2]:
        assert not any(one.get_label().startswith("degrees of freedom") for one in panel.collections)


def test_nothing_measured_gives_no_words_and_figures_that_say_so():
    assert dimension_lines([], []) == []
    nothing = dataclasses.replace(population(None, None), controls=[])
    for figure in (draw_dimension([nothing], [], 0.8), draw_dimension_scale([nothing]), draw_dimension([], [], 0.8)):
        assert figure is not None
    text = "".join(axes.get_text() for axes in draw_dimension_scale([nothing]).axes[0].texts)
    assert "large enough" in text
