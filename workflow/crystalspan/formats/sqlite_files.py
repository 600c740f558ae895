"""SQLite databases of unknown origin, opened so that they can neither be changed nor do harm."""

import contextlib
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from crystalspan.errors import InputError
from crystalspan.formats.interface import Item

MAGIC = b"SQLite format 3\0"
_LONGEST_VALUE = 1 << 26
_STEPS = 1_000_000  # virtual-machine instructions between two looks at the clock of `Patience`
_MOST_STEPS = 2_000
_TABLE = re.compile(r"\s*create\s+table\b", re.IGNORECASE)


class Database:
    """A read-only connection that gives up on endless queries.

    Attributes
    ----------
    tables : dict of str to set of str
        The columns of each ordinary table; views and virtual tables, which may run anything, are left out.
    """

    def __init__(self, item: Item):
        self._item = item
        self._connection = _connect(item)
        self._steps = 0
        self._connection.set_progress_handler(self._step, _STEPS)
        self.tables = {
            name: {row[1] for row in self._connection.execute("select * from pragma_table_info(?)", (name,))}
            for name, sql in self._connection.execute("select name, sql from sqlite_master where type = 'table'")
            if isinstance(name, str) and _TABLE.match(sql or "")
        }

    def rows(self, query: str) -> Iterator[tuple]:
        """Yield the rows of a query."""
        self._steps = 0
        for row in self._connection.execute(query):
            self._steps = 0
            yield row

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _step(self) -> int:
        self._steps += 1
        return int(self._steps > _MOST_STEPS)


@contextlib.contextmanager
def database(item: Item, remedy: str) -> Iterator[Database]:
    """Open the database of an item, and close it in the end.

    Raises
    ------
    InputError
        It is damaged.
    """
    opened = None
    try:
        opened = Database(item)
        yield opened
    except (sqlite3.Error, UnicodeError, OverflowError, MemoryError) as error:
        raise InputError(
            f"the database cannot be read ({error or type(error).__name__})", file=item.path, remedy=remedy
        ) from None
    finally:
        if opened is not None:
            opened.close()


def table_names(item: Item) -> set[str]:
    """Return the names of the tables of a file; none when it is no database that can be read."""
    if not item.head.startswith(MAGIC):
        return set()
    try:
        with database(item, "") as opened:
            return set(opened.tables)
    except InputError:
        return set()


def _connect(item) -> sqlite3.Connection:
    """Open read-only, and without leaving files beside the user's.

    A reader of a database in WAL mode makes -shm and -wal files. When there is no such file or journal,
    nobody is writing, and the file can be opened as immutable.
    """
    if item.path is None:
        connection = sqlite3.connect(":memory:")
        data = bytearray(item.data())
        data[18:20] = b"\1\1"  # a copy in memory has no write-ahead log
        connection.deserialize(bytes(data))
    else:
        busy = any(_holds_something(f"{item.path}{suffix}") for suffix in ("-wal", "-journal"))
        uri = Path(item.path).absolute().as_uri() + ("?mode=ro" if busy else "?mode=ro&immutable=1")
        connection = sqlite3.connect(uri, uri=True)
    connection.text_factory = _text
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for pragma in ("trusted_schema = off", "query_only = on", "cell_size_check = on"):
        connection.execute(f"pragma {pragma}")
    return connection


def _holds_something(path) -> bool:
    return os.path.exists(path) and os.path.getsize(path) > 0


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
