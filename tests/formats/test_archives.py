import bz2
import gzip
import hashlib
import io
import lzma
import os
import stat
import struct
import tarfile
import tracemalloc
import zipfile

import pytest
from formats_help import AIRSS, CIF, DMACRYS, MOL_CSPY, numbered, read, tarred, write, zipped

from crystalspan.errors import InputError
from crystalspan.formats import archives
from crystalspan.formats.registry import BY_NAME
from crystalspan.settings import schema

FILES = numbered(DMACRYS, 4)
IDS = [f"name_{k}" for k in range(4)]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_archives_are_read_like_zips(tmp_path, mode):
    for source in (tarred(FILES, mode), zipped(FILES)):
        structures, rejections, _ = read(write(tmp_path / "archive", source))
        assert [one.id for one in structures] == IDS
        assert [one.record for one in structures] == [name for name, _ in FILES]
        assert rejections == []


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_file_is_read(tmp_path, pack):
    text = "".join(text for _, text in FILES).encode()
    # Compressed data may come in several streams one after another, as parallel packers write them.
    source = write(tmp_path / "all.res.gz", pack(text[:700]) + pack(text[700:]))
    structures, rejections, _ = read(source)
    assert [one.id for one in structures] == IDS
    assert rejections == []


def test_archives_within_archives_are_read_once_and_reported_deeper(tmp_path):
    inner = zipped(FILES[:2])
    middle = tarred([("inner.zip", inner), *FILES[2:]], "w:gz")
    structures, rejections, _ = read(write(tmp_path / "a.zip", zipped([("m.tgz", middle), ("b.zip", inner)])))
    assert [one.id for one in structures] == ["name_2", "name_3", "name_0", "name_1"]
    assert structures[0].record == "m.tgz!s2.res"
    assert [(one.record, one.reason) for one in rejections] == [("m.tgz!inner.zip", "archives are nested too deeply")]
    folder = tmp_path / "tree"
    write(folder / "sub" / "b.zip", inner)
    structures, _, _ = read(folder)
    assert [one.record for one in structures] == ["sub/b.zip!s0.res", "sub/b.zip!s1.res"]


def test_names_that_climb_out_of_the_archive_are_only_names(tmp_path):
    files = [("../../evil.res", DMACRYS), ("/etc/evil.res", MOL_CSPY)]
    before = sorted(os.listdir(tmp_path))
    for source in (zipped(files), tarred(files)):
        structures, _, _ = read(write(tmp_path / "archive", source))
        assert [one.record for one in structures] == ["../../evil.res", "/etc/evil.res"]
    assert sorted(os.listdir(tmp_path)) == [*before, "archive"]


def test_links_and_devices_are_not_followed(tmp_path):
    secret = write(tmp_path / "secret.res", DMACRYS)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind in (("a.res", tarfile.SYMTYPE), ("b.res", tarfile.LNKTYPE), ("c.res", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, str(secret)
            archive.addfile(member)
    structures, rejections, reader = read(write(tmp_path / "in" / "a.tar", stream.getvalue()))
    assert structures == rejections == []
    assert sum(reader.passed_over.values()) == 3
    link = zipfile.ZipInfo("a.res")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(link, str(secret))
    structures, rejections, reader = read(write(tmp_path / "in" / "a.zip", stream.getvalue()))
    assert structures == rejections == []
    assert reader.passed_over == {"links in an archive": 1}


def test_links_out_of_a_folder_are_not_followed(tmp_path):
    write(tmp_path / "out" / "a.res", DMACRYS)
    folder = tmp_path / "in"
    write(folder / "b.res", MOL_CSPY)
    (folder / "a.res").symlink_to(tmp_path / "out" / "a.res")
    (folder / "b2.res").symlink_to(folder / "b.res")
    (folder / "out").symlink_to(tmp_path / "out")
    (folder / "broken").symlink_to(folder / "nothing")
    os.mkfifo(folder / "pipe")
    structures, rejections, reader = read(folder)
    assert [one.record for one in structures] == ["b.res", "b2.res"]
    assert rejections == []
    assert sum(reader.passed_over.values()) == 4


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, lambda d: zipped([("a.res", d)])])
def test_decompression_bombs_cost_little_memory(tmp_path, monkeypatch, pack):
    # The bounds are made small, so that the test is quick; what counts is that they hold.
    monkeypatch.setattr(archives, "_ALWAYS_ALLOWED", 1 << 20)
    monkeypatch.setattr(archives, "_LARGEST_RATIO", 2)
    source = write(tmp_path / "bomb", pack(b"TITL a\n" + b" " * (1 << 25)))
    tracemalloc.start()
    structures, rejections, _ = read(source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert structures == []
    assert "decompression bomb" in rejections[-1].reason
    assert peak < 1 << 27


def test_a_bomb_within_an_archive_ends_the_whole_archive(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_ALWAYS_ALLOWED", 1 << 16)
    inner = zipped([(f"{k}.txt", b" " * (1 << 17)) for k in range(20)])
    source = write(tmp_path / "a.zip", zipped([*FILES, ("inner.zip", inner), ("late.res", MOL_CSPY)]))
    structures, rejections, _ = read(source)
    assert [one.id for one in structures] == IDS
    assert ["decompression bomb" in one.reason for one in rejections] == [True]
    assert rejections[0].file == str(source)


def test_more_members_than_can_be_meant_end_the_archive(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_MOST_MEMBERS", 3)
    for source in (zipped(FILES), tarred(FILES)):
        structures, (rejected,), _ = read(write(tmp_path / "a", source))
        assert len(structures) == 3
        assert "more than 3 files" in rejected.reason
    monkeypatch.setattr(archives, "_LARGEST_DIRECTORY", 100)
    _, (rejected,), _ = read(write(tmp_path / "a", zipped(FILES)))
    assert "directory" in rejected.reason


def test_large_members_are_refused_whatever_they_claim(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_TEXT", 1000)
    big = ("big.res", MOL_CSPY + " " * 2000)
    lying = bytearray(zipped([big, *FILES]))
    at = lying.index(b"PK\1\2")
    lying[at + 24 : at + 28] = struct.pack("<I", 10)  # the uncompressed size that the directory states
    for source in (zipped([big, *FILES]), tarred([big, *FILES]), bytes(lying)):
        structures, (rejected,), _ = read(write(tmp_path / "a", source))
        assert [one.id for one in structures] == IDS
        assert rejected.record == "big.res"
        assert "larger than" in rejected.reason


def test_damage_costs_what_is_damaged(tmp_path):
    data = bytearray(zipped(FILES))
    data[data.index(b"s1.res") + 40] ^= 0xFF
    structures, (rejected,), _ = read(write(tmp_path / "a.zip", bytes(data)))
    assert [one.id for one in structures] == ["name_0", "name_2", "name_3"]
    assert rejected.record == "s1.res"
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        cut = tarred(FILES, mode)
        cut = cut[:1700] if mode == "w" else cut[: len(cut) // 2]
        structures, rejections, _ = read(write(tmp_path / "a.tar", cut))
        assert "damaged" in rejections[-1].reason


def test_a_folder_of_all_formats(tmp_path):
    write(tmp_path / "a.dat", DMACRYS)
    write(tmp_path / "b" / "c.txt", CIF)
    write(tmp_path / "d.md", "# notes")
    write(tmp_path / "e.cif", "nothing")
    structures, (rejected,), reader = read(tmp_path)
    assert [one.record for one in structures] == ["a.dat", "b/c.txt"]
    assert rejected.record == "e.cif"
    assert reader.passed_over == {"other files (.md)": 1}
    structures, _, reader = read(tmp_path, "cif")
    assert [one.record for one in structures] == ["b/c.txt"]
    assert reader.passed_over["files of another format (SHELX .res text)"] == 1


def test_reading_leaves_the_source_alone(tmp_path):
    source = write(tmp_path / "a.zip", zipped([*FILES, ("x.res", AIRSS)]))
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    read(source)
    assert hashlib.sha256(source.read_bytes()).hexdigest() == digest
    assert os.listdir(tmp_path) == ["a.zip"]


def test_every_format_can_be_named_in_the_configuration():
    known = schema("config")["properties"]["landscape"]["properties"]["format"]["enum"]
    assert sorted(known) == sorted(["auto", *BY_NAME])


def test_a_format_that_is_named_has_the_last_word(tmp_path):
    source = write(tmp_path / "a", MOL_CSPY)
    assert read(source, "auto")[0][0].id == read(source, "res")[0][0].id
    assert read(source, "cif")[1]
    with pytest.raises(InputError, match="unknown format"):
        read(source, "pdb")


def test_a_member_without_a_name_is_still_a_member(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo(""), DMACRYS)
    structures, _, _ = read(write(tmp_path / "a.zip", stream.getvalue()))
    assert [one.id for one in structures] == ["YICFEX_opt_aa105"]
