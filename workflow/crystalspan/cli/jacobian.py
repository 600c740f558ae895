"""The local dimension of single crystals: which of their degrees of freedom the descriptor sees (Jacobian rank)."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_ranks, add_settings, given_settings, read_settings


def add_arguments(parser: argparse.ArgumentParser):
    """Add the options of the stage."""
    parser.add_argument("landscape", type=Path, help="landscape file (HDF5) of one molecule")
    parser.add_argument(
        "--space-group", nargs="+", metavar="GROUP", help="numbers or symbols; default: all that the landscape holds"
    )
    parser.add_argument("--window", metavar="LOWER-UPPER", help="energy window in kJ/mol; default: every energy")
    parser.add_argument("--descriptor", metavar="JSON|FILE", help="section 'descriptor': the symmetry functions")
    parser.add_argument("--analysis", metavar="JSON|FILE", help="section 'analysis': how atoms are pooled")
    parser.add_argument("-o", "--output", required=True, type=Path, help="file of Jacobian ranks to write (HDF5)")
    add_ranks(parser)
    add_settings(parser, "jacobian")


def run(args: argparse.Namespace):
    """Run the stage."""
    from crystalspan.parallel import world
    from crystalspan.settings import with_defaults

    section = read_settings(args, "jacobian")
    descriptor = with_defaults(given_settings(args.descriptor, "descriptor"), "descriptor")
    analysis = with_defaults(given_settings(args.analysis, "analysis"), "analysis")
    communicator = world(args.ranks)

    from collections import Counter

    from crystalspan.crystallography.space_groups import number_from_symbol
    from crystalspan.descriptors.parameters import symmetry_functions
    from crystalspan.jacobian.file import write_local_dimensions
    from crystalspan.jacobian.rank import evenly_chosen, jacobian_settings, shared_local_dimensions
    from crystalspan.landscape.file import Selection, read_rows
    from crystalspan.points.cloud import Description, layout_of
    from crystalspan.provenance import provenance
    from crystalspan.spectra.settings import spectrum_settings
    from crystalspan.study import parse_interval

    groups = None if args.space_group is None else [number_from_symbol(group) for group in args.space_group]
    selection = Selection(groups, None if args.window is None else parse_interval(args.window))
    rows = evenly_chosen(args.landscape, selection, section["structures"])
    functions = symmetry_functions(descriptor)
    description = Description(functions, spectrum_settings(analysis), layout_of(read_rows(args.landscape, rows[:1])))
    found = shared_local_dimensions(
        communicator, args.landscape, rows, functions, jacobian_settings(section), description.pooled
    )
    if communicator.rank == 0:
        chosen = read_rows(args.landscape, rows)
        used = {"jacobian": section, "descriptor": descriptor, "analysis": analysis}
        record = provenance("jacobian", used, [args.landscape])
        write_local_dimensions(args.output, chosen.name, found, chosen.space_group, chosen.relative_energy, record)
        flags = ", ".join(f"{count} {flag}" for flag, count in Counter(one.flag for one in found).most_common())
        print(f"{args.output}: {len(found)} structures ({flags or 'none'})")
