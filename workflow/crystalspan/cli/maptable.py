"""The table of maps: what each keeps of the distances between structures, by all measures (CSV)."""


def add_arguments(parser):
    """Add the options of the stage."""
    parser.add_argument("maps", nargs="+", help="maps.h5 files, one a molecule")
    parser.add_argument("-o", "--output", nargs="+", required=True, help="tables to write (.csv, .md, .tex)")


def run(args):
    """Run the stage."""
    from crystalspan.maps.file import read_maps
    from crystalspan.maps.table import maps_table
    from crystalspan.printing.tables import write_table

    frame = maps_table(read_maps(args.maps))
    write_table(frame, args.output, "What two-dimensional maps keep of the distances between structures.")
    print(f"{len(frame)} maps -> {' '.join(args.output)}")
