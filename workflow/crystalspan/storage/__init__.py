"""Every HDF5 file: written by `new_file`, read by `open_file`, and nowhere else.

What a file holds is declared once, as data, in its room's ``file.py`` (`Layout`): the writer takes types and shapes
from there, and the reader believes nothing that it has not compared with it. So a file from a stranger is refused
before its data are looked at when it holds links, external or virtual data, filters, other types or other shapes than
declared, or claims more data than it has bytes. Every file is sealed (`crystalspan.storage.sealed`): a changed or
missing byte is found when it is read. Comes in: arrays, rows of dataclasses, attributes. Goes out: the same, checked,
or an `InputError`.
"""

from crystalspan.storage.layout import PROVENANCE, TEXT, Array, Group, Layout, offsets, table
from crystalspan.storage.reader import Part, by_stage, open_file, read_file, stage_of
from crystalspan.storage.writer import Writer, new_file

__all__ = [
    "PROVENANCE",
    "TEXT",
    "Array",
    "Group",
    "Layout",
    "Part",
    "Writer",
    "by_stage",
    "new_file",
    "offsets",
    "open_file",
    "read_file",
    "stage_of",
    "table",
]
