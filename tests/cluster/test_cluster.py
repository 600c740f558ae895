"""The workflow on a real SLURM: the study, MPI over ranks and nodes, and what happens when something breaks."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest

from crystalspan.spectra.counted import read_components
from miniature import Miniature, datasets, results_of

SAMPLE = "results/anti-BDT/2/sample.db"
SAMPLES = [f"results/anti-BDT/{group}/sample.db" for group in (2, 4, 61)]
ONE_GROUP = "results/anti-BDT/4/spectra.h5"


def _crystals(folder, sample=SAMPLE):
    with sqlite3.connect(folder / sample) as database:
        return list(database.iterdump())


def _srun(cluster, *arguments, **variables):
    """Run a program under srun as a job would, and return the finished process."""
    return subprocess.run(
        ["srun", "--time=5", "--mem-per-cpu=800", "--kill-on-bad-exit=1", *map(str, arguments)],
        env=cluster.environment | variables,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def _featurize(cluster, study, output, ranks, *options, **variables):
    command = [sys.executable, "-m", "crystalspan", "featurize", study.folder / "results/anti-BDT/landscape.h5"]
    command += ["--space-group", "4", "--shell", "0-15", "--settings", '{"descriptor": {"preset": "ani-1x"}}']
    return _srun(cluster, "-n", ranks, *options, *command, "--ranks", ranks, "--output", output, **variables)


def _running_step(cluster):
    """Return the number of the job whose MPI ranks run, or nothing."""
    steps = cluster.run("squeue", "-h", "--steps", "-o", "%i", check=False).split()
    return next((step.split(".")[0] for step in steps if step.endswith(".0")), "")


def _rules_run(run):
    """Return the names of the rules of all jobs that were run, sorted."""
    words = [line.split() for line in run.output.splitlines()]
    return sorted(line[1].rstrip(":") for line in words if line[:1] == ["rule"] and len(line) == 2)


def test_the_study_is_the_same_on_a_cluster(submit, miniature, finished):
    miniature.config("energy_windows: [15]\nanalyses: [dimension]\n")
    run = submit(miniature)
    assert run.wait() == 0, run.output
    ours, local = results_of(miniature.folder), results_of(finished.folder)
    for file in ("all/spectra.h5/all/0-15", "dimension.h5/all/0-15"):
        assert any(name.startswith(f"results/anti-BDT/{file}") for name in ours)
    for name in ours:
        if "/tables/" not in name and "/components.h5/" not in name:  # they are of all windows
            assert ours[name] == local[name], name
    counts = [read_components([one.folder / "results/anti-BDT/components.h5"]) for one in (miniature, finished)]
    # As texts, for some are NaN.
    assert list(map(repr, counts[0])) == [repr(row) for row in counts[1] if row.window == "0-15"] != []
    assert (miniature.folder / "results/summary.md").exists()


def test_a_campaign_is_the_same_and_makes_few_jobs_and_files(submit, copy_of_finished, finished):
    study = copy_of_finished
    before = results_of(study.folder)
    for molecule in ("anti-BDT", "from-csp"):
        files = ("landscape", "components", "map_quality", "dimension", "jacobian", "maps", "descriptor_scan")
        measured = [f"{name}.h5" for name in files]
        for name in (*measured, "2", "4", "61", "all", "figures"):
            path = study.folder / "results" / molecule / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        (study.folder / "results" / molecule / "comparison.h5").unlink(missing_ok=True)
    study.config("fan_out: molecule\n")
    run = submit(study, "--rerun-triggers", "mtime", name="slurm-campaign")
    assert run.wait() == 0, run.output
    after = results_of(study.folder)
    for name in before:
        if "/tables/" in name or name.split("/")[2] == "landscape.h5":
            assert after[name] == before[name], name
    # Two molecules, three of tables; and the figure of completeness, which only the removal of duplicates would join to
    # the other steps of its molecule: it is not done again here.
    assert run.output.count("has been submitted with SLURM jobid") == 6
    files = [path for path in (study.folder / "results/from-csp").rglob("*") if path.is_file()]
    assert len([path for path in files if path.parent.name != "export"]) <= 39


@pytest.mark.parametrize(
    ("ranks", "nodes"), [(1, 1), (2, 1), (3, 1), (4, 1), (2, 2), (4, 2)], ids=lambda value: str(value)
)
def test_descriptors_do_not_depend_on_ranks_and_nodes(cluster, finished, tmp_path, ranks, nodes):
    options = ["--mpi=pmi2", f"--nodes={nodes}", f"--ntasks-per-node={ranks // nodes}"]
    # Nodes exchange their addresses through pmi2, which cuts off some of UCX's, see docs/cluster.md.
    network = {"MPIR_CVAR_CH4_NETMOD": "ofi", "FI_PROVIDER": "tcp"} if nodes > 1 else {}
    done = _featurize(cluster, finished, tmp_path / "descriptors.h5", ranks, *options, **network)
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
    done = _srun(cluster, "--mpi=pmi2", "-n", "2", sys.executable, "-c", program)
    assert done.returncode != 0
    assert "rank 1 is unwell" in done.stderr


def test_jobs_that_break_are_submitted_again_with_more_memory_and_time(submit, misbehaving, miniature, finished):
    launcher = misbehaving({2: ["sleep 600"], 61: ["exit 7", "scancel $SLURM_JOB_ID; sleep 600"]})
    little = [
        (
            "mem_mb: 2000 * attempt\n    runtime",
            "mem_mb: 2000 * attempt - 1700 * (wildcards.space_group == '4')\n    runtime",
        ),
        ("runtime: 240 * attempt", "runtime: (1 if wildcards.space_group == '2' else 240) * attempt"),
    ]
    run = submit(miniature, "--", *SAMPLES, launcher=launcher, replaced=little)
    assert run.wait() == 0, run.output
    for status, times in {"TIMEOUT": 1, "CANCELLED": 1, "FAILED": 2}.items():
        assert run.output.count(f"SLURM status is: '{status}'") == times, run.output
    assert run.output.count("Trying to restart job") == 4
    for sample in SAMPLES:
        assert _crystals(miniature.folder, sample) == _crystals(finished.folder, sample)


def test_a_node_daemon_that_dies_and_comes_back(cluster, submit, miniature, finished):
    run = submit(miniature, "--", SAMPLE)
    run.wait_for(lambda: _running_step(cluster))
    names = cluster.run("squeue", "-h", "-o", "%N", "--states=RUNNING").split()
    cluster.kill(names[0])
    cluster.start_node(names[0])
    assert run.wait() == 0, run.output
    assert _crystals(miniature.folder) == _crystals(finished.folder)


def test_the_controller_is_away_for_a_while(cluster, submit, miniature, finished):
    run = submit(miniature, "--", SAMPLE)
    run.wait_for(lambda: _running_step(cluster))
    cluster.kill("controller", signal.SIGTERM)
    # The ranks come to their end, and Snakemake gets no answer to its question.
    run.wait_for(lambda: (miniature.folder / SAMPLE).exists() and "Falling back to 'sacct'" in run.output)
    cluster.start_controller()
    cluster.wait_for_no_jobs()
    # Without an answer, and without an accounting database, the executor (2.8.0) never asks again.
    run.end(signal.SIGINT)
    run.wait()
    again = submit(miniature, "--", SAMPLE)
    assert again.wait() == 0, again.output
    assert _crystals(miniature.folder) == _crystals(finished.folder)


def test_control_c_cancels_all_jobs_and_the_next_run_completes_the_study(cluster, submit, miniature, finished):
    run = submit(miniature, "--", SAMPLE)
    job = run.wait_for(lambda: _running_step(cluster))
    os.kill(run.process.pid, signal.SIGINT)
    assert run.wait() != 0
    cluster.wait_for_no_jobs()
    assert cluster.state(job) == "CANCELLED", run.output
    again = submit(miniature, "--", SAMPLE)
    assert again.wait() == 0, again.output
    assert _crystals(miniature.folder) == _crystals(finished.folder)


def test_snakemake_killed_while_jobs_run(cluster, submit, miniature, finished):
    run = submit(miniature, "--", SAMPLE)
    run.wait_for(lambda: _running_step(cluster))
    run.end(signal.SIGKILL)
    cluster.run("scancel", "--user=root", check=False)
    assert "cannot be locked" in submit_and_fail(submit, miniature)
    miniature.snakemake("--unlock")
    again = submit(miniature, "--", SAMPLE)
    assert again.wait() == 0, again.output
    assert _crystals(miniature.folder) == _crystals(finished.folder)


def submit_and_fail(submit, study) -> str:
    run = submit(study, "--", SAMPLE)
    assert run.wait() != 0
    return run.output


def test_a_full_disk_fails_with_its_reason_and_the_next_run_completes(cluster, submit, miniature, finished, tmp_path):
    disk = tmp_path / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], check=True)
    try:
        shutil.copytree(miniature.folder, disk, dirs_exist_ok=True)
        study = Miniature(disk)
        run = submit(study, "--retries", "0", "--", SAMPLE)
        run.wait_for(lambda: _running_step(cluster))
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(disk).free - 32 * 2**10))  # the logs fit, the database does not
        assert run.wait() != 0
        assert "disk is full" in (disk / "logs/anti-BDT/2/sample.log").read_text(), run.output
        assert not (disk / SAMPLE).exists()
        ballast.unlink()
        again = submit(study, "--", SAMPLE)
        assert again.wait() == 0, again.output
        assert _crystals(disk) == _crystals(finished.folder)
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
    run = submit(study, "--", "results/from-csp/4/spectra.h5", "results/from-csp/2/spectra.h5")
    assert run.wait() == 0, run.output
    assert _rules_run(run) == ["featurize", "featurize", "pca"]
