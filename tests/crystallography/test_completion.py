import gemmi
import numpy as np
import pytest

from crystalspan.crystallography import space_groups
from crystalspan.crystallography.completion import whole_molecules
from crystalspan.errors import InputError
from naive.landscape import Crystal, cell_atoms, load, random_rotation, same_atoms

ALONG = {
    "x": np.eye(3),
    "y": np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0.0]]),
    "z": np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0.0]]),
}


def independent_part(crystal):
    """The first copy of every atom under the space group: what a file with Z' < 1 lists."""
    kept = []
    for i, point in enumerate(crystal.fractional):
        for j in kept:
            images = crystal.fractional[j] @ crystal.rotations.transpose(0, 2, 1) + crystal.translations
            apart = images - point
            if (np.linalg.norm((apart - np.rint(apart)) @ crystal.matrix, axis=1) < 0.1).any():
                break
        else:
            kept.append(i)
    return kept


def numbers_of(symbols):
    return np.array([gemmi.Element(symbol).atomic_number for symbol in symbols])


# All lie in their xy plane. anti-BDT and naphthalene have an inversion centre, naphthalene three axes;
# syn-BDT has one, along y, with atoms on it.
SPECIAL = [
    ("anti-BDT", 14, (0, 0, 0), None, 2),
    ("naphthalene", 2, (0.5, 0, 0.5), None, 2),
    ("naphthalene", 61, (0, 0, 0), None, 2),
    ("anti-BDT", 15, (0.25, 0.25, 0), None, 2),
    ("syn-BDT", 15, (0, 0.1, 0.25), np.eye(3), 2),
    ("syn-BDT", 5, (0, 0.3, 0), np.eye(3), 2),
    ("naphthalene", 12, (0, 0, 0), ALONG["z"].T, 4),
    ("naphthalene", 47, (0, 0, 0), np.eye(3), 8),
    ("syn-BDT", 26, (0, 0.2, 0.3), np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0.0]]), 2),
]


@pytest.mark.parametrize(("name", "number", "centre", "turn", "order"), SPECIAL)
def test_a_molecule_on_a_special_position_is_completed(molecules_folder, name, number, centre, turn, order):
    crystal = Crystal(load(molecules_folder, name), number, 3, centre=centre, turn=turn)
    if turn is not None:
        # Exactly on the element, whatever digits the geometry has.
        crystal.fractional = crystal.fractional + np.asarray(centre) - crystal.fractional.mean(axis=0)
    part = independent_part(crystal)
    flat_on_a_mirror = number == 26
    assert (len(part) == len(crystal.symbols)) == flat_on_a_mirror
    numbers = numbers_of(crystal.symbols)
    found = whole_molecules(
        numbers[part], crystal.fractional[part], crystal.cell, crystal.rotations, crystal.translations
    )
    (whole,) = found.molecules
    assert whole.site_symmetry == order
    assert found.z_prime == 1 / order
    assert found.listed == ((0, 0),)
    assert len(whole.atom) == len(crystal.symbols)
    assert len(found.representatives) * order == len(crystal.rotations)
    assert found.representatives[0] == 0
    expected = cell_atoms(
        crystal.fractional[part], numbers[part], crystal.matrix, crystal.rotations, crystal.translations
    )
    chosen = found.representatives
    listed = [
        (int(numbers[part][i]), point)
        for o in chosen
        for i, point in zip(
            whole.atom, whole.fractional @ crystal.rotations[o].T + crystal.translations[o], strict=True
        )
    ]
    assert same_atoms(listed, expected, crystal.matrix)
    # Listed atoms keep their place, or move by whole cells.
    moved = whole.fractional[: len(part)] - crystal.fractional[part][whole.atom[: len(part)]]
    assert np.abs(moved - np.rint(moved)).max() < 1e-12


def test_gemmi_counts_the_same_atoms_in_the_cell(molecules_folder):
    crystal = Crystal(load(molecules_folder, "syn-BDT"), 15, 3, centre=(0, 0.1, 0.25), turn=np.eye(3))
    part = independent_part(crystal)
    small = gemmi.SmallStructure()
    small.cell = gemmi.UnitCell(*crystal.cell)
    small.spacegroup = gemmi.SpaceGroup("C 1 2/c 1")
    for i in part:
        site = gemmi.SmallStructure.Site()
        site.label, site.type_symbol = f"A{i}", crystal.symbols[i]
        site.fract = gemmi.Fractional(*crystal.fractional[i])
        site.element = gemmi.Element(crystal.symbols[i])
        small.add_site(site)
    small.setup_cell_images()
    found = whole_molecules(
        numbers_of(crystal.symbols)[part],
        crystal.fractional[part],
        crystal.cell,
        crystal.rotations,
        crystal.translations,
    )
    assert len(small.get_all_unit_cell_sites()) == len(found.molecules[0].atom) * len(found.representatives)


def test_a_scattered_molecule_is_gathered(molecules_folder):
    crystal = Crystal(load(molecules_folder, "anti-BDT"), 14, 5)
    rng = np.random.default_rng(1)
    scattered = crystal.fractional + rng.integers(-2, 3, size=crystal.fractional.shape)
    for i in range(len(scattered)):
        o = rng.integers(4)
        scattered[i] = crystal.rotations[o] @ scattered[i] + crystal.translations[o]
    numbers = numbers_of(crystal.symbols)
    (whole,) = whole_molecules(numbers, scattered, crystal.cell, crystal.rotations, crystal.translations).molecules
    positions = whole.fractional @ crystal.matrix
    order = np.argsort(whole.atom)
    found = np.linalg.norm(positions[order][:, None] - positions[order], axis=-1)
    original = crystal.fractional @ crystal.matrix
    assert np.abs(found - np.linalg.norm(original[:, None] - original, axis=-1)).max() < 1e-9
    assert whole.site_symmetry == 1


def test_very_oblique_cells_are_no_trouble(molecules_folder):
    crystal = Crystal(load(molecules_folder, "anti-BDT"), 2, 5)
    # The same lattice, described by edges along long diagonals.
    change = np.array([[1, 3, 0], [0, 1, 2], [0, 0, 1]])
    inverse = np.linalg.inv(change)
    from crystalspan.crystallography.cell import cell_parameters

    oblique = cell_parameters(change @ crystal.matrix)
    fractional = crystal.fractional @ inverse
    fractional = fractional - np.floor(fractional)
    numbers = numbers_of(crystal.symbols)
    (whole,) = whole_molecules(numbers, fractional, oblique, crystal.rotations, crystal.translations).molecules
    assert len(whole.atom) == 18
    assert whole.site_symmetry == 1


def test_what_is_no_molecule_is_refused(molecules_folder):
    crystal = Crystal(load(molecules_folder, "anti-BDT"), 14, 5, edge=16)
    numbers = numbers_of(crystal.symbols)
    operations = crystal.rotations, crystal.translations
    with pytest.raises(InputError, match="closer than"):
        whole_molecules(np.tile(numbers, 2), np.concatenate([crystal.fractional] * 2), crystal.cell, *operations)
    chain = np.array([[x, 0, 0] for x in (0.0, 0.25, 0.5, 0.75)])
    with pytest.raises(InputError, match="without end"):
        whole_molecules([6] * 4, chain, [5.6, 9, 9, 90, 90, 90], np.eye(3)[None], np.zeros((1, 3)))


# Space group; for each molecule its name, centre and site group; Z'; how many molecules must be listed.
SEVERAL = [
    (1, [("anti-BDT", (0.1, 0.1, 0.1), "1"), ("anti-BDT", (0.6, 0.6, 0.6), "1")], 2, 2),
    (14, [("syn-BDT", (0.12, 0.1, 0.1), "1"), ("syn-BDT", (0.6, 0.62, 0.1), "1")], 2, 2),
    (2, [("anti-BDT", (0, 0, 0), "-1"), ("anti-BDT", (0.3, 0.4, 0.5), "1")], 1.5, 3),
    (2, [("anti-BDT", (0.3, 0.4, 0.5), "1"), ("anti-BDT", (0, 0, 0), "-1")], 1.5, 3),
    (14, [("anti-BDT", (0, 0, 0), "-1"), ("anti-BDT", (0.5, 0, 0), "-1")], 1, 2),
    (14, [("naphthalene", (0, 0, 0), "-1"), ("naphthalene", (0.5, 0.3, 0.2), "1")], 1.5, 3),
    (15, [("naphthalene", (0, 0, 0), "-1"), ("naphthalene", (0.5, 0.25, 0.25), "2")], 1, 2),
    (15, [("naphthalene", (0, 0, 0), "-1"), ("naphthalene", (0, 0.5, 0.25), "2")], 1, 2),
    (3, [("syn-BDT", (0, 0, 0), "2"), ("syn-BDT", (0.5, 0.5, 0.5), "2"), ("syn-BDT", (0.3, 0.5, 0), "1")], 2, 4),
    (16, [("naphthalene", (0, 0, 0), "222"), ("naphthalene", (0.27, 0.3, 0.28), "1")], 1.25, 5),
]


@pytest.mark.parametrize(("number", "places", "z_prime", "listed"), SEVERAL)
def test_several_independent_molecules_fill_the_cell_once(molecules_folder, number, places, z_prime, listed):
    molecules = [load(molecules_folder, name) for name, *_ in places]
    crystal = Crystal(molecules[0], number, 3, edge=26)
    points, numbers = [], []
    for molecule, (name, centre, group) in zip(molecules, places, strict=True):
        positions = molecule.positions - molecule.positions.mean(axis=0)
        if "2" not in group:
            positions = positions @ random_rotation(np.random.default_rng(1))
        elif (name, group) == ("naphthalene", "2"):
            positions = positions @ normal_along_b(positions)
        points.append(positions @ np.linalg.inv(crystal.matrix) + centre)
        numbers.append(numbers_of(molecule.symbols))
    crystal.fractional, numbers = np.concatenate(points), np.concatenate(numbers)
    part = independent_part(crystal)
    operations = crystal.rotations, crystal.translations
    found = whole_molecules(numbers[part], crystal.fractional[part], crystal.cell, *operations)
    assert found.z_prime == z_prime
    assert len(found.listed) == listed
    assert all((which, 0) in found.listed for which in range(len(places)))
    made = []
    for which, o in found.listed:
        molecule = found.molecules[which]
        for p in found.representatives:
            image = molecule.fractional @ crystal.rotations[o].T + crystal.translations[o]
            image = image @ crystal.rotations[p].T + crystal.translations[p]
            made += [(int(numbers[part][i]), point) for i, point in zip(molecule.atom, image, strict=True)]
    expected = cell_atoms(crystal.fractional[part], numbers[part], crystal.matrix, *operations)
    assert same_atoms(made, expected, crystal.matrix)


def normal_along_b(positions):
    """A rotation that brings a flat molecule's normal, about which naphthalene has a twofold axis, along y."""
    first, _, normal = np.linalg.svd(positions)[2]
    return np.array([first, normal, np.cross(first, normal)]).T


def test_site_groups_that_have_no_common_cosets_go_down_to_a_subgroup():
    # P222 with molecules on the three axes, two atoms each: the cosets of one axis do not serve the others.
    rotations, translations = space_groups.operations(16)
    cell = [20.0, 21, 22, 90, 90, 90]
    half = 0.5 * np.eye(3) / cell[:3]
    centres = np.array([[0.0, 0.3, 0.0], [0.0, 0, 0.3], [0.3, 0, 0.0]])
    # Bonds across each axis: perpendicular to it.
    bonds = half[[2, 0, 1]]
    points = centres + bonds
    found = whole_molecules([6] * 3, points, cell, rotations, translations)
    assert [molecule.site_symmetry for molecule in found.molecules] == [2, 2, 2]
    assert found.z_prime == 1.5
    made = []
    for which, o in found.listed:
        for p in found.representatives:
            image = found.molecules[which].fractional @ rotations[o].T + translations[o]
            made += [(6, point) for point in image @ rotations[p].T + translations[p]]
    expected = cell_atoms(points, [6] * 3, np.diag(cell[:3]), rotations, translations)
    assert len(expected) == 12
    assert same_atoms(made, expected, np.diag(cell[:3]))
