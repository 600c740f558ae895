"""Whose energy is it: whole names first, parts of names one to one, and what files and tables must agree on."""

import numpy as np
import pytest
from formats_help import CIF, DMACRYS, MOL_CSPY, read, write, zipped

BARE = DMACRYS.replace("YICFEX_opt_aa105(-48.367) P21/c", "NAME")


def energies(tmp_path, ids, rows, names=None):
    """Return what each of some structures gets from a table of (label, energy)."""
    for i, identity in enumerate(ids):
        write(tmp_path / "d" / f"{names[i] if names else identity}.res", BARE.replace("NAME", identity))
    write(tmp_path / "d" / "e.csv", "id,energy\n" + "".join(f"{label},{energy}\n" for label, energy in rows))
    structures, rejections, reader = read(tmp_path / "d")
    assert rejections == []
    return {one.id: one for one in structures}, reader


def test_no_structure_gets_the_energy_of_another(tmp_path):
    found, _ = energies(tmp_path, ["14_1", "14_2", "4_1", "4_2"], [("14_1", -88), ("14_2", -87), ("4_2", -86)])
    assert [found[one].energy for one in ("14_1", "14_2", "4_2")] == [-88, -87, -86]
    assert np.isnan(found["4_1"].energy)
    assert found["4_1"].why_no_energy == "its name is in no row of table e.csv (14_1, 14_2, 4_2, ...)"


def test_the_table_of_another_molecule_beside_the_source_is_not_used(tmp_path):
    files = [(f"BDT_{k}.res", BARE.replace("NAME", f"BDT_{k}")) for k in (1, 2)]
    write(tmp_path / "naphthalene.csv", "id,energy\nNAPH_1,-70\nNAPH_2,-71\n")
    structures, _, reader = read(write(tmp_path / "mine.zip", zipped(files)))
    assert all(np.isnan(one.energy) for one in structures)
    assert all("naphthalene.csv (NAPH_1, NAPH_2, ...)" in one.why_no_energy for one in structures)
    assert reader.passed_over == {"rows of a table without a structure": 2}


@pytest.mark.parametrize(
    ("identity", "label"),
    [
        ("X_aa1", "X_aa1"),
        ("X_aa1_opt", "X_aa1"),
        ("X_aa1", "X_aa1_opt"),
        ("X_aa1-OPT", "X_aa1_relaxed"),
        ("X_opt_aa1", "aa1"),
        ("X_opt_aa1", "opt_aa1"),
        ("X_aa1_opt", "aa1"),
        ("aa1", "X_opt_aa1"),
        ("X_aa1", "X_aa1.cif"),
    ],
)
def test_a_part_of_a_name_that_is_one_to_one(tmp_path, identity, label):
    found, reader = energies(tmp_path, [identity, "X_bb2"], [(label, -50), ("X_bb2", -49)])
    assert (found[identity].energy, found["X_bb2"].energy) == (-50, -49)
    assert bool(reader.remarks) == (identity != label.removesuffix(".cif"))
    assert reader.passed_over == {}


@pytest.mark.parametrize(
    ("identity", "label"),
    [("X_aa1", "Y_aa1"), ("Xaa1", "aa1"), ("14_1", "4_1"), ("X_aa1", "X_aa11"), ("X_aa1_pbe", "X_aa1"), ("X_aa1", "X")],
)
def test_other_names_are_others(tmp_path, identity, label):
    found, _ = energies(tmp_path, [identity], [(label, -50)])
    assert np.isnan(found[identity].energy)
    assert f"({label}, ...)" in found[identity].why_no_energy


def test_a_label_that_may_be_of_two_structures_is_of_none(tmp_path):
    found, _ = energies(tmp_path, ["X_aa1", "Y_aa1", "X_bb2"], [("aa1", -50), ("bb2", -49)])
    assert found["X_bb2"].energy == -49
    for identity in ("X_aa1", "Y_aa1"):
        assert np.isnan(found[identity].energy)
        assert found[identity].why_no_energy == "table e.csv, row 2 (aa1) may be that of X_aa1, Y_aa1"


def test_two_labels_that_may_be_of_a_structure_are_of_none(tmp_path):
    found, _ = energies(tmp_path, ["aa1"], [("X_aa1", -50), ("Y_aa1", -49)])
    assert "two energies: -50.000 in table e.csv, row 2, -49.000" in found["aa1"].why_no_energy


def test_an_optimised_structure_does_not_get_the_energy_of_its_start(tmp_path):
    found, _ = energies(tmp_path, ["X_aa1", "X_aa1_opt"], [("X_aa1", -50)])
    assert found["X_aa1"].energy == -50
    assert np.isnan(found["X_aa1_opt"].energy)
    assert "may be that of X_aa1, X_aa1_opt" in found["X_aa1_opt"].why_no_energy


def test_the_name_of_the_file_counts_as_well(tmp_path):
    found, _ = energies(tmp_path, ["made", "by"], [("f1", -50), ("f2", -49)], names=["f1", "f2"])
    assert [one.energy for one in found.values()] == [-50, -49]


def test_labels_are_told_apart_by_conformer_and_refcode(tmp_path):
    rows = "X,c1,aa1,-50\nX,c2,aa1,-49\n"
    for name in ("X_c1_aa1", "X_c2_aa1"):
        write(tmp_path / "d" / f"{name}.res", BARE.replace("NAME", name))
    write(tmp_path / "d" / "e.csv", "REFCODE,Conformer Name,Label,Lattice Energy /kJmol-1\n" + rows)
    assert [one.energy for one in read(tmp_path / "d")[0]] == [-50, -49]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (-24.18, "the file's is the energy of 2 molecules"),
        (-96.73, "the table's is the energy of 2 molecules"),
        (-145.1, "the table's is the energy of 3 molecules"),
        (-12.09, "the file's is the energy of 4 molecules"),
        (-40.0, "row 2"),
    ],
)
def test_a_table_and_a_file_that_disagree_are_a_reason(tmp_path, table, words):
    write(tmp_path / "d" / "a.res", DMACRYS)
    write(tmp_path / "d" / "t.csv", f"id,density,energy\naa105,1.9,{table}\n")
    structures, (rejected,), _ = read(tmp_path / "d")
    assert structures == []
    assert rejected.reason.startswith(
        f"energies of file and table disagree: -48.367 kJ/mol in its file, {table:.3f} in table t.csv, row 2"
    )
    assert rejected.reason.endswith(words)


@pytest.mark.parametrize("energy", ["-48.37", "-48.4", "-11.56 kcal/mol"])
def test_a_table_that_agrees_gives_the_density_to_be_checked(tmp_path, energy):
    write(tmp_path / "d" / "a.res", DMACRYS)
    write(tmp_path / "d" / "t.csv", f"id,density,energy\naa105,1.9,{energy}\n")
    (one,), _, _ = read(tmp_path / "d")
    assert (one.energy, one.density, one.table_row) == (-48.367, 1.9, "table t.csv, row 2")


@pytest.mark.parametrize(("name", "number"), [("a.csv", 0), ("others.csv", 1)])
def test_only_its_own_table_beside_a_source_contradicts_it(tmp_path, name, number):
    # Other tables there may hold energies of other models.
    write(tmp_path / name, "id,energy\nacetic-QR-14-3-3,-90\n")
    structures, _, _ = read(write(tmp_path / "a.zip", zipped([("x.res", MOL_CSPY)])))
    assert len(structures) == number


def test_energies_of_a_cell_are_not_compared_with_those_of_a_molecule(tmp_path):
    write(tmp_path / "d" / "a.res", DMACRYS)
    write(tmp_path / "d" / "t.csv", "id,energy (kJ/mol/cell)\naa105,-193.468\n")
    (one,), _, _ = read(tmp_path / "d")
    assert (one.energy, one.energy_basis) == (-48.367, "molecule")


def test_zero_in_a_file_leaves_the_table_the_word(tmp_path):
    write(tmp_path / "d" / "a.res", DMACRYS.replace("-48.367", "0.000"))
    write(tmp_path / "d" / "t.csv", "id,energy\naa105,-48.4\n")
    (one,), _, _ = read(tmp_path / "d")
    assert one.energy == -48.4


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(("name", "text"), [("a.res", DMACRYS), ("a.cif", CIF)])
def test_one_door_for_all_text(tmp_path, encoding, name, text):
    (plain,), _, _ = read(write(tmp_path / name, text))
    data = text.encode(encoding)
    packed = write(tmp_path / "a.zip", zipped([(f"d/{name}", data)]))
    large = write(tmp_path / "large" / name, (text + " \n" * 70_000).encode(encoding))
    for source in (write(tmp_path / "other" / name, data), packed, large):
        (one,), rejections, _ = read(source)
        assert rejections == []
        assert (one.id, one.energy, one.cell) == (plain.id, plain.energy, plain.cell)
