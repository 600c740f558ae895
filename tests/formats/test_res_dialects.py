"""What .res files hold besides the plain dialects: SHELX's own lines, lists of other molecules, disorder, titles."""

import numpy as np
import pytest
from formats_help import AIRSS, DMACRYS, MOL_CSPY, read, write

from crystalspan.formats.records import RawStructure, Rejection, Settings
from crystalspan.formats.res_reader import ResReader
from crystalspan.formats.res_title import parse_title

HEAD = "TITL x\nCELL 0.7 5 6 7 90 100 90\nZERR 4 0 0 0 0 0 0\nLATT 1\nSYMM -x,y+1/2,-z+1/2\n"
ATOMS = "SFAC C H S\nC1 1 0.1 0.2 0.3\nH1 2 0.2 0.3 0.4\nS1 3 0.3 0.4 0.5\nEND\n"


def read_one(text):
    remarks = []
    (one,) = ResReader(Settings(), remarks.append).read(text, "f", "r", "default")
    return one, remarks


def good(text, numbers=(6, 1, 16)):
    one, remarks = read_one(text)
    assert isinstance(one, RawStructure), one
    assert list(one.numbers) == list(numbers)
    return one, remarks


def refused(text, words):
    one, _ = read_one(text)
    assert isinstance(one, Rejection)
    assert words in one.reason
    assert one.remedy
    return one


LONG = "SFAC {}  2.31000  20.84392   1.02000  10.20751   1.58860 =\n   0.56870 0.865 51.6 0.2 0.0 0.0 89.9 0.68 12.01\n"


def test_sfac_in_the_long_form_names_one_element_a_line():
    text = HEAD + ATOMS.replace("SFAC C H S\n", "".join(LONG.format(symbol) for symbol in ("C", "H", "S")))
    plain, _ = good(HEAD + ATOMS)
    one, remarks = good(text)
    assert np.array_equal(one.fractional, plain.fractional)
    assert remarks == []
    # A short list may go on behind "=", too, and long and short ones may stand together.
    good(HEAD + ATOMS.replace("SFAC C H S", "SFAC C H =\n S"))
    good(HEAD + ATOMS.replace("SFAC C H S\n", "SFAC C H\n" + LONG.format("S")))
    good(HEAD + ATOMS.replace("SFAC C H S", "SFAC C H S2-"))
    refused(HEAD + ATOMS.replace("SFAC C H S", "SFAC C H Qq"), "'Qq', which is no element")


def labelled_atoms(sfac, labels, indices):
    lines = [f"{label} {index} 0.{k}1 0.2 0.3" for k, (label, index) in enumerate(zip(labels, indices, strict=True))]
    return HEAD + f"SFAC {sfac}\n" + "\n".join(lines) + "\nEND\n"


@pytest.mark.parametrize(
    ("sfac", "labels", "indices", "numbers"),
    [
        # Chlorine is missing, and all that follow are shifted.
        ("O N C H", ("CLR1", "O1", "N1", "C1", "C2", "H1"), (1, 2, 3, 4, 4, 5), (17, 8, 7, 6, 6, 1)),
        # The list of a file before it.
        ("MG N C B H", ("CLR1", "OXY1", "NIT1", "CAR1", "HYD1"), (1, 2, 3, 4, 5), (17, 8, 7, 6, 1)),
        # Counted from 0.
        ("C H O", ("C1", "H1", "O1"), (0, 1, 2), (6, 1, 8)),
        # Only halogens are missing, in the list or at its end.
        ("N O C H", ("CLR1", "C1", "H1"), (1, 3, 4), (17, 6, 1)),
        ("C H", ("C1", "H1", "Br1"), (1, 2, 3), (6, 1, 35)),
    ],
)
def test_labels_are_believed_where_sfac_is_of_another_molecule(sfac, labels, indices, numbers):
    _, remarks = good(labelled_atoms(sfac, labels, indices), numbers)
    assert len(remarks) == 1
    assert "labels" in remarks[0]


@pytest.mark.parametrize(
    ("sfac", "labels", "indices", "words"),
    [
        # The same elements in another order: either may be wrong.
        ("C H N O", ("C1", "H1", "O1", "N1"), (1, 2, 3, 4), "label O1 means O, but its SFAC number 3 is N"),
        # One number of two elements, or one element of two numbers.
        ("MG N C", ("CLR1", "O1", "N1"), (1, 2, 2), "means O"),
        ("MG N C", ("O1", "O2", "C1"), (1, 2, 3), "means O"),
        # A list that is right as far as it goes may be cut off.
        ("C H", ("C1", "H1", "S1"), (1, 2, 3), "out of range"),
        ("C H O", ("C1", "H1", "O1"), (1, 2, -3), "out of range"),
    ],
)
def test_what_labels_do_not_settle_is_refused(sfac, labels, indices, words):
    refused(labelled_atoms(sfac, labels, indices), words)


@pytest.mark.parametrize(
    "line",
    [
        "BEDE C1 H1 0.5 0.3 0.2",
        "LONE 1 S1 0.3 0.1",
        "PRIG p1 x1 100 0.01",
        "Q1 1 0.5 0.5 0.5 11.0 0.05 0.29",
        "Q123 1 0.5 0.5 0.5 11.0 0.05 0.29",
        "FRAG 17 1 1 1 90 90 90\nC7 1 1.0 2.0 3.0\nC8 1 2.0 2.0 3.0\nFEND",
        "DENSITY 1.45",
        "SPACEGROUP P21/c",
        "# written by hand",
        "PART 0",
        "MOLE 1",
        "HOPE 3",
    ],
)
@pytest.mark.parametrize("before", ["C1 1", "H1 2", "END"])
def test_lines_that_are_no_atoms(line, before):
    plain, _ = good(HEAD + ATOMS)
    one, _ = good(HEAD + ATOMS.replace(before, f"{line}\n{before}", 1))
    assert np.array_equal(one.fractional, plain.fractional)
    assert one.stated_space_group == ("P21/c" if "SPACE" in line else None)


def test_what_may_be_a_damaged_atom_is_no_comment():
    for line in ("C2 1 0.1 0.2", "C2", "CARB 1 0.1"):
        refused(HEAD + ATOMS.replace("END", f"{line}\nEND"), "no atom")


def test_numbers_as_fortran_writes_them():
    plain, _ = good(HEAD + ATOMS)
    one, _ = good(HEAD + ATOMS.replace("0.3 0.4 0.5", "3.0D-01 4.0d-1 .5D0"))
    assert one.fractional == pytest.approx(plain.fractional)


PARTS = """UNIT 4 8 4
FVAR 0.3 0.61
C1 1 0.1 0.2 0.3 11.0
H1 2 0.2 0.3 0.4 11.0
{}PART 0
S1 3 0.3 0.4 0.5 11.0
END
"""


def disordered(parts):
    return HEAD + "SFAC C H S\n" + PARTS.format(parts)


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        # UNIT says C H2 S: the component that is there more often.
        ("PART 1\nH2A 2 0.4 0.1 0.1 21.0\nPART 2\nH2B 2 0.6 0.1 0.1 -21.0\n", 0.4),
        ("PART 1\nH2A 2 0.4 0.1 0.1 -21.0\nPART 2\nH2B 2 0.6 0.1 0.1 21.0\n", 0.6),
        ("PART 1\nH2A 2 0.4 0.1 0.1 10.3\nPART 2\nH2B 2 0.6 0.1 0.1 10.7\n", 0.6),
        # ... that has all its atoms.
        ("PART 1\nH2A 2 0.4 0.1 0.1 21.0\nH3A 2 0.4 0.2 0.1 21.0\nPART 2\nH2B 2 0.6 0.1 0.1 -21.0\n", 0.6),
        # ... or none at all.
        ("H2 2 0.5 0.1 0.1 11.0\nPART 1\nH2A 2 0.4 0.1 0.1 21.0\nPART 2\nH2B 2 0.6 0.1 0.1 -21.0\n", 0.5),
    ],
)
def test_of_disorder_the_component_that_makes_the_formula_is_taken(parts, kept):
    one, remarks = good(disordered(parts), (6, 1, 1, 16))
    assert one.fractional[2, 0] == kept
    assert "disordered" in remarks[0]


def test_disorder_without_a_formula_is_refused():
    parts = "PART 1\nH2A 2 0.4 0.1 0.1 21.0\nPART 2\nH2B 2 0.6 0.1 0.1 -21.0\n"
    for unit in ("", "UNIT 1 1 1\n", "UNIT 4 12 4\n"):
        refused(disordered(parts).replace("UNIT 4 8 4\n", unit), "H2A is disordered (PART 1)")
    # Programs put whole ordered molecules into a PART, too.
    good(disordered("PART 1\nH2A 2 0.4 0.1 0.1 11.0\n").replace("UNIT 4 8 4\n", ""), (6, 1, 1, 16))


def test_unit_and_atoms_agree():
    unit = HEAD + ATOMS.replace("SFAC C H S\n", "SFAC C H S\nUNIT {}\n")
    for contents in ("4 4 4", "40 40 40", "2.00 2.00 2.00", "1 1 1", "0 0 0", "x y z"):
        good(unit.format(contents))
    wrong = refused(unit.format("4 8 4"), "UNIT states C4H8S4, and the listed atoms are CHS")
    assert "hydrogen" in wrong.remedy
    # Sulfur on the inversion centre is there half as often.
    special = unit.replace("0.3 0.4 0.5", "0.5 0.5 0.5").format("4 4 2")
    good(special)
    refused(unit.replace("0.3 0.4 0.5", "0.5 0.5 0.5").format("4 8 4"), "UNIT states")


def test_generators_are_completed_where_z_confirms_them():
    fourfold = HEAD.replace("LATT 1", "LATT 2").replace("5 6 7 90 100 90", "6 6 7 90 90 90")
    generators = fourfold.replace("-x,y+1/2,-z+1/2", "-X , -Y +1/2, +Z \nSYMM -Y -1/4, +X +1/4, +Z +1/4")
    settings = Settings()
    (one,) = ResReader(settings).read(generators.replace("ZERR 4", "ZERR 16") + ATOMS, "f", "r", "d")
    assert settings.space_group[one.setting] == 88
    assert len(settings.rotations[one.setting]) == 16
    refused(generators + ATOMS, "do not make a group")
    refused(generators.replace("ZERR 4", "ZERR 12") + ATOMS, "do not make a group")


def test_deuterium_and_tritium_are_hydrogen_with_masses_of_their_own():
    one, _ = good(HEAD + ATOMS.replace("C H S", "C D S"))
    assert list(one.isotopes) == [0, 2, 0]
    assert one.nuclides[1] not in (1, 6, 16)
    one, _ = good(HEAD + ATOMS.replace("C H S", "C T S").replace("H1", "T1"))
    assert list(one.isotopes) == [0, 3, 0]
    assert good(HEAD + ATOMS)[0].isotopes == b""


def test_which_structures_list_a_complete_cell():
    plain = MOL_CSPY.replace("SYMM -X,Y+1/2,-Z+1/2\n", "").replace("LATT 1", "LATT -1")
    searched = plain.replace("QR-14", "QR-1")
    twice = searched + searched[searched.index("C1 ") :].replace("0.6", "0.1").replace("0.8", "0.3")
    cases = {
        MOL_CSPY: False,
        plain.replace("acetic-QR-14-3-3", "x"): True,
        AIRSS: True,
        # The group of the search is P1, and one molecule is what it lists.
        searched: False,
        twice: True,
    }
    for text, complete in cases.items():
        one, _ = read_one(text)
        assert one.complete_cell is complete, text


@pytest.mark.parametrize(
    ("title", "identity"),
    [
        ("  Converted by XX2shx - Keith R", "default"),
        ("Converted by XX2shx: P21/c", "default"),
        ("BTXXXI_opt.res", "default"),
        ("BTXXXI_opt. New: P-1", "default"),
        ("a.cif -80.5 1.5", "default"),
        ("s0 in P2(1)/c", "default"),
        ("s0 100 K new cell", "default"),
        ("generated by CSP", "default"),
        ("two words", "default"),
        ("x", "x"),
        ("x P21/c", "x"),
        ("x P 21/n", "x"),
        ("x -80.5", "x"),
        ("x -80.5 1.5", "x"),
        ("x -80,5 1,5", "x"),
        ("x \u221280.5 1.5", "x"),
        ("x -80.5 kJ/mol", "x"),
        ("x ******** 1.5", "x"),
        ("x nan 1.5", "x"),
        ("x(-80.5)", "x"),
        ("acetic-QR-14-3-3 and more", "acetic-QR-14-3-3"),
        ("", "default"),
    ],
)
def test_titles_that_are_comments_give_no_identity(title, identity):
    assert parse_title(title, "default").id == identity
    assert identity == "x" or np.isnan(parse_title(title, "default").energy)


def test_structures_of_one_text_without_titles_of_their_own_are_told_apart(tmp_path):
    text = DMACRYS.replace("YICFEX_opt_aa105(-48.367) P21/c", "made by a program of ours") * 3
    structures, _, _ = read(write(tmp_path / "all.res", text))
    assert len({one.id for one in structures}) == 3
    assert all(one.id.startswith("all-") for one in structures)


def test_one_title_for_all_files_names_none_of_them(tmp_path):
    for k in range(3):
        text = DMACRYS.replace("YICFEX_opt_aa105", "CSP").replace("6.6510", f"6.6{k}10")
        write(tmp_path / "in" / f"form{k}.res", text)
    structures, _, reader = read(tmp_path / "in")
    assert [one.id for one in structures] == ["form0", "form1", "form2"]
    assert any("same title" in what for what in reader.remarks)
    # One that differs shows that titles are names: then two of a kind are a mistake.
    write(tmp_path / "in" / "form3.res", DMACRYS)
    structures, _, _ = read(tmp_path / "in")
    assert [one.id for one in structures] == ["CSP"] * 3 + ["YICFEX_opt_aa105"]
    # Copies of one file are one structure twice.
    for name in "ab":
        write(tmp_path / "copies" / f"{name}.res", DMACRYS)
    structures, _, _ = read(tmp_path / "copies")
    assert [one.id for one in structures] == ["YICFEX_opt_aa105"] * 2
