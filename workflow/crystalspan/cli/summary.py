"""What was found and where to look, in plain words."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_inputs, add_settings, read_inputs, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    add_inputs(
        parser,
        "inputs",
        "landscape.h5, dimension.h5, jacobian.h5, latent.h5, generation.h5, completeness.h5, known_forms.h5 and "
        "similarity.h5 files",
    )
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
    from crystalspan.errors import InputError
    from crystalspan.landscape.records import read_records
    from crystalspan.printing.csv_files import read_csv
    from crystalspan.provenance import write_text
    from crystalspan.report.summary import summary_text
    from crystalspan.spectra.tables import read_long
    from crystalspan.storage import by_stage

    share = read_settings(args, "summary")["components"]["thresholds"][0]
    wrong = [place for place in args.place if "=" not in place]
    if wrong:
        raise InputError(f"'{wrong[0]}' is not WHAT=WHERE", remedy="for example --place report=report.html")
    comparison = read_csv(args.comparison) if args.comparison else None
    places = dict(place.split("=", 1) for place in args.place)
    questions = ("landscape", "dimension", "jacobian", "latent", "generate", "completeness", "match", "similarity")
    files = by_stage(read_inputs(args), *questions)
    records = [read_records(path) for path in files["landscape"]]
    chapters = _chapters(files, args.descriptor_scan)
    text = summary_text(records, read_long(args.components), comparison, chapters, places, share)
    if args.output:
        write_text(args.output, text)
    print(text, end="")


def _chapters(files, descriptor_scan) -> dict[str, list[str]]:
    """The lines of every question, below its heading, in the order of the summary."""
    from crystalspan.completeness.file import read_completeness
    from crystalspan.completeness.words import completeness_lines
    from crystalspan.dimension.file import read_measured
    from crystalspan.dimension.words import dimension_lines
    from crystalspan.landscape.freedom import freedom_of
    from crystalspan.latent.file import read_latent
    from crystalspan.latent.making_file import read_makings
    from crystalspan.latent.making_tables import making_lines
    from crystalspan.latent.words import latent_lines
    from crystalspan.scan.tables import read_scan_table, scan_sentences
    from crystalspan.similarity.file import read_similarities
    from crystalspan.similarity.known_file import read_known_forms
    from crystalspan.similarity.known_table import known_forms_sentences
    from crystalspan.similarity.table import similarity_sentences

    measured = read_measured([*files["dimension"], *files["jacobian"]])
    dimensions = dimension_lines(*measured, freedom_of(files["landscape"]))
    if descriptor_scan:
        dimensions += [f"  {sentence}" for sentence in scan_sentences(read_scan_table(descriptor_scan))]
    packings = known_forms_sentences(read_known_forms(files["match"]))
    packings += similarity_sentences(read_similarities(files["similarity"]))
    latent = [*latent_lines(read_latent(files["latent"])), *making_lines(read_makings(files["generate"]))]
    return {
        "How many dimensions": dimensions,
        "The latent space": latent,
        "How complete the search is": completeness_lines(read_completeness(files["completeness"])),
        "Known forms and relatives": packings,
    }
