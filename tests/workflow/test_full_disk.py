"""A disk that fills up: a message, nothing half-written, a rerun that completes; every stage, several sizes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crystalspan import cli
from crystalspan.stages import STAGES

# Stages that write a line or a text, and kinds of figures that are drawn and written as two others are.
LEFT_OUT = {"compile", "dof", "summary", "opening", "table run-times"}
TRIED = [name for name in STAGES if name not in LEFT_OUT and not name.startswith("figure ")]
TRIED += ["figure landscape", "figure molecule"]
DRIVER = Path(__file__).with_name("full_disk.py")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory, molecules_folder):
    """What became of each stage on small file systems, mounted where nobody else sees them."""
    namespace = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    folder = tmp_path_factory.mktemp("disk")
    probe = [*namespace, "mount", "-t", "tmpfs", "tmpfs", str(folder)]
    try:
        subprocess.run(probe, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system can be mounted here ({error})")
    done = subprocess.run(
        [*namespace, sys.executable, str(DRIVER), str(folder), str(molecules_folder / "anti-BDT.json")],
        capture_output=True,
        text=True,
        check=True,
    )
    return {found["stage"]: found for found in map(json.loads, done.stdout.splitlines())}


def test_every_stage_that_writes_files_is_tried(outcomes):
    assert set(outcomes) == set(TRIED)
    assert sum(run["size"] < one["used"] for one in outcomes.values() for run in one["runs"]) >= 30


@pytest.mark.parametrize("stage", TRIED)
def test_a_full_disk_is_a_message_and_leaves_nothing_half_written(outcomes, stage):
    found = outcomes[stage]
    assert found["status"] == 0, found["log"]
    for run in found["runs"]:
        # What is left is whole, and of several files those that came first.
        assert run["left"].items() <= found["whole"].items()
        assert (run["again"], run["then"]) == (0, found["whole"])
        if run["size"] >= found["used"]:
            continue
        assert run["status"] == cli.EXIT_FAILED, run["log"]
        assert run["left"] != found["whole"]
        assert f"crystalspan {stage.split()[0]}: " in run["log"]
        assert "Traceback" not in run["log"]
        assert "space" in run["log"] or "full" in run["log"]
