"""A miniature study in a folder of its own, run by the Snakefile of this checkout."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent


@dataclasses.dataclass
class Miniature:
    """A study folder and a way to run Snakemake in it."""

    folder: Path

    def snakemake(self, *arguments, cores=2, check=True, **options):
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
        command += ["--directory", str(self.folder)]
        if cores:
            command += ["--cores", str(cores)]
        done = subprocess.run(
            [*command, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
            cwd=options.pop("cwd", self.folder),
            env={**os.environ, **options.pop("env", {})},
        )
        output = done.stdout + done.stderr
        if check:
            assert done.returncode == 0, output
        done.output = output
        return done

    def planned(self, *arguments) -> dict[str, int]:
        """Return how many jobs of each rule a dry run plans."""
        output = self.snakemake("--dry-run", "--quiet", "host", *arguments).output
        jobs = {}
        for line in output.splitlines():
            words = line.split()
            if len(words) == 2 and words[1].isdigit() and words[0].isidentifier() and words[0] != "total":
                jobs[words[0]] = int(words[1])
        return jobs

    def config(self, text: str):
        """Append lines to the study's configuration."""
        path = self.folder / "config" / "config.yaml"
        path.write_text(path.read_text() + text)


def _new_study(folder: Path) -> Miniature:
    shutil.copytree(HERE / "study", folder, dirs_exist_ok=True)
    shutil.copytree(REPOSITORY / "config" / "molecules", folder / "config" / "molecules")
    _write_csp_output(folder / "config" / "csp-output.zip")
    return Miniature(folder)


def _write_csp_output(path: Path):
    """Write a zip of .res files as a CSP program would: here our own sampler plays its part."""
    folder = path.parent / "csp"
    folder.mkdir()
    subprocess.run(
        [sys.executable, "-m", "crystalspan", "sample", str(REPOSITORY / "config/molecules/naphthalene.json")]
        + ["--space-group", "4", "--seeds", "12", "--output", str(path)],
        check=True,
        capture_output=True,
    )
    folder.rmdir()


@pytest.fixture
def miniature(tmp_path) -> Miniature:
    """A study in which nothing has been run yet."""
    return _new_study(tmp_path / "study")


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Miniature:
    """A study that has been run; tests copy it or only look at it."""
    study = _new_study(tmp_path_factory.mktemp("finished") / "study")
    study.snakemake()
    return study


@pytest.fixture
def copy_of_finished(finished, tmp_path) -> Miniature:
    """A copy of the finished study, to change and to run again."""
    shutil.copytree(finished.folder, tmp_path / "copy", copy_function=shutil.copy2)
    return Miniature(tmp_path / "copy")
