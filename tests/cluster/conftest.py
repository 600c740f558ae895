"""The miniature study of tests/workflow, on a SLURM of its own."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from virtual_cluster import VirtualCluster, missing

_spec = importlib.util.spec_from_file_location(
    "miniature_study", Path(__file__).parent.parent / "workflow" / "conftest.py"
)
_study = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _study
_spec.loader.exec_module(_study)
miniature = _study.miniature
finished = _study.finished
copy_of_finished = _study.copy_of_finished


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A SLURM of two nodes; the profile keeps every job within one of them."""
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
    """Snakemake with the cluster profile in a study's folder, running beside the test."""

    def __init__(self, cluster, study, profile, *targets):
        self.output_file = study.folder / "snakemake.out"
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(_study.REPOSITORY / "Snakefile")]
        command += ["--directory", str(study.folder), "--profile", str(profile), "--", *targets]
        with open(self.output_file, "wb") as out:
            self.process = subprocess.Popen(
                command, env=cluster.environment, stdout=out, stderr=out, start_new_session=True
            )

    def wait(self, seconds=300) -> int:
        """Return the exit status."""
        try:
            return self.process.wait(seconds)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def wait_for(self, condition, seconds=180):
        """Wait until something is true, as long as Snakemake runs."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.2)

    @property
    def output(self) -> str:
        """What the user sees."""
        return self.output_file.read_text()


@pytest.fixture
def submit(cluster, repository, tmp_path):
    """Submit a study with `profiles/slurm`, of which only what a site must set is changed."""
    started = []

    def submit_(study, *targets, name="slurm", **sample):
        profile = yaml.safe_load((repository / "profiles" / name / "config.yaml").read_text())
        profile["slurm-init-seconds-before-status-checks"] = 3
        profile["resources"]["mem_mb"] = 4000
        for rule, resources in profile["set-resources"].items():
            if "tasks" in resources and "mpi" in resources:
                resources["tasks"] = 2
            if rule == "sample":
                resources.update(sample)
        folder = tmp_path / f"profile-{len(started)}"
        folder.mkdir()
        (folder / "config.yaml").write_text(yaml.safe_dump(profile))
        started.append(Submission(cluster, study, folder, *targets))
        return started[-1]

    yield submit_
    for submission in started:
        if submission.process.poll() is None:
            os.killpg(submission.process.pid, signal.SIGKILL)
            submission.process.wait()
    cluster.run("scancel", "--user=root", check=False)
