"""A new HDF5 file: whole or not at all, as its layout says, and sealed."""

import contextlib
import json
import typing
from collections.abc import Iterator

import h5py
import numpy as np

from crystalspan.arrays import ArrayLike, PathLike
from crystalspan.errors import InputError
from crystalspan.provenance import atomic_output
from crystalspan.storage.layout import TEXT, Array, Group, Layout, bind, declared_as, whole_file
from crystalspan.storage.sealed import SealedOutput, hdf5_file

# Bytes: the cells of a text dataset have the length of the longest, and one that is far too long would make a file of
# padding. Names from outside have 1000 characters at most, of up to four bytes; a file's and a record's are one text.
LONGEST_TEXT = 2**15


class Writer:
    """A group of a new file, to be filled as its layout says."""

    def __init__(self, handle: h5py.Group, declared: Group, stream: SealedOutput, sizes: dict[str, int]):
        self._handle = handle
        self._declared = declared
        self._stream = stream
        self._sizes = sizes

    def note(self, **values: object) -> None:
        """Write attributes: text, numbers and booleans as they are, everything else as JSON."""
        for name, value in values.items():
            kind = declared_as(self._declared.attributes, name)
            if kind in (str, object):
                text = (str(value) if kind is str else json.dumps(value, sort_keys=True)).encode() or b"\0"
                self._handle.attrs.create(name, np.bytes_(text), dtype=h5py.string_dtype("utf-8", len(text)))
            else:
                self._handle.attrs[name] = value
        self._stream.check()

    def put(self, name: str, values: ArrayLike) -> None:
        """Write a dataset.

        Parameters
        ----------
        name : str
        values : array-like
            Taken in the declared type.

        Raises
        ------
        InputError
            A text is far too long.
        """
        declared = self._array(name)
        if declared.kind == TEXT:
            values = _cells(values, name)
        elif isinstance(values, np.ndarray) and values.size:
            values = values.astype(declared.kind, casting="same_kind", copy=False)
        else:
            values = np.array(values, dtype=declared.kind)
        self._create(name, declared, values.shape, values.dtype, values)
        self._stream.check()

    def space(self, name: str, shape: tuple[int, ...]) -> "Space":
        """Make a dataset of numbers whose rows follow later, block after block."""
        declared = self._array(name)
        return Space(self._create(name, declared, shape, np.dtype(declared.kind)), self._stream)

    def group(self, name: str, **attributes: object) -> "Writer":
        """Make a group, with its attributes."""
        declared = declared_as(self._declared.members, name)
        assert isinstance(declared, Group)
        made = Writer(self._handle.create_group(name), declared, self._stream, dict(self._sizes))
        made.note(**attributes)
        return made

    def rows(self, name: str, rows: list, kind: type) -> "Writer":
        """Write records of a dataclass as a table, and return it: it may take more columns."""
        made = self.group(name)
        for column in typing.get_type_hints(kind):
            made.put(column, [getattr(row, column) for row in rows])
        return made

    def _array(self, name: str) -> Array:
        declared = declared_as(self._declared.members, name)
        assert isinstance(declared, Array)
        return declared

    def _create(self, name: str, declared: Array, shape, dtype, values=None) -> h5py.Dataset:
        if problem := bind(shape, declared.shape, self._sizes):
            raise ValueError(f"{name} {problem}")
        return self._handle.create_dataset(name, shape, dtype, data=values, track_times=False)


class Space:
    """A dataset that is filled block after block."""

    def __init__(self, dataset: h5py.Dataset, stream: SealedOutput):
        self._dataset = dataset
        self._stream = stream

    def __setitem__(self, rows: slice, values: np.ndarray):
        """Write some rows; a full disk shows here, and not after hours."""
        if len(values):
            self._dataset[rows] = values
        self._stream.check()


def _cells(values, name: str) -> np.ndarray:
    cells = [str(value).encode() for value in values]
    longest = max(cells, key=len, default=b"")
    if len(longest) > LONGEST_TEXT:
        raise InputError(
            f"a text of {len(longest)} bytes ({name})",
            record=f"{longest[:60].decode(errors='ignore')}...",
            remedy=f"give it a shorter name, of at most {LONGEST_TEXT} bytes",
        )
    return np.array(cells, dtype=h5py.string_dtype("utf-8", max(len(longest), 1)))


@contextlib.contextmanager
def new_file(path: PathLike, layout: Layout, record: dict, **attributes: object) -> Iterator[Writer]:
    """Make an HDF5 file with its provenance, to be filled; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    layout : Layout
    record : dict
        From `crystalspan.provenance.provenance`, or more; written as attributes, as they are declared.
    **attributes
        Others that the layout declares.

    Yields
    ------
    Writer

    Raises
    ------
    OSError
        A full disk, say; nothing is left of the file.
    """
    with atomic_output(path) as temporary, contextlib.closing(SealedOutput(temporary)) as stream:
        with hdf5_file(stream) as handle:
            writer = Writer(handle, whole_file(layout), stream, {})
            writer.note(**record | {"stage": layout.stage} | attributes)
            yield writer
        stream.seal()
