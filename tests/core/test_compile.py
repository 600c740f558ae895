"""The kernels compiled ahead: what comes afterwards compiles nothing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crystalspan.landscape.file import write_landscape
from random_crystals import random_landscape

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    _run(folder, "compile", "--sampling", "-o", folder / "kernels.json")
    return folder


def _run(folder, *arguments):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, "-m", "crystalspan", *map(str, arguments)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=600)
    return done.stdout


def _machine_code(folder):
    return {path: path.stat().st_mtime_ns for path in (folder / "cache").rglob("*.nb*")}


def _notes(folder):
    return {path: path.stat().st_mtime_ns for path in (folder / "cache").rglob("compiled-*.json")}


def test_the_note_says_what_was_compiled_for_which_processor(compiled):
    note = json.loads((compiled / "kernels.json").read_text())
    assert note["cpu"]
    assert str(compiled / "cache") in note["folder"]
    assert {"numba", "crystalspan"} <= set(note["versions"])
    assert len(_machine_code(compiled)) > 20
    (kept,) = Path(note["folder"]).glob("compiled-*.json")
    assert kept.name == f"compiled-{note['cpu']}-sampling.json"
    assert json.loads(kept.read_text()) == note


def test_a_second_compilation_sees_the_note_and_does_nothing(compiled):
    """Every start of a study asks for it."""
    before, notes = _machine_code(compiled), _notes(compiled)
    assert "compiled before" in _run(compiled, "compile", "--sampling")
    assert (_machine_code(compiled), _notes(compiled)) == (before, notes)


def test_without_the_note_what_lies_in_the_cache_is_found_and_noted_again(compiled):
    before, (note,) = _machine_code(compiled), _notes(compiled)
    note.unlink()
    assert "kernels compiled (or found)" in _run(compiled, "compile", "--sampling")
    assert _machine_code(compiled) == before
    assert list(_notes(compiled)) == [note]


def test_the_note_of_the_descriptor_says_nothing_of_the_sampler(compiled, tmp_path):
    shutil.copytree(compiled / "cache", tmp_path / "cache")
    (note,) = _notes(tmp_path)
    note.rename(note.with_name(note.name.replace("-sampling", "")))
    assert "compiled before" in _run(tmp_path, "compile")
    assert "compiled (or found)" in _run(tmp_path, "compile", "--sampling")
    assert len(_notes(tmp_path)) == 2


@pytest.mark.parametrize("stage", ["sample", "featurize"])
def test_later_jobs_compile_nothing(compiled, stage, tmp_path, molecules_folder):
    before = _machine_code(compiled)
    if stage == "sample":
        molecule = molecules_folder / "naphthalene.json"
        _run(compiled, "sample", molecule, "--space-group", 4, "--seeds", 9, "-o", tmp_path / "s.db")
        # Every two crystals are laid over each other.
        wide = ("--duplicates-energy", 1000, "--duplicates-density", 10, "--duplicates-centres", 10)
        _run(compiled, "unique", tmp_path / "s.db", *wide, "-o", tmp_path / "u.db")
    else:
        write_landscape(tmp_path / "l.h5", random_landscape((14, 2), per_group=2, n_atoms=4))
        _run(compiled, "featurize", tmp_path / "l.h5", "-o", tmp_path / "d.h5")
    assert _machine_code(compiled) == before
