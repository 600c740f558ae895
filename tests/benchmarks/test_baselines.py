"""The programs that the kernel is compared with give its values: else the comparison would be of different things."""

import numpy as np
import pytest

from benchmarks.baselines import arrays, formulas, loops
from crystalspan.descriptors.compute import describe_crystal
from crystalspan.descriptors.parameters import PRESETS


@pytest.mark.parametrize("baseline", [arrays, formulas, loops])
def test_baselines_agree_with_the_kernel(baseline):
    generator = np.random.default_rng(4)
    # An axis shorter than the cutoff: atoms have images of their own among their neighbours.
    cell = np.array([[4.9, 0.0, 0.0], [1.0, 6.0, 0.0], [-0.7, 0.9, 7.0]])
    fractional, numbers = generator.uniform(size=(6, 3)), np.array([1, 6, 6, 8, 1, 6])
    elements, functions = np.array([1, 6, 8]), PRESETS["ani-1x"]
    found = baseline.describe(functions, elements, [(cell, fractional @ cell, numbers, 2)])
    identity = np.eye(3, dtype=int)[None], np.zeros((1, 3))
    expected = describe_crystal(functions, elements, cell, *identity, fractional, numbers, np.zeros(6, dtype=int))
    # acos loses half of the digits near 0 and pi.
    np.testing.assert_allclose(found[0], expected[:2], atol=1e-7 * np.abs(expected).max())
