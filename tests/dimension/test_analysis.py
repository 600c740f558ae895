"""Everything that is said of one set of structures: what it holds, and what it leaves out."""

import numpy as np
import pytest

from crystalspan.dimension.analysis import PARALLEL_ANALYSIS, analyse, curve_sizes, dimension_settings
from crystalspan.dimension.estimators.intrinsic import intrinsic_dimension
from crystalspan.spectra.pca import spectrum
from crystalspan.spectra.settings import spectrum_settings
from settings_help import settings_with
from validation.manifolds import curved_cube


def settings_of(**changes):
    return dimension_settings(settings_with(**changes))


@pytest.fixture(scope="module")
def values():
    return curved_cube(150, 3, 40, seed=1)


@pytest.fixture(scope="module")
def found(values):
    return analyse(values, settings_of())


def count(analysis, criterion, threshold=None):
    found = [one for one in analysis.counts if one.criterion == criterion]
    (one,) = found if threshold is None else [one for one in found if one.threshold == threshold]
    return one


def test_the_estimates_are_those_of_the_estimators(values, found):
    assert found.estimates == intrinsic_dimension(values, settings_of().intrinsic)
    assert (found.n_structures, found.n_columns, found.n_distinct, found.n_counted) == (150, 40, 150, 150)


def test_the_counts_are_those_of_the_spectrum(values, found):
    result = spectrum(values, spectrum_settings(settings_with()))
    expected = int(np.searchsorted(result.variance_shares, 0.8)) + 1
    one = count(found, "variance", 0.8)
    assert one.components == expected
    assert one.low <= expected <= one.high
    assert 0 < count(found, PARALLEL_ANALYSIS).components < 40


def test_the_curves_end_with_all_structures(values, found):
    assert [one.n_structures for one in found.rarefaction][-1] == 150
    last = [one for one in found.rarefaction if one.n_structures == 150 and one.criterion == "participation_ratio"]
    assert last[0].mean == pytest.approx(count(found, "participation_ratio").components)
    (mle,) = [one for one in found.decimation if (one.method, one.neighbours, one.n_structures) == ("mle", 20, 150)]
    (whole,) = [one for one in found.estimates if (one.method, one.neighbours) == ("mle", 20)]
    assert mle.mean == pytest.approx(whole.value)
    sizes = sorted({one.n_structures for one in found.decimation})
    assert sizes == curve_sizes(150, 8)


def test_components_foretell_the_descriptor_better_the_more_there_are(found):
    to_all = [one.to_all for one in found.imbalance]
    assert to_all[0] > to_all[-1]
    assert [one.components for one in found.imbalance] == [1, 2, 3, 5, 10, 20, 40]


def test_every_structure_has_its_local_dimension(found):
    assert set(found.local) == {("mle", 5), ("mle", 10), ("mle", 20), ("local_pca", 20)}
    assert all(len(values) == 150 for values in found.local.values())


def test_controls_get_no_detail(values):
    short = analyse(values, settings_of(), detail=False)
    assert short.estimates == analyse(values, settings_of()).estimates
    assert not short.rarefaction
    assert not short.local
    assert PARALLEL_ANALYSIS not in {one.criterion for one in short.counts}


@pytest.mark.slow
def test_large_sets_are_counted_by_a_sample_and_estimated_as_a_whole(values):
    found = analyse(values, settings_of(largest_sample=60))
    assert (found.n_structures, found.n_counted) == (150, 60)
    assert max(one.n_structures for one in found.rarefaction) == 60
    assert found.estimates == analyse(values, settings_of(), detail=False).estimates


def test_duplicates_are_seen_once(values):
    found = analyse(np.concatenate([values, values[:30]]), settings_of(), detail=False)
    assert (found.n_structures, found.n_distinct) == (180, 150)
    assert {one.n_duplicates for one in found.estimates} == {30}


@pytest.mark.parametrize("n", [2, 3, 5])
def test_a_handful_of_structures_gives_invalid_estimates_with_reasons(n):
    found = analyse(np.random.default_rng(0).random((n, 7)), settings_of())
    assert not any(one.valid for one in found.estimates)
    assert all(one.reason for one in found.estimates)


def test_identical_structures_have_no_dimension():
    found = analyse(np.ones((40, 5)), settings_of())
    assert not any(one.valid for one in found.estimates)
    assert found.n_distinct == 1


def test_the_sizes_of_a_curve_are_spaced_evenly_on_a_logarithmic_scale():
    assert curve_sizes(1, 8) == []
    assert curve_sizes(9, 8) == [9]
    sizes = curve_sizes(1000, 3)
    assert sizes == [10, 100, 1000]
