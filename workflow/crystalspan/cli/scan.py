"""Estimate the dimension of a landscape again under a list of descriptors: does the answer depend on them?"""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_ranks, add_settings, add_space_groups, group_numbers, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    parser.add_argument("landscape", type=Path, help="landscape file (HDF5) of one molecule")
    parser.add_argument("-o", "--output", required=True, type=Path, help="file of the scan (HDF5) to write")
    add_space_groups(parser, "whose crystals are described; default: all that the landscape holds")
    parser.add_argument("--window", required=True, metavar="LOWER-UPPER", help="energy window in kJ/mol, such as 0-20")
    parser.add_argument("--molecule", help="name for the tables; default: as in the landscape")
    add_ranks(parser)
    add_settings(parser, "scan")


def run(args: argparse.Namespace) -> None:
    """Describe, analyse and write."""
    from crystalspan.parallel import world

    settings = read_settings(args, "scan")
    communicator = world(args.ranks)

    from crystalspan.dimension.analysis import dimension_settings
    from crystalspan.landscape.records import read_records
    from crystalspan.provenance import provenance
    from crystalspan.scan.file import STAGE, DescriptorScan, write_scan
    from crystalspan.scan.scan import scan_descriptors
    from crystalspan.scan.variants import resolved_variants
    from crystalspan.stages import deciding

    variants, repeated = resolved_variants(settings)
    records = read_records(args.landscape)
    groups = group_numbers(args.space_group) or sorted(set(records.space_group.tolist()))
    sets = scan_descriptors(
        communicator,
        args.landscape,
        groups,
        args.window,
        variants,
        dimension_settings(settings),
    )
    if sets is None:
        return
    used = deciding(settings, "scan") | {"space_groups": groups, "window": args.window}
    scan = DescriptorScan(args.molecule or records.molecule, args.window, sets)
    write_scan(args.output, scan, provenance(STAGE, used, [args.landscape]) | {"repeated": repeated})
    for name, earlier in repeated.items():
        print(f"{name}: the same as {earlier}, left out")
    print(f"{args.output}: {len(variants)} descriptors, {sets[0].n_structures if sets else 0} structures")
