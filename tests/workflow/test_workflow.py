"""The workflow on a miniature study: what runs, what reruns, and what a user sees when something is wrong."""

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pandas as pd
import pytest

from miniature import Miniature, results_of


def test_a_study_runs_from_nothing_to_tables_and_figures(finished):
    results = finished.folder / "results"
    components = pd.read_csv(results / "tables/components.csv", dtype={"space_group": str})
    assert list(components.columns) == [
        "molecule",
        "space_group",
        "window",
        "n_structures",
        "criterion",
        "threshold",
        "components",
        "fewest",
        "most",
    ]
    assert set(components.molecule) == {"anti-BDT", "from-csp"}
    assert set(components.space_group) == {"2", "4", "61", "all"}
    assert set(components.window) == {"0-15", "0-60"}
    assert (results / "figures/symmetry_functions.png").stat().st_size > 10_000
    assert (results / "summary.md").read_text().strip()


def test_the_kernels_are_compiled_before_the_jobs_and_no_file_of_the_study_tells(finished):
    assert "kernels" in (finished.folder / "logs/compile.log").read_text()
    assert not list((finished.folder / "results").rglob("*kernels*"))


def test_every_structure_is_in_the_landscape_or_in_the_list_of_rejected_ones(finished):
    for molecule in ("anti-BDT", "from-csp"):
        folder = finished.folder / "results" / molecule
        with h5py.File(folder / "landscape.h5") as file:
            n_landscape, energies = len(file["id"]), file["relative_energy"][()]
            analysed = file["analysed"][()]
        assert n_landscape > 0
        assert list(pd.read_csv(folder / "rejected.csv").columns) == ["file", "record", "reason", "remedy"]
        n_described = 0
        for path in folder.glob("*/*/descriptors.h5"):
            with h5py.File(path) as file:
                n_described += len(file["id"])
        assert n_described == np.count_nonzero(analysed & (energies <= 60))


def test_a_second_run_does_nothing(finished):
    assert finished.planned() == {}


def test_one_space_group_only(miniature):
    target = "results/anti-BDT/2/spectra.h5"
    miniature.snakemake("--", target)
    assert (miniature.folder / target).exists()
    assert not list(miniature.folder.glob("results/*/61/*/descriptors.h5"))
    assert not list(miniature.folder.glob("results/from-csp"))


def test_one_space_group_is_redone(copy_of_finished):
    study = copy_of_finished
    before = results_of(study.folder)
    target = "results/anti-BDT/4/spectra.h5"
    jobs = study.planned("--forcerun", "featurize", "--", target)
    assert jobs == {"featurize": 2, "pca": 1}
    study.snakemake("--forcerun", "featurize", "--", target)
    assert results_of(study.folder) == before


@pytest.mark.parametrize(
    ("setting", "reruns", "keeps"),
    [
        ("points:\n  scaling: zscore\n", {"pca", "quality"}, {"sample", "landscape", "featurize"}),
        (
            "figures:\n  dpi: 100\n",
            {"molecule_figures"},
            {"sample", "landscape", "featurize", "pca", "components", "quality", "spectra_tables"},
        ),
        (
            "landscape:\n  density_tolerance: 0.02\n",
            {"landscape", "featurize", "pca", "components", "quality"},
            {"sample", "unique"},
        ),
    ],
)
def test_changing_a_setting_reruns_what_depends_on_it(copy_of_finished, setting, reruns, keeps):
    copy_of_finished.config(setting)
    jobs = set(copy_of_finished.planned())
    assert reruns <= jobs
    assert not keeps & jobs


def test_only_the_space_group_whose_input_changed_is_described_again(copy_of_finished):
    study = copy_of_finished
    study.drop_a_structure()
    study.snakemake("--", "results/from-csp/landscape.h5")
    jobs = study.planned()
    assert (jobs["featurize"], jobs["pca"]) == (2, 2)  # two shells of group 4; group 4 and all groups together
    assert "landscape" not in jobs
    study.snakemake("--", "results/from-csp/all/spectra.h5", "results/from-csp/2/spectra.h5")
    with h5py.File(study.folder / "results/from-csp/all/spectra.h5") as after:
        assert after["all/0-60"].attrs["n_structures"] == study.structures("from-csp", 60)


def test_another_window_featurizes_only_the_new_shell(copy_of_finished):
    path = copy_of_finished.folder / "config/config.yaml"
    path.write_text(path.read_text().replace("[15, 60]", "[15, 60, 90]"))
    jobs = copy_of_finished.planned()
    assert jobs["featurize"] == 2 * 3
    assert jobs["pca"] == 2 * 4
    assert "sample" not in jobs
    assert "landscape" not in jobs


def test_one_job_a_molecule_gives_the_same_numbers_in_fewer_jobs_and_files(finished, tmp_path):
    study = Miniature(tmp_path / "copy")
    shutil.copytree(finished.folder, study.folder, copy_function=shutil.copy2)
    shutil.rmtree(study.folder / "results")
    (study.folder / "results/anti-BDT").mkdir(parents=True)
    shutil.copy2(finished.folder / "results/anti-BDT/sampled.db", study.folder / "results/anti-BDT")
    study.config("fan_out: molecule\n")
    jobs = study.planned("--rerun-triggers", "mtime")
    of_each = ("landscape", "featurize", "pca", "components", "quality", "molecule_figures")
    assert [jobs[name] for name in of_each] == [2] * 6
    study.snakemake("--rerun-triggers", "mtime")
    for table in ("components", "eigenvalues", "comparison", "structures"):
        name = f"results/tables/{table}.csv"
        assert (study.folder / name).read_bytes() == (finished.folder / name).read_bytes()
    ours, theirs = results_of(study.folder), results_of(finished.folder)
    for group in ("2", "4", "61", "all"):
        for window in ("0-15", "0-60"):
            scores = f"spectra.h5/{group}/{window}/scores"
            assert ours[f"results/from-csp/{scores}"] == theirs[f"results/from-csp/{group}/{scores}"]
    files = [path for path in (study.folder / "results/from-csp").rglob("*.*") if path.is_file()]
    # The folder to deposit is not made by default.
    assert len([path for path in files if path.parent.name != "export"]) <= 39


def test_a_run_that_is_killed_is_completed_by_the_next_one(miniature, finished, repository):
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--snakefile", str(repository / "Snakefile"), "--cores", "2"],
        cwd=miniature.folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 300
    while not list(miniature.folder.glob("results/*/landscape.h5")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (miniature.folder / "results/summary.md").exists()
    for path in miniature.folder.glob("results/**/[!.]*.h5"):
        h5py.File(path).close()  # whole, or not there
    miniature.snakemake("--unlock")
    miniature.snakemake()
    assert results_of(miniature.folder) == results_of(finished.folder)


def test_two_mpi_ranks_give_the_same_bits(miniature, finished, repository):
    miniature.snakemake("--profile", repository / "profiles/mpi", "--", "results/anti-BDT/all/spectra.h5")
    other = results_of(finished.folder)
    ours = results_of(miniature.folder)
    assert any("descriptors" in name for name in ours)
    assert {name: other[name] for name in ours} == ours


def test_a_dry_run_with_the_slurm_profile_needs_no_slurm(miniature, repository):
    done = miniature.snakemake("--profile", repository / "profiles/slurm", "--dry-run", cores=0)
    assert re.search(r"featurize\s+12", done.output)


def test_the_report_holds_tables_figures_and_run_times(finished):
    finished.snakemake("--report", "report.html")
    text = (finished.folder / "report.html").read_text()
    for word in ("Landscapes", "Spectra", "Tables", "Maps", "Run times"):
        assert word in text, word


def test_a_typo_in_the_configuration_is_named(miniature):
    miniature.config("descriptors:\n  preset: ani-1x\n")
    done = miniature.snakemake("--dry-run", check=False)
    assert done.returncode != 0
    assert "unknown key 'descriptors'" in done.output
    assert "did you mean 'descriptor'?" in done.output
    assert "Traceback" not in done.output


def test_a_missing_source_is_named(miniature):
    (miniature.folder / "config/csp-output.db").unlink()
    done = miniature.snakemake("--dry-run", check=False)
    assert done.returncode != 0
    assert "config/csp-output.db" in done.output


def test_a_folder_without_settings_is_told_what_to_write(tmp_path, finished):
    done = dataclasses.replace(finished, folder=tmp_path).snakemake("--dry-run", check=False)
    assert done.returncode != 0
    assert "has no config/config.yaml" in done.output


def test_a_broken_archive_stops_with_its_name_and_the_rest_goes_on(miniature):
    (miniature.folder / "config/csp-output.db").write_bytes(b"PK\x03\x04 cut off")
    done = miniature.snakemake("--keep-going", check=False)
    assert done.returncode != 0
    log = (miniature.folder / "logs/from-csp/landscape.log").read_text()
    assert "csp-output.db" in log
    assert "remedy" in log
    assert (miniature.folder / "results/anti-BDT/all/spectra.h5").exists()
    assert [path.name for path in (miniature.folder / "results/from-csp").glob("*")] == ["rejected.csv"]


def test_the_workflow_is_lint_free(repository, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
