"""Options that several stages share; those of the settings are made from the schema."""

import argparse
import json
from pathlib import Path

from crystalspan.errors import InputError
from crystalspan.settings import read_config, section_schema, with_defaults

_SCALARS = {"string": str, "integer": int, "number": float}


def add_settings(parser: argparse.ArgumentParser, section: str):
    """Add ``--settings`` and one option for each scalar or list of the section, with the schema's help."""
    group = parser.add_argument_group(f"settings ({section})")
    group.add_argument(
        "--settings",
        metavar="JSON|FILE",
        help=f"the section '{section}' as JSON text, or a YAML/JSON file of it or of a whole study",
    )
    for key, rule in section_schema(section)["properties"].items():
        _add_option(group, key, rule)


def read_settings(args: argparse.Namespace, section: str) -> dict:
    """Return the section's settings: the file or JSON text, single options over it, defaults below it."""
    settings = given_settings(args.settings, section)
    for key in section_schema(section)["properties"]:
        value = getattr(args, f"setting_{key}", None)
        if value is not None:
            settings[key] = value
    return with_defaults(settings, section)


def add_ranks(parser: argparse.ArgumentParser):
    """Add ``--ranks``: how many MPI ranks there must be."""
    parser.add_argument(
        "--ranks",
        type=_positive,
        default=1,
        metavar="N",
        help="number of MPI ranks that the launcher starts (checked against what MPI sees); default: 1",
    )


def _add_option(group, key, rule):
    flag = "--" + key.replace("_", "-")
    text = f"{rule['description']} Default: {json.dumps(rule.get('default'))}".replace("%", "%%")
    common = {"dest": f"setting_{key}", "help": text}
    if "enum" in rule and all(isinstance(value, str) for value in rule["enum"]):
        group.add_argument(flag, choices=rule["enum"], **common)
    elif rule.get("type") == "boolean":
        group.add_argument(flag, action=argparse.BooleanOptionalAction, **common)
    elif rule.get("type") == "array" and "enum" in rule["items"]:
        group.add_argument(flag, nargs="*", choices=rule["items"]["enum"], **common)
    elif rule.get("type") == "array" and rule["items"].get("type") in _SCALARS:
        kind = _SCALARS[rule["items"]["type"]]
        group.add_argument(flag, nargs="*", type=kind, metavar=kind.__name__.upper(), **common)
    else:
        kind = _scalar(rule)
        if kind is not None:
            group.add_argument(flag, type=kind, metavar=kind.__name__.upper(), **common)


def _scalar(rule):
    """Return the Python type of a scalar rule (``["number", "null"]`` is one too), else None."""
    kinds = rule.get("type")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds or ())
    kinds = [kind for kind in kinds if kind != "null"]
    return _SCALARS.get(kinds[0]) if len(kinds) == 1 else None


def given_settings(text: str | None, section: str) -> dict:
    """Return what JSON text, or a YAML or JSON file, says of a section; nothing is filled in."""
    if text is None:
        return {}
    if text.lstrip().startswith("{"):
        return _json(text)
    settings = read_config(Path(text))
    return dict(settings.get(section) or {}) if section in settings else settings


def study_settings(text: str | None) -> dict:
    """Return a whole configuration with all defaults, of JSON text or a YAML or JSON file that holds some of it."""
    if text is None:
        return with_defaults({})
    return with_defaults(_json(text) if text.lstrip().startswith("{") else read_config(Path(text)))


def _json(text: str) -> dict:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(f"--settings is not JSON: {error}", remedy="quote the text for the shell") from None


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value
