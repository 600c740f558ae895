"""Our component counts beside those of the 2021 study, at its numbers of structures."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_inputs, add_settings, read_inputs, read_settings


def add_arguments(parser: argparse.ArgumentParser):
    """Add the options of the stage."""
    add_inputs(parser, "descriptors", "all descriptors.h5 files of one or more molecules", "+")
    parser.add_argument("-o", "--output", nargs="+", type=Path, required=True, help="tables to write (.csv, .md, .tex)")
    parser.add_argument("--molecule", help="the molecule of all files; default: as in the files")
    parser.add_argument(
        "--spectra",
        nargs="*",
        type=Path,
        default=[],
        metavar="FILE",
        help="spectra.h5 files of the molecules: they give the columns window_...",
    )
    parser.add_argument(
        "--figure",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="also draw the cumulative shares at the study's N",
    )
    add_settings(parser, "compare")


def run(args: argparse.Namespace):
    """Run the stage."""
    import pandas as pd

    from crystalspan.points.descriptors import JoinedDescriptors, molecule_of
    from crystalspan.printing.tables import write_table
    from crystalspan.published import bdt_2021 as study
    from crystalspan.spectra.comparison import cut_spectra
    from crystalspan.spectra.comparison_table import comparison_table
    from crystalspan.spectra.file import read_spectra
    from crystalspan.spectra.settings import spectrum_settings

    settings = read_settings(args, "compare")
    asked = spectrum_settings(settings)
    files = {}
    for path in read_inputs(args):
        files.setdefault(args.molecule or molecule_of(path), []).append(path)
    known = set(study.printed_structures().molecule)
    cuts = []
    for molecule, paths in files.items():
        if molecule in known:
            cuts += cut_spectra(JoinedDescriptors(paths), molecule, asked)
        else:
            print(f"{molecule}: not in the 2021 study, left out")
    frame = comparison_table(cuts, read_spectra(args.spectra, points=False))
    write_table(frame, args.output, caption())
    if args.figure:
        _draw([cut for cut in cuts if cut.is_comparable], args.figure, settings["figures"]["dpi"])
    for row in frame[frame.space_group == "all"].itertuples():
        ours = "-" if pd.isna(row.singular_values) else f"{row.singular_values} (variance {row.variance})"
        print(f"{row.molecule} {row.window}: study {row.study_components}, ours {ours}. {row.note}")


def _draw(cuts, paths, dpi):
    from crystalspan.printing.style import save_figure
    from crystalspan.published import bdt_2021 as study
    from crystalspan.spectra.figures import draw_shares

    save_figure(draw_shares(cuts, study.SHARE, study.published_components()), paths, dpi)


def caption() -> str:
    """What the table shows."""
    from crystalspan.published import bdt_2021 as study

    return (
        f"Components to reach {study.SHARE:g} of the sum of singular values (what the study counts) "
        "and of the variance, "
        f"for as many structures of lowest energy as in Wong, Day 2021, DOI {study.DOI}. "
        "The columns window_... count all our structures in the energy window."
    )
