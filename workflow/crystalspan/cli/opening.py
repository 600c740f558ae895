"""What the report opens with: the summary, where to click, and the main figure."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    parser.add_argument("summary", type=Path, help="what 'summary' wrote")
    parser.add_argument("--figure", type=Path, help="the main figure (.svg or .png)")
    parser.add_argument(
        "--page", nargs="*", default=[], metavar="MOLECULE=FILE", help="pages of crystals in the report"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, help="text to write (HTML)")
    parser.add_argument("--numbers", type=Path, metavar="FILE", help="also write the numbers below the text (YAML)")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.errors import InputError
    from crystalspan.provenance import write_text
    from crystalspan.report.opening import opening_html
    from crystalspan.text import read_text

    wrong = [page for page in args.page if "=" not in page]
    if wrong:
        raise InputError(f"'{wrong[0]}' is not MOLECULE=FILE", remedy="for example --page syn-BDT=explore-report.html")
    pages: dict[str, list[str]] = {}
    for page in args.page:
        name, path = page.split("=", 1)
        pages.setdefault(name, []).append(path)
    write_text(args.output, opening_html(read_text(args.summary), pages, args.figure))
    if args.numbers is not None:
        # Snakemake shows the text without its diagram of rules where there is a number to show below it.
        write_text(args.numbers, f"pages of crystals: {len(pages)}\n")
    print(f"{args.output}: the beginning of the report")
