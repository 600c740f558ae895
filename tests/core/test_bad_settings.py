"""Bad settings and tables of molecules say so before anything runs: key or line, value, and what is allowed."""

import math

import pytest

from crystalspan.errors import InputError
from crystalspan.settings import leaves, put, read_config, rule_of, with_defaults
from crystalspan.study import read_study

_HEADER = "molecule\tsource\tmolecule_file\n"


def _numbers(rule, key):
    kinds = rule.get("type", ())
    if {"number", "integer"} & set([kinds] if isinstance(kinds, str) else kinds):
        yield key, rule
    for part in [rule["items"], *rule["items"].get("anyOf", [])] if "items" in rule else []:
        yield from _numbers(part, f"{key}[]")


NUMBERS = [found for key in leaves() if key != "descriptor_scan" for found in _numbers(rule_of(key), key)]


@pytest.mark.parametrize(("key", "rule"), NUMBERS, ids=[key for key, _ in NUMBERS])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e18, -1e18])
def test_every_number_has_limits_and_is_finite(key, rule, value):
    config: dict = {}
    put(config, key.removesuffix("[]"), [value] if key.endswith("[]") else value)
    with pytest.raises(InputError) as error:
        with_defaults(config)
    assert key.removesuffix("[]") in str(error.value)


def test_a_whole_number_may_be_written_with_a_point():
    settings = with_defaults({"space_groups": [14.0], "sampling": {"seeds": 5.0}, "figures": {"map_groups": [2.0]}})
    found = [*settings["space_groups"], settings["sampling"]["seeds"], *settings["figures"]["map_groups"]]
    assert repr(found) == "[14, 5, 2]"


@pytest.mark.parametrize(
    ("edges", "problem"),
    [
        ([1e-7], "minimum"),
        ([1e9], "maximum"),
        ([10, 10.0000001], "cannot be told apart"),
        ([1234.5678], "cannot be told apart"),
        ([20, 10], "not ascending"),
        ([10, 10.0], "non-unique"),
        ([], "should be non-empty"),
    ],
)
def test_energy_windows_that_make_no_names(tmp_path, edges, problem):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/landscapes.tsv").write_text(f"{_HEADER}a\ta.zip\t\n")
    with pytest.raises(InputError, match=f"(?s)energy_windows.*{problem}|{problem}.*energy_windows|{problem}"):
        read_study({"energy_windows": edges}, tmp_path)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a\t;;\t", "names no file"),
        ("a\t ; \t", "names no file"),
        ("summary.md\ta.zip\t", "summary.md"),
        ("report.html\ta.zip\t", "report.html"),
        ("Tables\ta.zip\t", "Tables"),
        ("lists\ta.zip\t", "lists"),
        (f"{'a' * 300}\ta.zip\t", "too long"),
        ("-a\ta.zip\t", "does not match"),
        ("a/b\ta.zip\t", "does not match"),
        ("a\ta.zip\t\nA\tb.zip\t", "capitals apart"),
    ],
)
def test_names_and_sources_that_cannot_be(tmp_path, row, problem):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/landscapes.tsv").write_text(f"{_HEADER}{row}\n")
    with pytest.raises(InputError, match=problem) as error:
        read_study({}, tmp_path)
    assert "line" in str(error.value)


@pytest.mark.parametrize("name", ["-x.zip", "@x.zip", "=x.zip", "--output"])
def test_no_path_looks_like_an_option(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "landscapes.tsv").write_text(f"{_HEADER}a\t{name}\t\n")
    study = read_study({"landscapes": "landscapes.tsv"}, "")
    assert study.molecules["a"].sources == (f"./{name}",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1: 2", "key 1 is no name"),
        ("descriptor: {.nan: 2}", "is no name"),
        ("null: 2", "is no name"),
        ('landscapes: "a\\0b"', "no text holds"),
        ('descriptor_scan: [{name: "a\\ud800"}]', "no text holds"),
        ("space_groups: &a [*a]", "than any study has"),
        ("descriptor: &a {x: *a}", "than any study has"),
        ("a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(f"b{k}: &{y} [{','.join(['*' + x] * 10)}]\n" for k, (x, y)
         in enumerate(zip("abcdefg", "bcdefgh", strict=True))), "than any study has"),
        ("x: 2001-99-99", "cannot be read as YAML"),
        ("x: " + "[" * 5000, "cannot be read as YAML"),
        (f"landscapes: {'x' * 5000}", "cannot be read as a table"),
        ("landscapes: config", "cannot be read as a table"),
    ],
)  # fmt: skip
def test_yaml_that_is_no_configuration(tmp_path, text, problem):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(text)
    with pytest.raises(InputError, match=problem):
        read_study(read_config(tmp_path / "config/config.yaml"), tmp_path)
