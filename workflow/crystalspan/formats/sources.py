"""The door for every kind of source: what it is shows in its content, not in its name."""

import lzma
import math
import os
import zipfile
import zlib
from pathlib import Path

from crystalspan.errors import InputError
from crystalspan.formats.energy_table import EnergyTable
from crystalspan.formats.records import Rejection, Settings
from crystalspan.formats.res_reader import ResReader
from crystalspan.formats.sqlite_source import read_sqlite

# Larger members are no list of crystal structures but a mistake or a decompression bomb.
_LARGEST_TEXT = 1 << 28
_HEAD = 4096
# What a damaged or encrypted member, or an unknown compression, raises.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
)
_SMALLER = "split the file"


class SourceReader:
    """Reads sources of all kinds; what several of them share (operations, element lists) is worked out once.

    Attributes
    ----------
    settings : Settings
        The distinct sets of operations met so far.
    passed_over : dict of str to int
        What was seen and is no structure, with its number.
    """

    def __init__(self):
        self.settings = Settings()
        self.passed_over = {}
        self._res = ResReader(self.settings)

    def read(self, source):
        """Yield every structure of a source as a `RawStructure`, or a `Rejection` that says why not.

        Energies that a structure's file does not state are looked up in CSV files inside or beside the
        source, and filled in when the source has been read to its end.

        Parameters
        ----------
        source : path-like
            A folder, a zip archive, a .res file of one or many structures, or a mol-CSPy database.

        Raises
        ------
        InputError
            The source is missing, or is none of these.
        """
        path = Path(source)
        table = EnergyTable(path)
        incomplete = []
        for structure in self._structures(path, table):
            if not isinstance(structure, Rejection) and math.isnan(structure.energy):
                incomplete.append(structure)
            yield structure
        # Only now: a table inside an archive may come after the structures.
        for structure in incomplete:
            table.complete(structure)

    def note(self, what: str, number: int = 1):
        """Count something that is no structure."""
        if number:
            self.passed_over[what] = self.passed_over.get(what, 0) + number

    def _structures(self, path, table):
        if path.is_dir():
            yield from self._folder(path)
            return
        if not path.is_file():
            raise InputError("no such file or folder", file=path, remedy="check the path in landscapes.tsv")
        kind = detect(path)
        if kind is None:
            raise InputError(
                "not a .res file, a zip archive or a mol-CSPy database",
                file=path,
                remedy="give a folder or zip of SHELX .res files, a .res file, or a database",
            )
        yield from self._file(path, kind, str(path), "", table)

    def _file(self, path, kind, file, record, table=None):
        if kind == "sqlite":
            yield from read_sqlite(path, self._res, self.note)
        elif kind == "zip":
            yield from self._zip(path, table)
        else:
            if path.stat().st_size > _LARGEST_TEXT:
                yield Rejection(file, record, "larger than 256 MiB", _SMALLER)
                return
            yield from self._res.read(decode(path.read_bytes()), file, record, path.stem)

    def _folder(self, folder):
        root = folder.resolve()
        for place, subfolders, names in os.walk(folder):
            subfolders.sort()
            for name in sorted(names):
                path = Path(place, name)
                # A link may lead anywhere; what lies outside the folder was not given to us.
                if path.is_symlink() and not path.resolve().is_relative_to(root):
                    self.note("links that lead out of the folder")
                    continue
                # Opening a pipe would wait for ever.
                kind = detect(path) if path.is_file() else None
                if kind is None:
                    yield from self._not_a_structure(str(folder), path.relative_to(folder).as_posix())
                elif kind == "res":
                    yield from self._file(path, kind, str(folder), path.relative_to(folder).as_posix())
                else:
                    yield from self._file(path, kind, str(path), "", EnergyTable(path))

    def _zip(self, path, table):
        try:
            with zipfile.ZipFile(path) as archive:
                yield from self._members(archive, path, table)
        except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
            yield Rejection(str(path), "", f"damaged zip archive ({error})", "fetch or pack it again")

    def _members(self, archive, path, table):
        file = str(path)
        for member in archive.infolist():
            name = member.filename
            if member.is_dir() or "__MACOSX" in name or name.rpartition("/")[2].startswith("._"):
                continue
            try:
                data = _member_data(archive, member)
            except _DAMAGE as error:
                reason = f"member of the archive cannot be read ({error})"
                yield Rejection(file, name, reason, "pack the archive again")
                continue
            if data is None:
                yield Rejection(file, name, "larger than 256 MiB", _SMALLER)
            elif _kind(data[:_HEAD]) == "res":
                stem = name.rpartition("/")[2].removesuffix(".res")
                yield from self._res.read(decode(data), file, name, stem)
            else:
                if name.lower().endswith(".csv"):
                    table.add(decode(data))
                yield from self._not_a_structure(file, name)

    def _not_a_structure(self, file, record):
        if record.lower().endswith(".res"):
            yield Rejection(file, record, "no TITL line: not SHELX .res text", "write the file again")
        else:
            self.note(f"other files ({Path(record).suffix or 'no suffix'})")


def _member_data(archive, member) -> bytes | None:
    """Return the content of an archive's member, or None when it is too large; the stated size may lie."""
    if member.file_size > _LARGEST_TEXT:
        return None
    with archive.open(member) as stream:
        data = stream.read(_LARGEST_TEXT + 1)
    return data if len(data) <= _LARGEST_TEXT else None


def detect(path) -> str | None:
    """Tell what a file is by its first bytes: ``sqlite``, ``zip``, ``res``, or None."""
    with open(path, "rb") as stream:
        head = stream.read(_HEAD)
    kind = _kind(head)
    if kind == "zip" and b"[Content_Types].xml" in head:
        return None  # a spreadsheet or document
    return kind


def _kind(head: bytes) -> str | None:
    if head.startswith(b"TITL"):
        return "res"
    if head.startswith(b"SQLite format 3\0"):
        return "sqlite"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if b"\0" not in head and any(line[:4].upper() == b"TITL" for line in head.splitlines()):
        return "res"
    return None


def decode(data: bytes) -> str:
    """Decode text as UTF-8, or as Latin-1 where it is not."""
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return data.decode("latin-1")
