"""What was found and where to look, in plain words."""

from crystalspan.cli.options import add_settings, read_settings


def add_arguments(parser):
    """Add the options of the stage."""
    parser.add_argument("landscapes", nargs="*", help="landscape.h5 files, one a molecule")
    parser.add_argument("--components", required=True, help="components.csv of the stage tables")
    parser.add_argument("--comparison", help="CSV table of the stage compare")
    parser.add_argument(
        "--dimensions", nargs="*", default=[], metavar="FILE", help="dimension.h5 and jacobian.h5 files"
    )
    parser.add_argument("--descriptor-scan", metavar="FILE", help="descriptor_scan.csv of the stage scantables")
    parser.add_argument(
        "--place",
        nargs="*",
        default=[],
        metavar="WHAT=WHERE",
        help="lines for 'where to look', such as report=report.html",
    )
    parser.add_argument("-o", "--output", help="also write the text to a file")
    add_settings(parser, "analysis")


def run(args):
    """Run the stage."""
    from crystalspan.dimension.io import read_measured
    from crystalspan.errors import InputError
    from crystalspan.provenance import write_text
    from crystalspan.reporting.components import read_long
    from crystalspan.reporting.descriptor_scan import read_scan_table, scan_sentences
    from crystalspan.reporting.dimension_words import dimension_lines
    from crystalspan.reporting.inputs import read_records
    from crystalspan.reporting.summary import summary_text
    from crystalspan.reporting.tables import read_table

    share = read_settings(args, "analysis")["thresholds"][0]
    wrong = [place for place in args.place if "=" not in place]
    if wrong:
        raise InputError(f"'{wrong[0]}' is not WHAT=WHERE", remedy="for example --place report=report.html")
    comparison = None
    if args.comparison:
        comparison = read_table(args.comparison)
    places = dict(place.split("=", 1) for place in args.place)
    records = [read_records(path) for path in args.landscapes]
    dimensions = dimension_lines(*read_measured(args.dimensions))
    if args.descriptor_scan:
        dimensions += [f"  {sentence}" for sentence in scan_sentences(read_scan_table(args.descriptor_scan))]
    text = summary_text(records, read_long(args.components), comparison, dimensions, places, share)
    if args.output:
        write_text(args.output, text)
    print(text, end="")
