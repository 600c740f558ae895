"""Crystals as .res texts, archives and databases, and the stage run on them."""

import csv
import sqlite3
import zipfile

import numpy as np

from crystalspan.cli import main
from crystalspan.formats.res_writer import format_res
from crystalspan.landscape.file import read_landscape
from naive.landscape import loose_crystal

GROUPS = (14, 15, 19, 2, 29, 33, 4, 5, 61, 9)


_MADE = {}


def loose(seed, number, molecule):
    if (seed, number) not in _MADE:
        _MADE[seed, number] = loose_crystal(molecule, number, seed)
    return _MADE[seed, number]


def texts(molecule, groups=GROUPS, start=-90.0, name="anti-BDT"):
    """One crystal of each group as (id, .res text, crystal)."""
    found = []
    for i, number in enumerate(groups):
        crystal = loose(i, number, molecule)
        identity = f"{name}-QR-{number}-{i + 1}-3"
        energy = start + 1.25 * i
        text = format_res(identity, energy, crystal.density, crystal.cell, number, crystal.symbols, crystal.fractional)
        found.append((identity, text, crystal))
    return found


def run(capsys, *arguments, status=None):
    try:
        main(["landscape", *map(str, arguments)])
        ended = None
    except SystemExit as error:
        ended = error.code
    assert ended == status
    return capsys.readouterr()


def landscape_of(tmp_path, capsys, source, *more):
    output = tmp_path / "out" / "landscape.h5"
    printed = run(capsys, source, "--molecule", "anti-BDT", "-o", output, *more)
    with open(output.parent / "rejected.csv", newline="") as stream:
        rejected = list(csv.DictReader(stream))
    return read_landscape(output), rejected, printed.out


def refused(tmp_path, capsys, source, *more):
    """Run the stage on what must be refused; what it lists as rejected, and what it prints."""
    output = tmp_path / "refused" / "landscape.h5"
    printed = run(capsys, source, "--molecule", "anti-BDT", "-o", output, *more, status=2)
    assert not output.exists()
    with open(output.parent / "rejected.csv", newline="") as stream:
        return list(csv.DictReader(stream)), printed


# Options that leave duplicates alone.
KEEP_DUPLICATES = ("--settings", '{"landscape": {"duplicates": {"method": "none"}}}')


def as_zip(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files:
            archive.writestr(name, text)
    return path


def together(*parts):
    """Fractional coordinates and symbols of several molecules in one list."""
    return np.concatenate([points for points, _ in parts]), [symbol for _, symbols in parts for symbol in symbols]


def database(path, made, *, clustered=False, old=False, wal=False):
    with sqlite3.connect(path) as db:
        if wal:
            db.execute("pragma journal_mode = wal")
        extra = "" if old else ", molecule_id string"
        db.execute(
            "create table crystal (id string primary key, spacegroup integer, density float, energy float"
            f"{extra}, file_content string)"
        )
        db.execute("create table equivalent_to (unique_id string, equivalent_id string)")
        db.execute(
            "create table trial_structure (id string, minimization_step integer, trial_number integer, "
            "valid boolean, minimization_time float, metadata string)"
        )
        for identity, text, crystal, energy, step, valid in made:
            row = (identity, crystal.number, crystal.density, energy, *(() if old else ("m",)), text)
            db.execute(f"insert into crystal values ({','.join('?' * len(row))})", row)
            db.execute("insert into trial_structure values (?, ?, 1, ?, 0, '')", (identity, step, valid))
        if clustered:
            db.execute("insert into equivalent_to values (?, ?)", (made[0][0], made[1][0]))
    db.close()
