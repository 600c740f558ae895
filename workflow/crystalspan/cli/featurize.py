"""Describe the surroundings of every atom of the crystals in space groups and an energy shell by symmetry functions."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_ranks, add_settings, add_space_groups, group_numbers, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this stage."""
    parser.add_argument("landscape", type=Path, help="landscape file (HDF5) of one molecule")
    add_space_groups(parser, "whose crystals are described; default: all that the landscape holds")
    parser.add_argument(
        "--shell",
        metavar="LOWER-UPPER",
        help="energy shell above the global minimum in kJ/mol, such as 0-10 or 10-20; default: every energy",
    )
    parser.add_argument("-o", "--output", required=True, type=Path, help="descriptor file (HDF5) to write")
    add_ranks(parser)
    add_settings(parser, "featurize")


def run(args: argparse.Namespace) -> None:
    """Describe and write."""
    from crystalspan.parallel import world

    settings = read_settings(args, "featurize")["descriptor"]
    communicator = world(args.ranks)

    from crystalspan.descriptors.featurize import featurize
    from crystalspan.landscape.file import Selection
    from crystalspan.study import parse_interval

    shell = None if args.shell is None else parse_interval(args.shell)
    n = featurize(
        communicator, args.landscape, Selection(group_numbers(args.space_group), shell), settings, args.output
    )
    if communicator.rank == 0:
        print(f"{args.output}: {n} structures, {settings['preset']}, {settings['neighbours']} neighbours")
