"""How complete a quasi-random search is: what it has not seen, from how often it found what it has."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_settings, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    parser.add_argument(
        "database", type=Path, help="database of 'unique', or one in which mol-CSPy has marked the duplicates"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, help="file of the completeness to write (HDF5)")
    parser.add_argument("--name", help="name of the molecule (default: the name of the database's file)")
    add_settings(parser, "completeness")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.completeness.estimates import read_finds
    from crystalspan.completeness.file import write_completeness
    from crystalspan.completeness.search import search_completeness
    from crystalspan.completeness.words import completeness_lines
    from crystalspan.provenance import provenance
    from crystalspan.stages import deciding

    settings = read_settings(args, "completeness")
    windows = sorted(set(settings["energy_windows"]))
    found = search_completeness(args.name or args.database.stem, read_finds(args.database), windows)
    record = provenance("completeness", deciding(settings, "completeness"), [args.database])
    write_completeness(args.output, found, record)
    for line in completeness_lines([found]):
        print(line)
