"""The settings: defaults from the schema only, and messages that help."""

import json

import pytest

from crystalspan.errors import InputError
from crystalspan.settings import leaves, read_config, rule_of, schema, value_of, with_defaults


def _leaves(rules, path=()):
    for key, rule in rules.get("properties", {}).items():
        if "$ref" in rule:
            rule = rule_of(".".join((*path, key)))
        yield (*path, key), rule
        yield from _leaves(rule, (*path, key))


@pytest.mark.parametrize("name", ["config", "landscapes"])
def test_every_key_is_described_and_nothing_else_is_allowed(name):
    rules = schema(name)
    assert rules["additionalProperties"] is False
    for path, rule in _leaves(rules):
        assert rule.get("description"), path
        if rule.get("type") == "object":
            assert rule["additionalProperties"] is False, path


def test_every_optional_key_has_a_default_in_the_schema():
    for path, rule in _leaves(schema("config")):
        assert "default" in rule, path


def test_the_defaults_pass_their_own_schema_and_are_complete():
    settings = with_defaults({})
    assert with_defaults(settings) == settings
    assert set(settings) == set(schema("config")["properties"])


def test_given_values_win_over_defaults_and_the_input_is_not_changed():
    given = {"sampling": {"seeds": 7}}
    settings = with_defaults(given)
    assert settings["sampling"]["seeds"] == 7
    assert given == {"sampling": {"seeds": 7}}


def test_a_typo_is_named_with_the_nearest_key():
    with pytest.raises(InputError) as error:
        with_defaults({"descriptor": {"presett": "csp-9.3"}}, file="config.yaml")
    message = str(error.value)
    assert "config.yaml" in message
    assert "descriptor" in message
    assert "did you mean 'preset'" in message


def test_a_wrong_value_is_named_with_what_the_key_means():
    with pytest.raises(InputError, match=r"(?s)sampling.seeds.*0 is less than the minimum.*remedy"):
        with_defaults({"sampling": {"seeds": 0}})


def test_yaml_and_json_are_read(tmp_path):
    (tmp_path / "a.yaml").write_text("sampling:\n  seeds: 3\n")
    (tmp_path / "a.json").write_text(json.dumps({"sampling": {"seeds": 3}}))
    assert read_config(tmp_path / "a.yaml") == read_config(tmp_path / "a.json") == {"sampling": {"seeds": 3}}


@pytest.mark.parametrize(
    ("text", "problem"), [("a: [1", "cannot be read as YAML"), ("- 1\n- 2\n", "holds no settings")]
)
def test_bad_yaml_is_named(tmp_path, text, problem):
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=problem):
        read_config(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent.yaml: no such file"):
        read_config(tmp_path / "absent.yaml")


def test_variants_of_the_descriptor_hold_what_differs_and_no_defaults():
    """A default of the study's own key, filled in, would hide what the study says."""
    own = {"descriptor": {"radial_eta": 4.0}, "points": {"pooling": "mean"}}
    settings = with_defaults({"descriptor_scan": [{"name": "own"}, {"name": "other", **own}]})
    empty = {"part": "all", "soap": None, "descriptor": {}, "points": {}}
    assert settings["descriptor_scan"] == [{"name": "own", **empty}, {"name": "other", **empty, **own}]
    whole = with_defaults({"descriptor_scan": [{"name": "own", "soap": {}}]})["descriptor_scan"][0]["soap"]
    assert whole == {"cutoff": 6, "n_max": 8, "l_max": 6, "sigma": 0.5}


@pytest.mark.parametrize("key", leaves())
def test_every_key_has_a_value_when_nothing_is_given(key):
    assert value_of(with_defaults({}), key) == rule_of(key)["default"] or key == "descriptor_scan"


def test_a_key_of_an_earlier_version_in_a_variant_is_named():
    with pytest.raises(InputError, match=r"(?s)unknown key 'analysis'.*analysis.pooling is now points.pooling"):
        with_defaults({"descriptor_scan": [{"name": "a", "analysis": {"pooling": "mean"}}]})
