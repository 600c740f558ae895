"""Bias and coverage on known manifolds: the table itself, and what it must show."""

import numpy as np
import pytest

from crystalspan.dimension.estimators.estimate import ErrorSettings, Evaluation
from crystalspan.dimension.estimators.intrinsic import IntrinsicSettings
from crystalspan.dimension.estimators.own import LevinaBickel, TwoNN
from validation.estimators import MANIFOLDS, calibrate

SETTINGS = IntrinsicSettings(
    discarded=0.1,
    gride_orders=(),
    mle_neighbours=(),
    pca_neighbours=(),
    pca_share=0.05,
    duplicate_tolerance=1e-6,
    block_mib=16,
    errors=ErrorSettings(subsets=10, share=0.5, seed=1, smallest_sample=30),
)


@pytest.mark.parametrize(("manifold", "d"), [("swiss roll", 2), ("sphere", 2), ("sphere", 4), ("curved cube", 3)])
def test_twonn_is_nearly_unbiased_in_low_dimensions_and_its_error_bar_covers(manifold, d):
    found, other = calibrate(manifold, d, 200, 25, 10, [TwoNN(), LevinaBickel(10)], SETTINGS, 0.95)
    assert (found.method, found.neighbours, found.dimension) == ("twonn", 2, d)
    assert found.mean == pytest.approx(d, abs=4 * found.spread / np.sqrt(25) + 0.06 * d)
    assert found.coverage >= 0.8
    assert found.valid == 1
    # The half-sample error bar is on the safe side, by up to the square root of two where neighbours change.
    assert 0.7 < found.standard_error / found.spread < 2.2
    assert other.spread < found.spread


def test_a_sample_without_a_value_does_not_spoil_the_others():
    class Moody:
        """An estimator that fails on every second set of points."""

        name, reach, needs_points, reference, calls = "moody", 0, True, "", 0

        def evaluate(self, neighbours, points):
            if len(points) == 40:
                self.calls += 1
            return Evaluation(np.nan if self.calls % 2 else 2.0, np.nan, len(points))

    (found,) = calibrate("sphere", 2, 40, 4, 1, [Moody()], SETTINGS, 0.95)
    assert found.mean == 2
    assert found.samples == 4
    assert found.coverage == found.valid == 0.5


def test_every_manifold_has_its_size():
    for name, make in MANIFOLDS.items():
        assert make(7, 2, 1).shape[0] == 7, name
        assert np.array_equal(make(7, 2, 1), make(7, 2, 1))
        assert not np.array_equal(make(7, 2, 1), make(7, 2, 2))
