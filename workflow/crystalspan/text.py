"""The one door for text from outside: whatever a program or a person saved, as str without a byte order mark."""

import codecs
import os

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as UTF-16's does: asked first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FIRST_OF_A_MARK = frozenset(mark[0] for mark, _ in _MARKS)


def encoding(head: bytes) -> tuple[str, int] | None:
    """Tell by the first bytes an encoding that is not plain UTF-8, and the length of its mark.

    Parameters
    ----------
    head : bytes
        At least the first four.

    Returns
    -------
    (name, length of the mark) or None
        None for UTF-8 without a mark, Latin-1, and whatever is no text. UTF-16 without a mark is seen by the zero
        beside each of two ASCII letters, which no other kind of file begins with.
    """
    # What nearly all files begin with: an ASCII character, and no zero.
    if len(head) < 2 or (head[0] < 128 and head[0] and head[1]):
        return None
    if head[0] in _FIRST_OF_A_MARK:
        for mark, name in _MARKS:
            if head.startswith(mark):
                return name, len(mark)
    start = head[:4]
    if len(start) == 4 and start.count(0) == 2:
        if start[1] == start[3] == 0 and 9 <= start[0] < 127 and 9 <= start[2] < 127:
            return "utf-16-le", 0
        if start[0] == start[2] == 0 and 9 <= start[1] < 127 and 9 <= start[3] < 127:
            return "utf-16-be", 0
    return None


def decode(data: bytes) -> str:
    """Return bytes as text: UTF-8 or UTF-16, with or without a byte order mark; otherwise Windows' Latin-1.

    Bytes that the encoding does not have are replaced: damage shows where the text is looked at, and nowhere else.
    """
    marked = encoding(data)
    if marked is not None:
        name, length = marked
        return data[length:].decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        # Windows' code page: Latin-1 with dashes and quotation marks where Latin-1 has control characters.
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_text(path: str | os.PathLike) -> str:
    """Return the text of a file, with line ends as they are.

    Raises
    ------
    OSError
        As `open` does.
    """
    with open(path, "rb") as stream:
        return decode(stream.read())


def as_utf8(data: bytes) -> bytes:
    """Return the bytes of a text in UTF-8 without a mark; whatever has no mark and is not UTF-16 stays as it is."""
    marked = encoding(data)
    if marked is None:
        return data
    name, length = marked
    # The first bytes of a file may end within a character.
    return data[length:] if name == "utf-8" else data[length:].decode(name, "ignore").encode()
