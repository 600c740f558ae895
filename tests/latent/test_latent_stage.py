"""The stage latent, from files to files: clouds, held-out minima, latent coordinates, and what is made of them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crystalspan import cli
from crystalspan.freedom.space_groups import degrees_of_freedom
from crystalspan.landscape.file import write_landscape
from crystalspan.latent.basins import COUNTED, NONE, NOT_COUNTED, WEAK, Basin, BasinRecord
from crystalspan.latent.bottleneck import LINEAR, OK, Curve, Knee
from crystalspan.latent.codes import encoded, structure_codes
from crystalspan.latent.figure import draw_bottleneck, draw_unseen
from crystalspan.latent.file import read_codes, read_latent
from crystalspan.latent.frames import frame_of
from crystalspan.latent.training import TrainingSettings
from crystalspan.latent.unseen import UnseenSettings, scaler, unseen_curves
from crystalspan.latent.words import latent_lines
from crystalspan.points.cloud import prepared_points
from crystalspan.points.settings import Preparation
from miniature import datasets
from random_crystals import random_landscape

MPIEXEC = Path(sys.executable).parent / "mpiexec"
SETTINGS = {
    "descriptor": {"preset": "ani-1x"},
    "latent": {
        "space_groups": [14, "all"],
        "widths": [2, 5],
        "training": {"hidden": 64, "epochs": 30, "batch": 50},
        "basins": {"crystals": 700, "size": 0.05, "narrower": 2, "wider": 2},
        "landscape": {"methods": ["pca", "autoencoder"], "widths": [2, 5], "displaced": 60, "clusters": 12},
    },
}
TRAINING = TrainingSettings(hidden=(24, 12), epochs=20, batch=20)


def stage(*words, launcher=(), check=True):
    command = [*launcher, sys.executable, "-m", "crystalspan", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=dict(os.environ))
    assert not check or done.returncode == 0, done.stderr
    return done


def latent(folder, output, *more, **options):
    words = ["--landscape", folder / "landscape.h5", "--window", "0-10000", "--settings", json.dumps(SETTINGS)]
    return stage("latent", folder / "descriptors.h5", *words, "-o", folder / output, *more, **options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("latent")
    write_landscape(folder / "landscape.h5", random_landscape([14, 19], 32, n_atoms=5, volume_per_atom=9.0))
    stage("featurize", folder / "landscape.h5", "--settings", json.dumps(SETTINGS), "-o", folder / "descriptors.h5")
    latent(folder, "latent.h5")
    return folder


@pytest.fixture(scope="module")
def found(folder):
    (found,) = read_latent([folder / "latent.h5"])
    return found


def test_the_bottleneck_counts_the_degrees_of_freedom_of_a_crystal_of_each_group(found):
    assert [one.record.space_group for one in found.basins] == [14, 19]
    for one in found.basins:
        assert one.record.degrees_of_freedom == degrees_of_freedom(one.record.space_group).total == one.record.rank
        assert one.record.crystals == 700
        assert one.verdict == COUNTED, one
        assert one.curves["normal twin"].knee.flag != OK


def test_every_set_is_learnt_from_what_was_asked_for(found):
    assert [(one.space_group, one.training_set, one.minima, one.added) for one in found.unseen] == [
        ("14", "minima", 32, 0),
        ("14", "displaced", 32, 60),
        ("all", "minima", 64, 0),
        ("all", "displaced", 64, 60),
    ]
    for one in found.unseen:
        assert set(one.curves) == {"pca", "autoencoder"}
        assert all(curve.unexplained.shape == (2, 2) for curve in one.curves.values())
        assert 0 < one.held < one.minima / 2


def test_codes_are_read_by_themselves(folder, found):
    coded = read_codes([folder / "latent.h5"])
    assert [(one.space_group, len(one.id)) for one in coded] == [("14", 32), ("all", 64)]
    assert [(made.method, made.width) for made in coded[1].codes] == [
        (method, width) for width in (2, 5) for method in ("pca", "autoencoder", "nested")
    ]
    assert sorted(coded[0].id) == sorted(one for one in coded[1].id if one in set(coded[0].id))


@pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec in this environment")
def test_two_ranks_write_the_same_bits(folder):
    latent(folder, "two.h5", "--ranks", "2", launcher=[str(MPIEXEC), "-n", "2"])
    assert datasets(folder / "two.h5") == datasets(folder / "latent.h5")


def test_tables_figures_and_words_say_what_the_file_holds(folder, found):
    stage("table", "latent", folder / "latent.h5", "-o", folder / "tables")
    table = pd.read_csv(folder / "tables/bottleneck.csv")
    assert table.verdict.tolist() == ["counted", "counted"]
    assert table.knee.tolist() == table.degrees_of_freedom.tolist() == [10, 9]
    assert (table["at"] < 0.5 * table.below).all()
    curves = pd.read_csv(folder / "tables/bottleneck_curves.csv", dtype={"space_group": str})
    assert len(curves) == 2 * 3 * 5 + 4 * 2 * 2
    one = found.unseen[0].curves["pca"]
    row = curves[(curves.space_group == "14") & (curves.trained_on == "minima") & (curves.method == "pca")]
    np.testing.assert_allclose(row.unexplained, np.exp(np.log(one.unexplained).mean(axis=0)), rtol=1e-5)
    assert (pd.read_csv(folder / "tables/latent_landscape.csv")["k=5"] > 0.1).all()
    assert len(pd.read_csv(folder / "tables/latent_coordinates.csv")) == 12
    assert len(draw_bottleneck(found).axes) == 2
    assert len(draw_unseen(found).axes) == 4
    text = "\n".join(latent_lines([found]))
    assert "around 2 of 2 single crystals" in text
    assert "no chart of the whole landscape" in text
    assert "no discovery" in text or "not a discovery" in text


def test_descriptors_of_other_structures_are_refused(folder, tmp_path):
    write_landscape(tmp_path / "landscape.h5", random_landscape([14, 19], 33, n_atoms=5, volume_per_atom=9.0))
    words = ["--landscape", tmp_path / "landscape.h5", "--window", "0-10000", "--settings", json.dumps(SETTINGS)]
    done = stage("latent", folder / "descriptors.h5", *words, "-o", tmp_path / "latent.h5", check=False)
    assert done.returncode == 2
    assert "other structures than the landscape" in done.stderr
    assert not (tmp_path / "latent.h5").exists()


def test_another_file_is_refused(folder, capsys):
    with pytest.raises(SystemExit):
        cli.main(["table", "latent", str(folder / "landscape.h5"), "-o", str(folder / "t")])
    assert "landscape.h5" in capsys.readouterr().err


def knee_basin(width, flag, twin=LINEAR, floored=0):
    curves = {
        name: Curve(name, np.arange(8, 13), np.ones((1, 5)), Knee(width, 1.0, 0.1, one))
        for name, one in (("autoencoder", flag), ("pca", OK), ("normal twin", twin))
    }
    return Basin(BasinRecord("x", 14, 0.0, 10, 10, floored, 100, 0.1, ""), curves)


def test_verdicts_need_a_knee_in_place_and_none_of_the_twin():
    assert knee_basin(10, OK).verdict == COUNTED
    assert knee_basin(9, OK).verdict == "miscounted"
    assert knee_basin(10, LINEAR).verdict == NOT_COUNTED
    assert knee_basin(10, OK, twin=OK).verdict == NOT_COUNTED
    assert knee_basin(9, OK, floored=1).verdict == WEAK
    assert Basin(BasinRecord("x", 14, 0.0, 0, 0, 0, 0, 0.1, "no symmetry"), {}).verdict == NONE


def test_crystals_around_held_out_minima_are_not_trained_on():
    rng = np.random.default_rng(0)
    # Clusters each of which varies in a direction of its own: one that was seen is explained.
    points = np.concatenate(
        [20 * rng.standard_normal(40) + rng.standard_normal((8, 1)) * rng.standard_normal(40) for _ in range(12)]
    )
    settings = UnseenSettings(("pca",), (4, 8), 0.25, 12, 1, 0.1, 40, (0, 1), 0.01)
    alone, held = unseen_curves(points, None, settings, TRAINING)
    # Copies of all of them: those of training minima change no principal component.
    with_copies, _ = unseen_curves(points, (points.copy(), np.arange(96)), settings, TRAINING)
    assert held == 24
    np.testing.assert_allclose(with_copies["pca"].unexplained, alone["pca"].unexplained, rtol=1e-6)
    leaked, _ = unseen_curves(points, (points.copy(), np.roll(np.arange(96), 48)), settings, TRAINING)
    assert (leaked["pca"].mean < 0.9 * alone["pca"].mean).all()


def test_points_that_are_added_are_scaled_like_the_structures():
    rng = np.random.default_rng(1)
    raw = rng.standard_normal((20, 6)) * [1, 10, 0.1, 0, 3, 5] + [0, 1, 2, 3, 4, 5]
    scaled = prepared_points(raw, Preparation("zscore", "concatenate", "input", 256.0))
    np.testing.assert_allclose(scaler(raw, "zscore")(raw), scaled, rtol=1e-12)
    np.testing.assert_array_equal(scaler(raw, "none")(raw), raw)


@pytest.mark.parametrize("kind", ["autoencoder", "nested"])
def test_codes_of_flat_points_are_as_far_apart_as_the_points(kind):
    rng = np.random.default_rng(2)
    points = rng.standard_normal((80, 3)) * [3, 2, 1] @ np.linalg.qr(rng.standard_normal((12, 3)))[0].T
    frame = frame_of(points, 20)
    codes = encoded(frame.coordinates(points), kind, 3, TRAINING, 0) * frame.scale
    away = np.linalg.norm(codes[:, None] - codes, axis=-1)
    truth = np.linalg.norm(points[:, None] - points, axis=-1)
    np.testing.assert_allclose(away, truth, atol=0.05 * truth.max())


def test_leading_ordered_coordinates_are_those_of_the_wider_code():
    rng = np.random.default_rng(3)
    points = rng.standard_normal((60, 10)) * np.arange(10, 0, -1)
    found = {(one.method, one.width): one.coordinates for one in structure_codes(points, [2, 4], 20, 5, TRAINING, 0)}
    np.testing.assert_array_equal(found["nested", 2], found["nested", 4][:, :2])
    assert structure_codes(points, [99], 20, 5, TRAINING, 0) == []
