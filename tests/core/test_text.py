import json

import pytest

from crystalspan.crystallography.molecules import read_molecule
from crystalspan.errors import InputError
from crystalspan.settings import read_config
from crystalspan.study import read_molecules
from crystalspan.text import as_utf8, decode, read_text

WORDS = "molecule\tsource\nKäfig\t../Käfige/x.zip\n"
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_in_every_encoding_is_the_same(tmp_path, encoding):
    data = WORDS.encode(encoding)
    (tmp_path / "t").write_bytes(data)
    assert decode(data) == read_text(tmp_path / "t") == WORDS
    if encoding not in ("latin-1", "cp1252"):
        assert as_utf8(data) == WORDS.encode()
        assert as_utf8(data[:-1]).startswith(WORDS.encode()[:-1])


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xfe\xff", b"\xff\xfe\x00\xd8", b"a\0b", b"\x81\x8d", b"\0\0\0\0"])
def test_any_bytes_are_some_text(data):
    assert isinstance(decode(data), str)
    assert isinstance(as_utf8(data), bytes)


def test_windows_signs_are_no_control_characters():
    assert decode("\u2013 5 \u2026 ä".encode("cp1252")) == "\u2013 5 \u2026 ä"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_table_of_molecules(tmp_path, encoding):
    path = tmp_path / "landscapes.tsv"
    text = "  # one of today\r\n\r\nmolecule\tsource\tmolecule_file\r\n\r\n BDT \t ../Käfige \t\r\n\t# other\t../x\r\n"
    path.write_bytes(text.encode(encoding))
    (row,) = read_molecules(path)
    assert row.name == "BDT"
    assert [source.rpartition("/")[2] for source in row.sources] == ["Käfige"]


def test_a_damaged_table_of_molecules_is_refused_with_its_name(tmp_path):
    path = tmp_path / "landscapes.tsv"
    path.write_bytes(b"\xff\xfem\0o\0l\0")
    with pytest.raises(InputError, match=r"landscapes\.tsv"):
        read_molecules(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_settings_and_molecule_files(tmp_path, encoding):
    (tmp_path / "c.yaml").write_bytes("# Käfig\nlandscape:\n  strict: true\n".encode(encoding))
    assert read_config(tmp_path / "c.yaml") == {"landscape": {"strict": True}}
    record = {"name": "Käfig", "symbols": ["C", "O"], "positions": [[0, 0, 0], [0, 0, 1.1]]}
    (tmp_path / "m.json").write_bytes(json.dumps(record, ensure_ascii=False).encode(encoding))
    assert read_molecule(tmp_path / "m.json").name == "Käfig"
