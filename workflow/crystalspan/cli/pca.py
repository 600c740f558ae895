"""Principal components of the structures of an energy window, and how many are needed."""

import argparse

from crystalspan.cli.options import add_ranks, add_settings, read_settings


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
    add_ranks(parser)
    add_settings(parser, "analysis")


def _count(text):
    if int(text) < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return int(text)


def run(args):
    """Run the stage."""
    from crystalspan.parallel import world
    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.provenance import provenance, write_text
    from crystalspan.spectra.file import new_spectrum_file
    from crystalspan.study import parse_interval

    section = read_settings(args, "analysis")
    # What is wrong with the options shows on all ranks alike, before rank 0 begins a file.
    windows = {window: window and parse_interval(window) for window in args.window}
    groups = {group: None if group in (None, "all") else _number(group) for group in args.space_group}
    communicator = world(args.ranks)
    joined = JoinedDescriptors(args.descriptors)
    populations = [(window, group, groups[group]) for group in groups for window in windows]
    if communicator.rank != 0:
        for window, _, number in populations:
            _spectrum(joined.select(window, args.lowest, number), section, communicator)
        return
    record = provenance("pca", section, args.descriptors) | {"descriptor_settings": joined.settings}
    with new_spectrum_file(args.output, record) as writer:
        for window, group, number in populations:
            chosen = joined.select(window, args.lowest, number)
            labels = {
                "molecule": args.molecule or joined.molecule or "unnamed",
                "space_group": str(number or group or _space_group(chosen)),
                "window": window or "none",
            }
            result = _spectrum(chosen, section, communicator)
            counts = _counts(result, section)
            writer.add(result, chosen, labels, counts)
            _report(result, labels, counts, section["thresholds"][0])
    if args.components:
        from crystalspan.spectra.file import read_spectra
        from crystalspan.spectra.tables import long_rows, to_csv

        write_text(args.components, to_csv(long_rows(read_spectra([args.output], points=False))))


def _spectrum(chosen, section, communicator):
    from crystalspan.spectra.pca import spectrum
    from crystalspan.spectra.settings import spectrum_settings

    return spectrum(chosen, spectrum_settings(section), communicator=communicator)


def _counts(result, section):
    from crystalspan.spectra.components import ElbowSettings, component_counts
    from crystalspan.spectra.leading import leading_component_counts

    thresholds = section["thresholds"]
    if result.method != "exact":
        return leading_component_counts(
            result.eigenvalues,
            result.eigenvalue_errors,
            result.total_variance,
            result.n_structures,
            result.n_columns,
            thresholds,
        )
    elbow = ElbowSettings(section["elbow_share"], section["elbow_sensitivity"])
    sizes = result.n_structures, result.n_columns
    return component_counts(result.eigenvalues, result.singular_values, *sizes, thresholds, elbow)


def _report(result, labels, counts, share):
    reached = {count.criterion: count for count in reversed(counts)}
    text = (
        f"{labels['molecule']} {labels['space_group']} {labels['window']}: {result.n_structures} structures "
        f"({result.flag}), rank {result.rank}; {share:g} of the variance {reached['variance'].components:g}, "
        f"of the singular values {reached['singular_values'].components:g} components"
    )
    if result.method != "exact":
        from crystalspan.spectra.pca import good_estimates

        good = int(good_estimates(result.eigenvalues, result.eigenvalue_errors).sum())
        text += (
            f"; too large for every eigenvalue within memory_mib: {len(result.eigenvalues)} leading ones estimated, "
            f"{good} of them to 1 %"
        )
    print(text)


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
