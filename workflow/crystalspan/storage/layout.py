"""What an HDF5 file holds, as data: names, types and shapes; and the comparison of a file with it."""

import dataclasses
import typing
from collections.abc import Mapping
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")
TEXT = "text"
# What every file says of how it was made.
PROVENANCE = ("stage", "settings", "versions", "inputs")


@dataclasses.dataclass(frozen=True)
class Array:
    """A dataset.

    Parameters
    ----------
    kind : str
        A type of numpy, such as ``float64``, or `TEXT`.
    shape : tuple of int or str
        Sizes: numbers, or names such as ``n``, which mean the same number wherever they stand; ``n+1`` is one more.
    finite : bool
        Whether NaN and infinity are errors.
    least, below : int or str, optional
        Bounds of the entries, `below` excluded; a number or a size.
    rising : bool
        Whether no entry may be smaller than the one before it.
    """

    kind: str
    shape: tuple
    finite: bool = True
    least: int | str | None = None
    below: int | str | None = None
    rising: bool = False


@dataclasses.dataclass(frozen=True)
class Group:
    """A group: its datasets and groups by name, and its attributes.

    A name that ends with ``?`` may be missing; ``*`` stands for every name that is not listed. A name may be a path:
    ``settings/offset``.

    Parameters
    ----------
    members : mapping of str to Array or Group
    attributes : mapping of str to type
        str, int, float, bool; object for what is written as JSON.
    """

    members: Mapping[str, "Array | Group"]
    attributes: Mapping[str, type] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Layout:
    """A file.

    Parameters
    ----------
    stage : str
        Which stage writes it.
    name : str
        What it is called in messages, such as ``landscape file``.
    content : Group
    """

    stage: str
    name: str
    content: Group


def offsets(count: str, into: str) -> Array:
    """Declare where the parts of something begin, (count + 1,) int64: not falling, from 0 to the size `into`."""
    return Array("int64", (f"{count}+1",), least=0, below=f"{into}+1", rising=True)


def table(kind: type) -> Group:
    """Declare a table: the rows are a dataclass of numbers, booleans and text, each field is a dataset."""
    return Group(
        {name: Array(_name(hint), ("rows",), finite=False) for name, hint in typing.get_type_hints(kind).items()}
    )


def _name(hint: type) -> str:
    return TEXT if hint is str else np.dtype(hint).name


def whole_file(layout: Layout) -> Group:
    """Return what a file holds, with the attributes that every file has."""
    return Group(
        layout.content.members,
        {"stage": str, **{f"{name}?": object for name in PROVENANCE[1:]}, **layout.content.attributes},
    )


def declared_as(names: Mapping[str, _T], name: str) -> _T:
    """Return what a name is declared as; that of ``*`` where it is not listed.

    Raises
    ------
    KeyError
        It is not declared.
    """
    for key in (name, f"{name}?", "*"):
        if key in names:
            return names[key]
    raise KeyError(f"{name} is not declared")


def size(expression: int | str, sizes: Mapping[str, int]) -> int:
    """Return what a size is: a number, a name, or a name + 1."""
    if isinstance(expression, int):
        return expression
    name, _, more = expression.partition("+")
    return sizes[name] + int(more or 0)


def bind(shape: tuple[int, ...], declared: tuple, sizes: dict[str, int]) -> str | None:
    """Compare a shape with the declared one, and note the sizes that are met for the first time.

    Returns
    -------
    str or None
        What is wrong.
    """
    if len(shape) != len(declared):
        return f"has {len(shape)} dimensions, not {len(declared)}"
    for found, expression in zip(shape, declared, strict=True):
        name, _, more = str(expression).partition("+")
        if not isinstance(expression, int) and name not in sizes and found >= int(more or 0):
            sizes[name] = found - int(more or 0)
        known = isinstance(expression, int) or name in sizes
        wanted = size(expression, sizes) if known else int(more)
        if found != wanted:
            return f"has the shape {shape}, which does not fit (expected: {_shown(declared, sizes)})"
    return None


def _shown(declared: tuple, sizes: Mapping[str, int]) -> str:
    return " x ".join(str(one) if str(one) not in sizes else f"{one} = {sizes[one]}" for one in declared)


def wrong_entries(values: np.ndarray, declared: Array, sizes: Mapping[str, int]) -> str | None:
    """Say what is wrong with the entries of a dataset, or of some of its rows; None when nothing is."""
    if not values.size or declared.kind == TEXT:
        return None
    if declared.finite and not _all_finite(values):
        return "holds numbers that are not finite"
    if declared.least is not None and values.min() < size(declared.least, sizes):
        return f"holds {values.min()}, less than {size(declared.least, sizes)}"
    if declared.below is not None and values.max() >= size(declared.below, sizes):
        return f"holds {values.max()}, which should be less than {size(declared.below, sizes)}"
    if declared.rising and np.any(values[1:] < values[:-1]):
        return "holds numbers that fall"
    return None


def _all_finite(values: np.ndarray) -> bool:
    """Whether no entry is NaN or infinite: then the sum is finite, without an array of flags, or overflows."""
    with np.errstate(invalid="ignore", over="ignore"):
        return values.dtype.kind != "f" or bool(np.isfinite(values.sum()) or np.isfinite(values).all())
