"""Made crystals, how they are judged, and the distinct minima with which they are compared."""

import dataclasses

import numpy as np
import pytest

from crystalspan.crystallography.cell import volume
from crystalspan.latent.chart import chart
from crystalspan.latent.generation import (
    FARTHEST_MOVE,
    NEAREST_MOVE,
    between_neighbours,
    displaced_minima,
    from_components,
    from_density,
    from_marginals,
    from_prior,
    latent_space,
    moved_crystals,
    quasi_random,
    recombined,
)
from crystalspan.latent.judging import (
    HELD_OUT,
    KNOWN,
    LOST,
    NEW,
    _ways,
    coverage,
    judge,
    lattice_energies,
    relative_distances,
    shortest_contacts,
)
from crystalspan.latent.minima import MinimumWindows, distinct, found_minima
from crystalspan.latent.relaxing import Rigid, relax, stages
from crystalspan.latent.training import TrainingSettings
from crystalspan.sampling.packing import packing
from crystalspan.sampling.trials import sample
from latent.latent_crystals import SAMPLING, minima, trial_crystals
from sampling.conftest import small_molecule

PROBE = small_molecule()
WINDOWS = MinimumWindows(neighbours=60)
LAST = stages(SAMPLING, last_only=True)


@pytest.fixture(scope="module")
def landscape():
    packed = packing(PROBE, 14)
    found = found_minima(packed, sample(packed, np.arange(1, 401), **SAMPLING), WINDOWS)
    unique, which = distinct(found, WINDOWS)
    return packed, found, unique, which


@pytest.fixture(scope="module")
def space(landscape):
    packed, _, unique, _ = landscape
    settings = TrainingSettings(hidden=(48, 24), epochs=120, batch=20, rate=5e-3, patience=40, beta=0.005)
    return latent_space(chart(packed), unique.crystals, 6, settings, 0)


def test_distinct_minima_are_counted(landscape):
    _, found, unique, which = landscape
    assert (np.diff(found.energy) >= 0).all()
    assert 20 < len(unique) < len(found)
    np.testing.assert_array_equal(unique.finds, np.bincount(which))
    assert unique.finds.sum() == len(found)
    np.testing.assert_allclose(unique.energy[which], found.energy, atol=WINDOWS.energy)
    np.testing.assert_array_equal(unique.which(unique, WINDOWS), np.arange(len(unique)))
    known = unique[::2]
    again = known.which(unique, WINDOWS)
    assert (again[::2] == np.arange(len(known))).all()
    assert np.mean(again[1::2] == -1) > 0.8
    assert len(unique.within(5.0)) == np.count_nonzero(unique.energy <= unique.energy[0] + 5)


def test_a_relaxed_displacement_falls_back_or_leads_on(landscape):
    packed, _, unique, _ = landscape
    held_out = np.arange(len(unique)) % 2 == 1
    few = unique.crystals[:30]
    near = moved_crystals(packed, few, np.full(30, 0.02), np.random.default_rng(0))
    judged = judge(packed, near, LAST, unique, held_out, WINDOWS)
    back = judged.minimum == np.arange(30)
    assert back.mean() > 0.8
    np.testing.assert_array_equal(judged.fate[back], np.where(held_out[:30], HELD_OUT, KNOWN)[back])
    assert np.median(judged.moved) < 0.1
    assert (judged.energy_before >= judged.energy - 1e-3)[judged.fate != LOST].all()
    far = displaced_minima(packed, few, 60, 0)
    away = judge(packed, far, LAST, unique, held_out, WINDOWS)
    assert np.nanmedian(away.moved) > 0.3
    assert set(away.fate) <= {KNOWN, HELD_OUT, NEW, LOST}
    assert np.isnan(away.energy[away.fate == LOST]).all()
    assert (away.minimum[away.fate == NEW] == -1).all()


def test_lengths_of_displacements_are_what_was_asked_for(landscape):
    packed, _, unique, _ = landscape
    crystals = unique.crystals[:20]
    lengths = np.linspace(0.02, 0.1, 20)
    moved = moved_crystals(packed, crystals, lengths, np.random.default_rng(1))
    _, _, way = _ways(packed, crystals, moved)
    # The shear of an oblique cell changes its edges, too.
    np.testing.assert_allclose(way, lengths, rtol=0.4)
    assert np.mean(way / lengths) == pytest.approx(1, abs=0.1)
    far = displaced_minima(packed, crystals, 20, 0)
    assert np.mean(_ways(packed, crystals, far)[2]) == pytest.approx((NEAREST_MOVE + FARTHEST_MOVE) / 2, rel=0.25)


def test_ways_are_measured_across_faces_and_not_along_free_axes():
    packed, crystals, _ = minima(PROBE, 4)
    moved = Rigid(crystals.parameters, (crystals.positions + [0.97, 0.4, 0.0]) % 1.0, crystals.rotations)
    shift, turn, way = _ways(packed, crystals, moved)
    expected = 0.03 * np.linalg.norm(crystals.cells(packed)[:, 0], axis=1)
    np.testing.assert_allclose(shift, expected, rtol=1e-6)
    np.testing.assert_allclose(way, expected, rtol=1e-6)
    # The arc cosine of nearly one.
    assert (turn < 1e-4).all()


def test_a_latent_space_keeps_and_makes_crystals(landscape, space):
    packed, _, unique, _ = landscape
    assert np.median(space.reconstruction(unique.crystals)) < 0.7 * np.median(
        np.linalg.norm(space.chart.coordinates(unique.crystals) - space.frame.centre, axis=1)
    )
    for make in (from_prior, from_density, between_neighbours):
        crystals = make(space, 40, 0)
        assert len(crystals) == 40
        volumes = volume(crystals.cells(packed)) / packed.multiplicity / packed.vdw_volume
        assert np.median(volumes) == pytest.approx(1.45, abs=0.3)
        np.testing.assert_array_equal(make(space, 40, 0).parameters, crystals.parameters)
        assert np.any(make(space, 40, 1).parameters != crystals.parameters)
    again = space.decode(space.encode(unique.crystals[:5]))
    np.testing.assert_allclose(
        np.linalg.norm(space.chart.coordinates(again) - space.chart.coordinates(unique.crystals[:5]), axis=1),
        space.reconstruction(unique.crystals[:5]),
        rtol=0.5,
    )


def test_crystals_between_neighbours_are_more_realistic_than_random_ones(landscape, space):
    packed, _, unique, _ = landscape
    between = lattice_energies(packed, between_neighbours(space, 60, 0), LAST[0])
    random = lattice_energies(packed, quasi_random(packed, np.arange(1, 61)), LAST[0])
    assert np.median(between) < np.median(random)


def test_baselines(landscape):
    packed, _, unique, _ = landscape
    known = chart(packed)
    crystals = known.canonical(unique.crystals)
    mixed = recombined(crystals, 50, 0)
    for name in ("parameters", "positions", "rotations"):
        pool = getattr(crystals, name).reshape(len(crystals), -1)
        assert all((row == pool).all(axis=1).any() for row in getattr(mixed, name).reshape(50, -1))
    there = known.coordinates(crystals)
    drawn = known.coordinates(from_components(known, crystals, known.columns, 400, 0))
    cell = slice(0, len(packed.model.basis))
    np.testing.assert_allclose(drawn[:, 0].mean(), there[:, 0].mean(), atol=0.5)
    marginal = from_marginals(known, crystals, 200, 0)
    edges = np.log(marginal.parameters[:, 0])
    assert np.isin(np.round(edges, 6), np.round(np.log(crystals.parameters[:, 0]), 6)).all()
    assert drawn[:, cell].shape == (400, 4)


def test_contacts_by_all_distances(landscape):
    packed, _, unique, _ = landscape
    crystals = unique.crystals[:3]
    cells, fractional = crystals.atoms(packed)
    from crystalspan.sampling.potential import VDW_RADII

    radii = np.array([VDW_RADII[symbol] for symbol in packed.molecule.symbols])
    grid = np.stack(np.meshgrid(*3 * [np.arange(-2, 3)], indexing="ij"), -1).reshape(-1, 3)
    for row, found in enumerate(shortest_contacts(packed, crystals)):
        best = np.inf
        for number, (w, t) in enumerate(zip(packed.rotations, packed.translations, strict=True)):
            image = fractional[row] @ w.T + t
            for shift in grid:
                if number == 0 and not shift.any():
                    continue
                away = (fractional[row][:, None] - image - shift) @ cells[row]
                best = min(best, (np.linalg.norm(away, axis=-1) / (radii[:, None] + radii)).min())
        # Copies two cells away count, too, where the cell is small.
        assert found == pytest.approx(best, abs=2e-3)


def test_distances_in_units_of_the_landscapes_own():
    reference = np.array([[0.0, 0.0], [1.0, 0.0], [10.0, 0.0]])
    np.testing.assert_allclose(relative_distances(np.array([[0.0, 0.5], [10.0, 9.0]]), reference), [0.5, 1.0])


def test_coverage(landscape):
    _, _, unique, _ = landscape
    inside = len(unique.within(5.0))
    assert coverage(np.array([0, 1, 1, -1, len(unique) - 1]), unique, 5.0) == pytest.approx(2 / inside)


def test_relaxing_expands_what_overlaps(landscape):
    packed, _, unique, _ = landscape
    tight = dataclasses.replace(unique.crystals[:5], parameters=0.8 * unique.crystals[:5].parameters)
    assert (shortest_contacts(packed, tight) < 0.6).any()
    assert relax(packed, tight, LAST).valid.any()


def test_trial_crystals_are_the_samplers(landscape):
    packed, _, _, _ = landscape
    numbers = np.arange(1, 11)
    np.testing.assert_array_equal(quasi_random(packed, numbers).rotations, trial_crystals(packed, numbers).rotations)
