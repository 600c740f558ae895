"""A molecule whose landscape is refused: its reasons stay, and the other molecules go on."""

import csv

import pytest


def rejected(study):
    with open(study.folder / "results/from-csp/rejected.csv", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(
    ("source", "setting", "words"),
    [
        ("broken", "", "no structure of from-csp is accepted: 1 are rejected, all for: no TITL line"),
        ("csp-output.db;broken", "landscape: {strict: true}\n", "strict: 1 of"),
    ],
)
def test_the_reasons_outlive_the_outputs_that_snakemake_removes(miniature, source, setting, words):
    config = miniature.folder / "config"
    (config / "broken").mkdir()
    (config / "broken/a.res").write_text("nothing")
    table = config / "landscapes.tsv"
    table.write_text(table.read_text().replace("csp-output.db", source))
    miniature.config(setting)
    targets = [f"results/{name}/landscape.h5" for name in ("from-csp", "anti-BDT")]
    done = miniature.snakemake("--keep-going", "--", *targets, check=False)
    assert done.returncode != 0
    assert words in (miniature.folder / "logs/from-csp/landscape.log").read_text()
    # Snakemake names the list where it says that the job failed.
    assert "results/from-csp/rejected.csv" in done.output
    assert [row["record"] for row in rejected(miniature)] == ["a.res"]
    assert not (miniature.folder / targets[0]).exists()
    assert (miniature.folder / targets[1]).exists()
    # What was wrong is mended: the next run goes on, and the list is that of the new run.
    table.write_text(table.read_text().replace(source, "csp-output.db"))
    miniature.snakemake("--", *targets)
    assert rejected(miniature) == []
