"""Crystals that are written are the crystals: for our reader, for gemmi and for ASE."""

import dataclasses

import gemmi
import numpy as np
import pytest
from export_help import LENIENT, ase_atoms, atoms_of, build, cifs, exported, gemmi_atoms, of_texts, res_text, rows_of

from crystalspan.crystallography import space_groups
from crystalspan.crystallography.asymmetric_units import asymmetric_unit
from crystalspan.crystallography.cell import cell_matrix
from crystalspan.formats.res_writer import format_res
from naive.landscape import Crystal, load, same_atoms

SAME = ("id", "lattice_energy", "relative_energy", "space_group", "space_group_symbol", "z_prime", "conformer")
_ALONG_Z = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0.0]]).T
_IN_MIRROR = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0.0]])
# Molecule, group, centre, turn: on inversion centres, axes, mirrors and where they meet.
SPECIAL = {
    "naphthalene": [
        (2, (0.5, 0, 0.5), None),
        (14, (0, 0, 0), None),
        (61, (0, 0, 0), None),
        (15, (0.25, 0.25, 0), None),
        (12, (0, 0, 0), _ALONG_Z),
        (47, (0, 0, 0), np.eye(3)),
        (19, None, None),
    ],
    "syn-BDT": [
        (15, (0, 0.1, 0.25), np.eye(3)),
        (5, (0, 0.3, 0), np.eye(3)),
        (26, (0, 0.2, 0.3), _IN_MIRROR),
        (33, None, None),
    ],
}


def special_crystal(molecule, number, centre, turn):
    crystal = Crystal(molecule, number, 3, centre=centre, turn=turn)
    if turn is not None:
        # Exactly on the element, whatever digits the geometry has.
        crystal.fractional = crystal.fractional + np.asarray(centre) - crystal.fractional.mean(axis=0)
    return crystal


def independent_rows(crystal):
    """The first copy of every atom, found by comparing all pairs."""
    kept, operations = [], (crystal.rotations, crystal.translations)
    for i, point in enumerate(crystal.fractional):
        images = [rotation @ point + shift for rotation, shift in zip(*operations, strict=True)]
        apart = [image - crystal.fractional[j] for image in images for j in kept]
        if not any(np.linalg.norm((one - np.rint(one)) @ crystal.matrix) < 0.1 for one in apart):
            kept.append(i)
    return kept


def assert_same(first, second):
    for name in SAME:
        assert getattr(first, name).tolist() == getattr(second, name).tolist(), name
    assert np.abs(first.density - second.density).max() < 1e-7
    assert np.abs(first.cell - second.cell).max() < 1e-7
    for i in range(len(first)):
        assert same_atoms(atoms_of(first, i), atoms_of(second, i), cell_matrix(first.cell[i]), 1e-4)


@pytest.fixture(scope="module", params=SPECIAL)
def special(request, molecules_folder, tmp_path_factory):
    """A landscape of one molecule on special positions, and the folder that it was exported to."""
    folder = tmp_path_factory.mktemp("special")
    molecule, texts = load(molecules_folder, request.param), {}
    for i, (number, centre, turn) in enumerate(SPECIAL[request.param]):
        crystal = special_crystal(molecule, number, centre, turn)
        texts[f"s{number}"] = res_text(f"s{number}", -90.125 + 0.3 * i, crystal, independent_rows(crystal))
    landscape = of_texts(folder / "sources.zip", texts)
    assert (landscape.z_prime < 1).sum() == len(texts) - 1
    done = exported(folder / "deposit", landscape)
    assert done.notes == []
    return landscape, folder / "deposit"


def test_molecules_on_special_positions_come_back(special):
    landscape, folder = special
    back = build(folder / "structures.zip")
    assert_same(landscape, back)
    # Atom for atom in the reference's order, not as a set only.
    assert back.atomic_number.tolist() == landscape.atomic_number.tolist()


def test_gemmi_unfolds_every_atom_once(special):
    landscape, folder = special
    for i, (name, text) in enumerate(cifs(folder).items()):
        found, number, block = gemmi_atoms(text)
        assert (name, number) == (landscape.id[i], landscape.space_group[i])
        assert len(block.find_loop("_space_group_symop_operation_xyz")) == len(
            gemmi.find_spacegroup_by_number(number).operations()
        )
        assert same_atoms(found, atoms_of(landscape, i), cell_matrix(landscape.cell[i]), 1e-3)


def test_ase_unfolds_every_atom_once(special):
    landscape, folder = special
    for i, text in enumerate(cifs(folder).values()):
        (atoms,) = ase_atoms(text, "cif")
        found = list(zip(atoms.numbers.tolist(), atoms.get_scaled_positions(), strict=True))
        assert same_atoms(found, atoms_of(landscape, i), cell_matrix(landscape.cell[i]), 1e-3)


def test_any_cell_is_the_same_for_gemmi_and_ase(random_cells, deposit):
    texts = cifs(deposit)
    assert list(texts) == random_cells.id.tolist()
    for i, text in enumerate(texts.values()):
        matrix = cell_matrix(random_cells.cell[i])
        found, number, _ = gemmi_atoms(text)
        assert number == random_cells.space_group[i]
        assert same_atoms(found, atoms_of(random_cells, i), matrix, 1e-5)
        (atoms,) = ase_atoms(text, "cif")
        found = list(zip(atoms.numbers.tolist(), atoms.get_scaled_positions(), strict=True))
        assert same_atoms(found, atoms_of(random_cells, i), matrix, 1e-5)


def test_tags_of_the_dictionary(random_cells, deposit):
    for i, text in enumerate(cifs(deposit).values()):
        block = gemmi.cif.read_string(text).sole_block()
        told = {item.pair[0]: gemmi.cif.as_string(item.pair[1]) for item in block if item.pair is not None}
        assert told["_exptl.method"] == "theoretical model"
        assert told["_theoretical_structure.rank"] == str(i + 1)
        assert float(told["_theoretical_structure.absolute_lattice_energy"]) == random_cells.lattice_energy[i]
        assert float(told["_theoretical_structure.relative_lattice_energy"]) == random_cells.relative_energy[i]
        assert float(told["_theoretical_structure.calculated_density"]) == pytest.approx(
            1000 * random_cells.density[i], abs=1e-4
        )
        assert told["_csp.data_block_class"] == "Theoretical Structure"
        assert told["_csp.data_block_description"] == random_cells.id[i]
        assert int(told["_cell_formula_units_Z"]) == len(random_cells.operations(i)[0])
        assert max(map(len, text.splitlines())) <= 80


def test_a_duplicate_names_the_crystal_that_it_repeats(random_cells, tmp_path):
    repeats = np.array([""] * len(random_cells), dtype=object)
    repeats[3] = random_cells.id[1]
    exported(tmp_path / "d", dataclasses.replace(random_cells, duplicate_of=repeats))
    blocks = [gemmi.cif.read_string(text).sole_block() for text in cifs(tmp_path / "d").values()]
    tag = "_theoretical_structure.cluster_centre_id"
    assert blocks[3].find_value(tag) == blocks[1].find_value("_csp.data_block_id")
    assert [block.find_value(tag) is not None for block in blocks].count(True) == 1
    assert len({block.find_value("_csp.data_block_id") for block in blocks}) == len(blocks)
    rows = rows_of(tmp_path / "d")
    assert (rows[3]["duplicate_of"], rows[1]["duplicate_of"]) == (random_cells.id[1], "")
    assert rows[3]["split"] == rows[1]["split"]


def test_frames_are_whole_cells_in_space(random_cells, deposit):
    frames = ase_atoms((deposit / "structures.xyz").read_text(), "extxyz")
    assert [frame.info["id"] for frame in frames] == random_cells.id.tolist()
    parts = [row["split"] for row in rows_of(deposit)]
    for i, frame in enumerate(frames):
        matrix = cell_matrix(random_cells.cell[i])
        assert np.allclose(frame.cell.array, matrix, atol=1e-6)
        found = list(zip(frame.numbers.tolist(), frame.positions @ np.linalg.inv(matrix), strict=True))
        assert same_atoms(found, atoms_of(random_cells, i), matrix, 1e-5)
        assert frame.info["lattice_energy"] == random_cells.lattice_energy[i]
        assert frame.info["relative_energy"] == random_cells.relative_energy[i]
        assert frame.info["split"] == parts[i]
        assert frame.info["energy_unit"] == "kJ/mol"
        assert frame.pbc.all()


def test_the_frames_are_read_back_too(special):
    landscape, folder = special
    back = build(folder / "structures.xyz")
    assert back.id.tolist() == landscape.id.tolist()
    assert back.lattice_energy.tolist() == landscape.lattice_energy.tolist()
    # Complete cells show all symmetry that there is: a molecule flat in a mirror plane has more than its file stated.
    assert ((back.space_group == landscape.space_group) | (landscape.space_group == 26)).all()
    for i in range(len(back)):
        assert same_atoms(atoms_of(back, i), atoms_of(landscape, i), cell_matrix(landscape.cell[i]), 2e-3)


def test_the_table_holds_what_the_landscape_holds(random_cells, deposit):
    rows = rows_of(deposit)
    assert [row["id"] for row in rows] == random_cells.id.tolist()
    assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
    for name in ("lattice_energy", "relative_energy", "density", "space_group", "z_prime", "conformer"):
        assert np.allclose([float(row[name]) for row in rows], getattr(random_cells, name), rtol=1e-11, atol=0), name
    for j, name in enumerate(("a", "b", "c", "alpha", "beta", "gamma")):
        assert np.allclose([float(row[name]) for row in rows], random_cells.cell[:, j], rtol=1e-11)
    volumes = [abs(np.linalg.det(cell_matrix(cell))) for cell in random_cells.cell]
    z = [len(random_cells.operations(i)[0]) for i in range(len(rows))]
    assert [int(row["z"]) for row in rows] == z
    assert np.allclose([float(row["volume_per_molecule"]) for row in rows], np.divide(volumes, z))


def test_the_symmetry_that_was_stated_is_written_and_not_a_higher_one(molecules_folder, tmp_path):
    # A crystal of Pmmm whose file says P-1: half a molecule, two operations; and P1, the whole of it.
    crystal = special_crystal(load(molecules_folder, "naphthalene"), 47, (0, 0, 0), np.eye(3))
    low = space_groups.operations(2)
    crystal.rotations, crystal.translations = low
    half = independent_rows(crystal)
    assert len(half) == 9
    texts = {"p-1": res_text("p-1", -50.5, crystal, half, low)}
    landscape = of_texts(tmp_path / "s.zip", texts)
    assert (landscape.space_group.tolist(), landscape.z_prime.tolist()) == ([2], [0.5])
    assert exported(tmp_path / "d", landscape).notes == []
    (text,) = cifs(tmp_path / "d").values()
    assert gemmi_atoms(text)[1] == 2
    assert_same(landscape, build(tmp_path / "d/structures.zip"))


@pytest.mark.parametrize("number", [2, 14])
def test_a_molecule_on_a_centre_beside_one_that_is_not(molecules_folder, tmp_path, number):
    molecule = load(molecules_folder, "naphthalene")
    centred = Crystal(molecule, number, 3, edge=17.0, centre=(0, 0, 0))
    half = independent_rows(centred)
    free = Crystal(molecule, number, 3, edge=17.0, centre=(0.5, 0.25, 0.25))
    places = np.concatenate([centred.fractional[half], free.fractional])
    symbols = [*(centred.symbols[i] for i in half), *free.symbols]
    text = format_res("a", -70.25, 1.0, centred.cell, number, symbols, places)
    landscape = of_texts(tmp_path / "s.zip", {"a": text})
    assert landscape.z_prime.tolist() == [1.5]
    assert len(landscape.fractional) == 3 * len(molecule.symbols)
    assert exported(tmp_path / "d", landscape).notes == []
    (text,) = cifs(tmp_path / "d").values()
    found, group, block = gemmi_atoms(text)
    assert (group, block.find_value("_cell_formula_units_Z")) == (number, str({2: 3, 14: 6}[number]))
    assert len(block.find_loop("_atom_site_label")) == len(symbols)
    assert same_atoms(found, atoms_of(landscape, 0), centred.matrix, 1e-4)
    assert_same(landscape, build(tmp_path / "d/structures.zip"))


def test_atoms_that_show_no_such_group_are_written_as_a_complete_cell(molecules_folder, tmp_path):
    crystal = special_crystal(load(molecules_folder, "naphthalene"), 14, (0, 0, 0), None)
    texts = {"a": res_text("a", -50.5, crystal, independent_rows(crystal))}
    landscape = of_texts(tmp_path / "s.zip", texts)
    # Of a damaged file: one atom is not where symmetry wants it.
    spoilt = landscape.fractional.copy()
    spoilt[0] += 0.05
    spoilt = dataclasses.replace(landscape, fractional=spoilt)
    (note,) = exported(tmp_path / "d", spoilt).notes
    assert "complete cell in P 1" in note
    assert "complete cell in P 1" in (tmp_path / "d/README.txt").read_text().replace("\n", " ")
    (text,) = cifs(tmp_path / "d").values()
    found, number, _ = gemmi_atoms(text)
    assert number == 1
    assert same_atoms(found, atoms_of(spoilt, 0), crystal.matrix, 1e-4)


@pytest.mark.parametrize("shift", [0.0, 3e-4, 0.02])
def test_a_molecule_that_is_not_quite_on_its_centre_is_put_there(molecules_folder, shift):
    crystal = special_crystal(load(molecules_folder, "naphthalene"), 14, (0, 0, 0), None)
    rng = np.random.default_rng(1)
    noise = rng.normal(size=crystal.fractional.shape)
    noise *= shift / np.linalg.norm(noise @ crystal.matrix, axis=1).max()
    numbers = np.array([gemmi.Element(symbol).atomic_number for symbol in crystal.symbols])
    found = asymmetric_unit(
        14, 4, numbers, crystal.fractional + noise, crystal.cell, crystal.rotations[:2], crystal.translations[:2]
    )
    assert len(found.rotations) == 4
    assert space_groups.number_from_operations(found.rotations, found.translations) == 14
    assert len(found.atoms) == 9
    assert found.translations.tolist() == (np.rint(found.translations * 2) / 2).tolist()
    apart = (found.fractional - crystal.fractional[found.atoms]) @ crystal.matrix
    assert np.linalg.norm(apart, axis=1).max() <= shift + 1e-9


def test_the_settings_that_are_written_bring_the_same_landscape(molecules_folder, tmp_path, capsys):
    from crystalspan.cli import main
    from crystalspan.landscape.file import read_landscape, write_landscape

    crystals = {f"c{seed}": Crystal(load(molecules_folder, "naphthalene"), 14, seed, edge=16.0) for seed in (1, 2)}
    texts = {name: res_text(name, -60.0 - i, one) for i, (name, one) in enumerate(crystals.items())}
    texts["again"] = res_text("again", -60.9, crystals["c2"])
    of_texts(tmp_path / "source.zip", texts)
    checks = {"landscape": {**LENIENT, "duplicates": {"method": "overlay"}, "energy_basis": "molecule"}}
    command = ["landscape", tmp_path / "source.zip", "--molecule", "naphthalene", "-o", tmp_path / "l.h5"]
    import json

    main([*map(str, command), "--settings", json.dumps(checks)])
    landscape = read_landscape(tmp_path / "l.h5")
    assert landscape.duplicate_of.tolist().count("") == 2
    main(["export", str(tmp_path / "l.h5"), "-o", str(tmp_path / "d")])
    said = (tmp_path / "d/README.txt").read_text().partition("python -m crystalspan ")[2]
    words = said.replace("\\\n", " ").split()
    words = [str(tmp_path / "d" / word) if "." in word else word for word in words]
    main(words)
    back = read_landscape(tmp_path / "d/landscape.h5")
    assert_same(landscape, back)
    assert back.duplicate_of.tolist() == landscape.duplicate_of.tolist()
    write_landscape(tmp_path / "again.h5", back)


def test_published_landscapes_come_back_bit_by_bit(shared, tmp_path):
    for name in ("1.AnthraceneA_MOLPAK.zip", "flexible/1.CaffeineA_CrystOpt.zip", "1.NaphthaleneA_DMA.zip"):
        landscape = build(shared / "landscapes" / name, duplicates={"method": "overlay"})
        assert exported(tmp_path / name, landscape).notes == []
        back = build(tmp_path / name / "structures.zip", duplicates={"method": "overlay"})
        for key in (*SAME, "density", "cell", "fractional", "atomic_number", "molecule", "duplicate_of", "rotation"):
            assert np.array_equal(getattr(back, key), getattr(landscape, key)), (name, key)
