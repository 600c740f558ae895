"""How many dimensions the structures of each space group and window have: estimates, error bars, controls."""

import argparse
from pathlib import Path

from crystalspan.cli.options import (
    add_inputs,
    add_ranks,
    add_settings,
    add_space_groups,
    populations,
    read_inputs,
    read_settings,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    add_inputs(parser, "descriptors", "all descriptors.h5 files of one molecule", "+")
    parser.add_argument(
        "--landscape", required=True, type=Path, help="the molecule's landscape.h5, for controls made of crystals"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, help="dimension file to write (HDF5)")
    parser.add_argument(
        "--window", nargs="+", required=True, metavar="LOWER-UPPER", help="energy windows in kJ/mol, such as 0-10"
    )
    add_space_groups(parser, "which sets are analysed, one by one; default: all", combined=True, default=["all"])
    add_ranks(parser)
    add_settings(parser, "dimension")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.parallel import world

    settings, paths = read_settings(args, "dimension"), read_inputs(args)
    communicator = world(args.ranks)

    from crystalspan.dimension.analysis import dimension_settings
    from crystalspan.dimension.control_sets import control_settings
    from crystalspan.dimension.file import write_dimensions
    from crystalspan.dimension.molecule import PopulationSettings, molecule_dimensions
    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.points.settings import preparation
    from crystalspan.provenance import provenance
    from crystalspan.stages import deciding

    asked = PopulationSettings(preparation(settings), dimension_settings(settings), control_settings(settings))
    joined = JoinedDescriptors(paths)
    windows = list(dict.fromkeys(args.window))
    found = molecule_dimensions(communicator, joined, args.landscape, populations(args.space_group), windows, asked)
    if found is not None:
        record = provenance("dimension", deciding(settings, "dimension"), [*paths, args.landscape])
        write_dimensions(args.output, found, record | {"descriptor_settings": joined.settings})
        print(f"{args.output}: {len(found)} sets of structures")
