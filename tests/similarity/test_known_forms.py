"""Known forms looked for in a landscape."""

import numpy as np
import pytest
from packed_crystals import ORACLE, oracle_crystals

from crystalspan.crystallography.cell import cell_parameters
from crystalspan.errors import InputError
from crystalspan.similarity.known_forms import Tolerances, match_known_forms

SYMBOLS = {1: "H", 6: "C", 16: "S"}


def cif(path, crystal, landscape, order, operations_of=None):
    """Write a crystal as a CIF of a measured one has it: no energy, atoms in an order of its own."""
    lines = ["data_measured"]
    for name, value in zip(
        ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma"),
        cell_parameters(crystal.matrix),
        strict=True,
    ):
        lines.append(f"_cell_{name} {value:.5f}")
    lines += ["loop_", "_space_group_symop_operation_xyz"]
    for rotation, translation in zip(crystal.rotations, crystal.translations, strict=True):
        terms = ["".join(f"{v:+d}*{axis}" for v, axis in zip(row, "xyz", strict=True) if v) for row in rotation]
        shifts = [f"{round(12 * t)}/12" if t else "" for t in translation]
        parts = [
            term.replace("1*", "") + (f"+{shift}" if shift else "") for term, shift in zip(terms, shifts, strict=True)
        ]
        lines.append(f"'{','.join(parts)}'")
    lines += ["loop_", "_atom_site_label", "_atom_site_type_symbol"]
    lines += [f"_atom_site_fract_{axis}" for axis in "xyz"]
    for atom in order:
        element = SYMBOLS[int(landscape.reference_atomic_number[atom])]
        lines.append(f"{element}{atom} {element} " + " ".join(f"{x:.5f}" for x in crystal.fractional[atom]))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def scrambled(oracle):
    return np.random.default_rng(2).permutation(len(oracle.reference_atomic_number))


@pytest.mark.slow
def test_a_measured_form_in_a_longer_cell_is_found(oracle, scrambled, tmp_path):
    row = 5
    measured = oracle_crystals()[row].stretched((1.02, 1.01, 1.015))
    path = cif(tmp_path / "form-I.cif", measured, oracle, scrambled)
    (found,), rejected = match_known_forms(oracle, [path])
    assert not rejected
    assert (found.id, found.space_group) == ("form-I", ORACLE["crystals"][row]["space_group"])
    assert found.found
    assert (found.best.rank, found.best.id, found.best.matched) == (row + 1, oracle.id[row], 15)
    assert found.best.relative_energy == oracle.relative_energy[row]
    assert 0.02 < found.best.rmsd < 0.3


def test_a_form_measured_without_hydrogen_is_found(oracle, scrambled, tmp_path):
    """As many X-ray structures are; with its symmetry as it stands and the density of the whole molecule."""
    row = 9
    heavy = [atom for atom in scrambled if oracle.reference_atomic_number[atom] != 1]
    path = cif(tmp_path / "bare.cif", oracle_crystals()[row], oracle, heavy)
    complete = cif(tmp_path / "complete.cif", oracle_crystals()[2], oracle, scrambled)
    found, rejected = match_known_forms(oracle, [path, complete])
    assert not rejected
    assert [(one.id, one.best.rank, one.best.matched) for one in found] == [("complete", 3, 15), ("bare", row + 1, 15)]
    assert max(one.best.rmsd for one in found) < 1e-3


def test_a_form_that_is_missing_is_not_found_but_what_is_near_is_told(oracle, scrambled, tmp_path):
    names = [one.split("QR-")[1] for one in oracle.id]
    gone = names.index("33-291-2")
    path = cif(tmp_path / "form.cif", oracle_crystals()[gone], oracle, scrambled)
    rest = oracle.subset(np.arange(len(oracle)) != gone)
    (found,), _ = match_known_forms(rest, [path], Tolerances(rmsd=0.1))
    assert not found.found
    # Its neighbour of the same 20 molecules, and that one's duplicate.
    near = {found.best.id, *(one.id for one in found.near)}
    assert {one.split("QR-")[1] for one in near} >= {"29-201-2", "29-106-2"}
    assert all(one.matched >= 12 for one in found.near)


def test_other_molecules_are_refused_with_their_reason(oracle, tmp_path):
    path = tmp_path / "other.cif"
    path.write_text(
        "data_x\n_cell_length_a 5\n_cell_length_b 5\n_cell_length_c 5\n_cell_angle_alpha 90\n_cell_angle_beta 90\n"
        "_cell_angle_gamma 90\nloop_\n_space_group_symop_operation_xyz\nx,y,z\nloop_\n_atom_site_label\n"
        "_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nC1 C 0 0 0\n"
        "O1 O 0 0 0.23\n"
    )
    known, rejected = match_known_forms(oracle, [path])
    assert known == []
    assert len(rejected) == 1


def test_a_missing_file_is_an_error(oracle, tmp_path):
    with pytest.raises(InputError):
        match_known_forms(oracle, [tmp_path / "nothing.cif"])
