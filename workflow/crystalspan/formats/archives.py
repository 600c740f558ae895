"""Zip and tar archives, and single compressed files: read in memory, member by member; nothing is ever unpacked."""

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib

from crystalspan.formats.interface import LARGEST_TEXT, LONGEST_NAME, SPLIT, TOO_LARGE, Format, Item, shortened
from crystalspan.formats.records import Rejection

_MOST_MEMBERS = 1_000_000
_LARGEST_DIRECTORY = 1 << 26
# An archive that unpacks to more than this many times its size is a decompression bomb; small ones may.
_LARGEST_RATIO = 250
_ALWAYS_ALLOWED = 1 << 26
_MOST_BYTES = 1 << 37
_DEEPEST = 2
_BLOCK = 1 << 20
_XZ_MEMORY = 1 << 28
_PACK_AGAIN = "pack the archive again"
# What a damaged or encrypted member, or an unknown compression, raises.
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    MemoryError,
)


class _Bomb(Exception):
    """More came out of an archive than can be meant."""


class Budget:
    """What an archive, with the archives in it, may still unpack to."""

    def __init__(self, size: int):
        self.left = min(_ALWAYS_ALLOWED + _LARGEST_RATIO * size, _MOST_BYTES)
        self.members = _MOST_MEMBERS

    def spend(self, number: int) -> None:
        """Count bytes that came out."""
        self.left -= number
        if self.left < 0:
            raise _Bomb(f"unpacks to more than {_LARGEST_RATIO} times its size or 128 GiB: a decompression bomb?")

    def enter(self) -> None:
        """Count a member."""
        self.members -= 1
        if self.members < 0:
            raise _Bomb(f"holds more than {_MOST_MEMBERS} files")


def _read_archive(members, what):
    """Turn a generator of an archive's members into the reader of a format."""

    def read(item, source):
        if item.depth >= _DEEPEST:
            yield Rejection(item.file, item.record, "archives are nested too deeply", "unpack the inner archive")
            return
        outer = source.budget
        try:
            with _open(item) as stream:
                source.budget = outer or Budget(stream.seek(0, os.SEEK_END))
                stream.seek(0)
                yield from members(stream, item, source)
        except _Bomb as error:
            if outer is not None:
                raise  # the outermost archive is to blame, and ends here
            yield Rejection(item.file, item.record, f"the archive {error}", SPLIT)
        except _DAMAGE as error:
            yield Rejection(item.file, item.record, f"damaged {what} ({error})", "fetch or pack it again")
        finally:
            source.budget = outer

    return read


def _open(item):
    return io.BytesIO(item.whole) if item.whole is not None else open(item.path, "rb")


def _zip_members(stream, item, source):
    _refuse_large_directory(stream)
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            name = member.filename
            source.budget.enter()
            if not source.mine():
                # Another rank unpacks it; here its stated size counts.
                source.budget.spend(member.file_size if member.file_size <= LARGEST_TEXT else 0)
                continue
            if name.endswith("/") or _is_system_file(name, source):
                continue
            if stat.S_ISLNK(member.external_attr >> 16):
                source.note("links in an archive", names=[_within(item, name)])
                continue
            try:
                data = _zip_data(archive, stream, member)
            except _DAMAGE as error:
                reason = f"member of the archive cannot be read ({error})"
                yield Rejection(item.file, _within(item, name), reason, _PACK_AGAIN)
                continue
            yield from _member(data, name, item, source)


def _refuse_large_directory(stream):
    """Refuse an archive whose directory would fill the memory: it is read as a whole."""
    end = zipfile._EndRecData(stream)
    stream.seek(0)
    if end and end[zipfile._ECD_SIZE] > _LARGEST_DIRECTORY:
        raise _Bomb("has a directory of more than 64 MiB")


def _zip_data(archive, stream, member) -> bytes | None:
    """Return the content of a member, or None when it is too large; the stated sizes may lie."""
    if member.file_size > LARGEST_TEXT or member.compress_size > LARGEST_TEXT:
        return None
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 0x61:
        with archive.open(member) as opened:
            data = opened.read(LARGEST_TEXT + 1)
        return data if len(data) <= LARGEST_TEXT else None
    # As zipfile does it, without the objects that it makes for every member: three times as fast.
    stream.seek(member.header_offset)
    header = stream.read(30)
    if header[:4] != b"PK\3\4":
        raise zipfile.BadZipFile("no file where the archive's directory says")
    stream.seek(sum(struct.unpack("<HH", header[26:])), os.SEEK_CUR)
    data = stream.read(member.compress_size)
    if member.compress_type == zipfile.ZIP_DEFLATED:
        data = zlib.decompressobj(-15).decompress(data, LARGEST_TEXT + 1)
        if len(data) > LARGEST_TEXT:
            return None
    if zlib.crc32(data) != member.CRC:
        raise zipfile.BadZipFile("its checksum is wrong")
    return data


def _tar_members(stream, item, source):
    opened = _decompressed(stream, item.head)
    bounded = _Forward(opened, source.budget)
    start = bounded.peek(tarfile.BLOCKSIZE)
    if opened is not stream and not _is_tar(start):
        data = bounded.read(LARGEST_TEXT + 1)
        name = item.stem if item.name.lower().endswith((".gz", ".bz2", ".xz")) else item.name
        yield from _member(data if len(data) <= LARGEST_TEXT else None, name, item, source, counted=True)
        return
    archive = tarfile.TarFile(fileobj=bounded, mode="r", errorlevel=1)
    while (member := archive.next()) is not None:
        archive.members = []  # or they would fill the memory
        source.budget.enter()
        if not source.mine():
            continue
        name = member.name
        if member.isdir() or _is_system_file(name, source):
            continue
        if not member.isreg():
            source.note("links and devices in an archive", names=[_within(item, name)])
            continue
        data = None
        if member.size <= LARGEST_TEXT:
            data = archive.extractfile(member).read(LARGEST_TEXT + 1)
            if len(data) != member.size:
                raise EOFError(f"{name} is cut off")
        yield from _member(data, name, item, source, counted=True)


def _decompressed(stream, head):
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=stream)
    if head.startswith(b"BZh"):
        return bz2.BZ2File(stream)
    if head.startswith(b"\xfd7zXZ\0"):
        return io.BufferedReader(_Xz(stream), 1 << 16)
    return stream


class _Xz(io.RawIOBase):
    """Decompressed xz data; unlike `lzma.LZMAFile` it bounds the memory that the data may ask for."""

    def __init__(self, stream):
        self._stream = stream
        self._unit = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while True:
            data = self._stream.read(1 << 16) if self._unit.needs_input else b""
            if self._unit.eof:
                data = (self._unit.unused_data or self._stream.read(1 << 16)).lstrip(b"\0")
                if not data:
                    return 0
                self._unit = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
            elif not data and self._unit.needs_input:
                raise EOFError("the compressed data is cut off")
            out = self._unit.decompress(data, len(buffer))
            if out:
                buffer[: len(out)] = out
                return len(out)


class _Forward:
    """A stream that goes forward only, counts what it gives, and refuses to give too much at once."""

    def __init__(self, stream, budget: Budget):
        self._stream, self._budget = stream, budget
        self._position, self._ahead = 0, b""

    def peek(self, number: int) -> bytes:
        """Return the next bytes without moving on; only at the beginning."""
        self._ahead = self._stream.read(number)
        return self._ahead

    def read(self, number: int = -1) -> bytes:
        if not 0 <= number <= LARGEST_TEXT + tarfile.BLOCKSIZE:
            raise _Bomb("holds a file header of more than 256 MiB")
        return b"".join(self._blocks(number))

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET or position < self._position:
            raise tarfile.ReadError("a file that begins within another")
        for _ in self._blocks(position - self._position):
            pass
        return self._position

    def _blocks(self, number: int):
        """Yield the next bytes in pieces, each counted before more are asked for."""
        while number > 0:
            data = self._ahead[:number] or self._stream.read(min(number, _BLOCK))
            if not data:
                return
            self._ahead = self._ahead[len(data) :]
            self._position += len(data)
            number -= len(data)
            self._budget.spend(len(data))
            yield data

    def tell(self) -> int:
        return self._position

    def seekable(self) -> bool:
        return True


def _member(data, name, item, source, counted=False):
    """Read a member of an archive as whatever it is."""
    record = _within(item, name)
    if data is None:
        yield Rejection(item.file, record, TOO_LARGE, SPLIT)
        return
    if not counted:
        source.budget.spend(len(data))
    yield from source.read_item(Item.in_memory(data, item.file, record, item.depth + 1))


def _within(item, name: str) -> str:
    name = shortened(name, LONGEST_NAME)
    return f"{item.record}!{name}" if item.record else name


def _is_system_file(name: str, source) -> bool:
    """Tell macOS's shadows of files from files; they are counted like all that is passed over."""
    if "__MACOSX" in name or name.rpartition("/")[2].startswith("._"):
        source.note("macOS resource files")
        return True
    return False


def _is_tar(block: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def _recognise_zip(item) -> bool:
    return item.head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def _recognise_tar(item) -> bool:
    return item.head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")) or _is_tar(item.head[: tarfile.BLOCKSIZE])


ZIP = Format("zip", "zip archive", _recognise_zip, _read_archive(_zip_members, "zip archive"), "files")
_COMPRESSED = "tar archive or compressed file"
TAR = Format("tar", _COMPRESSED, _recognise_tar, _read_archive(_tar_members, _COMPRESSED), "files")
