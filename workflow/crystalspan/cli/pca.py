"""Principal components of the structures of an energy window: the spectrum of eigenvalues."""

import argparse
from pathlib import Path

from crystalspan.cli.options import (
    add_inputs,
    add_ranks,
    add_settings,
    add_space_groups,
    populations,
    positive,
    read_inputs,
    read_settings,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    add_inputs(parser, "descriptors", "descriptors.h5 files of one molecule: shells, space groups", "+")
    parser.add_argument("-o", "--output", required=True, type=Path, help="spectrum file to write (HDF5)")
    parser.add_argument(
        "--window",
        nargs="+",
        default=[None],
        metavar="LOWER-UPPER",
        help="energy windows in kJ/mol, such as 0-10; default: all structures",
    )
    add_space_groups(parser, "which sets are analysed, one by one; default: all", combined=True, default=["all"])
    parser.add_argument("--lowest", type=positive, metavar="N", help="keep the N structures of lowest energy only")
    parser.add_argument("--molecule", help="name for the tables; default: as in the descriptor files")
    add_ranks(parser)
    add_settings(parser, "pca")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.parallel import world
    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.provenance import provenance
    from crystalspan.spectra.file import new_spectrum_file
    from crystalspan.spectra.pca import spectrum
    from crystalspan.spectra.settings import spectrum_settings
    from crystalspan.stages import deciding
    from crystalspan.study import parse_interval

    settings, paths = read_settings(args, "pca"), read_inputs(args)
    asked = spectrum_settings(settings)
    # What is wrong with the options shows on all ranks alike, before rank 0 begins a file.
    windows = {window: window and parse_interval(window) for window in args.window}
    sets = [(window, *population) for population in populations(args.space_group) for window in windows]
    communicator = world(args.ranks)
    joined = JoinedDescriptors(paths)
    if communicator.rank != 0:
        for window, _, number in sets:
            spectrum(joined.select(window, args.lowest, number), asked, communicator=communicator)
        return
    record = provenance("pca", deciding(settings, "pca"), paths) | {"descriptor_settings": joined.settings}
    with new_spectrum_file(args.output, record) as writer:
        for window, label, number in sets:
            chosen = joined.select(window, args.lowest, number)
            result = spectrum(chosen, asked, communicator=communicator)
            assert result is not None  # on rank 0
            labels = {
                "molecule": args.molecule or joined.molecule or "unnamed",
                "space_group": label,
                "window": window or "none",
            }
            writer.add(result, chosen, labels)
            print(f"{labels['molecule']} {label} {labels['window']}: {result.describe()}")
