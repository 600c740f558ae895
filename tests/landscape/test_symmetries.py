"""Cells that are listed whole get their symmetry back; operations that contradict a cell are refused, with numbers."""

import warnings

import ase
import ase.db
import ase.io
import gemmi
import numpy as np
import pytest

from crystalspan.crystallography import cell as cells
from crystalspan.crystallography import space_groups
from crystalspan.crystallography.molecules import Molecule, read_molecule
from crystalspan.formats.res_writer import format_res
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults
from naive.landscape import Crystal, element_sorted, loose_crystal, shortest_contact

# Six atoms of six elements, chiral: whatever symmetry its crystals have is that of their space group.
CHIRAL = Molecule(
    "chiral",
    ("C", "Cl", "F", "O", "H", "N"),
    np.array([[0, 0, 0], [1.75, 0, 0], [-0.45, 1.25, 0], [-0.5, -0.6, 1.2], [-0.35, -0.5, -0.95], [2.4, 1.0, 0.9]]),
)
TABULATED = list(gemmi.spacegroup_table())


def landscape_of(source, **chosen):
    settings = CheckSettings.of_section(with_defaults({"voids": "accept", **chosen}, "landscape"))
    return build_landscape("m", [source], settings)


def of_operations(group):
    """Rotations, translations, cell edges and molecule of a crystal in one tabulated setting; no molecules touch."""
    standard = gemmi.find_spacegroup_by_number(group.number)
    change = standard.basisop * group.basisop.inverse()
    basis, shift = np.array(change.rot) / gemmi.Op.DEN, np.array(change.tran) / gemmi.Op.DEN
    rotations, translations = space_groups.operations(group.number)
    for seed in range(1000):
        crystal = Crystal(CHIRAL, group.number, seed, edge=max(9, 7 * len(rotations) ** (1 / 3)))
        if shortest_contact(crystal.fractional, crystal.matrix, rotations, translations) > 1.5:
            break
    matrix = cells.cell_matrix(cells.cell_parameters(basis.T @ crystal.matrix))
    listed = list(group.operations())
    rotations = np.array([op.rot for op in listed]) // gemmi.Op.DEN
    translations = np.array([op.tran for op in listed]) / gemmi.Op.DEN
    return rotations, translations, matrix, (crystal.fractional - shift) @ np.linalg.inv(basis).T


def cell_of(group, rng, times=(1, 1, 1)):
    """All atoms of a cell or of several, from another origin, in any order and anywhere along the lattice, with ASE."""
    rotations, translations, matrix, fractional = of_operations(group)
    copies = (np.einsum("mij,nj->mni", rotations, fractional) + translations[:, None]).reshape(-1, 3)
    copies = copies + rng.uniform(size=3) + rng.integers(-1, 2, size=copies.shape)
    atoms = ase.Atoms(list(CHIRAL.symbols) * len(rotations), scaled_positions=copies, cell=matrix, pbc=True)
    atoms = atoms.repeat(times)
    return atoms[rng.permutation(len(atoms))]


def as_res(atoms):
    positions = atoms.get_scaled_positions(wrap=False)
    identity = np.eye(3, dtype=np.int8)[None], np.zeros((1, 3))
    return format_res("x", -80.0, np.nan, atoms.cell.cellpar(), identity, atoms.get_chemical_symbols(), positions)


def written(folder, name, atoms):
    """The cell in every format that lists cells whole."""
    folder.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ase.io.write(folder / f"{name}-c.cif", atoms)
    atoms.info["lattice_energy"] = -80.0
    ase.io.write(folder / f"{name}-e.extxyz", atoms, format="extxyz")
    (folder / f"{name}-r.res").write_text(as_res(atoms))
    return folder


# Every lattice and every crystal system; the names are gemmi's.
SETTINGS = ["P -1", "P 1 21/n 1", "P 1 1 21/a", "C 1 2/c 1", "I 1 a 1", "P 21 21 21", "P c 21 n", "F d d 2", "P c a b",
            "P 41", "I 41/a:2", "P 43 21 2", "R 3:R", "R -3:H", "R -3 c:H", "P 61", "P 21 3", "P 1"]  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_a_cell_listed_whole_gets_its_symmetry_from_every_format(tmp_path, name):
    group = next(one for one in TABULATED if one.xhm() == name)
    rng = np.random.default_rng(group.number)
    folder = written(tmp_path / "cells", "one", cell_of(group, rng))
    (folder / "energies.csv").write_text("id,energy\none-c,-80\none-e,-80\none-r,-80\n")
    landscape, rejected, _ = landscape_of(folder, duplicates={"method": "none"})
    assert rejected == []
    assert landscape.space_group.tolist() == [group.number] * 3
    assert landscape.z_prime.tolist() == [1.0] * 3
    assert [len(landscape.operations(i)[0]) for i in range(3)] == [len(group.operations())] * 3
    _, _, matrix, _ = of_operations(group)
    density = cells.density(CHIRAL.mass * len(group.operations()), cells.volume(matrix))
    assert landscape.density == pytest.approx(float(density), rel=1e-4)


@pytest.mark.parametrize(
    ("name", "times"),
    [("P 1 21/c 1", (2, 1, 1)), ("P 41", (2, 1, 1)), ("P 41", (2, 2, 1)), ("R -3:H", (1, 2, 1)), ("P 21 3", (1, 1, 2))],
)
def test_a_cell_of_several_others_hides_no_symmetry(tmp_path, name, times):
    group = next(one for one in TABULATED if one.xhm() == name)
    atoms = cell_of(group, np.random.default_rng(1), times)
    atoms.info["energy"] = -0.8 * np.prod(times) * len(group.operations())
    ase.io.write(tmp_path / "x.extxyz", atoms, format="extxyz")
    landscape, rejected, _ = landscape_of(tmp_path / "x.extxyz")
    assert rejected == []
    assert landscape.space_group.tolist() == [group.number]
    assert landscape.z_prime.tolist() == [1.0]
    # An energy of the cell is that of all its molecules, however many are kept.
    assert landscape.lattice_energy == pytest.approx(-0.8 * 96.485332, rel=1e-6)


@pytest.fixture(scope="module")
def molecule(repository):
    return element_sorted(read_molecule(repository / "config" / "molecules" / "anti-BDT.json"))


def test_a_search_in_p1_keeps_its_group(tmp_path, molecule):
    """A centrosymmetric molecule alone is always P-1, and would never be found in the group that was searched."""
    crystal = loose_crystal(molecule, 1, 0)
    text = format_res("m-QR-1-7-3", -80, crystal.density, crystal.cell, 1, crystal.symbols, crystal.fractional)
    (tmp_path / "a.res").write_text(text)
    landscape, _, _ = landscape_of(tmp_path / "a.res")
    assert landscape.space_group.tolist() == [1]
    (tmp_path / "a.res").write_text(text.replace("m-QR-1-7-3", "anything"))
    landscape, _, _ = landscape_of(tmp_path / "a.res")
    assert (landscape.space_group.tolist(), landscape.z_prime.tolist()) == ([2], [0.5])


@pytest.mark.parametrize(
    ("cell", "number", "operation", "moved"),
    [
        # Unique axis b, and the cell's is c.
        ("9.2 7.5 12.0 90 90 99.8", 14, "-X,Y+1/2,-Z+1/2", "9.2 7.5 12 90 90 80.2"),
        # Orthorhombic operations on a monoclinic cell.
        ("9.2 7.5 12.0 90 99.8 90", 19, "", "9.2 7.5 12 90 80.2 90"),
        # Two edges of a tetragonal cell.
        ("9.2 9.6 12.0 90 90 90", 76, "", "9.6 9.2 12 90 90 90"),
        # An obverse R lattice on rhombohedral axes.
        ("9.2 9.2 9.2 75 75 75", 148, "", ""),
    ],
)
def test_operations_that_contradict_the_cell_are_refused_with_the_numbers(tmp_path, cell, number, operation, moved):
    values = [float(word) for word in cell.split()]
    fractional = CHIRAL.positions @ np.linalg.inv(cells.cell_matrix(values)) + 0.2
    text = format_res("x", -80.0, np.nan, values, number, CHIRAL.symbols, fractional)
    (tmp_path / "a.res").write_text(text)
    good = loose_crystal(CHIRAL, 14, 0)
    (tmp_path / "b.res").write_text(format_res("good", -80.0, np.nan, good.cell, 14, good.symbols, good.fractional))
    landscape, (row,), _ = landscape_of(tmp_path)
    assert landscape.id.tolist() == ["good"]
    stated = " ".join(f"{value:g}" for value in values)
    assert row.reason.startswith("its operations contradict its cell: ")
    assert f"{operation} takes the cell {stated} to {moved}" in row.reason
    assert "setting" in row.remedy


def test_cells_that_were_relaxed_without_symmetry_stay(tmp_path):
    """Real landscapes hold monoclinic cells whose right angles are some tenths of a degree off."""
    crystal = loose_crystal(CHIRAL, 14, 0)
    crystal.cell[[3, 5]] = 89.5, 90.3
    text = format_res("x", -80.0, np.nan, crystal.cell, 14, crystal.symbols, crystal.fractional)
    (tmp_path / "a.res").write_text(text)
    landscape, rejected, _ = landscape_of(tmp_path / "a.res", distance_tolerance=0.5)
    assert (len(landscape), rejected) == (1, [])


def test_rhombohedral_groups_are_called_as_they_are(tmp_path):
    names = {number: space_groups.symbol(number) for number in (146, 148, 155, 160, 161, 166, 167)}
    assert list(names.values()) == ["R3", "R-3", "R32", "R3m", "R3c", "R-3m", "R-3c"]
    assert all(space_groups.number_from_symbol(name) == number for number, name in names.items())
    assert space_groups.symbol(14) == "P21/c"
    assert space_groups.number_from_symbol("H-3") == 148


@pytest.mark.parametrize(
    ("number", "share", "accepted"), [(148, 1, True), (148, 3, True), (148, 2, False), (143, 3, False), (15, 2, False)]
)
def test_a_third_of_the_density_of_an_r_lattice_is_said_and_not_held_against_it(tmp_path, number, share, accepted):
    crystal = loose_crystal(CHIRAL, number, 0)
    good = loose_crystal(CHIRAL, 14, 0)
    for name, one, density in (("x", crystal, crystal.density / share), ("good", good, good.density)):
        text = format_res(name, -80.0, density, one.cell, one.number, one.symbols, one.fractional)
        (tmp_path / f"{name}.res").write_text(text)
    landscape, rejected, account = landscape_of(tmp_path, density_tolerance=0.001)
    assert ("x" in landscape.id) is accepted
    assert len(rejected) == (not accepted)
    assert any("a third of their density" in note for note in account.notes) is (accepted and share == 3)


@pytest.mark.parametrize("kind", ["res", "cif", "extxyz", "extxyz masses", "db", "json"])
@pytest.mark.parametrize("isotope", ["D", "T"])
def test_heavy_hydrogen_weighs_what_it_weighs(tmp_path, kind, isotope):
    """The same crystal, with one hydrogen atom of each molecule exchanged: same group, other density."""
    rng = np.random.default_rng(0)
    group = next(one for one in TABULATED if one.xhm() == "P 1 21/c 1")
    atoms = cell_of(group, rng)
    atoms.info["lattice_energy"] = -80.0
    mass = {"D": 2.014101778, "T": 3.016049281}[isotope]
    path = tmp_path / f"x.{kind.partition(' ')[0]}"
    if kind == "res":
        text = as_res(atoms).replace("SFAC C H", f"SFAC C {isotope}")
        path.write_text(text)
    elif kind == "cif":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ase.io.write(path, atoms)
        lines = path.read_text().splitlines()
        lines = [line.replace(" H ", f" {isotope} ") if line.split()[:1] == ["H"] else line for line in lines]
        lines = [line.replace("_cell_length_a", "_csp_lattice_energy -80\n_cell_length_a") for line in lines]
        path.write_text("\n".join(lines).replace("\n  H ", f"\n  {isotope} ") + "\n")
    elif kind == "extxyz":
        ase.io.write(path, atoms, format="extxyz")
        path.write_text(path.read_text().replace("\nH ", f"\n{isotope} "))
    else:
        atoms.set_masses([mass if symbol == "H" else None for symbol in atoms.get_chemical_symbols()])
        if kind == "extxyz masses":
            ase.io.write(path, atoms, format="extxyz")
        else:
            with ase.db.connect(path) as database:
                database.write(atoms, lattice_energy=-80.0)
    landscape, rejected, _ = landscape_of(path)
    assert rejected == []
    assert landscape.space_group.tolist() == [14]
    assert sorted(landscape.reference_atomic_number) == [1, 6, 7, 8, 9, 17]
    _, _, matrix, _ = of_operations(group)
    heavy = CHIRAL.mass + mass - gemmi.Element(1).weight
    assert landscape.density == pytest.approx([float(cells.density(4 * heavy, cells.volume(matrix)))], rel=1e-5)


def test_isotopes_in_different_places_are_no_symmetry(tmp_path):
    group = next(one for one in TABULATED if one.xhm() == "P 1 21/c 1")
    atoms = cell_of(group, np.random.default_rng(0))
    atoms.info["lattice_energy"] = -80.0
    masses = atoms.get_masses()
    masses[np.flatnonzero(atoms.numbers == 1)[0]] = 2.014
    atoms.set_masses(masses)
    ase.io.write(tmp_path / "x.extxyz", atoms, format="extxyz")
    landscape, rejected, _ = landscape_of(tmp_path / "x.extxyz")
    assert rejected == []
    assert (landscape.space_group.tolist(), landscape.z_prime.tolist()) == ([1], [4.0])


def test_links_that_lead_elsewhere_are_named(tmp_path, capsys):
    from crystalspan.errors import InputError

    crystal = loose_crystal(CHIRAL, 14, 0)
    folder, away = tmp_path / "in", tmp_path / "away"
    folder.mkdir()
    away.mkdir()
    for k in range(4):
        text = format_res(f"x{k}", -80.0, np.nan, crystal.cell, 14, crystal.symbols, crystal.fractional)
        (away / f"x{k}.res").write_text(text)
        (folder / f"x{k}.res").symlink_to(away / f"x{k}.res")
    with pytest.raises(InputError) as refused:
        landscape_of(folder)
    assert f"4 links that lead out of the folder: x0.res (to {away}/x0.res)" in str(refused.value)
    assert "links lead" in refused.value.remedy
    (folder / "good.res").write_text((away / "x0.res").read_text())
    _, _, account = landscape_of(folder)
    (what,) = account.passed_over
    assert what.startswith("links that lead out of the folder: x0.res (to ")
    assert what.endswith(", ...")
    assert account.passed_over[what] == 4
    # A folder that is itself a link is what was asked for.
    (tmp_path / "link").symlink_to(away)
    landscape, _, _ = landscape_of(tmp_path / "link", duplicates={"method": "none"})
    assert len(landscape) == 4
