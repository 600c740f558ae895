"""What was found and where to look, in plain words."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_inputs, add_settings, read_inputs, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    add_inputs(parser, "inputs", "landscape.h5, dimension.h5, jacobian.h5, latent.h5 and generation.h5 files")
    parser.add_argument("--components", required=True, help="components.csv of 'table spectra'")
    parser.add_argument("--comparison", help="CSV table of the stage compare")
    parser.add_argument("--descriptor-scan", metavar="FILE", help="descriptor_scan.csv of 'table scan'")
    parser.add_argument(
        "--place",
        nargs="*",
        default=[],
        metavar="WHAT=WHERE",
        help="lines for 'where to look', such as report=report.html",
    )
    parser.add_argument("-o", "--output", type=Path, help="also write the text to a file")
    add_settings(parser, "summary")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.dimension.file import read_measured
    from crystalspan.dimension.words import dimension_lines
    from crystalspan.errors import InputError
    from crystalspan.landscape.records import read_records
    from crystalspan.latent.file import read_latent
    from crystalspan.latent.making_file import read_makings
    from crystalspan.latent.making_tables import making_lines
    from crystalspan.latent.words import latent_lines
    from crystalspan.printing.csv_files import read_csv
    from crystalspan.provenance import write_text
    from crystalspan.report.summary import summary_text
    from crystalspan.scan.tables import read_scan_table, scan_sentences
    from crystalspan.spectra.tables import read_long
    from crystalspan.storage import by_stage

    share = read_settings(args, "summary")["components"]["thresholds"][0]
    wrong = [place for place in args.place if "=" not in place]
    if wrong:
        raise InputError(f"'{wrong[0]}' is not WHAT=WHERE", remedy="for example --place report=report.html")
    comparison = None
    if args.comparison:
        comparison = read_csv(args.comparison)
    places = dict(place.split("=", 1) for place in args.place)
    files = by_stage(read_inputs(args), "landscape", "dimension", "jacobian", "latent", "generate")
    records = [read_records(path) for path in files["landscape"]]
    dimensions = dimension_lines(*read_measured([*files["dimension"], *files["jacobian"]]))
    if args.descriptor_scan:
        dimensions += [f"  {sentence}" for sentence in scan_sentences(read_scan_table(args.descriptor_scan))]
    latent = [*latent_lines(read_latent(files["latent"])), *making_lines(read_makings(files["generate"]))]
    text = summary_text(records, read_long(args.components), comparison, dimensions, places, share, latent)
    if args.output:
        write_text(args.output, text)
    print(text, end="")
