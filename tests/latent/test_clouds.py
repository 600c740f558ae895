"""Training sets: whitened clouds, ways of the minimiser, clusters that are held out."""

import numpy as np
import pytest

from crystalspan.descriptors.parameters import element_numbers
from crystalspan.freedom.displacements import UNSEEN, crystal_symmetry, free_directions
from crystalspan.jacobian.rank import descriptor_jacobian
from crystalspan.latent.bottleneck import OK, network_curve, pca_curve, task
from crystalspan.latent.clouds import (
    describe_cloud,
    describe_rigid,
    ends,
    held_out,
    isotropic_cloud,
    trajectories,
    ward_clusters,
    white_cloud,
)
from crystalspan.latent.generation import moved_crystals
from crystalspan.latent.minima import MinimumWindows, minima_of
from crystalspan.latent.relaxing import relax, stages
from crystalspan.latent.training import TrainingSettings
from latent.latent_crystals import FUNCTIONS, SAMPLING, minima, structure_of, trial_crystals
from sampling.conftest import small_molecule

pytestmark = pytest.mark.slow

PROBE = small_molecule()


def directions_of(group):
    packed, crystals, _ = minima(PROBE, group)
    structure = structure_of(packed, crystals[:1])
    elements = element_numbers(PROBE.atomic_numbers)
    directions = free_directions(structure, crystal_symmetry(structure, 1, 0.01))
    jacobian, _ = descriptor_jacobian(structure, directions, FUNCTIONS, elements, 1e-3)
    return structure, directions, jacobian, elements


@pytest.mark.parametrize("group", [4, 14])
def test_every_direction_of_a_white_cloud_changes_the_descriptor_alike(group):
    structure, directions, jacobian, elements = directions_of(group)
    cloud = white_cloud(directions, jacobian, 1e-3, 3000, seed=0)
    seen = ~np.isin(directions.kind, UNSEEN)
    assert cloud.floored == 0
    assert cloud.degrees_of_freedom == seen.sum()
    assert not cloud.amounts[:, ~seen].any()
    assert np.sqrt(np.mean(np.sum(cloud.amounts**2, axis=1))) == pytest.approx(1e-3)
    values = describe_cloud(structure, directions, cloud.amounts, FUNCTIONS, elements)
    spectrum = np.linalg.svd(values - values.mean(axis=0), compute_uv=False)
    assert spectrum[seen.sum() - 1] > 0.85 * spectrum[0]
    assert spectrum[seen.sum()] < 0.05 * spectrum[0]
    # Not so where the directions are taken as they are.
    raw = isotropic_cloud(directions, 1e-3, 3000, seed=0)
    spectrum = np.linalg.svd(raw @ jacobian.T, compute_uv=False)
    assert spectrum[seen.sum() - 1] < 0.5 * spectrum[0]


def test_weak_directions_are_whitened_in_part_and_told():
    _, directions, jacobian, _ = directions_of(14)
    left, values, right = np.linalg.svd(jacobian, full_matrices=False)
    values[-1] = 1e-6 * values[0]
    cloud = white_cloud(directions, left * values @ right, 0.1, 2000, seed=0)
    assert cloud.floored == 1
    along = cloud.amounts @ right[-1]
    assert 0.5 < along.std() * np.sqrt(len(values) + 2) / 0.1 < np.sqrt(len(values) + 2)


def test_the_bottleneck_counts_the_degrees_of_freedom():
    structure, directions, jacobian, elements = directions_of(4)
    cloud = white_cloud(directions, jacobian, 0.1, 2500, seed=0)
    points = describe_cloud(structure, directions, cloud.amounts, FUNCTIONS, elements)
    work = task(points[:2000], points[2000:], 60)
    settings = TrainingSettings(hidden=(96, 48), epochs=30, batch=100)
    curve = network_curve(work, "autoencoder", range(8, 12), [0], settings)
    assert (cloud.degrees_of_freedom, curve.knee.width, curve.knee.flag) == (9, 9, OK)
    assert curve.knee.bend > 1.5 * pca_curve(work, range(8, 12)).knee.bend


def test_descriptors_of_rigid_crystals_are_those_of_their_structures():
    packed, crystals, _ = minima(PROBE, 14)
    structure = structure_of(packed, crystals[1:2])
    elements = element_numbers(PROBE.atomic_numbers)
    directions = free_directions(structure, crystal_symmetry(structure, 1, 0.01))
    same = describe_cloud(structure, directions, np.zeros((1, len(directions.kind))), FUNCTIONS, elements)
    np.testing.assert_allclose(describe_rigid(packed, crystals[1:2], FUNCTIONS), same, atol=1e-9)


def test_trajectories_lead_to_the_minima():
    packed, _, _ = minima(PROBE, 14)
    used = stages(SAMPLING, last_only=False)
    starts = trial_crystals(packed, np.arange(1, 41))
    starts = starts[relax(packed, starts, used).valid]
    crystals, number = trajectories(packed, starts, used, every=8)
    assert len(np.unique(number)) > 5
    for row in np.unique(number)[:5]:
        way = crystals[number == row]
        assert len(way) > 3
        np.testing.assert_array_equal(way.parameters[0], starts.parameters[row])
        last = relax(packed, way[len(way) - 1 :], used[1:])
        moved = np.abs(last.cell[0] - way.cells(packed)[-1]).max()
        assert last.valid[0]
        assert moved < 2e-3


def test_trajectories_tell_where_they_lead():
    packed, crystals, energies = minima(PROBE, 14)
    windows = MinimumWindows(neighbours=60)
    reference = minima_of(packed, crystals, energies, windows)
    last = stages(SAMPLING, last_only=True)
    near = moved_crystals(packed, crystals[:6], np.full(6, 0.05), np.random.default_rng(0))
    way, number = trajectories(packed, near, last, every=6)
    led = ends(packed, way, number, last[-1], reference, windows)
    assert len(led) == len(way)
    # Copies of a minimum among the reference are as good as itself.
    assert np.mean(np.abs(reference.energy[led] - reference.energy[number]) < 0.1) > 0.8
    assert all(len(np.unique(led[number == row])) == 1 for row in np.unique(number))
    assert (ends(packed, way, number, last[-1], reference[:0], windows) == -1).all()


def test_the_last_stage_keeps_minima_and_both_stages_end_as_the_sampler_does():
    packed, crystals, energies = minima(PROBE, 14)
    again = relax(packed, crystals, stages(SAMPLING, last_only=True))
    assert again.valid.mean() > 0.95
    np.testing.assert_allclose(again.energy[again.valid], energies[again.valid], atol=1e-3)
    from crystalspan.sampling.trials import sample

    numbers = np.arange(1, 31)
    direct = sample(packed, numbers, **SAMPLING)
    made = relax(packed, trial_crystals(packed, numbers), stages(SAMPLING, last_only=False), numbers)
    np.testing.assert_array_equal(made.status, direct.status)
    np.testing.assert_array_equal(made.energy, direct.energy)


def test_clusters_are_held_out_whole():
    rng = np.random.default_rng(0)
    centres = 20 * rng.standard_normal((12, 3))
    points = np.concatenate([centre + rng.standard_normal((20, 3)) for centre in centres])
    labels = ward_clusters(points, 12)
    assert len(np.unique(labels)) == 12
    assert all(len(np.unique(labels[20 * i : 20 * i + 20])) == 1 for i in range(12))
    out = held_out(labels, 0.25, seed=1)
    assert out.sum() == 60
    assert all(len(np.unique(out[labels == label])) == 1 for label in range(12))
    assert np.any(held_out(labels, 0.25, seed=2) != out)


def test_many_points_follow_a_sample(monkeypatch):
    monkeypatch.setattr("crystalspan.latent.clouds._MOST_JOINED", 50)
    points = np.repeat([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]], 60, axis=0)
    points += 0.1 * np.random.default_rng(0).standard_normal(points.shape)
    labels = ward_clusters(points, 3)
    np.testing.assert_array_equal(labels, np.repeat([labels[0], labels[60], labels[120]], 60))


@pytest.mark.parametrize("sizes", [[1], [100, 1], [1, 100], [5, 5]])
def test_neither_all_nor_none_is_held_out(sizes):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    out = held_out(labels, 0.25, seed=0)
    assert not out.all()
    if len(sizes) > 1 and max(sizes) < 100:
        assert out.any()
