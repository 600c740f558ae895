"""What a comparison is, and how two programs are timed in turn."""

import re
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

RATIO = "x"


@dataclass
class Comparison:
    """One line of the results: a ratio to another program, or a figure by itself.

    Attributes
    ----------
    name : str
    unit : str
        ``x``: how many times the other program's time ours goes into. Otherwise the unit of ``values``.
    values : list of float
        One a round: for a ratio, other / ours of that round (with an upper limit, ours / other); else the figure.
    target : float or None
        None: shown for comparison only.
    at_most : bool
        The target is an upper limit.
    ours, other : list of float
        CPU seconds per structure (or whatever ``per`` names), one a round.
    per : str
    sizes : dict
        What was measured: numbers of structures, atoms, values.
    note : str
        What a reader must know to judge the figure.
    skipped : str
        Why there is no figure; empty when there is one.
    """

    name: str
    unit: str = RATIO
    values: list[float] = field(default_factory=list)
    target: float | None = None
    at_most: bool = False
    ours: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)
    per: str = "structure"
    sizes: dict = field(default_factory=dict)
    note: str = ""
    skipped: str = ""

    @property
    def median(self) -> float | None:
        """The median of the rounds."""
        return statistics.median(self.values) if self.values else None

    @property
    def worst(self) -> float | None:
        """The round that is least in our favour."""
        if not self.values:
            return None
        return max(self.values) if self.at_most else min(self.values)

    @property
    def of_minima(self) -> float | None:
        """The ratio of the shortest times of both: what a busy machine disturbs least. For other units the median.

        With an upper limit it is ours / other, as the values are.
        """
        if not (self.ours and self.other):
            return self.median
        return min(self.ours) / min(self.other) if self.at_most else min(self.other) / min(self.ours)

    @property
    def met(self) -> bool | None:
        """Whether both the median and the ratio of the shortest times reach the target; None without one."""
        if self.target is None or not self.values:
            return None
        if self.at_most:
            return max(self.median, self.of_minima) <= self.target
        return min(self.median, self.of_minima) >= self.target

    def record(self) -> dict:
        """Return all of it, with what follows from it, for the file of results."""
        derived = {"median": self.median, "worst": self.worst, "of_minima": self.of_minima, "met": self.met}
        return asdict(self) | derived


def of_record(record: dict) -> Comparison:
    """Return the comparison of a record; what follows from other entries is worked out again."""
    return Comparison(**{key: value for key, value in record.items() if key in Comparison.__dataclass_fields__})


def lines(found) -> list[Comparison]:
    """Return what a family measured as comparisons; it may give dictionaries with their fields, or one alone."""
    found = found if isinstance(found, list | tuple) else [found]
    return [of_record(one) if isinstance(one, dict) else one for one in found]


def skipped(name: str, error: Exception, target: float | None = None) -> Comparison:
    """Return the line of a program that is not there or failed, with the reason."""
    # No folders of this machine in a file that is published.
    first = re.sub(r"/\S*/", "", (str(error).strip().splitlines() or [""])[0])
    return Comparison(name, target=target, skipped=f"{type(error).__name__}: {first}"[:200])


def cpu_seconds(work: Callable, least: float = 0.0) -> float:
    """Return the CPU seconds (all threads) of a call, the mean of as many calls as last `least` seconds."""
    calls, start = 0, time.process_time()
    while True:
        work()
        calls += 1
        spent = time.process_time() - start
        if spent >= least:
            return spent / calls


def in_turn(ours: Callable, other: Callable, rounds: int, count: float = 1, least: float = 0.1) -> dict:
    """Time two programs A B A B ..., both after one call that is not counted.

    Parameters
    ----------
    ours, other : callable
        Do the same amount of work, `count` structures.
    rounds : int
    count : float
        Times are divided by it.
    least : float
        CPU seconds that a round of ours lasts at least, by repetition, so that the clock is fine enough.

    Returns
    -------
    dict
        ``values``, ``ours`` and ``other`` for a `Comparison`.
    """
    ours()
    other()
    times = [(cpu_seconds(ours, least), cpu_seconds(other)) for _ in range(rounds)]
    return {
        "values": [b / a for a, b in times],
        "ours": [a / count for a, _ in times],
        "other": [b / count for _, b in times],
    }
