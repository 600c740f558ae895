"""Degrees of freedom of a crystal in a space group, or of the crystals of a file, with the parts they come from."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the stage."""
    parser.add_argument(
        "space_group",
        nargs="+",
        metavar="SPACE_GROUP|FILE",
        help="symbol or number, such as P21/c or 14; or a file of crystals (CIF, .res, ...), whose site symmetries are "
        "found from their atoms",
    )
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


def run(args: argparse.Namespace) -> None:
    """Run the stage."""
    from crystalspan.freedom.space_groups import degrees_of_freedom

    shape = "linear" if args.linear else "atom" if args.atom else "nonlinear"
    for group in args.space_group:
        if Path(group).exists():
            _file(Path(group))
        else:
            print(degrees_of_freedom(group, args.zprime, args.site, args.torsions, shape).describe())


def _file(path):
    """Print a line for each crystal of a file."""
    from crystalspan.freedom.structures import structure_freedom
    from crystalspan.landscape.build import build_landscape
    from crystalspan.landscape.settings import CheckSettings
    from crystalspan.settings import with_defaults

    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    landscape, rejected, _ = build_landscape(path.stem, [path], settings, energies_needed=False)
    tolerance = with_defaults({}, "jacobian")["site_tolerance"]
    for i in range(len(landscape)):
        print(structure_freedom(landscape, i, tolerance).describe())
    for one in rejected:
        print(f"{one.record or one.file}: rejected, {one.reason}")
