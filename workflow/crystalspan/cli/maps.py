"""Two-dimensional maps of structures: PCA, kernel PCA, Isomap, networks, UMAP, each with what it keeps."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_inputs, add_settings, add_space_groups, populations, read_inputs, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    add_inputs(parser, "descriptors", "all descriptors.h5 files of one molecule", "+")
    parser.add_argument("-o", "--output", required=True, type=Path, help="map file to write (HDF5)")
    parser.add_argument(
        "--window", nargs="+", required=True, metavar="LOWER-UPPER", help="energy windows in kJ/mol, such as 0-20"
    )
    add_space_groups(parser, "which sets are mapped, one by one; default: all", combined=True, default=["all"])
    add_settings(parser, "maps")


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.maps.embeddings import check_libraries
    from crystalspan.maps.file import write_maps
    from crystalspan.maps.molecule import map_settings, molecule_maps
    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.points.settings import preparation
    from crystalspan.provenance import provenance
    from crystalspan.stages import deciding

    settings, paths = read_settings(args, "maps"), read_inputs(args)
    check_libraries(settings["maps"]["methods"])
    asked, sample = map_settings(settings)
    joined = JoinedDescriptors(paths)
    record = provenance("maps", deciding(settings, "maps"), paths) | {"descriptor_settings": joined.settings}
    made = molecule_maps(
        joined,
        populations(args.space_group),
        list(dict.fromkeys(args.window)),
        preparation(settings),
        asked,
        sample,
    )
    write_maps(args.output, map(_told, made), record)


def _told(population):
    """Say what was made of a set of structures, and hand it on."""
    shown = len(population.id)
    part = f"{shown} of " if shown < population.n_structures else ""
    for made in population.maps:
        kept = f"{made.quality['overlap']:.0%} of neighbours kept" if made.quality else made.note
        print(
            f"{population.molecule} {population.space_group} {population.window}: "
            f"{part}{population.n_structures} structures, {made.method} ({made.flag}): {kept}"
        )
    return population
