"""Overlays of clusters: against a plain twin, against oxtalign, and for one crystal in all guises."""

import numpy as np
import pytest
from packed_crystals import ORACLE, Crystal, guises, landscape_of, oracle_crystals, oracle_landscape

from crystalspan.crystallography import _clusters, _overlay, _rigid
from crystalspan.crystallography.overlay import STRICT, Tolerance, clusters, overlays
from crystalspan.crystallography.packings import compared_atoms, compared_relabellings
from crystalspan.similarity.packings import packings
from naive import similarity as naive

BENZENE = [[1.39 * np.cos(t), 1.39 * np.sin(t), 0.0] for t in np.arange(6) * np.pi / 3]
LIMITS = np.array([1.0, np.inf, np.pi])
CO2 = ([6, 8, 8], [[0, 0, 0], [0, 0, 1.16], [0, 0, -1.16]])


@pytest.mark.parametrize("shape", ["space", "plane", "line"])
def test_rotation_of_points_is_kabschs(shape):
    generator = np.random.default_rng(1)
    for _ in range(30):
        source = generator.normal(size=(9, 3)) * {"space": (1, 1, 1), "plane": (1, 1, 0), "line": (1, 0, 0)}[shape]
        turn = np.linalg.qr(generator.normal(size=(3, 3)))[0]
        target = source @ turn.T + 0.1 * generator.normal(size=(9, 3))
        source, target = source - source.mean(axis=0), target - target.mean(axis=0)
        rotation = _rigid.rotation_of(source.T @ target)
        assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(rotation) > 0
        best, _ = naive.kabsch(source, target)
        error = [np.linalg.norm(source @ one.T - target) for one in (rotation, best)]
        assert error[0] == pytest.approx(error[1], abs=1e-10)


def test_a_cluster_is_that_of_its_plain_twin(oracle_packings):
    for i in range(len(oracle_packings)):
        molecules, centres, matrix = oracle_packings.cell(i)
        atoms, middles = _clusters.closest_molecules(molecules, centres, matrix, 0, 15)
        expected = naive.cluster(list(molecules), matrix, 0, 15)
        assert np.allclose(atoms.mean(axis=1), middles)
        distances = [
            np.sort(np.linalg.norm(one[:, None] - one, axis=-1), axis=None) for one in (middles, expected.mean(1))
        ]
        assert np.allclose(*distances, atol=2e-3)


def test_overlays_are_those_of_their_plain_twin(oracle_packings):
    for i in (0, 5, 9):
        around = clusters(oracle_packings, i)
        for j in range(len(oracle_packings)):
            molecules, centres, matrix = oracle_packings.cell(j)
            relabellings = oracle_packings.relabellings
            count, rmsd, _ = _overlay.lay_over(
                around.atoms[0], around.centres[0], molecules, centres, matrix, 0, relabellings, LIMITS
            )
            expected = naive.overlay(around.atoms[0], list(molecules), matrix, 0, relabellings, 1.0)
            assert count == expected[0]
            assert rmsd == pytest.approx(expected[1], abs=1e-4)


@pytest.mark.parametrize("molecules", [15, 20])
def test_overlays_agree_with_oxtalign(oracle_packings, molecules):
    told = ORACLE[f"oxtalign-{molecules}"]
    matched, rmsd = [], []
    for i in range(len(oracle_packings)):
        found = overlays(oracle_packings, i, oracle_packings, molecules=molecules)
        matched.append(found.matched)
        rmsd.append(found.rmsd)
    same = np.array(matched) == told["matched"]
    # Contacts that symmetry makes equal leave open which molecule is the last of a cluster: now and then one more or
    # less matches.
    assert same.mean() > 0.97
    shared = same & (np.array(matched) >= 5)
    assert shared.sum() > 60
    assert np.abs(np.array(rmsd) - told["rmsd"])[shared].max() < 0.02


def test_a_crystal_matches_itself_in_every_guise(oracle):
    relabellings = oracle.reference_automorphisms
    for crystal in oracle_crystals()[:6]:
        for name, guise in guises(crystal, relabellings):
            pair = packings(landscape_of([crystal, guise], oracle.reference_atomic_number, oracle.reference_positions))
            for i in (0, 1):
                found = overlays(pair, i, pair)
                assert (found.matched == 15).all(), name
                assert found.rmsd.max() < 1e-6, name


@pytest.mark.parametrize("which", range(7))
def test_overlays_do_not_depend_on_guises(oracle, oracle_packings, which):
    other = [list(guises(crystal, oracle.reference_automorphisms))[which][1] for crystal in oracle_crystals()]
    disguised = packings(oracle_landscape(other))
    for i in (1, 6, 12):
        expected = overlays(oracle_packings, i, oracle_packings)
        for first, second in ((oracle_packings, disguised), (disguised, oracle_packings)):
            found = overlays(first, i, second)
            assert (found.matched == expected.matched).all()
            assert np.allclose(found.rmsd, expected.rmsd, atol=2e-4)


def test_only_the_mirror_image_of_a_chiral_crystal_is_mirrored(oracle):
    crystal = oracle_crystals()[[one["space_group"] for one in ORACLE["crystals"]].index(19)]
    pair = [crystal, crystal.mirrored()]
    pair = packings(landscape_of(pair, oracle.reference_atomic_number, oracle.reference_positions))
    assert overlays(pair, 0, pair).mirrored.tolist() == [False, True]


def test_a_longer_cell_gives_the_rmsd_that_follows_from_it(oracle):
    """Molecules that keep their shape and move by 2 % of their distance from the cluster's middle along one axis."""
    crystal = oracle_crystals()[0]
    pair = packings(
        landscape_of(
            [crystal, crystal.stretched((1.02, 1.02, 1.02))], oracle.reference_atomic_number, oracle.reference_positions
        )
    )
    found = overlays(pair, 0, pair, [1])
    middles = clusters(pair, 0).centres[0]
    expected = 0.02 * np.sqrt(((middles - middles.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert found.matched[0] == 15
    assert found.rmsd[0] == pytest.approx(expected, rel=1e-6)


def test_linear_molecules_are_turned_by_their_neighbours():
    numbers, positions = CO2
    generator = np.random.default_rng(3)
    axis = generator.normal(size=(4, 3))
    axis *= 1.16 / np.linalg.norm(axis, axis=1)[:, None]
    centres = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    matrix = np.diag([5.6, 5.8, 6.1])
    offsets = np.stack([0 * axis, axis, -axis], axis=1) @ np.linalg.inv(matrix)
    fractional = (centres[:, None] + offsets).reshape(-1, 3)
    crystal = Crystal(matrix, np.eye(3, dtype=int)[None], np.zeros((1, 3)), fractional, 3)
    other = crystal.on([[0, 0, 1], [1, 0, 0], [0, 1, 0]]).mirrored()
    pair = packings(landscape_of([crystal, other], numbers, positions))
    assert pair.relabellings.tolist() == [[0, 1, 2], [0, 2, 1]]
    found = overlays(pair, 0, pair)
    assert found.matched.tolist() == [15, 15]
    assert found.rmsd.max() < 1e-6


def test_compared_atoms_leave_out_hydrogen_unless_the_others_lie_on_a_line():
    ring = np.array(BENZENE)
    numbers, positions = [6] * 6 + [1] * 6, np.concatenate([ring, ring * 2.48 / 1.39])
    assert compared_atoms(numbers, positions).tolist() == list(range(6))
    relabellings = compared_relabellings(numbers, positions, np.arange(6))
    assert len(relabellings) == 12
    assert relabellings[0].tolist() == list(range(6))
    methane = np.array([[0, 0, 0], [1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) * 0.63
    assert compared_atoms([6, 1, 1, 1, 1], methane).tolist() == list(range(5))


def test_the_hydrogen_on_an_atom_tells_it_from_others():
    # Formic acid: the two oxygen atoms differ by the hydrogen that is not compared.
    numbers = [6, 8, 8, 1, 1]
    positions = [[0, 0, 0], [0, 1.2, 0], [1.1, -0.7, 0], [-0.9, -0.6, 0], [1.9, -0.1, 0]]
    assert compared_relabellings(numbers, positions, np.arange(3)).tolist() == [[0, 1, 2]]


def test_molecules_turned_or_displaced_by_more_than_the_limits_do_not_match(oracle):
    """A crystal of which every second molecule is turned by 15 degrees about its own middle."""
    one = oracle_crystals()[3].expanded()
    molecules = one.fractional.reshape(-1, one.n, 3) @ one.matrix
    axis = np.linalg.svd(molecules[1] - molecules[1].mean(axis=0))[2][2]
    turn = np.eye(3) * np.cos(np.radians(15)) + (1 - np.cos(np.radians(15))) * np.outer(axis, axis)
    turn += np.sin(np.radians(15)) * np.cross(np.eye(3), axis)
    changed = molecules.copy()
    middle = molecules[1].mean(axis=0)
    changed[1] = (molecules[1] - middle) @ turn + middle
    other = Crystal(
        one.matrix, one.rotations, one.translations, changed.reshape(-1, 3) @ np.linalg.inv(one.matrix), one.n
    )
    pair = packings(landscape_of([one, other], oracle.reference_atomic_number, oracle.reference_positions))
    assert overlays(pair, 0, pair, [1]).matched[0] == 15
    assert overlays(pair, 0, pair, [1], tolerance=Tolerance(angle=20.0)).matched[0] == 15
    turned = overlays(pair, 0, pair, [1], tolerance=Tolerance(angle=5.0))
    assert 8 < turned.matched[0] < 15
    assert turned.rmsd[0] < 1e-6
    longer = oracle_crystals()[3].stretched((1.0, 1.0, 1.05))
    pair = packings(landscape_of([one, longer], oracle.reference_atomic_number, oracle.reference_positions))
    assert overlays(pair, 0, pair, [1], tolerance=STRICT).matched[0] == 15
    assert overlays(pair, 0, pair, [1], tolerance=Tolerance(distance=0.01)).matched[0] < 15
