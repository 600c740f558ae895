"""Two-dimensional maps of structures: PCA, kernel PCA, Isomap, UMAP, each with what it keeps of the distances."""

from crystalspan.cli.options import add_settings, given_settings, read_settings


def add_arguments(parser):
    """Add the options of the stage."""
    parser.add_argument("descriptors", nargs="+", help="all descriptors.h5 files of one molecule")
    parser.add_argument("-o", "--output", required=True, help="map file to write (HDF5)")
    parser.add_argument(
        "--window", nargs="+", required=True, metavar="LOWER-UPPER", help="energy windows in kJ/mol, such as 0-20"
    )
    parser.add_argument(
        "--space-group",
        nargs="+",
        default=["all"],
        metavar="NUMBER|all",
        help="space groups to map one by one, and 'all' for all structures together; default: all",
    )
    parser.add_argument(
        "--analysis", metavar="JSON|FILE", help="section 'analysis': preparation, and neighbours that judge a map"
    )
    parser.add_argument("--dimension", metavar="JSON|FILE", help="section 'dimension': largest_sample and seed")
    add_settings(parser, "maps")


def run(args):
    """Run the stage."""
    from crystalspan.crystallography.space_groups import number_from_symbol
    from crystalspan.maps.embeddings import check_libraries
    from crystalspan.maps.file import write_maps
    from crystalspan.maps.molecule import map_settings, molecule_maps
    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.provenance import provenance
    from crystalspan.settings import with_defaults
    from crystalspan.spectra.settings import spectrum_settings

    section = read_settings(args, "maps")
    check_libraries(section["methods"])
    analysis = with_defaults(given_settings(args.analysis, "analysis"), "analysis")
    dimension = with_defaults(given_settings(args.dimension, "dimension"), "dimension")
    settings, sample = map_settings(section, analysis, dimension)
    populations = {label: None if label == "all" else number_from_symbol(label) for label in args.space_group}
    joined = JoinedDescriptors(args.descriptors)
    used = {"maps": section, "analysis": analysis, "largest_sample": sample.largest, "seed": sample.seed}
    record = provenance("maps", used, args.descriptors) | {"descriptor_settings": joined.settings}
    made = molecule_maps(
        joined,
        [(str(number or "all"), number) for number in populations.values()],
        list(dict.fromkeys(args.window)),
        spectrum_settings(analysis),
        settings,
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
