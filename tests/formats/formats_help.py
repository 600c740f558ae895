"""Small valid files of every format, and how tests read them."""

import io
import tarfile
import zipfile

from crystalspan.formats.records import RawStructure, Rejection
from crystalspan.formats.sources import SourceReader

MOL_CSPY = """TITL acetic-QR-14-3-3 -87.694200 1.492100
CELL 0.7 5.993331 7.511096 21.071602 90.000000 63.246981 90.000000
LATT 1
SYMM -X,Y+1/2,-Z+1/2
SFAC C H S
C1    1 1.19316437 0.62901258 0.63236404
H1    2 1.36171171 0.68594905 0.62977376
S1    3 0.87344360 0.49010882 0.59556040
"""
DMACRYS = """TITL YICFEX_opt_aa105(-48.367) P21/c
CELL 1.0    6.6510    5.2096    5.1239   90.0000   80.9116   90.0000
ZERR    4 0.0 0.0 0.0 0.0 0.0 0.0
LATT   1
SYMM -X , +Y +1/2, -Z +1/2
SFAC C F H
C1          1   0.97023704   0.90453019   0.11532049
F1          2   0.66589794   1.23265011   0.04775915
H1          3   0.92904966   1.36470646  -0.28966355 11.0 0.05 =
     0.01 0.02
END
"""
AIRSS = """TITL C2H4-91855-9500-1 -0.0049 59.9416 -42.4242 0 0 6 (P21/c) n - 1
REM
CELL 1.54180    4.90000    4.10000    3.00000   90.00000  100.00000   90.00000
LATT -1
SFAC C H
C     1  0.0100000000000  0.0200000000000  0.0300000000000 1.0
H     2  0.2100000000000  0.1200000000000  0.0300000000000 1.0
END
"""
CIF = """data_form_I
_cell_length_a 5.5(2)
_cell_length_b 6.5
_cell_length_c 7.5
_cell_angle_alpha 90
_cell_angle_beta 99.5(1)
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1 21/c 1'
_predicted_structure.lattice_energy -93.25
loop_
_symmetry_equiv_pos_as_xyz
'x, y, z'
'-x, 1/2+y, 1/2-z'
'-x, -y, -z'
'x, 1/2-y, 1/2+z'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
C1 C 0.1234(5) 0.2 0.3
Cl1 Cl 0.4 -0.25 1.1
"""
EXTXYZ = """2
Lattice="4.0 0.0 0.0 0.0 5.0 0.0 0.5 0.0 6.0" Properties=species:S:1:pos:R:3 lattice_energy=-80.5 name=one spacegroup=4 pbc="T T T"
C 0.1 0.2 0.3
O 1.1 0.2 0.4
"""  # noqa: E501
CSV = "id,spacegroup,density,energy\nacetic-QR-14-3-3,14,1.4921,-87.6942\n"


def read(source, format=None):
    """Return structures, rejections and the reader of a source."""
    reader = SourceReader()
    found = reader.read(source, format)
    structures = [one for one in found if isinstance(one, RawStructure)]
    rejections = [one for one in found if isinstance(one, Rejection)]
    assert len(structures) + len(rejections) == len(found)
    assert all(one.reason and one.remedy for one in rejections)
    return structures, rejections, reader


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def zipped(files) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(files, mode="w") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            data = content if isinstance(content, bytes) else content.encode()
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def numbered(text: str, count: int):
    """Copies of a structure with identities of their own, as (name, text)."""
    first = text.split()[1].partition("(")[0]
    return [(f"s{k}.res", text.replace(first, f"name_{k}", 1)) for k in range(count)]
