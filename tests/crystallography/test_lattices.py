import gemmi
import numpy as np
import pytest
import spglib
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalspan.crystallography import space_groups
from crystalspan.crystallography.lattices import (
    CENTRINGS,
    full_operations,
    generated_operations,
    is_group,
    latt_and_symm,
)
from crystalspan.errors import InputError


def as_set(rotations, translations):
    return {
        (tuple(np.ravel(r).tolist()), tuple((np.round(np.asarray(t) * 1e4).astype(int) % 10000).tolist()))
        for r, t in zip(rotations, translations, strict=True)
    }


@pytest.mark.parametrize("number", range(1, 231))
def test_every_space_group_survives_latt_and_symm(number):
    rotations, translations = space_groups.operations(number)
    latt, rows = latt_and_symm(rotations, translations)
    texts = [space_groups.format_operation(rotations[row], translations[row]) for row in rows]
    again = full_operations(latt, [space_groups.parse_operation(text) for text in texts])
    assert as_set(*again) == as_set(rotations, translations)
    assert np.array_equal(again[0][0], np.eye(3))
    assert not again[1][0].any()
    centring, order = len(CENTRINGS[abs(latt)]) + 1, len(rotations)
    assert len(rows) == order // (centring * (2 if latt > 0 else 1)) - 1


@pytest.mark.parametrize(
    "name", ["P 1 21/n 1", "P 1 21/a 1", "I 1 2/a 1", "C -1", "P 21 21 2 (a)", "R -3:R", "F d d d:1"]
)
def test_other_settings_have_the_number_of_their_group(name):
    group = gemmi.SpaceGroup(name)
    operations = list(group.operations())
    rotations = np.array([op.rot for op in operations]) // 24
    translations = np.array([op.tran for op in operations]) / 24
    latt, rows = latt_and_symm(rotations, translations)
    texts = [space_groups.format_operation(rotations[row], translations[row]) for row in rows]
    again = full_operations(latt, [space_groups.parse_operation(text) for text in texts])
    assert as_set(*again) == as_set(rotations, translations)
    assert space_groups.number_from_operations(*again) == group.number


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 230), st.tuples(*[st.floats(-1, 1)] * 3))
def test_a_shifted_origin_keeps_the_number(number, shift):
    rotations, translations = space_groups.operations(number)
    moved = translations + np.array(shift) - rotations @ np.array(shift)
    texts = [space_groups.format_operation(r, t) for r, t in zip(rotations, moved, strict=True)]
    again = full_operations(-1, [space_groups.parse_operation(text) for text in texts])
    assert len(again[0]) == len(rotations)
    assert space_groups.number_from_operations(*again) == number
    assert spglib.get_spacegroup_type_from_symmetry(*again).number == number


@pytest.mark.parametrize(
    ("text", "rotation", "translation"),
    [
        ("-X +1/2, +Y +1/2, -Z ", np.diag([-1, 1, -1]), (0.5, 0.5, 0)),
        ("1/2-x,0.5+Y,-.25+z", np.diag([-1, 1, 1]), (0.5, 0.5, -0.25)),
        ("x-y,x,z+0.667", [[1, -1, 0], [1, 0, 0], [0, 0, 1]], (0, 0, 2 / 3)),
        ("X,Y,Z+0.83333", np.eye(3), (0, 0, 5 / 6)),
        ("x,y+0.1234,z", np.eye(3), (0, 0.1234, 0)),
    ],
)
def test_operations_are_read_in_every_notation(text, rotation, translation):
    found = space_groups.parse_operation(text)
    assert np.array_equal(found[0], rotation)
    assert found[1] == pytest.approx(translation, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x,y",
        "x,y,z,x",
        "2x,y,z",
        "x,y,1/2",
        "x,x,z",
        "x,y,z+1/0",
        "x,y,q",
        "x,y,z+",
        "x;y;z",
        "x+x,y,z",
        "x,y,z+.",
    ],
)
def test_what_is_no_operation_is_refused(text):
    with pytest.raises(InputError):
        space_groups.parse_operation(text)


@given(st.text("xyzXYZ+-*/0123456789., ", max_size=25))
def test_any_text_is_an_operation_or_refused(text):
    try:
        rotation, translation = space_groups.parse_operation(text)
    except InputError:
        return
    assert abs(round(np.linalg.det(rotation))) == 1
    assert np.isfinite(translation).all()


def test_operations_that_make_no_group_are_refused():
    screw = space_groups.parse_operation("-x,y+1/2,-z")
    fourth = space_groups.parse_operation("-y,x,z")
    with pytest.raises(InputError, match="group"):
        full_operations(-1, [screw, fourth])
    with pytest.raises(InputError, match="lattice type"):
        full_operations(8, [])
    assert is_group(*space_groups.operations(225))


def test_doubled_operations_count_once():
    identity, inversion = space_groups.parse_operation("x,y,z"), space_groups.parse_operation("-x,-y,-z")
    rotations, _ = full_operations(1, [identity, inversion])
    assert len(rotations) == 2


def test_an_inversion_that_contradicts_a_screw_is_refused_and_not_looked_for_for_ever():
    """A third of the axis and the inversion of LATT 1 make a smaller lattice; products of SYMM alone never show it."""
    screw = (np.diag([-1, 1, -1]), np.array([0, 1 / 2, 1 / 3]))
    with pytest.raises(InputError, match="generate no group"):
        generated_operations(1, [screw])
    rotations, _ = generated_operations(-1, [screw])
    assert len(rotations) == 2
