import io
import re
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from formats_help import DMACRYS, MOL_CSPY, read, write, zipped

from crystalspan.errors import InputError
from crystalspan.formats import spreadsheet

BARE = DMACRYS.replace("(-48.367) P21/c", "")
SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(rows, prefix="") -> bytes:
    """A workbook as programs write them: shared and inline texts, empty cells left out, formulas with values."""
    shared, lines = [], []
    for r, row in enumerate(rows, 1):
        cells = []
        for c, value in enumerate(row):
            at = f'r="{chr(65 + c)}{r}" s="1"'
            if isinstance(value, float):
                cells.append(f"<{prefix}c {at}><{prefix}f>1+1</{prefix}f><{prefix}v>{value!r}</{prefix}v></{prefix}c>")
            elif value:
                shared.append(value)
                cells.append(f'<{prefix}c {at} t="s"><{prefix}v>{len(shared) - 1}</{prefix}v></{prefix}c>')
            elif c % 2:
                cells.append(f"<{prefix}c {at}/>")
        lines.append(f'<{prefix}row r="{r}">{"".join(cells)}</{prefix}row>')
    space = f'xmlns{":" + prefix[:-1] if prefix else ""}="{SPACE}"'
    strings = "".join(f"<{prefix}si><{prefix}t>{s}</{prefix}t></{prefix}si>" for s in shared)
    return zipped(
        [
            ("[Content_Types].xml", "<Types/>"),
            (
                "xl/worksheets/sheet1.xml",
                f"<?xml version='1.0'?><{prefix}worksheet {space}><{prefix}sheetData>"
                f"{''.join(lines)}</{prefix}sheetData><{prefix}pageMargins/></{prefix}worksheet>",
            ),
            ("xl/sharedStrings.xml", f"<?xml version='1.0'?><{prefix}sst {space}>{strings}</{prefix}sst>"),
        ]
    )


ROWS = [
    ["Landscape of &lt;2-fluorotoluene&gt;"],
    [
        "Label",
        "Space Group ",
        "",
        "Density /gcm-3",
        "Intermolecular Lattice Energy /kJmol-1",
        "Lattice Energy /kJmol-1  ",
    ],
    ["aa105", "P21/c ", "", 1.25, -1.0, -48.37],
    ["aa106", "P-1", "", 1.5, -2.0, -47.25],
]


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_spreadsheets_fill_in_what_files_do_not_say(tmp_path, prefix):
    files = [
        ("d/a.res", BARE),
        ("d/YICFEX_opt_aa106.res", BARE.replace("aa105", "")),
        ("d/t.xlsx", workbook(ROWS, prefix)),
    ]
    structures, rejections, reader = read(write(tmp_path / "a.zip", zipped(files)))
    assert rejections == []
    assert [(one.energy, one.density, one.stated_space_group) for one in structures] == [
        (-48.37, 1.25, "P21/c"),
        (-47.25, 1.5, "P-1"),
    ]
    assert reader.passed_over == {}


def test_a_spreadsheet_beside_the_source_and_rows_left_over(tmp_path):
    write(tmp_path / "t.xlsx", workbook(ROWS))
    (one,), _, reader = read(write(tmp_path / "a.res", BARE))
    assert (one.energy, one.density) == (-48.37, 1.25)
    assert reader.passed_over == {"rows of a table without a structure": 1}


@pytest.mark.parametrize(
    ("heading", "taken"),
    [
        ("id,energy", True),
        ("Label,Lattice Energy /kJmol-1 ", True),
        ("name;lattice_energy", True),
        ("structure\tenergy (kJ/mol)", True),
        ("id,Elatt", True),
        ("id,relative energy (kJ/mol)", True),
        ("id,energy /eV", False),
        ("id,Intermolecular Lattice Energy", False),
        ("id,Zero Point Energy /kJmol-1", False),
        ("text,energy", False),
    ],
)
def test_headings(tmp_path, heading, taken):
    separator = next(s for s in ",;\t" if s in heading)
    write(tmp_path / "t.csv", f"{heading}\nYICFEX_opt_aa105{separator}-5.25\n")
    (one,), _, _ = read(write(tmp_path / "a.res", BARE))
    assert one.energy == -5.25 or (not taken and np.isnan(one.energy))
    assert one.energy_is_relative == ("relative" in heading)


def test_a_label_of_two_energies_stands_for_none(tmp_path):
    write(tmp_path / "t.csv", "id,energy\nA_aa105,-40\nB_aa105,-41\n")
    write(tmp_path / "d" / "a.res", BARE)
    write(tmp_path / "d" / "b.res", BARE.replace("YICFEX_opt_aa105", "B_aa105"))
    write(tmp_path / "d" / "t.csv", "id,energy\nA_aa105,-40\nB_aa105,-41\n")
    first, second = read(tmp_path / "d")[0]
    assert np.isnan(first.energy)
    assert second.energy == -41


def test_the_dump_of_a_database(tmp_path):
    write(tmp_path / "structures.zip", zipped([("x.res", MOL_CSPY.replace(" -87.694200 1.492100", ""))]))
    table = write(tmp_path / "structures.csv", "id,spacegroup,density,energy\nacetic-QR-14-3-3,14,1.5,-87.5\n")
    for source in (table, tmp_path / "structures.zip", tmp_path):
        (one,), _, _ = read(source)
        assert (one.energy, one.density) == (-87.5, 1.5)
    (tmp_path / "structures.zip").unlink()
    with pytest.raises(InputError, match="table without structures"):
        read(table)


def test_damaged_workbooks_are_counted(tmp_path):
    good = workbook(ROWS)
    write(tmp_path / "a.res", BARE)
    write(tmp_path / "t.xlsx", good[:-100])
    write(tmp_path / "u.xlsx", workbook([["nothing"]]))
    (one,), _, reader = read(tmp_path)
    assert np.isnan(one.energy)
    assert sum(reader.passed_over.values()) == 2


@pytest.mark.parametrize("name", ["1.2-fluorotolueneA_FIT", "1.AnthraceneA_MOLPAK"])
def test_cells_are_those_that_an_xml_parser_finds(shared, name):
    with zipfile.ZipFile(shared / "landscapes" / f"{name}.zip") as archive:
        data = archive.read(next(n for n in archive.namelist() if n.endswith(".xlsx")))
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        names = [n for n in book.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", n)]
        texts = ["".join(s.itertext()) for s in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
        for name, rows in zip(names, spreadsheet.sheets(data), strict=True):
            expected = {}
            for cell in ElementTree.fromstring(book.read(name)).iter(f"{{{SPACE}}}c"):
                value = cell.findtext(f"{{{SPACE}}}v", "")
                expected[cell.get("r")] = texts[int(value)] if cell.get("t") == "s" else value
            numbers = sorted({int(re.sub("[A-Z]", "", place)) for place in expected})
            for number, row in zip(numbers, rows, strict=True):
                found = list(row)
                assert found == [row.cell(i) for i in range(len(found))]
                for i, text in enumerate(found):
                    place = chr(65 + i) if i < 26 else chr(64 + i // 26) + chr(65 + i % 26)
                    assert text == expected.get(f"{place}{number}", "")
