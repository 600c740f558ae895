"""Count the components of spectra: by shares of the variance and of the singular values, elbow, broken stick."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_inputs, add_settings, read_inputs, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    add_inputs(parser, "spectra", "spectra.h5 files", "+")
    parser.add_argument("-o", "--output", required=True, type=Path, help="file of component counts to write (HDF5)")
    add_settings(parser, "components")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.provenance import provenance
    from crystalspan.spectra.components import count_settings
    from crystalspan.spectra.counted import counted, write_components
    from crystalspan.spectra.file import read_spectra
    from crystalspan.stages import deciding

    settings, paths = read_settings(args, "components"), read_inputs(args)
    spectra = read_spectra(paths, points=False)
    rows = counted(spectra, count_settings(settings["components"]))
    write_components(args.output, rows, provenance("components", deciding(settings, "components"), paths))
    print(f"{args.output}: {len(rows)} counts of {len(spectra)} spectra")
