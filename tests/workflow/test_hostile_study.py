"""Paths, names and text settings that a shell, Snakemake, matplotlib or a spreadsheet would take for something else."""

import csv
import shutil

import pytest
import yaml

from crystalspan.errors import InputError
from crystalspan.study import read_study
from miniature import Miniature, datasets, new_study

HOSTILE = "-a b'c\"d $(touch pwned) `touch pwned`; touch pwned & é 中 #% \\n $x_y$"
NAMES = [
    "study's own",
    '$(touch pwned) {x} `touch pwned`; "$x_y$',
    "{molecule}\n{wildcards.x} <b>",
    "-x",
    "@x",
    "=1+1",
]


def _small(study: Miniature, **settings):
    config = {
        "space_groups": [4],
        "energy_windows": [60],
        "sampling": {"seeds": 8},
        "descriptor": {"preset": "ani-1x"},
        "analyses": [],
        "figures": {"formats": ["svg"]},
        **settings,
    }
    (study.folder / "config/config.yaml").write_text(yaml.safe_dump(config))


def _scan_names(names):
    changes = [{}, {"part": "radial"}, {"part": "angular"}, {"points": {"scaling": "zscore"}}]
    changes += [{"points": {"pooling": "mean"}}, {"descriptor": {"radial_cutoff": 4.0}}]
    return [{"name": name, **change} for name, change in zip(names, changes, strict=True)]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A hostile study that has been run, and a plain one with the same contents."""
    top = tmp_path_factory.mktemp("hostile")
    plain, study = new_study(top / "plain"), new_study(top / (HOSTILE + " {x}\n{molecule}"))
    config = study.folder / "config"
    # Where every path counts from, and so every path, holds a line break.
    inner = config / f"{HOSTILE}\nline"
    inner.mkdir()
    source, molecule = HOSTILE.replace(";", "!"), f"{HOSTILE}.json"
    (inner / source).mkdir()
    (config / "csp-output.db").rename(inner / source / "-o\nx.db")
    shutil.move(config / "molecules/anti-BDT.json", inner / molecule)
    with open(inner / f"{HOSTILE}.tsv", "w", newline="") as stream:
        rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
        rows.writerows([["molecule", "source", "molecule_file"], ["anti-BDT", "sample", molecule]])
        rows.writerow(["from-csp", source, ""])
    scans = {"analyses": ["descriptor_scan"], "descriptor_scan": _scan_names(NAMES)}
    _small(study, landscapes=f"config/{inner.name}/{HOSTILE}.tsv", **scans)
    _small(plain)
    plain.snakemake("--quiet", "host", "--", "results/tables/components.csv")
    study.snakemake("--quiet", "host", cwd=top)
    return study, plain


def test_a_hostile_study_has_the_results_of_a_plain_one(hostile):
    study, plain = hostile
    for molecule in ("anti-BDT", "from-csp"):
        for name in ("landscape.h5", "4/0-60/descriptors.h5", "4/spectra.h5", "all/spectra.h5", "components.h5"):
            path = f"results/{molecule}/{name}"
            ours, theirs = ({**datasets(one.folder / path), "source": ""} for one in (study, plain))
            assert ours == theirs, path
    tables = "results/tables/components.csv"
    assert (study.folder / tables).read_bytes() == (plain.folder / tables).read_bytes()


def test_nothing_in_a_name_is_executed(hostile, repository):
    top = hostile[0].folder.parent
    assert [path for path in top.rglob("*") if path.name == "pwned"] == []
    assert not (repository / "pwned").exists()
    # Files lie where they should, and nowhere else.
    assert {path.name for path in top.iterdir()} == {"plain", hostile[0].folder.name}


def test_names_of_the_scan_come_out_as_they_went_in(hostile):
    folder = hostile[0].folder / "results"
    with open(folder / "tables/descriptor_scan.csv", newline="") as stream:
        found = {row["descriptor"].removeprefix("'") for row in csv.DictReader(stream)}
    assert found == set(NAMES)
    assert "<b>" not in (folder / "figures/descriptor_scan.svg").read_text()


@pytest.mark.parametrize(
    ("source", "problem"),
    [("{x}.zip", "holds braces"), ("a{molecule}/b", "holds braces"), (";;", "names no file")],
)
def test_what_the_workflow_cannot_name_is_refused_by_name(miniature, source, problem):
    (miniature.folder / "config/landscapes.tsv").write_text(f"molecule\tsource\nfrom-csp\t{source}\n")
    done = miniature.snakemake("--dry-run", check=False)
    assert done.returncode != 0
    assert problem in done.output
    assert source in done.output
    assert "line 2" in done.output
    assert "Traceback" not in done.output


def test_braces_in_the_folder_of_the_table_are_refused_too(tmp_path):
    folder = tmp_path / "{x}"
    folder.mkdir()
    (folder / "landscapes.tsv").write_text("molecule\tsource\na\ta.zip\n")
    with pytest.raises(InputError, match="holds braces"):
        read_study({"landscapes": str(folder / "landscapes.tsv")}, "")
