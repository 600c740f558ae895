"""One crystal in many guises: found as duplicates, and the same canonical descriptor."""

import numpy as np
import pytest

from crystalspan.crystallography.cell import cell_parameters
from crystalspan.descriptors.compute import describe_crystals
from crystalspan.descriptors.crystals import Crystals
from crystalspan.descriptors.independent_molecules import mean_over_molecules
from crystalspan.descriptors.parameters import element_numbers, symmetry_functions
from crystalspan.formats.records import RawStructure, Settings
from crystalspan.landscape import build
from crystalspan.landscape.settings import CheckSettings
from crystalspan.points.preparation import canonical_order
from crystalspan.settings import with_defaults
from naive.landscape import Crystal, load, loose_crystal

NUMBERS = {"C": 6, "H": 1, "S": 16}


class Guise:
    """A crystal as a file may give it."""

    def __init__(self, matrix, rotations, translations, numbers, fractional, **stated):
        self.matrix = np.asarray(matrix)
        self.rotations, self.translations = np.asarray(rotations), np.asarray(translations)
        self.numbers, self.fractional = np.asarray(numbers), np.asarray(fractional)
        self.stated = stated

    @classmethod
    def of(cls, crystal):
        numbers = [NUMBERS[symbol] for symbol in crystal.symbols]
        return cls(crystal.matrix, crystal.rotations, crystal.translations, numbers, crystal.fractional)

    def on(self, change, origin=(0, 0, 0)):
        """With the edges of another basis (rows: new edges in old ones) of the same or a centred lattice."""
        change, origin = np.asarray(change, dtype=float), np.asarray(origin)
        back = np.linalg.inv(change)
        fractional = (self.fractional - origin) @ back
        rotations = np.linalg.inv(change).T @ self.rotations @ change.T
        moved = (self.translations + self.rotations @ origin - origin) @ back
        return Guise(change @ self.matrix, np.rint(rotations).astype(int), moved % 1.0, self.numbers, fractional)

    def relabelled(self, order):
        return Guise(
            self.matrix, self.rotations, self.translations, self.numbers[order], self.fractional[order], **self.stated
        )

    def inverted(self):
        return Guise(self.matrix, self.rotations, -self.translations % 1.0, self.numbers, -self.fractional)

    def scattered(self, seed):
        """Every atom moved to a symmetry copy of it, anywhere."""
        rng = np.random.default_rng(seed)
        copies = rng.integers(len(self.rotations), size=len(self.fractional))
        shift = rng.integers(-2, 3, size=self.fractional.shape)
        points = np.einsum("nij,nj->ni", self.rotations[copies], self.fractional) + self.translations[copies] + shift
        return Guise(self.matrix, self.rotations, self.translations, self.numbers, points)

    def subgroup(self, rows, others):
        """A subgroup's operations, and the copies of the molecules by the others listed as well."""
        copies = [self.fractional @ self.rotations[o].T + self.translations[o] for o in [0, *others]]
        return Guise(
            self.matrix,
            self.rotations[rows],
            self.translations[rows],
            np.tile(self.numbers, len(copies)),
            np.concatenate(copies),
            **self.stated,
        )

    def complete_cell(self):
        every = self.subgroup([0], range(1, len(self.rotations)))
        every.stated = {"complete_cell": True, "energy_basis": "cell"}
        return every

    def structure(self, name, energy, table):
        return RawStructure(
            "file", name, name, energy, np.nan, tuple(cell_parameters(self.matrix)),
            table.add(self.rotations, self.translations), self.numbers.astype(np.uint8).tobytes(),
            self.fractional, **self.stated,
        )  # fmt: skip


def landscape_of(monkeypatch, guises, **settings):
    """Build a landscape of guises, each 0.01 kJ/mol above the one before."""

    class Reader:
        def __init__(self, *_, **__):
            self.settings, self.passed_over_named, self.remarks = Settings(), dict, {}

        def read(self, *_):
            for i, (name, guise) in enumerate(guises.items()):
                molecules = len(guise.numbers) // 18 if guise.stated.get("energy_basis") == "cell" else 1
                yield guise.structure(name, (-80 + 0.01 * i) * molecules, self.settings)

    monkeypatch.setattr(build, "SourceReader", Reader)
    section = CheckSettings.of_section(with_defaults(settings, "landscape"))
    return build.build_landscape("m", ["source"], section)


def descriptors(landscape):
    """Canonical descriptors (n, n_atoms, d)."""
    functions = symmetry_functions(with_defaults({}, "descriptor"))
    values = describe_crystals(
        functions,
        element_numbers(landscape.reference_atomic_number.astype(int)),
        Crystals.of_landscape(landscape),
    )
    mean = mean_over_molecules(values, landscape.atom_offset, landscape.reference_automorphisms)
    return canonical_order(mean, landscape.reference_automorphisms)


def assert_all_the_same(monkeypatch, guises, atol=1e-8):
    landscape, rejected, _ = landscape_of(monkeypatch, guises)
    assert not rejected
    assert landscape.lattice_energy == pytest.approx(-80 + 0.01 * np.arange(len(guises)))
    assert np.ptp(landscape.density) < 1e-9
    values = descriptors(landscape)
    assert np.abs(values).max() > 0.1
    for one in values[1:]:
        np.testing.assert_allclose(one, values[0], atol=atol)
    names = list(guises)
    for rule in ("distances", "powder"):
        marked, rejected, account = landscape_of(monkeypatch, guises, duplicates={"method": rule})
        assert not rejected
        assert account.duplicates == len(names) - 1
        assert marked.duplicate_of.tolist() == [""] + [names[0]] * (len(names) - 1)
        assert marked.analysed.tolist() == [True] + [False] * (len(names) - 1)
    return landscape


MONOCLINIC = {"n": [[-1, 0, -1], [0, 1, 0], [1, 0, 0]], "a": [[0, 0, -1], [0, 1, 0], [1, 0, 0]]}


@pytest.mark.parametrize("name", ["anti-BDT", "syn-BDT"])
def test_guises_of_a_crystal_in_p21c(monkeypatch, molecules_folder, name):
    crystal = Guise.of(loose_crystal(load(molecules_folder, name), 14, 3))
    moved = crystal.fractional - 3
    order = np.random.default_rng(0).permutation(18)
    oblique = [[1, 3, 0], [0, 1, 2], [0, 0, 1]]
    guises = {
        "as is": crystal,
        "moved": Guise(crystal.matrix, crystal.rotations, crystal.translations, crystal.numbers, moved),
        "relabelled": crystal.relabelled(order),
        "scattered": crystal.scattered(1),
        "inverted": crystal.inverted(),
        "shifted origin": crystal.on(np.eye(3), (0.21, 0.32, 0.43)),
        "P21/n": crystal.on(MONOCLINIC["n"]),
        "P21/a": crystal.on(MONOCLINIC["a"]),
        "sheared": crystal.on(oblique),
        "P21, Z' = 2": crystal.subgroup([0, 1], [2]),
        "Pc, Z' = 2, relabelled": crystal.subgroup([0, 3], [1]).relabelled([*order, *(18 + order[::-1])]),
        "P-1, Z' = 2": crystal.subgroup([0, 2], [1]).scattered(2),
        "P1": crystal.subgroup([0], [1, 2, 3]),
    }
    landscape = assert_all_the_same(monkeypatch, guises)
    assert landscape.space_group.tolist() == [14] * 9 + [4, 7, 2, 1]
    assert landscape.z_prime.tolist() == [1] * 9 + [2, 2, 2, 4]


def test_half_a_molecule_a_whole_one_and_two(monkeypatch, molecules_folder):
    whole = Crystal(load(molecules_folder, "anti-BDT"), 14, 4, edge=10, centre=(0, 0, 0))
    points = whole.fractional - whole.fractional.mean(axis=0)
    # The molecule file has six decimals, and its inversion centre no more: make it exact.
    opposite = np.abs(points[:, None] + points).max(axis=2).argmin(axis=1)
    points = whole.fractional = (points - points[opposite]) / 2
    crystal = Guise.of(whole)
    half = [i for i in range(18) if (np.abs(points[i] + points[:i]).max(axis=1) > 1e-3).all()]
    part = Guise(crystal.matrix, crystal.rotations, crystal.translations, crystal.numbers[half], points[half])
    guises = {
        "half": part,
        "whole in Pc": crystal.subgroup([0, 3], []),
        "whole in P21": crystal.subgroup([0, 1], []),
        "two in P1": crystal.subgroup([0], [1]),
        "two halves in P-1": crystal.subgroup([0, 2], [1]),
    }
    # A listed molecule on an inversion centre is half redundant: list its asymmetric unit.
    two = guises["two halves in P-1"]
    kept = [*half, *(18 + np.array(half))]
    guises["two halves in P-1"] = Guise(
        two.matrix, two.rotations, two.translations, two.numbers[kept], two.fractional[kept]
    )
    landscape = assert_all_the_same(monkeypatch, guises, atol=1e-10)
    assert landscape.z_prime.tolist() == [0.5, 1, 1, 2, 1]
    assert landscape.space_group.tolist() == [14, 7, 4, 1, 2]


@pytest.mark.parametrize("number", [5, 15, 43, 61, 76, 148])
def test_a_complete_cell_gets_its_symmetry_back(monkeypatch, molecules_folder, number):
    crystal = Guise.of(loose_crystal(load(molecules_folder, "syn-BDT"), number, 0))
    moved = crystal.on(np.eye(3), (0.11, 0.07, 0.23))
    cell = moved.complete_cell()
    order = np.random.default_rng(3).permutation(len(cell.numbers))
    guises = {"as is": crystal, "cell": cell.relabelled(order)}
    # spglib finds translations to within rounding errors of the atoms.
    landscape = assert_all_the_same(monkeypatch, guises, atol=1e-6)
    assert landscape.space_group.tolist() == [number] * 2
    assert landscape.z_prime.tolist() == [1, 1]
    without, _, _ = landscape_of(monkeypatch, guises, symmetry_tolerance=0)
    assert sorted(without.space_group) == [1, number]
    assert without.density == pytest.approx(landscape.density)
