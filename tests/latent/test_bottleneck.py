"""The bottleneck's count where the dimension is known, and where there is none."""

import numpy as np
import pytest

from crystalspan.dimension.controls import gaussian_twin, shuffled_columns
from crystalspan.latent.bottleneck import (
    LINEAR,
    NO_BEND,
    OK,
    TOO_SHORT,
    UNCERTAIN,
    kernel_pca_curve,
    knee,
    network_curve,
    pca_curve,
    task,
)
from crystalspan.latent.networks import AUTOENCODER, NESTED
from crystalspan.latent.training import TrainingSettings
from validation.manifolds import curved_cube, sphere

pytestmark = pytest.mark.slow

SETTINGS = TrainingSettings(hidden=(96, 48), epochs=30, batch=100)


def cut(points, n):
    return task(points[:n], points[n:])


@pytest.mark.parametrize(("d", "n"), [(2, 800), (5, 1200), (8, 2000), (12, 3000)])
def test_knee_is_the_dimension_of_a_curved_cube(d, n):
    work = cut(curved_cube(n + 500, d, 5 * d, seed=1), n)
    curve = network_curve(work, AUTOENCODER, range(max(1, d - 2), d + 3), [0], SETTINGS)
    assert curve.knee.flag == OK
    assert abs(curve.knee.width - d) <= 1
    # The straight path: a network does not lose against principal components.
    straight = pca_curve(work, curve.widths)
    assert (curve.mean < straight.mean).all()
    assert straight.knee.flag == NO_BEND or straight.knee.bend < curve.knee.bend


def test_a_sphere_needs_one_more():
    # No chart of d coordinates covers a closed surface: the knee is where it lies flat.
    work = cut(sphere(2500, 3, seed=0), 2000)
    curve = network_curve(work, AUTOENCODER, range(1, 5), [0], SETTINGS)
    assert curve.unexplained[0, 3] < 1e-3 < curve.unexplained[0, 2]


@pytest.mark.parametrize("made", [gaussian_twin, shuffled_columns])
@pytest.mark.parametrize("d", [3, 7])
def test_no_knee_without_a_relation_beyond_covariance(made, d):
    points = made(curved_cube(1500, d, 5 * d, seed=2), 3)
    work = cut(points, 1100)
    curve = network_curve(work, AUTOENCODER, range(max(1, d - 2), d + 3), [0, 1], SETTINGS)
    assert curve.knee.flag in (NO_BEND, LINEAR)
    if made is gaussian_twin:
        # Independent columns that are not normal can be told a little better than by straight lines.
        np.testing.assert_allclose(curve.mean, pca_curve(work, curve.widths).mean, rtol=0.05)


def test_flat_data_give_the_curve_of_principal_components_and_say_so():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((1500, 4)) @ rng.standard_normal((4, 20)) + 0.01 * rng.standard_normal((1500, 20))
    work = cut(points, 1000)
    curve = network_curve(work, AUTOENCODER, range(2, 7), [0], SETTINGS)
    straight = pca_curve(work, range(2, 7))
    np.testing.assert_allclose(curve.mean, straight.mean, rtol=0.05)
    assert (curve.knee.width, curve.knee.flag) == (4, LINEAR)
    assert (straight.knee.width, straight.knee.flag) == (4, OK)


def test_one_nested_fit_gives_the_whole_curve():
    work = cut(curved_cube(2000, 4, 20, seed=1), 1500)
    curve = network_curve(work, NESTED, range(1, 8), [0, 1], SETTINGS)
    assert curve.knee.flag == OK
    assert abs(curve.knee.width - 4) <= 1
    assert (np.diff(curve.mean[:5]) < 0).all()
    assert (curve.mean[:5] < pca_curve(work, range(1, 6)).mean).all()


def test_kernel_pca_on_the_same_axes():
    work = cut(curved_cube(1000, 3, 15, seed=1), 700)
    straight = pca_curve(work, range(1, 9)).mean
    # Scores of wide Gaussians are principal components; their way back to points still bends.
    wide = kernel_pca_curve(work, range(1, 4), width=30.0).mean
    np.testing.assert_allclose(wide[:2], straight[:2], rtol=0.25)
    assert wide[2] < straight[2]
    assert kernel_pca_curve(work, [8]).mean[0] < 0.2 * straight[7]


def test_kernel_pca_of_few_scattered_rows_does_not_run_away():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((120, 40)) * np.linspace(1, 0.2, 40)
    curve = kernel_pca_curve(task(points[:90], points[90:]), [2, 5, 10, 20])
    assert (curve.mean < 1.05).all()


def test_what_lies_outside_the_frame_counts():
    rng = np.random.default_rng(1)
    points = rng.standard_normal((300, 10)) * np.linspace(2, 1, 10)
    work = task(points[:200], points[200:], columns=4)
    away = points[200:] - points[:200].mean(axis=0)
    inside = away @ work.frame.axes.T
    total = np.sum((points[200:] - points[200:].mean(axis=0)) ** 2)
    expected = (np.sum(away**2) - np.sum(inside**2)) / total
    assert work.unexplained(work.held) == pytest.approx(expected, rel=1e-5)
    assert pca_curve(work, [4, 9]).unexplained[0] == pytest.approx([expected, expected], rel=1e-5)


def test_training_sets_are_compared_in_the_same_unit():
    """A far-off training set must not look good because its mean is far from the held-out rows."""
    rng = np.random.default_rng(1)
    held = rng.standard_normal((100, 6))
    near, far = (task(rng.standard_normal((200, 6)) + shift, held) for shift in (0.0, 30.0))
    absolute = [work.total * work.frame.scale**2 for work in (near, far)]
    assert absolute[0] == pytest.approx(absolute[1])
    assert pca_curve(far, [1]).mean[0] > 10 > 1 > pca_curve(near, [1]).mean[0]


def test_curves_do_not_depend_on_the_number_of_ranks():
    work = cut(curved_cube(400, 2, 8, seed=1), 300)
    settings = TrainingSettings(hidden=(16, 8), epochs=4, batch=50)

    class Rank:
        def __init__(self, rank):
            self.rank, self.size, self.sent = rank, 2, None

        def allgather(self, mine):
            self.sent = mine
            raise InterruptedError

    parts = []
    for rank in (Rank(0), Rank(1)):
        with pytest.raises(InterruptedError):
            network_curve(work, AUTOENCODER, [1, 2, 3], [0, 1], settings, rank)
        parts.append(rank.sent)
    alone = network_curve(work, AUTOENCODER, [1, 2, 3], [0, 1], settings).unexplained.ravel()
    np.testing.assert_array_equal(alone[0::2], np.ravel(parts[0]))
    np.testing.assert_array_equal(alone[1::2], np.ravel(parts[1]))


@pytest.mark.parametrize(
    ("widths", "unexplained", "width", "flag"),
    [
        ([1, 2, 3, 4], [[0.5, 0.2, 0.01, 0.009]], 3, OK),
        ([1, 2, 3, 4], [[0.8, 0.4, 0.2, 0.1]], 2, NO_BEND),
        ([5, 10, 20], [[0.7, 0.5, 0.3]], 0, TOO_SHORT),
        # The step from 5 to 10 is no neighbour: only 11 can be the knee.
        ([5, 10, 11, 12], [[0.9, 0.5, 0.1, 0.09]], 11, OK),
        ([1, 2, 3, 4, 5], [[0.5, 0.01, 0.009, 0.0089, 0.0088], [0.5, 0.4, 0.3, 0.002, 0.0019]], 4, UNCERTAIN),
        # Rounding below a millionth is no bend.
        ([1, 2, 3, 4], [[0.5, 1e-7, 1e-12, 1e-7]], 2, OK),
    ],
)
def test_knees_by_hand(widths, unexplained, width, flag):
    found = knee(widths, unexplained)
    assert (found.width, found.flag) == (width, flag)
