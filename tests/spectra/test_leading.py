"""Component counts from the leading eigenvalues alone, against those from all of them."""

import math

import numpy as np
import pytest

from crystalspan.spectra.components import ElbowSettings, component_counts
from crystalspan.spectra.leading import leading_component_counts

THRESHOLDS = (0.5, 0.8, 0.95)


@pytest.mark.parametrize("decay", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("known", [1, 10, 40])
@pytest.mark.parametrize("error", [0.0, 0.001, 0.2])
def test_bounds_hold_what_all_eigenvalues_give(decay, known, error):
    values = np.arange(1, 61) ** -decay
    everything = component_counts(values, np.sqrt(values), 61, 100, THRESHOLDS, ElbowSettings(0.99, 1))
    errors = error * values[:known]
    # The true values lie somewhere between the estimates and their bounds.
    estimates = values[:known] - np.random.default_rng(known).uniform(0, 1, known) * errors
    found = leading_component_counts(estimates, errors, values.sum(), 61, 100, THRESHOLDS)
    assert [(a.criterion, a.threshold) for a in found if a.threshold == a.threshold] == [
        (b.criterion, b.threshold) for b in everything if b.threshold == b.threshold
    ]
    for mine, truth in zip(found, everything, strict=True):
        assert mine.criterion == truth.criterion
        if mine.criterion == "bound":
            assert mine.components == truth.components
        elif mine.criterion in ("variance", "participation_ratio", "broken_stick"):
            assert mine.fewest - 1e-9 <= truth.components <= mine.most + 1e-9
            assert math.isnan(mine.components) or mine.fewest - 1e-9 <= mine.components <= mine.most + 1e-9
        else:
            assert math.isnan(mine.components)


def test_exact_eigenvalues_that_reach_the_share_leave_no_doubt():
    values = 0.5 ** np.arange(30)
    found = leading_component_counts(values[:10], np.zeros(10), values.sum(), 31, 30, [0.8])
    assert (found[0].components, found[0].fewest, found[0].most) == (3, 3, 3)
    short = leading_component_counts(values[:2], np.zeros(2), values.sum(), 31, 30, [0.8])[0]
    assert math.isnan(short.components)
    assert (short.fewest, short.most) == (3, 24)
