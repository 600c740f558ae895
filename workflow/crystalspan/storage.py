"""Every HDF5 file: opened by its stage, its rows and its attributes."""

import contextlib
import json
import os
import typing

import h5py
import numpy as np

from crystalspan.errors import InputError
from crystalspan.provenance import atomic_output

TEXT = h5py.string_dtype()
# Attributes that are names: a molecule may be called 007 or NaN.
_NAMES = frozenset({"molecule", "space_group", "window"})


def write_attributes(group, record: dict):
    """Write a record as JSON attributes of an HDF5 group or file."""
    for key, value in record.items():
        group.attrs[key] = value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def read_attributes(group) -> dict:
    """Read back what `write_attributes` wrote; names are text, also those that look like numbers (007, 1e5, NaN)."""
    record = {}
    for key, value in group.attrs.items():
        try:
            record[key] = value if key in _NAMES else json.loads(value)
        except (TypeError, ValueError):
            record[key] = value
    return record


def put_rows(group, name: str, rows, kind):
    """Write records as a table: a group with one dataset a field.

    Parameters
    ----------
    group : h5py.Group
    name : str
    rows : list
    kind : type
        The dataclass of the rows; its fields are numbers, booleans and text.
    """
    table = group.create_group(name)
    for field, dtype in typing.get_type_hints(kind).items():
        values = [getattr(row, field) for row in rows]
        table.create_dataset(
            field, data=np.array(values, dtype=object if dtype is str else dtype), dtype=_stored(dtype)
        )


def _stored(dtype):
    return TEXT if dtype is str else np.dtype(dtype)


def get_rows(group, name: str, kind) -> list:
    """Read back what `put_rows` wrote."""
    table, hints = group[name], typing.get_type_hints(kind)
    columns = [
        (table[field].asstr()[...] if dtype is str else table[field][...]).tolist() for field, dtype in hints.items()
    ]
    return [kind(*row) for row in zip(*columns, strict=True)]


@contextlib.contextmanager
def new_file(path, record: dict):
    """Make an HDF5 file with its provenance, to be filled; it appears when it is complete."""
    with atomic_output(path) as temporary, h5py.File(temporary, "w") as file:
        write_attributes(file, record)
        yield file


def stage_of(path) -> str:
    """Return the stage that wrote a file; an empty text where it is no file of ours."""
    try:
        with h5py.File(path, "r") as file:
            record = read_attributes(file)
            return str(record.get("stage") or record.get("provenance", {}).get("stage", ""))
    except (OSError, AttributeError):
        return ""


def by_stage(paths, *expected: str) -> dict:
    """Sort files by the stage that wrote them; each expected stage has its list, be it empty.

    Raises
    ------
    InputError
        A file is missing, is of another stage, or is no file of ours.
    """
    found: dict = {stage: [] for stage in expected}
    for path in paths:
        if not os.path.isfile(path):
            raise InputError("there is no such file", file=path, remedy=f"run {' or '.join(expected)} first")
        stage = stage_of(path)
        if stage not in found:
            what = f"a file that {stage} wrote" if stage else "no file of CrystalSpan"
            raise InputError(f"this is {what}", file=path, remedy=f"give files that {', '.join(expected)} wrote")
        found[stage].append(path)
    return found


def read_file(path, reader, stage: str):
    """Read a file that a stage wrote by a function of the open file.

    Raises
    ------
    InputError
        The file is missing or is not of that stage.
    """
    if not path.is_file():
        raise InputError("there is no such file", file=path, remedy=f"run {stage} first, or mend the path")
    try:
        with h5py.File(path, "r") as file:
            if read_attributes(file).get("stage") != stage:
                raise KeyError(f"not of the stage {stage}")
            return reader(file)
    except (OSError, KeyError, AttributeError, TypeError) as error:
        raise InputError(
            f"this is not a file that {stage} wrote ({error})", file=path, remedy=f"give a file that {stage} wrote"
        ) from error
