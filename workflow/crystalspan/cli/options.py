"""Options that several stages share; those of the settings follow from the stage's declaration and the schema."""

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from crystalspan.errors import InputError
from crystalspan.settings import chosen, put, read_config, rule_of, with_defaults
from crystalspan.stages import STAGES

# Settings that cannot change a number reach the workflow's jobs by this variable (JSON), so that Snakemake, which
# compares the parameters of its rules, does not see them change.
VARIABLE = "CRYSTALSPAN_HARMLESS_SETTINGS"
_SCALARS = {"string": str, "integer": int, "number": float}


def add_settings(parser: argparse.ArgumentParser, stage: str) -> None:
    """Add ``--settings``, and an option for each scalar or list that the stage takes, with the schema's help."""
    keys = STAGES[stage].keys
    group = parser.add_argument_group("settings")
    group.add_argument(
        "--settings",
        metavar="JSON|FILE",
        help="a study's configuration, of which the stage takes what it reads, as JSON text or a YAML or JSON file",
    )
    for key, name in _names(keys).items():
        _add_option(group, key, name, rule_of(key))


def read_settings(args: argparse.Namespace, stage: str) -> dict:
    """Return the settings that the stage takes: JSON text or file, single options over it, defaults below it.

    Returns
    -------
    dict
        Sections of the configuration, as far as the stage declares them; nothing else.
    """
    settings = json.loads(os.environ.get(VARIABLE) or "{}")
    for key, value in _flat(given_settings(args.settings)):
        put(settings, key, value)
    keys = STAGES[stage].keys
    for key in keys:
        value = getattr(args, _destination(key), None)
        if value is not None:
            put(settings, key, value)
    return chosen(with_defaults(settings), keys)


def given_settings(text: str | None) -> dict:
    """Return what JSON text, or a YAML or JSON file, says; nothing is filled in."""
    if text is None:
        return {}
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise InputError(f"--settings is not JSON: {error}", remedy="quote the text for the shell") from None
    return read_config(Path(text))


def add_ranks(parser: argparse.ArgumentParser) -> None:
    """Add ``--ranks``: how many MPI ranks there must be."""
    parser.add_argument(
        "--ranks",
        type=positive,
        default=1,
        metavar="N",
        help="number of MPI ranks that the launcher starts (checked against what MPI sees); default: 1",
    )


def add_inputs(parser: argparse.ArgumentParser, name: str, text: str, at_least: str = "*") -> None:
    """Add positional input files, and ``--list`` for more of them than a command line holds."""
    parser.add_argument(name, nargs="*", type=Path, help=text)
    parser.add_argument("--list", type=Path, metavar="FILE", help="take further inputs from a file, one path a line")
    parser.set_defaults(_inputs=(name, at_least))


def read_inputs(args: argparse.Namespace) -> list[Path]:
    """Return the input files of the command line and of ``--list``."""
    name, at_least = args._inputs
    paths = list(getattr(args, name))
    if args.list is not None:
        try:
            paths += [Path(line) for line in args.list.read_text("utf-8").splitlines() if line]
        except OSError as error:
            raise InputError(str(error), file=args.list, remedy="name a file of paths, one a line") from None
    if at_least == "+" and not paths:
        raise InputError(f"no {name} are given", remedy="name files, or a list of them by --list FILE")
    return paths


def add_space_groups(
    parser: argparse.ArgumentParser, text: str, combined: bool = False, default: list[str] | None = None
) -> None:
    """Add ``--space-group``: numbers or symbols, and ``all`` for all together where that makes sense."""
    parser.add_argument(
        "--space-group",
        nargs="+",
        default=default,
        metavar="GROUP|all" if combined else "GROUP",
        help=f"numbers or symbols, such as 14 or P21/c{', or all for all together' if combined else ''}: {text}",
    )


def group_numbers(labels: Iterable[str] | None) -> list[int] | None:
    """Return the numbers of space groups given by number or symbol; None for None."""
    from crystalspan.crystallography.space_groups import number_from_symbol

    return None if labels is None else [number_from_symbol(label) for label in labels]


def populations(labels: Iterable[str]) -> list[tuple[str, int | None]]:
    """Return label and number of space groups; the number of ``all`` is None."""
    from crystalspan.crystallography.space_groups import number_from_symbol
    from crystalspan.printing.labels import ALL

    numbers = [(None if label == ALL else number_from_symbol(label)) for label in labels]
    return [(str(number or ALL), number) for number in dict.fromkeys(numbers)]


def positive(text: str) -> int:
    """Read a whole number of 1 or more."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _names(keys: list[str]) -> dict[str, str]:
    """Return each key without its section, ``scaling`` or ``mle-neighbours``; with it where two would be alike."""
    short = {key: key.partition(".")[2] or key for key in keys}
    alike = Counter(short.values())
    return {key: (key if alike[name] > 1 else name).replace(".", "-").replace("_", "-") for key, name in short.items()}


def _destination(key: str) -> str:
    return f"setting_{key}"


def _flat(settings: dict, path: str = ""):
    """Yield the keys of nested settings that are given; sections are opened, lists are not."""
    for name, value in settings.items():
        key = f"{path}.{name}" if path else name
        if isinstance(value, dict) and value and _is_section(key):
            yield from _flat(value, key)
        else:
            yield key, value


def _is_section(key: str) -> bool:
    try:
        return "properties" in rule_of(key)
    except KeyError:
        return False


def _add_option(group, key, name, rule):
    text = f"{rule['description']} Default: {json.dumps(rule.get('default'))}".replace("%", "%%")
    common = {"dest": _destination(key), "help": text}
    kind = _scalar(rule)
    if "enum" in rule and all(isinstance(value, str) for value in rule["enum"]):
        group.add_argument(f"--{name}", choices=rule["enum"], **common)
    elif rule.get("type") == "boolean":
        group.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, **common)
    elif rule.get("type") == "array" and "enum" in rule["items"]:
        group.add_argument(f"--{name}", nargs="*", choices=rule["items"]["enum"], **common)
    elif rule.get("type") == "array" and rule["items"].get("type") in _SCALARS:
        kind = _SCALARS[rule["items"]["type"]]
        group.add_argument(f"--{name}", nargs="*", type=kind, metavar=kind.__name__.upper(), **common)
    elif kind is not None:
        group.add_argument(f"--{name}", type=kind, metavar=kind.__name__.upper(), **common)


def _scalar(rule):
    """Return the Python type of a scalar rule (``["number", "null"]`` is one too), else None."""
    kinds = rule.get("type")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds or ())
    kinds = [kind for kind in kinds if kind != "null"]
    return _SCALARS.get(kinds[0]) if len(kinds) == 1 else None
