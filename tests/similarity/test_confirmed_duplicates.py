"""Duplicates confirmed by overlays: those of the demo, and what is close but distinct."""

import numpy as np
import pytest
from packed_crystals import ORACLE, guises, landscape_of, oracle_crystals

from crystalspan.crystallography import _repeats
from crystalspan.crystallography.repeats import Windows
from crystalspan.similarity.duplicates import duplicates_of

pytestmark = pytest.mark.slow


def short(identity):
    return identity.split("QR-")[1].rsplit("-", 1)[0]


def test_the_demos_duplicates_are_found_and_what_is_close_is_kept(oracle):
    found = duplicates_of(oracle)
    names = [short(one) for one in oracle.id]
    merged = {
        frozenset((names[row], names[found.same_as[row]])) for row in np.flatnonzero(found.same_as != np.arange(18))
    }
    assert merged == {frozenset(pair) for pair in (("29-177", "29-493"), ("29-201", "29-106"), ("19-165", "33-190"))}
    pairs = {frozenset((names[pair.first], names[pair.second])): pair for pair in found.pairs}
    known = {("29-177", "29-493"): 0.030, ("29-201", "29-106"): 0.060, ("19-165", "33-190"): 0.066}
    for pair, rmsd in known.items():
        assert pairs[frozenset(pair)].rmsd == pytest.approx(rmsd, abs=0.005)
    # Every molecule matches, at 0.25 angstrom and 0.17 kJ/mol: another minimum.
    close = pairs[frozenset(("33-291", "29-201"))]
    assert close.matched == 20
    assert 0.2 < close.rmsd < 0.3
    assert not close.same
    assert len(found.unique) == 15


def test_no_pair_below_the_limit_is_left_by_the_prefilter(oracle, oracle_packings):
    """Of all pairs within the energy window, whatever their densities and distances, oxtalign's numbers decide."""
    told = {name: np.array(ORACLE["oxtalign-20"][name]) for name in ("matched", "rmsd")}
    same_as = duplicates_of(oracle).same_as
    energy = oracle.lattice_energy
    for i in range(len(oracle)):
        for j in range(i):
            alike = told["matched"][i, j] == 20 and told["rmsd"][i, j] < 0.15 and abs(energy[i] - energy[j]) < 0.4
            assert alike == (same_as[i] == same_as[j])


def test_every_guise_is_a_duplicate(oracle):
    crystal = oracle_crystals()[3]
    described = [crystal, *(guise for _, guise in guises(crystal, oracle.reference_automorphisms))]
    energies = 0.01 * np.arange(len(described))
    landscape = landscape_of(described, oracle.reference_atomic_number, oracle.reference_positions, energies)
    assert not duplicates_of(landscape).same_as.any()


def test_a_chain_of_small_steps_joins_nothing_that_differs(oracle):
    """Each crystal is within the limit of the one before, the last far from the first."""
    crystal = oracle_crystals()[3]
    steps = [crystal.stretched([1 + 0.014 * step, 1, 1]) for step in range(5)]
    landscape = landscape_of(steps, oracle.reference_atomic_number, oracle.reference_positions, 0.01 * np.arange(5))
    found = duplicates_of(landscape, Windows(density=1.0, centres=1.0))
    rmsd = {(pair.first, pair.second): pair.rmsd for pair in found.pairs}
    assert found.same_as[1] == 0
    assert found.same_as[4] != 0
    assert all(rmsd[found.same_as[row], row] < 0.15 for row in range(5) if found.same_as[row] != row)


def test_candidates_are_those_of_the_plain_search(oracle, oracle_packings):
    """Distances between centres of molecules, looked for among all of 7 x 7 x 7 cells."""
    found = _repeats.centre_distances(
        *(getattr(oracle_packings, name) for name in ("centres", "offset", "listed", "matrices")), 19
    )
    shifts = np.stack(np.meshgrid(*[np.arange(-3, 4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    for i in range(len(oracle)):
        _, centres, matrix = oracle_packings.cell(i)
        images = (centres[:, None] + shifts @ matrix).reshape(-1, 3)
        apart = np.sort(np.linalg.norm(images - centres[0], axis=1))[1:20]
        np.testing.assert_allclose(found[i], apart, atol=1e-9)
    energy, density = oracle.lattice_energy, oracle.density
    for s in range(len(oracle)):
        near, apart = _repeats.candidates(s, np.arange(s), energy, density, found, 0.4, 0.02, 0.5)
        rms = np.sqrt(((found - found[s]) ** 2).mean(axis=1))
        rows = [
            u for u in range(s) if energy[s] - energy[u] < 0.4 and abs(density[s] - density[u]) < 0.02 and rms[u] < 0.5
        ]
        assert near.tolist() == sorted(rows, key=lambda u: rms[u])
        np.testing.assert_allclose(apart, rms[near], atol=1e-12)


def test_wider_windows_of_candidates_find_no_more(oracle):
    wide = Windows(density=1.0, centres=10.0)
    assert duplicates_of(oracle, wide).same_as.tolist() == duplicates_of(oracle).same_as.tolist()


def test_an_empty_landscape_has_no_duplicates(oracle):
    found = duplicates_of(oracle.subset([]))
    assert not len(found.same_as)
    assert not found.pairs
