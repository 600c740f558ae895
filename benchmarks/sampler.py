"""Minimisations of the built-in sampler: an absolute rate, to be read beside the machine."""

import numpy as np

from benchmarks.comparison import Comparison, cpu_seconds
from benchmarks.data import MOLECULE
from crystalspan.crystallography.molecules import read_molecule
from crystalspan.sampling.packing import packing
from crystalspan.sampling.trials import sample
from crystalspan.settings import with_defaults

RATE = 6000.0  # minimisations a minute and core
GROUPS = (14, 19, 2)


def measure(quick: bool = False) -> list[Comparison]:
    """Measure anti-BDT in the three commonest space groups with the default cutoffs."""
    n, rounds = (48, 2) if quick else (240, 3)
    settings = with_defaults({}, "sampling")
    potential = {key: settings[key] for key in ("cutoff", "taper", "first_cutoff", "first_pressure")}
    molecule = read_molecule(MOLECULE)
    prepared = [packing(molecule, group) for group in GROUPS]
    sample(prepared[0], np.arange(1, 3), **potential)
    times, done = [], []
    for _ in range(rounds):
        trials = []

        def work(trials=trials):
            trials += [sample(one, np.arange(1, n + 1), **potential) for one in prepared]

        seconds = cpu_seconds(work)
        done.append(sum(int((part.step > 0).sum()) for part in trials))
        times.append(seconds / done[-1])
    minima = sum(int(part.valid.sum()) for part in trials)
    return [
        Comparison(
            "sampler / anti-BDT, default cutoffs",
            unit="minimisations/min",
            values=[60 / seconds for seconds in times],
            target=RATE,
            ours=times,
            per="minimisation",
            sizes={"trials": 3 * n, "minimised": done[-1], "minima": minima},
            note="P21/c, P212121, P-1 in equal parts; trials that found no packing are not counted, their time is",
        )
    ]
