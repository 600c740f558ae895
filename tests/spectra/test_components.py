"""Component criteria on spectra whose answer is known, and as properties of any spectrum."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalspan.spectra.components import (
    ElbowSettings,
    broken_stick,
    component_bound,
    component_counts,
    components_to_reach,
    elbow,
    entropy_rank,
    participation_ratio,
)
from naive import spectra as naive

ELBOW = ElbowSettings(share=0.99, sensitivity=1)
shares = st.floats(0.01, 1.0)
falling = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=60).map(lambda values: np.sort(values)[::-1])


@given(falling, shares)
def test_no_spectrum_needs_more_than_the_bound(values, share):
    n = len(values) + 1
    assert components_to_reach(values, share) <= component_bound(n, share)
    assert components_to_reach(np.sqrt(values), share) <= component_bound(n, share)


@given(falling, shares)
def test_counting_is_that_of_the_naive_twin(values, share):
    assert components_to_reach(values, share) == naive.components_to_reach(values.tolist(), share)


@given(falling, shares)
def test_variance_never_needs_more_than_singular_values(values, share):
    assert components_to_reach(values, share) <= components_to_reach(np.sqrt(values), share)


@given(falling, st.floats(1e-3, 1e3))
def test_no_criterion_depends_on_the_unit(values, factor):
    for criterion in (participation_ratio, entropy_rank):
        assert criterion(values * factor) == pytest.approx(criterion(values))
        assert 1 - 1e-9 <= criterion(values) <= len(values) * (1 + 1e-9)


@pytest.mark.parametrize("n", [1, 2, 5, 11, 101])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.7, 0.8, 0.9, 1.0])
def test_flat_spectrum_meets_the_bound_exactly(n, share):
    values = np.full(n, 0.1)
    k = math.ceil(round(share * n, 9))
    assert components_to_reach(values, share) == component_bound(n + 1, share) == k
    assert participation_ratio(values) == pytest.approx(n)
    assert entropy_rank(values) == pytest.approx(n)
    assert elbow(values, ELBOW, "linear") is None


def test_geometric_spectrum():
    values = 0.5 ** np.arange(40)
    assert [components_to_reach(values, f) for f in (0.5, 0.75, 0.8, 0.9)] == [1, 2, 3, 4]
    assert participation_ratio(values) == pytest.approx(3)
    assert entropy_rank(values) == pytest.approx(4)


def test_the_impossible_cell_of_the_study():
    assert component_bound(267, 0.8) == 213
    assert component_bound(267, 0.8, n_columns=100) == 80


def test_broken_stick_on_its_own_expectation_and_on_one_large_component():
    r = 12
    expected = np.array([sum(1 / j for j in range(i, r + 1)) / r for i in range(1, r + 1)])
    assert expected.sum() == pytest.approx(1)
    assert broken_stick(expected) == 0
    raised = expected.copy()
    raised[:3] *= 1.05
    raised[3:] *= (1 - raised[:3].sum()) / raised[3:].sum()
    assert broken_stick(raised) == 3


def test_elbow_of_a_steep_start_and_a_flat_tail():
    values = np.concatenate([np.linspace(100, 10, 6), np.linspace(1, 0.9, 60)])
    settings = ElbowSettings(share=1.0, sensitivity=1)
    assert elbow(values, settings, "linear") == 7
    assert elbow(values, settings, "log") == 7


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 0.5], [0.0, 0.0, 0.0]])
def test_short_and_empty_spectra_have_no_elbow_and_no_error(values):
    values = np.array(values)
    assert elbow(values, ELBOW, "log") is None
    counts = component_counts(values, np.sqrt(values), len(values) + 1, 100, [0.8], ELBOW)
    found = {count.criterion: count.components for count in counts}
    assert found["variance"] <= found["bound"]
    assert set(found) >= {
        "variance",
        "singular_values",
        "bound",
        "participation_ratio",
        "entropy",
        "broken_stick",
    }


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(3, 60),
    power=st.floats(0.2, 4.0),
    sensitivity=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
)
def test_the_elbow_is_the_first_knee_of_the_library_kneed(seed, n, power, sensitivity):
    from kneed import KneeLocator

    # Random steps, since the library and ours may round ties differently.
    curve = np.cumsum(np.random.default_rng(seed).uniform(0.1, 1.0, n) ** power)[::-1]
    knee = KneeLocator(np.arange(1, n + 1), curve, S=sensitivity, curve="convex", direction="decreasing").knee
    assert elbow(curve, ElbowSettings(1.0, sensitivity), "linear") == (None if knee is None else int(knee))
