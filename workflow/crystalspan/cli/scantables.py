"""Tables and figure of descriptor scans, side by side."""

from pathlib import Path

from crystalspan.cli.options import add_settings, read_settings


def add_arguments(parser):
    """Add the options of the stage."""
    parser.add_argument("scans", nargs="+", help="descriptor_scan.h5 files, one a molecule")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        help="folder; gets descriptor_scan (.csv .md .tex) and descriptor_scan_estimates.csv",
    )
    parser.add_argument("--figure", nargs="*", default=[], metavar="FILE", help="also draw it (.svg, .png, .pdf)")
    parser.add_argument("--share", type=float, help="threshold of the components; default: the first of the settings'")
    add_settings(parser, "figures")


def run(args):
    """Run the stage."""
    from crystalspan.printing.labels import ALL
    from crystalspan.printing.style import save_figure
    from crystalspan.printing.tables import write_table
    from crystalspan.scan.figure import draw_descriptor_scan
    from crystalspan.scan.file import read_scan
    from crystalspan.scan.tables import scan_estimates_table, scan_sentences, scan_table
    from crystalspan.settings import with_defaults

    share = with_defaults({}, "analysis")["thresholds"][0] if args.share is None else args.share
    scans = [read_scan(path) for path in args.scans]
    table, folder = scan_table(scans, share), Path(args.output)
    write_table(table, [folder / "descriptor_scan.csv"], "")
    combined = table[table.space_group == ALL].drop(columns="space_group") if len(table) else table
    write_table(combined, [folder / "descriptor_scan.md", folder / "descriptor_scan.tex"], _caption(share))
    write_table(scan_estimates_table(scans), [folder / "descriptor_scan_estimates.csv"], "")
    if args.figure:
        save_figure(draw_descriptor_scan(scans, share), args.figure, read_settings(args, "figures")["dpi"])
    for sentence in scan_sentences(table):
        print(sentence)


def _caption(share: float) -> str:
    return (
        "The same structures under different descriptors, all space groups combined: D columns, estimates of the "
        "dimension with standard error and validity, components to reach "
        f"{share:g} of the variance and of the sum of singular values."
    )
