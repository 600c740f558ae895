"""Read what CSP programs wrote, check every structure, and write one landscape file for a molecule."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_ranks, add_settings, add_space_groups, group_numbers, read_settings

_EXIT_STATUS = """
Exit status: 0: the landscape is written, whatever was rejected (see the table). 1: something failed that is not the
input's fault, such as a full disk. 2: the input or the command is wrong, no structure is accepted, or with --strict a
structure was rejected; the table of rejected structures is written all the same.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this stage."""
    parser.epilog = _EXIT_STATUS
    parser.add_argument(
        "sources",
        nargs="+",
        type=Path,
        metavar="SOURCE",
        help="folder, archive, file or database that a CSP program wrote; detected by content",
    )
    parser.add_argument("--molecule", required=True, metavar="NAME", help="name of the molecule")
    parser.add_argument("-o", "--output", required=True, type=Path, help="landscape file (HDF5) to write")
    parser.add_argument(
        "--rejected", type=Path, help="CSV table of the structures turned down (default: beside the output)"
    )
    parser.add_argument(
        "--reference",
        type=Path,
        metavar="MOLECULE.json",
        help="the molecule that every structure must hold (default: the commonest one in the sources)",
    )
    add_space_groups(parser, "the groups to keep; default: all")
    parser.add_argument(
        "--slices",
        nargs="*",
        default=[],
        type=int,
        metavar="NUMBER",
        help="also write the structures of these space groups into files of their own: NUMBER/landscape.h5 beside the "
        "output",
    )
    parser.add_argument(
        "--max-relative-energy",
        type=float,
        metavar="KJ_MOL",
        help="leave out structures further above the global minimum than this, the largest window (default: keep all)",
    )
    add_ranks(parser)
    add_settings(parser, "landscape")


def run(args: argparse.Namespace) -> None:
    """Read, check, write, and say what was found; the work of rank 0, which the others help."""
    from crystalspan.parallel import world
    from crystalspan.team import Team, follow

    communicator = world(args.ranks)
    if communicator.rank != 0:
        follow(communicator)
        return
    with Team(communicator) as team:
        _run(args, team)


def _run(args, team):
    from crystalspan.crystallography.molecules import read_molecule
    from crystalspan.errors import InputError
    from crystalspan.formats.records import Rejection
    from crystalspan.landscape.account import Refused, write_rejected
    from crystalspan.landscape.build import describe
    from crystalspan.landscape.file import write_landscape
    from crystalspan.landscape.slices import write_slices

    settings = read_settings(args, "landscape")
    section = settings["landscape"]
    groups = group_numbers(args.space_group)
    reference = None if args.reference is None else read_molecule(args.reference)
    table = args.rejected or args.output.parent / "rejected.csv"
    try:
        landscape, rejected, account = _built(args, settings, groups, reference, team)
    except Refused as error:
        write_rejected(table, error.rejected)
        print("\n".join(error.account.lines(args.molecule)), flush=True)
        raise
    except InputError as error:
        write_rejected(table, [Rejection(error.file or "", error.record or "", error.problem, error.remedy or "")])
        raise
    write_rejected(table, rejected)
    if section["strict"] and rejected:
        print(describe(landscape, account), flush=True)
        raise InputError(
            f"strict: {len(rejected)} of {account.read} structures are rejected",
            file=table,
            remedy="mend or remove what the table lists; without --strict the others make the landscape",
        )
    write_slices(args.output.parent, landscape, args.slices)
    write_landscape(args.output, landscape, account.record())
    print(describe(landscape, account))


def _built(args, settings, groups, reference, team):
    """Read and check the sources."""
    from crystalspan.landscape.build import build_landscape
    from crystalspan.landscape.settings import CheckSettings
    from crystalspan.provenance import provenance
    from crystalspan.stages import deciding

    section = settings["landscape"]
    for source in args.sources:
        _require(source)
    inputs = [*args.sources, *([args.reference] if args.reference else [])]
    used = {**deciding(settings, "landscape"), "space_groups": groups, "max_relative_energy": args.max_relative_energy}
    return build_landscape(
        args.molecule,
        args.sources,
        CheckSettings.of_section(section),
        reference=reference,
        space_groups_asked=groups,
        largest_relative_energy=args.max_relative_energy,
        source_format=section.get("format"),
        provenance=provenance("landscape", used, inputs),
        team=team,
    )


def _require(source: Path):
    from crystalspan.errors import InputError

    if not source.exists():
        raise InputError("no such file or folder", file=source, remedy="check the path in landscapes.tsv")
