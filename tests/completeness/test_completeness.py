"""Completeness of a search: counts as databases hold them, estimates against a known truth."""

import os

import numpy as np
import pandas as pd
import pytest

from crystalspan.completeness.estimates import (
    CUT,
    FEW,
    LARGE_UNSEEN_SHARE,
    NO_REPEATS,
    OK,
    Finds,
    completeness,
    find_counts,
    further_needed,
    growth,
    predicted,
    read_finds,
    unseen,
)
from crystalspan.completeness.figure import draw_completeness
from crystalspan.completeness.file import read_completeness, write_completeness
from crystalspan.completeness.search import search_completeness
from crystalspan.completeness.tables import completeness_table
from crystalspan.completeness.words import completeness_lines
from crystalspan.errors import InputError
from crystalspan.provenance import provenance
from crystalspan.sampling.database import CrystalRow, write_database


def write(path, crystals, equivalents, limit=None):
    rows = [CrystalRow(name, group, 1.5, energy, "m", "") for name, group, energy in crystals]
    write_database(path, rows, [], equivalents, {"settings": {"max_relative_energy": limit}})


def test_counts_of_a_clustered_database(tmp_path):
    a, b, c = "m-QR-14-7-2", "m-QR-14-9-2", "m-QR-19-3-2"
    equivalents = [(a, "m-QR-14-20-2"), (a, "m-QR-4-5-2"), (a, "m-QR-14-31-2"), (b, b)]
    write(tmp_path / "db", [(a, 14, -90.0), (b, 14, -85.0), (c, 19, -72.0)], equivalents, limit=20.0)
    finds = read_finds(tmp_path / "db")
    assert finds.limit == 20.0
    assert sorted(zip(finds.minimum.tolist(), finds.group.tolist(), finds.trial.tolist(), strict=True)) == [
        (0, 4, 5),
        (0, 14, 7),
        (0, 14, 20),
        (0, 14, 31),
        (1, 14, 9),
        (2, 19, 3),
    ]
    assert sorted(find_counts(finds, 10.0)) == [1, 4]
    assert sorted(find_counts(finds, 20.0)) == [1, 1, 4]
    # Found in P21, too: a find of that group, though the minimum stands under P21/c.
    assert find_counts(finds, 20.0, 4).tolist() == [1]
    assert sorted(find_counts(finds, 20.0, 14, trials=10)) == [1, 1]
    assert growth(finds, 20.0, 14, [6, 7, 9, 40]).tolist() == [0, 1, 2, 2]


def test_a_single_minimum_may_stand_as_itself_as_nothing_or_not_at_all(tmp_path):
    names = ["m-QR-14-1-2", "m-QR-14-2-2", "m-QR-14-3-2", "m-QR-14-4-2"]
    # mol-CSPy keeps the duplicates among the crystals; ours does not.
    crystals = [*((name, 14, -80.0) for name in names), ("m-QR-14-5-2", 14, -80.1)]
    equivalents = [(names[0], names[0]), (names[1], None), (names[3], "m-QR-14-5-2")]
    write(tmp_path / "db", crystals, equivalents)
    finds = read_finds(tmp_path / "db")
    assert sorted(finds.id) == names
    assert sorted(find_counts(finds, 1.0)) == [1, 1, 1, 2]
    assert finds.limit == np.inf


def test_names_of_another_kind_take_the_group_of_their_crystal(tmp_path):
    write(tmp_path / "db", [("first", 14, -80.0), ("second", 2, -80.1)], [("first", "second")])
    finds = read_finds(tmp_path / "db")
    assert sorted(finds.group) == [2, 14]
    assert finds.trial.tolist() == [0, 0]


def test_refusals(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_finds(tmp_path / "none")
    (tmp_path / "text").write_text("no database")
    with pytest.raises(InputError, match="clustered database"):
        read_finds(tmp_path / "text")
    write(tmp_path / "plain", [("a-QR-14-1-2", 14, -80.0)], [])
    with pytest.raises(InputError, match="no duplicates are marked"):
        read_finds(tmp_path / "plain")
    write(tmp_path / "filtered", [("a-QR-14-1-2", 14, -80.0)], [("a-QR-14-1-2", "b"), ("gone", "c")])
    with pytest.raises(InputError, match="filtered"):
        read_finds(tmp_path / "filtered")
    for settings in ({"sampling": {"search": "guided"}}, {"search": "guided"}):
        rows = [CrystalRow("a-QR-14-1-2", 14, 1.5, -80.0, "m", "")]
        write_database(tmp_path / "guided", rows, [], [("a-QR-14-1-2", "b")], {"settings": settings})
        with pytest.raises(InputError, match="guided"):
            read_finds(tmp_path / "guided")
    write(tmp_path / "energy", [("a-QR-14-1-2", 14, None)], [("a-QR-14-1-2", "b")])
    with pytest.raises(InputError, match="lacks its energy"):
        read_finds(tmp_path / "energy")


def test_formulas_by_hand():
    number = np.array([1, 1, 1, 2, 2, 5, 8])
    n, f0 = 20, 19 / 20 * 3 * 2 / (2 * 3)
    assert unseen(number) == pytest.approx(f0)
    found = completeness(number)
    assert (found.finds, found.seen, found.once, found.twice, found.flag) == (20, 7, 3, 2, OK)
    assert found.unseen_share == pytest.approx(0.15)
    assert found.at_least == pytest.approx(7 + f0)
    seen, share = predicted(number, 0.5)
    left = (1 - 3 / (n * f0 + 3)) ** 10
    assert seen == pytest.approx(7 + f0 * (1 - left))
    assert share == pytest.approx(0.15 * left)
    assert predicted(number, 0.0) == pytest.approx((7, 0.15))
    assert predicted(number, further_needed(number, 0.04))[1] == pytest.approx(0.04)
    assert further_needed(number, 0.2) == 0.0


@pytest.mark.parametrize(
    ("number", "flag"), [([], FEW), ([3, 2], FEW), ([1] * 20, NO_REPEATS), ([1] * 5 + [4, 4], OK), ([9, 9], OK)]
)
def test_flags(number, flag):
    found = completeness(np.array(number, dtype=np.int64))
    assert found.flag == flag
    assert np.isfinite(found.at_least) == (flag == OK)


def search(shares, n, seed):
    return np.random.default_rng(seed).multinomial(n, shares)


@pytest.mark.parametrize("spread", [0.5, 1.0, 1.5])
def test_predictions_of_searches_whose_truth_is_known(spread):
    """Basins of log-normal sizes, as those of crystals are: estimates and error bars over 40 searches."""
    rng = np.random.default_rng(0)
    sizes = np.exp(spread * rng.standard_normal(200))
    shares = sizes / sizes.sum()
    true_unseen, told, twice, doubled, errors, bound = [[] for _ in range(6)]
    for seed in range(40):
        number = search(shares, 400, seed)
        found = completeness(number[number > 0], resamples=60)
        true_unseen.append(shares[number == 0].sum())
        told.append(found.unseen_share)
        errors.append((found.unseen_share_error, found.at_least_error, found.after_twice_error))
        bound.append(found.at_least)
        twice.append(found.after_twice)
        doubled.append(np.count_nonzero(number + search(shares, 400, 1000 + seed)))
    assert np.mean(told) == pytest.approx(np.mean(true_unseen), abs=0.015)
    away = np.std([np.array(told) - true_unseen, bound, twice], axis=1)
    ratio = away / np.mean(errors, axis=0)
    assert (ratio > 0.6).all()
    assert (ratio < 1.6).all()
    assert np.mean(twice) == pytest.approx(np.mean(doubled), rel=0.04)
    # A bound from below, met where basins are alike.
    assert np.mean(bound) < 200 * 1.02
    if spread == 0.5:
        assert np.mean(bound) > 180


def test_words_warn_and_tell_where_the_database_was_cut():
    rng = np.random.default_rng(1)
    minimum = rng.integers(0, 60, 100)
    _, minimum = np.unique(minimum, return_inverse=True)
    number = minimum.max() + 1
    energy = np.linspace(-90, -78, number)
    group = np.where(rng.random(100) < 0.5, 14, 19)
    finds = Finds(
        minimum, group, np.arange(1, 101), np.array([str(i) for i in range(number)], dtype=object), energy, 10.0
    )
    found = search_completeness("m", finds, [10.0, 20.0])
    rows = found.rows
    assert [(row.space_group, row.window) for row in rows] == [
        (group, window) for group in ("14", "19", "all") for window in ("0-10", "0-20")
    ]
    whole = rows[4]
    assert whole.flag == OK
    assert whole.wants_more
    assert whole.seen < whole.after_twice <= whole.at_least + 1e-9
    assert predicted(find_counts(finds, 10.0), whole.further)[1] == pytest.approx(LARGE_UNSEEN_SHARE)
    assert rows[5].flag == CUT
    assert not rows[5].wants_more
    ends = {(point.space_group, point.window): point.seen for point in found.growth}
    assert ends == {(row.space_group, row.window): row.seen for row in rows}
    text = "\n".join(completeness_lines([found]))
    assert "WARNING: more than 5 %" in text
    assert "the database was cut below this window" in text
    assert "more trials are wanted within 0-10 kJ/mol: P212121 (53% unseen" in text


def test_the_file_gives_back_what_was_found(tmp_path):
    finds = Finds(
        np.array([0, 0, 1, 2, 2, 2, 3, 3, 3, 3, 3]),
        np.array([14] * 6 + [2] * 5),
        np.zeros(11, dtype=np.int64),
        np.array(list("abcd"), dtype=object),
        np.array([-90.0, -89, -88, -70]),
        np.inf,
    )
    found = search_completeness("m", finds, [5.0, 30.0])
    assert found.growth == []
    assert {row.flag for row in found.rows if row.window == "0-5"} == {FEW}
    write_completeness(tmp_path / "c.h5", found, provenance("completeness", {}, []))
    (back,) = read_completeness([tmp_path / "c.h5"])
    pd.testing.assert_frame_equal(completeness_table([back]), completeness_table([found]))
    assert back.growth == found.growth
    assert len(completeness_table([])) == 0


def test_our_own_database_without_duplicates_is_believed(tmp_path):
    rows = [CrystalRow(f"m-QR-14-{i}-2", 14, 1.5, -80.0 - i, "m", "") for i in range(3)]
    write_database(tmp_path / "db", rows, [], [], {"stage": "unique", "settings": {"max_relative_energy": None}})
    assert find_counts(read_finds(tmp_path / "db"), 20.0).tolist() == [1, 1, 1]
    write_database(tmp_path / "empty", [], [], [], {"stage": "unique", "settings": {"max_relative_energy": None}})
    found = search_completeness("m", read_finds(tmp_path / "empty"), [10.0])
    assert [(row.space_group, row.seen, row.flag) for row in found.rows] == [("all", 0, FEW)]
    assert "0 minima seen" in completeness_lines([found])[1]


@pytest.mark.parametrize("groups", [[14], [14, 2, 19], list(range(1, 35))])
def test_the_figure_holds_a_line_and_a_place_for_each_group(groups):
    rng = np.random.default_rng(len(groups))
    minima = 40 * len(groups)
    minimum = np.concatenate([np.arange(minima), rng.integers(0, minima, 3 * minima)])
    group = np.array(groups)[minimum % len(groups)]
    trial = np.concatenate([np.arange(1, np.count_nonzero(group == one) + 1) for one in groups])
    order = np.argsort(group, kind="stable")
    placed = np.empty(len(group), dtype=np.int64)
    placed[order] = np.concatenate([np.arange(1, n + 1) for n in np.unique(group, return_counts=True)[1]])
    assert sorted(placed) == sorted(trial)
    names = np.array([str(i) for i in range(minima)], dtype=object)
    finds = Finds(minimum, group, placed, names, np.linspace(-90, -72, minima), np.inf)
    figure = draw_completeness(search_completeness("a_b$", finds, [10.0, 20.0]))
    left, right = figure.axes
    assert len(left.get_legend_handles_labels()[0]) == len(groups) + 1
    assert len(right.get_xticks()) == len(groups) + 1
    assert figure.legends
    if path := os.environ.get("CRYSTALSPAN_LOOK"):
        figure.savefig(f"{path}/completeness-{len(groups)}.png", dpi=150)


def test_a_real_search_foretells_itself(shared):
    """A landscape of 9,000 trials a group, and what its first 500 and 1,000 trials said of it."""
    finds = read_finds(shared / "landscapes" / "syn-BDT-output.db")
    assert len(finds.id) == 2095
    errors, shares, bounds = [], [], []
    for group in np.unique(finds.group):
        final = find_counts(finds, 20.0, group)
        for trials in (500, 1000):
            number = find_counts(finds, 20.0, group, trials)
            found = completeness(number)
            after = find_counts(finds, 20.0, group, 2 * trials)
            errors.append(predicted(number, 1.0)[0] / len(after) - 1)
            bounds.append(found.at_least <= len(final))
            # How many of the later minimisations ended in something that these trials had not seen.
            inside = finds.energy - finds.energy.min() <= 20.0
            mine = (finds.group == group) & inside[finds.minimum]
            early = np.unique(finds.minimum[mine & (finds.trial <= trials)])
            later = finds.minimum[mine & (finds.trial > trials)]
            shares.append(found.unseen_share - np.mean(~np.isin(later, early)))
    assert np.mean(np.abs(errors)) < 0.08
    assert np.mean(np.abs(shares)) < 0.04
    assert np.mean(bounds) > 0.85
