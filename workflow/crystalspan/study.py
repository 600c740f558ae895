"""A study: its settings, its molecules, its energy windows and the shells between them."""

import csv
import dataclasses
import itertools
import math
import os
from collections.abc import Iterable
from pathlib import Path

import jsonschema

from crystalspan.arrays import Flags, Floats, PathLike
from crystalspan.errors import InputError
from crystalspan.settings import schema, with_defaults
from crystalspan.text import read_text

SAMPLE = "sample"


@dataclasses.dataclass(frozen=True)
class MoleculeRow:
    """One molecule of the study.

    Attributes
    ----------
    name : str
    sources : tuple of str
        Paths of its CSP output; empty when the built-in sampler makes the crystals.
    molecule_file : str
        Path of the rigid molecule's JSON file, or an empty string.
    known_forms : tuple of str
        Paths of known crystals that are looked for in the landscape.
    """

    name: str
    sources: tuple[str, ...]
    molecule_file: str
    known_forms: tuple[str, ...] = ()

    @property
    def is_sampled(self) -> bool:
        """Whether the built-in sampler makes the crystals."""
        return not self.sources


@dataclasses.dataclass(frozen=True)
class Study:
    """The settings of a study with all defaults, and its molecules by name."""

    settings: dict
    molecules: dict[str, MoleculeRow]

    @property
    def space_groups(self) -> list[int]:
        """Space-group numbers, in the order of the configuration."""
        return self.settings["space_groups"]

    @property
    def windows(self) -> list[str]:
        """Labels of the energy windows, such as ``0-10`` and ``0-20``."""
        return window_labels(self.settings["energy_windows"])

    @property
    def shells(self) -> list[str]:
        """Labels of the shells between adjacent window edges, such as ``0-10`` and ``10-20``."""
        return shell_labels(self.settings["energy_windows"])

    def shells_of(self, window: str) -> list[str]:
        """Return the shells that make up a window."""
        return self.shells[: self.windows.index(window) + 1]


def read_study(config: dict, folder: PathLike) -> Study:
    """Check the configuration of a study and read its table of molecules.

    Parameters
    ----------
    config : dict
        The configuration as given, without defaults.
    folder : path-like
        The study's folder, from which the path of the table counts.

    Raises
    ------
    InputError
        A key or value of the configuration, or a row of the table, is wrong.
    """
    settings = with_defaults(config, file="configuration")
    edges = settings["energy_windows"]
    if edges != sorted(edges):
        raise InputError(
            f"energy_windows {edges} are not ascending",
            file="configuration",
            record="energy_windows",
            remedy=f"write {sorted(edges)}",
        )
    labels = window_labels(edges)
    for edge, label in zip(edges, labels, strict=True):
        if parse_interval(label)[1] != edge or labels.count(label) > 1:
            raise InputError(
                f"{edge!r} cannot be told apart from {label.split('-')[1]} in the names of files",
                file="configuration",
                record="energy_windows",
                remedy="write edges of at most six digits, such as 7.25",
            )
    parallel = settings["dimension"]["parallel_analysis"]
    if parallel["permutations"] * (1 - parallel["quantile"]) < 1 - 1e-9:
        raise InputError(
            f"{parallel['permutations']} permutations do not reach the quantile {parallel['quantile']:g}",
            file="configuration",
            record="dimension.parallel_analysis.permutations",
            remedy=f"write at least {math.ceil(1 / (1 - parallel['quantile']) - 1e-6)}, or a lower quantile",
        )
    table = Path(folder) / settings["landscapes"]
    return Study(settings, {row.name: row for row in read_molecules(table)})


def read_molecules(table: PathLike) -> list[MoleculeRow]:
    """Read the table of molecules, one row a molecule.

    Raises
    ------
    InputError
        The table is missing or empty, or a row is wrong; the message names the line.
    """
    table = Path(table)
    try:
        lines = read_text(table).splitlines()
    except FileNotFoundError:
        raise InputError(
            "no such table of molecules",
            file=table,
            remedy="write one (tab-separated: molecule, source, molecule_file) or set the key 'landscapes'",
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot be read as a table of molecules: {error}",
            file=table,
            remedy="set the key 'landscapes' to a text file",
        ) from None
    numbered = [(i, line) for i, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")]
    if len(numbered) < 2:
        raise InputError("the table lists no molecule", file=table)
    header = [name.strip() for name in numbered[0][1].split("\t")]
    rows: list[MoleculeRow] = []
    seen: dict[str, int] = {}
    for number, line in numbered[1:]:
        row = _read_row(table, number, header, line)
        # Some file systems take two names that differ in capitals for one.
        if row.name.casefold() in seen:
            raise InputError(
                f"molecule {row.name!r} stands in lines {seen[row.name.casefold()]} and {number}",
                file=table,
                remedy="give every molecule a name of its own, capitals apart",
            )
        seen[row.name.casefold()] = number
        rows.append(row)
    return rows


def _read_row(table: Path, number: int, header: list[str], line: str) -> MoleculeRow:
    record = f"line {number}"
    cells = next(csv.reader([line], delimiter="\t"))
    if len(cells) > len(header):
        raise InputError(f"{len(cells)} cells under {len(header)} column names", file=table, record=record)
    values = {key: cell.strip() for key, cell in itertools.zip_longest(header, cells, fillvalue="")}
    rules = schema("landscapes")
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(rules).iter_errors(values))
    if error is not None:
        raise InputError(error.message, file=table, record=record, remedy=f"columns: {', '.join(rules['properties'])}")
    molecule_file = values.get("molecule_file", "")
    if values["source"] == SAMPLE:
        if not molecule_file:
            raise InputError(
                f"{values['molecule']} is to be sampled but has no molecule file",
                file=table,
                record=record,
                remedy="name its JSON file in the column molecule_file",
            )
        sources: tuple[str, ...] = ()
    else:
        sources = _paths(table, record, values["source"])
        if not sources:
            raise InputError(
                f"source {values['source']!r} names no file",
                file=table,
                record=record,
                remedy=f"name where the CSP output lies, or write {SAMPLE!r}",
            )
    file = _path(table, record, molecule_file) if molecule_file else ""
    return MoleculeRow(values["molecule"], sources, file, _paths(table, record, values.get("known_forms", "")))


def _paths(table: Path, record: str, text: str) -> tuple[str, ...]:
    """Return the paths that a cell lists, with semicolons between them."""
    return tuple(_path(table, record, part.strip()) for part in text.split(";") if part.strip())


def _path(table: Path, record: str, text: str) -> str:
    """Return a path that counts from the table's folder, kept relative so that a study can be moved.

    It never begins like an option of a command line.
    """
    path = os.path.normpath(table.parent / text)
    if {"{", "}"} & set(path):
        raise InputError(
            f"the path {path!r} holds braces, which the workflow takes for wildcards",
            file=table,
            record=record,
            remedy="rename the file or folder",
        )
    return f"./{path}" if path.startswith(("-", "@", "=")) else path


def window_labels(edges: Iterable[float]) -> list[str]:
    """Return the labels of the windows with these upper edges: 10, 20 -> ``0-10``, ``0-20``."""
    return [f"0-{edge:g}" for edge in edges]


def shell_labels(edges: Iterable[float]) -> list[str]:
    """Return the labels of the shells between these edges: 10, 20 -> ``0-10``, ``10-20``."""
    return [f"{low:g}-{high:g}" for low, high in itertools.pairwise([0, *edges])]


def parse_interval(label: str) -> tuple[float, float]:
    """Return the edges (kJ/mol) of a window or shell label such as ``10-20``.

    Raises
    ------
    InputError
        The label is not ``LOWER-UPPER`` with 0 <= LOWER < UPPER.
    """
    try:
        low, high = (float(part) for part in label.split("-"))
    except ValueError:
        low = high = 0.0
    if not 0 <= low < high:
        raise InputError(f"{label!r} is no energy interval", remedy="write LOWER-UPPER in kJ/mol, such as 0-10")
    return low, high


def in_interval(relative_energy: Floats, low: float, high: float) -> Flags:
    """Say which relative energies (kJ/mol) lie in a shell or window: above `low`, up to and with `high`.

    The interval that starts at 0 includes the global minimum itself.
    """
    above = relative_energy >= low if low == 0 else relative_energy > low
    return above & (relative_energy <= high)
