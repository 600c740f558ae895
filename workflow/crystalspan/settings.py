"""The settings of a study: read, checked against the schema, completed with its defaults.

The schema (``workflow/schemas/config.schema.json``) is the only home of a default. Everything here reads it.
"""

import copy
import difflib
import functools
import importlib.resources
import json
from pathlib import Path

import jsonschema
import yaml

from crystalspan.errors import InputError
from crystalspan.text import read_text


@functools.cache
def schema(name: str = "config") -> dict:
    """Read one of the package's JSON schemas (``config`` or ``landscapes``)."""
    text = importlib.resources.files("crystalspan.schemas").joinpath(f"{name}.schema.json").read_text("utf-8")
    return json.loads(text)


def section_schema(section: str) -> dict:
    """Return the schema of one section of the configuration, such as ``descriptor``."""
    return schema()["properties"][section]


def with_defaults(settings: dict, section: str | None = None, file=None) -> dict:
    """Check settings against the schema and fill in every default.

    Parameters
    ----------
    settings : dict
        A whole configuration, or one section of it.
    section : str, optional
        Name of the section that `settings` holds; without it, the whole configuration.
    file : path-like, optional
        Where the settings come from, for the message.

    Returns
    -------
    dict
        A new dictionary with all keys of the schema that have a default.

    Raises
    ------
    InputError
        A key is unknown, or a value is not allowed; the message names it and what is allowed.
    """
    rules = schema() if section is None else section_schema(section)
    prefix = () if section is None else (section,)
    completed = copy.deepcopy(settings)
    _check(completed, rules, prefix, file)
    _fill(completed, rules)
    _check(completed, rules, prefix, file)
    return completed


def read_config(path) -> dict:
    """Read a YAML or JSON file of settings as it stands, without defaults."""
    path = Path(path)
    try:
        settings = yaml.safe_load(read_text(path))
    except FileNotFoundError:
        raise InputError("no such file", file=path, remedy="name an existing YAML or JSON file of settings") from None
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"cannot be read as YAML: {error}", file=path, remedy="mend its syntax") from None
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise InputError("holds no settings (expected 'key: value' lines)", file=path)
    return settings


def _check(settings, rules, prefix, file):
    # The rules of one section may refer to those of another: names are looked up in the whole schema.
    validator = jsonschema.Draft202012Validator(schema()).evolve(schema=rules)
    error = jsonschema.exceptions.best_match(validator.iter_errors(settings))
    if error is None:
        return
    place = ".".join(str(part) for part in (*prefix, *error.absolute_path)) or "top level"
    raise InputError(_explain(error), file=file, record=place, remedy=_remedy(error))


def _explain(error) -> str:
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = sorted(set(error.instance) - set(known))
        return f"unknown key {', '.join(map(repr, unknown))}"
    return error.message


def _remedy(error) -> str | None:
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known))
        close = [match for key in unknown for match in difflib.get_close_matches(key, known, 1)]
        hint = f"did you mean {close[0]!r}? " if close else ""
        return f"{hint}allowed here: {', '.join(known)}"
    description = error.schema.get("description") if isinstance(error.schema, dict) else None
    return f"this key is: {description}" if description else None


def _fill(settings, rules):
    for key, rule in rules.get("properties", {}).items():
        if key not in settings and "default" in rule:
            settings[key] = copy.deepcopy(rule["default"])
        value = settings.get(key)
        if isinstance(value, dict):
            _fill(value, rule)
        elif isinstance(value, list) and "items" in rule:
            for item in value:
                if isinstance(item, dict):
                    _fill(item, rule["items"])
