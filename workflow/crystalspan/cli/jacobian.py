"""The local dimension of single crystals: which of their degrees of freedom the descriptor sees (Jacobian rank)."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_ranks, add_settings, add_space_groups, group_numbers, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    parser.add_argument("landscape", type=Path, help="landscape file (HDF5) of one molecule")
    add_space_groups(parser, "whose crystals are looked at; default: all that the landscape holds")
    parser.add_argument("--window", metavar="LOWER-UPPER", help="energy window in kJ/mol; default: every energy")
    parser.add_argument("-o", "--output", required=True, type=Path, help="file of Jacobian ranks to write (HDF5)")
    add_ranks(parser)
    add_settings(parser, "jacobian")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.parallel import world

    settings = read_settings(args, "jacobian")
    communicator = world(args.ranks)

    from collections import Counter

    from crystalspan.descriptors.parameters import symmetry_functions
    from crystalspan.jacobian.file import write_local_dimensions
    from crystalspan.jacobian.rank import evenly_chosen, jacobian_settings, shared_local_dimensions
    from crystalspan.landscape.file import Selection, read_rows
    from crystalspan.points.cloud import Description, layout_of
    from crystalspan.points.settings import preparation
    from crystalspan.provenance import provenance
    from crystalspan.stages import deciding
    from crystalspan.study import parse_interval

    selection = Selection(group_numbers(args.space_group), None if args.window is None else parse_interval(args.window))
    rows = evenly_chosen(args.landscape, selection, settings["jacobian"]["structures"])
    functions = symmetry_functions(settings["descriptor"])
    description = Description(functions, preparation(settings), layout_of(read_rows(args.landscape, rows[:1])))
    found = shared_local_dimensions(
        communicator, args.landscape, rows, functions, jacobian_settings(settings["jacobian"]), description.pooled
    )
    if found is not None:
        chosen = read_rows(args.landscape, rows)
        record = provenance("jacobian", deciding(settings, "jacobian"), [args.landscape])
        write_local_dimensions(args.output, chosen.name, found, chosen.space_group, chosen.relative_energy, record)
        flags = ", ".join(f"{count} {flag}" for flag, count in Counter(one.flag for one in found).most_common())
        print(f"{args.output}: {len(found)} structures ({flags or 'none'})")
