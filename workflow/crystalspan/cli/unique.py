"""Remove duplicates within and across the sampled space groups of a molecule."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_settings, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this stage."""
    parser.add_argument(
        "databases", nargs="+", type=Path, metavar="GROUP.db", help="sampled databases, one per space group"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, help="database (mol-CSPy layout) to write")
    parser.add_argument(
        "--max-relative-energy",
        type=float,
        metavar="KJ_MOL",
        help="leave out crystals further above the global minimum than this (default: keep all)",
    )
    add_settings(parser, "unique")


def run(args: argparse.Namespace) -> None:
    """Read, compare, write, and say how many are unique."""
    from crystalspan.progress import Progress
    from crystalspan.provenance import provenance
    from crystalspan.sampling.database import GUIDED, QUASI_RANDOM, is_guided, read_database, write_database
    from crystalspan.sampling.duplicates import cluster, equivalents

    settings = read_settings(args, "unique")
    read = [read_database(path) for path in args.databases]
    crystals = [row for rows, _ in read for row in rows]
    records = {trial.id: trial for _, trials in read for trial in trials}
    _refuse_repeats(crystals)
    clusters = cluster(
        crystals,
        settings["sampling"]["duplicates"],
        largest_relative_energy=args.max_relative_energy,
        report=Progress("unique", "crystals"),
    )
    unique = [clusters.crystals[row] for row in clusters.unique]
    counts = {
        "crystals_read": len(crystals),
        "above_max_relative_energy": clusters.beyond,
        "duplicates": len(clusters.crystals) - len(unique),
        "unique": len(unique),
    }
    search = GUIDED if any(map(is_guided, args.databases)) else QUASI_RANDOM
    used = {**settings, "max_relative_energy": args.max_relative_energy, "search": search}
    record = provenance("unique", used, args.databases) | {"counts": counts}
    kept = [records[row.id] for row in unique if row.id in records]
    write_database(args.output, unique, kept, equivalents(clusters), record)
    print(_summary(counts, args.max_relative_energy))


def _refuse_repeats(crystals):
    from crystalspan.errors import InputError

    seen = set()
    for row in crystals:
        if row.id in seen:
            raise InputError(
                "this id occurs twice", record=row.id, remedy="name each database once, each of another group"
            )
        seen.add(row.id)


def _summary(counts, limit) -> str:
    beyond = ""
    if limit is not None:
        beyond = f", {counts['above_max_relative_energy']} more than {limit:g} kJ/mol above the minimum left out"
    return (
        f"{counts['crystals_read']} crystals read{beyond}, {counts['duplicates']} duplicates removed, "
        f"{counts['unique']} unique"
    )
