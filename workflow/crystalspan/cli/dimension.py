"""How many dimensions the structures of each space group and window have: estimates, error bars, controls."""

from crystalspan.cli.options import add_ranks, add_settings, given_settings, read_settings


def add_arguments(parser):
    """Add the options of the stage."""
    parser.add_argument("descriptors", nargs="+", help="all descriptors.h5 files of one molecule")
    parser.add_argument("--landscape", required=True, help="the molecule's landscape.h5, for controls made of crystals")
    parser.add_argument("-o", "--output", required=True, help="dimension file to write (HDF5)")
    parser.add_argument(
        "--window", nargs="+", required=True, metavar="LOWER-UPPER", help="energy windows in kJ/mol, such as 0-10"
    )
    parser.add_argument(
        "--space-group",
        nargs="+",
        default=["all"],
        metavar="NUMBER|all",
        help="space groups to analyse one by one, and 'all' for all structures together; default: all",
    )
    parser.add_argument(
        "--analysis", metavar="JSON|FILE", help="section 'analysis': preparation, thresholds and elbow of the spectra"
    )
    add_ranks(parser)
    add_settings(parser, "dimension")


def run(args):
    """Run the stage."""
    from crystalspan.crystallography.space_groups import number_from_symbol
    from crystalspan.parallel import world
    from crystalspan.settings import with_defaults

    section = read_settings(args, "dimension")
    analysis = with_defaults(given_settings(args.analysis, "analysis"), "analysis")
    communicator = world(args.ranks)

    from crystalspan.dimension.analysis import dimension_settings
    from crystalspan.dimension.control_sets import control_settings
    from crystalspan.dimension.file import write_dimensions
    from crystalspan.dimension.molecule import PopulationSettings, molecule_dimensions
    from crystalspan.points.descriptors import JoinedDescriptors
    from crystalspan.provenance import provenance
    from crystalspan.spectra.settings import spectrum_settings

    settings = PopulationSettings(
        spectrum_settings(analysis), dimension_settings(section, analysis), control_settings(section)
    )
    joined = JoinedDescriptors(args.descriptors)
    populations = [(label, None if label == "all" else number_from_symbol(label)) for label in args.space_group]
    windows = list(dict.fromkeys(args.window))
    found = molecule_dimensions(communicator, joined, args.landscape, populations, windows, settings)
    if communicator.rank == 0:
        used = {"dimension": section, "analysis": analysis}
        record = provenance("dimension", used, [*args.descriptors, args.landscape])
        write_dimensions(args.output, found, record | {"descriptor_settings": joined.settings})
        print(f"{args.output}: {len(found)} sets of structures")
