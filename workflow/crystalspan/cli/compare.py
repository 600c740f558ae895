"""Spectra of a landscape at the 2021 study's numbers of structures, to set our counts beside its own."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_inputs, add_ranks, add_settings, read_inputs, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    add_inputs(parser, "descriptors", "all descriptors.h5 files of one molecule", "+")
    parser.add_argument("-o", "--output", type=Path, required=True, help="comparison file to write (HDF5)")
    parser.add_argument("--molecule", help="its name in the study; default: as in the files")
    add_ranks(parser)
    add_settings(parser, "compare")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.parallel import world
    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.provenance import provenance
    from crystalspan.spectra.comparison import cut_spectra
    from crystalspan.spectra.comparison_file import write_cuts
    from crystalspan.spectra.settings import spectrum_settings
    from crystalspan.stages import deciding

    settings, paths = read_settings(args, "compare"), read_inputs(args)
    communicator = world(args.ranks)
    joined = JoinedDescriptors(paths)
    molecule = args.molecule or joined.molecule or "unnamed"
    cuts = cut_spectra(joined, molecule, spectrum_settings(settings), communicator)
    if communicator.rank != 0:
        return
    record = provenance("compare", deciding(settings, "compare"), paths)
    write_cuts(args.output, cuts, record | {"descriptor_settings": joined.settings})
    print(f"{args.output}: {len(cuts)} spectra" if cuts else f"{molecule}: not in the 2021 study")
