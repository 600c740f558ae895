"""Sampling a space group on all ranks."""

import sys
import time

import numpy as np

from crystalspan.sampling.packing import Packing
from crystalspan.sampling.trials import Trials, sample

# Trials that a rank takes at a time: few enough that all ranks finish together.
_BATCH = 24


def sample_group(packing: Packing, seeds: int, settings: dict, communicator, report=None) -> Trials | None:
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
    keys = ("cutoff", "taper", "first_cutoff", "first_pressure")
    potential = {key: settings[key] for key in keys}
    batches = [np.arange(first, min(first + _BATCH, seeds + 1)) for first in range(1, seeds + 1, _BATCH)]
    parts = []
    mine = batches[communicator.rank :: communicator.size]
    for done, batch in enumerate(mine, 1):
        parts.append(sample(packing, batch, **potential))
        if report is not None and communicator.rank == 0:
            report(round(seeds * done / len(mine)), seeds)
    gathered = communicator.gather(parts, root=0)
    if communicator.rank != 0:
        return None
    return join([part for parts in gathered for part in parts])


def join(parts: list[Trials]) -> Trials:
    """Put batches of trials together, in the order of their numbers."""
    order = np.argsort(np.concatenate([part.number for part in parts]), kind="stable")
    names = Trials.__dataclass_fields__
    return Trials(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in names))


class Progress:
    """Progress on stderr: a bar on a terminal, elsewhere a line every so often.

    Parameters
    ----------
    label : str
        What is in progress.
    unit : str
        What is counted.
    interval : float
        Seconds between lines where stderr is no terminal.
    """

    def __init__(self, label: str, unit: str, interval: float = 20.0):
        self._label, self._unit = label, unit
        self._interval = interval
        self._last = self._start = time.monotonic()
        self._bar = None

    def __call__(self, done: int, total: int):
        """Show how many are done."""
        if sys.stderr.isatty():
            self._show_bar(done, total)
        elif time.monotonic() - self._last > self._interval:
            self._last = time.monotonic()
            elapsed = self._last - self._start
            print(f"{self._label}: {done} of {total} {self._unit}, {elapsed:.0f} s", file=sys.stderr, flush=True)

    def _show_bar(self, done, total):
        from tqdm import tqdm

        if self._bar is None:
            self._bar = tqdm(total=total, desc=self._label, unit=f" {self._unit}", file=sys.stderr)
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.close()
