"""Names that cannot be written or printed are made so where records are made, and lose no landscape."""

import csv
import io
import json
import os
import sqlite3
import tarfile
import zipfile

import h5py
import numpy as np
import pytest
from formats_help import CIF, EXTXYZ, MOL_CSPY, read, write

from crystalspan.cli import main
from crystalspan.crystallography.molecules import read_molecule
from crystalspan.formats.records import Rejection, plain_name, printable
from crystalspan.formats.res_writer import format_res
from naive.landscape import element_sorted, loose_crystal

NAMES = ["nul\0here", "line\nend", "caf\udce9", "bell\x07", "\ud800", "right\u202eleft", "tab\there"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_made_printable_and_stay_apart(name):
    clean = printable(name)
    assert clean.isprintable()
    clean.encode("utf-8")
    assert len({printable(one) for one in NAMES}) == len(NAMES)
    assert printable(clean) == clean
    row = Rejection(name, name, f"because of {name}", name)
    assert all(word.isprintable() for word in row)
    assert isinstance(row, tuple)


@pytest.mark.parametrize(
    "name", ["plain", "with blanks", "\u00e4\u00f6\u00fc", "\u6676\u4f53", "e\u0301", "a'b\"c=d", ""]
)
def test_names_that_can_be_seen_stay_as_they_are(name):
    assert printable(name) == name


def test_names_without_end_are_cut_and_stay_apart():
    """A name of a million letters would fill every row of a landscape file with as many."""
    one, other = plain_name("x" * 10**6), plain_name("x" * 10**6 + "y")
    assert one != other
    assert len(one) <= 1000
    assert plain_name(one) == one
    assert plain_name("x" * 1000) == "x" * 1000
    assert len(plain_name("\0" * 1000)) <= 1000
    assert Rejection("f" * 2000, "r" * 2000, "reason " * 500, "remedy").reason == "reason " * 500


def test_a_name_without_end_in_a_database_loses_no_landscape(crystal, tmp_path):
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as database:
        database.execute("create table crystal (id string, energy float, density float, file_content string)")
        rows = [("y" * 10**5, -80.0, res_text(crystal, "a")), ("b", -79.0, res_text(crystal, "b"))]
        database.executemany("insert into crystal values (?, ?, null, ?)", rows)
    main(["landscape", str(path), "--molecule", "toy", "-o", str(tmp_path / "l.h5")])
    with h5py.File(tmp_path / "l.h5") as file:
        assert len(file["id"][0]) == 999


@pytest.fixture(scope="module")
def crystal(repository):
    molecule = element_sorted(read_molecule(repository / "config" / "molecules" / "anti-BDT.json"))
    return loose_crystal(molecule, 14, 0)


def res_text(crystal, name, energy=-80.0):
    return format_res(name, energy, crystal.density, crystal.cell, 14, crystal.symbols, crystal.fractional)


def ase_json(crystal, name):
    copies = crystal.fractional @ crystal.rotations.transpose(0, 2, 1) + crystal.translations[:, None]
    positions = (copies.reshape(-1, 3) @ crystal.matrix).tolist()
    numbers = [{"C": 6, "H": 1, "S": 16}[symbol] for symbol in crystal.symbols] * 4
    array = {"__ndarray__": [[len(numbers)], "int64", numbers]}
    row = {"numbers": array, "positions": positions, "cell": crystal.matrix.tolist(), "pbc": [True] * 3}
    return json.dumps({"1": row | {"key_value_pairs": {"name": name, "lattice_energy": -80.0}}, "ids": [1]})


def source_of(kind, folder, crystal):
    """A source with one good structure, whose name is bad in some way, and with one that is refused."""
    bad = res_text(crystal, "x").replace("SFAC C H S", "SFAC C H Qq")
    if kind == "title":
        write(folder / "a.res", res_text(crystal, "nul\0here"))
        write(folder / "b.res", bad.replace("TITL x", "TITL b\0b"))
    elif kind == "file on disk":
        # macOS and some others refuse such names.
        path = os.fsencode(folder) + b"/caf\xe9.res"
        folder.mkdir(exist_ok=True)
        try:
            with open(path, "wb") as stream:
                stream.write(res_text(crystal, "good").encode())
            with open(os.fsencode(folder) + b"/b\xff.res", "wb") as stream:
                stream.write(bad.encode())
        except OSError:
            pytest.skip("a file system that takes UTF-8 only")
    elif kind == "tar":
        with tarfile.open(folder.with_suffix(".tar"), "w", errors="surrogateescape") as archive:
            for name, text in (("caf\udce9.res", res_text(crystal, "good")), ("b\udcff.res", bad)):
                member = tarfile.TarInfo(name)
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))
        return folder.with_suffix(".tar")
    elif kind == "zip":
        with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
            archive.writestr("line\nend.res", res_text(crystal, "good"))
            archive.writestr("b\x07.res", bad)
        return folder.with_suffix(".zip")
    elif kind == "json":
        write(folder / "a.json", ase_json(crystal, "lone \ud800"))
        write(folder / "b.res", bad)
    elif kind == "database":
        folder.mkdir(exist_ok=True)
        with sqlite3.connect(folder / "a.db") as database:
            database.execute("create table crystal (id string, energy float, density float, file_content string)")
            rows = [("nul\0here", -80.0, None, res_text(crystal, "x")), ("b\0", -79.0, None, bad)]
            database.executemany("insert into crystal values (?, ?, ?, ?)", rows)
        database.close()
        return folder / "a.db"
    return folder


@pytest.mark.parametrize("kind", ["title", "file on disk", "tar", "zip", "json", "database"])
def test_one_bad_name_does_not_lose_a_landscape(tmp_path, capsys, crystal, kind):
    source = source_of(kind, tmp_path / "source", crystal)
    output = tmp_path / "out" / "landscape.h5"
    main(["landscape", str(source), "--molecule", "anti-BDT", "-o", str(output)])
    assert "2 structures read, 1 accepted, 1 rejected" in capsys.readouterr().out
    with h5py.File(output) as file:
        (identity,), (where,) = file["id"].asstr()[:], file["source"].asstr()[:]
    assert identity.isprintable()
    assert where.isprintable()
    assert identity not in ("", "x")
    with open(output.parent / "rejected.csv", newline="", encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert all(value.isprintable() for value in row.values())
    assert "Qq" in row["reason"]


def test_every_reader_cleans_names(tmp_path):
    write(tmp_path / "a.cif", CIF.replace("form_I", "x\x01y") + CIF.replace("form_I", "z"))
    write(tmp_path / "a.extxyz", EXTXYZ.replace("name=one", 'name="one\x02"'))
    write(tmp_path / "a.res", MOL_CSPY.replace("acetic", "ace\x03tic").replace("SFAC", "SPACEGROUP \x04\nSFAC"))
    structures, rejections, reader = read(tmp_path)
    assert len(structures) == 4 - len(rejections)
    assert structures
    for one in [*structures, *rejections]:
        assert one.file.isprintable()
        assert one.record.isprintable()
    assert all(one.id.isprintable() and str(one.stated_space_group).isprintable() for one in structures)
    assert all(what.isprintable() for what in [*reader.passed_over, *reader.remarks])


def test_what_is_passed_over_is_printable_too(tmp_path):
    write(tmp_path / "a.res", MOL_CSPY)
    write(tmp_path / "x.\x07y", "nothing")
    (tmp_path / "away\x07").symlink_to("/")
    _, _, reader = read(tmp_path)
    assert sum(reader.passed_over_named().values()) == 2
    assert all(what.isprintable() for what in reader.passed_over_named())
    assert any("(to /)" in what for what in reader.passed_over_named())
    assert np.isfinite([*reader.passed_over.values()]).all()
