"""Look for known forms, such as measured ones, in a landscape: which crystal it is, and how close it comes."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_settings, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    parser.add_argument("landscape", type=Path, help="landscape.h5 of the molecule")
    parser.add_argument(
        "forms", nargs="+", type=Path, metavar="CIF", help="CIF or other files of known crystals of the same molecule"
    )
    parser.add_argument("-o", "--output", type=Path, help="also write what was found to a file (HDF5)")
    add_settings(parser, "match")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.landscape.file import read_landscape
    from crystalspan.provenance import provenance
    from crystalspan.similarity.known_file import KnownForms, write_known_forms
    from crystalspan.similarity.known_forms import Tolerances, match_known_forms
    from crystalspan.similarity.known_table import known_forms_sentences, known_forms_table
    from crystalspan.stages import deciding

    settings = read_settings(args, "match")
    tolerances = Tolerances.of_section(settings["known_forms"])
    landscape = read_landscape(args.landscape)
    forms, rejected = match_known_forms(landscape, args.forms, tolerances)
    known = KnownForms(landscape.name, tolerances.molecules, forms, rejected)
    if args.output is not None:
        record = provenance("match", deciding(settings, "match"), [args.landscape, *args.forms])
        write_known_forms(args.output, known, record)
    shown = ["known_form", "match", "rank", "id", "relative_energy", "matched", "rmsd", "note"]
    print(known_forms_table([known])[shown].to_string(index=False, na_rep=""))
    print("\n".join(known_forms_sentences([known])))
