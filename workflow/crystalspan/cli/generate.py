"""Crystals from a latent space of a landscape's minima, and by ways that need none; all relaxed and judged."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_ranks, add_settings, add_space_groups, group_numbers, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    parser.add_argument("landscape", type=Path, help="landscape file (HDF5) of one molecule")
    parser.add_argument(
        "--molecule", required=True, type=Path, metavar="FILE", help="its rigid molecule with charges (JSON)"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, help="file of made crystals to write (HDF5)")
    parser.add_argument("--window", required=True, metavar="LOWER-UPPER", help="energy window in kJ/mol, such as 0-20")
    add_space_groups(parser, "of the study; crystals are made in those of latent.space_groups; default: all of these")
    add_ranks(parser)
    add_settings(parser, "generate")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.parallel import world

    settings = read_settings(args, "generate")
    communicator = world(args.ranks)

    from crystalspan.crystallography.molecules import read_molecule
    from crystalspan.landscape.records import read_records
    from crystalspan.latent.making import making_settings, molecule_makings
    from crystalspan.latent.making_file import write_makings
    from crystalspan.provenance import provenance
    from crystalspan.stages import deciding

    asked = [one for one in settings["latent"]["space_groups"] if one != "all"]
    groups = group_numbers(args.space_group) or asked
    molecule, name = read_molecule(args.molecule), read_records(args.landscape).molecule
    told = making_settings(settings)
    chosen = [group for group in asked if group in groups]
    found = molecule_makings(communicator, args.landscape, molecule, chosen, args.window, told)
    if found is not None:
        record = provenance("generate", deciding(settings, "generate"), [args.landscape, args.molecule])
        write_makings(args.output, name, found, record)
        for one in found:
            made = one.reason or f"{len(one.crystals)} crystals made, {one.learnt} minima learnt"
            print(f"{name} {one.space_group}, seed {one.seed}: {made}")
