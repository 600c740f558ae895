import csv
import hashlib
import re
import sqlite3
import subprocess
import sys
import zipfile

import ase
import ase.io
import numpy as np
import pytest

from crystalspan.cli import main
from crystalspan.crystallography.cell import cell_matrix
from crystalspan.formats.res_writer import format_res
from crystalspan.landscape.file import Selection, in_shell, read_landscape
from naive.landscape import Crystal, cell_atoms, load, loose_crystal, same_atoms

GROUPS = (14, 15, 19, 2, 29, 33, 4, 5, 61, 9)


_MADE = {}


def _loose(seed, number, molecule):
    if (seed, number) not in _MADE:
        _MADE[seed, number] = loose_crystal(molecule, number, seed)
    return _MADE[seed, number]


def texts(molecule, groups=GROUPS, start=-90.0, name="anti-BDT"):
    """One crystal of each group as (id, .res text, crystal)."""
    found = []
    for i, number in enumerate(groups):
        crystal = _loose(i, number, molecule)
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


@pytest.fixture
def molecule(molecules_folder):
    return load(molecules_folder, "anti-BDT")


def landscape_of(tmp_path, capsys, source, *more):
    output = tmp_path / "out" / "landscape.h5"
    printed = run(capsys, source, "--molecule", "anti-BDT", "-o", output, *more)
    with open(output.parent / "rejected.csv", newline="") as stream:
        rejected = list(csv.DictReader(stream))
    return read_landscape(output), rejected, printed.out


def as_zip(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files:
            archive.writestr(name, text)
    return path


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
    assert read_landscape(output).provenance["inputs"] == {
        str(archive): hashlib.sha256(archive.read_bytes()).hexdigest()
    }


def test_half_a_molecule_equals_its_subgroup_with_a_whole_one(tmp_path, capsys, molecule):
    whole = Crystal(molecule, 14, 4, centre=(0, 0, 0))
    kept = [
        i
        for i in range(18)
        if not any(np.linalg.norm((whole.fractional[i] + whole.fractional[j]) @ whole.matrix) < 0.1 for j in range(i))
    ]
    assert len(kept) == 9
    symbols = [whole.symbols[i] for i in kept]
    half = format_res("half", -80, whole.density / 2, whole.cell, 14, symbols, whole.fractional[kept])
    # P21/c without its inversion at the molecule: the glide alone, Pc, molecule whole.
    glide = [0, 3]
    subgroup = whole.rotations[glide], whole.translations[glide]
    assert np.linalg.det(subgroup[0][1]) < 0
    other = format_res("pc", -81, whole.density / 2, whole.cell, subgroup, whole.symbols, whole.fractional)
    source = as_zip(tmp_path / "z.zip", [("half.res", half), ("pc.res", other)])
    landscape, rejected, printed = landscape_of(tmp_path, capsys, source)
    assert rejected == []
    assert "special position" in printed
    assert landscape.space_group.tolist() == [7, 14]
    assert landscape.z_prime.tolist() == [1.0, 0.5]
    assert landscape.density[0] == pytest.approx(landscape.density[1], abs=1e-6)
    first, second = (
        cell_atoms(s.fractional, s.atomic_number, whole.matrix, s.rotations, s.translations)
        for s in (landscape.structure(0), landscape.structure(1))
    )
    assert len(first) == 36
    assert same_atoms(first, second, whole.matrix)
    assert np.array_equal(landscape.structure(0).atomic_number, landscape.structure(1).atomic_number)


def test_a_flat_molecule_in_a_mirror_plane(tmp_path, capsys, molecules_folder):
    turn = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0.0]])
    crystal = Crystal(load(molecules_folder, "syn-BDT"), 26, 3, centre=(0, 0.2, 0.3), turn=turn)
    text = format_res("m", -80, crystal.density / 2, crystal.cell, 26, crystal.symbols, crystal.fractional)
    source = tmp_path / "m.res"
    source.write_text(text)
    landscape, rejected, _ = landscape_of(tmp_path, capsys, source)
    assert rejected == []
    assert landscape.z_prime.tolist() == [0.5]
    assert len(landscape.operations(0)[0]) == 2


def test_another_atom_order_is_put_right(tmp_path, capsys, molecule):
    made = texts(molecule, (14, 19, 2))
    crystal = made[2][2]
    lines = made[2][1].splitlines()
    atoms = [i for i, line in enumerate(lines) if line[0] in "CHS" and line[1].isdigit()]
    lines[atoms[0]], lines[atoms[5]] = lines[atoms[5]], lines[atoms[0]]
    files = [(f"{i}.res", text) for i, (_, text, _) in enumerate(made[:2])] + [("2.res", "\n".join(lines) + "\n")]
    landscape, rejected, printed = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert rejected == []
    assert "1 were put into the reference's atom order" in printed
    found = landscape.structure(2).fractional
    # One of the molecule's own relabellings of the original order.
    assert any(
        np.abs(found - crystal.fractional[mapping]).max() < 1e-7 for mapping in landscape.reference_automorphisms
    )


def test_the_reference_file_is_put_into_the_files_order(tmp_path, capsys, molecule, molecules_folder):
    source = as_zip(tmp_path / "z.zip", [(f"{i}.res", t) for i, t, _ in texts(molecule, (14, 2))])
    landscape, rejected, _ = landscape_of(tmp_path, capsys, source, "--reference", molecules_folder / "anti-BDT.json")
    assert rejected == []
    assert landscape.reference_atomic_number.tolist() == [6] * 10 + [1] * 6 + [16] * 2
    found = landscape.structure(0)
    positions = found.fractional @ cell_matrix(found.cell)
    reference = landscape.reference_positions
    difference = np.linalg.norm(positions[:, None] - positions, axis=-1) - np.linalg.norm(
        reference[:, None] - reference, axis=-1
    )
    assert np.abs(difference).max() < 1e-5
    assert len(landscape.reference_automorphisms) == 2
    _, rejected, _ = landscape_of(tmp_path, capsys, source, "--reference", molecules_folder / "syn-BDT.json")
    assert {row["reason"] for row in rejected} == {"different molecule: same composition as the reference, other bonds"}


def broken(molecule):
    """What is wrong with a file, and a piece of the reason that must come out."""
    good = texts(molecule, (14,))[0][1]
    crystal = _loose(0, 14, molecule)
    full = np.concatenate(
        [crystal.fractional @ r.T + t for r, t in zip(crystal.rotations, crystal.translations, strict=True)]
    )
    far = crystal.fractional.copy()
    far[3] += [0.03, 0, 0]
    tight = Crystal(molecule, 2, 0, centre=(0.02, 0.03, 0.5))

    def res(
        fractional=crystal.fractional,
        symbols=crystal.symbols,
        cell=crystal.cell,
        number=14,
        density=crystal.density,
    ):
        return format_res("bad", -88, density, cell, number, symbols, fractional)

    atom = next(line for line in good.splitlines() if line.startswith("S1 "))
    return {
        "range": (good.replace(atom, atom.replace(" 3 ", " 4 ", 1)), "out of range"),
        "label": (good.replace("S1 ", "N1 "), "SFAC (C H S) lacks N"),
        "chlorine": (
            good.replace("C1 ", "CLR1 "),
            "wrong composition",
        ),
        "swapped": (good.replace("S1    3", "S1    2"), "label S1 means S, but its SFAC number 2 is H"),
        "element": (good.replace("SFAC C H S", "SFAC C H Qq"), "no element"),
        "density": (res(density=crystal.density * 1.1), "density is"),
        "cell twice": (res(full, crystal.symbols * 4, density=crystal.density), "closer than"),
        "overlap": (
            res(tight.fractional, cell=tight.cell, number=2, density=tight.density),
            "molecules overlap",
        ),
        "composition": (
            res(crystal.fractional[:-1], crystal.symbols[:-1], density=np.nan),
            "wrong composition",
        ),
        "moved atom": (res(far), "different"),
        "angles": (good.replace("CELL 0.7", "CELL 0.7 5 5 5 120 120 121 REM"), "CELL needs"),
        "no volume": (res(cell=[9, 9, 9, 150, 90, 30], density=np.nan), "enclose no volume"),
        "energy": (good.replace("-90.000000", "nan"), "no lattice energy"),
        "operation": (good.replace("SYMM ", "SYMM Q"), "no symmetry operation"),
        "group": (good.replace("Y+1/2", "Y+0.21"), "group"),
        "infinite": (good.replace(atom, "S1 3 0.1 inf 0.2"), "not at finite coordinates"),
        "words": (good.replace(atom, "S1 3 0.1 zero 0.2"), "no atom"),
        "nothing": ("", "no TITL"),
        "airss": (re.sub("TITL.*", "TITL a 0.0 300 -1234 0 0 36 (P21/c) n - 1", good), "AIRSS"),
    }


KINDS = [
    "range", "label", "chlorine", "swapped", "element", "density", "cell twice", "overlap",
    "composition", "moved atom", "angles", "no volume", "energy", "operation", "group", "infinite",
    "words", "nothing", "airss",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_has_its_reason_and_remedy(tmp_path, capsys, molecule, kind):
    text, reason = broken(molecule)[kind]
    good = texts(molecule, (19, 2, 61), start=-80)
    files = [(f"{i}.res", t) for i, t, _ in good] + [("bad.res", text)]
    landscape, rejected, printed = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert len(landscape) == 3
    assert landscape.relative_energy[0] == 0
    assert [row["record"] for row in rejected] == ["bad.res"]
    assert reason in rejected[0]["reason"]
    assert rejected[0]["remedy"]
    assert "1 rejected" in printed


def test_a_second_structure_of_an_id_is_turned_down(tmp_path, capsys, molecule):
    text = texts(molecule, (14,))[0][1]
    source = as_zip(tmp_path / "z.zip", [("a.res", text), ("b.res", text)])
    landscape, rejected, _ = landscape_of(tmp_path, capsys, source)
    assert len(landscape) == 1
    assert "a.res" in rejected[0]["reason"]
    assert rejected[0]["record"] == "b.res"


@pytest.mark.parametrize("ending", ["\n", ""])
def test_a_file_cut_anywhere_never_passes_for_whole(tmp_path, capsys, molecule, ending):
    good = texts(molecule, (19, 2, 61), start=-80)
    lines = texts(molecule, (14,))[0][1].splitlines()
    files = [(f"{i}.res", t) for i, t, _ in good]
    files += [(f"cut{k:02d}.res", "\n".join(lines[:k]) + ending) for k in range(len(lines))]
    # And within the last number: each digit that is missing.
    whole = "\n".join(lines)
    files += [(f"digit{k}.res", whole[:-k]) for k in range(1, 30)]
    landscape, rejected, _ = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert len(landscape) == 3
    assert len(rejected) == len(files) - 3


def test_groups_and_energies_that_are_not_asked_for(tmp_path, capsys, molecule):
    source = as_zip(tmp_path / "z.zip", [(f"{i}.res", t) for i, t, _ in texts(molecule)])
    landscape, rejected, printed = landscape_of(
        tmp_path, capsys, source, "--space-group", "P21/c", "15", "61", "--max-relative-energy", "9"
    )
    assert landscape.space_group.tolist() == [14, 15]
    assert len(rejected) == 7
    assert all("not asked for" in row["reason"] for row in rejected)
    assert "1 lie above the largest window" in printed


def test_energies_come_from_a_table_inside_or_beside(tmp_path, capsys, molecule):
    made = texts(molecule, (14, 19, 2))
    bare = [(f"{i}.res", t.replace(t.splitlines()[0], f"TITL {i}")) for i, t, _ in made]
    table = "id,spacegroup,density,energy\n" + "".join(f"{i},0,,{-50 - k}\n" for k, (i, _, _) in enumerate(made[:2]))
    inside = as_zip(tmp_path / "inside.zip", [*bare, ("structures.csv", table)])
    landscape, rejected, _ = landscape_of(tmp_path, capsys, inside)
    assert landscape.lattice_energy.tolist() == [-51, -50]
    assert [row["reason"] for row in rejected] == ["no lattice energy"]
    apart = tmp_path / "apart"
    apart.mkdir()
    (apart / "any.csv").write_text(table)
    landscape, _, _ = landscape_of(tmp_path, capsys, as_zip(apart / "b.zip", bare))
    assert landscape.lattice_energy.tolist() == [-51, -50]


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


def test_nothing_accepted_is_a_valid_empty_landscape(tmp_path, capsys, molecule):
    source = as_zip(tmp_path / "z.zip", [(f"{i}.res", t) for i, t, _ in texts(molecule, (14,))])
    landscape, rejected, _ = landscape_of(tmp_path, capsys, source, "--space-group", "2")
    assert len(landscape) == 0
    assert len(rejected) == 1


def test_the_stage_answers_help():
    done = subprocess.run([sys.executable, "-m", "crystalspan", "landscape", "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "--density-tolerance" in done.stdout


def together(*parts):
    """Fractional coordinates and symbols of several molecules in one list."""
    return np.concatenate([points for points, _ in parts]), [symbol for _, symbols in parts for symbol in symbols]


def test_a_solvate_is_refused_by_the_names_of_its_molecules(tmp_path, capsys, molecule):
    crystal = _loose(0, 14, molecule)
    water = np.array([[0.0, 0, 0], [0.76, 0.58, 0], [-0.76, 0.58, 0]]) @ np.linalg.inv(crystal.matrix)
    points, symbols = together(
        (crystal.fractional, crystal.symbols),
        (water + crystal.fractional.mean(axis=0) + [0.5, 0, 0], ["O", "H", "H"]),
    )
    text = format_res("wet", -99, np.nan, crystal.cell, 14, symbols, points)
    files = [(f"{i}.res", t) for i, t, _ in texts(molecule, (14, 19))] + [("wet.res", text)]
    landscape, rejected, _ = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert len(landscape) == 2
    assert rejected[0]["record"] == "wet.res"
    assert rejected[0]["reason"].startswith("2 kinds of molecules: C10H6S2 and H2O")
    # Alone it is no error: the list says what it is.
    landscape, rejected, _ = landscape_of(tmp_path, capsys, as_zip(tmp_path / "wet.zip", files[-1:]))
    assert len(landscape) == 0
    assert "C10H6S2 and H2O" in rejected[0]["reason"]


def test_strict_makes_a_rejection_an_error(tmp_path, capsys, molecule):
    files = [(f"{i}.res", t) for i, t, _ in texts(molecule, (14, 19))]
    good = as_zip(tmp_path / "good.zip", files)
    landscape_of(tmp_path, capsys, good, "--strict")
    bad = as_zip(tmp_path / "bad.zip", [*files, ("empty.res", "")])
    output = tmp_path / "strict" / "landscape.h5"
    printed = run(capsys, bad, "--molecule", "m", "-o", output, "--strict", status=2)
    assert "strict: 1 of 3 structures are rejected" in printed.err
    assert "1 rejected" in printed.out
    assert not output.exists()
    assert "empty.res" in (output.parent / "rejected.csv").read_text()


BUTANE = {"anti": 180.0, "gauche": 65.0, "other gauche": -65.0, "eclipsed": 118.0}


def butane(torsion):
    """The carbon and hydrogen positions of butane, by bond lengths, angles and torsions."""
    atoms = [np.zeros(3), np.array([1.53, 0, 0])]

    def add(a, b, c, length, angle, turn):
        bond = (atoms[c] - atoms[b]) / np.linalg.norm(atoms[c] - atoms[b])
        normal = np.cross(atoms[b] - atoms[a], bond)
        normal /= np.linalg.norm(normal)
        angle, turn = np.radians([angle, turn])
        side = np.cross(normal, bond)
        atoms.append(
            atoms[c] + length * (-np.cos(angle) * bond + np.sin(angle) * (np.cos(turn) * side + np.sin(turn) * normal))
        )

    atoms.append(atoms[1] + 1.53 * np.array([-np.cos(np.radians(112)), np.sin(np.radians(112)), 0]))
    add(0, 1, 2, 1.53, 112, torsion)
    for a, b, c, turns in (
        (2, 1, 0, (60, 180, 300)),
        (3, 2, 1, (torsion + 120, torsion - 120)),
        (0, 1, 2, (torsion + 120, torsion - 120)),
        (1, 2, 3, (60, 180, 300)),
    ):
        for turn in turns:
            add(a, b, c, 1.10, 110, turn)
    return np.array(atoms), ["C"] * 4 + ["H"] * 10


def test_conformers_are_told_apart_and_mirror_images_are_not(tmp_path, capsys):
    files = []
    shapes = ["anti", "gauche", "other gauche", "eclipsed", "anti"]
    for i, name in enumerate(shapes):
        points, symbols = butane(BUTANE[name])
        cell = [11, 12, 13, 90, 90 + i, 90]
        order = (
            np.random.default_rng(i).permutation(4).tolist() + (4 + np.random.default_rng(i).permutation(10)).tolist()
        )
        fractional = (points @ np.linalg.inv(cell_matrix(cell)) + 0.1)[order if i else slice(None)]
        files.append((f"{i}.res", format_res(f"c{i}", -50 + i, np.nan, cell, 4, symbols, fractional)))
    source = as_zip(tmp_path / "z.zip", files)
    landscape, rejected, printed = landscape_of(tmp_path, capsys, source, "--conformers", "accept")
    assert rejected == []
    assert landscape.conformer.tolist() == [0, 1, 1, 2, 0]
    assert "3 hold other conformers" in printed
    for i in range(5):
        structure = landscape.structure(i)
        positions = structure.fractional @ cell_matrix(structure.cell)
        bonds = np.linalg.norm(positions[:3] - positions[1:4], axis=1)
        assert bonds == pytest.approx([1.53] * 3, abs=1e-4)
    _, rejected, _ = landscape_of(tmp_path, capsys, source)
    numbers = [re.search(r"conformer (\d)", row["reason"])[1] for row in rejected]
    assert numbers == ["1", "1", "2"]


@pytest.mark.parametrize(("basis", "energies"), [("auto", [-90, -88.75]), ("cell", [-22.5, -88.75 / 4])])
def test_energies_of_the_cell_are_shared_among_its_molecules(tmp_path, capsys, molecule, basis, energies):
    source = as_zip(tmp_path / "z.zip", [(f"{i}.res", t) for i, t, _ in texts(molecule, (14, 19))])
    landscape, _, _ = landscape_of(tmp_path, capsys, source, "--energy-basis", basis)
    assert landscape.lattice_energy == pytest.approx(energies)


def test_complete_cells_of_extxyz_are_analysed_as_crystals(tmp_path, capsys, molecule):
    frames = []
    for i, number in enumerate((14, 19, 2)):
        crystal = _loose(i, number, molecule)
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
    assert landscape.density == pytest.approx([_loose(i, n, molecule).density for i, n in enumerate((14, 19, 2))])
    assert "2 have another space group than their label says" in printed


def test_pseudo_symmetry_is_reported(tmp_path, capsys, molecule):
    crystal = _loose(0, 14, molecule)
    copies = [crystal.fractional @ crystal.rotations[o].T + crystal.translations[o] for o in (0, 2)]
    copies[1] = copies[1] + 0.03 / crystal.cell[:3]
    screw = crystal.rotations[:2], crystal.translations[:2]
    low = format_res("low", -80, np.nan, crystal.cell, screw, crystal.symbols * 2, np.concatenate(copies))
    other = texts(molecule, (19,))[0][1]
    source = as_zip(tmp_path / "z.zip", [("low.res", low), ("19.res", other)])
    landscape, rejected, printed = landscape_of(tmp_path, capsys, source, "--pseudo-symmetry", "0.2")
    assert rejected == []
    assert landscape.space_group.tolist() == [19, 4]
    assert landscape.found_space_group.tolist() == [19, 14]
    assert "1 are nearly of another space group" in printed
    landscape, _, _ = landscape_of(tmp_path, capsys, source)
    assert landscape.found_space_group.tolist() == [0, 0]
