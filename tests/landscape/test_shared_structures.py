"""Structures of troubles that people reported, beside the checkout: what is read of them, and why the rest is not."""

import pytest

from crystalspan.errors import InputError
from crystalspan.formats.records import RawStructure
from crystalspan.formats.sources import SourceReader
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults


@pytest.fixture
def cases(shared):
    return shared / "cases"


def landscape_of(path, **chosen):
    settings = CheckSettings.of_section(with_defaults({"duplicates": {"method": "none"}, **chosen}, "landscape"))
    # Some of the files have no energies: others look after those.
    landscape, rejected, _ = build_landscape("m", [path], settings, energies_needed=False)
    return landscape, {one.record: one.reason for one in rejected}


@pytest.mark.parametrize(
    ("name", "groups", "composition"),
    [
        ("04-sfac-long-form", [14, 14], {1: 4, 6: 8, 7: 1, 8: 2, 9: 1}),
        ("05-sfac-shifted-by-missing-Cl", [2, 2], {1: 3, 6: 6, 7: 1, 8: 2, 17: 2}),
        ("06-sfac-wrong-list", [4, 88], {1: 3, 6: 6, 7: 1, 8: 2, 17: 2}),
        ("07-rhombohedral-density-of-table", [14, 148], {1: 12, 6: 15, 7: 2, 8: 1}),
        ("14-comment-line-SPACEGROUP", [2, 15], {1: 4, 6: 3, 7: 2, 8: 2}),
        ("18-comment-title-same-id", [14, 14], None),
    ],
)
def test_dialects_of_cposs(cases, name, groups, composition):
    landscape, reasons = landscape_of(cases / name)
    assert reasons == {}
    assert sorted(landscape.space_group) == groups
    numbers = landscape.reference_atomic_number.tolist()
    assert composition is None or {number: numbers.count(number) for number in numbers} == composition


def test_titles_that_are_comments(cases):
    for name in ("15-title-is-a-comment", "18-comment-title-same-id"):
        found = SourceReader().read(cases / name)
        assert all(isinstance(one, RawStructure) for one in found)
        assert [one.id for one in found] == [one.record.removesuffix(".res") for one in found]


def test_a_cell_longer_than_a_crystal_s(cases):
    landscape, reasons = landscape_of(cases / "08-cell-longer-than-1000")
    assert landscape.id.tolist() == ["TEPNIT_opt_A1"]
    assert "1828.61" in reasons["TEPNIT_opt_A448.res"]
    assert "1000 angstrom" in reasons["TEPNIT_opt_A448.res"]


def test_atoms_of_one_molecule_that_clash(cases):
    landscape, reasons = landscape_of(cases / "17-intramolecular-clash")
    assert len(landscape) == 2
    assert "H...H 0.834 angstrom" in reasons["KAXXAI_dfA1012_A1012.res"]


def test_cells_as_ase_and_pymatgen_write_them(cases):
    whole, reasons = landscape_of(cases / "hunt-01-p1-cif" / "in")
    listed, _ = landscape_of(cases / "hunt-01-p1-cif" / "ref")
    assert reasons == {}
    assert len(whole) == len(listed) == 12
    order = {energy: i for i, energy in enumerate(listed.lattice_energy)}
    for i, energy in enumerate(whole.lattice_energy):
        j = min(order, key=lambda other: abs(other - energy))
        assert whole.density[i] == pytest.approx(listed.density[order[j]], rel=1e-5)
        # Two of the crystals are of a higher group than the one they were found in, to 0.0001 angstrom.
        expected = {4: (4, 14), 5: (5, 15)}.get(listed.space_group[order[j]], (listed.space_group[order[j]],))
        assert whole.space_group[i] in expected
    assert (whole.z_prime == 0.5).sum() <= 4


@pytest.mark.parametrize("kind", ["label-only", "with-type", "res"])
def test_a_label_that_could_be_holmium(cases, kind):
    landscape, reasons = landscape_of(cases / "hunt-04-label-HO1" / kind)
    assert [name.partition(".")[0] for name in reasons] == ["p1", "p2"]
    assert set(landscape.reference_atomic_number) == {1, 6, 8}


@pytest.mark.parametrize(
    ("kind", "number", "reason"),
    [
        ("ops", 3, None),
        ("hall", 3, None),
        ("hmfull", 3, None),
        ("n-ops", 120, None),
        ("number", 0, "number 14 does not settle the setting: the cell allows P 1 1 21/a, P 1 1 21/n, P 1 1 21/b"),
        ("number-density", 0, "number 14 does not settle the setting"),
        ("n-number", 0, "number 14 does not settle the setting: the cell allows P 1 21/c 1, P 1 21/n 1, P 1 21/a 1"),
        (
            "hm",
            0,
            "its operations contradict its cell: -X,Y+1/2,-Z+1/2 takes the cell 12.0156 9.2791 7.578 90 90 99.8352",
        ),
    ],
)
def test_a_space_group_without_operations(cases, kind, number, reason):
    path = cases / "hunt-05-number-only" / kind
    if reason is None:
        landscape, reasons = landscape_of(path)
        assert reasons == {}
        assert landscape.space_group.tolist() == [14] * number
        return
    with pytest.raises(InputError) as refused:
        landscape_of(path)
    assert reason in str(refused.value)
    assert all("settle" in one.reason or "contradict" in one.reason for one in refused.value.rejected)


@pytest.mark.parametrize("kind", ["hall", "hex-hm", "hex-number", "hex-res", "hm", "hmR", "hmRS", "number", "ops"])
def test_rhombohedral_axes_and_hexagonal_ones(cases, kind):
    landscape, reasons = landscape_of(cases / "hunt-07-rhombohedral" / kind)
    assert reasons == {}
    assert landscape.space_group.tolist() == [148] * 3
    assert landscape.space_group_symbol.tolist() == ["R-3"] * 3
    assert sorted(landscape.density) == pytest.approx([0.449, 0.491, 0.542], abs=6e-4)


SHELXL = ["plain", "crlf", "cronly", "exp", "fixed", "fortranD", "halfocc", "noend-blank", "tabs", "bom", "utf16",
          "bede", "part", "qbefore", "sfaclong", "title", "title100K", "comma", "uminus"]  # fmt: skip


@pytest.mark.parametrize("kind", SHELXL)
def test_what_shelxl_writes(cases, kind):
    landscape, reasons = landscape_of(cases / "hunt-09-shelxl" / kind)
    assert reasons == {}
    assert landscape.space_group.tolist() == [14] * 4


ODDITIES = ["bom", "centroid", "charges", "crlf", "dotted", "duplabels", "energykcal", "esd", "esd90", "leadingcomment",
            "missingH", "multiline", "noident", "occ0999", "occdots", "relzero", "sgfullname", "sgparen",
            "sgunderscore", "uiso-aniso"]  # fmt: skip


@pytest.mark.parametrize("kind", ODDITIES)
def test_oddities_of_cif(cases, kind):
    landscape, reasons = landscape_of(cases / "hunt-10-cif-oddities" / kind)
    assert reasons == {}
    assert landscape.space_group.tolist() == [14] * 4
    assert set(landscape.reference_atomic_number) == ({6, 16} if kind == "missingH" else {1, 6, 16})


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("generators", "make no group"),
        ("occ099", "there in part only"),
        ("questionH", "atom H6 is not at finite coordinates"),
        ("sgunknown", "no symmetry operations and no known space group"),
        ("unquotedspace", "no valid CIF"),
    ],
)
def test_cif_that_cannot_be_read(cases, kind, reason):
    with pytest.raises(InputError, match=reason):
        landscape_of(cases / "hunt-10-cif-oddities" / kind)


@pytest.mark.parametrize("kind", ["TotEnergy", "blankbetween", "firstblank", "momenta", "rotated", "wrapped", "bom"])
def test_extended_xyz(cases, kind):
    landscape, reasons = landscape_of(cases / "hunt-11-extxyz" / kind)
    assert reasons == {}
    assert landscape.space_group.tolist() == [14] * 4


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("labels", "species 'C1' is no element"), ("pbcFFF", "not periodic"), ("nolattice", "no frame with a Lattice")],
)
def test_extended_xyz_that_is_no_crystal(cases, kind, reason):
    with pytest.raises(InputError, match=reason):
        landscape_of(cases / "hunt-11-extxyz" / kind)
