"""The oracle: TorchANI's own code, one crystal at a time, all pairs, with its constants made exact."""

from dataclasses import replace

import numpy as np
import pytest

from crystalspan.crystallography.cell import heights
from crystalspan.descriptors.compute import describe_crystal
from crystalspan.descriptors.parameters import PRESETS
from random_crystals import GROUPS, random_crystal

torch = pytest.importorskip("torch")
torchani = pytest.importorskip("torchani")

ELEMENTS = np.array([1, 6, 16])


def computer(preset):
    """TorchANI's AEV computer in float64; its constants are born as float32, so they are set again."""
    name = {"ani-1x": "like_1x", "ani-2x": "like_2x"}[preset]
    made = getattr(torchani.aev.AEVComputer, name)(num_species=len(ELEMENTS), neighborlist="all_pairs").double()
    functions = PRESETS[preset]
    exact = {
        "radial.eta": [functions.radial_eta],
        "radial.shifts": functions.radial_shifts,
        "angular.eta": [functions.angular_eta],
        "angular.zeta": [functions.zeta],
        "angular.shifts": functions.angular_shifts,
        "angular.sections": functions.theta_shifts,
    }
    buffers = dict(made.named_buffers())
    for key, values in exact.items():
        target = buffers[key]
        assert target.dtype == torch.float64
        values = torch.tensor(values, dtype=torch.float64).reshape(target.shape)
        # The same constants up to their rounding: the presets are TorchANI's.
        assert torch.allclose(target, values, rtol=1e-6, atol=0)
        target.copy_(values)
    assert made.radial.cutoff == functions.radial_cutoff
    assert made.angular.cutoff == functions.angular_cutoff
    return made


def by_torchani(made, crystal):
    whole = crystal.expanded()
    numbers = torch.tensor(np.searchsorted(ELEMENTS, whole.atomic_number))[None]
    inside = whole.fractional - np.floor(whole.fractional)
    positions = torch.tensor(inside @ whole.cell)[None]
    cell, periodic = torch.tensor(whole.cell), torch.tensor([True, True, True])
    return made(numbers, positions, cell, periodic)[0].numpy()[: len(crystal.fractional)]


@pytest.mark.parametrize("preset", ["ani-1x", "ani-2x"])
def test_values_are_those_of_torchani(preset):
    made = computer(preset)
    functions = replace(PRESETS[preset], convention="torchani", neighbours="all")
    n_crystals = n_small = 0
    for number in GROUPS:
        for seed in range(4):
            n_atoms = 4 if number < 19 else 3
            crystal = random_crystal(seed, number, n_atoms=n_atoms, z_prime=1 + (number < 3))
            values = describe_crystal(functions, ELEMENTS, *crystal.arrays)
            expected = by_torchani(made, crystal)
            assert np.abs(values - expected).max() < 1e-12 * np.abs(expected).max()
            n_crystals += 1
            n_small += bool(heights(crystal.cell).min() < functions.radial_cutoff)
    assert n_crystals >= 50
    assert n_small >= 10
