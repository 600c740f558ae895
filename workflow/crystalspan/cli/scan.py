"""Estimate the dimension of a landscape again under a list of descriptors: does the answer depend on them?"""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_ranks, study_settings

# The sections of the configuration that a scan depends on.
SECTIONS = ("descriptor", "analysis", "dimension", "descriptor_scan")


def add_arguments(parser: argparse.ArgumentParser):
    """Add the options of the stage."""
    parser.add_argument("landscape", type=Path, help="landscape file (HDF5) of one molecule")
    parser.add_argument("-o", "--output", required=True, type=Path, help="file of the scan (HDF5) to write")
    parser.add_argument(
        "--space-group", nargs="+", metavar="GROUP", help="space groups; default: all that the landscape holds"
    )
    parser.add_argument("--window", required=True, metavar="LOWER-UPPER", help="energy window in kJ/mol, such as 0-20")
    parser.add_argument("--molecule", help="name for the tables; default: as in the landscape")
    parser.add_argument(
        "--settings",
        metavar="JSON|FILE",
        help=f"a study's configuration, of which {', '.join(SECTIONS)} are used, as JSON text or a YAML/JSON file",
    )
    add_ranks(parser)


def run(args: argparse.Namespace):
    """Describe, analyse and write."""
    from crystalspan.crystallography.space_groups import number_from_symbol
    from crystalspan.parallel import world

    whole = study_settings(args.settings)
    settings = {name: whole[name] for name in SECTIONS}
    communicator = world(args.ranks)

    from crystalspan.dimension.analysis import dimension_settings
    from crystalspan.landscape.records import read_records
    from crystalspan.provenance import provenance
    from crystalspan.scan.file import STAGE, DescriptorScan, write_scan
    from crystalspan.scan.scan import scan_descriptors
    from crystalspan.scan.variants import resolved_variants

    variants, repeated = resolved_variants(settings["descriptor_scan"], settings["descriptor"], settings["analysis"])
    records = read_records(args.landscape)
    groups = [number_from_symbol(group) for group in args.space_group or map(str, sorted(set(records.space_group)))]
    sets = scan_descriptors(
        communicator,
        args.landscape,
        groups,
        args.window,
        variants,
        dimension_settings(settings["dimension"], settings["analysis"]),
    )
    if communicator.rank != 0:
        return
    used = settings | {"space_groups": groups, "window": args.window}
    scan = DescriptorScan(args.molecule or records.molecule, args.window, sets)
    write_scan(args.output, scan, provenance(STAGE, used, [args.landscape]) | {"repeated": repeated})
    for name, earlier in repeated.items():
        print(f"{name}: the same as {earlier}, left out")
    print(f"{args.output}: {len(variants)} descriptors, {sets[0].n_structures if sets else 0} structures")
