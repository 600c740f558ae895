"""Degrees of freedom of a crystal in a space group, with the parts they come from."""


def add_arguments(parser):
    """Add the options of the stage."""
    parser.add_argument("space_group", nargs="+", help="symbol or number, such as P21/c or 14")
    parser.add_argument(
        "--zprime", type=float, help="molecules in the asymmetric unit; default: 1, or as the sites say"
    )
    parser.add_argument(
        "--site",
        action="append",
        metavar="SYMBOL",
        help="site symmetry of a symmetry-independent molecule, such as --site=-1 (repeat for several)",
    )
    parser.add_argument("--torsions", type=int, default=0, help="flexible torsions of each molecule")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--linear", action="store_true", help="linear molecules: two rotations")
    shape.add_argument("--atom", action="store_true", help="atoms: no rotation")


def run(args):
    """Run the stage."""
    from crystalspan.dimension.degrees_of_freedom import degrees_of_freedom

    shape = "linear" if args.linear else "atom" if args.atom else "nonlinear"
    for group in args.space_group:
        print(degrees_of_freedom(group, args.zprime, args.site, args.torsions, shape).describe())
