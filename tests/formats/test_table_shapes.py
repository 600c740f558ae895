"""Tables as people write them: every one says the same, or the reason says which cell cannot be taken."""

import io
import zipfile

import numpy as np
import pytest
from formats_help import DMACRYS, read, write, zipped
from test_energy_tables import workbook

BARE = DMACRYS.replace("YICFEX_opt_aa105(-48.367) P21/c", "NAME")
ENERGIES = {"m0": -88.458, "m1": -87.735, "m2": -1087.5, "m3": -7.25}


def folder(tmp_path, table, name="e.csv", ids=ENERGIES):
    for identity in ids:
        write(tmp_path / "d" / f"{identity}.res", BARE.replace("NAME", identity))
    write(tmp_path / "d" / name, table)
    return tmp_path / "d"


def table(heading="id,energy", row="{id},{energy}", energies=ENERGIES, **written) -> str:
    lines = [row.format(id=identity, energy=energy, **written) for identity, energy in energies.items()]
    return "\n".join([heading, *lines, ""])


GERMAN = {"m0": "-88,458", "m1": "-87,735", "m2": "-1.087,5", "m3": "-7,25"}
GROUPED = {"m0": "-88.458", "m1": "-87.735", "m2": "-1,087.5", "m3": "-7.25"}
SHAPES = {
    "plain": table(),
    "semicolons and decimal commas": table("id;energy", "{id};{energy}", GERMAN),
    "quoted decimal commas": table("id,energy", '{id},"{energy}"', GERMAN),
    "tabs": table("id\tenergy", "{id}\t{energy}"),
    "bars": table("| id | energy |", "| {id} | {energy} |"),
    "blanks": table("id   energy", "{id}   {energy}"),
    "a comment of the heading": table("# id energy", "{id} {energy}"),
    "thousands": table("id,energy", '{id},"{energy}"', GROUPED),
    "blanks between thousands": table("id;energy", "{id};{energy}", {**GERMAN, "m2": "-1\u00a0087,5"}),
    "apostrophes between thousands": table(energies={**ENERGIES, "m2": "-1'087.5"}),
    "true minus": table().replace("-", "\u2212"),
    "en dash": table().replace("-", "\u2013"),
    "UTF-16": table().encode("utf-16"),
    "UTF-16 without mark": table().encode("utf-16-le"),
    "UTF-16, big end first": b"\xfe\xff" + table().encode("utf-16-be"),
    "mark": b"\xef\xbb\xbf" + table().encode(),
    "Latin-1": table("Bezeichnung;Gitterenergie;Säure").replace(",", ";").encode("latin-1"),
    "Windows dashes": table().replace("-", "\u2013").encode("cp1252"),
    "Windows line ends": table().replace("\n", "\r\n"),
    "old Macintosh line ends": table().replace("\n", "\r"),
    "German": table("Bezeichnung;Gitterenergie (kJ/mol)", "{id};{energy}", GERMAN),
    "German, relative names": table("Dateiname;Energie in kJ/mol", "{id}.cif;{energy}", GERMAN),
    "what the separator is": "sep=;\n" + table("id;energy", "{id};{energy}"),
    "comment and blanks": "# made by hand, kJ/mol\n\n" + table("id, energy", "{id}, {energy}"),
    "capitals": table("ID,Lattice Energy /kJmol-1"),
    "names of files": table("Filename,energy", "{id}.res,{energy}"),
    "files in folders": table("Filename,energy", "./made by CSP/{id}.res,{energy}"),
    "files in folders of Windows": table("Filename,energy", "C:\\CSP\\{id}.cif,{energy}"),
    "lattice energies behind others": table("id,total energy (eV),energy,Elatt (kJ/mol)", "{id},-1500,-9,{energy}"),
    "lattice energies before others": table("id,Elatt,total energy (kJ/mol)", "{id},{energy},-1500"),
    "units in the cells": table("id,energy", "{id},{energy} kJ/mol"),
    "a column of units": table("id,energy,unit", "{id},{energy},kJ/mol"),
    "units below the heading": table("id,energy\n,kJ/mol"),
    "heading in two lines": table("Label,,\n,Lattice,\n,Energy,kJ"),
    "uncertainties": table(row="{id},{energy}(3)"),
    "energies of other kinds": table(
        "id,Free Energy /kJmol-1,Intermolecular Lattice Energy,Lattice Energy (PBE+TS),Lattice Energy 1 /kJmol-1",
        "{id},-1,-2,-3,{energy}",
    ),
    "a second table below": table() + "\nLabel,angle,Zero Point Energy\nm0,90,1.5\nm1,87.9,1.5\nm2,80,1.5\nm3,70,1.5\n",
    "a second table of energies below": table(energies=dict(list(ENERGIES.items())[:2]))
    + "\n"
    + table("x,Label,energy", "0,{id},{energy}", dict(list(ENERGIES.items())[2:])),
    "two tables side by side": "Label,Energy,,Label,Energy\nm0,-88.458,,m2,-1087.5\nm1,-87.735,,m3,-7.25\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_energies_are_found(tmp_path, shape):
    structures, rejections, reader = read(folder(tmp_path, SHAPES[shape]))
    assert rejections == []
    assert {one.id: one.energy for one in structures} == pytest.approx(ENERGIES)
    assert not any(one.energy_is_relative for one in structures)
    assert reader.passed_over == {}


@pytest.mark.parametrize(
    ("heading", "factor", "basis"),
    [
        ("lattice energy kcal/mol", 4.184, "molecule"),
        ("Lattice Energy /kcal mol-1", 4.184, "molecule"),
        ("energy_kcal_mol", 4.184, "molecule"),
        ("lattice energy (eV)", 96.48533212331, "molecule"),
        ("Energy per molecule /eV", 96.48533212331, "molecule"),
        ("energy [eV/cell]", 96.48533212331, "cell"),
        ("total energy (Hartree per unit cell)", 2625.4996394799, "cell"),
        ("E (kJ/mol)", 1, "molecule"),
        ("energy per cell (kJ/mol)", 1, "cell"),
    ],
)
def test_stated_units_are_converted(tmp_path, heading, factor, basis):
    structures, _, _ = read(folder(tmp_path, table(f"id,{heading}")))
    assert {one.id: one.energy / factor for one in structures} == pytest.approx(ENERGIES)
    assert {one.energy_basis for one in structures} == {basis}


@pytest.mark.parametrize("heading", ["energy (eV/atom)", "energy_per_atom", "free energy (kJ/mol)", "Ezpe (kJ/mol)"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_energies_of_another_kind_are_a_reason_that_names_them(tmp_path, heading, separator):
    text = table(f"id{separator}{heading}", f"{{id}}{separator}{{energy}}")
    structures, _, reader = read(folder(tmp_path, text))
    assert {one.why_no_energy for one in structures} == {
        "table e.csv has no column that is known as lattice energies, of a molecule or of the cell (it has "
        f"{heading!r})"
    }
    assert reader.passed_over == {"tables without columns of labels and energies": 1}


def test_a_table_of_something_else_is_no_reason(tmp_path):
    structures, _, _ = read(folder(tmp_path, "id,colour\nm0,red\n"))
    assert {one.why_no_energy for one in structures} == {""}


def test_a_unit_above_the_table_counts(tmp_path):
    structures, _, _ = read(folder(tmp_path, "# energies in kcal/mol\n" + table()))
    assert {one.id: one.energy / 4.184 for one in structures} == pytest.approx(ENERGIES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (table("id,energy (furlongs)"), "the unit in 'energy (furlongs)' is not known"),
        (table("id,energy /eV"), "write per molecule, or per cell"),
        (table("id,energy,unit", "{id},{energy},furlongs"), "the unit 'furlongs' is not known"),
        (table(energies=dict.fromkeys(ENERGIES, "")), "the cell is empty"),
        (table(energies=dict.fromkeys(ENERGIES, "0.000")), "'0.000' is no lattice energy"),
        (table(energies=dict.fromkeys(ENERGIES, "-inf")), "'-inf' is no lattice energy"),
        (table(energies=dict.fromkeys(ENERGIES, "failed")), "'failed' is no lattice energy"),
        (table(energies=dict.fromkeys(ENERGIES, "88_458")), "'88_458' is no lattice energy"),
        (table(energies=dict.fromkeys(ENERGIES, "-88,458")), "3 cells under 2 headings"),
        (table(row='{id},"{energy}"', energies=dict.fromkeys(ENERGIES, "-88,458")), "can be read in two ways"),
        (table("id;energy", "{id};{energy}", {**GROUPED, **{"m0": "-88,45"}}), "can be read in two ways"),
    ],
)
def test_a_value_that_cannot_be_taken_is_a_reason(tmp_path, text, words):
    structures, _, _ = read(folder(tmp_path, text))
    (one,) = (one for one in structures if one.id == "m0")
    assert np.isnan(one.energy)
    assert one.why_no_energy.startswith("table e.csv, row 2: ")
    assert words in one.why_no_energy


def test_two_values_of_a_structure_are_a_reason_with_both(tmp_path):
    (first, second), _, _ = read(folder(tmp_path, "id,energy\nm0,-88.458\nm1,-87\nm0,-90.5\n", ids=["m0", "m1"]))
    assert np.isnan(first.energy)
    assert first.why_no_energy == ("two energies: -88.458 in table e.csv, row 2, -90.500 in table e.csv, row 4")
    assert second.energy == -87


SHEET = [["Label", "Lattice Energy /kJmol-1", "Density /gcm-3"], ["m0", -88.458, 1.5], ["m1", -87.735, 1.25]]
SECOND = [
    [],
    ["Label", "Experimental", "Ψmol", "", "Ψcrys"],
    [],
    ["", "", "Energy /kJ mol-1", "Relative Energy /kJ mol-1", "Energy /eV"],
    ["m0", "", -88.458, 0.0, -3551.5],
    ["m1", "Form I", -87.735, 0.723, -3551.25],
    [],
    ["Label", "Ψmol Rel. E /kJ mol-1", "Ψcrys Rel. E /kJ mol-1"],
    ["m0", 0.0, 5.0],
    ["m1", 0.723, 4.0],
]


@pytest.mark.parametrize("below", [[], SECOND])
def test_tables_below_tables_in_a_spreadsheet(tmp_path, below):
    structures, _, reader = read(folder(tmp_path, workbook(SHEET + below), "t.xlsx", ["m0", "m1"]))
    assert [(one.energy, one.density) for one in structures] == [(-88.458, 1.5), (-87.735, 1.25)]
    assert reader.passed_over == {}


def sheets(**tables) -> bytes:
    """A workbook of several sheets whose parts have other names than the sheets, in another order."""
    names = [f"worksheets/sheet{len(tables) - i}.xml" for i in range(len(tables))]
    book = "".join(f'<sheet name="{title}" sheetId="{i}" r:id="rId{i}"/>' for i, title in enumerate(tables))
    relations = "".join(f'<Relationship Target="{name}" Id="rId{i}"/>' for i, name in enumerate(names))
    files = [("[Content_Types].xml", ""), ("xl/workbook.xml", book), ("xl/_rels/workbook.xml.rels", relations)]
    for name, rows in zip(names, tables.values(), strict=True):
        lines = "".join(f'<row r="{r}">{"".join(_cell(c, r, v) for c, v in enumerate(row))}</row>' for r, row in rows)
        files.append((f"xl/{name}", f"<worksheet><sheetData>{lines}</sheetData></worksheet>"))
    return zipped(files)


def _cell(column, row, value):
    at = f'r="{chr(65 + column)}{row}"'
    if isinstance(value, str) and value.startswith("="):
        return f"<c {at}><f>{value[1:]}</f></c>"
    if isinstance(value, str):
        return f'<c {at} t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c {at}><v>{value}</v></c>"


HEADING = (1, ["Label", "energy"])


def test_a_reason_names_table_sheet_row_and_values(tmp_path):
    book = sheets(**{"CSP &amp; DFT": [HEADING, (7, ["m0", -88.5])], "old": [HEADING, (3, ["m0", -87.25])]})
    (one,), _, _ = read(folder(tmp_path, book, "t.xlsx", ["m0"]))
    assert one.why_no_energy == (
        "two energies: -87.250 in table t.xlsx, sheet 'old', row 3, -88.500 in table t.xlsx, sheet 'CSP & DFT', row 7"
    ) or one.why_no_energy == (
        "two energies: -88.500 in table t.xlsx, sheet 'CSP & DFT', row 7, -87.250 in table t.xlsx, sheet 'old', row 3"
    )


def test_texts_that_are_numbers_and_formulas_that_are_not_worked_out(tmp_path):
    rows = [HEADING, (2, ["m0", "\u221288,5"]), (3, ["m1", -87.25]), (4, ["m2", "=B2*4.184"]), (5, ["m3", "#N/A"])]
    structures, _, _ = read(folder(tmp_path, sheets(a=rows), "t.xlsx"))
    assert [one.energy for one in structures[:2]] == [-88.5, -87.25]
    assert structures[2].why_no_energy == "table t.xlsx, sheet 'a', row 4: '=B2*4.184' is no lattice energy"
    assert structures[3].why_no_energy == "table t.xlsx, sheet 'a', row 5: '#N/A' is no lattice energy"


def stored(name, content) -> bytes:
    """A zip archive whose first member can be read without unpacking, as OpenDocument wants it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


ODS = stored("mimetype", "application/vnd.oasis.opendocument.spreadsheet")


@pytest.mark.parametrize("data", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ODS, workbook(SHEET)[:-100]])
@pytest.mark.parametrize("inside", [True, False])
def test_a_spreadsheet_that_cannot_be_read_is_named(tmp_path, data, inside):
    place = folder(tmp_path, data, "t.xls", ["m0"])
    (one,), _, reader = read(place if inside else place / "m0.res")
    assert np.isnan(one.energy)
    assert one.why_no_energy.startswith("table t.xls cannot be read: ")
    assert [what.partition(" (")[0] for what in reader.passed_over] == ["tables that cannot be read"]


def test_words_are_no_table(tmp_path):
    text = "The name of the structure is\nid energy\nof nothing in particular, energy or name\n"
    (one,), _, reader = read(folder(tmp_path, text, "notes.txt", ["m0"]))
    assert np.isnan(one.energy)
    assert reader.passed_over == {"other files (.txt)": 1}


def test_a_number_of_two_marks_is_none(tmp_path):
    # Found by mutating tables.
    (one,), _, _ = read(folder(tmp_path, "id energy\nm0 -88.,458\n", ids=["m0"]))
    assert np.isnan(one.energy)


def test_endless_headings_are_refused(tmp_path):
    (one,), _, reader = read(folder(tmp_path, "id,energy\n" * 2000, ids=["m0"]))
    assert np.isnan(one.energy)
    assert reader.passed_over["tables that cannot be read (more than 1000 tables in a sheet)"] == 1


def test_labels_that_end_alike_make_no_work_for_each_structure(tmp_path):
    ids = [f"x{k}_1" for k in range(3000)]
    text = "id,energy\n1,-50\n" + "".join(f"y{k}_1,-60\n" for k in range(3000))
    structures, _, _ = read(folder(tmp_path, text, ids=ids))
    assert all(np.isnan(one.energy) for one in structures)
    assert all("or 2997 more" in one.why_no_energy for one in structures)
