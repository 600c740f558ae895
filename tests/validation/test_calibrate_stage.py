"""The command `python -m validation.run`: tables, figure, comparison with other libraries."""

import numpy as np
import pandas as pd
import pytest

from validation import agreement as compared
from validation import manifolds
from validation import run as stage
from validation.report import calibration_text
from validation.run import main

pytestmark = pytest.mark.slow


@pytest.fixture
def one_manifold(monkeypatch):
    monkeypatch.setattr(stage, "_manifolds", lambda: [("swiss roll", 2), ("sphere", 2), ("curved cube", 3)])


def run(*arguments):
    main([*map(str, arguments)])


def test_table_text_and_figure_come_from_one_command_and_can_be_made_again(tmp_path, one_manifold, monkeypatch):
    monkeypatch.setattr(stage, "SLOW", {"local_pca": 0, "fishers": 0})
    outputs = [tmp_path / "t.csv", tmp_path / "t.md"]
    run("--sizes", 30, 60, "--samples", 2, "-o", *outputs, "--figure", tmp_path / "t.png")
    frame = pd.read_csv(outputs[0])
    assert set(frame.manifold) == {"swiss roll", "sphere", "curved cube"}
    assert set(frame.n_structures) == {30, 60}
    # Half of 30 points cannot hold 16 neighbours.
    assert set(frame[frame.n_structures == 30].neighbours) == {2, 4, 5, 8, 10}
    assert frame["mean"].between(1, 6).all()
    assert (tmp_path / "t.png").stat().st_size > 1000
    text = outputs[1].read_text()
    assert "## N = 30, 2 samples" in text
    row = frame[(frame.method == "twonn") & (frame.n_structures == 60) & (frame.manifold == "sphere")].iloc[0]
    assert f"{row['mean']:.1f} ({100 * row.coverage:.0f})" in text.split("## N = 60")[1]
    run("--from", outputs[0], "-o", tmp_path / "again.csv", tmp_path / "again.md")
    assert (tmp_path / "again.md").read_text() == text
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "again.csv"), frame)


def test_a_single_sample_has_no_spread_and_is_refused(tmp_path):
    with pytest.raises(SystemExit) as end:
        run("--samples", 1, "-o", tmp_path / "t.csv")
    assert end.value.code == 2


def test_scikit_dimension_agrees_and_what_is_known_of_other_libraries_stays(tmp_path, monkeypatch):
    pytest.importorskip("skdim")
    monkeypatch.setattr(compared, "LIBRARIES", ("scikit-dimension",))
    monkeypatch.setattr(compared, "_PATCHES", 5)
    monkeypatch.setattr(compared, "point_sets", lambda: [("sphere", 2, manifolds.sphere(80, 2, 1))])
    path = tmp_path / "agreement.csv"
    old = compared.Agreement("dadapy", "0", "TwoNN", "sphere", 2, 80, 2.0, 2.5)
    pd.DataFrame([old]).to_csv(path, index=False)
    frame = stage._compared(path)
    ours = frame[frame.library == "scikit-dimension"]
    assert len(ours) == 12
    np.testing.assert_allclose(ours.ours, ours.theirs, rtol=1e-6)
    assert set(pd.read_csv(path).library) == {"scikit-dimension", "dadapy"}
    empty = pd.DataFrame(columns=["n_structures"])
    assert "| dadapy 0" in calibration_text(empty, frame)
    assert "2e-01" in calibration_text(empty, frame)
