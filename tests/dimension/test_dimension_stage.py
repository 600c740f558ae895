"""The stages dimension and jacobian, from files to files, and what is made of them."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crystalspan.dimension.file import read_dimensions, read_measured
from crystalspan.errors import InputError
from crystalspan.jacobian.file import read_local_dimensions
from crystalspan.landscape.file import write_landscape
from random_crystals import random_landscape

pytestmark = pytest.mark.slow

QUICK = json.dumps(
    {
        "dimension": {
            "error_bars": {"subsets": 3},
            "rarefaction": {"sizes": 2, "subsets": 2},
            "controls": {"structures": 12},
            "smallest_sample": 10,
        }
    }
)
DESCRIPTOR = json.dumps({"descriptor": {"preset": "ani-1x"}})
MPIEXEC = Path(sys.executable).parent / "mpiexec"
TWO_RANKS = [str(MPIEXEC), "-n", "2"]
GROUPS = ["14", "19", "all"]


def stage(*words, launcher=(), check=True):
    command = [*launcher, sys.executable, "-m", "crystalspan", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=dict(os.environ))
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stage")
    crystals = random_landscape([14, 19], 12, n_atoms=5, volume_per_atom=9.0)
    freedom = np.where(crystals.space_group == 14, 10, 9).astype(np.int16)
    crystals = dataclasses.replace(crystals, degrees_of_freedom=freedom)
    write_landscape(folder / "landscape.h5", crystals)
    stage("featurize", folder / "landscape.h5", "--settings", DESCRIPTOR, "-o", folder / "descriptors.h5")
    _dimension(folder, "dimension.h5")
    words = ["--settings", DESCRIPTOR, "--structures", 3, "-o", folder / "jacobian.h5"]
    stage("jacobian", folder / "landscape.h5", *words)
    return folder, crystals


def _dimension(folder, output, *more, launcher=(), check=True):
    edge = 1e4
    words = ["--landscape", folder / "landscape.h5", "--window", f"0-{edge:g}", "--space-group", *GROUPS]
    words += ["--settings", QUICK, "-o", folder / output, *more]
    return stage("dimension", folder / "descriptors.h5", *words, launcher=launcher, check=check)


def test_every_population_is_measured_with_its_controls(files):
    folder, crystals = files
    found = {one.space_group: one for one in read_dimensions([folder / "dimension.h5"])}
    assert list(found) == GROUPS
    assert {label: one.analysis.n_structures for label, one in found.items()} == {"14": 12, "19": 12, "all": 24}
    for one in found.values():
        assert [control.name for control in one.controls] == ["gaussian", "shuffled", "cloud", "random"]
        assert all(control.analysis or control.reason for control in one.controls)
    assert sorted(found["all"].id) == sorted(crystals.id)


@pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec in this environment")
def test_two_ranks_write_the_same_file(files):
    folder, _ = files
    _dimension(folder, "two.h5", "--ranks", "2", launcher=TWO_RANKS)
    one, two = (read_dimensions([folder / name]) for name in ("dimension.h5", "two.h5"))
    for first, second in zip(one, two, strict=True):
        pd.testing.assert_frame_equal(
            pd.DataFrame(first.analysis.estimates), pd.DataFrame(second.analysis.estimates), check_exact=True
        )
        assert [control.name for control in first.controls] == [control.name for control in second.controls]
    words = ["--settings", DESCRIPTOR, "--structures", 3, "--ranks", "2", "-o", folder / "two-jacobian.h5"]
    stage("jacobian", folder / "landscape.h5", *words, launcher=TWO_RANKS)
    first, second = (read_local_dimensions(folder / name) for name in ("jacobian.h5", "two-jacobian.h5"))
    for one, two in zip(first.structures, second.structures, strict=True):
        assert (one.id, one.rank, one.flag) == (two.id, two.rank, two.flag)
        assert np.array_equal(one.singular_values, two.singular_values)


def test_jacobians_are_of_evenly_spaced_crystals_of_each_group(files):
    folder, crystals = files
    found = read_local_dimensions(folder / "jacobian.h5")
    assert np.unique(found.space_group, return_counts=True)[1].tolist() == [3, 3]
    for group in (14, 19):
        mine = crystals.id[crystals.space_group == group]
        chosen = [one.id for one, g in zip(found.structures, found.space_group, strict=True) if g == group]
        assert chosen[0] == mine[0]
        assert chosen[-1] == mine[-1]
    assert {(int(g), one.degrees_of_freedom) for one, g in zip(found.structures, found.space_group, strict=True)} == {
        (14, 10),
        (19, 9),
    }


def test_tables_hold_every_estimate_and_every_crystal(files):
    folder, crystals = files
    measured = [folder / name for name in ("dimension.h5", "jacobian.h5", "landscape.h5")]
    stage("table", "dimension", *measured, "-o", folder / "tables")
    populations, local = read_measured([folder / "jacobian.h5", folder / "dimension.h5"])
    long = pd.read_csv(folder / "tables" / "dimension.csv")
    expected = sum(len(one.analysis.estimates) for one in populations)
    expected += sum(len(c.analysis.estimates) for one in populations for c in one.controls if c.analysis)
    assert len(long) == expected
    assert set(long.source) == {"landscape", "gaussian", "shuffled", "cloud", "random"}
    assert long[~long.valid].reason.notna().all()
    crystal = pd.read_csv(folder / "tables" / "local_dimension.csv")
    assert sorted(crystal.id) == sorted(crystals.id)
    assert crystal.jacobian_rank.notna().sum() == 6 == sum(len(one.structures) for one in local)
    overview = pd.read_csv(folder / "tables" / "dimension_overview.csv")
    assert overview.N.tolist() == [12, 12, 24]
    assert overview.degrees_of_freedom.tolist()[:2] == [10, 9]
    assert (folder / "tables" / "dimension_overview.tex").exists()


def test_figures_are_drawn(files):
    folder, _ = files
    names = ["dimension.svg", "dimension_scale.svg"]
    words = [
        folder / "dimension.h5",
        folder / "jacobian.h5",
        "--output",
        *(folder / "figures" / name for name in names),
    ]
    stage("figure", "dimension", *words)
    assert sorted(path.name for path in (folder / "figures").iterdir()) == names


def test_descriptors_of_another_landscape_are_refused(files, tmp_path):
    folder, crystals = files
    write_landscape(tmp_path / "landscape.h5", crystals.subset(np.arange(1, len(crystals))))
    words = ["--landscape", tmp_path / "landscape.h5", "--window", "0-10000", "--settings", QUICK]
    done = stage("dimension", folder / "descriptors.h5", *words, "-o", tmp_path / "out.h5", check=False)
    assert done.returncode == 2
    assert "other structures than the landscape" in done.stderr
    assert not (tmp_path / "out.h5").exists()


def test_other_files_are_refused_by_name(files, tmp_path):
    folder, _ = files
    for reader in (read_dimensions, read_measured):
        with pytest.raises(InputError, match="landscape.h5"):
            reader([folder / "landscape.h5"])
    with pytest.raises(InputError, match="run jacobian first"):
        read_local_dimensions(tmp_path / "nothing.h5")
