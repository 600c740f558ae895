"""Sampling a space group on all ranks."""

from collections.abc import Callable

import numpy as np

from crystalspan.parallel import Communicator
from crystalspan.sampling.packing import Packing
from crystalspan.sampling.trials import Trials, sample

# Trials that a rank takes at a time: few enough that all ranks finish together.
_BATCH = 24


def sample_trials(packing: Packing, numbers: np.ndarray, settings: dict) -> Trials:
    """Build and minimise the crystals of some trial numbers (k,) as the section ``sampling`` of the settings says."""
    keys = ("cutoff", "taper", "first_cutoff", "first_pressure")
    return sample(packing, numbers, **{key: settings[key] for key in keys})


def sample_group(
    packing: Packing,
    seeds: int,
    settings: dict,
    communicator: Communicator,
    report: Callable[[int, int], None] | None = None,
) -> Trials | None:
    """Build and minimise trials 1 to `seeds` of a molecule in a space group, divided over all ranks.

    Parameters
    ----------
    packing : Packing
    seeds : int
        Number of trials.
    settings : dict
        The section ``sampling`` of the settings.
    communicator
        What `crystalspan.parallel.world` gave.
    report : callable (done, total), optional
        Called on rank 0 after each of its batches.

    Returns
    -------
    Trials or None
        All trials by number on rank 0, None on the others.
    """
    batches = [np.arange(first, min(first + _BATCH, seeds + 1)) for first in range(1, seeds + 1, _BATCH)]
    parts = []
    mine = batches[communicator.rank :: communicator.size]
    for done, batch in enumerate(mine, 1):
        parts.append(sample_trials(packing, batch, settings))
        if report is not None and communicator.rank == 0:
            report(round(seeds * done / len(mine)), seeds)
    gathered = communicator.gather(parts, root=0)
    return None if gathered is None else join([part for parts in gathered for part in parts])


def join(parts: list[Trials]) -> Trials:
    """Put batches of trials together, in the order of their numbers."""
    order = np.argsort(np.concatenate([part.number for part in parts]), kind="stable")
    names = Trials.__dataclass_fields__
    return Trials(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in names))
