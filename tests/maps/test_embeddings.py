"""Maps by several methods: known surfaces, hindrances, and what a user without a library is told."""

import sys
import types

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.decomposition import PCA, KernelPCA

from crystalspan.errors import InputError
from crystalspan.maps.embeddings import FEWEST, METHODS, MapSettings, structure_map, structure_maps, turned
from crystalspan.settings import with_defaults

ALWAYS = ("pca", "kernel_pca", "isomap", "autoencoder", "nested")


def settings(**changes):
    given = {
        "methods": ALWAYS,
        "neighbours": 10,
        "kernel_width": 1.0,
        "umap_min_dist": 0.1,
        "judged_neighbours": 10,
        "seed": 1,
    }
    return MapSettings(**given | changes)


def principal(points):
    return PCA().fit_transform(points)


@pytest.fixture(scope="module")
def roll():
    """A rolled-up sheet, and where its points are on the sheet."""
    generator = np.random.default_rng(0)
    angle, height = 1.5 * np.pi * (1 + 2 * generator.random(1000)), 21 * generator.random(1000)
    points = principal(np.stack([angle * np.cos(angle), height, angle * np.sin(angle)], axis=1))
    length = (angle * np.sqrt(1 + angle**2) + np.arcsinh(angle)) / 2
    return points, np.stack([length, height], axis=1)


def test_isomap_unrolls_a_swiss_roll_and_the_linear_map_does_not(roll):
    points, sheet = roll
    linear, unrolled = (structure_map(points, method, settings()) for method in ("pca", "isomap"))
    assert (linear.flag, unrolled.flag) == ("ok", "ok")
    agreement = [spearmanr(pdist(made.coordinates), pdist(sheet)).statistic for made in (linear, unrolled)]
    assert agreement[1] > 0.98
    assert agreement[0] < 0.5
    for measure in ("trustworthiness", "continuity", "overlap"):
        assert unrolled.quality[measure] > linear.quality[measure]
    # The price: straight distances, which Isomap does not want to keep.
    assert unrolled.quality["shepard"] < linear.quality["shepard"]


def test_a_bottleneck_of_two_tells_sheets_of_a_roll_apart_and_an_ordered_one_leads_with_variance(roll):
    points = roll[0][::4]
    linear, bottleneck, ordered = (structure_map(points, name, settings()) for name in ("pca", "autoencoder", "nested"))
    for measure in ("trustworthiness", "overlap"):
        assert bottleneck.quality[measure] > linear.quality[measure]
    # All three coordinates are kept by ten: the two leading ones say as much as two can.
    assert ordered.quality["trustworthiness"] > linear.quality["trustworthiness"] - 0.05
    again = structure_map(points, "autoencoder", settings())
    np.testing.assert_array_equal(again.coordinates, bottleneck.coordinates)
    other = structure_map(points, "autoencoder", settings(seed=2))
    assert np.abs(other.coordinates - bottleneck.coordinates).max() > 1e-3


def test_the_linear_map_is_that_of_the_principal_components(roll):
    made = structure_map(roll[0], "pca", settings())
    np.testing.assert_allclose(made.coordinates, roll[0][:, :2], atol=1e-9)


def test_kernel_pca_is_scikit_learns_with_the_median_distance_as_width():
    points = principal(np.random.default_rng(3).normal(size=(60, 4)) * [3, 2, 1, 1])
    made = structure_map(points, "kernel_pca", settings(kernel_width=0.7))
    gamma = 1 / (2 * (0.7 * np.median(pdist(points))) ** 2)
    expected = KernelPCA(2, kernel="rbf", gamma=gamma).fit_transform(points)
    # The maps differ by turning only, which keeps all distances.
    np.testing.assert_allclose(pdist(made.coordinates), pdist(expected), atol=1e-6)


def test_a_turned_map_keeps_its_distances_and_lies_as_the_target_lies():
    target = np.random.default_rng(1).normal(size=(30, 2)) * [3, 1]
    angle = 2.0
    mirrored = (target + 7) @ np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), -np.cos(angle)]])
    np.testing.assert_allclose(turned(mirrored, target), target - target.mean(axis=0), atol=1e-12)
    other = np.random.default_rng(2).normal(size=(30, 2))
    np.testing.assert_allclose(pdist(turned(other, target)), pdist(other))


# Networks begin with random numbers on axes that have a sign: turned over, a cloud gives another map, as good as it.
@pytest.mark.parametrize("method", ALWAYS[:3])
def test_maps_repeat_and_do_not_depend_on_how_the_cloud_lies_or_is_ordered(method):
    cloud = np.random.default_rng(5).normal(size=(80, 6)) * [5, 3, 2, 1, 0.5, 0.2]
    points = principal(cloud)
    first, again = (structure_map(points, method, settings()).coordinates for _ in range(2))
    np.testing.assert_array_equal(first, again)
    order = np.random.default_rng(6).permutation(80)
    moved = principal(cloud[order][:, ::-1] + 3.0)
    moved *= np.sign((moved * points[order]).sum(axis=0))
    np.testing.assert_allclose(structure_map(moved, method, settings()).coordinates, first[order], atol=1e-6)


def test_pieces_of_a_landscape_are_said_and_mapped_together():
    generator = np.random.default_rng(7)
    points = np.concatenate([generator.normal(size=(30, 3)) + shift for shift in (0.0, 100.0, -300.0)])
    made = structure_map(principal(points), "isomap", settings())
    assert made.flag == "disconnected"
    assert "in 3 pieces" in made.note
    assert np.isfinite(made.coordinates).all()
    assert set(made.quality) >= {"trustworthiness", "imbalance_from_map"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("points", "flag", "word"),
    [
        (np.empty((0, 0)), "few", "0 structures"),
        (np.arange(2.0 * FEWEST - 2).reshape(-1, 2), "few", f"needs {FEWEST}"),
        (np.empty((20, 0)), "identical", "identical"),
        (np.full((20, 2), 4.0), "identical", "identical"),
    ],
)
def test_what_cannot_be_mapped_is_flagged_with_its_reason(method, points, flag, word):
    made = structure_map(points, method, settings())
    assert (made.flag, made.quality, made.coordinates.shape) == (flag, {}, (len(points), 0))
    assert word in made.note


@pytest.mark.parametrize("method", ALWAYS)
@pytest.mark.parametrize(
    "points",
    [
        np.arange(20.0)[:, None],  # a line
        np.repeat(np.arange(24.0).reshape(-1, 2), 5, axis=0),  # everything five times
        np.eye(20)[:, :2],  # all but two in one place
    ],
)
def test_odd_clouds_have_maps_all_the_same(method, points):
    made = structure_map(principal(points), method, settings())
    assert made.coordinates.shape == (len(points), 2)
    assert made.quality


def test_a_method_that_fails_is_flagged_and_the_others_go_on(monkeypatch):
    import sklearn.manifold

    class Failing:
        def __init__(self, **options):
            pass

        def fit_transform(self, points):
            raise np.linalg.LinAlgError("did not converge")

    monkeypatch.setattr(sklearn.manifold, "Isomap", Failing)
    made = structure_maps(principal(np.random.default_rng(0).normal(size=(30, 3))), settings())
    assert [one.flag for one in made] == ["ok", "ok", "failed", "ok", "ok"]
    assert made[2].note == "did not converge"


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="no method 'tsne'"):
        structure_map(np.eye(20), "tsne", settings())


def test_umap_is_told_its_settings(monkeypatch):
    told = {}

    class Stand:
        """In place of umap-learn, which is no requirement: it takes what we give and squares the first columns."""

        def __init__(self, **options):
            told.update(options)

        def fit_transform(self, points):
            return (points[:, :2] ** 2).astype(np.float32)

    monkeypatch.setitem(sys.modules, "umap", types.SimpleNamespace(UMAP=Stand))
    points = principal(np.random.default_rng(0).normal(size=(30, 3)))
    made = structure_map(points, "umap", settings(neighbours=40, seed=9))
    assert made.flag == "ok"
    assert made.settings == {"neighbours": 29, "umap_min_dist": 0.1, "seed": 9}
    np.testing.assert_array_equal(told.pop("init"), points[:, :2])
    assert told == {"n_neighbors": 29, "n_components": 2, "min_dist": 0.1, "random_state": 9, "n_jobs": 1}
    assert made.coordinates.dtype == np.float64
    np.testing.assert_allclose(pdist(made.coordinates), pdist(points[:, :2] ** 2), rtol=1e-5)


def test_without_the_library_umap_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(InputError, match="pip install umap-learn"):
        structure_map(principal(np.random.default_rng(0).normal(size=(30, 3))), "umap", settings())


def test_the_default_width_of_kernel_pca_is_not_pca_again():
    """Points as crowded as crystals are: all neighbours nearly as far as the others."""
    points = principal(np.random.default_rng(0).normal(size=(300, 20)) * 0.8 ** np.arange(20))
    linear = structure_map(points, "pca", settings())
    default = with_defaults({})["maps"]["kernel_width"]
    alike, lost = {}, {}
    for width in (default, 1.0):
        made = structure_map(points, "kernel_pca", settings(kernel_width=width))
        both = np.abs(np.corrcoef(made.coordinates.T, linear.coordinates.T))
        alike[width] = both[[0, 1], [2, 3]].max()
        lost[width] = linear.quality["trustworthiness"] - made.quality["trustworthiness"]
    assert alike[default] < 0.92 < 0.97 < alike[1.0]
    assert 0 < lost[1.0] < lost[default] < 0.1
