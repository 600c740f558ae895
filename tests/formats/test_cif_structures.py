"""What CIF blocks say of symmetry, elements and contents, and what does not follow from them."""

import gemmi
import numpy as np
import pytest
from formats_help import CIF, read, write

from crystalspan.crystallography import metric
from crystalspan.crystallography.cell import cell_parameters
from naive.landscape import random_cell

SYMMETRY = CIF[CIF.index("loop_") : CIF.index("loop_\n_atom")]
CELL = CIF[CIF.index("_cell_length_a") : CIF.index("_symmetry_space")]
NAME = "_symmetry_space_group_name_H-M 'P 1 21/c 1'\n"
TABULATED = list(gemmi.spacegroup_table())[:530]


def block(cell, symmetry):
    """A CIF with this cell and these lines on symmetry only."""
    tags = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = "".join(f"_cell_{tag} {value:.5f}\n" for tag, value in zip(tags, cell, strict=True))
    return CIF.replace(SYMMETRY, "").replace(CELL, lines).replace(NAME, symmetry + "\n")


def one_of(tmp_path, text):
    structures, rejections, reader = read(write(tmp_path / "a.cif", text))
    return (*structures, *rejections)[0], reader


def fitting(number, cell):
    """Settings of a group in International Tables whose operations leave the metric of a cell: gemmi says which."""
    unit = gemmi.UnitCell(*cell)
    frac = np.array(unit.frac.mat.tolist())
    return [
        group.xhm()
        for group in TABULATED
        if group.number == number
        and all(
            np.allclose(turn @ turn.T, np.eye(3), atol=1e-3)
            for op in group.operations().sym_ops
            for turn in [np.linalg.inv(frac) @ (np.array(op.rot) / op.DEN) @ frac]
        )
    ]


@pytest.mark.parametrize(
    "number", [1, 2, 3, 4, 5, 9, 14, 15, 19, 29, 61, 76, 88, 96, 146, 148, 161, 167, 198, 205, 225]
)
def test_a_number_counts_where_it_settles_the_setting(tmp_path, number):
    cell = random_cell(np.random.default_rng(number), number)
    possible = fitting(number, cell)
    one, reader = one_of(tmp_path, block(cell, f"_space_group_IT_number {number}"))
    if len(possible) == 1:
        assert reader.settings.space_group[one.setting] == number
        assert len(reader.settings.rotations[one.setting]) == len(
            gemmi.find_spacegroup_by_name(possible[0]).operations()
        )
    else:
        assert len(possible) > 1
        assert f"number {number} does not settle the setting" in one.reason
        assert possible[0] in one.reason


def test_the_cell_settles_the_axes(tmp_path):
    rhombohedral = (16, 16, 16, 70, 70, 70)
    for cell, number, order in (
        (rhombohedral, 148, 6),
        ((18.35, 18.35, 35.96, 90, 90, 120), 148, 18),
        ((5, 6, 7, 90, 90, 99), 4, 2),
    ):
        one, reader = one_of(tmp_path, block(cell, f"_symmetry_Int_Tables_number {number}"))
        assert reader.settings.space_group[one.setting] == number
        rotations = reader.settings.rotations[one.setting]
        assert len(rotations) == order
        assert metric.fits(one.cell, rotations)
    refused, _ = one_of(tmp_path, block((5, 6, 7, 80, 85, 99), "_symmetry_Int_Tables_number 148"))
    assert "fits no setting of the number 148" in refused.reason
    # A right angle too many leaves the axis open.
    refused, _ = one_of(tmp_path, block((5, 6, 7, 90, 90, 90), "_symmetry_Int_Tables_number 4"))
    assert "P 1 21 1, P 1 1 21, P 21 1 1" in refused.reason


HEXAGONAL, RHOMBOHEDRAL = (12, 12, 20, 90, 90, 120), (9, 9, 9, 75, 75, 75)


@pytest.mark.parametrize(
    ("name", "cell", "order"),
    [
        ("P2(1)/c", None, 4),
        ("P2_1/c", None, 4),
        ("P 21/c", None, 4),
        ("R -3", HEXAGONAL, 18),
        ("R -3", RHOMBOHEDRAL, 6),
        ("R -3 :R", RHOMBOHEDRAL, 6),
        ("R -3 RS", RHOMBOHEDRAL, 6),
        ("R -3 HR", HEXAGONAL, 18),
        ("H -3", HEXAGONAL, 18),
        ("P n n n :2", (5, 6, 7, 90, 90, 90), 8),
        ("P n n n Z", (5, 6, 7, 90, 90, 90), 8),
        ("C -1", (5, 6, 7, 80, 85, 99), 4),
    ],
)
def test_names_as_people_write_them(tmp_path, name, cell, order):
    text = CIF.replace(SYMMETRY, "").replace(NAME, f"_symmetry_space_group_name_H-M '{name}'\n")
    if cell is not None:
        text = block(cell, f"_symmetry_space_group_name_H-M '{name}'")
    one, reader = one_of(tmp_path, text)
    assert len(reader.settings.rotations[one.setting]) == order


def test_a_name_that_leaves_the_origin_open_is_refused(tmp_path):
    refused, _ = one_of(tmp_path, block((5, 6, 7, 90, 90, 90), "_space_group_name_H-M_alt 'P n n n'"))
    assert "P n n n:1, P n n n:2" in refused.reason
    assert "symop" in refused.remedy


def test_names_of_the_newer_dictionaries(tmp_path):
    text = CIF
    for category in ("_cell_", "_atom_site_", "_symmetry_equiv_pos_as_xyz"):
        text = text.replace(category, {"_symmetry_equiv_pos_as_xyz": "_space_group_symop.operation_xyz"}.get(
            category, f"{category[:-1]}."
        ))  # fmt: skip
    assert "_cell.length_a" in text
    assert "_atom_site.fract_x" in text
    plain, _ = one_of(tmp_path, CIF)
    one, reader = one_of(tmp_path, text)
    assert (one.cell, one.numbers) == (plain.cell, plain.numbers)
    assert np.array_equal(one.fractional, plain.fractional)
    assert reader.settings.space_group[one.setting] == 14
    structures, _, _ = read(write(tmp_path / "two.cif", text + text.replace("form_I", "form_II")))
    assert [one.id for one in structures] == ["form_I", "form_II"]


def test_a_dot_for_an_angle_is_the_dictionarys_right_angle(tmp_path):
    plain, _ = one_of(tmp_path, CIF)
    one, reader = one_of(tmp_path, CIF.replace("_cell_angle_gamma 90", "_cell_angle_gamma ."))
    assert one.cell == plain.cell
    assert "90 degrees" in next(iter(reader.remarks))
    for wrong in ("_cell_angle_gamma ?", ""):
        refused, _ = one_of(tmp_path, CIF.replace("_cell_angle_gamma 90", wrong))
        assert "not complete" in refused.reason
    refused, _ = one_of(tmp_path, CIF.replace("_cell_length_b 6.5", "_cell_length_b ."))
    assert "not complete" in refused.reason


def test_complete_cells_are_told_from_the_group_that_all_are_called(tmp_path):
    complete = CIF.replace(SYMMETRY, "loop_\n_symmetry_equiv_pos_as_xyz\n'x, y, z'\n")
    assert one_of(tmp_path, CIF)[0].complete_cell is False
    for name in ("'P 1'", "P1"):
        one, _ = one_of(tmp_path, complete.replace("'P 1 21/c 1'", name))
        assert one.complete_cell is True
        assert one.stated_space_group is None
    # The name says that there is more than the operations show.
    one, _ = one_of(tmp_path, complete)
    assert (one.complete_cell, one.stated_space_group) == (True, "P 1 21/c 1")
    one, _ = one_of(tmp_path, CIF.replace(SYMMETRY, "").replace("'P 1 21/c 1'", "'P 1'"))
    assert one.complete_cell is True


def atoms(*rows, columns=("label", "type_symbol")):
    names = "".join(f"_atom_site_{column}\n" for column in (*columns, "fract_x", "fract_y", "fract_z"))
    lines = "".join(f"{row} 0.{k}1 0.2 0.3\n" for k, row in enumerate(rows))
    return CIF[: CIF.index("loop_\n_atom")] + "loop_\n" + names + lines


@pytest.mark.parametrize(
    ("labels", "numbers"),
    [
        (("C1", "HO1", "O1", "CL1", "NA1"), (6, 1, 8, 17, 7)),
        (("C1A", "CA", "CB", "NE1", "OXT", "SI1", "BR2"), (6, 6, 6, 7, 8, 14, 35)),
        (("Ho1", "Cl1", "Na1", "CG1"), (67, 17, 11, 6)),
        (("ZN1", "C1"), (30, 6)),
        (("c1", "h1"), (6, 1)),
    ],
)
def test_labels_without_types(tmp_path, labels, numbers):
    one, reader = one_of(tmp_path, atoms(*labels, columns=("label",)))
    assert list(one.numbers) == list(numbers)
    assert "labels were read" in next(iter(reader.remarks))


def test_a_formula_says_what_labels_mean(tmp_path):
    text = atoms("C1", "HO1", "NA1", columns=("label",))
    one, _ = one_of(tmp_path, text.replace("_cell_length_a", "_chemical_formula_sum 'C Ho Na'\n_cell_length_a"))
    assert list(one.numbers) == [6, 67, 11]
    one, _ = one_of(tmp_path, text.replace("_cell_length_a", "_chemical_formula_sum 'C H Na'\n_cell_length_a"))
    assert list(one.numbers) == [6, 1, 11]


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (("C1 C", "O1 O", "Cg1 ?"), ("label", "type_symbol")),
        (("C1 C", "O1 O", "X1 ."), ("label", "type_symbol")),
        (("C1 C", "O1 O", "M1 Cg"), ("label", "type_symbol")),
        (("C1 C", "O1 O", "Du1 Du"), ("label", "type_symbol")),
        (("C1", "O1", "Cg1"), ("label",)),
        (("C1 C ?", "O1 O .", "C2 C dum"), ("label", "type_symbol", "calc_flag")),
    ],
)
def test_centroids_and_dummies_are_no_atoms(tmp_path, rows, columns):
    one, reader = one_of(tmp_path, atoms(*rows, columns=columns))
    assert list(one.numbers) == [6, 8]
    assert reader.passed_over == {"centroids and dummy atoms in CIF blocks": 1}


def test_deuterium_and_tritium(tmp_path):
    one, _ = one_of(tmp_path, atoms("C1 C", "D1 D", "H2 T", "H3 H"))
    assert list(one.numbers) == [6, 1, 1, 1]
    assert list(one.isotopes) == [0, 2, 3, 0]
    one, _ = one_of(tmp_path, atoms("C1", "D1", columns=("label",)))
    assert list(one.isotopes) == [0, 2]


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ("'C Cl'", None),
        ("'C4 Cl4'", None),
        ("?", None),
        ("'not a formula'", None),
        ("'C H Cl'", "_chemical_formula_sum is CHCl, and the listed atoms are CCl"),
        ("'C2 Cl'", "C2Cl"),
    ],
)
def test_a_stated_formula_agrees_with_the_atoms(tmp_path, stated, words):
    one, _ = one_of(tmp_path, CIF.replace("_cell_length_a", f"_chemical_formula_sum {stated}\n_cell_length_a"))
    if words is None:
        assert list(one.numbers) == [6, 17]
    else:
        assert words in one.reason
        assert "hydrogen" in one.remedy


def test_atoms_on_special_positions_count_as_often_as_they_are_there(tmp_path):
    special = CIF.replace("Cl1 Cl 0.4 -0.25 1.1", "Cl1 Cl 0.5 0.0 0.5")
    for stated, right in (("'C2 Cl'", True), ("'C3 Cl'", False)):
        text = special.replace("_cell_length_a", f"_chemical_formula_sum {stated}\n_cell_length_a")
        one, _ = one_of(tmp_path, text)
        assert hasattr(one, "numbers") is right


def test_an_atom_without_coordinates_is_named(tmp_path):
    refused, _ = one_of(tmp_path, CIF.replace("Cl1 Cl 0.4 -0.25 1.1", "Cl1 Cl ? ? ?"))
    assert "atom Cl1 is not at finite coordinates" in refused.reason


def test_the_metric_tells_what_operations_do_to_a_cell():
    glide = [[-1, 0, 0], [0, 1, 0], [0, 0, -1]]
    assert metric.fits((5, 6, 7, 90, 100, 90), [glide])
    assert not metric.fits((5, 6, 7, 90, 90, 100), [glide])
    assert metric.moved_cell((5, 6, 7, 90, 90, 100), glide) == pytest.approx([5, 6, 7, 90, 90, 80])
    rng = np.random.default_rng(0)
    for number in range(1, 231, 7):
        cell = random_cell(rng, number)
        rotations = [np.array(op.rot) // op.DEN for op in gemmi.find_spacegroup_by_number(number).operations()]
        assert metric.strains([cell], rotations).max() < 1e-12
        for rotation in rotations:
            assert metric.moved_cell(cell, rotation) == pytest.approx(cell)
    matrix = np.diag([5.0, 6.0, 7.0])
    # The exchange of two edges, 5 and 6: their squares differ by 11, of 30.
    assert metric.strains([cell_parameters(matrix)], [[[0, 1, 0], [1, 0, 0], [0, 0, 1]]])[0, 0] == pytest.approx(
        11 / 25
    )
