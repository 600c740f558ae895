"""Molecules: completed by symmetry, matched to the reference, told apart from others."""

import numpy as np
import pytest
from landscape_help import as_zip, landscape_of, loose, refused, texts, together

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.formats.res_writer import format_res
from naive.landscape import Crystal, cell_atoms, load, same_atoms


def test_half_a_molecule_equals_its_subgroup_with_a_whole_one(tmp_path, capsys, molecule):
    whole = Crystal(molecule, 14, 4, centre=(0, 0, 0))
    kept = [
        i
        for i in range(18)
        if not any(np.linalg.norm((whole.fractional[i] + whole.fractional[j]) @ whole.matrix) < 0.1 for j in range(i))
    ]
    assert len(kept) == 9
    symbols = [whole.symbols[i] for i in kept]
    half = format_res("half", -80, whole.density / 2, whole.cell, 14, symbols, whole.fractional[kept])
    # P21/c without its inversion at the molecule: the glide alone, Pc, molecule whole.
    glide = [0, 3]
    subgroup = whole.rotations[glide], whole.translations[glide]
    assert np.linalg.det(subgroup[0][1]) < 0
    other = format_res("pc", -81, whole.density / 2, whole.cell, subgroup, whole.symbols, whole.fractional)
    source = as_zip(tmp_path / "z.zip", [("half.res", half), ("pc.res", other)])
    landscape, rejected, printed = landscape_of(tmp_path, capsys, source)
    assert rejected == []
    assert "special position" in printed
    assert landscape.space_group.tolist() == [7, 14]
    assert landscape.z_prime.tolist() == [1.0, 0.5]
    assert landscape.density[0] == pytest.approx(landscape.density[1], abs=1e-6)
    first, second = (
        cell_atoms(s.fractional, s.atomic_number, whole.matrix, s.rotations, s.translations)
        for s in (landscape.structure(0), landscape.structure(1))
    )
    assert len(first) == 36
    assert same_atoms(first, second, whole.matrix)
    assert np.array_equal(landscape.structure(0).atomic_number, landscape.structure(1).atomic_number)


def test_a_flat_molecule_in_a_mirror_plane(tmp_path, capsys, molecules_folder):
    turn = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0.0]])
    crystal = Crystal(load(molecules_folder, "syn-BDT"), 26, 3, centre=(0, 0.2, 0.3), turn=turn)
    text = format_res("m", -80, crystal.density / 2, crystal.cell, 26, crystal.symbols, crystal.fractional)
    source = tmp_path / "m.res"
    source.write_text(text)
    landscape, rejected, _ = landscape_of(tmp_path, capsys, source)
    assert rejected == []
    assert landscape.z_prime.tolist() == [0.5]
    assert len(landscape.operations(0)[0]) == 2


def test_another_atom_order_is_put_right(tmp_path, capsys, molecule):
    made = texts(molecule, (14, 19, 2))
    crystal = made[2][2]
    lines = made[2][1].splitlines()
    atoms = [i for i, line in enumerate(lines) if line[0] in "CHS" and line[1].isdigit()]
    lines[atoms[0]], lines[atoms[5]] = lines[atoms[5]], lines[atoms[0]]
    files = [(f"{i}.res", text) for i, (_, text, _) in enumerate(made[:2])] + [("2.res", "\n".join(lines) + "\n")]
    landscape, rejected, printed = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert rejected == []
    assert "1 were put into the reference's atom order" in printed
    found = landscape.structure(2).fractional
    # One of the molecule's own relabellings of the original order.
    assert any(
        np.abs(found - crystal.fractional[mapping]).max() < 1e-7 for mapping in landscape.reference_automorphisms
    )


def test_the_reference_file_is_put_into_the_files_order(tmp_path, capsys, molecule, molecules_folder):
    source = as_zip(tmp_path / "z.zip", [(f"{i}.res", t) for i, t, _ in texts(molecule, (14, 2))])
    landscape, rejected, _ = landscape_of(tmp_path, capsys, source, "--reference", molecules_folder / "anti-BDT.json")
    assert rejected == []
    assert landscape.reference_atomic_number.tolist() == [6] * 10 + [1] * 6 + [16] * 2
    found = landscape.structure(0)
    positions = found.fractional @ cell_matrix(found.cell)
    reference = landscape.reference_positions
    difference = np.linalg.norm(positions[:, None] - positions, axis=-1) - np.linalg.norm(
        reference[:, None] - reference, axis=-1
    )
    assert np.abs(difference).max() < 1e-5
    assert len(landscape.reference_automorphisms) == 2
    rejected, _ = refused(tmp_path, capsys, source, "--reference", molecules_folder / "syn-BDT.json")
    assert {row["reason"] for row in rejected} == {"different molecule: same composition as the reference, other bonds"}


def test_a_solvate_is_refused_by_the_names_of_its_molecules(tmp_path, capsys, molecule):
    crystal = loose(0, 14, molecule)
    water = np.array([[0.0, 0, 0], [0.76, 0.58, 0], [-0.76, 0.58, 0]]) @ np.linalg.inv(crystal.matrix)
    points, symbols = together(
        (crystal.fractional, crystal.symbols),
        (water + crystal.fractional.mean(axis=0) + [0.5, 0, 0], ["O", "H", "H"]),
    )
    text = format_res("wet", -99, np.nan, crystal.cell, 14, symbols, points)
    files = [(f"{i}.res", t) for i, t, _ in texts(molecule, (14, 19))] + [("wet.res", text)]
    landscape, rejected, _ = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert len(landscape) == 2
    assert rejected[0]["record"] == "wet.res"
    assert rejected[0]["reason"].startswith("2 kinds of molecules: C10H6S2 and H2O")
    # Alone it is an error, with the same reason.
    rejected, printed = refused(tmp_path, capsys, as_zip(tmp_path / "wet.zip", files[-1:]))
    assert "C10H6S2 and H2O" in rejected[0]["reason"]
    assert f"1 are rejected, all for: {rejected[0]['reason']} (first: wet.res)\n  remedy: only crystals" in printed.err


def test_pseudo_symmetry_is_reported(tmp_path, capsys, molecule):
    crystal = loose(0, 14, molecule)
    copies = [crystal.fractional @ crystal.rotations[o].T + crystal.translations[o] for o in (0, 2)]
    copies[1] = copies[1] + 0.03 / crystal.cell[:3]
    screw = crystal.rotations[:2], crystal.translations[:2]
    low = format_res("low", -80, np.nan, crystal.cell, screw, crystal.symbols * 2, np.concatenate(copies))
    other = texts(molecule, (19,))[0][1]
    source = as_zip(tmp_path / "z.zip", [("low.res", low), ("19.res", other)])
    landscape, rejected, printed = landscape_of(tmp_path, capsys, source, "--pseudo-symmetry", "0.2")
    assert rejected == []
    assert landscape.space_group.tolist() == [19, 4]
    assert landscape.found_space_group.tolist() == [19, 14]
    assert "1 are nearly of another space group" in printed
    landscape, _, _ = landscape_of(tmp_path, capsys, source)
    assert landscape.found_space_group.tolist() == [0, 0]
