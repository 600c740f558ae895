"""Outputs come whole or not at all, and say how they were made."""

import errno
import json
import os
import subprocess
import sys
import types

import pytest

from crystalspan import cli, provenance


def test_an_output_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "deep" / "table.csv"
    with provenance.atomic_output(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.suffix == ".csv"
    assert path.read_text() == "new"
    assert os.listdir(path.parent) == ["table.csv"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def write_half():
        with provenance.atomic_output(path) as temporary:
            temporary.write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_half()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_a_killed_process_leaves_no_file_of_that_name(tmp_path):
    path = tmp_path / "table.csv"
    code = (
        "import os, sys; from crystalspan.provenance import atomic_output\n"
        "with atomic_output(sys.argv[1]) as t:\n    t.write_text('half'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    assert not path.exists()


WRITE_AND_WAIT = """
import os, sys, time
from crystalspan.provenance import atomic_output
with atomic_output(sys.argv[1]) as temporary:
    temporary.write_text('half')
    print('begun', flush=True)
    time.sleep(60)
"""


def hidden(folder):
    return sorted(name for name in os.listdir(folder) if name.startswith("."))


def begun(path):
    process = subprocess.Popen([sys.executable, "-c", WRITE_AND_WAIT, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    return process


def test_what_a_killed_job_left_is_removed_by_the_next_and_what_a_living_one_needs_stays(tmp_path):
    path = tmp_path / "table.csv"
    other = tmp_path / "table.csv.gz"
    killed, living, elsewhere = begun(path), begun(path), begun(other)
    try:
        assert len(hidden(tmp_path)) == 3
        killed.kill()
        killed.wait()
        provenance.write_text(path, "whole")
        assert path.read_text() == "whole"
        assert len(hidden(tmp_path)) == 2
        assert any(f".{living.pid}." in name for name in hidden(tmp_path))
    finally:
        for process in (living, elsewhere):
            process.kill()
            process.wait()
    provenance.write_text(path, "whole")
    provenance.write_text(other, "whole")
    assert hidden(tmp_path) == []


def test_of_another_machine_only_what_is_old_is_removed(tmp_path):
    path = tmp_path / "a.h5"
    fresh, old = tmp_path / ".a.h5.0123abcd.77.x.h5", tmp_path / ".a.h5.0123abcd.78.x.h5"
    mine = tmp_path / ".a.h5.notes"
    for one in (fresh, old, mine):
        one.touch()
        os.utime(one, (0, 0) if one != fresh else None)
    provenance.write_text(path, "whole")
    assert hidden(tmp_path) == sorted([fresh.name, mine.name])


@pytest.mark.parametrize("length", [40, 200, 250])
def test_a_long_name_has_a_temporary_one(tmp_path, length):
    path = tmp_path / ("ä" * (length // 2))
    provenance.write_text(path, "whole")
    assert path.read_text() == "whole"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_an_error_with_exit_status_1(tmp_path, monkeypatch, capsys):
    def write(_):
        with open("/dev/full", "w") as stream:
            stream.write("x" * 100_000)

    stage = types.SimpleNamespace(__doc__="Write.", add_arguments=lambda parser: None, run=write)
    monkeypatch.setitem(sys.modules, "crystalspan.cli.dof", stage)
    with pytest.raises(SystemExit) as ended:
        cli.main(["dof"])
    assert ended.value.code == cli.EXIT_FAILED
    assert "No space left on the disk" in capsys.readouterr().err


def test_the_file_mode_follows_the_umask(tmp_path):
    path = tmp_path / "a.txt"
    provenance.write_text(path, "x")
    other = tmp_path / "b.txt"
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode


def test_the_record_names_settings_versions_and_inputs(tmp_path):
    source = tmp_path / "in.txt"
    source.write_text("abc")
    record = provenance.provenance("pca", {"scaling": "none"}, [source])
    assert record["inputs"][str(source)].startswith("ba7816bf")  # SHA-256 of "abc", FIPS 180-2
    assert record["settings"] == {"scaling": "none"}
    assert {"crystalspan", "numpy", "python"} <= set(record["versions"])
    json.dumps(record)


def test_a_folder_has_one_hash_that_sees_names_and_contents(tmp_path):
    (tmp_path / "a").write_text("1")
    first = provenance.sha256(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = provenance.sha256(tmp_path)
    (tmp_path / "b").write_text("2")
    assert len({first, second, provenance.sha256(tmp_path)}) == 3
