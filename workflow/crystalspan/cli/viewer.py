"""The page of a molecule: its maps and crystals in one HTML file, where a click on a point shows the crystal."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_inputs, add_settings, read_inputs, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    add_inputs(
        parser, "inputs", "landscape.h5 of one molecule; its maps.h5, spectra.h5, known_forms.h5, similarity.h5", "+"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, help="page to write (HTML)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="also write a page small enough for a report")
    parser.add_argument("--window", nargs="*", default=[], metavar="LOWER-UPPER", help="energy windows in kJ/mol")
    add_settings(parser, "viewer")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.errors import InputError
    from crystalspan.provenance import write_text
    from crystalspan.viewer.bundle import read_bundle
    from crystalspan.viewer.page import LARGEST_IN_A_REPORT, explore_page, missing_page, page_within

    asked = read_settings(args, "viewer")["viewer"]
    explored = _explored(read_inputs(args), args.window, asked)
    name = explored.landscape.name
    try:
        bundle = read_bundle()
    except InputError as error:
        # The study has all its results without it.
        for path in filter(None, (args.output, args.report)):
            write_text(path, missing_page(name, str(error)))
        print(f"{args.output}: without the viewer, since {error}")
        return
    page = explore_page(explored, bundle)
    write_text(args.output, page)
    print(f"{args.output}: {min(len(explored.landscape), explored.largest):,} crystals, {len(page) / 1e6:.1f} MB")
    if args.report is not None:
        write_text(args.report, page_within(LARGEST_IN_A_REPORT, explored, bundle, args.output.as_posix()))


def _explored(paths, windows, asked):
    from crystalspan.errors import InputError
    from crystalspan.landscape.file import read_landscape
    from crystalspan.maps.file import read_maps
    from crystalspan.similarity.file import read_similarities
    from crystalspan.similarity.known_file import read_known_forms
    from crystalspan.spectra.file import read_spectra
    from crystalspan.storage import by_stage
    from crystalspan.viewer.page import Explored

    files = by_stage(paths, "landscape", "maps", "pca", "match", "similarity")
    if len(files["landscape"]) != 1:
        raise InputError(f"{len(files['landscape'])} landscapes are given, not one", remedy="give one landscape.h5")
    return Explored(
        read_landscape(files["landscape"][0]),
        list(dict.fromkeys(windows)),
        read_spectra(files["pca"]),
        read_maps(files["maps"]),
        read_known_forms(files["match"]),
        read_similarities(files["similarity"]),
        shown=asked["shown"],
        largest=asked["largest"],
    )
