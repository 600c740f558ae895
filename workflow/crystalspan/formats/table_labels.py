"""Whose row is it? Names in tables and names of structures, matched whole or one to one."""

import re
from collections import defaultdict
from heapq import nsmallest
from itertools import chain
from typing import NamedTuple

from crystalspan.errors import InputError
from crystalspan.formats.interface import shortened
from crystalspan.formats.records import RawStructure
from crystalspan.formats.table_rows import MOST_ROWS, TOO_MANY_ROWS, Row

# Energies that differ by more are not those of one structure (kJ/mol); tables round to 0.01.
SAME_ENERGY = 0.05
# What programs and people add to the name of a structure that was optimised.
_SUFFIX = re.compile(r"(?i)[-_. ](?:opt|optimi[sz]ed|relaxed|min|minimi[sz]ed|final)$")
_MOST_PARTS = 12
_MOST_OF_A_LABEL = 8
_NAMED = 3
_NONE: list[Row] = []


class Match(NamedTuple):
    """The rows that speak of a structure, or why none can be taken.

    Attributes
    ----------
    rows : list of Row
    whole : bool
        A row has the structure's whole name.
    problem : str
    """

    rows: list
    whole: bool
    problem: str = ""


class Labels:
    """The rows of tables by their labels.

    Attributes
    ----------
    unread : list of str
        Tables that could not be read, and why.
    """

    def __init__(self):
        self._rows = {}
        self._count = 0
        self._files = {}
        self.unread = []

    def __len__(self) -> int:
        return self._count

    def add(self, row: Row) -> None:
        """Add a row under its names; rows that say the same count once."""
        self._count += 1
        if self._count > MOST_ROWS:
            raise InputError(TOO_MANY_ROWS)
        if row.file not in self._files or len(self._files[row.file]) < _NAMED:
            self._files.setdefault(row.file, {})[row.label] = None
        self._put(row.full_label, row)
        if row.label != row.full_label:
            self._put(row.label, row)

    def _put(self, label: str, row: Row) -> None:
        known = self._rows.get(label)
        if known is None:
            self._rows[label] = [row]
        elif len(known) < _MOST_OF_A_LABEL and not any(_say_the_same(one, row) for one in known):
            known.append(row)

    @property
    def what(self) -> str:
        """Name the tables and the first labels in each."""
        told = [f"{file} ({', '.join(map(shortened, first))}, ...)" for file, first in self._files.items()]
        more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        return ", ".join(told[:_NAMED]) + more

    def unused(self, matches: list[Match]) -> int:
        """Return the number of names that no match has used."""
        used = {row.label for match in matches for row in match.rows}
        return len({row.label for rows in self._rows.values() for row in rows} - used)

    def match(self, structures: list[RawStructure]) -> list[Match]:
        """Return the match of each structure.

        A row speaks of the structure that has its name, as its identity or as the name of its file. Otherwise a label
        may be the structure's name without a suffix such as ``_opt``, or the end of it (``aa105`` of
        ``YICFEX_opt_aa105``), or the name the end of the label: if that goes for one structure and one label only.
        """
        names = [_names(structure) for structure in structures]
        found = [self._whole(own) for own in names]
        if all(found):
            return [Match(rows, True) for rows in found]
        partial = _Partial(self._rows, names)
        return [Match(rows, True) if rows else partial.match(i) for i, rows in enumerate(found)]

    def _whole(self, names) -> list[Row]:
        found = self._rows.get(names[0], _NONE)
        return found if len(names) == 1 else [*found, *self._rows.get(names[1], _NONE)]


class _Partial:
    """Matches of parts of names; what all structures lay claim to is worked out once."""

    def __init__(self, rows: dict, names: list):
        self._rows, self._names = rows, names
        self._by_base: dict[str, list[str]] = defaultdict(list)
        self._by_end: dict[str, list[str]] = defaultdict(list)
        for label in rows:
            if (base := _base(label)) != label:
                _append(self._by_base[base], label)
            for end in _ends(label):
                _append(self._by_end[end], label)
        self._claims = [self._claimed(own) for own in names]
        self._claimants: dict[str, set] = defaultdict(set)
        for own, claims in zip(names, self._claims, strict=True):
            for label in (*chain.from_iterable(claims), *(name for name in own if name in rows)):
                self._claimants[label].add(own)
        self._problems: dict[str, str] = {}

    def match(self, i: int) -> Match:
        if not self._claims[i]:
            return Match([], False)
        labels = self._claims[i][0]
        shared = next((label for label in labels if len(self._claimants[label]) > 1), None)
        if shared is not None:
            return Match([], False, self._problem(shared))
        return Match([row for label in labels for row in self._rows[label]], False)

    def _problem(self, label: str) -> str:
        """Say whose a label may be."""
        if label not in self._problems:
            claimants = self._claimants[label]
            of = ", ".join(shortened(own[0]) for own in nsmallest(_NAMED, claimants))
            more = f" or {len(claimants) - _NAMED} more" if len(claimants) > _NAMED else ""
            self._problems[label] = f"{self._rows[label][0].place} ({shortened(label)}) may be that of {of}{more}"
        return self._problems[label]

    def _claimed(self, names) -> list[list[str]]:
        """Return the labels that may stand for a structure: lists of them, the best first."""
        claims = []
        for name in names:
            base = _base(name)
            claims.append([label for label in (base,) if base != name and label in self._rows])
            claims[-1] += self._by_base.get(name, []) + (self._by_base.get(base, []) if base != name else [])
            for end in (*_ends(name), *(_ends(base) if base != name else ())):
                claims.append([end] if end in self._rows else self._by_base.get(end, []))
            claims.append(self._by_end.get(name, []) or (self._by_end.get(base, []) if base != name else []))
        return [claim for claim in claims if claim]


def _names(structure: RawStructure) -> tuple:
    """Return a structure's identity, and the name of its file or record."""
    record = structure.record
    if "/" in record or "!" in record:
        record = record.rpartition("/")[2].rpartition("!")[2]
    stem = record.rpartition(".")[0] or record
    return (structure.id, stem) if stem and stem != structure.id else (structure.id,)


def _append(labels: list, label: str) -> None:
    # More than a few decide nothing, and must not make work for each structure.
    if len(labels) < _MOST_OF_A_LABEL:
        labels.append(label)


def _base(name: str) -> str:
    return _SUFFIX.sub("", name)


def _ends(name: str):
    """Yield what follows the underscores of a name, the longest first: ``opt_aa105`` and ``aa105``."""
    start = name.find("_") + 1
    for _ in range(_MOST_PARTS):
        if not 0 < start < len(name):
            return
        yield name[start:]
        start = name.find("_", start) + 1


def _say_the_same(first: Row, second: Row) -> bool:
    return _same(first.energy, second.energy) and _same(first.relative, second.relative)


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= SAME_ENERGY or (a != a and b != b)
