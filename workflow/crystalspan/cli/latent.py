"""The dimension by the bottleneck of a network: around single crystals, and of the landscape; latent coordinates."""

import argparse
from pathlib import Path

from crystalspan.cli.options import (
    add_inputs,
    add_ranks,
    add_settings,
    add_space_groups,
    group_numbers,
    populations,
    read_inputs,
    read_settings,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    add_inputs(parser, "descriptors", "all descriptors.h5 files of one molecule", "+")
    parser.add_argument("--landscape", required=True, type=Path, help="the molecule's landscape.h5")
    parser.add_argument("-o", "--output", required=True, type=Path, help="file of the latent space to write (HDF5)")
    parser.add_argument("--window", required=True, metavar="LOWER-UPPER", help="energy window in kJ/mol, such as 0-20")
    add_space_groups(parser, "some of whose crystals are displaced; default: all of the descriptors")
    add_ranks(parser)
    add_settings(parser, "latent")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.parallel import world

    settings, paths = read_settings(args, "latent"), read_inputs(args)
    communicator = world(args.ranks)

    from crystalspan.latent.file import write_latent
    from crystalspan.latent.molecule import latent_settings, molecule_latent
    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.provenance import provenance
    from crystalspan.stages import deciding

    joined = JoinedDescriptors(paths)
    groups = group_numbers(args.space_group) or sorted(set(joined.space_group.tolist()))
    learnt = [one for one in populations(settings["latent"]["space_groups"]) if one[1] is None or one[1] in groups]
    found = molecule_latent(
        communicator, joined, args.landscape, groups, learnt, args.window, latent_settings(settings)
    )
    if found is not None:
        record = provenance("latent", deciding(settings, "latent"), [*paths, args.landscape])
        write_latent(args.output, found, record | {"descriptor_settings": joined.settings})
        counted = sum(one.verdict == "counted" for one in found.basins)
        print(
            f"{args.output}: the bottleneck counts the degrees of freedom of {counted} of {len(found.basins)} crystals"
        )
