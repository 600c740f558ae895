"""Duplicates: the same crystal in another cell, group or labelling is found, others are not."""

import dataclasses

import numpy as np
import pytest

from crystalspan.crystallography.cell import cell_matrix, cell_parameters, density, volume
from crystalspan.crystallography.space_groups import operations
from crystalspan.errors import InputError
from crystalspan.formats.res_writer import ResWriter
from crystalspan.sampling.crystals import Crystal, CrystalReader
from crystalspan.sampling.database import CrystalRow
from crystalspan.sampling.duplicates import cluster, equivalents, fingerprint
from crystalspan.sampling.packing import packing
from crystalspan.sampling.trials import sample
from crystalspan.settings import with_defaults
from naive import sampling as naive

SECTION = with_defaults({}, "sampling")["duplicates"]
METHODS = [SECTION, SECTION | {"method": "distances"}]
SYMBOLS = ("C", "O", "H")


@pytest.fixture
def crystal() -> Crystal:
    rotations, translations = operations(14)
    fractional = np.array([[0.1, 0.2, 0.3], [0.25, 0.2, 0.31], [0.05, 0.35, 0.3]])
    return Crystal(np.array([8.0, 7.0, 9.0, 90, 107, 90]), rotations, translations, SYMBOLS, fractional)


def row(crystal, name, energy=-50.0, mass=30.0):
    cell = cell_matrix(crystal.cell)
    rho = float(density(mass * len(crystal.rotations), volume(cell)))
    text = ResWriter(crystal.symbols, crystal.rotations, crystal.translations).text(
        name, energy, rho, crystal.cell, crystal.fractional
    )
    return CrystalRow(name, 14, rho, energy, "probe", text)


def in_p1(crystal, lattice):
    """The same crystal without symmetry, in another lattice basis, atoms in another order."""
    cell = cell_matrix(crystal.cell)
    atoms = np.concatenate(
        [crystal.fractional @ r.T + t for r, t in zip(crystal.rotations, crystal.translations, strict=True)]
    )
    symbols = np.array(crystal.symbols * len(crystal.rotations))
    order = np.random.default_rng(5).permutation(len(atoms))
    other = lattice @ cell
    moved = (atoms[order] + 3.7) @ cell @ np.linalg.inv(other)
    rotations, translations = operations(1)
    return Crystal(cell_parameters(other), rotations, translations, tuple(symbols[order]), moved)


def test_distances_are_those_of_the_plain_search(crystal):
    expected = naive.neighbour_distances(
        cell_matrix(crystal.cell),
        crystal.fractional,
        SYMBOLS,
        crystal.rotations,
        crystal.translations,
        20,
        reach=5.0,
    )
    np.testing.assert_allclose(fingerprint(crystal, 20), expected, atol=1e-10)


@pytest.mark.parametrize("lattice", [[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 1], [0, 1, 0], [-1, 1, 0]]])
def test_distances_know_no_cell_and_no_labels(crystal, lattice):
    other = in_p1(crystal, np.array(lattice))
    np.testing.assert_allclose(fingerprint(other, 60), fingerprint(crystal, 60), atol=1e-6)


def test_distances_of_a_supercell(crystal):
    other = in_p1(crystal, np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    atoms = np.concatenate([other.fractional, other.fractional + [1, 0, 0]]) / [2, 1, 1]
    double = Crystal(other.cell * [2, 1, 1, 1, 1, 1], other.rotations, other.translations, other.symbols * 2, atoms)
    np.testing.assert_allclose(fingerprint(double, 60), fingerprint(crystal, 60), atol=1e-9)


def test_atoms_on_special_positions_count_once():
    rotations, translations = operations(2)
    on_centre = Crystal(
        np.array([4.0, 5, 6, 90, 90, 90]),
        rotations,
        translations,
        ("C", "O", "H"),
        np.array([[0, 0, 0], [0.3, 0, 0], [0, 0, 0.2]]),
    )
    plain = np.array([[0, 0, 0], [0.3, 0, 0], [0, 0, 0.2], [-0.3, 0, 0], [0, 0, -0.2]])
    p1 = operations(1)
    every = Crystal(on_centre.cell, *p1, ("C", "O", "H", "O", "H"), plain)
    np.testing.assert_allclose(fingerprint(on_centre, 40), fingerprint(every, 40), atol=1e-10)


@pytest.mark.parametrize("section", METHODS)
def test_relabelled_cells_are_duplicates_and_the_lowest_energy_stands(crystal, section):
    shifted = dataclasses.replace(crystal, fractional=crystal.fractional + [0.5, 0, 0.5])
    mirrored = dataclasses.replace(crystal, fractional=-crystal.fractional)
    squeezed = dataclasses.replace(crystal, cell=crystal.cell * [1.06, 0.96, 0.98, 1, 1, 1])
    rows = [row(crystal, "b", -50.1), row(shifted, "a", -50.2), row(mirrored, "c", -50.2), row(squeezed, "d")]
    clusters = cluster(rows, section)
    assert [clusters.crystals[k].id for k in clusters.unique] == ["a", "d"]
    assert equivalents(clusters) == [("a", "c"), ("a", "b"), ("d", "d")]


@pytest.mark.parametrize("section", METHODS)
def test_windows_are_kept(crystal, section):
    rows = [row(crystal, "a", -50.0), row(crystal, "b", -49.5)]
    assert len(cluster(rows, section).unique) == 2
    assert len(cluster(rows, section | {"energy": 0.6}).unique) == 1
    # A chain: each within the window of the one before, the third not within that of the first.
    chain = [row(crystal, name, -50.0 + 0.3 * k) for k, name in enumerate("abc")]
    clusters = cluster(chain, section)
    assert [clusters.crystals[k].id for k in clusters.unique] == ["a", "c"]


def test_order_of_the_input_does_not_matter(probe):
    found = []
    for group in (4, 19):
        prepared = packing(probe, group)
        trials = sample(prepared, np.arange(1, 31), 9.0, 1.5, 7.0, 0.1)
        from crystalspan.sampling.database import rows_of

        found += rows_of(prepared, trials, "probe")[0]
    forward, backward = cluster(found, SECTION), cluster(found[::-1], SECTION)
    assert equivalents(forward) == equivalents(backward)
    assert 0 < len(forward.unique) <= len(found)


def test_what_lies_beyond_the_energy_limit_is_counted(crystal):
    rows = [row(crystal, name, -50.0 + k) for k, name in enumerate("abcd")]
    clusters = cluster(rows, SECTION, largest_relative_energy=2.0)
    assert [r.id for r in clusters.crystals] == ["a", "b", "c"]
    assert clusters.beyond == 1


def test_no_crystals_at_all():
    clusters = cluster([], SECTION)
    assert list(clusters.unique) == []
    assert equivalents(clusters) == []


def test_two_molecules_are_refused(crystal):
    other = dataclasses.replace(crystal, symbols=("C", "C", "H"))
    with pytest.raises(InputError, match="another molecule"):
        cluster([row(crystal, "a"), row(other, "b")], SECTION)


def test_res_text_comes_back(crystal):
    again = CrystalReader().read(row(crystal, "probe-QR-14-3-2").text)
    order = np.argsort(np.array(SYMBOLS), kind="stable")
    np.testing.assert_allclose(again.fractional, crystal.fractional[order], atol=1e-8)
    np.testing.assert_allclose(again.cell, crystal.cell, atol=1e-6)
    assert again.symbols == tuple(np.array(SYMBOLS)[order])
    assert len(again.rotations) == 4


def test_what_cannot_be_laid_over_each_other_is_named(crystal):
    """Atoms in another order, or a molecule cut at the cell's face: neighbour distances still compare such crystals."""
    swapped = dataclasses.replace(crystal, fractional=crystal.fractional[[1, 0, 2]])
    cut = dataclasses.replace(crystal, fractional=crystal.fractional + [[0, 0, 0], [1, 0, 0], [0, 0, 0]])
    for other in (swapped, cut):
        rows = [row(crystal, "a"), row(other, "b")]
        with pytest.raises(InputError, match="order of the other crystals") as raised:
            cluster(rows, SECTION)
        assert raised.value.record == "b"
        assert "method" in raised.value.remedy
    assert len(cluster([row(crystal, "a"), row(cut, "b")], METHODS[1]).unique) == 1


def test_what_neighbour_distances_leave_in_is_removed_by_the_overlay(crystal):
    """A crystal that is a little longer: 0.08 angstrom over 20 molecules, more than 0.06 in some neighbour distance."""
    longer = dataclasses.replace(crystal, cell=crystal.cell * [1.012, 0.995, 0.995, 1, 1, 1])
    rows = [row(crystal, "a", -50.1), row(longer, "b", -50.0)]
    assert [len(cluster(rows, section).unique) for section in METHODS] == [1, 2]


@pytest.mark.parametrize("damage", [("CELL", "CELX"), ("C1 ", "C1 9 "), ("SYMM -X", "SYMM -Q")])
def test_damaged_res_text(crystal, damage):
    with pytest.raises(InputError, match="rec"):
        CrystalReader().read(row(crystal, "a").text.replace(*damage), record="rec")
