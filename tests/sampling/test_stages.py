"""The stages ``sample`` and ``unique`` from the command line: files, ranks, failures."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from crystalspan.cli import main
from crystalspan.sampling.database import is_guided

MPIEXEC = Path(sys.executable).parent / "mpiexec"
SHORT = ["--cutoff", "9", "--taper", "1.5", "--first-cutoff", "7"]


def sample(*arguments) -> int:
    try:
        main(["sample", *map(str, arguments)])
    except SystemExit as end:
        return end.code
    return 0


def unique(*arguments) -> int:
    try:
        main(["unique", *map(str, arguments)])
    except SystemExit as end:
        return end.code
    return 0


def rows(path, query):
    with sqlite3.connect(path) as database:
        return database.execute(query).fetchall()


def test_sampled_database_has_a_crystal_a_minimum_and_a_row_a_trial(probe_file, tmp_path, capsys):
    output = tmp_path / "deep" / "probe-14.db"
    archive = tmp_path / "res.zip"
    assert sample(probe_file, "--space-group", "P21/c", "--seeds", 30, "-o", output, "--res", archive, *SHORT) == 0
    trials = rows(output, "select id, trial_number, valid, minimization_step, metadata from trial_structure")
    crystals = rows(output, "select id, spacegroup, density, energy, molecule_id, file_content from crystal")
    assert [trial[1] for trial in trials] == list(range(1, 31))
    assert [trial[0] for trial in trials if trial[2]] == [crystal[0] for crystal in crystals]
    assert 0 < len(crystals) < 30
    for identity, group, density, energy, molecule, text in crystals:
        assert identity.startswith("probe-QR-14-")
        assert identity.endswith("-2")
        assert (group, molecule) == (14, "probe")
        assert text.startswith(f"TITL {identity} {energy:.6f} {density:.6f}\nCELL 0.7 ")
        assert text.endswith("END\n")
        assert energy < 0
        assert 0.7 < density < 2.0
    assert all("invalid" in json.loads(trial[4]) for trial in trials if not trial[2])
    record = json.loads(rows(output, "select description from meta")[0][0])
    assert record["settings"]["sampling"]["cutoff"] == 9
    with zipfile.ZipFile(archive) as files:
        assert sorted(files.namelist()) == sorted(f"{crystal[0]}.res" for crystal in crystals)
    assert f"{len(crystals)} minima of 30 trials" in capsys.readouterr().out
    assert list(output.parent.iterdir()) == [output]


@pytest.mark.slow
def test_a_guided_search_says_so_and_two_ranks_write_the_same(probe_file, tmp_path):
    guided = ["--seeds", 90, "--search", "guided", "--guided-batch", 40, "--space-group", 14, *SHORT]
    one, two, merged = (tmp_path / name for name in ("one.db", "two.db", "unique.db"))
    assert sample(probe_file, *guided, "-o", one) == 0
    command = [MPIEXEC, "-n", "2", sys.executable, "-m", "crystalspan", "sample", probe_file, *map(str, guided)]
    subprocess.run([*command, "-o", two, "--ranks", "2"], check=True, capture_output=True)
    assert one.read_bytes() == two.read_bytes()
    assert unique(one, "-o", merged) == 0
    assert [is_guided(path) for path in (one, merged)] == [True, True]
    assert sample(probe_file, "--seeds", 40, "--space-group", 14, *SHORT, "-o", two) == 0
    assert not is_guided(two)
    plain = rows(two, "select id, energy from crystal")
    assert rows(one, "select id, energy from crystal")[: len(plain)] == plain


def test_same_work_gives_the_same_bytes(probe_file, tmp_path):
    for name in ("a.db", "b.db"):
        assert sample(probe_file, "--space-group", 2, "--seeds", 12, "-o", tmp_path / name, *SHORT) == 0
    assert (tmp_path / "a.db").read_bytes() == (tmp_path / "b.db").read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec in this environment")
def test_two_ranks_write_what_one_writes(probe_file, tmp_path):
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    common = [str(probe_file), "--space-group", "19", "--seeds", "60", *SHORT]
    assert sample(*common, "-o", one) == 0
    command = [
        MPIEXEC,
        "-n",
        "2",
        sys.executable,
        "-m",
        "crystalspan",
        "sample",
        *common,
        "-o",
        two,
        "--ranks",
        "2",
    ]
    subprocess.run(list(map(str, command)), check=True, timeout=300)
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.slow
def test_a_killed_run_leaves_no_file(probe_file, tmp_path):
    output = tmp_path / "out" / "probe.db"
    command = [sys.executable, "-m", "crystalspan", "sample", probe_file, "--space-group", "14", "-o", output]
    process = subprocess.Popen(
        list(map(str, [*command, "--seeds", "100000"])),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    time.sleep(6)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not output.exists()


def test_clustering_keeps_unique_crystals_and_tells_of_the_rest(probe_file, tmp_path, capsys):
    for group in (4, 14):
        assert sample(probe_file, "--space-group", group, "--seeds", 40, "-o", tmp_path / f"{group}.db", *SHORT) == 0
    capsys.readouterr()
    output = tmp_path / "all.db"
    assert unique(tmp_path / "4.db", tmp_path / "14.db", "-o", output) == 0
    read = sum(rows(tmp_path / f"{group}.db", "select count(*) from crystal")[0][0] for group in (4, 14))
    kept = {row[0] for row in rows(output, "select id from crystal")}
    pairs = rows(output, "select unique_id, equivalent_id from equivalent_to")
    assert {pair[0] for pair in pairs} == kept
    # Every crystal that was read is unique or equivalent to a unique one: nothing is lost.
    assert len(kept | {pair[1] for pair in pairs}) == read
    energies = [row[0] for row in rows(output, "select energy from crystal")]
    assert energies == sorted(energies)
    assert f"{read} crystals read" in capsys.readouterr().out
    limited = tmp_path / "limited.db"
    assert unique(tmp_path / "4.db", tmp_path / "14.db", "-o", limited, "--max-relative-energy", 3) == 0
    fewer = [row[0] for row in rows(limited, "select energy from crystal")]
    assert fewer == [energy for energy in energies if energy <= energies[0] + 3]
    counts = json.loads(rows(limited, "select description from meta")[0][0])["counts"]
    assert counts["above_max_relative_energy"] > 0
    assert "more than 3 kJ/mol" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--space-group", "231"], "231"),
        (["--space-group", "P21/q"], "P21/q"),
        (["--space-group", "14", "--seeds", "0"], "sampling.seeds"),
        (["--space-group", "14", "--ranks", "3"], "rank"),
    ],
)
def test_bad_commands(probe_file, tmp_path, capsys, arguments, message):
    assert sample(probe_file, *arguments, "-o", tmp_path / "x.db") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "x.db").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"charges": [0.1] * 7}, "neutral"),
        ({"charges": None}, "no charges"),
        ({"symbols": ["C", "O", "H", "H", "N", "H", "Br"]}, "Br"),
        ({"positions": [[0, 0, 0]]}, "positions"),
    ],
)
def test_bad_molecules(probe_file, tmp_path, capsys, change, message):
    record = json.loads(probe_file.read_text()) | change
    probe_file.write_text(json.dumps({key: value for key, value in record.items() if value is not None}))
    assert sample(probe_file, "--space-group", 14, "-o", tmp_path / "x.db") == 2
    assert message in capsys.readouterr().err


def test_bad_databases(tmp_path, capsys):
    assert unique(tmp_path / "none.db", "-o", tmp_path / "x.db") == 2
    assert "no such file" in capsys.readouterr().err
    (tmp_path / "text.db").write_text("no database\n" * 100)
    assert unique(tmp_path / "text.db", "-o", tmp_path / "x.db") == 2
    assert "cannot be read" in capsys.readouterr().err


def test_the_same_database_twice_is_refused(probe_file, tmp_path, capsys):
    path = tmp_path / "4.db"
    assert sample(probe_file, "--space-group", 4, "--seeds", 10, "-o", path, *SHORT) == 0
    assert unique(path, path, "-o", tmp_path / "x.db") == 2
    assert "occurs twice" in capsys.readouterr().err
