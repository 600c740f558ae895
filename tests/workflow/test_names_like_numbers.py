"""Molecules whose names look like numbers or like nothing, from the list of landscapes to summary and report."""

import csv
import shutil

import pandas as pd
import pytest
import yaml

from miniature import Miniature

NAMES = ["007", "NaN"]
GROUPS = [14, 5]


def _columns(path):
    """The molecules of a table as they stand in the file."""
    with open(path, newline="") as stream:
        rows = list(csv.reader(stream))
    place = rows[0].index("molecule")
    return [row[place] for row in rows[1:]]


@pytest.fixture(scope="module")
def study(shared, tmp_path_factory) -> Miniature:
    study = Miniature(tmp_path_factory.mktemp("names") / "study")
    (study.folder / "config").mkdir(parents=True)
    shutil.copytree(shared / "cases/hunt-31-names/csp", study.folder / "csp")
    config = {
        "space_groups": GROUPS,
        "energy_windows": [4],
        "fan_out": "molecule",
        "analyses": ["dimension", "descriptor_scan"],
        "dimension": {
            "error_bars": {"subsets": 2},
            "parallel_analysis": {"permutations": 20},
            "controls": {"kinds": []},
        },
        "descriptor": {"preset": "ani-1x"},
        "descriptor_scan": [{"name": "1e3"}, {"name": "None", "part": "radial"}],
        "figures": {"formats": ["svg"]},
    }
    (study.folder / "config/config.yaml").write_text(yaml.safe_dump(config))
    rows = "".join(f"{name}\t../csp\n" for name in NAMES)
    (study.folder / "config/landscapes.tsv").write_text(f"molecule\tsource\n{rows}")
    study.snakemake("--quiet", "host")
    return study


def test_every_table_names_them_as_they_are(study):
    tables = study.folder / "results/tables"
    for path in sorted(tables.glob("*.csv")):
        with open(path) as stream:
            header = stream.readline()
        if "molecule" in header.split(","):
            assert list(dict.fromkeys(_columns(path))) == NAMES, path.name
    for name in ("components_wide.md", "dimension_overview.md", "descriptor_scan.md"):
        cells = [
            line.split("|")[1].strip() for line in (tables / name).read_text().splitlines() if line.startswith("|")
        ]
        assert list(dict.fromkeys(cells[2:])) == NAMES, name
    header = (tables / "structures.csv").read_text().splitlines()[0]
    assert header.split(",")[1:] == [f"{name} 0-4" for name in NAMES]


def test_the_summary_tells_of_each_what_it_tells_of_any_other(study):
    text = (study.folder / "results/summary.md").read_text()
    assert "outside the study's list" not in text
    told = [[line.replace(name, "M") for line in text.splitlines() if line.strip("* ").startswith(f"{name}:")]
            for name in NAMES]  # fmt: skip
    assert told[0]
    assert all(one == told[0] for one in told)
    assert text.count("80% of the variance in") >= len(NAMES)


def test_a_second_run_and_the_report_find_everything_done(study):
    assert study.planned() == {}
    study.snakemake("--report", "report.html", cores=1)
    text = (study.folder / "report.html").read_text()
    assert all(f"results/{name}/figures/" in text for name in NAMES)


def test_the_descriptors_of_the_scan_are_named_as_they_are(study):
    frame = pd.read_csv(study.folder / "results/tables/descriptor_scan.csv", dtype=str, keep_default_na=False)
    assert set(frame.descriptor) == {"1e3", "None"}
