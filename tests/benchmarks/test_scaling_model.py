"""The scaling model: its limits, which have exact answers, and what must not happen between them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import scaling
from crystalspan.descriptors import featurize

PARTS = scaling.Parts(start_up=2.0, describe=5e-3, spread=0.4, gather=2e-5, write=8e-5, columns=8640)
IDEAL = scaling.Parts(start_up=0.0, describe=5e-3, spread=0.0, gather=0.0, write=0.0, columns=8640)
RANKS = (1, 2, 5, 16, 100, 1000, 10_000)


def test_the_rounds_are_those_of_the_stage():
    assert scaling.ROUND_BYTES == featurize.ROUND_BYTES
    assert scaling.LEAST_SHARE == featurize.LEAST_SHARE


def test_one_rank_does_everything_one_after_the_other():
    n = 1e6
    # Nothing goes from rank to rank.
    expected = 2.0 + n * (5e-3 + 8e-5)
    # Rounds hold a whole number of structures a rank: exact for one rank.
    assert scaling.job_seconds(PARTS, n, 1) == pytest.approx(expected, rel=1e-12)


def test_without_serial_parts_and_spread_every_rank_counts_but_for_uneven_rounds():
    per_round = scaling.ROUND_BYTES // (8 * 8640)
    for ranks in (1, 2, 5):
        perfect = per_round % ranks == 0
        found = 1e6 * 5e-3 / (ranks * scaling.job_seconds(IDEAL, 1e6, ranks))
        assert found == pytest.approx(1.0, rel=1e-12) if perfect else 0.98 < found < 1.0


@pytest.mark.parametrize("jobs", [1, 8, 1000])
def test_no_number_of_ranks_beats_the_kernel_or_the_serial_part(jobs):
    for ranks in RANKS:
        found = scaling.efficiency(PARTS, 1e7, ranks, jobs)
        assert 0 < found < 1
    serial = 1e7 * (PARTS.gather + PARTS.write)
    assert scaling.campaign_seconds(PARTS, 1e7, 10_000) > serial


def test_rank_0_is_the_limit_beyond_most_ranks():
    limit = scaling.most_ranks(PARTS)
    assert limit == pytest.approx(50.0)
    # With so many ranks at most half the time is spent describing.
    assert scaling.efficiency(replace(PARTS, start_up=0.0), 1e8, math.ceil(limit)) < 0.5


def test_many_jobs_are_bound_by_the_file_system():
    faster = scaling.campaign_seconds(PARTS, 1e9, 10_000_000, 1_000_000)
    assert faster >= 1e9 * 8 * 8640 / scaling.FILE_SYSTEM


def test_jobs_on_one_rank_follow_each_other():
    alone = scaling.job_seconds(PARTS, 1e5, 1)
    assert scaling.campaign_seconds(PARTS, 1e6, 1, jobs=10) == pytest.approx(10 * alone)


def test_the_wait_is_for_the_slowest_rank():
    generator = np.random.default_rng(0)
    for ranks in (1, 2, 16, 300):
        drawn = generator.normal(size=(20_000, ranks)).max(axis=1).mean()
        assert scaling.largest_of(ranks) == pytest.approx(drawn, abs=0.04)


def test_nothing_to_describe_takes_the_start_up():
    assert scaling.job_seconds(PARTS, 0, 4) == pytest.approx(2.0 * 1.2)


def test_no_other_split_into_jobs_is_faster():
    best = scaling.best_ranks_a_job(PARTS, 1e6, 1024)
    most_jobs = 1e6 / scaling.STRUCTURES_A_JOB
    assert 1024 / best <= most_jobs
    fastest = scaling.campaign_seconds(PARTS, 1e6, 1024, 1024 // best)
    for each in (8, 16, 64, 256, 1024):
        assert scaling.campaign_seconds(PARTS, 1e6, 1024, 1024 // each) >= fastest
    assert scaling.best_ranks_a_job(PARTS, 100, 16) == 16


def test_the_table_has_a_row_for_each_size_and_number_of_ranks():
    rows = scaling.table(PARTS, sizes=(1e6,), ranks=(1, 10_000))
    assert [(row["structures"], row["ranks"]) for row in rows] == [(10**6, 1), (10**6, 10_000)]
    assert rows[1]["jobs"] == 10_000 // rows[1]["ranks a job"]
    assert rows[1]["jobs, s"] < rows[1]["one job, s"] < rows[0]["one job, s"]
