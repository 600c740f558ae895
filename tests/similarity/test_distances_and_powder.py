"""Distances between crystals by their atoms and by their powder patterns."""

import numpy as np
import pytest
from packed_crystals import ORACLE, guises, landscape_of, oracle_crystals

from crystalspan.errors import InputError
from crystalspan.similarity.distances import (
    average_minimum_distances,
    distance_distribution,
    distribution_distance,
    element_distances,
)
from crystalspan.similarity.powder import cross_correlations, powder_patterns
from naive import similarity as naive


def test_average_minimum_distances_agree_with_their_authors(oracle):
    found = average_minimum_distances(oracle)[:, ORACLE["amd"]["places"]]
    assert np.allclose(found, ORACLE["amd"]["amd-100"], atol=2e-6)


def test_distances_of_distributions_agree_with_their_authors(oracle):
    distributions = [distance_distribution(oracle, row) for row in range(len(oracle))]
    found = [[distribution_distance(one, other) for other in distributions] for one in distributions]
    # The authors collapse rows that differ by less than 1e-4 angstrom.
    assert np.allclose(found, ORACLE["amd"]["emd-100"], atol=2e-4)
    assert np.allclose(found, np.transpose(found))
    assert np.allclose(np.diag(found), 0)


def test_distances_do_not_depend_on_guises(oracle):
    for crystal in oracle_crystals()[4:7]:
        described = [crystal, *(guise for _, guise in guises(crystal, oracle.reference_automorphisms))]
        landscape = landscape_of(described, oracle.reference_atomic_number, oracle.reference_positions)
        assert np.ptp(element_distances(landscape, neighbours=40), axis=0).max() < 1e-9
        first, *others = [distance_distribution(landscape, row, 40) for row in range(len(described))]
        assert max(distribution_distance(first, other) for other in others) < 1e-9


def test_distributions_of_many_unlike_rows_are_refused():
    with pytest.raises(InputError, match="2003 and 3"):
        distribution_distance(np.zeros((2003, 2)), np.zeros((3, 2)))


def test_cross_correlation_is_its_plain_twin():
    generator = np.random.default_rng(0)
    first, second = generator.random((3, 120)) ** 8, generator.random((2, 120)) ** 8
    expected = [[naive.cross_correlation(one, other, 0.5, 0.02) for other in second] for one in first]
    assert np.allclose(cross_correlations(first, second, 0.5), expected, rtol=1e-12)


def test_cross_correlation_of_single_peaks_falls_with_their_distance():
    """Of two lines r apart the weighted correlation is the triangle itself: 1 - r / reach."""
    patterns = np.zeros((4, 1001))
    patterns[np.arange(4), [500, 500, 525, 610]] = 1.0
    assert np.allclose(cross_correlations(patterns[:1], patterns, 2.0), [[1.0, 1.0, 0.75, 0.0]])


def test_powder_patterns_do_not_depend_on_guises(oracle):
    crystal = oracle_crystals()[5]
    described = [crystal, *(guise for _, guise in guises(crystal, oracle.reference_automorphisms))]
    patterns = powder_patterns(landscape_of(described, oracle.reference_atomic_number, oracle.reference_positions))
    assert cross_correlations(patterns, patterns).min() > 1 - 1e-9


def test_duplicates_have_like_patterns_and_others_have_not(oracle):
    ids = [one.split("QR-")[1] for one in oracle.id]
    patterns = powder_patterns(oracle)
    found = cross_correlations(patterns, patterns)
    assert found[ids.index("29-177-2"), ids.index("29-493-2")] > 0.999
    assert np.median(found) < 0.95
