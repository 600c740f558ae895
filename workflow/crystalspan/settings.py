"""The settings of a study: read, checked against the schema, completed with its defaults.

The schema (``workflow/schemas/config.schema.json``) is the only home of a default. Everything here reads it.
"""

import copy
import difflib
import functools
import importlib.resources
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.text import read_text


@functools.cache
def schema(name: str = "config") -> dict:
    """Read one of the package's JSON schemas (``config`` or ``landscapes``)."""
    text = importlib.resources.files("crystalspan.schemas").joinpath(f"{name}.schema.json").read_text("utf-8")
    return json.loads(text)


def rule_of(key: str) -> dict:
    """Return the schema of a key of the configuration, such as ``descriptor`` or ``dimension.mle.neighbours``."""
    rule = schema()
    for name in key.split("."):
        rule = _resolved(rule["properties"][name])
    return rule


def leaves(key: str = "") -> list[str]:
    """Return all keys without keys of their own, below one (or all) of the schema, in its order."""
    rule = rule_of(key) if key else schema()
    if "properties" not in rule:
        return [key]
    return [leaf for name in rule["properties"] for leaf in leaves(f"{key}.{name}" if key else name)]


def chosen(settings: dict, keys: Iterable[str]) -> dict:
    """Return only some keys of settings (``points.scaling``; a section stands for all that it holds)."""
    found: dict = {}
    for key in keys:
        put(found, key, copy.deepcopy(value_of(settings, key)))
    return found


def value_of(settings: dict, key: str) -> Any:
    """Return the value of a key such as ``dimension.mle.neighbours``."""
    for name in key.split("."):
        settings = settings[name]
    return settings


def put(settings: dict, key: str, value: Any) -> None:
    """Set the value of a key such as ``dimension.mle.neighbours``."""
    *sections, last = key.split(".")
    for name in sections:
        settings = settings.setdefault(name, {})
    settings[last] = value


def with_defaults(settings: dict, section: str | None = None, file: PathLike | None = None) -> dict:
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
    rules = schema() if section is None else rule_of(section)
    prefix = () if section is None else (section,)
    _refuse_unusable(settings, prefix, file)
    completed = copy.deepcopy(settings)
    _check(completed, rules, prefix, file)
    _fill(completed, rules)
    _check(completed, rules, prefix, file)
    return completed


def read_config(path: PathLike) -> dict:
    """Read a YAML or JSON file of settings as it stands, without defaults."""
    path = Path(path)
    try:
        settings = yaml.safe_load(read_text(path))
    except FileNotFoundError:
        raise InputError("no such file", file=path, remedy="name an existing YAML or JSON file of settings") from None
    # What YAML takes for a date need not be one, and brackets may lie deeper than Python goes.
    except (OSError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"cannot be read as YAML: {error}", file=path, remedy="mend its syntax") from None
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise InputError("holds no settings (expected 'key: value' lines)", file=path)
    return settings


# Of any study's configuration.
_MOST_VALUES, _DEEPEST = 100_000, 30


def _check(settings, rules, prefix, file):
    # The rules of one section may refer to those of another: names are looked up in the whole schema.
    validator = jsonschema.Draft202012Validator(schema()).evolve(schema=rules)
    error = jsonschema.exceptions.best_match(validator.iter_errors(settings))
    if error is None:
        return
    place = ".".join(str(part) for part in (*prefix, *error.absolute_path)) or "top level"
    raise InputError(_explain(error), file=file, record=place, remedy=_remedy(error))


# Keys of earlier versions, and what they are called now.
_RENAMED = {
    "sampling.duplicate_*": "sampling.duplicates.*",
    "landscape.duplicate_*": "landscape.duplicates.*",
    "analysis.scaling": "points.scaling",
    "analysis.pooling": "points.pooling",
    "analysis.atom_order": "points.atom_order",
    "analysis.thresholds": "components.thresholds",
    "analysis.elbow_share": "components.elbow_share",
    "analysis.elbow_sensitivity": "components.elbow_sensitivity",
    "analysis.scores": "spectra.scores",
    "analysis.solver": "spectra.solver",
    "analysis.randomized_components": "spectra.randomized_components",
    "analysis.power_iterations": "spectra.power_iterations",
    "analysis.map_neighbours": "maps.judged_neighbours",
    "analysis.memory_mib": "resources.memory_mib",
    "analysis.block_mib": "resources.block_mib",
    "dimension.gride_orders": "dimension.gride.orders",
    "dimension.mle_neighbours": "dimension.mle.neighbours",
    "dimension.pca_neighbours": "dimension.local_pca.neighbours",
    "dimension.pca_share": "dimension.local_pca.share",
    "dimension.discarded": "dimension.twonn.discarded",
    "dimension.others": "dimension.other_estimators",
    "dimension.subsets": "dimension.error_bars.subsets",
    "dimension.share": "dimension.error_bars.share",
    "dimension.confidence": "dimension.error_bars.confidence",
    "dimension.sizes": "dimension.rarefaction.sizes",
    "dimension.size_subsets": "dimension.rarefaction.subsets",
    "dimension.permutations": "dimension.parallel_analysis.permutations",
    "dimension.quantile": "dimension.parallel_analysis.quantile",
    "dimension.control_structures": "dimension.controls.structures",
    "dimension.cloud_radius": "dimension.controls.cloud_radius",
    "dimension.largest_sample": "points.largest_sample",
    "dimension.seed": "points.seed",
    "dimension.block_mib": "resources.distances_mib",
}


def _moved(error, unknown) -> str:
    """Say what keys of an earlier version are called now."""
    path = ".".join(str(part) for part in error.absolute_path)
    found = []
    for key in unknown:
        place = f"{path}.{key}" if path else key
        if path.startswith("descriptor_scan."):
            # A variant has the keys of the study.
            place = key
        value = error.instance[key]
        for name in [f"{place}.{inner}" for inner in value] if isinstance(value, dict) else [place]:
            for old, new in _RENAMED.items():
                start = old.removesuffix("*")
                if name == old or (old.endswith("*") and name.startswith(start)):
                    found.append(f"{name} is now {new.replace('*', name.removeprefix(start))}")
    return "; ".join(found)


def _resolved(rule: dict) -> dict:
    """Return a rule with what it refers to written out."""
    if "$ref" not in rule:
        return rule
    shared = functools.reduce(lambda part, name: part[name], rule["$ref"].removeprefix("#/").split("/"), schema())
    return shared | {key: value for key, value in rule.items() if key != "$ref"}


def _refuse_unusable(settings, path, file):
    """Refuse what no limit of the schema catches: NaN compares with nothing, and YAML knows more than JSON."""
    waiting, seen = [(path, settings)], 0
    while waiting:
        path, value = waiting.pop()
        seen += 1
        problem = _unusable(value)
        # YAML's references can hold themselves, or each other a billion times.
        if seen + len(waiting) > _MOST_VALUES or len(path) > _DEEPEST:
            problem, path = "more values, or deeper ones, than any study has", path[:1]
        if problem:
            place = ".".join(map(str, path)) or "top level"
            raise InputError(problem, file=file, record=place, remedy="write names, finite numbers, lists and sections")
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        waiting += [((*path, key), one) for key, one in inner]


def _unusable(value) -> str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no number that can be used"
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)):
        return f"{value!r} holds what no text holds"
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str) or _unusable(key):
                return f"the key {key!r} is no name"
    return None


def _whole(value, rule):
    """Return 14 for 14.0 where the schema asks for a whole number: YAML and JSON know both."""
    kinds = rule.get("type", ())
    is_whole = "integer" in ((kinds,) if isinstance(kinds, str) else kinds)
    return int(value) if isinstance(value, float) and is_whole else value


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
        moved = _moved(error, unknown)
        if moved:
            return moved
        close = [match for key in unknown for match in difflib.get_close_matches(key, known, 1)]
        hint = f"did you mean {close[0]!r}? " if close else ""
        return f"{hint}allowed here: {', '.join(known)}"
    description = error.schema.get("description") if isinstance(error.schema, dict) else None
    return f"this key is: {description}" if description else None


def _fill(settings, rules, complete: bool = True):
    """Fill in defaults; without `complete`, only turn whole numbers into integers."""
    for key, rule in rules.get("properties", {}).items():
        # A key that follows another key of the study differs from it: it has no defaults but its own.
        follows = rule.get("$ref", "").startswith("#/properties/")
        default = rule if follows else _resolved(rule)
        rule = _resolved(rule)
        if complete and key not in settings and "default" in default:
            settings[key] = copy.deepcopy(default["default"])
        value = settings.get(key)
        if isinstance(value, dict):
            _fill(value, rule, complete and not follows)
        elif isinstance(value, list) and "items" in rule:
            items = rule["items"]
            kinds = [items, *items.get("anyOf", [])]
            settings[key] = [functools.reduce(_whole, kinds, item) for item in value]
            for item in value:
                if isinstance(item, dict):
                    _fill(item, items)
        elif value is not None:
            settings[key] = _whole(value, rule)
