"""Write a landscape as a folder to deposit: CIFs, tables, HDF5, checksums, and metadata for repositories."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_settings, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    parser.add_argument("landscape", type=Path, help="landscape.h5 of the molecule")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="FOLDER", help="folder to make; it must not be there"
    )
    parser.add_argument("--descriptors", nargs="*", default=[], type=Path, metavar="FILE", help="descriptors.h5 files")
    parser.add_argument("--spectra", nargs="*", default=[], type=Path, metavar="FILE", help="spectra.h5 files")
    parser.add_argument("--similarity", type=Path, metavar="FILE", help="similarity.h5: relatives stay in one part")
    parser.add_argument("--viewer", type=Path, metavar="PAGE", help="explore.html of the molecule")
    parser.add_argument("--rejected", type=Path, metavar="TABLE", help="rejected.csv of the landscape")
    add_settings(parser, "export")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.export.folder import Given, write_export
    from crystalspan.landscape.file import read_landscape

    section = read_settings(args, "export")["export"]
    given = Given(
        tuple(dict.fromkeys(args.descriptors)),
        tuple(dict.fromkeys(args.spectra)),
        args.viewer,
        args.rejected,
        args.similarity,
    )
    exported = write_export(args.output, read_landscape(args.landscape), section, given)
    size = sum(one.size for one in exported.files)
    parts = ", ".join(f"{number:,} {what}" for what, number in exported.counts.items())
    print(f"{args.output}: {len(exported.files)} files, {size / 1e6:.1f} MB; {parts}")
    for note in exported.notes:
        print(f"  {note}")
    if exported.about.missing:
        print(f"  before it is deposited, name: {', '.join(exported.about.missing)} (settings export.*)")
