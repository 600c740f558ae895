"""Tables: structures per window, degrees of freedom, components, eigenvalues (CSV, Markdown, LaTeX)."""

from pathlib import Path

from crystalspan.cli.options import add_settings, read_settings


def add_arguments(parser):
    """Add the options of the stage."""
    parser.add_argument("spectra", nargs="+", help="spectra.h5 files")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        help="folder; gets structures, degrees_of_freedom, components_wide (each .csv .md .tex), "
        "components.csv and eigenvalues.csv",
    )
    parser.add_argument(
        "--space-groups",
        nargs="*",
        type=int,
        help="for the degrees of freedom; default: those of the spectra",
    )
    parser.add_argument(
        "--landscapes",
        nargs="*",
        default=[],
        metavar="FILE",
        help="landscape.h5 files, whose structures' degrees of freedom are counted",
    )
    add_settings(parser, "analysis")


def run(args):
    """Run the stage."""
    from crystalspan.landscape.freedom import freedom_of
    from crystalspan.provenance import write_text
    from crystalspan.reporting import components, tables
    from crystalspan.reporting.labels import group_order
    from crystalspan.spectra.io import read_spectra

    share = read_settings(args, "analysis")["thresholds"][0]
    spectra = read_spectra(args.spectra, points=False)
    found = {item.space_group for item in spectra if item.space_group.isdigit()}
    groups = args.space_groups or [int(label) for label in sorted(found, key=group_order)]
    long = components.long_rows(spectra)
    folder = Path(args.output)
    write_text(folder / "components.csv", components.to_csv(long))
    freedom = freedom_of(args.landscapes)
    wide = tables.components_wide_table(components.wide_table(long, share), freedom)
    for name, frame, caption in (
        (
            "structures",
            tables.structures_table(spectra),
            "Crystal structures in each energy window (kJ/mol).",
        ),
        (
            "degrees_of_freedom",
            tables.degrees_of_freedom_table(groups, freedom),
            "Degrees of freedom of a crystal of rigid molecules with one in a general position (Z' = 1), and of the "
            "structures of the landscapes with their own Z' and sites.",
        ),
        (
            "components_wide",
            wide,
            f"Principal components to reach {share:g} of the variance and of the sum of singular values; "
            f"bound = ceil({share:g} (N - 1)), the most that N structures can need.",
        ),
    ):
        tables.write_table(frame, [folder / f"{name}.{kind}" for kind in tables.FORMATS], caption)
    tables.write_table(tables.eigenvalue_table(spectra), [folder / "eigenvalues.csv"], "")
    print(f"{len(spectra)} spectra -> {folder}")
