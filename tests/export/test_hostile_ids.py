"""Names of strangers are text in CIF, CSV, XYZ, YAML and JSON, and no names of files."""

import csv
import dataclasses
import io
import json
import re
import zipfile

import gemmi
import numpy as np
import pytest
import yaml
from export_help import ase_atoms, cifs, exported, json_of, rows_of

from crystalspan.export.cif import quoted
from crystalspan.export.names import is_plain
from crystalspan.printing.csv_files import unguarded
from random_crystals import random_landscape

HOSTILE = [
    "'; DROP TABLE x; --",
    "a' _cell_length_a 1\ndata_b\nloop_\n_x\n;text\n;",
    ";",
    "data_",
    "loop_",
    '"quoted" = \\" {} id=other Lattice="1 0 0"',
    "=1+1",
    "@SUM(A1)",
    "-x",
    "+1",
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\x",
    "a,b\r\nc",
    "\t",
    "\0",
    "\u2028\u202e\ufeff",
    "中\U0001f600é",
    "- !!python/object/apply:os.system [x]",
    "&a *a # ? : |",
    "$(touch pwned) `touch pwned`",
    "</script><script>",
    "x" * 5000,
    "CON",
    "nul.cif",
    "NaN",
    "14",
    "1e5",
    "",
    " ",
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A landscape of crystals and of a molecule with such names, and what was written."""
    landscape = random_landscape((2, 14), -(-len(HOSTILE) // 2), n_atoms=5, seed=1)
    ids = np.array([*HOSTILE, *(f"plain-{i}" for i in range(len(landscape) - len(HOSTILE)))], dtype=object)
    repeats = np.array([""] * len(ids), dtype=object)
    repeats[3] = ids[1]
    landscape = dataclasses.replace(landscape, id=ids, duplicate_of=repeats, name=HOSTILE[1], source=ids)
    folder = tmp_path_factory.mktemp("hostile") / "deposit"
    texts = {
        "title": HOSTILE[1] + '"',
        "authors": [HOSTILE[5], "\n, \n"],
        "licence": "a\nb: {c",
        "publisher": "'\"\n- x",
    }
    exported(folder, landscape, **texts)
    return landscape, folder


def test_names_of_files_are_plain(hostile):
    landscape, folder = hostile
    with zipfile.ZipFile(folder / "structures.zip") as archive:
        names = [member.removeprefix("structures/").removesuffix(".cif") for member in archive.namelist()]
    assert all(map(is_plain, names))
    assert len({name.lower() for name in names}) == len(landscape)
    kept = {one for name, one in zip(names, landscape.id, strict=True) if name == one}
    # Within a name these are no words of CIF.
    assert kept == {"data_", "loop_"}


def test_every_cif_holds_one_block_with_the_same_tags(hostile):
    landscape, folder = hostile
    tags = set()
    for i, (name, text) in enumerate(cifs(folder).items()):
        assert text.isascii()
        assert max(map(len, text.splitlines())) <= 2048
        block = gemmi.cif.read_string(text).sole_block()
        assert block.name == name
        told = frozenset(item.pair[0] if item.pair else tuple(item.loop.tags) for item in block)
        tags.add(frozenset(one for one in told if "cluster_centre" not in one))
        assert len(gemmi.make_small_structure_from_block(block).sites) == 5
        assert gemmi.cif.as_number(block.find_value("_cell_length_a")) == pytest.approx(landscape.cell[i, 0])
    assert len(tags) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_a_quoted_text_is_one_value(text):
    value = quoted(text)
    block = gemmi.cif.read_string(f"data_x\n_a {value}\n_b 2\n").sole_block()
    assert [item.pair[0] for item in block] == ["_a", "_b"]
    told = re.sub(
        r"\\u(....)|\\U(.{8})", lambda found: chr(int(found[1] or found[2], 16)), block.find_value("_a")[1:-1]
    )
    assert told.removesuffix("...")[:200] == text[:200]


def test_the_table_has_a_row_a_crystal_and_no_formula(hostile):
    landscape, folder = hostile
    rows = rows_of(folder)
    assert len(rows) == len(landscape)
    for row, one in zip(rows, landscape.id, strict=True):
        assert (unguarded(row["original_id"]) or row["id"]) == one or one == ""
        assert not any(row[name].startswith(("=", "+", "@", "-", "\t")) for name in ("id", "original_id", "source"))
    assert rows[3]["duplicate_of"] == rows[1]["id"]
    # Nobody splits it in another way: not by lines, and not by blanks around quotes.
    text = (folder / "structures.csv").read_text("utf-8")
    assert [len(row) for row in csv.reader(io.StringIO(text, newline=""))] == [len(rows[0])] * (len(rows) + 1)


def test_every_frame_is_one_frame(hostile):
    landscape, folder = hostile
    frames = ase_atoms((folder / "structures.xyz").read_text("ascii"), "extxyz")
    assert len(frames) == len(landscape)
    assert len({frozenset(frame.info) for frame in frames}) == 1
    for i, frame in enumerate(frames):
        assert len(frame) == 5 * len(landscape.operations(i)[0])
        assert isinstance(frame.info["id"], str)


def test_yaml_and_json_give_the_texts_back(hostile):
    landscape, folder = hostile
    title = HOSTILE[1] + '"'
    for name in ("CITATION.cff", "optimade.yaml"):
        text = (folder / name).read_text("ascii")
        yaml.safe_load(text)
    assert yaml.safe_load((folder / "CITATION.cff").read_text())["title"] == title
    assert yaml.safe_load((folder / "CITATION.cff").read_text())["authors"][0] == {"name": HOSTILE[5]}
    assert json_of(folder, "datacite.json")["titles"] == [{"title": title}]
    assert json_of(folder, "provenance.json")["molecule"] == landscape.name
    for name in ("croissant.json", "ro-crate-metadata.json", "settings.json"):
        json.loads((folder / name).read_text("utf-8"))


def test_the_text_for_people_is_of_lines_that_can_be_printed(hostile):
    _, folder = hostile
    for line in (folder / "README.txt").read_text("utf-8").splitlines():
        assert line.isprintable(), line
    listed = (folder / "SHA256SUMS").read_text().splitlines()
    assert len(listed) == len(list(folder.iterdir())) - 1
