"""Any number of ranks makes the same landscape of a source, byte for byte, and tells the same of it."""

import csv
import io
import json
import pickle
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import ase
import ase.db
import ase.io
import numpy as np
import pytest

from crystalspan.cli import main
from crystalspan.crystallography import space_groups
from crystalspan.crystallography.lattices import is_group
from crystalspan.errors import InputError
from crystalspan.formats import sources
from crystalspan.formats.res_writer import format_res
from crystalspan.landscape.account import write_rejected
from crystalspan.landscape.build import build_landscape, describe
from crystalspan.landscape.file import write_landscape
from crystalspan.landscape.settings import CheckSettings
from crystalspan.landscape.slices import write_slices
from crystalspan.settings import with_defaults
from crystalspan.team import Team
from naive.landscape import Crystal, load, loose_crystal

pytestmark = pytest.mark.slow

MPIEXEC = Path(sys.executable).parent / "mpiexec"
needs_mpi = pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec in this environment")
GROUPS = (2, 14, 19)
KINDS = ("folder", "zip", "tar", "several", "joined", "database", "clustered", "cif", "extxyz", "ase")
# All that compares structures, or depends on their order.
SETTINGS = {
    "conformers": "accept",
    "conformer_tolerance": 0.02,
    "duplicates": {"method": "distances", "neighbours": 12},
    "pseudo_symmetry": 0.05,
    "smallest_packing": 0.1,
}


class Copies(Team):
    """A team without MPI: what goes from rank to rank is copied as MPI copies it, and done one after the other."""

    def __init__(self, size):
        self.size = size

    def _run(self, work, tasks):
        results = [work(*tasks[0])]
        for task in tasks[1:]:
            work, arguments = pickle.loads(pickle.dumps((work, task)))
            results.append(pickle.loads(pickle.dumps(work(*arguments))))
        return results


def strained(crystal, strain):
    """The atoms of a crystal with the molecule stretched a little: another conformer."""
    centre = crystal.fractional.mean(axis=0)
    stretched = (crystal.fractional - centre) @ crystal.matrix * [1 + strain, 1, 1]
    return centre + stretched @ np.linalg.inv(crystal.matrix)


@pytest.fixture(scope="module")
def texts(repository):
    """(id, .res text) of good, relabelled, special, repeated, strained and broken crystals, energies in no order."""
    molecule = load(repository / "config" / "molecules", "anti-BDT")
    crystals = [loose_crystal(molecule, number, seed) for seed, number in enumerate(GROUPS)]
    found = []
    for k in range(36):
        crystal, name = crystals[k % 3], f"anti-BDT-QR-{GROUPS[k % 3]}-{k}-3"
        atoms = strained(crystal, 0.01 * (k % 7)) if k % 4 == 1 else crystal.fractional
        energy = -80 - 7.3 * k % 11
        text = format_res(name, energy, crystal.density, crystal.cell, crystal.number, crystal.symbols, atoms)
        found.append((name, spoiled(text, k, name, energy)))
    whole = Crystal(molecule, 14, 4, centre=(0, 0, 0))
    apart = [
        i
        for i in range(18)
        if not any(np.linalg.norm((whole.fractional[i] + whole.fractional[j]) @ whole.matrix) < 0.1 for j in range(i))
    ]
    symbols = [whole.symbols[i] for i in apart]
    half = format_res("half", -83, whole.density / 2, whole.cell, 14, symbols, whole.fractional[apart])
    low = format_res("low", -82, np.nan, crystals[1].cell, *two_molecules(crystals[1]))
    return [*found, ("half", half), ("low", low)]


def two_molecules(crystal):
    """The crystal by half of its operations: they are of another group, and two molecules are listed."""
    rotations, translations = crystal.rotations[[0, 1]], crystal.translations[[0, 1]]
    assert is_group(rotations, translations)
    second = crystal.fractional @ crystal.rotations[2].T + crystal.translations[2]
    return (rotations, translations), crystal.symbols * 2, np.concatenate([crystal.fractional, second])


def spoiled(text, k, name, energy):
    """Each fifth or so is not as it should be."""
    lines = text.splitlines()
    if k % 5 == 2:
        lines[-2], lines[-5] = lines[-5], lines[-2]  # another order of atoms
    return {
        6: text.replace("S1 ", "N1 "),
        11: text.replace(name, "anti-BDT-QR-2-0-3"),
        16: "nothing",
        21: text.replace(f"{energy:.6f}", "nan"),
        26: text.replace("CELL 0.7", "CELL 0.7 1"),
        31: text.replace(lines[0], f"TITL {name}"),
    }.get(k, "\n".join(lines) + "\n")


def as_folder(path, texts):
    for i, (_, text) in enumerate(texts):
        place = path / f"part{i % 3}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"s{i}.res").write_text(text)
    (path / "part1" / "energies.csv").write_text(f"id,energy\n{texts[31][0]},-79.5\nnobody,-1\n")
    (path / "part0" / "notes.txt").write_text("nothing")
    (path / "part2" / "away").symlink_to("/")
    (path / "part2" / "zz.zip").write_bytes(zipped([(f"again{i}.res", text) for i, (_, text) in enumerate(texts[:3])]))
    return [path]


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return stream.getvalue()


def as_zip(path, texts):
    files = [(f"sub/s{i}.res", text) for i, (_, text) in enumerate(texts)]
    extra = [("sub/", ""), ("__MACOSX/._x.res", "x"), ("t.csv", f"id,energy\n{texts[31][0]},-79.5\n"), ("a.bin", b"\0")]
    path.write_bytes(zipped([*files[:9], *extra, *files[9:]]))
    return [path]


def as_tar(path, texts):
    with tarfile.open(path, "w:gz") as archive:
        for i, (_, text) in enumerate(texts):
            member = tarfile.TarInfo(f"s{i}.res")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    # Cut off: what comes before the damage is read.
    path.write_bytes(path.read_bytes()[:-200])
    return [path]


def as_joined(path, texts):
    path.write_text("\nEND\n".join(text for _, text in texts))
    return [path]


def as_several(path, texts):
    """A source of one structure, a joined one, and an archive."""
    path.mkdir()
    (path / "one.res").write_text(texts[0][1])
    return [path / "one.res", *as_joined(path / "many.res", texts[1:20]), *as_zip(path / "all.zip", texts)]


def as_database(path, texts, clustered=False):
    with sqlite3.connect(path) as db:
        db.execute(
            "create table crystal (id string primary key, spacegroup integer, energy float, file_content string)"
        )
        db.execute("create table equivalent_to (unique_id string, equivalent_id string)")
        db.execute("create table trial_structure (id string, minimization_step integer, valid boolean)")
        for i, (_, text) in enumerate(texts):
            name = f"trial-{i}-{2 + (i % 6 != 0)}"
            db.execute("insert into crystal values (?, ?, ?, ?)", (name, 14, -70 - 3.7 * i % 5, text))
            db.execute("insert into trial_structure values (?, ?, ?)", (name, 2 + (i % 6 != 0), i % 7 != 3))
            if clustered and i % 3:
                db.execute("insert into equivalent_to values (?, 'other')", (name,))
    db.close()
    return [path]


def cells(texts):
    """The complete cells of the good crystals, for ASE, and their names and energies."""
    for name, text in texts:
        found = sources.ResReader(sources.Settings()).read(text, "f", "r", name)
        for one in found:
            if not isinstance(one, sources.RawStructure) or one.energy != one.energy or name == "half":
                continue
            rotations, translations = space_groups.operations(int(name.split("-")[3]))
            copies = (one.fractional @ rotations.transpose(0, 2, 1) + translations[:, None]).reshape(-1, 3)
            numbers = np.tile(np.frombuffer(one.numbers, np.uint8), len(rotations))
            yield ase.Atoms(numbers, scaled_positions=copies, cell=one.cell, pbc=True), one


def as_extxyz(path, texts):
    frames = []
    for i, (atoms, one) in enumerate(cells(texts[:20])):
        key = "relative_energy" if i == 7 else "lattice_energy"
        atoms.info = {"name": one.id, key: one.energy}
        frames.append(atoms)
    ase.io.write(path, frames, format="extxyz")
    path.write_text(path.read_text().replace("\nC ", "\nQq ", 1))
    return [path]


def as_ase(path, texts):
    with ase.db.connect(path) as db:
        for atoms, one in cells(texts[:20]):
            atoms.pbc = [True, True, one.id[-3] != "7"]
            db.write(atoms, label=one.id, lattice_energy=one.energy)
    return [path]


def as_cif(path, texts):
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = ["data_paper\n_publ_author 'Nobody'"]
    for _, text in texts:
        for one in sources.ResReader(table := sources.Settings()).read(text, "f", "r", "d"):
            if isinstance(one, sources.Rejection):
                lines.append("data_broken\n_cell_length_a 5\n")
                continue
            lines.append(f"data_{one.id}")
            lines += [f"_cell_{key} {value:.6f}" for key, value in zip(names, one.cell, strict=True)]
            lines += [f"_lattice_energy {one.energy}", "loop_", "_symmetry_equiv_pos_as_xyz"]
            operations = zip(table.rotations[one.setting], table.translations[one.setting], strict=True)
            lines += [f"'{space_groups.format_operation(r, t)}'" for r, t in operations]
            lines += ["loop_", "_atom_site_type_symbol", *(f"_atom_site_fract_{axis}" for axis in "xyz")]
            symbols = [sources_symbol(number) for number in one.numbers]
            lines += [f"{s} {x} {y} {z}" for s, (x, y, z) in zip(symbols, one.fractional, strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return [path]


def sources_symbol(number):
    return ase.data.chemical_symbols[number]


@pytest.fixture(scope="module")
def made(texts, tmp_path_factory):
    """The sources of each kind."""
    folder = tmp_path_factory.mktemp("sources")
    suffixes = {"folder": "", "several": "", "joined": ".res", "database": ".db", "clustered": "", "ase": ".db"}
    writers = {"clustered": lambda path, texts: as_database(path, texts, True)}
    found = {}
    for kind in KINDS:
        write = writers.get(kind) or globals()[f"as_{kind}"]
        (folder / kind).mkdir()
        found[kind] = write(folder / kind / f"crystals{suffixes.get(kind, '.' + kind)}", texts)
    return found


def outcome(kind, given, folder, team):
    """Everything that a run leaves: files, and what it says."""
    checks = CheckSettings.of_section(with_defaults(SETTINGS, "landscape"))
    landscape, rejected, summary = build_landscape(
        kind, given, checks, largest_relative_energy=9, provenance={"stage": "landscape"}, team=team
    )
    write_landscape(folder / "landscape.h5", landscape)
    write_rejected(folder / "rejected.csv", rejected)
    write_slices(folder, landscape, GROUPS)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.*"))}
    return files, describe(landscape, summary), summary, len(landscape)


@pytest.mark.parametrize("kind", KINDS)
def test_ranks_share_a_source_and_nothing_changes(made, tmp_path, monkeypatch, kind):
    alone = outcome(kind, made[kind], tmp_path / "alone", None)
    assert alone[3] > 2
    assert alone[2].rejected + alone[2].duplicates > 2
    assert alone[2].conformers > 2
    for size, run in ((2, 1), (3, 2), (5, 1)):
        monkeypatch.setattr(sources, "_RUN", run)
        shares = [sources._read_share(rank, size, made[kind][-1], None) for rank in range(size)]
        assert sum(len(share.found) > 0 for share in shares) == size
        assert outcome(kind, made[kind], tmp_path / f"{size}", Copies(size)) == alone


def test_the_sources_hold_what_ranks_could_disagree_on(made, tmp_path):
    _, said, _, _ = outcome("folder", made["folder"], tmp_path, None)

    for words in (
        "atom order", "special position", "other conformers", "pseudo-symmetry", "are duplicates",
        "above the largest window",
        "rejected: 4: id occurs again", "no TITL line", "passed over: 1 other files",
        "links", "rows of a table without a structure",
    ):  # fmt: skip
        assert words in said, words
    _, said, _, _ = outcome("database", made["database"], tmp_path, None)
    assert "stopped at step" in said
    assert "marked as invalid" in said


_EVERY_CASE = """
import json, sys
from crystalspan.cli import main
from crystalspan.formats import sources
sources._RUN = 2
for arguments in json.loads(sys.argv[1]):
    main(["landscape", *arguments, "--ranks", sys.argv[2]])
"""


def on_ranks(ranks, code, *arguments):
    command = [MPIEXEC, "-n", ranks, sys.executable, "-c", code, *arguments]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, check=False)


@needs_mpi
def test_mpi_ranks_write_the_same_files_and_say_the_same(made, tmp_path, capsys):
    kinds = ("folder", "zip", "database", "cif", "extxyz")
    settings = json.dumps({"landscape": SETTINGS})
    options = ["--molecule", "anti-BDT", "--settings", settings, "--slices", *map(str, GROUPS), "-o"]

    def cases(folder):
        return [[*map(str, made[kind]), *options, str(folder / kind / "landscape.h5")] for kind in kinds]

    def files(folder):
        return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.*"))}

    for arguments in cases(tmp_path / "1"):
        main(["landscape", *arguments])
    said, alone = capsys.readouterr().out, files(tmp_path / "1")
    assert len(alone) == len(kinds) * (2 + len(GROUPS))
    for ranks in (2, 3):
        done = on_ranks(ranks, _EVERY_CASE, json.dumps(cases(tmp_path / f"{ranks}")), ranks)
        assert done.returncode == 0, done.stderr
        assert done.stdout == said
        assert files(tmp_path / f"{ranks}") == alone


@needs_mpi
@pytest.mark.parametrize("step", ["formats.sources._read_share", "landscape.molecules._contacts"])
def test_an_error_on_another_rank_ends_all_with_one_message_and_no_file(made, tmp_path, step):
    module, name = f"crystalspan.{step}".rsplit(".", 1)
    code = (
        "import sys, importlib; from crystalspan.cli import main; from crystalspan.errors import InputError\n"
        "from mpi4py import MPI\n"
        "def ill(*_): raise InputError('this rank is ill', file='a.db', remedy='rest')\n"
        f"if MPI.COMM_WORLD.rank == 1: importlib.import_module({module!r}).{name} = ill\n"
        "main(['landscape', *sys.argv[1:], '--ranks', '2'])"
    )
    output = tmp_path / "out" / "landscape.h5"
    done = on_ranks(2, code, *made["zip"], "--molecule", "anti-BDT", "-o", output)
    assert done.returncode != 0
    assert done.stderr.count("crystalspan landscape: a.db: this rank is ill\n  remedy: rest") == 1
    assert "Traceback" not in done.stderr
    (left,) = tmp_path.rglob("*.*")
    assert left.read_text().endswith("a.db,,this rank is ill,rest\n")


@needs_mpi
def test_a_missing_source_is_told_once(tmp_path):
    code = "import sys; from crystalspan.cli import main; main(sys.argv[1:])"
    output = tmp_path / "landscape.h5"
    done = on_ranks(2, code, "landscape", tmp_path / "missing", "--molecule", "m", "-o", output, "--ranks", "2")
    assert done.returncode != 0
    assert done.stderr.count("no such file or folder") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["rejected.csv"]


def test_what_no_rank_can_read_is_one_error(tmp_path):
    damaged = tmp_path / "d.db"
    damaged.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(InputError, match="the database cannot be read"):
        outcome("m", [damaged], tmp_path, Copies(3))
    empty = tmp_path / "e.zip"
    empty.write_bytes(b"PK\x03\x04" + b"x" * 500)
    with pytest.raises(InputError, match="1 are rejected, all for: .*damaged zip archive"):
        outcome("m", [empty], tmp_path, Copies(3))


def test_a_bomb_ends_the_reading_at_the_same_member_on_all_ranks(texts, tmp_path, monkeypatch):
    good = [(f"s{i}.res", text) for i, (_, text) in enumerate(texts[:5])]
    files = [*good, ("zeros", bytes(1 << 26)), ("more", bytes(1 << 26)), *[(f"t{n}", text) for n, text in good]]
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped(files))
    alone = sources.SourceReader()
    found = [str(one)[:500] for one in alone.read(path)]
    assert "decompression bomb" in found[-1]
    assert len(found) == 6
    monkeypatch.setattr(sources, "_RUN", 1)
    shared = sources.SourceReader()
    assert [str(one)[:500] for one in shared.read(path, None, Copies(3))] == found
    assert shared.passed_over == alone.passed_over


def test_rejected_csv_keeps_the_order_of_the_source(made, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "_RUN", 1)
    outcome("zip", made["zip"], tmp_path, Copies(3))
    with open(tmp_path / "rejected.csv", newline="") as stream:
        records = [row["record"] for row in csv.DictReader(stream)]
    places = [int(record.removeprefix("sub/s").removesuffix(".res")) for record in records]
    assert places == sorted(places)
