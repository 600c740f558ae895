"""The workflow on a real SLURM: the study, MPI over ranks and nodes, and what happens when something breaks."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from miniature import Miniature, datasets, new_study, results_of

SAMPLE = "results/anti-BDT/2/sample.db"
ONE_GROUP = "results/anti-BDT/4/0-60/spectra.h5"


def _crystals(folder):
    with sqlite3.connect(folder / SAMPLE) as database:
        return list(database.iterdump())


def _srun(cluster, *arguments, seconds=120):
    """Run a program under srun as a job would, and return the finished process."""
    environment = {**cluster.environment, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    return subprocess.run(
        ["srun", "--time=5", "--mem-per-cpu=800", "--kill-on-bad-exit=1", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def _featurize(cluster, study, output, ranks, *options):
    command = [sys.executable, "-m", "crystalspan", "featurize", study.folder / "results/anti-BDT/landscape.h5"]
    command += ["--space-group", "4", "--shell", "0-15", "--settings", '{"preset": "ani-1x"}']
    return _srun(cluster, "-n", ranks, *options, *command, "--ranks", ranks, "--output", output)


def _running_step(cluster):
    """Return the number of the job whose MPI ranks run, or nothing."""
    steps = cluster.run("squeue", "-h", "--steps", "-o", "%i", check=False).split()
    return next((step.split(".")[0] for step in steps if step.endswith(".0")), "")


def _rules_run(run):
    """Return the names of the rules of all jobs that were run, sorted."""
    words = [line.split() for line in run.output.splitlines()]
    return sorted(line[1].rstrip(":") for line in words if line[:1] == ["rule"] and len(line) == 2)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory):
    """The crystals of one space group, sampled on this machine alone."""
    study = new_study(tmp_path_factory.mktemp("sampled") / "study")
    study.snakemake("--", SAMPLE)
    return _crystals(study.folder)


def test_the_study_is_the_same_on_a_cluster(submit, miniature, finished):
    run = submit(miniature)
    assert run.wait(900) == 0, run.output
    assert results_of(miniature.folder) == results_of(finished.folder)


def test_a_campaign_is_the_same_and_makes_few_jobs_and_files(submit, copy_of_finished, finished):
    study = copy_of_finished
    before = results_of(study.folder)
    for molecule in ("anti-BDT", "from-csp"):
        for name in ("landscape.h5", "2", "4", "61", "all", "figures"):
            path = study.folder / "results" / molecule / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    study.config("fan_out: molecule\n")
    run = submit(study, "--rerun-triggers", "mtime", name="slurm-campaign")
    assert run.wait(600) == 0, run.output
    after = results_of(study.folder)
    for name in before:
        if "/tables/" in name or name.split("/")[2] == "landscape.h5":
            assert after[name] == before[name], name
    assert run.output.count("has been submitted with SLURM jobid") == 4  # two molecules, the tables, the comparison
    files = [path for path in (study.folder / "results/from-csp").rglob("*") if path.is_file()]
    assert len(files) < 24


@pytest.mark.parametrize(
    ("ranks", "nodes"), [(1, 1), (2, 1), (3, 1), (4, 1), (2, 2), (4, 2)], ids=lambda value: str(value)
)
def test_descriptors_do_not_depend_on_ranks_and_nodes(cluster, finished, tmp_path, ranks, nodes):
    options = ["--mpi=pmi2", f"--nodes={nodes}", f"--ntasks-per-node={ranks // nodes}"]
    done = _featurize(cluster, finished, tmp_path / "descriptors.h5", ranks, *options)
    assert done.returncode == 0, done.stderr
    expected = finished.folder / "results/anti-BDT/4/0-15/descriptors.h5"
    assert datasets(tmp_path / "descriptors.h5") == datasets(expected)


def test_a_wrong_launcher_stops_before_anything_is_written(cluster, finished, tmp_path):
    done = _featurize(cluster, finished, tmp_path / "descriptors.h5", 2, "--mpi=none")
    assert done.returncode != 0
    assert "2 MPI ranks were expected, but this process sees 1" in done.stderr
    assert "--mpi=pmi2 for MPICH" in done.stderr
    assert not list(tmp_path.iterdir())


def test_an_exception_on_one_rank_ends_all_of_them(cluster):
    program = (
        "from crystalspan.parallel import world\n"
        "ranks = world(2)\n"
        "if ranks.rank == 1: raise ValueError('rank 1 is unwell')\n"
        "ranks.barrier()\n"
    )
    done = _srun(cluster, "--mpi=pmi2", "-n", "2", sys.executable, "-c", program, seconds=60)
    assert done.returncode != 0
    assert "rank 1 is unwell" in done.stderr


def test_a_cancelled_job_is_submitted_again(cluster, submit, compiled, sampled):
    run = submit(compiled, "--", SAMPLE)
    run.wait_for(lambda: _running_step(cluster))
    cluster.run("scancel", _running_step(cluster))
    assert run.wait() == 0, run.output
    assert "SLURM status is: 'CANCELLED'" in run.output
    assert "Trying to restart job" in run.output
    assert _crystals(compiled.folder) == sampled


def test_a_job_over_its_memory_gets_more_at_the_next_attempt(submit, compiled, sampled):
    more = ("    tasks: 2\n    mem_mb: 2000 * attempt", "    tasks: 2\n    mem_mb: 300 + 2000 * (attempt - 1)")
    run = submit(compiled, "--", SAMPLE, replaced=[more])
    assert run.wait() == 0, run.output
    assert "SLURM status is: 'FAILED'" in run.output
    assert "Trying to restart job" in run.output
    assert _crystals(compiled.folder) == sampled


def test_a_job_over_its_time_gets_more_at_the_next_attempt(submit, once, compiled, sampled):
    slow = once("sleep 600")
    run = submit(compiled, "--", SAMPLE, launcher=slow, replaced=[("runtime: 240 * attempt", "runtime: 1 * attempt")])
    assert run.wait(400) == 0, run.output
    assert "SLURM status is: 'TIMEOUT'" in run.output
    assert "Trying to restart job" in run.output
    assert _crystals(compiled.folder) == sampled


def test_a_job_that_fails_once_is_submitted_again(submit, once, compiled, sampled):
    run = submit(compiled, "--", SAMPLE, launcher=once("exit 7"))
    assert run.wait() == 0, run.output
    assert "Trying to restart job" in run.output
    assert _crystals(compiled.folder) == sampled


def test_a_node_daemon_that_dies_and_comes_back(cluster, submit, compiled, sampled):
    run = submit(compiled, "--", SAMPLE)
    run.wait_for(lambda: _running_step(cluster))
    names = cluster.run("squeue", "-h", "-o", "%N", "--states=RUNNING").split()
    cluster.kill(names[0])
    cluster.start_node(names[0])
    assert run.wait() == 0, run.output
    assert _crystals(compiled.folder) == sampled


def test_the_controller_is_away_for_a_while(cluster, submit, compiled, sampled):
    run = submit(compiled, "--", SAMPLE)
    run.wait_for(lambda: _running_step(cluster))
    cluster.kill("controller", signal.SIGTERM)
    time.sleep(45)
    cluster.start_controller()
    assert run.wait(500) == 0, run.output
    assert _crystals(compiled.folder) == sampled


def test_control_c_cancels_all_jobs_and_the_next_run_completes_the_study(cluster, submit, compiled, sampled):
    run = submit(compiled, "--", SAMPLE)
    run.wait_for(lambda: _running_step(cluster))
    os.kill(run.process.pid, signal.SIGINT)
    assert run.wait(60) != 0
    assert not cluster.jobs("PENDING,RUNNING"), run.output
    again = submit(compiled, "--", SAMPLE)
    assert again.wait() == 0, again.output
    assert _crystals(compiled.folder) == sampled


def test_snakemake_killed_while_jobs_run(cluster, submit, compiled, sampled):
    run = submit(compiled, "--", SAMPLE)
    run.wait_for(lambda: _running_step(cluster))
    run.end(signal.SIGKILL)
    cluster.run("scancel", "--user=root", check=False)
    assert "cannot be locked" in submit_and_fail(submit, compiled)
    compiled.snakemake("--unlock")
    again = submit(compiled, "--", SAMPLE)
    assert again.wait() == 0, again.output
    assert _crystals(compiled.folder) == sampled


def submit_and_fail(submit, study) -> str:
    run = submit(study, "--", SAMPLE)
    assert run.wait(60) != 0
    return run.output


def test_a_full_disk_fails_with_its_reason_and_the_next_run_completes(cluster, submit, sampled, tmp_path):
    disk = tmp_path / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], check=True)
    try:
        study = new_study(disk / "study")
        run = submit(study, "--retries", "0", "--", SAMPLE)
        run.wait_for(lambda: _running_step(cluster) and (study.folder / "results/kernels.json").exists())
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(disk).free))
        assert run.wait() != 0
        assert "No space left" in (study.folder / "logs/anti-BDT/2/sample.log").read_text() + run.output
        assert not (study.folder / SAMPLE).exists()
        ballast.unlink()
        again = submit(study, "--", SAMPLE)
        assert again.wait() == 0, again.output
        assert _crystals(study.folder) == sampled
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_one_space_group_is_redone_and_nothing_else(submit, copy_of_finished):
    study = copy_of_finished
    before = results_of(study.folder)
    run = submit(study, "--forcerun", "featurize", "--", ONE_GROUP)
    assert run.wait() == 0, run.output
    assert _rules_run(run) == ["featurize", "featurize", "pca"]
    assert results_of(study.folder) == before


def test_one_space_group_is_described_again_when_its_input_has_changed(submit, copy_of_finished):
    study = copy_of_finished
    study.drop_a_structure()
    reading = submit(study, "--", "results/from-csp/landscape.h5")
    assert reading.wait() == 0, reading.output
    run = submit(study, "--", "results/from-csp/4/0-60/spectra.h5", "results/from-csp/2/0-60/spectra.h5")
    assert run.wait() == 0, run.output
    assert _rules_run(run) == ["featurize", "featurize", "pca"]


def test_a_dry_run_of_a_study_on_the_cluster_is_empty_when_it_is_finished(finished):
    assert Miniature(finished.folder).planned() == {}
