import itertools

import ase
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalspan.crystallography import cell, space_groups
from crystalspan.formats.records import RawStructure, Rejection, Settings, formula
from crystalspan.formats.res_reader import ResReader
from crystalspan.formats.res_writer import format_res
from crystalspan.landscape import _checks
from crystalspan.landscape.reference import make_reference
from naive.landscape import Crystal, load, random_cell, shortest_contact


def read_one(text):
    table = Settings()
    (found,) = ResReader(table).read(text, "f", "r", "d")
    return found, table


@pytest.mark.parametrize(("number", "seed"), [(n, s) for n in (1, 2, 14, 15, 61, 148) for s in (0, 1)])
def test_the_closest_contact_is_that_of_a_plain_search(molecules_folder, number, seed):
    crystal = Crystal(load(molecules_folder, "syn-BDT"), number, seed, edge=9.0)
    numbers = np.array([{"C": 6, "H": 1, "S": 16}[s] for s in crystal.symbols], dtype=np.uint8)
    contact, pair = np.ones(1), np.zeros((1, 3))
    table = Settings()
    table.add(crystal.rotations, crystal.translations)
    _checks.closest_contacts(
        crystal.fractional[None, None],
        numbers,
        crystal.matrix[None],
        cell.heights(crystal.matrix)[None],
        np.zeros(1, dtype=np.int64),
        *table.packed(),
        np.full((119, 119), 6.0),
        contact,
        pair,
    )
    expected = shortest_contact(crystal.fractional, crystal.matrix, crystal.rotations, crystal.translations)
    assert pair[0, 2] == pytest.approx(expected, abs=1e-9)
    assert contact[0] == pytest.approx(expected / 6, abs=1e-9)


def test_unwrapping_brings_a_torn_molecule_together(molecules_folder):
    molecule = load(molecules_folder, "anti-BDT")
    reference = make_reference(molecule.atomic_numbers.tobytes(), molecule.positions)
    rng = np.random.default_rng(0)
    crystals = [Crystal(molecule, number, 7, edge=9) for number in (1, 2, 14, 19)]
    torn = np.array([c.fractional + rng.integers(-3, 4, size=c.fractional.shape) for c in crystals])
    matrices = np.array([c.matrix for c in crystals])
    off = np.empty(4)
    _checks.unwrap_and_compare(
        torn, matrices, cell.heights(matrices), reference.order, reference.parent, reference.distances, off
    )
    assert off.max() < 1e-9
    for crystal, whole in zip(crystals, torn, strict=True):
        shift = whole - crystal.fractional
        assert np.abs(shift - shift[0]).max() < 1e-9
        assert np.abs(shift - np.rint(shift)).max() < 1e-9


def test_density_and_distances_are_those_of_ase(molecules_folder):
    crystal = Crystal(load(molecules_folder, "syn-BDT"), 14, 2)
    text = format_res("a", -1, crystal.density, crystal.cell, 14, crystal.symbols, crystal.fractional)
    found, table = read_one(text)
    rotations, translations = table.rotations[found.setting], table.translations[found.setting]
    points = np.concatenate([found.fractional @ r.T + t for r, t in zip(rotations, translations, strict=True)])
    atoms = ase.Atoms(list(found.numbers) * len(rotations), scaled_positions=points, cell=list(found.cell), pbc=True)
    density = atoms.get_masses().sum() / atoms.get_volume() * 1.66053906660
    assert found.density == pytest.approx(density, abs=2e-4)
    assert atoms.get_distance(0, 7) == pytest.approx(
        np.linalg.norm((crystal.fractional[0] - crystal.fractional[7]) @ crystal.matrix), abs=1e-5
    )


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 230),
    st.lists(
        st.tuples(st.sampled_from(["C", "H", "S", "Cl", "Br", "N", "O"]), *[st.floats(-3, 3)] * 3),
        min_size=1,
        max_size=12,
    ),
    st.floats(-500, -0.001),
    st.integers(0, 5),
)
def test_written_text_is_read_back(number, atoms, energy, seed):
    symbols = [symbol for symbol, *_ in atoms]
    fractional = np.array([place for _, *place in atoms])
    parameters = random_cell(np.random.default_rng(seed), number)
    text = format_res("name-QR-1-2-3", energy, 1.2345678, parameters, number, symbols, fractional)
    found, table = read_one(text)
    assert isinstance(found, RawStructure), found
    order = sorted(range(len(symbols)), key=lambda i: ({"C": 0, "H": 1}.get(symbols[i], 2), symbols[i]))
    assert formula(found.numbers) == formula(sorted(found.numbers))
    assert found.fractional == pytest.approx(fractional[order], abs=1e-8)
    assert found.id == "name-QR-1-2-3"
    assert found.energy == pytest.approx(energy, abs=1e-6)
    assert found.cell == pytest.approx(tuple(parameters), abs=1e-6)
    assert table.space_group[found.setting] == number
    assert len(table.rotations[found.setting]) == len(space_groups.operations(number)[0])


GOOD = """TITL YICFEX_opt_aa105(-48.367) P21/c
CELL 1.0    6.6510    5.2096    5.1239   99.9982   80.9116   73.2662
ZERR    1 0.0 0.0 0.0 0.0 0.0 0.0
LATT  -1
SYMM -X , -Y, 1/2 -Z
SFAC C F H
C1          1   0.97023704   0.90453019   0.11532049
F1          2   0.66589794   1.23265011   0.04775915
H1          3   0.92904966   1.36470646  -0.28966355 11.0 0.05 =
     0.01 0.02
END
"""


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(st.data())
def test_mangled_text_never_crashes_the_reader(data):
    lines = GOOD.splitlines()
    row = data.draw(st.integers(0, len(lines) - 1))
    words = lines[row].split(" ")
    words[data.draw(st.integers(0, len(words) - 1))] = data.draw(st.text(max_size=12))
    lines[row] = " ".join(words)
    for found in ResReader(Settings()).read("\n".join(lines), "f", "r", "d"):
        assert isinstance(found, RawStructure | Rejection)
        if isinstance(found, Rejection):
            assert found.reason
            assert found.remedy


def test_the_dmacrys_dialect():
    found, table = read_one(GOOD)
    assert table.space_group == [2]  # -X, -Y, 1/2 -Z is an inversion centre off the origin
    good = GOOD.replace("-X , -Y, 1/2 -Z", "-X , +Y +1/2, -Z +1/2").replace("LATT  -1", "LATT   1")
    found, table = read_one(good)
    assert (found.id, found.energy) == ("YICFEX_opt_aa105", -48.367)
    assert np.isnan(found.density)
    assert list(found.numbers) == [6, 9, 1]
    assert table.space_group == [14]


def test_many_structures_in_one_text_are_told_apart_by_line():
    text = "\n".join(GOOD.replace("LATT  -1\nSYMM -X , -Y, 1/2 -Z", "LATT -1") for _ in range(3))
    found = list(ResReader(Settings()).read(text.replace("SFAC C F H", "SFAC C F", 1), "f", "m.res", "d"))
    assert [type(one) for one in found] == [Rejection, RawStructure, RawStructure]
    assert [one.record for one in found] == ["m.res line 1", "m.res line 12", "m.res line 23"]
    assert "line 8" in found[0].reason or "line 7" in found[0].reason


def test_reach_covers_every_cell():
    # The kernels round separations first: then a span of floor(bond / height + 1/2) cells is enough.
    rng = np.random.default_rng(4)
    for _ in range(20):
        matrix = rng.normal(size=(3, 3)) * 3
        if abs(np.linalg.det(matrix)) < 2:
            continue
        bond = 2.5
        reach = np.floor(bond / cell.heights(matrix) + 0.5).astype(int)
        apart = rng.uniform(-0.5, 0.5, size=3)
        far = itertools.product(*(range(-r - 2, r + 3) for r in reach))
        near = [s for s in far if np.linalg.norm((apart + s) @ matrix) < bond]
        assert all((np.abs(s) <= reach).all() for s in near)
