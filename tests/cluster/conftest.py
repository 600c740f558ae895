"""The miniature study on a SLURM of its own, and ways to break what runs there."""

import os
import signal
import subprocess
import sys
import time

import pytest
from virtual_cluster import VirtualCluster, missing

from miniature import REPOSITORY

LAUNCHER = "srun --mpi=pmi2 --kill-on-bad-exit=1"  # of the profiles

# Snakemake, but SLURM is asked every two seconds; for its users' sake, the executor asks at intervals that grow by ten.
_IMPATIENT_SNAKEMAKE = """\
import sys
from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor
Executor.next_seconds_between_status_checks = property(lambda self: 2, lambda self, seconds: None)
sys.exit(main())
"""


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A SLURM of two nodes; the profiles keep every job within one of them."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    slurm = VirtualCluster(tmp_path_factory.mktemp("cluster") / "slurm", nodes=2)
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()


class Submission:
    """Snakemake with a cluster profile in a study's folder, running beside the test."""

    def __init__(self, cluster, study, profile, *arguments):
        self.output_file = study.folder / "snakemake.out"
        command = [sys.executable, "-c", _IMPATIENT_SNAKEMAKE, "--snakefile", str(REPOSITORY / "Snakefile")]
        command += ["--directory", str(study.folder), "--profile", str(profile), *map(str, arguments)]
        with open(self.output_file, "wb") as out:
            self.process = subprocess.Popen(
                command,
                env=cluster.environment,
                stdout=out,
                stderr=out,
                start_new_session=True,
                # Tests that run in the background of a shell ignore Ctrl-C, and what they start would too.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def wait(self, seconds=900) -> int:
        """Return the exit status."""
        try:
            return self.process.wait(seconds)
        finally:
            self.end(signal.SIGKILL)

    def wait_for(self, condition, seconds=300):
        """Wait until something is true, as long as Snakemake runs, and return it."""
        deadline = time.monotonic() + seconds
        while not (outcome := condition()):
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.2)
        return outcome

    def end(self, kind):
        """Send a signal to Snakemake and all that it started, if it still runs; SIGKILL is waited for."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, kind)
            if kind == signal.SIGKILL:
                self.process.wait()

    @property
    def output(self) -> str:
        """What the user sees."""
        return self.output_file.read_text()


def _as_a_site_edits_it(text: str, launcher: str) -> str:
    """Fill in the lines of a profile that are marked SITE."""
    edited = text.replace("# SITE: slurm_partition", "slurm_partition")
    edited = edited.replace("# SITE: slurm_account: \"'your-account'\"", "slurm_account: \"'test'\"")
    edited = edited.replace("tasks: 8", "tasks: 2").replace("mem_mb: 6000 * attempt", "mem_mb: 2000 * attempt")
    return edited.replace("mem_mb: 32000", "mem_mb: 4000").replace(LAUNCHER, launcher)


@pytest.fixture
def submit(cluster, tmp_path):
    """Submit a study with one of the profiles, of which only what a site must set is changed.

    `replaced` are further texts of the profile and what takes their place.
    """
    started = []

    def submit_(study, *arguments, name="slurm", launcher=LAUNCHER, replaced=()):
        text = _as_a_site_edits_it((REPOSITORY / "profiles" / name / "config.yaml").read_text(), launcher)
        for old, new in replaced:
            assert old in text, old
            text = text.replace(old, new)
        folder = tmp_path / f"profile-{len(started)}"
        folder.mkdir()
        (folder / "config.yaml").write_text(text)
        started.append(Submission(cluster, study, folder, *arguments))
        return started[-1]

    yield submit_
    for submission in started:
        submission.end(signal.SIGKILL)
    cluster.run("scancel", "--user=root", check=False)
    cluster.wait_for_no_jobs()


@pytest.fixture
def misbehaving(tmp_path):
    """Make a launcher that first does something else: commands for each space group, one at each attempt.

    So ``{61: ["exit 7", "sleep 600"]}`` lets the job of space group 61 fail, then hang, then do its work.
    """

    def misbehaving_(commands: dict[int, list[str]]) -> str:
        lines = ["#!/bin/sh"]
        for group, attempts in commands.items():
            for i, command in enumerate(attempts):
                done = tmp_path / f"done-{group}-{i}"
                lines += [f'case "$*" in *"--space-group {group} "*)']
                lines += [f"  if [ ! -e {done} ]; then touch {done}; {command}; fi ;;", "esac"]
        script = tmp_path / "launcher"
        script.write_text("\n".join([*lines, 'exec "$@"', ""]))
        script.chmod(0o755)
        return f"{script} {LAUNCHER}"

    return misbehaving_
