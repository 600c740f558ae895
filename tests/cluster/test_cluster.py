"""The workflow on a real SLURM: the study, MPI over ranks and nodes, and what happens when something breaks."""

import os
import signal
import sqlite3
import subprocess
import sys

import h5py
import pytest

SAMPLE = "results/anti-BDT/2/sample.db"


def _arrays(folder):
    """Return every dataset of every HDF5 file, and every table, of a study."""
    found = {}
    for path in sorted((folder / "results").rglob("*.h5")):
        found.update({f"{path.relative_to(folder)}/{name}": value for name, value in _datasets(path).items()})
    for path in sorted((folder / "results/tables").glob("*.csv")):
        if path.stem != "run_times":
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def _datasets(path):
    with h5py.File(path) as file:
        names = []
        file.visit(names.append)
        return {name: repr(file[name][()].tolist()) for name in names if isinstance(file[name], h5py.Dataset)}


def _crystals(folder):
    with sqlite3.connect(folder / SAMPLE) as database:
        return list(database.iterdump())


def _srun(cluster, *arguments, seconds=120):
    """Run a program under srun as a job would, and return the finished process."""
    environment = {**cluster.environment, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    return subprocess.run(
        ["srun", "--time=5", "--mem-per-cpu=800", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def _featurize(cluster, study, output, ranks, *options):
    command = [sys.executable, "-m", "crystalspan", "featurize", study.folder / "results/anti-BDT/landscape.h5"]
    command += ["--space-group", "4", "--shell", "0-15", "--ranks", ranks, "--output", output]
    return _srun(cluster, "-n", ranks, *options, *command)


@pytest.fixture(scope="module")
def sampled(cluster, tmp_path_factory):
    """The crystals of one space group, sampled on this machine alone."""
    path = tmp_path_factory.mktemp("sampled")
    study = sys.modules["miniature_study"]._new_study(path / "study")
    study.snakemake("--", SAMPLE)
    return _crystals(study.folder)


def test_the_study_is_the_same_on_a_cluster(submit, miniature, finished):
    run = submit(miniature)
    assert run.wait(900) == 0, run.output
    assert _arrays(miniature.folder) == _arrays(finished.folder)


@pytest.mark.parametrize(
    ("ranks", "nodes"), [(1, 1), (2, 1), (3, 1), (4, 1), (2, 2), (4, 2)], ids=lambda value: str(value)
)
def test_descriptors_do_not_depend_on_ranks_and_nodes(cluster, finished, tmp_path, ranks, nodes):
    options = ["--mpi=pmi2", f"--nodes={nodes}", f"--ntasks-per-node={ranks // nodes}"]
    done = _featurize(cluster, finished, tmp_path / "descriptors.h5", ranks, *options)
    assert done.returncode == 0, done.stderr
    expected = finished.folder / "results/anti-BDT/4/0-15/descriptors.h5"
    assert _datasets(tmp_path / "descriptors.h5") == _datasets(expected)


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


def _running_step(cluster):
    """Return the number of the job whose MPI ranks run, or nothing."""
    steps = cluster.run("squeue", "-h", "--steps", "-o", "%i", check=False).split()
    return next((step.split(".")[0] for step in steps if step.endswith(".0")), "")


def test_a_cancelled_job_is_submitted_again(cluster, submit, miniature, sampled):
    run = submit(miniature, SAMPLE)
    run.wait_for(lambda: _running_step(cluster))
    cluster.run("scancel", _running_step(cluster))
    assert run.wait() == 0, run.output
    assert "SLURM status is: 'CANCELLED'" in run.output
    assert "Trying to restart job" in run.output
    assert _crystals(miniature.folder) == sampled


def test_a_job_over_its_memory_gets_more_at_the_next_attempt(submit, miniature, sampled):
    run = submit(miniature, SAMPLE, mem_mb="300 + 2000 * (attempt - 1)")
    assert run.wait() == 0, run.output
    assert "SLURM status is: 'FAILED'" in run.output
    assert "Trying to restart job" in run.output
    assert _crystals(miniature.folder) == sampled


def test_a_node_daemon_that_dies_and_comes_back(cluster, submit, miniature, sampled):
    run = submit(miniature, SAMPLE)
    run.wait_for(lambda: _running_step(cluster))
    names = cluster.run("squeue", "-h", "-o", "%N", "--states=RUNNING").split()
    cluster.kill(names[0])
    cluster.start_node(names[0])
    assert run.wait() == 0, run.output
    assert _crystals(miniature.folder) == sampled


def test_control_c_cancels_all_jobs_and_the_next_run_completes_the_study(cluster, submit, miniature, sampled):
    run = submit(miniature, SAMPLE)
    run.wait_for(lambda: _running_step(cluster))
    os.kill(run.process.pid, signal.SIGINT)
    assert run.wait(60) != 0
    assert not cluster.jobs("PENDING,RUNNING"), run.output
    again = submit(miniature, SAMPLE)
    assert again.wait() == 0, again.output
    assert _crystals(miniature.folder) == sampled
