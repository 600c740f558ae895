"""mol-CSPy's SQLite layout: sampled groups and clustered landscapes, written; sampled groups, read."""

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import NamedTuple

import numpy as np

from crystalspan import __version__
from crystalspan.arrays import PathLike
from crystalspan.crystallography.cell import cell_parameters, density, volume
from crystalspan.errors import InputError
from crystalspan.formats.res_writer import ResWriter
from crystalspan.provenance import atomic_output
from crystalspan.sampling.packing import Packing
from crystalspan.sampling.trials import OUTCOMES, STEPS, Trials

# Kinds of search, as the settings call them.
QUASI_RANDOM, GUIDED = "quasi-random", "guided"

_TABLES = """
CREATE TABLE meta (id integer PRIMARY KEY AUTOINCREMENT, version string, description string,
  modification_time datetime DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE crystal (id string PRIMARY KEY, spacegroup integer DEFAULT 1, density float, energy float,
  molecule_id string, file_content string);
CREATE TABLE trial_structure (id string, minimization_step integer, trial_number integer, valid boolean,
  minimization_time float, metadata string, FOREIGN KEY(id) REFERENCES crystal(id));
CREATE TABLE descriptor (id string, name string, value blob, metadata string, PRIMARY KEY(id,name,metadata),
  FOREIGN KEY(id) REFERENCES crystal(id));
CREATE TABLE equivalent_to (unique_id string, equivalent_id string, PRIMARY KEY(unique_id,equivalent_id),
  FOREIGN KEY(unique_id) REFERENCES crystal(id), FOREIGN KEY(equivalent_id) REFERENCES crystal(id));
CREATE TABLE trial (trial_id string PRIMARY KEY, trial_number integer, iterations integer DEFAULT 0,
  state string, metadata string);
"""


class CrystalRow(NamedTuple):
    """A row of the table ``crystal``: energies in kJ/mol per molecule, density in g/cm3, .res text."""

    id: str
    space_group: int
    density: float
    energy: float
    molecule: str
    text: str


class TrialRow(NamedTuple):
    """A row of the table ``trial_structure``."""

    id: str
    step: int
    number: int
    valid: int
    time: float | None
    metadata: str | None


def rows_of(packing: Packing, trials: Trials, name: str) -> tuple[list[CrystalRow], list[TrialRow]]:
    """Return the database rows of a sampled group: a crystal for each minimum, a trial row for each trial.

    Parameters
    ----------
    packing : Packing
    trials : Trials
    name : str
        The molecule's name, the first part of every id.
    """
    writer = ResWriter(packing.molecule.symbols, packing.rotations, packing.translations)
    crystals, records = [], []
    mass = packing.molecule.mass * packing.multiplicity
    for k, number in enumerate(trials.number):
        step = int(trials.step[k])
        identity = f"{name}-QR-{packing.group}-{number}-{step}"
        status = int(trials.status[k])
        valid = bool(trials.valid[k]) and step == STEPS
        reason = None if valid else json.dumps({"invalid": OUTCOMES[status]})
        records.append(TrialRow(identity, step, int(number), int(valid), None, reason))
        if not valid:
            continue
        cell = trials.cell[k]
        in_cell = packing.body @ trials.rotation[k].T @ np.linalg.inv(cell)
        energy, mass_density = round(float(trials.energy[k]), 6), round(float(density(mass, volume(cell))), 6)
        text = writer.text(identity, energy, mass_density, cell_parameters(cell), in_cell + trials.position[k])
        crystals.append(CrystalRow(identity, packing.group, mass_density, energy, name, text))
    return crystals, records


def write_database(
    path: PathLike,
    crystals: list[CrystalRow],
    records: list[TrialRow],
    equivalents: list[tuple[str, str]],
    provenance: dict,
) -> None:
    """Write a database in mol-CSPy's layout, whole or not at all.

    The provenance stands in the table ``meta``. No time is in the file: the same work gives the same bytes.

    Parameters
    ----------
    path : path-like
    crystals : iterable of CrystalRow
    records : iterable of TrialRow
    equivalents : iterable of (unique id, equivalent id)
    provenance : dict
    """
    with atomic_output(path) as temporary:
        try:
            with contextlib.closing(sqlite3.connect(temporary, isolation_level=None)) as database:
                database.execute("PRAGMA journal_mode = OFF")
                database.executescript(f"BEGIN; {_TABLES}")
                description = json.dumps(provenance, sort_keys=True)
                database.execute("INSERT INTO meta VALUES (1, ?, ?, NULL)", (__version__, description))
                database.executemany("INSERT INTO crystal VALUES (?,?,?,?,?,?)", crystals)
                database.executemany("INSERT INTO trial_structure VALUES (?,?,?,?,?,?)", records)
                database.executemany("INSERT INTO equivalent_to VALUES (?,?)", equivalents)
                database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise OSError(f"{path}: cannot write the database ({error})") from None


def is_guided(path: PathLike) -> bool:
    """Whether a database says that its search was guided by what it had found; other programs' say nothing of it."""
    with contextlib.suppress(sqlite3.Error):
        uri = Path(path).absolute().as_uri() + "?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
            return any(search_of(text) == GUIDED for (text,) in database.execute("SELECT description FROM meta"))
    return False


def search_of(description: str | None) -> str:
    """The kind of search that the table ``meta`` of a database tells: `QUASI_RANDOM`, unless it says another."""
    with contextlib.suppress(ValueError, TypeError, AttributeError, KeyError):
        settings = json.loads(description or "{}")["settings"]
        return str(settings.get("search") or settings["sampling"]["search"])
    return QUASI_RANDOM


def read_database(path: PathLike) -> tuple[list[CrystalRow], list[TrialRow]]:
    """Read the valid crystals of a group's database at the last minimisation step, and their trial rows.

    Raises
    ------
    InputError
        The file is missing, no database, or not in mol-CSPy's layout.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such file", file=path, remedy="sample the space group first")
    try:
        uri = path.absolute().as_uri() + "?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
            crystals = database.execute(
                "SELECT CAST(id AS text), spacegroup, density, energy, CAST(molecule_id AS text),"
                " file_content FROM crystal"
            ).fetchall()
            trials = database.execute(
                "SELECT CAST(id AS text), minimization_step, trial_number, valid, minimization_time, metadata"
                " FROM trial_structure WHERE valid"
            ).fetchall()
    except sqlite3.Error as error:
        raise InputError(
            f"cannot be read as a database of crystals ({error})",
            file=path,
            remedy="give databases that `crystalspan sample` or mol-CSPy wrote, one per space group",
        ) from None
    last = max((row[1] for row in trials), default=None)
    records = {row[0]: TrialRow(*row) for row in trials if row[1] == last}
    rows = [CrystalRow(*row) for row in crystals if row[0] in records or not trials]
    incomplete = [row.id for row in rows if None in (row.density, row.energy, row.text)]
    if incomplete:
        raise InputError("lacks energy, density or .res text", file=path, record=incomplete[0])
    return rows, [records[row.id] for row in rows if row.id in records]
