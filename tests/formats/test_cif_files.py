from collections import Counter

import gemmi
import numpy as np
import pytest
from formats_help import CIF, read, write

from crystalspan.crystallography import space_groups

SYMMETRY = CIF[CIF.index("loop_") : CIF.index("loop_\n_atom")]


def without_operations(*tags):
    return CIF.replace(SYMMETRY, "").replace("_symmetry_space_group_name_H-M 'P 1 21/c 1'", "\n".join(tags))


def test_gemmi_sees_the_same_crystal(tmp_path):
    (one,), _, reader = read(write(tmp_path / "a.cif", CIF))
    small = gemmi.make_small_structure_from_block(gemmi.cif.read_string(CIF).sole_block())
    assert one.cell == tuple(small.cell.parameters)
    assert [gemmi.Element(number).name for number in one.numbers] == [site.element.name for site in small.sites]
    assert one.fractional == pytest.approx(np.array([site.fract.tolist() for site in small.sites]))
    group = gemmi.GroupOps([gemmi.Op(text) for text in small.symops])
    expected = {gemmi.Op(op).triplet() for op in small.symops}
    found = {
        gemmi.Op(space_groups.format_operation(r, t).lower()).triplet()
        for r, t in zip(reader.settings.rotations[one.setting], reader.settings.translations[one.setting], strict=True)
    }
    assert found == {gemmi.Op(text).wrap().triplet() for text in expected}
    assert reader.settings.space_group[one.setting] == gemmi.find_spacegroup_by_ops(group).number == 14
    assert (one.id, one.energy, one.energy_is_relative) == ("a", -93.25, False)
    assert one.stated_space_group == "P 1 21/c 1"


@pytest.mark.parametrize("number", [1, 2, 9, 14, 15, 29, 61, 88, 146, 148, 167, 205, 225, 230])
def test_operations_of_every_kind_of_lattice(tmp_path, number):
    group = gemmi.find_spacegroup_by_number(number)
    listed = "loop_\n_space_group_symop_operation_xyz\n" + "".join(f"'{op.triplet()}'\n" for op in group.operations())
    sources = {
        "operations": without_operations(listed),
        "hall": without_operations(f"_space_group_name_Hall '{group.hall}'"),
        "name": without_operations(f"_space_group_name_H-M_alt '{group.xhm()}'"),
    }
    expected = sorted(map(repr, zip(*(a.tolist() for a in space_groups.operations(number)), strict=True)))
    for kind, text in sources.items():
        (one,), _, reader = read(write(tmp_path / "a.cif", text))
        assert reader.settings.space_group[one.setting] == number
        assert bool(reader.remarks) == (kind != "operations")
        found = reader.settings.rotations[one.setting], np.round(reader.settings.translations[one.setting], 9)
        rounded = sorted(map(repr, zip(*(a.tolist() for a in found), strict=True)))
        assert len(rounded) == len(expected)


@pytest.mark.parametrize(
    ("tag", "energy", "basis"),
    [
        ("_lattice_energy '-90.5 kJ/mol'", -90.5, "molecule"),
        ("_lattice_energy '-20 kcal/mol'", -83.68, "molecule"),
        ("_lattice_energy '-80 kJ/mol per cell'", -80, "cell"),
        ("_csp_lattice_energy -1\n_csp_lattice_energy_unit eV/cell", -96.48533212331, "cell"),
    ],
)
def test_units_behind_values_and_energies_of_the_cell(tmp_path, tag, energy, basis):
    (one,), _, _ = read(write(tmp_path / "a.cif", CIF.replace("_predicted_structure.lattice_energy -93.25", tag)))
    assert (one.energy, one.energy_basis) == (pytest.approx(energy), basis)


@pytest.mark.parametrize("tag", ["_chemical_formula_sum", "_chemical_formula_moiety"])
def test_a_stated_formula_must_agree(tmp_path, tag):
    structure, _, reader = read(write(tmp_path / "good.cif", CIF))
    counts = Counter(gemmi.Element(number).name for number in structure[0].numbers)
    right = " ".join(f"{name}{count}" for name, count in counts.items())
    # Several moieties make no formula that could be compared.
    several = [(f"{right}, 2(H2 O)", True)] if tag.endswith("moiety") else []
    for formula, is_right in ((right, True), (f"{right} H2 N3", False), *several):
        text = CIF.replace("_cell_length_a", f"{tag} '{formula}'\n_cell_length_a", 1)
        structures, rejected, _ = read(write(tmp_path / "a.cif", text))
        assert bool(structures) is is_right
        assert all(one.reason.startswith(f"{tag} is ") for one in rejected)


@pytest.mark.parametrize("tag", ["_crystal_energy", "_dft.total_energy"])
def test_energies_of_any_kind_are_named(tmp_path, tag):
    (one,), _, _ = read(write(tmp_path / "a.cif", CIF.replace("_predicted_structure.lattice_energy", tag)))
    assert np.isnan(one.energy)
    assert one.why_no_energy == f"{tag} may be an energy of any kind: call it _lattice_energy"


@pytest.mark.parametrize(
    ("tag", "energy", "relative"),
    [
        ("_predicted_structure.relative_lattice_energy 3.5", 3.5, True),
        ("_theoretical_structure.absolute_lattice_energy -90.5(2)", -90.5, False),
        ("_ccdc_csp_classification_energy_lattice_absolute -90", -90, False),
        ("_ccdc_csp_classification_energy_lattice_relative 4\n_csp_absolute_lattice_energy -70", -70, False),
        ("_predicted_structure.lattice_energy_units kcal/mol\n_predicted_structure.lattice_energy -20", -83.68, False),
        (
            "_predicted_structure.lattice_energy -1\n_predicted_structure.lattice_energy_units 'eV'",
            -96.48533212331,
            False,
        ),
        ("_csp_lattice_energy_kcal_mol -20", -83.68, False),
        ("_csp_lattice_energy -90\n_csp_energy_unit kJ/mol", -90, False),
        ("_csp_lattice_energy -90\n_csp_energy_unit furlongs", None, False),
        ("_csp_lattice_energy -90\n_csp_lattice_energy_unit eV/atom", None, False),
        ("_predicted_structure.lattice_energy 0.000", None, False),
        ("_predicted_structure.relative_lattice_energy 0.000", 0.0, True),
        ("_ccdc_csp_free_energy_correction_lattice 3", None, False),
        ("_tcod_total_energy -3000", None, False),
        ("_csp_relative_lattice_energy ?", None, False),
    ],
)
def test_energies_in_the_tags_of_csp_dictionaries(tmp_path, tag, energy, relative):
    (one,), _, _ = read(write(tmp_path / "a.cif", CIF.replace("_predicted_structure.lattice_energy -93.25", tag)))
    assert one.energy == energy or (energy is None and np.isnan(one.energy))
    assert one.energy_is_relative is relative


def test_many_blocks_and_a_table_beside_them(tmp_path):
    bare = CIF.replace("_predicted_structure.lattice_energy -93.25\n", "")
    first, second = (bare.replace("form_I", f"form_{k}") for k in "AB")
    method = "data_method\n_publ_text\n;\ndata_within_a_text\n;\n"
    write(tmp_path / "energies.csv", "name;lattice energy (kJ/mol)\nform_A;-50.5\nform_B;-49.5\n")
    structures, rejections, reader = read(write(tmp_path / "all.cif", method + first + second))
    assert rejections == []
    assert [(one.id, one.energy, one.record) for one in structures] == [
        ("form_A", -50.5, "data_form_A"),
        ("form_B", -49.5, "data_form_B"),
    ]
    assert reader.passed_over == {"CIF blocks without a crystal": 1}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("_cell_length_b 6.5", "", "cell is not complete"),
        ("_cell_length_b 6.5", "_cell_length_b ?", "cell is not complete"),
        ("fract_z\nC1 C 0.1234(5) 0.2 0.3", "fract_z\nC1 C ? 0.2 0.3", "finite"),
        ("Cl1 Cl 0.4", "Qq1 Qq 0.4", "no known element"),
        ("'-x, -y, -z'\n", "", "no group"),
        ("'-x, -y, -z'\n", "'-x, -y, 3z'\n", "no symmetry operation"),
        ("_fract_", "_Cartn_", "fractional"),
        ("C1 C 0.1234(5) 0.2 0.3", "C1 C 0.1234(5) 0.2", "no valid CIF"),
        (SYMMETRY, "", ""),
        ("_symmetry_space_group_name_H-M 'P 1 21/c 1'\n", "", ""),
    ],
)
def test_faults_have_their_reason(tmp_path, old, new, reason):
    assert old in CIF
    good = CIF.replace("form_I", "good")
    structures, rejections, _ = read(write(tmp_path / "a.cif", CIF.replace(old, new) + good))
    assert structures[-1].id == "good" or reason == ""
    assert len(structures) + len(rejections) == 2
    assert [reason in one.reason for one in rejections] == ([True] if reason else [])


def test_no_symmetry_at_all_is_not_taken_for_p1(tmp_path):
    _, (rejected,), _ = read(write(tmp_path / "a.cif", without_operations()))
    assert "no symmetry operations" in rejected.reason


@pytest.mark.parametrize(
    ("tag", "first", "second"),
    [("_atom_site_occupancy", "1.0", "0.5"), ("_atom_site_disorder_group", ".", "2")],
)
def test_disorder_is_refused(tmp_path, tag, first, second):
    text = CIF.replace("_fract_z\n", f"_fract_z\n{tag}\n").replace("0.2 0.3\n", f"0.2 0.3 {first}\n")
    (one,), _, _ = read(write(tmp_path / "a.cif", text.replace("-0.25 1.1\n", f"-0.25 1.1 {first}\n")))
    assert list(one.numbers) == [6, 17]
    _, (rejected,), _ = read(write(tmp_path / "a.cif", text.replace("-0.25 1.1\n", f"-0.25 1.1 {second}\n")))
    assert "Cl1" in rejected.reason


def test_a_text_field_without_end_does_not_hide_the_blocks_after_it(tmp_path):
    text = "data_x\n_publ\n;\nopen\n" + CIF + CIF.replace("_I", "J")
    structures, rejections, reader = read(write(tmp_path / "a.cif", text))
    assert len(structures) == 2
    assert rejections == []
    assert reader.passed_over == {"CIF blocks without a crystal": 1}
