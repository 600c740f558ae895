"""What a format's module offers and gets: `Format`, and the `Item` that it reads."""

import dataclasses
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

from crystalspan.errors import InputError
from crystalspan.text import as_utf8, decode, encoding

# Enough of a file to tell what it is; most files with one structure are smaller.
HEAD = 1 << 16
# A larger text is no list of crystal structures but a mistake or a decompression bomb.
LARGEST_TEXT = 1 << 28
# One structure is never larger: a bound on what a single record may cost.
LARGEST_RECORD = 1 << 24
LONGEST_NAME = 200
TOO_LARGE = f"larger than {LARGEST_TEXT >> 20} MiB"
SPLIT = "split the file"


@dataclasses.dataclass(slots=True)
class Item:
    """A file, or a member of an archive, that is about to be read.

    Attributes
    ----------
    file, record : str
        How the reject list names it: the source, and the file or member within it ('' for the source itself).
    name : str
        Without its folders.
    head : bytes
        The first `HEAD` bytes; those of a text in UTF-8, whatever its file is in.
    path : str or None
        Where it lies on the disk; None inside an archive.
    whole : bytes or None
        All of it, where that is in memory already.
    depth : int
        Archives around it.
    """

    file: str
    record: str
    name: str
    head: bytes
    path: str | None = None
    whole: bytes | None = None
    depth: int = 0

    @classmethod
    def on_disk(cls, path: str, file: str, record: str) -> "Item":
        """Open a file and read its first bytes."""
        with open(path, "rb", buffering=0) as stream:
            head = stream.read(HEAD)
        whole = head if len(head) < HEAD else None
        if encoding(head) is not None:
            head = as_utf8(head)
            whole = head if whole is not None else None
        return cls(file, record, os.path.basename(path), head, path, whole)

    @classmethod
    def in_memory(cls, data: bytes, file: str, record: str, depth: int) -> "Item":
        """Wrap the content of an archive's member."""
        if encoding(data) is not None:
            data = as_utf8(data)
        return cls(file, record, record.rpartition("/")[2], data[:HEAD], None, data, depth)

    @property
    def stem(self) -> str:
        """The name without its suffix: the identity of a structure that has no other."""
        stem, dot, _ = self.name.rpartition(".")
        return stem if dot and stem else self.name

    def data(self) -> bytes:
        """Return the content.

        Raises
        ------
        InputError
            It is too large.
        """
        if self.whole is None:
            assert self.path is not None  # what lies on no disk is in memory
            with open(self.path, "rb") as stream:
                data = stream.read(LARGEST_TEXT + 1)
            if len(data) > LARGEST_TEXT:
                raise InputError(TOO_LARGE, file=self.file, record=self.record, remedy=SPLIT)
            return data
        return self.whole

    def text(self) -> str:
        """Return the content as text with plain line ends, whatever it is encoded in."""
        text = decode(self.data())
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class Format(NamedTuple):
    """One format: how it is recognised and read.

    Attributes
    ----------
    name : str
        What a user calls it.
    what : str
        For messages.
    recognise : callable (Item) -> bool
        Judges by content.
    read : callable (Item, SourceReader) -> iterable of RawStructure or Rejection
        May raise `InputError` when nothing at all can be read.
    holds : str
        ``structures``, ``files`` (an archive) or ``energies`` (a table beside the structures).
    """

    name: str
    what: str
    recognise: Callable
    read: Callable
    holds: str = "structures"


def pieces(text: str, starts: Iterator[int]) -> Iterator[tuple[int, str]]:
    """Yield (line number, text) of the pieces of a text that begin at given places, which may be a generator.

    Nothing is collected: a hostile text may hold millions of beginnings.
    """
    row, counted, start = 1, 0, next(starts, None)
    while start is not None:
        stop = next(starts, None)
        row += text.count("\n", counted, start)
        counted = start
        yield row, text[start:stop]
        start = stop


def shortened(text: object, most: int = 80) -> str:
    """Return a piece of an untrusted text for a message."""
    whole = str(text)
    return whole if len(whole) <= most else whole[:most] + "..."
