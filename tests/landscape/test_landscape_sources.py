"""What is read: folders, archives, files, tables of energies, databases."""

import hashlib
import json
import subprocess
import sys
import zipfile

import ase
import ase.io
import h5py
import numpy as np
import pytest
from landscape_help import GROUPS, as_zip, database, landscape_of, loose, run, texts

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.landscape.file import Selection, in_shell, read_landscape
from naive.landscape import cell_atoms, same_atoms


@pytest.mark.slow
def test_folder_zip_and_one_file_give_the_same_crystals(tmp_path, capsys, molecule):
    made = texts(molecule)
    folder = tmp_path / "tree"
    for i, (identity, text, _) in enumerate(made):
        place = folder / f"part{i % 2}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{identity}.res").write_text(text)
    (folder / "notes.txt").write_text("nothing")
    archive = as_zip(
        tmp_path / "all.zip", [(f"sub/{i}.res", t) for i, t, _ in made] + [("__MACOSX/sub/._x.res", "junk")]
    )
    joined = tmp_path / "joined.dat"
    joined.write_text("\nEND\n".join(text for _, text, _ in made))
    for source in (folder, archive, joined):
        landscape, rejected, _ = landscape_of(tmp_path, capsys, source)
        assert rejected == []
        assert landscape.id.tolist() == [identity for identity, _, _ in made]
        assert landscape.space_group.tolist() == list(GROUPS)
        assert landscape.relative_energy == pytest.approx(1.25 * np.arange(10))
        assert landscape.z_prime.tolist() == [1.0] * 10
        for i, (_, _, crystal) in enumerate(made):
            structure = landscape.structure(i)
            assert structure.fractional == pytest.approx(crystal.fractional, abs=1e-8)
            assert landscape.density[i] == pytest.approx(crystal.density, abs=1e-5)
            expected = cell_atoms(
                crystal.fractional,
                structure.atomic_number,
                crystal.matrix,
                crystal.rotations,
                crystal.translations,
            )
            found = cell_atoms(
                structure.fractional,
                structure.atomic_number,
                cell_matrix(structure.cell),
                structure.rotations,
                structure.translations,
            )
            assert same_atoms(found, expected, crystal.matrix)


def test_same_input_same_bytes(tmp_path, capsys, molecule):
    archive = as_zip(tmp_path / "all.zip", [(f"{i}.res", t) for i, t, _ in texts(molecule)])
    digests = set()
    for name in ("first", "second"):
        output = tmp_path / name / "landscape.h5"
        run(capsys, archive, "--molecule", "anti-BDT", "-o", output)
        digests.add(hashlib.sha256(output.read_bytes()).hexdigest())
    assert len(digests) == 1
    with h5py.File(output) as file:
        inputs = json.loads(file.attrs["inputs"])
    assert inputs == {str(archive): hashlib.sha256(archive.read_bytes()).hexdigest()}


def test_energies_come_from_a_table_inside_or_beside(tmp_path, capsys, molecule):
    made = texts(molecule, (14, 19, 2))
    bare = [(f"{i}.res", t.replace(t.splitlines()[0], f"TITL {i}")) for i, t, _ in made]
    table = "id,spacegroup,density,energy\n" + "".join(f"{i},0,,{-50 - k}\n" for k, (i, _, _) in enumerate(made[:2]))
    inside = as_zip(tmp_path / "inside.zip", [*bare, ("structures.csv", table)])
    landscape, rejected, _ = landscape_of(tmp_path, capsys, inside)
    assert landscape.lattice_energy.tolist() == [-51, -50]
    (row,) = rejected
    assert row["reason"].startswith("no lattice energy: its name is in no row of table structures.csv")
    apart = tmp_path / "apart"
    apart.mkdir()
    (apart / "any.csv").write_text(table)
    landscape, _, _ = landscape_of(tmp_path, capsys, as_zip(apart / "b.zip", bare))
    assert landscape.lattice_energy.tolist() == [-51, -50]


@pytest.mark.parametrize("wal", [False, True])
@pytest.mark.parametrize("old", [False, True])
def test_databases_are_read_and_left_alone(tmp_path, capsys, molecule, old, wal):
    made = texts(molecule, (14, 19, 2, 61, 4))
    rows = [
        (made[0][0], made[0][1], made[0][2], -70.5, 3, 1),
        (made[0][0][:-1] + "2", made[0][1], made[0][2], -75.0, 2, 1),
        (made[1][0], made[1][1], made[1][2], -71.0, 3, 1),
        (made[2][0], made[2][1], made[2][2], -99.0, 3, 0),
        (made[3][0][:-1] + "2", made[3][1], made[3][2], -98.0, 2, 1),
    ]
    place = tmp_path / "dbs"
    place.mkdir()
    database(place / "a.db", rows, old=old, wal=wal)
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in place.iterdir()}
    landscape, rejected, printed = landscape_of(tmp_path, capsys, place / "a.db")
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in place.iterdir()} == before
    assert landscape.id.tolist() == [made[1][0], made[0][0]]
    assert landscape.lattice_energy.tolist() == [-71.0, -70.5]
    assert [row["reason"] for row in rejected] == ["minimisation stopped at step 2 of 3"]
    assert "1 trials marked as invalid" in printed


def test_a_clustered_database_gives_its_unique_structures(tmp_path, capsys, molecule):
    made = [(i, t, c, -70 - k, 3, 1) for k, (i, t, c) in enumerate(texts(molecule, (14, 19)))]
    database(tmp_path / "output.db", made, clustered=True)
    landscape, rejected, _ = landscape_of(tmp_path, capsys, tmp_path / "output.db")
    assert landscape.id.tolist() == [made[0][0]]
    assert rejected == []


@pytest.mark.parametrize(("basis", "energies"), [("auto", [-90, -88.75]), ("cell", [-22.5, -88.75 / 4])])
def test_energies_of_the_cell_are_shared_among_its_molecules(tmp_path, capsys, molecule, basis, energies):
    source = as_zip(tmp_path / "z.zip", [(f"{i}.res", t) for i, t, _ in texts(molecule, (14, 19))])
    landscape, _, _ = landscape_of(tmp_path, capsys, source, "--energy-basis", basis)
    assert landscape.lattice_energy == pytest.approx(energies)


def test_complete_cells_of_extxyz_are_analysed_as_crystals(tmp_path, capsys, molecule):
    frames = []
    for i, number in enumerate((14, 19, 2)):
        crystal = loose(i, number, molecule)
        points = [crystal.fractional @ r.T + t for r, t in zip(crystal.rotations, crystal.translations, strict=True)]
        every = np.concatenate(points) + [0.1, 0.2, 0.3]
        atoms = ase.Atoms(crystal.symbols * len(points), scaled_positions=every, cell=crystal.cell, pbc=True)
        # One label is wrong, and the energies are of the cell.
        atoms.info = {"name": f"c{i}", "spacegroup": 14, "energy": (-3.0 + 0.1 * i) * len(points), "energy_unit": "eV"}
        frames.append(atoms)
    source = tmp_path / "cells.extxyz"
    ase.io.write(source, frames, format="extxyz")
    landscape, rejected, printed = landscape_of(tmp_path, capsys, source)
    assert rejected == []
    assert landscape.space_group.tolist() == [14, 19, 2]
    assert landscape.z_prime.tolist() == [1, 1, 1]
    assert np.diff(landscape.atom_offset).tolist() == [18] * 3
    ev = ase.units.kJ / ase.units.mol
    assert landscape.lattice_energy == pytest.approx(np.array([-3.0, -2.9, -2.8]) / ev)
    assert landscape.density == pytest.approx([loose(i, n, molecule).density for i, n in enumerate((14, 19, 2))])
    assert "2 have another space group than their label says" in printed


def test_what_is_no_source_ends_with_a_clear_message(tmp_path, capsys):
    output = tmp_path / "landscape.h5"
    empty = tmp_path / "empty"
    empty.mkdir()
    text = tmp_path / "a.txt"
    text.write_text("hello")
    damaged = tmp_path / "d.db"
    damaged.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    archive = tmp_path / "d.zip"
    archive.write_bytes(b"PK\x03\x04" + b"x" * 500)
    for source, words in (
        (tmp_path / "missing", "no such file"),
        (empty, "can be read"),
        (text, "not a .res file"),
        (damaged, "database"),
        (archive, "damaged zip"),
    ):
        printed = run(capsys, source, "--molecule", "m", "-o", output, status=2)
        assert words in printed.err
        assert "remedy" in printed.err
        assert not output.exists()


def test_a_damaged_member_costs_only_itself(tmp_path, capsys, molecule):
    source = tmp_path / "z.zip"
    made = texts(molecule, (14, 19, 2))
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        for i, text, _ in made:
            archive.writestr(f"../../{i}.res", text)
    data = bytearray(source.read_bytes())
    data[200:240] = bytes(40)
    source.write_bytes(data)
    landscape, rejected, _ = landscape_of(tmp_path, capsys, source)
    assert len(landscape) == 2
    assert "cannot be read" in rejected[0]["reason"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "z.zip"]


def test_selections_follow_groups_and_shells(tmp_path, capsys, molecule):
    source = as_zip(tmp_path / "z.zip", [(f"{i}.res", t) for i, t, _ in texts(molecule)])
    landscape, _, _ = landscape_of(tmp_path, capsys, source)
    path = tmp_path / "out" / "landscape.h5"
    edges = [0, 5, 10, 12]
    parts = [read_landscape(path, Selection(shell=shell)) for shell in zip(edges, edges[1:], strict=False)]
    assert [len(part) for part in parts] == [5, 4, 1]
    assert np.concatenate([part.id for part in parts]).tolist() == landscape.id.tolist()
    chosen = read_landscape(path, Selection(space_groups=[33, 2], shell=(0, 10)))
    assert chosen.space_group.tolist() == [2, 33]
    for i in range(2):
        row = landscape.id.tolist().index(chosen.id[i])
        for mine, whole in zip(chosen.structure(i), landscape.structure(row), strict=True):
            assert np.array_equal(mine, whole)
    assert len(read_landscape(path, Selection(space_groups=[230]))) == 0
    assert in_shell(np.array([0.0, 10.0, 10.1]), (0, 10)).tolist() == [True, True, False]


def test_the_stage_answers_help():
    done = subprocess.run([sys.executable, "-m", "crystalspan", "landscape", "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "--density-tolerance" in done.stdout
