"""The comparison of first stages: same points, fair ratios."""

import numpy as np
import pytest

from crystalspan.latent.first_stage import TODAY, FirstStage, Yield, compare, yields
from crystalspan.sampling.packing import packing
from crystalspan.sampling.trials import sample
from latent.latent_crystals import SAMPLING
from sampling.conftest import small_molecule

pytestmark = pytest.mark.slow

SECTION = SAMPLING


def test_every_setting_begins_at_the_same_points():
    molecule = small_molecule()
    stages = (FirstStage(SAMPLING["first_pressure"], SAMPLING["first_cutoff"]), FirstStage(0.0, 12.0))
    found = list(yields([molecule], [14, 4], 40, 2, SECTION, stages))
    assert len(found) == 2 * 2 * 2
    first = found[0]
    plain = sample(packing(molecule, 14), np.arange(1, 41), **SAMPLING)
    assert (first.valid, first.minimisations) == (plain.valid.sum(), np.count_nonzero(plain.step))
    assert found[0].minimisations == found[1].minimisations
    assert found[0].minimisations != found[2].minimisations
    assert all(0 < one.within[0] <= one.within[1] <= one.valid for one in found)
    assert all(one.seconds > 0 for one in found)


def test_ratios_by_hand():
    other = FirstStage(0.0, 15.0)
    found = []
    for seed, (minima, seconds) in enumerate([((20, 40), 2.0), ((10, 30), 1.0)]):
        found.append(Yield("m", 14, seed, TODAY, 50, 50, 1.0, (10, 20)))
        found.append(Yield("m", 14, seed, other, 50, 50, seconds, minima))
    same, changed = compare(found)
    assert same.rate == (1.0, 1.0)
    assert same.error == (0.0, 0.0)
    assert changed.stage == other
    assert changed.seconds == pytest.approx(np.sqrt(2))
    assert changed.minima == pytest.approx((np.sqrt(2), np.sqrt(3)))
    assert changed.rate == pytest.approx((1.0, np.sqrt(1.5)))
    assert changed.error[1] == pytest.approx(np.log(1.5) / 2)
