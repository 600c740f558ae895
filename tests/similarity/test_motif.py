"""Packing motifs of flat molecules, on clusters laid out by hand and on two landscapes of the literature."""

import numpy as np
import pytest

from crystalspan.similarity.motif import BETA, GAMMA, HERRINGBONE, NOT_FLAT, PARALLEL, SANDWICH, motif_of

RING = 1.4 * np.array([[np.cos(t), np.sin(t), 0.0] for t in np.arange(6) * np.pi / 3])
TILT = np.radians(60.0)
TURN = np.array([[1, 0, 0], [0, np.cos(TILT), -np.sin(TILT)], [0, np.sin(TILT), np.cos(TILT)]])
BESIDE = RING @ TURN.T + [0.0, 5.0, 0.0]
ABOVE, BELOW = RING + [1.0, 0.0, 3.5], RING - [1.0, 0.0, 3.5]
ASIDE = RING + [7.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("neighbours", "name"),
    [
        ([BESIDE, ASIDE], HERRINGBONE),
        ([BESIDE, ABOVE], SANDWICH),
        ([BESIDE, ABOVE, BELOW], GAMMA),
        ([ABOVE, BELOW, ASIDE], BETA),
        ([ASIDE], PARALLEL),
        ([RING + [6.0, 0.0, 3.5], BESIDE], HERRINGBONE),
    ],
)
def test_the_neighbours_say_the_motif(neighbours, name):
    cluster = np.array([RING, *neighbours])
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    for shown in (cluster, cluster @ turn.T + 3.0, -cluster):
        found = motif_of(shown)
        assert found.name == name
        if name in (SANDWICH, GAMMA, BETA):
            assert (found.stacking_distance, found.slip) == pytest.approx((3.5, 1.0))
        if name in (HERRINGBONE, SANDWICH, GAMMA):
            assert found.tilt == pytest.approx(60.0)


def test_molecules_that_are_not_flat_have_no_motif():
    bent = RING + [[0, 0, 0.5 * (-1) ** i] for i in range(6)]
    assert motif_of(np.array([bent, bent + [0, 0, 4.0]])).name == NOT_FLAT
