"""The whole way from any source to the files that are written, for tests that feed readers with anything."""

import csv

from crystalspan.errors import InputError
from crystalspan.formats.records import RawStructure, Rejection
from crystalspan.formats.sources import SourceReader
from crystalspan.landscape.account import write_rejected
from crystalspan.landscape.build import build_landscape, describe
from crystalspan.landscape.file import read_landscape, write_landscape
from crystalspan.landscape.settings import CheckSettings
from crystalspan.printing.csv_files import unguarded
from crystalspan.settings import with_defaults

SETTINGS = CheckSettings.of_section(with_defaults({"contact_fraction": 0.2, "voids": "accept"}, "landscape"))

# Whole molecules, so that something is accepted: carbon monoxide in P21/c, in the formats that are text.
MOLECULES_RES = """TITL first -10.5 0.5
CELL 0.7 7.1 8.2 9.3 90 100 90
ZERR 4 0 0 0 0 0 0
LATT 1
SYMM -X,Y+1/2,-Z+1/2
SFAC C O
UNIT 4 8
C1 1 0.11 0.12 0.13
O1 2 0.25 0.16 0.14
O2 2 -0.03 0.08 0.12
END
TITL second(-9.5) P21/c
CELL 0.7 7.3 8.1 9.2 90 101 90
LATT 1
SYMM -X,Y+1/2,-Z+1/2
SFAC C O
PART 0
C1 1 0.11 0.12 0.13
O1 2 0.25 0.16 0.14
O2 2 -0.03 0.08 0.12
Q1 1 0.5 0.5 0.5
END
"""
MOLECULES_CIF = """data_first
_cell_length_a 7.1
_cell_length_b 8.2
_cell_length_c 9.3
_cell_angle_alpha 90
_cell_angle_beta 100
_cell_angle_gamma .
_chemical_formula_sum 'C O2'
_symmetry_space_group_name_H-M 'P 21/c'
_predicted_structure.lattice_energy -10.5
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
C1 0.11 0.12 0.13
O1 0.25 0.16 0.14
O2 -0.03 0.08 0.12
"""
MOLECULES_EXTXYZ = """3
Lattice="7 0 0 0 8 0 1 0 9" Properties=species:S:1:pos:R:3 lattice_energy=-10.5 name=first pbc="T T T"
D 1.0 1.0 1.0
O 1.96 1.0 1.0
D 2.2 1.93 1.0
"""


def landscape_and_rejections(path, name, folder):
    """Read a source as a format (None: as what it seems), write landscape and rejected list, and look at them.

    Any exception but `InputError`, and anything in the files that cannot be read again, is a find.

    Returns
    -------
    accepted, rejected : int
    """
    try:
        found = SourceReader().read(path, name)
    except InputError as error:
        found = [Rejection("", "", error.problem, error.remedy or "")]
    for one in found:
        assert isinstance(one, RawStructure | Rejection)
        assert one.file.isprintable()
        assert one.record.isprintable()
        if isinstance(one, Rejection):
            assert one.reason
        else:
            assert one.id.isprintable()
            assert len(one.numbers) == len(one.fractional) > 0
            assert len(one.isotopes) in (0, len(one.numbers))
            assert len(one.cell) == 6
    accepted = 0
    try:
        landscape, rejected, account = build_landscape("any", [path], SETTINGS, source_format=name)
        describe(landscape, account).encode("utf-8")
        write_landscape(folder / "landscape.h5", landscape)
        assert read_landscape(folder / "landscape.h5").id.tolist() == landscape.id.tolist()
        accepted = len(landscape)
    except InputError as error:
        str(error).encode("utf-8")
        rejected = getattr(error, "rejected", [])
    assert all(one.reason and one.remedy for one in rejected)
    write_rejected(folder / "rejected.csv", rejected)
    with open(folder / "rejected.csv", newline="", encoding="utf-8") as stream:
        rows = [tuple(map(unguarded, row)) for row in csv.reader(stream)][1:]
    assert rows == [tuple(one) for one in rejected]
    return accepted, len(rejected)
