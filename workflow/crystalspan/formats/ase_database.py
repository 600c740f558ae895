"""ASE's databases, SQLite and JSON, read without ASE: nothing in them is unpickled, evaluated or changed."""

import json
import math

import numpy as np

from crystalspan.errors import InputError
from crystalspan.formats.complete_cell import complete_cell, isotopes_of
from crystalspan.formats.interface import Format
from crystalspan.formats.records import Rejection
from crystalspan.formats.sqlite_files import MAGIC, database, table_names
from crystalspan.formats.stated_keys import stated

_REMEDY = "write the row again with ase.db"
_SQLITE = "keep so many structures in an SQLite database (.db)"
_LARGEST_JSON = 1 << 26
_MOST_LISTS = 4_000_000
_COLUMNS = ("id", "numbers", "positions", "cell", "pbc", "energy", "key_value_pairs", "masses")


def _read_sqlite(item, source):
    with database(item, _REMEDY) as opened:
        if not set(_COLUMNS) <= opened.tables.get("systems", set()):
            raise InputError("the database has no table 'systems' of ASE", file=item.path, remedy=_REMEDY)
        for identity, *row in opened.rows(f"select {', '.join(_COLUMNS)} from systems order by id"):
            if source.mine():
                yield _structure(item, source, identity, lambda row=row: _from_blobs(*row))


def _from_blobs(numbers, positions, vectors, pbc, energy, keys, masses):
    arrays = [
        np.frombuffer(numbers, "<i4"),
        np.frombuffer(positions, "<f8").reshape(-1, 3),
        np.frombuffer(vectors, "<f8").reshape(3, 3),
    ]
    masses = None if masses is None else np.frombuffer(masses, "<f8")
    return *arrays, pbc, energy, json.loads(keys or "{}"), masses


def _read_json(item, source):
    text = item.text()
    # What is parsed takes some twenty times the memory of its text.
    if len(text) > _LARGEST_JSON or text.count("[") + text.count("{") > _MOST_LISTS:
        raise InputError("JSON of more than 64 MiB, or of too many parts", file=item.file, remedy=_SQLITE)
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"damaged JSON ({type(error).__name__})", file=item.file, remedy=_REMEDY) from None
    if not isinstance(rows, dict):
        raise InputError("no ASE database", file=item.file, remedy=_REMEDY)
    for identity, row in rows.items():
        if identity not in ("ids", "nextid", "metadata") and source.mine():
            yield _structure(item, source, identity, lambda row=row: _from_json(row))


def _from_json(row):
    cell = row["cell"]
    cell = cell["array"] if isinstance(cell, dict) and "array" in cell else cell
    pbc = sum(bool(axis) << i for i, axis in enumerate(_array(row["pbc"]).ravel()[:3]))
    return (
        _array(row["numbers"]), _array(row["positions"]), _array(cell), pbc,
        row.get("energy"), row.get("key_value_pairs") or {},
        None if row.get("masses") is None else _array(row["masses"]),
    )  # fmt: skip


def _array(value) -> np.ndarray:
    """Return the array of a list, or of ASE's {"__ndarray__": [shape, type, values]}."""
    if isinstance(value, dict):
        shape, kind, values = value["__ndarray__"]
        return np.array(values, dtype=int if str(kind).startswith("int") else float).reshape(shape)
    return np.array(value, dtype=float)


def _structure(item, source, identity, unpack):
    record = f"{item.record}!row {identity}" if item.record else f"row {identity}"
    try:
        numbers, positions, vectors, pbc, energy, keys, masses = unpack()
        if pbc != 7:
            raise InputError("not periodic in three directions", remedy="write the crystal, with pbc=True")
        energy = math.nan if energy is None else energy
        said = stated(keys, energy, f"{item.stem}-{identity}", source.remark)
        isotopes = isotopes_of(numbers, masses)
        return complete_cell(source.settings, item.file, record, numbers, positions, vectors, said, isotopes)
    except InputError as error:
        return Rejection(item.file, record, error.problem, error.remedy or _REMEDY)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        return Rejection(item.file, record, f"damaged row ({type(error).__name__}: {str(error)[:80]})", _REMEDY)


def _recognise_sqlite(item) -> bool:
    return item.head.startswith(MAGIC) and {"systems", "number_key_values"} <= table_names(item)


def _recognise_json(item) -> bool:
    return item.head.lstrip().startswith(b"{") and b"__ndarray__" in item.head and b'"numbers"' in item.head


SQLITE = Format("ase-db", "ASE database (SQLite)", _recognise_sqlite, _read_sqlite)
JSON = Format("ase-json", "ASE database (JSON)", _recognise_json, _read_json)
