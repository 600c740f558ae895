"""MPICH's segments of shared memory: dead ones of ours go, all others stay."""

import os
import subprocess
import sys
import time

import pytest

from crystalspan import leftovers, parallel
from crystalspan.errors import InputError
from crystalspan.leftovers import remove_dead_segments

MAPPING = (
    "import mmap, sys; file = open(sys.argv[1], 'r+b'); memory = mmap.mmap(file.fileno(), 0); file.close();"
    " print(flush=True); sys.stdin.read()"
)

OTHER = os.geteuid() + 1

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="only Linux has /proc")


def segment(folder, name="mpich_shm_1a2b_0", age=120.0):
    # A file's change cannot be dated back: `old` moves the clock instead.
    path = folder / name
    path.write_bytes(bytes(4096))
    os.utime(path, (time.time() - age, time.time() - age))
    return path


@pytest.fixture
def later(monkeypatch):
    now = time.time
    monkeypatch.setattr(leftovers.time, "time", lambda: now() + 90)


@pytest.mark.usefixtures("later")
def test_a_segment_that_nobody_maps_is_removed(tmp_path):
    path = segment(tmp_path)
    assert remove_dead_segments(tmp_path) == [path]
    assert not path.exists()


@pytest.mark.usefixtures("later")
def test_a_segment_that_a_process_maps_stays_until_the_process_ends(tmp_path):
    path = segment(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", MAPPING, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        assert remove_dead_segments(tmp_path) == []
        process.communicate()
    assert remove_dead_segments(tmp_path) == [path]


def test_a_segment_of_this_minute_stays(tmp_path):
    path = segment(tmp_path)
    assert remove_dead_segments(tmp_path) == []
    assert path.exists()


@pytest.mark.usefixtures("later")
def test_files_of_others_and_other_files_stay(tmp_path, monkeypatch):
    other = segment(tmp_path, "something_else")
    target = segment(tmp_path, "target")
    (tmp_path / "mpich_shm_link_0").symlink_to(target)
    monkeypatch.setattr(leftovers.os, "geteuid", lambda: OTHER)
    segment(tmp_path)
    assert remove_dead_segments(tmp_path) == []
    monkeypatch.undo()
    assert other.exists()
    assert target.exists()


@pytest.mark.usefixtures("later")
def test_nothing_is_removed_where_processes_cannot_be_seen(tmp_path):
    path = segment(tmp_path)
    assert remove_dead_segments(tmp_path, tmp_path / "no-proc") == []
    (tmp_path / "proc/12/maps").mkdir(parents=True)
    assert remove_dead_segments(tmp_path, tmp_path / "proc") == []
    assert path.exists()


def test_no_shared_memory_is_no_error(tmp_path):
    assert remove_dead_segments(tmp_path / "nothing") == []


def test_several_ranks_look_for_leftovers_and_one_does_not(monkeypatch):
    calls = []
    monkeypatch.setattr(parallel, "remove_dead_segments", lambda: calls.append(1))
    for name in parallel._LAUNCHER_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    parallel.world(1)
    assert calls == []
    with pytest.raises(InputError):
        parallel.world(3)
    assert calls == [1]
