"""Describe the surroundings of every atom of the crystals in space groups and an energy shell by symmetry functions."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_ranks, add_settings, read_settings


def add_arguments(parser: argparse.ArgumentParser):
    """Add the options of this stage."""
    parser.add_argument("landscape", type=Path, help="landscape file (HDF5) of one molecule")
    parser.add_argument(
        "--space-group",
        nargs="+",
        metavar="GROUP",
        help="numbers or symbols of space groups; default: all that the landscape holds",
    )
    parser.add_argument(
        "--shell",
        metavar="LOWER-UPPER",
        help="energy shell above the global minimum in kJ/mol, such as 0-10 or 10-20; default: every energy",
    )
    parser.add_argument("-o", "--output", required=True, type=Path, help="descriptor file (HDF5) to write")
    add_ranks(parser)
    add_settings(parser, "descriptor")


def run(args: argparse.Namespace):
    """Describe and write."""
    from crystalspan.crystallography.space_groups import number_from_symbol
    from crystalspan.parallel import world

    settings = read_settings(args, "descriptor")
    communicator = world(args.ranks)

    from crystalspan.descriptors.featurize import featurize
    from crystalspan.landscape.file import Selection
    from crystalspan.study import parse_interval

    groups = None if args.space_group is None else [number_from_symbol(group) for group in args.space_group]
    shell = None if args.shell is None else parse_interval(args.shell)
    n = featurize(communicator, args.landscape, Selection(groups, shell), settings, args.output)
    if communicator.rank == 0:
        print(f"{args.output}: {n} structures, {settings['preset']}, {settings['neighbours']} neighbours")
