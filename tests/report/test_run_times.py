"""Run times add up, and what is no benchmark file is named."""

import pytest

from crystalspan.errors import InputError
from crystalspan.report.run_times import run_times_table

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def _benchmark(path, seconds, memory, cpu):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEADER}{seconds}\t0:00:01\t{memory}\t1\t1\t1\t0\t0\t0\t{cpu}\n")
    return path


def test_jobs_of_a_stage_add_up(tmp_path):
    files = [
        _benchmark(tmp_path / "a/sample.tsv", 60, 100, 30),
        _benchmark(tmp_path / "b/sample.tsv", 120, 300, 90),
        _benchmark(tmp_path / "a/pca.tsv", 6, "-", "-"),
    ]
    table = run_times_table(files).set_index("stage")
    assert list(table.index) == ["sample", "pca", "all stages"]
    assert table.loc["sample"].tolist() == [2, 3.0, 2.0, 120.0, 300.0]
    assert table.loc["all stages", "jobs"] == 3
    assert table.loc["all stages", "wall_minutes"] == 3.1
    assert table.loc["all stages", "cpu_minutes"] == 2.0


@pytest.mark.parametrize("text", ["", "s\n", "colour\nred\n"])
def test_no_benchmark_file(tmp_path, text):
    path = tmp_path / "pca.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"pca.tsv: is no benchmark file"):
        run_times_table([path])
