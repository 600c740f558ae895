"""How far a long work is, for who waits for it."""

import sys
import time


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

    def __init__(self, label: str, unit: str, interval: float = 20.0) -> None:
        self._label, self._unit = label, unit
        self._interval = interval
        self._last = self._start = time.monotonic()
        self._bar = None

    def __call__(self, done: int, total: int) -> None:
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
