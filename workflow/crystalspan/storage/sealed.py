"""The bytes under HDF5: a checksum of every block behind them, and a full disk that HDF5 never meets.

HDF5 reads and writes through the two streams of this module. Both lie below HDF5, so that they guard everything in the
same way: data, text, names, and what HDF5 itself believes about a file.

A sealed file is an HDF5 file with a seal behind it, which other HDF5 programs pass over: one checksum (uint64) a
block of 128 KiB, then `_TAIL`. A block is compared with its checksum whenever it is read, before HDF5 sees it.

The checksum is sum_ij (a_j + b_i) w_ij modulo 2^64 over the eight-byte words w of a block, 64 rows of 256, with a odd
and b even. Every weight is odd, hence has an inverse: whatever happens within one word is found for certain, anything
else but with a chance of about 2^-64. It is chosen for its speed, 12 GiB/s where zlib's CRC-32 makes 1.3 and SHA-256
0.5. HDF5's own Fletcher-32 needs data in chunks, which are read at 0.4 instead of 1.4 GiB/s, and leaves out text and
attributes.
"""

import contextlib
import io
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
from h5py import h5f, h5fd, h5p

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

BLOCK = 2**17
_SHAPE = (64, 256)
# Blocks summed up together: as many as the processor's cache holds.
_TOGETHER = 8
# What HDF5 1.10 (2016) and later read: attributes of any length, checksums in HDF5's own records.
_VERSIONS = (h5f.LIBVER_V110, h5f.LIBVER_V110)
_MAGIC = b"CrystalSpan seal 1\n"
# Magic, bytes before the seal, CRC-32 of everything else in the seal.
_TAIL = struct.Struct("<20sQI")
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ODD = np.arange(1, _SHAPE[1] + 1, dtype=np.uint64) * _GOLDEN | np.uint64(1)
_EVEN = np.arange(1, _SHAPE[0] + 1, dtype=np.uint64) * _GOLDEN << np.uint64(1)


class Damaged(OSError):
    """A file is not, or not any more, what was written."""


def checksums(blocks: memoryview | np.ndarray) -> np.ndarray:
    """Return the checksum of each block, (n,) uint64.

    Parameters
    ----------
    blocks : buffer of n * `BLOCK` bytes
    """
    words = np.frombuffer(blocks, dtype="<u8").reshape(-1, *_SHAPE)
    return words.sum(axis=1) @ _ODD + words.sum(axis=2) @ _EVEN


def _tail(sums: np.ndarray, length: int) -> bytes:
    head = _TAIL.pack(_MAGIC, length, 0)[:-4]
    return head + struct.pack("<I", zlib.crc32(head, zlib.crc32(sums.tobytes())))


class SealedOutput(io.RawIOBase):
    """A new file for HDF5 to write, which seems to have room for ever.

    HDF5 cannot live with a write that fails: it tries again when the interpreter ends, and crashes. So what the disk
    refuses is kept in memory, where HDF5 finds it again, and `check` and `seal` raise the error.

    Parameters
    ----------
    path : path-like
    """

    def __init__(self, path: Path):
        super().__init__()
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._length = self._at = 0
        self._failure: OSError | None = None
        self._refused: list[tuple[int, bytes]] = []

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place; HDF5 asks for the file's length by it."""
        self._at = offset + (0, self._at, self._length)[whence]
        return self._at

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write all bytes at the present place, or keep them."""
        view = memoryview(data).cast("B")
        if self._failure is None:
            try:
                _write(self._handle, view, self._at)
            except OSError as error:
                self._failure = error
        if self._failure is not None:
            self._refused.append((self._at, bytes(view)))
        self._at += len(view)
        self._length = max(self._length, self._at)
        return len(view)

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read back what was written; zeros where nothing was."""
        view = memoryview(buffer).cast("B")
        _read(self._handle, view, self._at)
        for start, data in self._refused:
            first, last = max(start, self._at), min(start + len(data), self._at + len(view))
            if first < last:
                view[first - self._at : last - self._at] = data[first - start : last - start]
        self._at += len(view)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Set the length."""
        self._length = self._at if size is None else int(size)
        try:
            os.ftruncate(self._handle, self._length)
        except OSError as error:
            self._failure = self._failure or error
        return self._length

    def check(self) -> None:
        """Raise the error of a write that failed."""
        if self._failure is not None:
            raise self._failure

    def seal(self) -> None:
        """Write the seal behind what HDF5 wrote."""
        self.check()
        sums, buffer = [], np.empty(_TOGETHER * BLOCK, dtype=np.uint8)
        for start in range(0, self._length, len(buffer)):
            n_blocks = -(-min(len(buffer), self._length - start) // BLOCK)
            part = buffer[: n_blocks * BLOCK]
            _read(self._handle, part.data, start)
            sums.append(checksums(part))
        joined = np.concatenate([np.empty(0, np.uint64), *sums]).astype("<u8")
        _write(self._handle, memoryview(joined.tobytes() + _tail(joined, self._length)), self._length)

    def close(self) -> None:
        """Let go of the file."""
        if not self.closed:
            super().close()
            os.close(self._handle)


class SealedInput(io.RawIOBase):
    """A sealed file for HDF5 to read, each block compared with its checksum.

    Parameters
    ----------
    path : path-like

    Attributes
    ----------
    length : int
        Bytes without the seal.
    failure : OSError or None
        Why a read failed.

    Raises
    ------
    OSError
        The file cannot be opened, or is no regular file; a pipe is not waited for.
    Damaged
        It has no valid seal.
    """

    # Blocks kept for reads of a few bytes, as HDF5 makes them of what it keeps beside the data.
    _KEPT = 4

    def __init__(self, path: Path):
        super().__init__()
        self.failure: OSError | None = None
        self._at = 0
        self._blocks: dict = {}
        self._handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(self._handle)
            if not stat.S_ISREG(status.st_mode):
                raise OSError("it is no regular file")
            self.length, self._sums = self._seal(status.st_size)
        except OSError:
            self.close()
            raise

    def _seal(self, size: int) -> tuple[int, np.ndarray]:
        tail = bytearray(_TAIL.size)
        _read(self._handle, memoryview(tail), max(size - len(tail), 0))
        magic, length, _ = _TAIL.unpack(tail)
        n_blocks = -(-length // BLOCK)
        if magic.rstrip(b"\0") != _MAGIC or length + 8 * n_blocks + len(tail) != size:
            start = bytearray(8)
            _read(self._handle, memoryview(start), 0)
            if start != b"\x89HDF\r\n\x1a\n":
                raise OSError("it does not begin as an HDF5 file does")
            raise Damaged("it is cut short, was changed, or was written by another program or version")
        sums = np.empty(n_blocks, dtype="<u8")
        _read(self._handle, sums.data.cast("B"), length)
        if bytes(tail) != _tail(sums, length):
            raise Damaged("it was changed after it was written (its seal is broken)")
        return length, sums

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place; HDF5 asks for the file's length by it."""
        self._at = offset + (0, self._at, self.length)[whence]
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read bytes at the present place whose blocks are as they were written."""
        view = memoryview(buffer).cast("B")
        start, at = self._at, self._at
        stop = min(start + len(view), self.length)
        try:
            while at < stop:
                at += self._read_some(view[at - start : stop - start], at)
        except OSError as error:
            self.failure = error
            raise
        self._at = max(at, start)
        return self._at - start

    def _read_some(self, view: memoryview, at: int) -> int:
        number, within = divmod(at, BLOCK)
        if within == 0 and len(view) >= BLOCK:
            whole = view[: len(view) // BLOCK * BLOCK]
            _read(self._handle, whole, at)
            for start in range(0, len(whole), _TOGETHER * BLOCK):
                self._compare(whole[start : start + _TOGETHER * BLOCK], number + start // BLOCK)
            return len(whole)
        piece = self._block(number)[within : within + len(view)]
        view[: len(piece)] = piece
        return len(piece)

    def _block(self, number: int) -> memoryview:
        if number not in self._blocks:
            if len(self._blocks) == self._KEPT:
                self._blocks.pop(next(iter(self._blocks)))
            block = memoryview(bytearray(BLOCK))
            _read(self._handle, block[: max(self.length - number * BLOCK, 0)], number * BLOCK)
            self._compare(block, number)
            self._blocks[number] = block
        return self._blocks[number]

    def _compare(self, blocks: memoryview, first: int):
        found = checksums(blocks)
        wrong = np.flatnonzero(found != self._sums[first : first + len(found)])
        if len(wrong):
            start = (first + int(wrong[0])) * BLOCK
            raise Damaged(f"it was changed after it was written (bytes {start} to {min(start + BLOCK, self.length)})")

    def close(self) -> None:
        """Let go of the file."""
        if not self.closed:
            super().close()
            os.close(self._handle)


@contextlib.contextmanager
def hdf5_file(stream: SealedOutput | SealedInput) -> Iterator[h5py.File]:
    """Let HDF5 write or read a stream.

    Whatever of HDF5 holds the stream is closed here, without waiting for Python to collect it: what lives when the
    interpreter ends is closed by HDF5 afterwards, which would call what is there no more, and crash.
    """
    access = h5p.create(h5p.FILE_ACCESS)
    try:
        access.set_fclose_degree(h5f.CLOSE_STRONG)
        access.set_fileobj_driver(h5fd.fileobj_driver, stream)
        access.set_libver_bounds(*_VERSIONS)
        if isinstance(stream, SealedOutput):
            create = h5p.create(h5p.FILE_CREATE)
            create.set_obj_track_times(False)  # the same work gives the same bytes
            handle = h5f.create(b"sealed", h5f.ACC_TRUNC, fapl=access, fcpl=create)
        else:
            handle = h5f.open(b"sealed", h5f.ACC_RDONLY, fapl=access)
    finally:
        access.close()
    with h5py.File(handle) as file:
        yield file


def _write(handle: int, view: memoryview, at: int):
    done = 0
    while done < len(view):
        done += os.pwrite(handle, view[done:], at + done)


def _read(handle: int, view: memoryview, at: int):
    """Fill the view; with zeros where the file has ended."""
    done = 0
    while done < len(view) and (n := os.preadv(handle, [view[done:]], at + done)):
        done += n
    view[done:] = bytes(len(view) - done)
