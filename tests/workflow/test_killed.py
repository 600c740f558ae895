"""A job, or all of Snakemake, is killed: it is said, and the same command completes the study."""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from miniature import Miniature, new_study, results_of

SENTENCE = "this job was killed by signal 9"
WAIT = 300


def small(folder) -> Miniature:
    """A study of one molecule and space group whose landscape takes long enough to be killed."""
    study = new_study(folder)
    (study.folder / "config/landscapes.tsv").write_text("molecule\tsource\nfrom-csp\tcsp-output.db\n")
    settings = {"space_groups": [4], "energy_windows": [60], "descriptor": {"preset": "ani-1x"}}
    settings |= {"analyses": [], "figures": {"formats": ["svg"]}}
    (study.folder / "config/config.yaml").write_text(yaml.safe_dump(settings))
    return study


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    study = small(tmp_path_factory.mktemp("undisturbed") / "study")
    study.snakemake()
    return results_of(study.folder)


def started(study, repository, stage: str) -> tuple[subprocess.Popen, int]:
    """Start the documented command, wait until it runs a stage, and return it with the stage's process."""
    log = open(study.folder / "snakemake.txt", "w")  # noqa: SIM115
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(repository / "Snakefile"), "--cores", "2"]
    run = subprocess.Popen(command, cwd=study.folder, start_new_session=True, stdout=log, stderr=subprocess.STDOUT)
    log.close()
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline and run.poll() is None:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
                ours = os.getpgid(int(process.name)) == run.pid
            except OSError:
                continue
            # The stage itself, and not the shell whose command line names it.
            if ours and words[1:4] == [b"-m", b"crystalspan", stage.encode()]:
                return run, int(process.name)
        time.sleep(0.002)
    raise AssertionError(f"{stage} was never seen: " + (study.folder / "snakemake.txt").read_text())


def test_a_killed_job_says_so_and_the_same_command_makes_it_again(tmp_path, repository, undisturbed):
    study = small(tmp_path / "study")
    run, stage = started(study, repository, "landscape")
    os.kill(stage, signal.SIGKILL)
    assert run.wait(WAIT) != 0
    assert SENTENCE in (study.folder / "logs/from-csp/landscape.log").read_text()
    assert SENTENCE in (study.folder / "snakemake.txt").read_text()
    assert not (study.folder / "results/from-csp/landscape.h5").exists()
    study.snakemake()
    assert results_of(study.folder) == undisturbed
    assert SENTENCE not in (study.folder / "logs/from-csp/landscape.log").read_text()


def test_after_a_kill_of_everything_the_study_says_how_to_unlock_it(tmp_path, repository, undisturbed):
    study = small(tmp_path / "it's a study")
    run, _ = started(study, repository, "featurize")
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    script = repository / "workflow/scripts/run_study.sh"
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    options = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
    locked = subprocess.run(["sh", script, study.folder.name, "--cores", "2"], **options)
    assert locked.returncode != 0
    (command,) = (line.strip() for line in locked.stderr.splitlines() if line.rstrip().endswith("--unlock"))
    assert str(study.folder) in shlex.split(command)
    subprocess.run(command, shell=True, check=True, **options)
    # What is documented; nothing more is asked for.
    study.snakemake()
    assert results_of(study.folder) == undisturbed


def test_a_failure_without_a_lock_speaks_of_none(tmp_path, repository):
    study = small(tmp_path / "study")
    (study.folder / "config/csp-output.db").unlink()
    script = repository / "workflow/scripts/run_study.sh"
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", script, str(study.folder), "--cores", "2"], env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "csp-output.db" in done.stderr
    assert "--unlock" not in done.stderr
