"""The door for every kind of source: what it is shows in its content, not in its name."""

import gc
import heapq
import math
import os
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.formats.energy_table import EnergyTables
from crystalspan.formats.identities import take_file_names
from crystalspan.formats.interface import LONGEST_NAME, Format, Item, shortened
from crystalspan.formats.records import RawStructure, Rejection, Settings, printable
from crystalspan.formats.registry import BY_NAME, detect
from crystalspan.formats.res_reader import ResReader
from crystalspan.team import Team

_MOST_RECORDS = 10_000_000
_MOST_REJECTIONS = 200_000
_MOST_NOTES = 1000
_MOST_EXAMPLES = 3
_RUN = 16  # members that a rank reads before the next one's turn
_KINDS = {
    ("molecule", False): "lattice energies",
    ("molecule", True): "relative energies",
    ("cell", False): "total energies of the cell (AIRSS, ASE)",
    ("cell", True): "relative energies of the cell",
}


class SourceReader:
    """Reads sources of all kinds; what several of them share (operations, element lists) is worked out once.

    Attributes
    ----------
    settings : Settings
        The distinct sets of operations met so far.
    passed_over : dict of str to int
        What was seen and is no structure, with its number.
    examples : dict of str to list of str
        The first names, in order of the alphabet, of some kinds of what was passed over.
    remarks : dict of str to int
        What was understood in a way that the user should know of, with its number.
    res : ResReader
    tables : EnergyTables
        Of the source that is being read.
    budget : archives.Budget or None
        Of the archive that is being read; where ranks share it, each bounds what it unpacks.
    place : int
        Of the member, row or record of the source that is being read; -1 before the first.

    Parameters
    ----------
    rank, size : int
        This reader's part of every source: runs of members are dealt out to the ranks in turn.
    """

    def __init__(self, rank: int = 0, size: int = 1):
        self.settings = Settings()
        self.passed_over: dict[str, int] = {}
        self.examples: dict[str, list[str]] = {}
        self.remarks: dict[str, int] = {}
        self.res = ResReader(self.settings, self.remark, self.mine)
        self.tables = EnergyTables(self.note, self.remark)
        self.budget = None
        self.place = -1
        self._asked = None
        self._rank, self._size = rank, size
        # What belongs to no member is rank 0's.
        self._is_mine = rank == 0
        self._within = False

    def read(
        self, source: PathLike, format: str | None = None, team: Team | None = None
    ) -> list[RawStructure | Rejection]:
        """Return every structure of a source as a `RawStructure`, or a `Rejection` that says why not.

        Energies, densities and space groups that a structure's file does not state are looked up in tables (CSV
        or .xlsx) inside or beside the source. Structures whose energies are of another kind than most (relative
        ones among absolute ones, per cell among per molecule) are rejected: they cannot be compared.

        Parameters
        ----------
        source : path-like
            A folder or archive, or a file of a known format.
        format : str, optional
            Name of a format (see `registry.BY_NAME`): a file is read as this, and within folders and archives
            files of other formats are passed over.
        team : Team, optional
            The ranks that share the work.

        Raises
        ------
        InputError
            The source is missing, of no known format, or nothing in it can be read.
        """
        self.tables = EnergyTables(self.note, self.remark)
        if team is None or team.size == 1:
            found, _ = self._records(source, format)
        else:
            found = self._joined(team.on_every_rank(_read_share, source, format), source)
        take_file_names(found, self.remark)
        _drop_what_is_no_energy(found)
        with _no_search_for_cycles():
            return _of_one_kind(self.tables.complete(found))

    def mine(self) -> bool:
        """Go on to the next member, row or record of the source, and say whether it is this rank's to read.

        Every rank asks for each of them, in the same order. What lies within a member belongs to the member's rank.
        """
        if not self._within:
            self.place += 1
            self._is_mine = self.place // _RUN % self._size == self._rank
        return self._is_mine

    def note(self, what: str, number: int = 1, names: Collection[str] = ()) -> None:
        """Count something that is no structure; `names` are remembered, a few of each kind."""
        if number and self._is_mine:
            _count(self.passed_over, what, number)
            if names and what in self.passed_over:
                shown = {printable(shortened(name, LONGEST_NAME)) for name in names}
                self.examples[what] = sorted(shown.union(self.examples.get(what, ())))[:_MOST_EXAMPLES]

    def passed_over_named(self) -> dict[str, int]:
        """Return what was passed over, with a few names where they are known."""
        named = {}
        for what, number in self.passed_over.items():
            names = self.examples.get(what, [])
            more = ", ..." if number > len(names) else ""
            named[f"{what}: {', '.join(names)}{more}" if names else what] = number
        return named

    def remark(self, what: str, number: int = 1) -> None:
        """Count something that was understood in a way that the user should know of."""
        if number and self._is_mine:
            _count(self.remarks, what, number)

    def read_item(self, item: Item) -> Iterator[RawStructure | Rejection]:
        """Yield what a file within a folder or archive holds; a file that cannot be read is rejected."""
        outer, self._within = self._within, True
        try:
            yield from self._item(item)
        finally:
            self._within = outer

    def _records(self, source, format):
        """Return this rank's records of a source, and the place of each."""
        self._asked = _named(format)
        self.place, self._is_mine = -1, self._rank == 0
        found, places, rejections = [], [], 0
        with _no_search_for_cycles():
            for one in self._structures(Path(source)):
                # What shows on all ranks alike, such as a damaged archive, is told by one of them.
                if self._is_mine:
                    found.append(one)
                    places.append(self.place)
                    rejections += isinstance(one, Rejection)
                    _refuse_too_many(found, rejections, source)
        return found, places

    def _joined(self, shares, source):
        """Return the records of all ranks in the order of the source, as if one rank had read it."""
        self._is_mine = True
        for share in shares:
            for what, number in share.passed_over.items():
                self.note(what, number, share.examples.get(what, ()))
            for what, number in share.remarks.items():
                self.remark(what, number)
        self.tables.take([share.tables for share in shares])
        records = [zip(share.places, share.found, repeat(share.settings)) for share in shares]
        found, rejections = [], 0
        for _, one, settings in heapq.merge(*records, key=lambda record: record[0]):
            if isinstance(one, RawStructure):
                one.setting = self.settings.include(settings, one.setting)
            found.append(one)
            rejections += isinstance(one, Rejection)
            _refuse_too_many(found, rejections, source)
        return found

    def _item(self, item):
        kind = detect(item)
        if self._asked and kind is not None and kind.holds == "structures" and kind.name != self._asked.name:
            self.note(f"files of another format ({kind.what})")
        elif kind is None:
            yield from self._unknown(item)
        else:
            empty = kind.holds == "structures"
            try:
                for one in kind.read(item, self):
                    empty = False
                    yield one
                self.note("structure files that hold nothing", int(empty))
            except InputError as error:
                remedy = error.remedy or "take the file out of the source"
                yield Rejection(item.file, item.record, error.problem, remedy)

    def _structures(self, path):
        if path.is_dir():
            yield from self._folder(str(path))
            return
        if not path.is_file():
            raise InputError("no such file or folder", file=path, remedy="check the path in landscapes.tsv")
        try:
            item = Item.on_disk(str(path), str(path), "")
        except OSError as error:
            raise InputError(
                f"cannot be opened ({error.strerror})", file=path, remedy="check its permissions"
            ) from None
        kind = detect(item)
        if kind is None or (kind.holds == "structures" and self._asked):
            kind = self._asked
        if kind is not None and kind.holds == "energies":
            path, item, kind = self._dumped_archive(path)
        if kind is None:
            names = ", ".join(BY_NAME)
            raise InputError(
                f"not a .res file, nor of another known format ({names}, or an archive of them)",
                file=path,
                remedy="give a folder or archive of structure files, a structure file, or a database",
            )
        self.tables.beside(path)
        yield from kind.read(item, self)

    def _dumped_archive(self, path):
        """Return the archive that lies beside a table, as ``cspy-db dump`` leaves them."""
        archive = path.with_suffix(".zip")
        if not archive.is_file() or path.suffix.lower() == ".zip":
            raise InputError(
                "a table without structures", file=path, remedy=f"give the structures; {archive.name} is not beside it"
            )
        item = Item.on_disk(str(archive), str(archive), "")
        return archive, item, detect(item)

    def _folder(self, root: str):
        """Walk a folder in the order of names; files before sub-folders."""
        waiting = [""]
        while waiting:
            within = waiting.pop()
            try:
                with os.scandir(os.path.join(root, within)) as unsorted:
                    entries = sorted(unsorted, key=lambda entry: entry.name)
            except OSError as error:
                yield Rejection(root, within, f"cannot be opened ({error.strerror})", "check its permissions")
                continue
            folders = []
            for entry in entries:
                record = f"{within}/{entry.name}" if within else entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(record)
                else:
                    yield from self._entry(root, entry, record)
            waiting += reversed(folders)

    def _entry(self, root, entry, record):
        """Read what is no folder, if it is a file."""
        if not self.mine():
            return
        if entry.is_symlink() and entry.is_dir():
            self.note("links to folders, not followed", names=[_link(entry, record)])
        # A link may lead anywhere; what lies outside the folder was not given to us.
        elif entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(Path(root).resolve()):
            self.note("links that lead out of the folder", names=[_link(entry, record)])
        # Opening a pipe would wait for ever.
        elif not entry.is_file():
            self.note("pipes, devices and broken links", names=[record])
        else:
            yield from self._file(root, entry, record)

    def _file(self, root, entry, record):
        try:
            item = Item.on_disk(entry.path, root, record)
        except OSError as error:
            yield Rejection(root, record, f"cannot be opened ({error.strerror})", "check its permissions")
            return
        yield from self.read_item(item)

    def _unknown(self, item):
        suffix = os.path.splitext(item.name)[1].lower()
        if suffix in _STRUCTURE_SUFFIXES:
            yield Rejection(item.file, item.record, _STRUCTURE_SUFFIXES[suffix], "write the file again")
        else:
            self.note(f"other files ({suffix[:12] or 'no suffix'})")


def _link(entry, record) -> str:
    try:
        return f"{record} (to {os.readlink(entry.path)})"
    except OSError:
        return record


@contextmanager
def _no_search_for_cycles():
    """Keep Python from looking through all records so far for garbage again and again: there is none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Share(NamedTuple):
    """What one rank read of a source."""

    found: list
    places: list
    settings: Settings
    tables: tuple
    passed_over: dict
    remarks: dict
    examples: dict


def _read_share(rank: int, size: int, source, format) -> _Share:
    reader = SourceReader(rank, size)
    found, places = reader._records(source, format)
    return _Share(
        found, places, reader.settings, reader.tables.content(), reader.passed_over, reader.remarks, reader.examples
    )


def _refuse_too_many(found, rejections, source):
    if rejections > _MOST_REJECTIONS or len(found) > _MOST_RECORDS:
        last = found[-1]
        raise InputError(
            f"more than {_MOST_REJECTIONS} unreadable records or {_MOST_RECORDS} structures",
            file=source,
            remedy=f"the last one: {last.reason}" if isinstance(last, Rejection) else "split the source",
        )


_STRUCTURE_SUFFIXES = {
    ".res": "no TITL line: not SHELX .res text",
    ".cif": "no data block: not CIF",
    ".extxyz": "no frame with a Lattice: not extxyz",
    ".xyz": "no frame with a Lattice: not extxyz",
}


def _named(format: str | None) -> Format | None:
    if not format or format == "auto":
        return None
    if format not in BY_NAME:
        raise InputError(f"unknown format {format!r}", remedy=f"give one of: auto, {', '.join(BY_NAME)}")
    return BY_NAME[format]


def _count(counts, what, number):
    what = printable(shortened(what, LONGEST_NAME))
    if what in counts or len(counts) < _MOST_NOTES:
        counts[what] = counts.get(what, 0) + number


def _drop_what_is_no_energy(found):
    """Take 0 and infinity for what programs write where an energy is missing; a relative energy may be 0."""
    for one in found:
        if not isinstance(one, RawStructure):
            continue
        if math.isinf(one.energy) or (one.energy == 0 and not one.energy_is_relative):
            one.why_no_energy = f"{one.energy:g} stands in its place"
            one.energy = math.nan


def _of_one_kind(found):
    """Reject structures whose energies cannot be compared with those of most."""
    kinds = Counter(_kind(one) for one in found if isinstance(one, RawStructure) and one.energy == one.energy)
    if len(kinds) < 2:
        return found
    usual = kinds.most_common(1)[0][0]
    return [_refuse(one, usual) if isinstance(one, RawStructure) and _kind(one) != usual else one for one in found]


def _kind(structure):
    return structure.energy_basis, structure.energy_is_relative


def _refuse(structure, usual):
    if structure.energy != structure.energy:
        return structure
    return structure.reject(
        f"among {_KINDS[usual]}, its energy is one of the {_KINDS[_kind(structure)]}",
        "give sources with energies of one kind",
    )
