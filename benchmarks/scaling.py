"""How long the descriptors of a campaign take on many ranks: a model of measured parts.

Amdahl's law with what the stage does one after the other: start-up; in every round the wait for the slowest rank; the
gathering and writing of every structure at rank 0. Jobs are independent and share nothing but the file system.
AFIPS Conf. Proc. 1967, 30, 483, DOI 10.1145/1465482.1465560.

Assumptions, beside the measured parts: ranks are as fast as the one measured, however many share a node; start-up
takes `START_UP_GROWTH` of its time more for each doubling of the ranks (the libraries come from one file system); all
jobs together write `FILE_SYSTEM` bytes a second at most; the network takes no time beside the pickling of what goes
over it; jobs start at once, so the queue is not in the model; a campaign has one job, of any number of ranks, for every
`STRUCTURES_A_JOB` structures at most.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from crystalspan.descriptors.featurize import LEAST_SHARE, ROUND_BYTES

START_UP_GROWTH = 0.1
FILE_SYSTEM = 20e9  # bytes/s, a cluster's parallel file system
STRUCTURES_A_JOB = 5000  # a landscape of 100,000 structures in 10 space groups and 2 shells


@dataclass(frozen=True)
class Parts:
    """The measured parts of the stage.

    Attributes
    ----------
    start_up : float, s
        Of a process that describes nothing.
    describe : float, s a structure, on every rank
    spread : float
        Standard deviation / mean of a structure's time.
    gather, write : float, s a structure, at rank 0
    columns : int
        Values of a structure.
    """

    start_up: float
    describe: float
    spread: float
    gather: float
    write: float
    columns: int

    @property
    def structure_bytes(self) -> int:
        """Return the bytes of a structure's descriptor."""
        return 8 * self.columns


def job_seconds(parts: Parts, structures: float, ranks: int) -> float:
    """Return the wall time of one job.

    Parameters
    ----------
    parts : Parts
    structures : float
        Of this job.
    ranks : int
        Of this job.
    """
    start_up = parts.start_up * (1.0 + START_UP_GROWTH * math.log2(ranks))
    if not structures:
        return start_up
    per_round = min(structures, max(ROUND_BYTES // parts.structure_bytes, LEAST_SHARE * ranks))
    share = math.ceil(per_round / ranks)
    slowest = 1.0 + parts.spread / math.sqrt(share) * largest_of(ranks)
    serial = parts.write + (parts.gather if ranks > 1 else 0.0)
    return start_up + structures / per_round * share * slowest * parts.describe + structures * serial


def largest_of(n: int) -> float:
    """Return the mean of the largest of n standard normal numbers: Blom 1958, good to 0.03."""
    return NormalDist().inv_cdf((n - 0.375) / (n + 0.25))


def campaign_seconds(parts: Parts, structures: float, ranks: int, jobs: int = 1) -> float:
    """Return the wall time of a campaign: jobs of equal size side by side on all ranks.

    With fewer ranks than jobs, the jobs of one rank follow each other.
    """
    each = max(1, ranks // jobs)
    rows = math.ceil(jobs * each / ranks)
    computed = rows * job_seconds(parts, structures / jobs, each)
    return max(computed, structures * parts.structure_bytes / FILE_SYSTEM)


def efficiency(parts: Parts, structures: float, ranks: int, jobs: int = 1) -> float:
    """Return the share of the ranks' time that describes structures: the speed-up over the kernel alone, per rank."""
    return structures * parts.describe / (ranks * campaign_seconds(parts, structures, ranks, jobs))


def most_ranks(parts: Parts) -> float:
    """Return the ranks of one job at which rank 0, gathering and writing, takes as long as all others describe."""
    return parts.describe / (parts.gather + parts.write)


def best_ranks_a_job(parts: Parts, structures: float, ranks: int) -> int:
    """Return the power of two of ranks a job with which a campaign is done first; there are only so many jobs."""
    sizes = [2**power for power in range(int(math.log2(ranks)) + 1)]
    sizes = [each for each in sizes if ranks // each <= max(1, structures / STRUCTURES_A_JOB)] or sizes[-1:]
    return min(sizes, key=lambda each: campaign_seconds(parts, structures, ranks, ranks // each))


def table(parts: Parts, sizes=(1e6, 1e7), ranks=(1, 16, 128, 1000, 10000)) -> list[dict]:
    """Return the model's figures for one job, and for as many as are best."""
    rows = []
    for structures in sizes:
        for number in ranks:
            each = best_ranks_a_job(parts, structures, number)
            jobs = number // each
            rows.append(
                {
                    "structures": int(structures),
                    "ranks": number,
                    "one job, s": campaign_seconds(parts, structures, number),
                    "one job, efficiency": efficiency(parts, structures, number),
                    "jobs": jobs,
                    "ranks a job": each,
                    "jobs, s": campaign_seconds(parts, structures, number, jobs),
                    "jobs, efficiency": efficiency(parts, structures, number, jobs),
                }
            )
    return rows
