"""mol-CSPy's SQLite databases: one per space group, or the clustered one of all; never written to."""

import math

from crystalspan.errors import InputError
from crystalspan.formats.interface import LONGEST_NAME, Format, shortened
from crystalspan.formats.records import Rejection, plain_name
from crystalspan.formats.sqlite_files import MAGIC, database, table_names
from crystalspan.formats.table_labels import SAME_ENERGY

_REMEDY = "give a database that mol-CSPy or `crystalspan sample` has written"

_OTHER_TEXT = "structures whose energy is another in the database's column than in its text: the column's was taken"


def _read(item, source):
    """Yield the structures of a mol-CSPy database, or the reasons why not.

    A clustered database (its table ``equivalent_to`` holds something) gives its unique structures. Any other
    gives each valid trial's structure at the last minimisation step; a trial that stopped at an earlier step
    was minimised with another energy model and is rejected.

    Raises
    ------
    InputError
        The file is damaged, or has no table of crystals.
    """
    with database(item, _REMEDY) as opened:
        columns = opened.tables.get("crystal")
        if columns is None and "res_data" not in opened.tables:
            raise InputError("the database has no table 'crystal'", file=item.path, remedy=_REMEDY)
        if columns is not None and not {"id", "file_content"} <= columns and "res_data" not in opened.tables:
            raise InputError("table 'crystal' lacks id or file_content", file=item.path, remedy=_REMEDY)
        yield from _rows(opened, columns or set(), item, source)


def _rows(opened, columns, item, source):
    chosen, stopped, known = _final_structures(opened, source.note)
    for identity, energy, density, group, content in opened.rows(_query(opened.tables, columns)):
        if not source.mine():
            continue
        name = str(identity)
        short = shortened(name, LONGEST_NAME)
        record = f"{item.record}!{short}" if item.record else short
        if chosen is not None and name not in chosen:
            if name in stopped:
                yield Rejection(item.file, record, *stopped[name])
            elif name not in known:
                yield Rejection(item.file, record, "no row in table trial_structure", _REMEDY)
            continue
        if not isinstance(content, str):
            yield Rejection(item.file, record, "no .res text in file_content", "dump the database again")
            continue
        for structure in source.res.read(content, item.file, record, name):
            if not isinstance(structure, Rejection):
                source.remark(_OTHER_TEXT, abs(structure.energy - _energy(energy)) > SAME_ENERGY)
                _prefer_columns(structure, identity, _energy(energy), _number(density))
                if isinstance(group, int):
                    structure.stated_space_group = group
            yield structure


def _query(tables, columns) -> str:
    """Return the query for id, energy, density, space group and .res text; older files lack some of them."""
    if "file_content" in columns:
        wanted = [name if name in columns else "null" for name in ("energy", "density", "spacegroup")]
        return f"select id, {', '.join(wanted)}, file_content from crystal order by rowid"
    # Before the text stood in `crystal`, it had a table of its own.
    if {"id", "energy", "density"} <= columns:
        group = "crystal.spacegroup" if "spacegroup" in columns else "null"
        return (
            f"select res_data.id, crystal.energy, crystal.density, {group}, res_content from res_data"
            " left join crystal on crystal.id = res_data.id order by res_data.rowid"
        )
    return "select id, null, null, null, res_content from res_data order by rowid"


def _prefer_columns(structure, identity, energy, density):
    """Take energy and density of the table's columns, which carry more decimals than the text."""
    # The column type of `id` is NUMERIC to SQLite: '007' comes back as 7, and only the text has the true
    # name.
    if isinstance(identity, str) or not _is_number(structure.id, identity):
        structure.id = plain_name(str(identity))
    if not math.isnan(energy):
        structure.energy, structure.energy_basis = energy, "molecule"
    if not math.isnan(density):
        structure.density = density


def _is_number(text: str, number) -> bool:
    try:
        return float(text) == number
    except ValueError:
        return False


def _number(value) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _energy(value) -> float:
    # 0 and infinity stand where there is none.
    number = _number(value)
    return number if number and math.isfinite(number) else math.nan


def _final_structures(opened, note):
    """Return the ids to read (None: all), those that stopped early with reason and remedy, and all that are known."""
    tables = opened.tables
    texts = "crystal" if "file_content" in tables.get("crystal", ()) else "res_data"
    if "unique_id" in tables.get("equivalent_to", ()):
        unique = {str(row[0]) for row in opened.rows("select distinct unique_id from equivalent_to")}
        if unique:
            present = {str(row[0]) for row in opened.rows(f"select id from {texts}")}
            note("duplicates marked in the database", len(present - unique))
            note("unique structures of the database that have no entry", len(unique - present))
            return unique, {}, present
    if not {"id", "minimization_step", "valid"} <= tables.get("trial_structure", set()):
        return None, {}, set()
    steps = list(opened.rows("select id, minimization_step, valid from trial_structure"))
    last = max((step for _, step, _ in steps if isinstance(step, int)), default=None)
    return (None, {}, set()) if last is None else _last_steps(steps, last, note)


def _last_steps(steps, last, note):
    chosen, stopped, farthest, known, invalid = set(), {}, {}, set(), 0
    for identity, step, valid in steps:
        name, step = str(identity), step if isinstance(step, int) else 0
        known.add(name)
        if not _is_valid(valid):
            invalid += 1
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
    note("trials marked as invalid in the database", invalid)
    note("structures of earlier minimisation steps", len(steps) - invalid - len(chosen) - len(stopped))
    return chosen, stopped, known


def _is_valid(valid) -> bool:
    return valid is None or str(valid).lower() not in ("0", "false", "0.0")


def _trial(name: str, step: int) -> str:
    """Return the id without its minimisation step: the trial."""
    return name.removesuffix(f"-{step}")


def _recognise(item) -> bool:
    # Any database that is not of another known kind: its reader says what is missing.
    return item.head.startswith(MAGIC) and not {"systems", "number_key_values"} <= table_names(item)


FORMAT = Format("mol-cspy", "mol-CSPy database", _recognise, _read)
