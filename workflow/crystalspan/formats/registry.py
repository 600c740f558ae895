"""Every format, in the order in which they are asked whether a file is theirs."""

from crystalspan.formats import (
    archives,
    ase_database,
    cif_reader,
    energy_table,
    extxyz_reader,
    mol_cspy_database,
    res_reader,
)
from crystalspan.formats.interface import Format, Item

# To add a format: a module with a `Format`, and its line here.
FORMATS = (
    res_reader.FORMAT,
    ase_database.SQLITE,
    mol_cspy_database.FORMAT,
    cif_reader.FORMAT,
    extxyz_reader.FORMAT,
    ase_database.JSON,
    energy_table.FORMAT,  # before archives: a spreadsheet is a zip archive as well
    archives.ZIP,
    archives.TAR,
)
BY_NAME = {one.name: one for one in FORMATS if one.holds == "structures"}


def detect(item: Item) -> Format | None:
    """Tell what a file is by its content; None when it is of no known format."""
    return next((one for one in FORMATS if one.recognise(item)), None)
