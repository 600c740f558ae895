"""Degrees of freedom against the study's Table 2 and by counting parameters another way."""

import gemmi
import numpy as np
import pytest
import spglib
from scipy.spatial.transform import Rotation

from crystalspan import cli
from crystalspan.cli import main
from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.molecules import read_molecule
from crystalspan.crystallography.space_groups import operations
from crystalspan.errors import InputError
from crystalspan.freedom.sites import special_sites
from crystalspan.freedom.space_groups import degrees_of_freedom
from crystalspan.published.bdt_2021 import printed_degrees_of_freedom


def test_the_studys_table_2_ten_of_ten():
    table = printed_degrees_of_freedom()
    assert len(table) == 10
    ours = [degrees_of_freedom(str(group)).total for group in table.space_group]
    assert ours == table.degrees_of_freedom.tolist()


@pytest.mark.parametrize(
    ("group", "options", "expected"),
    [
        ("P1", {}, 9),
        ("Pc", {}, 8),
        ("P-1", {"sites": ["-1"]}, 9),
        ("P21/c", {"sites": ["-1"]}, 7),
        ("C2/c", {"sites": ["-1"]}, 7),
        ("Pbca", {"sites": ["-1"]}, 6),
        ("P21/c", {"zprime": 2}, 16),
        ("P21/c", {"zprime": 1, "sites": ["-1", "-1"]}, 10),
        ("C2/c", {"sites": ["2"]}, 6),
        ("P21/c", {"shape": "linear"}, 9),
        ("P21/c", {"shape": "atom"}, 7),
        ("Pa-3", {"sites": ["-3"], "shape": "atom"}, 1),
        ("P-1", {"sites": ["-1"], "shape": "linear"}, 8),
        ("P21/c", {"torsions": 3}, 13),
        ("P21", {"zprime": 2, "torsions": 1}, 17),
    ],
)
def test_known_values(group, options, expected):
    assert degrees_of_freedom(group, **options).total == expected


@pytest.mark.parametrize("number", range(1, 231))
def test_cell_and_origin_of_every_group_by_linear_algebra(number):
    """Free metric = fixed space of G -> R^T G R, free origin = fixed space of R: ranks, not characters."""
    rotations = operations(number)[0].astype(float)
    metric = sum(np.kron(r.T, r.T) for r in rotations) / len(rotations)
    transpose = np.eye(9).reshape(3, 3, 9).transpose(1, 0, 2).reshape(9, 9)
    symmetric = metric @ (np.eye(9) + transpose) / 2
    found = degrees_of_freedom(number)
    assert found.cell == np.linalg.matrix_rank(symmetric, tol=1e-9)
    assert found.origin == np.linalg.matrix_rank(rotations.mean(axis=0), tol=1e-9)
    assert (found.translations, found.rotations) == ((3,), (3,))


@pytest.mark.parametrize("number", [2, 14, 15, 33, 61, 62, 139, 148, 167, 194, 205, 227])
def test_sites_are_those_that_spglib_finds_for_atoms_on_grid_points(number):
    """Site symmetries of the orbits of single points, by an independent library."""
    rotations, translations = operations(number)
    found = set()
    for point in (
        [0, 0, 0],
        [0.5, 0.5, 0.5],
        [0, 0, 0.25],
        [0.125, 0.125, 0.125],
        [0, 0, 0.0417],
        [0.25, 0.25, 0.25],
    ):
        orbit = (np.array([0.3371, 0.1113, 0.2297]) @ rotations.transpose(0, 2, 1) + translations) % 1
        special = (np.asarray(point) @ rotations.transpose(0, 2, 1) + translations) % 1
        special = np.unique(np.round(special, 6) % 1, axis=0)
        cell = _cell_of(number)
        positions = np.concatenate([special, orbit])
        dataset = spglib.get_symmetry_dataset((cell, positions, [1] * len(special) + [2] * len(orbit)), symprec=1e-4)
        assert dataset.number == number
        found.add(dataset.site_symmetry_symbols[0].replace(".", ""))
    known = {"".join(sorted(site)) for site in special_sites(number)}
    for site in found:
        assert "".join(sorted(site)) in known or _generic(site) in special_sites(number), (
            site,
            list(special_sites(number)),
        )


def _generic(site):
    """Spell an oriented symbol such as 2mm or -4m2 as the crystal class."""
    names = {
        "2mm": "mm2",
        "m2m": "mm2",
        "-4m2": "-42m",
        "-3m": "-3m",
        "m2mm": "mmm",
        "2m": "2/m",
        "m2": "-62m",
    }
    names |= {"m2/m": "2/m", "2/m2/m": "mmm", "-6m2": "-62m", "4/mmm": "4/mmm", "222": "222", "22": "222"}
    return names.get(site, site)


def _cell_of(number):
    group = gemmi.find_spacegroup_by_number(number)
    system = group.crystal_system_str()
    a, b, c = 1.0, 1.13, 1.31
    if system == "triclinic":
        return np.array([[a, 0, 0], [0.1, b, 0], [0.2, 0.15, c]])
    if system == "monoclinic":
        return np.array([[a, 0, 0], [0, b, 0], [0.2, 0, c]])
    if system in ("trigonal", "hexagonal"):
        return np.array([[a, 0, 0], [-a / 2, a * np.sqrt(3) / 2, 0], [0, 0, c]])
    lengths = {"orthorhombic": (a, b, c), "tetragonal": (a, a, c), "cubic": (a, a, a)}[system]
    return np.diag(lengths)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((999,), "space group"),
        (("P21/z",), "space group"),
        (("P21/c", 0.5), "special positions"),
        (("P21/c", None, ["2"]), "it has 1, -1"),
        (("P21/c", 1, ["-1"]), "Z' = 0.5"),
        (("P21/c", 1, None, -1), "torsions"),
        (("P21/c", 1, None, 0, "bent"), "shape"),
        (("C2/c", None, ["2"], 0, "linear"), "direction"),
    ],
)
def test_impossible_requests_are_refused(arguments, message):
    with pytest.raises(InputError, match=message.replace("'", ".")):
        degrees_of_freedom(*arguments)


def test_the_command_shows_the_parts(capsys):
    cli.main(["dof", "P21/c", "--site=-1"])
    text = capsys.readouterr().out
    assert "7 degrees of freedom" in text
    assert "0 translations + 3 rotations, site symmetry -1" in text


def _cif(molecule, kept, space_group, path):
    """A crystal file without an energy, as a diffraction experiment gives it."""
    cell = np.array([12.0, 11.0, 13.0, 90, 115, 90])
    # Turned, or the molecule's own symmetry would be that of the crystal.
    turned = (molecule.positions - molecule.positions.mean(axis=0)) @ Rotation.from_rotvec([0.4, 0.7, 0.3]).as_matrix()
    fractional = turned @ np.linalg.inv(cell_matrix(cell))
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = ["data_measured", *(f"_cell_{name} {value}" for name, value in zip(names, cell, strict=True))]
    lines += [f"_symmetry_space_group_name_H-M '{space_group}'", "loop_", "_symmetry_equiv_pos_as_xyz"]
    lines += [f"'{op.triplet()}'" for op in gemmi.SpaceGroup(space_group).operations()]
    lines += ["loop_", *(f"_atom_site_{key}" for key in ("label", "type_symbol", "fract_x", "fract_y", "fract_z"))]
    for i in kept:
        place = " ".join(f"{x:.6f}" for x in fractional[i])
        lines.append(f"{molecule.symbols[i]}{i} {molecule.symbols[i]} {place}")
    path.write_text("\n".join(lines) + "\n")


def test_a_measured_crystal_on_inversion_centres(molecules_folder, tmp_path, capsys):
    """Naphthalene on the inversion centres of P21/c: half of the molecule listed, no energy in the file."""
    molecule = read_molecule(molecules_folder / "naphthalene.json")
    centred = molecule.positions - molecule.positions.mean(axis=0)
    images = np.linalg.norm(centred[:, None] + centred[None], axis=2).argmin(axis=1)
    half = [i for i in range(len(centred)) if i < images[i]]
    assert 2 * len(half) == len(centred)
    _cif(molecule, half, "P 1 21/c 1", tmp_path / "measured.cif")
    main(["dof", str(tmp_path / "measured.cif")])
    out = capsys.readouterr().out
    expected = degrees_of_freedom("P21/c", sites=["-1"]).total
    assert f"{expected} degrees of freedom in P21/c, Z' = 0.5 (site group of order 2)" in out
    assert "cell 4, translations 0, rotations 3" in out
