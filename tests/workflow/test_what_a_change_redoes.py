"""A changed setting redoes exactly the jobs that read it, and what lies downstream: every key of the schema."""

import json
import shutil
from pathlib import Path

import h5py
import pytest
from planning import downstream, names, planned, plans

from crystalspan.settings import leaves, put, read_config, rule_of, value_of, with_defaults
from crystalspan.stages import STAGES, harmless
from miniature import STUDY, Miniature

# Keys that shape the graph of jobs itself: what they are changed to, and the rules that take them as a parameter beside
# those whose files appear, vanish or have other inputs.
_GROUPS, _WINDOWS = [2, 4, 14], [15, 90]
SHAPING = {
    "space_groups": (_GROUPS, {"landscape", "jacobian", "dimension", "latent", "generate", "scan", "spectra_tables"}),
    "energy_windows": (
        _WINDOWS,
        {
            "pca",
            "jacobian",
            "dimension",
            "maps",
            "latent",
            "generate",
            "similarity",
            "scan",
            "molecule_figures",
            "viewer",
        },
    ),
    "fan_out": ("molecule", {"landscape"}),
    "analyses": (["dimension", "maps"], set()),
    "figures.map_groups": ([2, "all"], {"maps", "quality", "similarity", "molecule_figures", "maps_figure"}),
    "figures.formats": (["svg"], set()),
    "landscapes": ("config/one.tsv", set()),
    "latent.space_groups": ([4], set()),
    "reference_study": ("none", {"molecule_figures", "components_figure", "spectra_tables"}),
}
# Texts of which not every one is allowed.
TEXTS = {
    "export.authors": ["Doe, Jane"],
    "export.date": "2026-01-02",
    "export.doi": "10.1234/abc",
}
SECTIONS = with_defaults(read_config(STUDY / "config" / "config.yaml"))


def other_value(key: str):
    """Return an allowed value of a key that is not the one of the study."""
    rule, value = rule_of(key), value_of(SECTIONS, key)
    if key == "descriptor_scan":
        return value[:-1]
    if key == "figures.formats":
        return ["svg"]
    if key in TEXTS:
        return TEXTS[key]
    if key == "dimension.parallel_analysis.quantile":
        return 0.9
    if "enum" in rule:
        return next(one for one in rule["enum"] if one != value)
    if rule.get("type") == "string":
        return f"{value} other".strip()
    if rule.get("type") == "boolean":
        return not value
    if rule.get("type") == "array":
        choices = rule["items"].get("enum")
        if choices:
            return value[:-1] if len(value) > 1 else [one for one in choices if one not in value][:1]
        return [*value, (value[-1] if value else 1) + (2 if rule["items"]["type"] == "integer" else 0.01)]
    if value is None:
        return 5
    if "integer" in rule["type"]:
        return value + 1
    return value * 0.9 if value else 0.01


def change(key: str) -> dict:
    """Return a configuration that changes one key of the study."""
    config: dict = {}
    put(config, key, SHAPING[key][0] if key in SHAPING else other_value(key))
    return config


KEYS = leaves()
CHANGES = {key: change(key) for key in KEYS} | {
    "two keys": {"descriptor": {"zeta": 20}, "maps": {"neighbours": 9}},
    "two keys of one stage": {"points": {"scaling": "zscore"}, "spectra": {"scores": 4}},
    "nothing": {},
}


@pytest.fixture(scope="module")
def study(finished, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("changes") / "study"
    shutil.copytree(finished.folder, folder, copy_function=shutil.copy2)
    table = (folder / "config/landscapes.tsv").read_text().splitlines()
    (folder / "config/one.tsv").write_text("\n".join([table[0], *(row for row in table[1:] if row.startswith("anti"))]))
    return folder


@pytest.fixture(scope="module")
def planned_for(study) -> dict:
    return plans(study, CHANGES)


def readers(plan, keys) -> set[int]:
    """Return the places of the jobs whose stage declares that a key decides what it writes."""
    return {place for place, job in enumerate(plan) if job["stage"] and set(keys) & set(STAGES[job["stage"]].deciding)}


def reshaped(plan, before, study, rules) -> set[int]:
    """Return the places of jobs whose files are missing or whose inputs are other ones, and of some rules' jobs."""
    inputs = {tuple(job["outputs"]): job["inputs"] for job in before}
    return {
        place
        for place, job in enumerate(plan)
        if job["rule"] in rules
        or (job["rule"] not in ("all", "list_files") and not all((study / name).exists() for name in job["outputs"]))
        or (job["rule"] not in ("all", "list_files") and inputs.get(tuple(job["outputs"])) not in (None, job["inputs"]))
    }


def without_lists(plan, places) -> set[int]:
    """Leave out the lists of files: they are temporary, and made whenever a job needs one."""
    return {place for place in places if plan[place]["rule"] not in ("all", "list_files")}


def test_every_key_is_tried_and_read_by_some_stage_or_shapes_the_graph():
    declared = {key for stage in STAGES.values() for key in stage.keys}
    assert set(KEYS) == declared | set(SHAPING)
    assert set(CHANGES) >= set(KEYS)
    assert set(SECTIONS["analyses"]) == set(rule_of("analyses")["items"]["enum"])


def test_every_stage_of_a_rule_is_declared(planned_for):
    stages = {job["stage"] for job in planned_for["nothing"] if job["stage"]}
    assert stages <= set(STAGES)
    beside = {"dof", "compile", "figure landscape", "figure shares", "figure map"}
    assert set(STAGES) - stages == beside


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_redoes_what_reads_it_and_nothing_else(name, study, planned_for):
    plan, before = planned_for[name], planned_for["nothing"]
    keys = [key for key in KEYS if _given(CHANGES[name], key)]
    expected = readers(plan, keys)
    if any(key in SHAPING for key in keys):
        rules = set().union(*(SHAPING[key][1] for key in keys if key in SHAPING))
        expected |= reshaped(plan, before, study, rules)
    expected = without_lists(plan, downstream(plan, expected))
    found = without_lists(plan, planned(plan))
    assert names(plan, found - expected) == [], f"runs for nothing: {names(plan, found - expected)}"
    assert names(plan, expected - found) == [], f"is not run: {names(plan, expected - found)}"
    if set(keys) <= set(harmless()) | {"landscape.strict"}:
        assert found == set()
    else:
        assert found or name in ("figures.formats", "analyses")


def _given(config, key) -> bool:
    try:
        value_of(config, key)
    except (KeyError, TypeError):
        return False
    return True


def test_changed_files_redo_what_is_made_of_them(study):
    copy_of_study = study.parent / "files"
    shutil.copytree(study, copy_of_study, copy_function=shutil.copy2)
    study = Miniature(copy_of_study)
    study.drop_a_structure()
    (plan,) = plans(study.folder, {"": {}}).values()
    begin = {place for place, job in enumerate(plan) if job["outputs"][:1] == ["results/from-csp/2/landscape.h5"]}
    assert len(begin) == 1
    assert names(plan, without_lists(plan, planned(plan))) == names(plan, without_lists(plan, downstream(plan, begin)))
    molecule = study.folder / "config/molecules/anti-BDT.json"
    changed = json.loads(molecule.read_text())
    changed["charges"] = [value * 1.01 for value in changed["charges"]]
    molecule.write_text(json.dumps(changed))
    (plan,) = plans(study.folder, {"": {}}).values()
    begin |= {place for place, job in enumerate(plan) if job["rule"] == "sample"}
    assert names(plan, without_lists(plan, planned(plan))) == names(plan, without_lists(plan, downstream(plan, begin)))


def test_another_molecule_runs_alone_until_the_tables(study):
    table = study / "config/three.tsv"
    text = (study / "config/landscapes.tsv").read_text().rstrip("\n")
    table.write_text(f"{text}\nthird\tcsp-output.db\t\n")
    (plan,) = plans(study, {"": {"landscapes": "config/three.tsv"}}).values()
    others = [job for place, job in enumerate(plan) if place in without_lists(plan, planned(plan))]
    assert {job["rule"] for job in others if not job["outputs"][0].startswith("results/third/")} == {
        "spectra_tables",
        "spectra_figure",
        "components_figure",
        "dimension_tables",
        "maps_table",
        "similarity_tables",
        "latent_tables",
        "scan_tables",
        "scan_figure",
        "run_times",
        "summary",
        "opening",
    } - ({"components_figure"} if SECTIONS["reference_study"] != "none" else set())


def test_another_profile_changes_nothing(study, repository):
    for profile in ("mpi", "slurm", "slurm-campaign"):
        cores = 2 if profile == "mpi" else 0
        done = Miniature(study).snakemake(
            "--profile", repository / "profiles" / profile, "--dry-run", "--quiet", "host", cores=cores
        )
        assert "Nothing to be done" in done.output, profile


def test_settings_on_the_command_line_count_like_those_of_the_file(study):
    jobs = Miniature(study).planned("--config", "reference_study=none")
    assert "molecule_figures" in jobs
    assert "featurize" not in jobs


@pytest.mark.parametrize("fan_out", ["space_group", "molecule"])
def test_a_changed_preset_is_in_every_file_after_one_run(study, fan_out, tmp_path):
    shutil.copytree(study, tmp_path / "study", copy_function=shutil.copy2)
    study = Miniature(tmp_path / "study")
    path = study.folder / "config/config.yaml"
    path.write_text(path.read_text().replace("preset: ani-1x", "preset: ani-2x") + f"fan_out: {fan_out}\n")
    if fan_out == "molecule":
        shutil.rmtree(study.folder / "results/from-csp")
    study.snakemake()
    said = {}
    for file in sorted((study.folder / "results").rglob("*.h5")):
        if fan_out == "molecule" and file.parent.name not in ("anti-BDT", "from-csp"):
            continue  # files of the other fan-out, which nothing reads now
        with h5py.File(file) as handle:
            text = json.dumps({key: str(value) for key, value in handle.attrs.items()})
        if "preset" in text:
            said[file] = "ani-2x" in text and '\\"preset\\": \\"ani-1x\\"' not in text
    assert said
    assert all(said.values()), [str(file) for file, right in said.items() if not right]
    assert study.planned() == {}
