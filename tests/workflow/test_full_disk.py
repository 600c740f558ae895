"""A disk that fills up: a clear message, nothing half-written, and a rerun that completes."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def full_disk(tmp_path):
    """A folder in which 64 KiB can be written, and the shell command that makes it so."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
    mounted = os.getuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    yield folder, "" if mounted else "ulimit -f 64; "
    if mounted:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_leaves_no_file_and_a_rerun_completes(finished, full_disk, tmp_path):
    folder, limit = full_disk
    landscape = finished.folder / "results/anti-BDT/landscape.h5"
    command = f"exec {sys.executable} -m crystalspan featurize {landscape} --space-group 2 --shell 0-60 --output "
    done = subprocess.run(
        ["bash", "-c", f"{limit}{command}{folder / 'descriptors.h5'}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "crystalspan featurize: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(folder.iterdir())
    subprocess.run(["bash", "-c", f"{command}{tmp_path / 'descriptors.h5'}"], check=True, capture_output=True)
    assert (tmp_path / "descriptors.h5").exists()
