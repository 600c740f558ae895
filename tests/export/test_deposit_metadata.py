"""Metadata, by the programs of those who made the formats; and none of it is wrong where nothing was said."""

import json
import re
import shutil
import warnings

import jsonschema
import numpy as np
import pytest
import yaml
from export_help import exported, json_of, rows_of

from crystalspan.export.columns import PROPERTIES

WHOLE = {
    "title": "Crystals of a test: \"quoted\" & 'more'",
    "authors": ["Doe, Jane <0000-0002-1825-0097>", "The group"],
    "licence": "CC-BY-4.0",
    "publisher": "A repository",
    "doi": "10.5281/zenodo.1234567",
}


@pytest.fixture(scope="module", params=["whole", "bare"])
def told(request, random_cells, tmp_path_factory):
    """A deposit of which everything is said, and one of which nothing is."""
    folder = tmp_path_factory.mktemp("told") / "deposit"
    exported(folder, random_cells, **(WHOLE if request.param == "whole" else {}))
    return folder


def test_rocrate_reads_the_crate(told):
    rocrate = pytest.importorskip("rocrate.rocrate")
    crate = rocrate.ROCrate(told)
    files = {entity.id for entity in crate.data_entities}
    assert files == {path.name for path in told.iterdir()} - {"ro-crate-metadata.json", "SHA256SUMS"}
    sums = dict(line.split("  ")[::-1] for line in (told / "SHA256SUMS").read_text().splitlines())
    for entity in crate.data_entities:
        assert entity["sha256"] == sums[entity.id]
        assert int(entity["contentSize"]) == (told / entity.id).stat().st_size
    whole = crate.name == WHOLE["title"]
    assert [author["name"] for author in crate.root_dataset["author"]] == (["Doe, Jane", "The group"] if whole else [])
    assert crate.root_dataset["datePublished"] == "2026-11-25"
    if whole:
        assert crate.root_dataset["license"].id == "https://creativecommons.org/licenses/by/4.0/"
        assert crate.get("https://orcid.org/0000-0002-1825-0097").type == "Person"
    crate.write(told.parent / "again")
    assert rocrate.ROCrate(told.parent / "again").name == crate.name


def test_every_entity_of_the_crate_is_there_once_and_every_reference_leads_somewhere(told):
    graph = json_of(told, "ro-crate-metadata.json")["@graph"]
    names = [one["@id"] for one in graph]
    assert len(set(names)) == len(names)
    text = json.dumps(graph)
    referred = set(re.findall(r'\{"@id": "([^"]*)"\}', text)) - {"https://w3id.org/ro/crate/1.1"}
    assert referred <= set(names)


def test_datacite_takes_the_metadata(told):
    schema45 = pytest.importorskip("datacite.schema45")
    found = json_of(told, "datacite.json")
    schema45.validator.validate(found)
    assert schema45.tostring(found).startswith("<?xml")
    with pytest.raises(jsonschema.ValidationError):
        schema45.validator.validate({**found, "titles": []} | {"types": {}})
    if "doi" in found:
        assert found["creators"][0]["nameIdentifiers"][0]["nameIdentifier"] == "https://orcid.org/0000-0002-1825-0097"
        assert found["rightsList"][0]["rightsIdentifier"] == "CC-BY-4.0"
    else:
        assert (found["creators"], found["publisher"]) == ([{"name": ":tba"}], {"name": ":tba"})


def test_mlcroissant_reads_every_record(told, random_cells):
    mlcroissant = pytest.importorskip("mlcroissant")
    dataset = mlcroissant.Dataset(told / "croissant.json")
    issues = dataset.metadata.ctx.issues
    assert not issues.errors
    if "doi" in json.dumps(json_of(told, "croissant.json")):
        assert not issues.warnings, issues.warnings
    records = [{key: _plain(value) for key, value in record.items()} for record in dataset.records("crystals")]
    assert [record["crystals/id"] for record in records] == random_cells.id.tolist()
    assert set(records[0]) == {f"crystals/{one.name}" for one in PROPERTIES}
    energies = [record["crystals/lattice_energy"] for record in records]
    assert np.allclose(energies, random_cells.lattice_energy, rtol=1e-11)
    assert [record["crystals/space_group"] for record in records] == random_cells.space_group.tolist()
    parts = {_plain(record["splits/name"]): _plain(record["splits/url"]) for record in dataset.records("splits")}
    assert parts == {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
    assert {record["crystals/split"] for record in records} <= set(parts)


def _plain(value):
    return value.decode() if isinstance(value, bytes) else value


def test_a_changed_file_is_seen_by_mlcroissant_checksums(told):
    sums = dict(line.split("  ")[::-1] for line in (told / "SHA256SUMS").read_text().splitlines())
    files = {one["@id"]: one["sha256"] for one in json_of(told, "croissant.json")["distribution"]}
    assert files.items() <= sums.items()
    assert "structures.csv" in files


def test_optimade_maker_serves_every_crystal(told, random_cells, tmp_path):
    cli = pytest.importorskip("optimade_maker.cli")
    from click.testing import CliRunner

    folder = tmp_path / "deposit"
    shutil.copytree(told, folder)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        # As `optimake convert` on the command line; it knows absolute paths only.
        done = CliRunner().invoke(cli.cli, ["convert", str(folder)])
    assert done.exit_code == 0, done
    assert not [one for one in said if "Could not find entry" in str(one.message)]
    header, information, *lines = map(json.loads, (folder / "optimade.jsonl").read_text().splitlines())
    assert "x-optimade" in header
    assert information["properties"]["_optimake_lattice_energy"]["unit"] == "kJ/mol"
    found = {line["id"]: line["attributes"] for line in lines}
    assert set(found) == set(random_cells.id)
    for i, name in enumerate(random_cells.id):
        attributes = found[name]
        assert attributes["_optimake_relative_energy"] == pytest.approx(random_cells.relative_energy[i], abs=1e-9)
        assert attributes["_optimake_rank"] == i + 1
        n_atoms = len(random_cells.operations(i)[0]) * len(random_cells.reference_atomic_number)
        assert attributes["nsites"] == n_atoms
        volume = abs(np.linalg.det(attributes["lattice_vectors"]))
        z = len(random_cells.operations(i)[0])
        assert attributes["_optimake_volume_per_molecule"] * z == pytest.approx(volume, rel=1e-6)


def test_optimade_yaml_names_columns_that_are_there(told):
    (entry,) = yaml.safe_load((told / "optimade.yaml").read_text())["entries"]
    names = {one["name"] for one in entry["property_definitions"]}
    assert names <= set(rows_of(told)[0])
    assert all(re.fullmatch("[a-z_][a-z_0-9]*", name) for name in names)
