"""Machine code is read only from folders that nobody else can write to."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from crystalspan._numba import _distrust

_SAY = "import crystalspan._numba, numba; print(numba.config.CACHE_DIR)"


def folder_used(environment: dict) -> tuple[Path, str]:
    """Return the cache folder of a process of its own, and what it says."""
    kept = {key: value for key, value in os.environ.items() if key not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-c", _SAY], env=kept | environment, capture_output=True, text=True, check=True
    )
    return Path(done.stdout.strip()), done.stderr


def test_a_folder_of_our_own_is_used_and_made_private(tmp_path):
    used, said = folder_used({"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert used.parent == tmp_path / "cache" / "crystalspan"
    assert stat.S_IMODE(used.stat().st_mode) == 0o700
    assert said == ""


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path):
    open_to_all = tmp_path / "cache"
    (open_to_all / "crystalspan").mkdir(parents=True)
    (open_to_all / "crystalspan").chmod(0o777)
    used, said = folder_used({"XDG_CACHE_HOME": str(open_to_all)})
    assert open_to_all not in used.parents
    assert "can be written by others" in said
    assert "XDG_CACHE_HOME" in said
    assert not used.exists()  # a private one goes with its process


def test_without_a_writable_home_the_folder_is_private_and_new(tmp_path):
    planted = tmp_path / f"crystalspan-{os.getuid()}"
    planted.mkdir()
    (tmp_path / "file").touch()
    used, said = folder_used({"XDG_CACHE_HOME": str(tmp_path / "file"), "TMPDIR": str(tmp_path)})
    assert planted not in (used, *used.parents)
    assert used.parent == tmp_path
    assert "XDG_CACHE_HOME" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_somebody_else_is_not_used(tmp_path):
    other = tmp_path / "cache" / "crystalspan"
    other.mkdir(parents=True)
    os.chown(other, 12345, 12345)
    used, said = folder_used({"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert other not in used.parents
    assert "belongs to another user" in said


def test_the_levels_above_count(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert _distrust(inner) == ""
    (tmp_path / "a").chmod(0o777)
    assert "can be written by others" in _distrust(inner)
    (tmp_path / "a").chmod(0o755)
    link = tmp_path / "link"
    link.symlink_to(inner)
    assert "no real folder" in _distrust(link)
