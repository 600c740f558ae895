"""An HDF5 file, compared with its layout before anything of it is believed.

HDF5 files can hold links to other files, data that lie in other files or in pipes, data that a few bytes stand for
(filters, fill values) and groups that hold themselves. Whatever is not declared is not touched; what is declared must
be a hard link, and its data must lie in the file, once, uncompressed, in the declared type and shape. So no file
makes us open another one, wait, or take much more memory than the file has bytes.
"""

import contextlib
import json
import math
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o, h5s, h5t

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.storage.layout import TEXT, Array, Group, Layout, bind, whole_file, wrong_entries
from crystalspan.storage.sealed import Damaged, SealedInput, hdf5_file

_T = TypeVar("_T")
_AGAIN = "delete it and run the same command again"
# What h5py makes of what HDF5 dislikes.
_HDF5_ERRORS = (
    OSError,
    KeyError,
    ValueError,
    TypeError,
    RuntimeError,
    AttributeError,
    OverflowError,
    NotImplementedError,
)
_TYPES = {str: "text", int: "an integer", float: "a number", bool: "true or false", object: "JSON"}


class _Wrong(Exception):
    """A file is not as it is declared."""


class _Source:
    """An open file: where it lies, what it is to be, and what of it was met."""

    def __init__(self, path: Path, layout: Layout, stream: SealedInput):
        self.path = path
        self.layout = layout
        self.stream = stream
        self.room = stream.length
        self._met: set = set()

    def error(self, problem) -> InputError:
        """Make the message of a problem; what the bytes say goes before what HDF5 says of them."""
        if self.stream.failure is not None:
            return InputError(str(self.stream.failure), file=self.path, remedy=_AGAIN)
        return InputError(f"this is not a valid {self.layout.name} ({problem})", file=self.path, remedy=_AGAIN)

    def root(self, file: h5py.File) -> h5g.GroupID:
        """Open the group that holds everything."""
        found = h5g.open(file.id, b"/")
        self._met.add(h5o.get_info(found).addr)
        return found

    def open(self, group: h5g.GroupID, name: bytes):
        """Open what a hard link of a group leads to; each thing once."""
        if group.links.get_info(name).type != h5l.TYPE_HARD:
            raise _Wrong(f"{_shown(name)} is a link to something else")
        found = h5o.open(group, name)
        address = h5o.get_info(found).addr
        if address in self._met:
            raise _Wrong(f"{_shown(name)} stands in two places")
        self._met.add(address)
        return found


class Part:
    """A group of an open file, as declared.

    Attributes
    ----------
    name : str
    attributes : dict
    parts : dict of str to Part
        The groups in it.
    sizes : dict of str to int
        The sizes that the layout names.
    """

    def __init__(self, source: _Source, handle: h5g.GroupID, declared: Group, name: str, sizes: dict[str, int]):
        self.name = name
        self.sizes = dict(sizes)
        self._source = source
        self._arrays: dict[str, tuple[h5py.Dataset, Array]] = {}
        self.attributes = _attributes(handle, declared.attributes, source.room)
        groups = []
        for path, found, what in _members(source, handle, declared.members):
            if isinstance(what, Group):
                groups.append((path, found, what))
            else:
                self._arrays[path] = self._checked(path, found, what), what
        self.parts = {path: Part(source, found, what, path, self.sizes) for path, found, what in groups}

    def _checked(self, name: str, dataset, declared: Array) -> h5py.Dataset:
        if not isinstance(dataset, h5d.DatasetID):
            raise _Wrong(f"{name} is no dataset")
        plan = dataset.get_create_plist()
        if plan.get_layout() != h5d.CONTIGUOUS or plan.get_external_count() or plan.get_nfilters():
            raise _Wrong(f"the data of {name} do not lie in it in one piece")
        space, kind = dataset.get_space(), dataset.get_type()
        if not _is(kind, declared.kind):
            raise _Wrong(f"{name} is not of the type {declared.kind}")
        if space.get_simple_extent_type() != h5s.SIMPLE:
            raise _Wrong(f"{name} has no shape")
        shape = space.get_simple_extent_dims()
        if problem := bind(shape, declared.shape, self.sizes):
            raise _Wrong(f"{name} {problem}")
        n_bytes = math.prod(shape) * kind.get_size()
        # Each byte of the file counts once, so that data cannot lie on top of each other.
        self._source.room -= n_bytes
        start = dataset.get_offset() if n_bytes else 0
        if dataset.get_storage_size() != n_bytes or start is None or self._source.room < 0:
            raise _Wrong(f"{name} has less data than its shape {shape} says")
        return h5py.Dataset(dataset)

    @property
    def names(self) -> list[str]:
        """The datasets in it."""
        return list(self._arrays)

    def __contains__(self, name: str) -> bool:
        return name in self._arrays or name in self.parts

    def __getitem__(self, name: str) -> np.ndarray:
        """A whole dataset; text as an object array of str."""
        return self.read(name)

    def read(self, name: str, rows: slice = slice(None)) -> np.ndarray:
        """Some rows of a dataset, their entries compared with what is declared.

        Raises
        ------
        InputError
        """
        dataset, declared = self._arrays[name]
        with self._reading(name):
            values = dataset[rows]
            if declared.kind == TEXT:
                cells = [cell.decode() for cell in values.ravel().tolist()]
                return np.array([*cells, None], dtype=object)[:-1].reshape(values.shape)
            if problem := wrong_entries(values, declared, self.sizes):
                raise _Wrong(f"{name} {problem}")
            return values

    def read_into(self, name: str, out: np.ndarray, rows: slice, places: slice) -> None:
        """Read some rows of a dataset into those of an array, unlooked at.

        Raises
        ------
        InputError
        """
        with self._reading(name):
            self._arrays[name][0].read_direct(out, np.s_[rows], np.s_[places])

    def rows(self, name: str, kind: type) -> list:
        """Read back the records that `Writer.rows` wrote."""
        part = self.parts[name]
        columns = [part[column].tolist() for column in typing.get_type_hints(kind)]
        return [kind(*row) for row in zip(*columns, strict=True)]

    def refuse(self, problem: str) -> InputError:
        """Make the error for what a layout cannot say."""
        return self._source.error(problem)

    @contextlib.contextmanager
    def _reading(self, name: str):
        try:
            yield
        except (*_HDF5_ERRORS, _Wrong) as error:
            raise self._source.error(error if isinstance(error, _Wrong) else f"{name}: {error}") from error


def _members(source: _Source, handle: h5g.GroupID, declared: Mapping):
    """Yield path, handle and declaration of what a group holds and its layout names."""
    if not isinstance(handle, h5g.GroupID):
        raise _Wrong("a dataset stands where a group belongs")
    others = set(handle)
    inner = {}
    for key, what in declared.items():
        if key == "*":
            continue
        name, optional = key.removesuffix("?"), key.endswith("?")
        *folders, last = name.split("/")
        group = handle
        for depth, folder in enumerate(folders, 1):
            path = "/".join(folders[:depth])
            if path not in inner:
                inner[path] = source.open(group, folder.encode())
            group = inner[path]
            others.discard(folders[0].encode())
        if not isinstance(group, h5g.GroupID) or last.encode() not in group:
            if optional:
                continue
            raise _Wrong(f"{name} is missing")
        others.discard(last.encode())
        yield name, source.open(group, last.encode()), what
    if "*" in declared:
        for name in sorted(others):
            yield name.decode(), source.open(handle, name), declared["*"]


def _attributes(handle, declared: Mapping[str, type], room: int) -> dict:
    """Read the declared attributes of a group; each is one value."""
    if not isinstance(handle, h5g.GroupID):
        raise _Wrong("a dataset stands where a group belongs")
    names = [key for key in declared if key != "*"]
    found = {}
    for key in names:
        name, optional = key.removesuffix("?"), key.endswith("?")
        if h5a.exists(handle, name.encode()):
            found[name] = _attribute(handle, name, declared[key], room)
        elif not optional:
            raise _Wrong(f"the attribute {name} is missing")
    if "*" in declared:
        for i in range(h5a.get_num_attrs(handle)):
            name = h5a.open(handle, index=i).name.decode()
            if name not in found:
                found[name] = _attribute(handle, name, declared["*"], room)
    return found


def _attribute(handle, name: str, kind: type, room: int):
    attribute = h5a.open(handle, name.encode())
    stored, space = attribute.get_type(), attribute.get_space()
    kinds = {int: ("int64",), bool: ("bool",), float: ("float64", "int64")}.get(kind, (TEXT,))
    if not any(_is(stored, one) for one in kinds) or space.get_simple_extent_type() != h5s.SCALAR:
        raise _Wrong(f"the attribute {name} is not {_TYPES[kind]}")
    if stored.get_size() > room:
        raise _Wrong(f"the attribute {name} is longer than the file")
    value = np.empty((), dtype=stored.dtype)
    attribute.read(value)
    if kind not in (str, object):
        return value.item()
    text = value.item().decode()
    return text if kind is str else json.loads(text)


def _is(kind: h5t.TypeID, name: str) -> bool:
    """Whether a type of HDF5 is the declared one; text is that of cells of one length, in UTF-8."""
    if name == TEXT:
        return isinstance(kind, h5t.TypeStringID) and not kind.is_variable_str() and kind.get_cset() == h5t.CSET_UTF8
    return kind.equal(h5t.py_create(np.dtype(name).newbyteorder("<"), logical=True))


def _shown(name: bytes) -> str:
    return name.decode(errors="replace")


@contextlib.contextmanager
def open_file(path: PathLike, layout: Layout) -> Iterator[Part]:
    """Open a file that a stage wrote, and compare it with its layout.

    Raises
    ------
    InputError
        The file is missing, of another stage, damaged, or not what is declared.
    """
    with _opened(path, layout) as (source, handle):
        yield _asked(source, lambda: Part(source, handle, whole_file(layout), "/", {}))


def read_file(path: PathLike, reader: Callable[[Part], _T], layout: Layout) -> _T:
    """Read a file that a stage wrote by a function of its `Part`.

    Raises
    ------
    InputError
        As in `open_file`.
    """
    with open_file(path, layout) as part:
        return reader(part)


def stage_of(path: PathLike) -> str:
    """Return which stage wrote a file.

    Raises
    ------
    InputError
        It is missing, damaged, or of no stage.
    """
    unknown = Layout("", "file of a stage", Group({}))
    with _opened(path, unknown) as (source, handle):
        return _asked(source, lambda: _attribute(handle, "stage", str, source.room))


def by_stage(paths: Iterable[PathLike], *expected: str) -> dict[str, list]:
    """Sort files by the stage that wrote them; each expected stage has its list, be it empty.

    Raises
    ------
    InputError
        A file is missing, damaged, or of another stage.
    """
    found: dict[str, list] = {stage: [] for stage in expected}
    for path in paths:
        stage = stage_of(path)
        if stage not in found:
            remedy = f"give files that {', '.join(expected)} wrote"
            raise InputError(f"this is a file that {stage} wrote", file=path, remedy=remedy)
        found[stage].append(path)
    return found


@contextlib.contextmanager
def _opened(path, layout: Layout):
    """Give the bytes and the root group of a file of a stage."""
    path = Path(path)
    if not path.exists():
        remedy = f"run {layout.stage or 'its stage'} first, or mend the path"
        raise InputError("there is no such file", file=path, remedy=remedy)
    give = f"give a file that {layout.stage or 'a stage'} wrote"
    try:
        stream = SealedInput(path)
    except Damaged as error:
        raise InputError(str(error), file=path, remedy=_AGAIN) from None
    except OSError as error:
        raise InputError(f"this is not a {layout.name} ({error})", file=path, remedy=give) from None
    with contextlib.closing(stream), contextlib.ExitStack() as stack:
        source = _Source(path, layout, stream)
        file = _asked(source, lambda: stack.enter_context(hdf5_file(stream)))
        handle = _asked(source, lambda: source.root(file))
        found = _asked(source, lambda: _attribute(handle, "stage", str, source.room))
        if layout.stage and found != layout.stage:
            raise InputError(f"this is not a {layout.name}, but one that {found} wrote", file=path, remedy=give)
        yield source, handle


def _asked(source: _Source, question: Callable):
    """Return an answer of HDF5, or raise what the user can do."""
    try:
        return question()
    except (*_HDF5_ERRORS, RecursionError, MemoryError, _Wrong) as error:
        raise source.error(error) from error
