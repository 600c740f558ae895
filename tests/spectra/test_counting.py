"""Counts of a spectrum by every criterion, whichever way it was computed."""

import numpy as np

from crystalspan.settings import with_defaults
from crystalspan.spectra.components import component_counts, count_settings
from crystalspan.spectra.counting import spectrum_counts
from crystalspan.spectra.leading import leading_component_counts
from crystalspan.spectra.pca import spectrum
from crystalspan.spectra.settings import spectrum_settings

SECTION = with_defaults({"thresholds": [0.5, 0.9]}, "analysis")


def points():
    generator = np.random.default_rng(3)
    return generator.normal(size=(60, 40)) * np.geomspace(10, 0.01, 40)


def test_an_exact_spectrum_is_counted_from_all_its_eigenvalues():
    found = spectrum(points(), spectrum_settings(SECTION))
    settings = count_settings(SECTION)
    assert repr(spectrum_counts(found, settings)) == repr(
        component_counts(found.eigenvalues, found.singular_values, 60, 40, (0.5, 0.9), settings.elbow)
    )


def test_a_randomized_spectrum_is_counted_with_bounds():
    section = with_defaults({**SECTION, "solver": "randomized", "randomized_components": 8}, "analysis")
    found = spectrum(points(), spectrum_settings(section))
    assert found.method == "randomized"
    counts = spectrum_counts(found, count_settings(section))
    assert repr(counts) == repr(
        leading_component_counts(found.eigenvalues, found.eigenvalue_errors, found.total_variance, 60, 40, (0.5, 0.9))
    )
    assert {one.criterion: one for one in counts}["variance"].fewest > 0
