"""mol-CSPy's SQLite databases: one per space group, or the clustered one of all; never written to."""

import contextlib
import math
import os
import sqlite3
from pathlib import Path

from crystalspan.errors import InputError
from crystalspan.formats.records import Rejection

_REMEDY = "give a database that mol-CSPy or `crystalspan sample` has written"


def read_sqlite(path, res_reader, note):
    """Yield the structures of a mol-CSPy database, or the reasons why not.

    A clustered database (its table ``equivalent_to`` holds something) gives its unique structures. Any other
    gives each valid trial's structure at the last minimisation step; a trial that stopped at an earlier step
    was minimised with another energy model and is rejected.

    Parameters
    ----------
    path : path-like
    res_reader : ResReader
    note : callable (str, int)
        Counts what is no final structure.

    Raises
    ------
    InputError
        The file is damaged, or has no table of crystals.
    """
    try:
        with contextlib.closing(_open(path)) as database:
            tables = {row[0] for row in database.execute("select name from sqlite_master where type = 'table'")}
            if "crystal" not in tables:
                raise InputError("the database has no table 'crystal'", file=path, remedy=_REMEDY)
            columns = {row[1] for row in database.execute("pragma table_info(crystal)")}
            if not {"id", "file_content"} <= columns:
                raise InputError("table 'crystal' lacks id or file_content", file=path, remedy=_REMEDY)
            yield from _rows(database, tables, columns, path, res_reader, note)
    except sqlite3.Error as error:
        raise InputError(f"the database cannot be read ({error})", file=path, remedy=_REMEDY) from None


def _open(path) -> sqlite3.Connection:
    """Open read-only, and without leaving files beside the user's.

    A reader of a database in WAL mode makes -shm and -wal files. When there is no such file or journal,
    nobody is writing, and the file can be opened as immutable.
    """
    busy = any(_holds_something(f"{path}{suffix}") for suffix in ("-wal", "-journal"))
    uri = Path(path).absolute().as_uri() + ("?mode=ro" if busy else "?mode=ro&immutable=1")
    database = sqlite3.connect(uri, uri=True)
    database.text_factory = _text
    database.execute("pragma trusted_schema = off")
    return database


def _holds_something(path) -> bool:
    return os.path.exists(path) and os.path.getsize(path) > 0


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _rows(database, tables, columns, path, res_reader, note):
    chosen, stopped = _final_structures(database, tables, note)
    energy = "energy" if "energy" in columns else "null"
    density = "density" if "density" in columns else "null"
    query = f"select id, {energy}, {density}, file_content from crystal order by rowid"
    for identity, energy, density, content in database.execute(query):
        name = str(identity)
        if chosen is not None and name not in chosen:
            if name in stopped:
                yield Rejection(str(path), name, *stopped[name])
            continue
        if not isinstance(content, str):
            yield Rejection(str(path), name, "no .res text in file_content", "dump the database again")
            continue
        for structure in res_reader.read(content, str(path), name, name):
            if not isinstance(structure, Rejection):
                _prefer_columns(structure, identity, _number(energy), _number(density))
            yield structure


def _prefer_columns(structure, identity, energy, density):
    """Take energy and density of the table's columns, which carry more decimals than the text."""
    # The column type of `id` is NUMERIC to SQLite: '007' comes back as 7, and only the text has the true
    # name.
    if not isinstance(identity, int) or not structure.id.isdecimal() or int(structure.id) != identity:
        structure.id = str(identity)
    if not math.isnan(energy):
        structure.energy = energy
    if not math.isnan(density):
        structure.density = density


def _number(value) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _final_structures(database, tables, note):
    """Return the ids to read (None: all) and those that stopped early, with reason and remedy."""
    if "equivalent_to" in tables:
        unique = {str(row[0]) for row in database.execute("select distinct unique_id from equivalent_to")}
        if unique:
            total = database.execute("select count(*) from crystal").fetchone()[0]
            note("duplicates marked in the database", total - len(unique))
            return unique, {}
    if "trial_structure" not in tables:
        return None, {}
    steps = list(database.execute("select id, minimization_step, valid from trial_structure"))
    last = max((step for _, step, _ in steps if isinstance(step, int)), default=None)
    if last is None:
        return None, {}
    return _last_steps(steps, last, note)


def _last_steps(steps, last, note):
    chosen, stopped, farthest = set(), {}, {}
    for identity, step, valid in steps:
        name, step = str(identity), step if isinstance(step, int) else 0
        if not _is_valid(valid):
            note("trials marked as invalid in the database")
            continue
        trial = _trial(name, step)
        if step == last:
            chosen.add(name)
            farthest[trial] = (step, name)
        elif farthest.get(trial, (-1,))[0] < step:
            farthest[trial] = (step, name)
    for step, name in farthest.values():
        if step < last:
            reason = f"minimisation stopped at step {step} of {last}"
            stopped[name] = (reason, "finish the minimisation, or leave the structure out")
    return chosen, stopped


def _is_valid(valid) -> bool:
    return valid is None or str(valid).lower() not in ("0", "false", "0.0")


def _trial(name: str, step: int) -> str:
    """Return the id without its minimisation step: the trial."""
    return name.removesuffix(f"-{step}")
