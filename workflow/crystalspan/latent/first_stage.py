"""Which first stage of the sampler's minimisation finds most: distinct minima a second, setting by setting."""

import dataclasses
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from crystalspan.crystallography.molecules import Molecule
from crystalspan.latent.minima import MinimumWindows, distinct, found_minima
from crystalspan.sampling.packing import packing
from crystalspan.sampling.trials import sample

# Trials of one search lie so far from those of the next, a power of two as Sobol points want.
_APART = 2**20


@dataclasses.dataclass(frozen=True)
class FirstStage:
    """A setting of the first stage: pressure in GPa, cutoff in angstrom."""

    pressure: float
    cutoff: float


TODAY = FirstStage(0.1, 10.0)
CANDIDATES = (TODAY, FirstStage(0.0, 10.0), FirstStage(0.1, 15.0), FirstStage(0.0, 12.0), FirstStage(0.0, 15.0))


class Yield(NamedTuple):
    """What one search found.

    Attributes
    ----------
    molecule : str
    group, seed : int
    stage : FirstStage
    minimisations, valid : int
    seconds : float
        Of the processor, for trials and minimisations alone.
    within : tuple of int
        Distinct minima in each window above the lowest one that any setting found with this molecule in this group.
    """

    molecule: str
    group: int
    seed: int
    stage: FirstStage
    minimisations: int
    valid: int
    seconds: float
    within: tuple[int, ...]


def yields(
    molecules: list[Molecule],
    groups: Sequence[int],
    trials: int,
    seeds: int,
    sampling: dict,
    stages: Sequence[FirstStage] = CANDIDATES,
    windows: Sequence[float] = (10.0, 20.0),
) -> Iterator[Yield]:
    """Search with each setting from the same trial points, one setting right after the other.

    Parameters
    ----------
    molecules : list of Molecule
    groups : sequence of int
    trials : int
        Of each search.
    seeds : int
        Searches, from other points each.
    sampling : dict
        The section ``sampling``, of which cutoff and taper are used.
    stages : sequence of FirstStage
    windows : sequence of float
        kJ/mol.

    Yields
    ------
    Yield
        Setting by setting within each molecule, group and seed.
    """
    same = MinimumWindows()
    for molecule in molecules:
        for group in groups:
            packed = packing(molecule, group)
            # Compilation is nobody's time.
            _search(packed, np.arange(1, 3), stages[0], sampling)
            for seed in range(seeds):
                numbers = seed * _APART + np.arange(1, trials + 1)
                found = [_search(packed, numbers, stage, sampling) for stage in stages]
                lowest = min(np.nanmin(np.where(made.valid, made.energy, np.nan)) for made, _ in found)
                for stage, (made, seconds) in zip(stages, found, strict=True):
                    unique = distinct(found_minima(packed, made, same, lowest + max(windows)), same)[0]
                    within = tuple(int(np.count_nonzero(unique.energy <= lowest + window)) for window in windows)
                    ran = int(np.count_nonzero(made.step))
                    yield Yield(molecule.name, group, seed, stage, ran, int(made.valid.sum()), seconds, within)


def _search(packed, numbers, stage, sampling):
    start = time.process_time()
    made = sample(packed, numbers, sampling["cutoff"], sampling["taper"], stage.cutoff, stage.pressure)
    return made, time.process_time() - start


class Comparison(NamedTuple):
    """A setting against the first one, over all molecules, groups and seeds.

    Attributes
    ----------
    stage : FirstStage
    minima : tuple of float
        Ratio of distinct minima from as many trials, in each window: geometric mean.
    seconds : float
        Ratio of times.
    rate : tuple of float
        Ratio of distinct minima a second.
    error : tuple of float
        Standard error of the logarithm of `rate`: its relative error.
    """

    stage: FirstStage
    minima: tuple[float, ...]
    seconds: float
    rate: tuple[float, ...]
    error: tuple[float, ...]


def compare(found: list[Yield]) -> list[Comparison]:
    """Compare settings search by search, each with that of the first setting from the same points.

    Parameters
    ----------
    found : list of Yield
        Complete: every setting for every molecule, group and seed.
    """
    stages = list(dict.fromkeys(one.stage for one in found))
    by = {(one.molecule, one.group, one.seed, one.stage): one for one in found}
    cases = list(dict.fromkeys((one.molecule, one.group, one.seed) for one in found))
    minima = np.log([[np.maximum(by[*case, stage].within, 1) for stage in stages] for case in cases])
    seconds = np.log([[by[*case, stage].seconds for stage in stages] for case in cases])
    minima, seconds = minima - minima[:, :1], seconds - seconds[:, :1]
    rate = minima - seconds[..., None]
    error = rate.std(axis=0, ddof=1) / np.sqrt(len(cases)) if len(cases) > 1 else np.full(rate.shape[1:], np.nan)
    return [
        Comparison(
            stage,
            tuple(np.exp(minima[:, i].mean(axis=0)).tolist()),
            float(np.exp(seconds[:, i].mean())),
            tuple(np.exp(rate[:, i].mean(axis=0)).tolist()),
            tuple(error[i].tolist()),
        )
        for i, stage in enumerate(stages)
    ]
