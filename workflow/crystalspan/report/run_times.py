"""What every stage took, from the benchmark files that Snakemake writes beside the logs."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError

COLUMNS = ("stage", "jobs", "wall_minutes", "cpu_minutes", "longest_job_s", "largest_memory_mib")


def run_times_table(benchmarks: Iterable[PathLike]) -> pd.DataFrame:
    """Add up the jobs of every stage.

    Parameters
    ----------
    benchmarks : iterable of path-like
        Benchmark files, one a job, named after their stage (``.../featurize.tsv``).

    Returns
    -------
    pandas.DataFrame
        Columns stage, jobs, wall_minutes (sum over jobs), cpu_minutes (sum; missing where a job was too short
        to be seen), longest_job_s, largest_memory_mib (resident set), in the order of first appearance; the
        last row is the sum of all stages.

    Raises
    ------
    InputError
        A file is missing or is no benchmark file.
    """
    rows = [_read(Path(path)) for path in benchmarks]
    jobs = pd.DataFrame(rows, columns=["stage", "wall_s", "cpu_s", "memory_mib"])
    parts = [_row(stage, part) for stage, part in jobs.groupby("stage", sort=False)]
    return pd.DataFrame([*parts, _row("all stages", jobs)], columns=list(COLUMNS))


def _read(path: Path) -> tuple:
    try:
        table = pd.read_csv(path, sep="\t", na_values=["-", "NA"])
        last = table.iloc[-1]
        return path.stem, float(last["s"]), _number(last, "cpu_time"), _number(last, "max_rss")
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise InputError(
            f"is no benchmark file ({error})", file=path, remedy="remove it and run the study again"
        ) from None


def _number(row, column) -> float:
    return float(pd.to_numeric(row.get(column), errors="coerce"))


def _row(stage: str, jobs: pd.DataFrame) -> tuple:
    return (
        stage,
        len(jobs),
        round(jobs.wall_s.sum() / 60, 2),
        round(jobs.cpu_s.sum() / 60, 2),
        round(jobs.wall_s.max(), 1),
        round(jobs.memory_mib.max(), 1),
    )
