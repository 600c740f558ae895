import numpy as np
import pytest
from formats_help import AIRSS, DMACRYS, MOL_CSPY, read, write

from crystalspan.formats.records import RawStructure, Rejection, Settings
from crystalspan.formats.res_reader import ResReader
from crystalspan.formats.res_title import parse_title


def read_all(text):
    return list(ResReader(Settings()).read(text, "f", "r", "d"))


@pytest.mark.parametrize(
    ("text", "identity", "energy", "density", "group"),
    [
        ("abudad-QR-14-9208-3 -120.5 1.25", "abudad-QR-14-9208-3", -120.5, 1.25, 14),
        ("anti-BDT-QR-33-10011-3-OPT-1 -87.6 1.4", "anti-BDT-QR-33-10011-3-OPT-1", -87.6, 1.4, 33),
        ("PYRENE_opt_A1(-107.445) P21/c", "PYRENE_opt_A1", -107.445, None, "P21/c"),
        ("YICFEX_opt_aa105(-48.367)", "YICFEX_opt_aa105", -48.367, None, None),
        ("YICFEX_opt_aa105( -48.367 )P-1 ", "YICFEX_opt_aa105", -48.367, None, "P-1"),
        ("YICFEX_opt_aa105(*******) P-1", "YICFEX_opt_aa105", None, None, "P-1"),
        ("YICFEX_opt_aa105 P 21/n", "YICFEX_opt_aa105", None, None, None),
        ("YICFEX_opt_aa105 P21/n", "YICFEX_opt_aa105", None, None, "P21/n"),
        ("form(2) -87.6 1.49", "form(2)", -87.6, 1.49, None),
        ("form(II) -87.6 1.49", "form(II)", -87.6, 1.49, None),
        ("form(II)", "form(II)", None, None, None),
        ("form", "form", None, None, None),
        ("exploded 1000000.000000 1.492309", "exploded", 1000000.0, 1.492309, None),
        ("low -88,457952 1,518223", "low", -88.457952, 1.518223, None),
        ("low \u221288.457952 1.518223", "low", -88.457952, 1.518223, None),
        ("PYRENE_opt_A1(-107,445) P21/c", "PYRENE_opt_A1", -107.445, None, "P21/c"),
        ("low nan 1.5", "low", None, 1.5, None),
        ("low ******* 1.5", "low", None, 1.5, None),
        ("low -88.4 nan", "low", -88.4, None, None),
        ("low -inf 1.5", "low", -np.inf, 1.5, None),
        ("PYRENE_opt_A1(-inf) P21/c", "PYRENE_opt_A1", -np.inf, None, "P21/c"),
        ("  ", "default", None, None, None),
    ],
)
def test_titles_of_the_programs(text, identity, energy, density, group):
    title = parse_title(text, "default")
    assert title.id == identity
    assert title.basis == "molecule"
    assert title.energy == energy or (energy is None and np.isnan(title.energy))
    assert title.density == density or (density is None and np.isnan(title.density))
    assert title.space_group == group


@pytest.mark.parametrize(
    "text",
    [
        "s0 100 K new cell",
        "s0 100",
        "s0 298.15",
        "s0 1.490106",
        "anti-BDT-QR-5-254-2  1.490106",
        "s0 298.15 1.35",
        "s0 14 1.35",
        "s0 14_1 1.35",
        "s0 in P2(1)/c",
        "P2(1)/c",
        "R-3(2)",
        "s0(298.15) K",
        "s0(100 K) P21/c",
        "s0(2) P21/c",
        "s0 -88.4 30.5",
        "s0 at -173.5 degrees",
        "-88.4 1.5",
    ],
)
def test_numbers_of_other_titles_are_no_energies(text):
    assert np.isnan(parse_title(text, "default").energy)
    assert np.isnan(parse_title(text, "default").density)


@pytest.mark.parametrize("energy", ["(0.000)", "(-0.000)", "(-inf)", "(inf)", "(nan)", "(*******)"])
def test_what_programs_write_where_an_energy_is_missing_is_none(tmp_path, energy):
    (one,), _, _ = read(write(tmp_path / "a.res", DMACRYS.replace("(-48.367)", energy)))
    assert np.isnan(one.energy)
    assert (one.id, one.stated_space_group) == ("YICFEX_opt_aa105", "P21/c")
    assert ("in its place" in one.why_no_energy) == ("0" in energy or "inf" in energy)


def test_airss_energies_are_of_the_cell(tmp_path):
    (one,), _, _ = read(write(tmp_path / "a.res", AIRSS))
    assert one.id == "C2H4-91855-9500-1"
    assert one.energy_basis == "cell"
    # 1 eV is 96.485 kJ/mol (CODATA: the Faraday constant).
    assert one.energy == pytest.approx(-42.4242 * 96.485332, abs=1e-4)
    assert one.stated_space_group == "P21/c"
    assert list(one.numbers) == [6, 1]


def test_energies_of_two_kinds_are_not_mixed(tmp_path):
    for name, text in (("a", MOL_CSPY), ("b", AIRSS), ("c", DMACRYS)):
        write(tmp_path / f"{name}.res", text)
    structures, (rejected,), _ = read(tmp_path)
    assert [one.record for one in structures] == ["a.res", "c.res"]
    assert rejected.record == "b.res"
    assert "of the cell" in rejected.reason


def test_labels_are_believed_where_sfac_has_no_halogen(tmp_path):
    text = DMACRYS.replace("SFAC C F H", "SFAC N O C H").replace("F1 ", "CLR1 ", 1)
    text = text.replace("C1          1", "C1          3").replace("H1          3", "H1          4")
    text = text.replace("CLR1          2", "CLR1          1")
    (one,), _, reader = read(write(tmp_path / "a.res", text))
    assert list(one.numbers) == [6, 17, 1]
    assert list(reader.remarks.values()) == [1]
    assert "halogen" in next(iter(reader.remarks))
    # Where SFAC has the element, only a person can tell which of the two is wrong.
    _, (rejected,), _ = read(write(tmp_path / "b.res", text.replace("SFAC N O", "SFAC N Cl")))
    assert "CLR1 means Cl" in rejected.reason


@pytest.mark.parametrize("change", [str.lower, lambda t: t.replace("\n", "\r\n"), lambda t: t.replace("\n", "\r")])
def test_line_ends_and_small_letters_do_not_matter(tmp_path, change):
    (plain,), _, _ = read(write(tmp_path / "a.res", DMACRYS))
    (other,), _, _ = read(write(tmp_path / "b.res", change(DMACRYS)))
    assert np.array_equal(plain.fractional, other.fractional)
    assert (plain.cell, plain.numbers, plain.energy) == (other.cell, other.numbers, other.energy)


def test_latin_1_bytes_are_read(tmp_path):
    (one,), _, _ = read(write(tmp_path / "a.res", DMACRYS.replace("ZERR", "REM 5 \u00c5\nZERR").encode("latin-1")))
    assert one.id == "YICFEX_opt_aa105"


def test_many_structures_keep_their_own_lines():
    bad = DMACRYS.replace("SFAC C F H", "SFAC C F")
    found = read_all("\n\n" + bad + DMACRYS.replace("END\n", "") + MOL_CSPY)
    assert [type(one) for one in found] == [Rejection, RawStructure, RawStructure]
    assert [one.record for one in found] == ["r line 3", "r line 14", "r line 24"]
    assert found[0].reason.startswith("line 11: SFAC number 3 of H1")


@pytest.mark.parametrize("word", ["TITL", "SYMM"])
def test_endless_lines_are_refused_briefly(word):
    (found,) = read_all(MOL_CSPY.replace(word, word + " " + "X" * 100_000, 1))
    assert "longer than" in found.reason
    assert len(found.reason) < 300


def test_endless_words_do_not_fill_the_reject_list():
    for old in ("C1 ", "SFAC C", " 1 1.19316437", "1.19316437"):
        (found,) = read_all(MOL_CSPY.replace(old, f"{old}Q{'9' * 50_000}", 1))
        assert len(found.reason) < 400


HEAD = "TITL x -1.0 1.5\nCELL 0.7 5 6 7 90 100 90\nLATT -1\nSYMM -x,y+1/2,-z\nSFAC C H\n"
ATOMS = ["C1 1 0.1 0.2 0.3", "H1 2 0.2 0.3 0.4", "H2 2 0.3 0.4 0.5"]


@pytest.mark.parametrize(
    "atoms",
    [
        ATOMS,
        ["C1 1 0.1 0.2 0.3 11.0 0.05", *ATOMS[1:]],
        ["C1 1 0.1 0.2 0.3 11.0 0.05 =", " 0.05 0.05 0 0 0", *ATOMS[1:]],
        ["UNIT 4 8", *ATOMS],
        [ATOMS[0], "MOVE 1 1 1", *ATOMS[1:]],
        [ATOMS[0], "", *ATOMS[1:], ""],
        [ATOMS[0], "  continued", *ATOMS[1:]],
        ["C1 1 0.1 0.2", *ATOMS[1:]],
        ["C1 1 0.1 0.2 0.3 0.4", "H1 2 0.2 0.3", ATOMS[2]],
        ["C1 1 0.1 0.2 x", *ATOMS[1:]],
        ["C1", *ATOMS[1:]],
    ],
)
def test_a_block_of_atoms_is_read_as_its_lines_are(atoms, monkeypatch):
    texts = [HEAD + "\n".join(atoms) + end for end in ("\nEND\n", "\nEND\nC9 1 0.9 0.9 0.9\n", "\nHKLF 4\n", "\n", "")]

    def twice(reader):
        # The second time all words are known.
        return [repr(list(reader.read(text, "f", "r", "d"))) for _ in range(2) for text in texts]

    at_once = twice(ResReader(Settings()))
    monkeypatch.setattr(ResReader, "_block_of_atoms", lambda *_: [])
    assert twice(ResReader(Settings())) == at_once


def test_a_known_block_of_atoms_is_taken_at_once(monkeypatch):
    reader, taken = ResReader(Settings()), []
    block = ResReader._block_of_atoms
    monkeypatch.setattr(ResReader, "_block_of_atoms", lambda *args: taken.append(block(*args)) or taken[-1])
    for _ in range(2):
        (one,) = reader.read(HEAD + "\n".join(ATOMS) + "\nEND\n", "f", "r", "d")
        assert list(one.numbers) == [6, 1, 1]
        np.testing.assert_array_equal(one.fractional, [[0.1, 0.2, 0.3], [0.2, 0.3, 0.4], [0.3, 0.4, 0.5]])
    assert taken[-1] == ATOMS
