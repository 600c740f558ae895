"""Minimisations of the built-in sampler: an absolute rate, to be read beside the machine."""

import time

import numpy as np

from benchmarks.comparison import Comparison
from benchmarks.data import MOLECULE
from crystalspan.crystallography.molecules import read_molecule
from crystalspan.sampling.packing import packing
from crystalspan.sampling.trials import sample
from crystalspan.settings import with_defaults

RATE = 6000.0  # minimisations a minute and core
GROUPS = (14, 15, 19, 2, 29, 33, 4, 5, 61, 9)  # those of the study


def measure(quick: bool = False) -> list[Comparison]:
    """Measure anti-BDT in the study's ten space groups with the default cutoffs."""
    n, rounds = (24, 2) if quick else (120, 3)
    settings = with_defaults({}, "sampling")
    potential = {key: settings[key] for key in ("cutoff", "taper", "first_cutoff", "first_pressure")}
    molecule = read_molecule(MOLECULE)
    prepared = [packing(molecule, group) for group in GROUPS]
    sample(prepared[0], np.arange(1, 3), **potential)
    times = []
    for _ in range(rounds):
        found, seconds = [], []
        for one in prepared:
            start = time.process_time()
            found.append(sample(one, np.arange(1, n + 1), **potential))
            seconds.append(time.process_time() - start)
        minimised = [int((trials.step > 0).sum()) for trials in found]
        times.append(sum(seconds) / sum(minimised))
    return [
        Comparison(
            "sampler / anti-BDT, default cutoffs",
            unit="minimisations/min",
            values=[60 / one for one in times],
            target=RATE,
            ours=times,
            per="minimisation",
            sizes={
                "trials": n * len(GROUPS),
                "minimised": sum(minimised),
                "minima": sum(int(trials.valid.sum()) for trials in found),
                "minimisations/min by space group": {
                    group: round(60 * done / spent)
                    for group, done, spent in zip(GROUPS, minimised, seconds, strict=True)
                },
            },
            note="equal numbers of trials in the study's ten groups; those that found no packing cost time, "
            "and are not counted",
        )
    ]
