"""A miniature study in a folder of its own, run by the Snakefile of this checkout, and what it leaves behind."""

import dataclasses
import functools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py

REPOSITORY = Path(__file__).resolve().parent.parent
STUDY = REPOSITORY / "tests" / "workflow" / "study"


@dataclasses.dataclass
class Miniature:
    """A study folder and ways to run Snakemake in it."""

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

    def drop_a_structure(self):
        """Remove the highest structure from the CSP output of `from-csp`: all of it is of space group 4."""
        with sqlite3.connect(self.folder / "config" / "csp-output.db") as database:
            database.execute("DELETE FROM crystal WHERE energy = (SELECT max(energy) FROM crystal)")

    def structures(self, molecule: str, relative_energy: float) -> int:
        """Return how many analysed structures of a molecule lie within an energy window."""
        with h5py.File(self.folder / "results" / molecule / "landscape.h5") as file:
            return int(((file["relative_energy"][()] <= relative_energy) & file["analysed"][()]).sum())

    def config(self, text: str):
        """Append lines to the study's configuration."""
        path = self.folder / "config" / "config.yaml"
        path.write_text(path.read_text() + text)


def new_study(folder: Path) -> Miniature:
    shutil.copytree(STUDY, folder, dirs_exist_ok=True)
    shutil.copytree(REPOSITORY / "config" / "molecules", folder / "config" / "molecules")
    output = folder / "config" / "csp-output.db"
    output.write_bytes(_csp_output())
    # Its second lowest crystal plays the part of a measured one.
    with sqlite3.connect(output) as database:
        (text,) = database.execute("SELECT file_content FROM crystal ORDER BY energy LIMIT 1 OFFSET 1").fetchone()
    (folder / "config" / "form-I.res").write_text(text)
    return Miniature(folder)


@functools.cache
def _csp_output() -> bytes:
    """Return a database as a CSP program would write it: here our own sampler plays its part."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "csp-output.db"
        subprocess.run(
            [sys.executable, "-m", "crystalspan", "sample", str(REPOSITORY / "config/molecules/naphthalene.json")]
            + ["--space-group", "4", "--seeds", "12", "--output", str(path)],
            check=True,
            capture_output=True,
        )
        return path.read_bytes()


def datasets(path) -> dict:
    """Return every dataset of an HDF5 file, by name, as text that shows every bit of its numbers."""
    with h5py.File(path) as file:
        names = []
        file.visit(names.append)
        return {name: repr(file[name][()].tolist()) for name in names if isinstance(file[name], h5py.Dataset)}


def results_of(folder) -> dict:
    """Return every dataset of every HDF5 file, and every table but the run times, of a study."""
    found = {}
    for path in sorted((folder / "results").rglob("*.h5")):
        found |= {f"{path.relative_to(folder)}/{name}": value for name, value in datasets(path).items()}
    for path in sorted((folder / "results/tables").glob("*.csv")):
        if path.stem != "run_times":
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found
