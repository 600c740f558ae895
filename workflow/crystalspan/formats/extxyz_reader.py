"""Extended XYZ files of one or many frames, read by ASE frame by frame."""

import io
import re
import warnings

import numpy as np

from crystalspan.errors import InputError
from crystalspan.formats.complete_cell import complete_cell, isotopes_of
from crystalspan.formats.interface import LARGEST_RECORD, Format, shortened
from crystalspan.formats.records import Rejection
from crystalspan.formats.stated_keys import stated

_REMEDY = "write the frame again with ase.io.write(..., format='extxyz')"
_HEAD = re.compile(rb"\s*\d+[ \t]*\r?\n[^\r\n]*Lattice\s*=", re.IGNORECASE)
# Where a frame seems to begin: the number of atoms, and a line with the cell.
_FRAME = re.compile(r"(?m)^[ \t]*\d{1,9}[ \t]*\n[^\n]*[Ll]attice[ \t]*=")
_ENDLESS = re.compile(r":\s*[+\d_]{4,}")
_BLANK = re.compile(r"(?:[ \t]*\n)*")
_COUNT = re.compile(r"[ \t]*(\d{1,9})[ \t]*(?:\n|\Z)")
_SPECIES = re.compile(r"(?i)\bproperties\s*=\s*\"?(?P<before>(?:\w+:[RILS]:\d+:)*?)species:S:1")
_HEAVY = ("D ", "T ", "D\t", "T\t")
_ISOTOPES = {"D": 2, "T": 3}


def _read(item, source):
    text = item.text().rstrip() + "\n"
    start, row, frame, limit = 0, 1, 0, 0
    start, row = _after_blanks(text, start, row)
    many = _end(text, start, _next(text, start)) < len(text)
    while start < len(text):
        limit = _next(text, start) if limit <= start else limit
        stop = _end(text, start, limit)
        if source.mine():
            record = f"{item.record} line {row}".strip() if many else item.record
            default_id = f"{item.stem}-{frame}" if many else item.stem
            try:
                yield _structure(text[start:stop], item.file, record, default_id, source)
            except InputError as error:
                yield Rejection(item.file, record, error.problem, error.remedy or _REMEDY)
        row, frame = row + text.count("\n", start, stop), frame + 1
        start, row = _after_blanks(text, stop, row)


def _after_blanks(text: str, start: int, row: int) -> tuple[int, int]:
    """Return where the next line that is not blank begins, and its number: people put blank lines between frames."""
    stop = _end_of_blanks(text, start)
    return stop, row + text.count("\n", start, stop)


def _end_of_blanks(text: str, start: int) -> int:
    blank = _BLANK.match(text, start)
    assert blank is not None  # no blank line is a match, too
    return blank.end()


def _next(text: str, start: int) -> int:
    """Return where the next frame with a cell seems to begin."""
    other = _FRAME.search(text, text.find("\n", start) + 1)
    return other.start() if other else len(text)


def _end(text: str, start: int, limit: int) -> int:
    """Return where a frame ends; a frame that is broken ends where the next one seems to begin."""
    count = _COUNT.match(text, start)
    if count is None:
        return limit
    stop = start
    for _ in range(int(count[1]) + 2):
        stop = text.find("\n", stop, limit) + 1
        if stop == 0:
            return limit
    return stop if stop == len(text) or _COUNT.match(text, _end_of_blanks(text, stop)) else limit


def _structure(text, file, record, default_id, source):
    count, lines = _COUNT.match(text), text.count("\n")
    if count is None or lines != int(count[1]) + 2:
        raise InputError(f"a frame of {lines - 2} atom lines where the first line says {shortened(text[:20])!r}")
    if len(text) > LARGEST_RECORD:
        raise InputError(f"a frame of more than {LARGEST_RECORD >> 20} MiB")
    text, isotopes = _without_isotopes(text)
    atoms = _parsed(text)
    if not atoms.pbc.all():
        raise InputError("not periodic in three directions: no Lattice, or pbc with an F")
    energy = atoms.calc.results.get("energy") if atoms.calc is not None else None
    said = stated(atoms.info, energy, default_id, source.remark)
    isotopes = isotopes or isotopes_of(atoms.numbers, atoms.arrays.get("masses"))
    return complete_cell(
        source.settings, file, record, atoms.numbers, atoms.positions, np.array(atoms.cell), said, isotopes
    )


def _without_isotopes(text) -> tuple[str, bytes]:
    """Write H for D and T, which ASE does not know, and return which atoms they were."""
    head = text.find("\n", text.find("\n") + 1) + 1
    if not any(text.find(mark, head) >= 0 for mark in _HEAVY):
        return text, b""
    species = _SPECIES.search(text, 0, head)
    column = sum(int(width) for width in re.findall(r":(\d+):", species["before"])) if species else 0
    lines, isotopes = text[head:].split("\n"), bytearray(text.count("\n", head))
    for i, line in enumerate(lines[: len(isotopes)]):
        words = line.split(None, column + 1)
        if len(words) > column and words[column] in _ISOTOPES:
            isotopes[i] = _ISOTOPES[words[column]]
            words[column] = "H"
            lines[i] = " ".join(words)
    return (text[:head] + "\n".join(lines), bytes(isotopes)) if any(isotopes) else (text, b"")


def _parsed(text):
    # ASE would count to the number of columns that Properties states, whatever it is.
    if _ENDLESS.search(text, 0, text.find("\n", text.find("\n") + 1)):
        raise InputError("Properties with more than 999 columns")
    from ase.io.extxyz import read_xyz  # costs a third of a second, which only this format should pay

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (atoms,) = read_xyz(io.StringIO(text), slice(None))
    except KeyError as error:
        raise InputError(f"no extxyz frame: species {shortened(error)} is no element, or a column is missing") from None
    except Exception as error:  # ASE promises nothing about what damaged text raises
        raise InputError(f"no extxyz frame ({type(error).__name__}: {str(error)[:80]})") from None
    return atoms


def _recognise(item) -> bool:
    return _HEAD.match(item.head) is not None


FORMAT = Format("extxyz", "extended XYZ", _recognise, _read)
