"""Measurements of searches: minima numbered together, gains and predictions counted as by hand."""

import numpy as np
import pandas as pd
import pytest

from crystalspan.sampling.packing import packing
from sampling.conftest import small_molecule
from validation import search
from validation.search import guided_gains, main, prediction_errors, predictions, which_minima

pytestmark = pytest.mark.slow


@pytest.fixture
def quick(monkeypatch):
    section = {"cutoff": 9.0, "taper": 1.5, "first_cutoff": 7.0, "first_pressure": 0.1}
    section["guided"] = {"batch": 60, "window": 15.0}
    monkeypatch.setattr(search, "with_defaults", lambda settings: {"sampling": section})
    return section


def test_minima_of_a_search_and_of_its_half_have_the_same_numbers(quick):
    packed = packing(small_molecule(), 14)
    whole = search.sample_trials(packed, np.arange(1, 121), quick)
    half = search.sample_trials(packed, np.arange(1, 61), quick)
    (rows, ours), (few, theirs) = which_minima(packed, [whole, half], 20.0)
    assert (np.diff(rows) > 0).all()
    assert dict(zip(few.tolist(), theirs.tolist(), strict=True)) == {
        row: one for row, one in zip(rows.tolist(), ours.tolist(), strict=True) if row < 60
    }


def test_gains_and_predictions_are_counted_as_by_hand(quick):
    molecule = small_molecule()
    (gain,) = guided_gains([molecule], [14], 120, 4, 1, 15.0)
    assert gain.ratio == gain.needed / gain.minimisations
    assert gain.missed <= gain.found_by_random
    assert (gain.needed > gain.minimisations) == (gain.found > gain.found_by_random)
    packed = packing(molecule, 14)
    ((rows, which),) = which_minima(packed, [search.sample_trials(packed, np.arange(1, 161), quick)], 20.0)
    (told,) = predictions([molecule], [14], [40], 160, [20.0])
    seen = set(which[rows < 40].tolist())
    assert (told.seen, told.true) == (len(seen), len(set(which.tolist())))
    assert told.true_after_twice == len(set(which[rows < 80].tolist()))
    assert told.true_share == pytest.approx(np.mean([one not in seen for one in which[rows >= 40].tolist()]))


def test_errors_are_means_over_cases():
    rows = [
        ("m", 14, 250, 10.0, 5, 10, 0.3, 0.2, 8.0, 10.0, 9.0),
        ("m", 2, 250, 10.0, 8, 10, 0.1, 0.2, 11.0, 10.0, 12.0),
        ("m", 4, 250, 10.0, 1, 10, np.nan, 0.2, 1.0, 10.0, np.nan),
    ]
    (row,) = prediction_errors(pd.DataFrame(rows, columns=search.Prediction._fields)).to_dict("records")
    assert row == {
        "cases": 2,
        "seen/true": 0.65,
        "error of the unseen share": 0.1,
        "error of the minima after twice the trials": 0.15,
        "bound not above the truth": 0.5,
    }


def test_the_command_writes_a_table(quick, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(search, "read_molecule", lambda path: small_molecule())
    main(["completeness", "probe.json", "-o", str(tmp_path / "t.csv"), "--trials", "300", "--groups", "4"])
    assert len(pd.read_csv(tmp_path / "t.csv")) == 6
    assert "error of the unseen share" in capsys.readouterr().out
