"""Principal components of the structures of an energy window, and how many are needed."""

import argparse

from crystalspan.cli.options import add_settings, read_settings


def add_arguments(parser):
    """Add the options of the stage."""
    parser.add_argument("descriptors", nargs="+", help="descriptors.h5 files of one molecule: shells, space groups")
    parser.add_argument("-o", "--output", required=True, help="spectrum file to write (HDF5)")
    parser.add_argument("--components", help="also write the component counts as a table (CSV)")
    parser.add_argument(
        "--window",
        nargs="+",
        default=[None],
        metavar="LOWER-UPPER",
        help="energy windows in kJ/mol, such as 0-10; default: all structures",
    )
    parser.add_argument(
        "--space-group",
        nargs="+",
        default=[None],
        metavar="NUMBER|all",
        help="space groups to analyse one by one, and 'all' for all structures together; default: all together",
    )
    parser.add_argument("--lowest", type=_count, metavar="N", help="keep the N structures of lowest energy only")
    parser.add_argument("--molecule", help="name for the tables; default: as in the descriptor files")
    add_settings(parser, "analysis")


def _count(text):
    if int(text) < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return int(text)


def run(args):
    """Run the stage."""
    from crystalspan.provenance import provenance, write_text
    from crystalspan.spectra.io import new_spectrum_file
    from crystalspan.spectra.joined import JoinedDescriptors

    section = read_settings(args, "analysis")
    joined = JoinedDescriptors(args.descriptors)
    record = provenance("pca", section, args.descriptors) | {"descriptor_settings": joined.settings}
    with new_spectrum_file(args.output, record) as writer:
        for space_group in dict.fromkeys(args.space_group):
            for window in dict.fromkeys(args.window):
                _analyse(joined, window, space_group, args, section, writer)
    if args.components:
        from crystalspan.reporting.components import long_rows, to_csv
        from crystalspan.spectra.io import read_spectra

        write_text(args.components, to_csv(long_rows(read_spectra([args.output], points=False))))


def _analyse(joined, window, space_group, args, section, writer):
    from crystalspan.dimension.components import ElbowSettings, component_counts
    from crystalspan.spectra.pca import spectrum
    from crystalspan.spectra.settings import spectrum_settings

    number = None if space_group in (None, "all") else _number(space_group)
    chosen = joined.select(window, args.lowest, number)
    result = spectrum(chosen, spectrum_settings(section))
    elbow = ElbowSettings(section["elbow_share"], section["elbow_sensitivity"])
    counts = component_counts(
        result.eigenvalues,
        result.singular_values,
        result.n_structures,
        result.n_columns,
        section["thresholds"],
        elbow,
    )
    labels = {
        "molecule": args.molecule or joined.molecule or "unnamed",
        "space_group": str(number or space_group or _space_group(chosen)),
        "window": window or "none",
    }
    writer.add(result, chosen, labels, counts)
    reached = {count.criterion: count for count in reversed(counts)}
    share = f"{section['thresholds'][0]:g}"
    print(
        f"{labels['molecule']} {labels['space_group']} {labels['window']}: {result.n_structures} structures "
        f"({result.flag}), rank {result.rank}; {share} of the variance {reached['variance'].components}, "
        f"of the singular values {reached['singular_values'].components} components"
    )


def _number(text):
    from crystalspan.crystallography.space_groups import number_from_symbol

    return number_from_symbol(text)


def _space_group(joined):
    import numpy as np

    from crystalspan.errors import InputError

    found = np.unique(joined.space_group)
    if not len(found):
        raise InputError(
            "no structure tells the space group",
            file=joined.paths[0],
            remedy="give --space-group NUMBER, or --space-group all",
        )
    return found[0] if len(found) == 1 else "all"
