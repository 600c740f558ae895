"""The search for neighbours against sorting all distances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalspan.errors import InputError
from crystalspan.points.neighbours import (
    RowsOf,
    distinct_neighbours,
    nearest_neighbours,
    principal_coordinates,
    thinned,
    thinning_reach,
)
from naive import dimension as naive


def cloud(seed, n, d):
    return np.random.default_rng(seed).normal(size=(n, d)) * np.linspace(1, 3, d) + 7.0


@given(seed=st.integers(0, 10**6), n=st.integers(2, 40), d=st.integers(1, 60))
def test_principal_coordinates_keep_every_distance_in_fewer_columns(seed, n, d):
    values = cloud(seed, n, d)
    points = principal_coordinates(values)
    assert points.shape[1] <= min(d, max(n - 1, 1))
    expected = np.linalg.norm(values[:, None] - values[None], axis=-1)
    np.testing.assert_allclose(np.linalg.norm(points[:, None] - points[None], axis=-1), expected, atol=1e-6)


def test_principal_coordinates_of_the_same_points_and_of_few():
    assert principal_coordinates(np.full((5, 3), 0.1)).shape[1] == 0
    assert principal_coordinates(np.full((5, 30), 0.1)).shape[1] == 0
    assert principal_coordinates(np.zeros((0, 3))).shape == (0, 0)
    assert principal_coordinates(np.ones((1, 3))).shape == (1, 0)
    with pytest.raises(InputError, match="finite"):
        principal_coordinates(np.array([[1.0, np.nan]]))
    with pytest.raises(InputError, match="matrix"):
        principal_coordinates(np.zeros(3))


@pytest.mark.parametrize("block_mib", [1e-4, 0.02, 64])
@pytest.mark.parametrize(("n", "d", "count"), [(90, 3, 7), (120, 70, 119), (40, 2, 500)])
def test_blocks_find_what_sorting_all_distances_finds(n, d, count, block_mib):
    points = cloud(1, n, d)
    found = nearest_neighbours(points, count, block_mib)
    for i in (0, 1, n // 2, n - 1):
        expected = naive.sorted_neighbours(points.tolist(), i)[:count]
        assert found.index[i].tolist() == [j for _, j in expected]
        np.testing.assert_allclose(found.distance[i], [r for r, _ in expected], rtol=1e-12)
    full = np.linalg.norm(points[:, None] - points[None], axis=-1)
    assert found.diameter == pytest.approx(full.max())


def test_small_distances_far_from_the_origin_are_exact():
    points = cloud(2, 50, 5) + 1e4
    points[7] = points[3] + 1e-6
    found = nearest_neighbours(points, 3, 64)
    assert found.index[3, 0] == 7
    assert found.distance[3, 0] == np.linalg.norm(points[7] - points[3])


def test_a_memory_map_gives_the_same(tmp_path):
    points = cloud(3, 60, 4)
    np.save(tmp_path / "points.npy", points)
    found = nearest_neighbours(np.load(tmp_path / "points.npy", mmap_mode="r"), 5, 0.01)
    assert np.array_equal(found.index, nearest_neighbours(points, 5, 64).index)


class Watched:
    """Points that tell how many rows were read at a time."""

    def __init__(self, points):
        self.points, self.shape, self.most = points, points.shape, 0

    def __len__(self):
        return len(self.points)

    def __getitem__(self, chosen):
        found = self.points[chosen]
        self.most = max(self.most, found.shape[0] if found.ndim > 1 else 1)
        return found


def test_no_more_than_a_block_is_read_at_a_time_duplicates_or_not():
    points = cloud(6, 300, 5)
    points[200:] = points[:100] + 1e-7
    watched = Watched(points)
    found, kept = distinct_neighbours(watched, 3, 1e-4, 1e-4)
    assert watched.most <= 32
    expected, same = distinct_neighbours(points, 3, 1e-4, 64)
    assert np.array_equal(kept, same)
    assert len(kept) == 200
    assert np.array_equal(found.index, expected.index)
    np.testing.assert_allclose(found.distance, expected.distance, rtol=1e-12)


def test_rows_of_a_matrix_are_read_as_from_their_copy():
    points = cloud(7, 20, 3)
    rows = np.array([1, 4, 5, 11, 19])
    view, copy = RowsOf(points, rows), points[rows]
    assert view.shape == copy.shape
    assert len(view) == 5
    for chosen in (2, slice(1, 4), np.array([[0, 3], [4, 4]]), slice(None)):
        assert np.array_equal(view[chosen], copy[chosen])


def test_points_that_are_not_finite_are_refused_in_the_search_too():
    points = cloud(8, 30, 3)
    points[17, 1] = np.nan
    with pytest.raises(InputError, match="not finite"):
        nearest_neighbours(points, 2, 64)


@pytest.mark.parametrize("block_mib", [1e-4, 64])
def test_near_duplicates_go_and_the_first_stays(block_mib):
    generator = np.random.default_rng(4)
    points = cloud(4, 80, 6)
    copies = points[generator.integers(0, 80, 60)] + generator.normal(size=(60, 6)) * 1e-6
    everything = np.concatenate([points, copies])
    radius = np.sqrt(((everything - everything.mean(axis=0)) ** 2).sum(axis=1).mean())
    found, kept = distinct_neighbours(everything, 4, 1e-4, block_mib)
    assert kept.tolist() == naive.without_near_duplicates(everything.tolist(), 1e-4 * radius) == list(range(80))
    assert np.array_equal(found.index, nearest_neighbours(points, 4, 64).index)
    with pytest.raises(InputError, match="below rounding"):
        distinct_neighbours(everything, 4, 1e-9, block_mib)


@given(seed=st.integers(0, 10**6), n=st.integers(12, 60), count=st.integers(1, 4))
def test_thinned_lists_are_those_of_a_new_search(seed, n, count):
    points = cloud(seed, n, 3)
    kept = np.sort(np.random.default_rng(seed).choice(n, n // 2, replace=False))
    new = nearest_neighbours(points[kept], count, 64)
    old = thinned(nearest_neighbours(points, n - 1, 64), kept, count)
    assert np.array_equal(old.index, new.index)
    np.testing.assert_allclose(old.distance, new.distance)


def test_a_list_too_short_leaves_a_gap_and_the_reach_avoids_it():
    points = np.arange(10.0)[:, None] ** 2
    old = thinned(nearest_neighbours(points, 2, 64), np.array([0, 9]), 1)
    assert np.isnan(old.distance).all()
    assert (old.index == -1).all()
    n = 3000
    reach = thinning_reach(4, 0.5)
    found = nearest_neighbours(np.random.default_rng(5).random((n, 2)), reach, 64)
    kept = np.sort(np.random.default_rng(6).choice(n, n // 2, replace=False))
    assert np.isfinite(thinned(found, kept, 4).distance).all()
