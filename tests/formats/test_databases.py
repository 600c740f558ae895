import hashlib
import json
import os
import pickle
import sqlite3

import ase
import ase.db
import numpy as np
import pytest
from ase.calculators.singlepoint import SinglePointCalculator
from formats_help import MOL_CSPY, read, write, zipped

from crystalspan.errors import InputError
from crystalspan.formats import sqlite_files


def mol_cspy(path, statements, count=3):
    with sqlite3.connect(path) as db:
        db.execute(
            "create table crystal (id string primary key, spacegroup integer, density float, energy float, "
            "file_content string)"
        )
        for k in range(count):
            text = MOL_CSPY.replace("acetic-QR-14-3-3", f"x-QR-14-{k}-3")
            db.execute("insert into crystal values (?, 14, 1.5, ?, ?)", (f"x-QR-14-{k}-3", -80.0 - k, text))
        for statement in statements:
            db.execute(statement)
    db.close()
    return path


def test_the_older_table_of_texts_is_read(tmp_path):
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as db:
        db.execute("create table crystal (id string primary key, spacegroup integer, density float, energy float)")
        db.execute("create table res_data (id string primary key, res_content string)")
        for k, name in enumerate(("a-QR-14-1-3", "a-QR-14-2-3")):
            db.execute("insert into res_data values (?, ?)", (name, MOL_CSPY.replace("-87.694200", "")))
            db.execute("insert into crystal values (?, 14, 1.25, ?)", (name, -70.0 - k))
        db.execute("insert into res_data values ('b', 'nothing')")
    structures, (rejected,), _ = read(path)
    assert [(one.id, one.energy, one.density, one.stated_space_group) for one in structures] == [
        ("a-QR-14-1-3", -70.0, 1.25, 14),
        ("a-QR-14-2-3", -71.0, 1.25, 14),
    ]
    assert (rejected.record, rejected.file) == ("b", str(path))


def test_every_crystal_of_a_database_is_accounted_for(tmp_path):
    trials = [
        "create table trial_structure (id string, minimization_step integer, valid boolean)",
        "insert into trial_structure values ('x-QR-14-0-3', 3, 1), ('x-QR-14-0-2', 2, 1), ('x-QR-14-1-3', 3, 0)",
    ]
    structures, (rejected,), reader = read(mol_cspy(tmp_path / "a.db", trials))
    assert [one.id for one in structures] == ["x-QR-14-0-3"]
    assert rejected.record == "x-QR-14-2-3"
    assert "trial_structure" in rejected.reason
    assert reader.passed_over == {
        "trials marked as invalid in the database": 1,
        "structures of earlier minimisation steps": 1,
    }


def test_a_database_within_an_archive_is_read(tmp_path):
    path = mol_cspy(tmp_path / "a.db", ["pragma journal_mode = wal"])
    plain, _, _ = read(path)
    data = path.read_bytes()
    assert data[18:20] in (b"\1\1", b"\2\2")
    wal = data[:18] + b"\2\2" + data[20:]
    for content in (data, wal):
        packed, rejections, _ = read(write(tmp_path / "in" / "a.zip", zipped([("x/a.db", content)])))
        assert rejections == []
        assert [(one.id, one.energy) for one in packed] == [(one.id, one.energy) for one in plain]
        assert packed[0].record == "x/a.db!x-QR-14-0-3"


def test_views_and_virtual_tables_are_not_asked(tmp_path):
    endless = "with recursive n(i) as (select 1 union all select i from n) select i as id, '' as file_content from n"
    for statement in (
        f"create view crystal as {endless}",
        "create virtual table crystal using fts5(id, file_content)",
    ):
        path = tmp_path / "v.db"
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as db:
            db.execute(statement)
        db.close()
        with pytest.raises(InputError, match="no table 'crystal'"):
            read(path)


def test_a_query_without_end_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_files, "_MOST_STEPS", 0)
    monkeypatch.setattr(sqlite_files, "_STEPS", 1000)
    path = mol_cspy(tmp_path / "a.db", [], count=1)
    with sqlite3.connect(path) as db:
        db.execute("create table trial_structure (id string, minimization_step integer, valid boolean)")
        db.execute("create table equivalent_to (unique_id string, equivalent_id string)")
        db.executemany("insert into equivalent_to values (?, 'x')", [("x",)] * 20_000)
    db.close()
    with pytest.raises(InputError, match="interrupted"):
        read(path)


def crystals():
    rng = np.random.default_rng(3)
    for k in range(4):
        cell = np.diag([5.0, 6.0, 7.0]) + rng.normal(size=(3, 3))
        cell = cell if k % 2 else cell * [[1], [1], [-1]]  # left-handed too
        atoms = ase.Atoms("CHON", cell=cell, scaled_positions=rng.uniform(-0.5, 1.5, (4, 3)), pbc=True)
        atoms.calc = SinglePointCalculator(atoms, energy=-100.0 - k)
        yield atoms


def same_crystal(structure, atoms):
    """Whether all distances between atoms and their images are the same, and the handedness."""
    assert list(structure.numbers) == atoms.numbers.tolist()
    copy = ase.Atoms(
        list(structure.numbers), cell=list(structure.cell), scaled_positions=structure.fractional, pbc=True
    )
    assert copy.get_all_distances(mic=True) == pytest.approx(atoms.get_all_distances(mic=True), abs=1e-6)
    assert copy.cell.volume == pytest.approx(atoms.cell.volume)
    first, second = (a.positions[1:] - a.positions[0] for a in (copy, atoms))
    assert np.linalg.det(first) == pytest.approx(np.linalg.det(second), abs=1e-6)


@pytest.mark.parametrize("suffix", ["db", "json"])
def test_ase_databases_are_read_as_ase_writes_them(tmp_path, suffix):
    path = tmp_path / f"x.{suffix}"
    with ase.db.connect(path) as db:
        for k, atoms in enumerate(crystals()):
            db.write(atoms, name=f"n{k}", spg_num=14 + k, density=1.5, data={"blob": np.ones(3)})
    before = hashlib.sha256(path.read_bytes()).hexdigest(), sorted(os.listdir(tmp_path))
    structures, rejections, reader = read(path)
    assert (hashlib.sha256(path.read_bytes()).hexdigest(), sorted(os.listdir(tmp_path))) == before
    assert rejections == []
    for k, (one, atoms) in enumerate(zip(structures, crystals(), strict=True)):
        same_crystal(one, atoms)
        assert (one.id, one.stated_space_group, one.density) == (f"n{k}", 14 + k, 1.5)
        assert one.energy_basis == "cell"
        assert one.energy == pytest.approx((-100 - k) * 96.485332, abs=1e-3)
        assert reader.settings.space_group[one.setting] == 1
    assert sum(reader.remarks.values()) == 4


def test_energies_per_molecule_are_told_by_their_key(tmp_path):
    path = tmp_path / "x.db"
    with ase.db.connect(path) as db:
        for k, atoms in enumerate(crystals()):
            db.write(atoms, **({"lattice_energy": -80.0} if k < 3 else {"relative_energy": 4.0}))
    structures, (rejected,), _ = read(path)
    assert [(one.energy, one.energy_basis) for one in structures] == [(-80.0, "molecule")] * 3
    assert "relative energies" in rejected.reason


class _Bad:
    def __reduce__(self):
        return os.mkdir, ("evil",)


def test_nothing_in_a_database_is_unpickled_or_believed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "x.db"
    with ase.db.connect(path) as db:
        for atoms in crystals():
            db.write(atoms)
    with sqlite3.connect(path) as db:
        db.execute('update systems set data = ?, constraints = \'[{"name": "os"}]\'', (pickle.dumps(_Bad()),))
        db.execute("update systems set numbers = ? where id = 2", (pickle.dumps(_Bad()),))
        db.execute("update systems set key_value_pairs = ? where id = 3", ("[" * 100_000,))
        db.execute("update systems set pbc = 3 where id = 4")
    db.close()
    structures, rejections, _ = read(path)
    assert [one.record for one in structures] == ["row 1"]
    assert [one.record for one in rejections] == ["row 2", "row 3", "row 4"]
    assert "not periodic" in rejections[-1].reason
    assert not os.path.exists("evil")


def test_json_that_is_no_database_of_ase(tmp_path):
    write(tmp_path / "a.json", json.dumps({"numbers": [6], "x": 3}))
    rows = {"1": {"numbers": {"__ndarray__": [[1], "int64", [6]]}}, "2": [1], "3": {"numbers": None}}
    write(tmp_path / "b.json", json.dumps(rows))
    write(tmp_path / "c.json", json.dumps(rows)[:-3])
    structures, rejections, reader = read(tmp_path)
    assert structures == []
    assert [one.record for one in rejections] == [*[f"b.json!row {k}" for k in (1, 2, 3)], "c.json"]
    assert reader.passed_over == {"other files (.json)": 1}
