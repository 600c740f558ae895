"""Tables of the dimension: estimates and controls, intervals, curves against N, local dimensions, an overview."""

from pathlib import Path

from crystalspan.cli.options import add_settings, read_settings


def add_arguments(parser):
    """Add the options of the stage."""
    parser.add_argument("inputs", nargs="+", help="dimension.h5 and jacobian.h5 files")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        help="folder; gets dimension_overview (.csv .md .tex), dimension.csv, component_intervals.csv, "
        "rarefaction.csv and local_dimension.csv",
    )
    add_settings(parser, "analysis")


def run(args):
    """Run the stage."""
    from crystalspan.dimension import tables as dimension
    from crystalspan.dimension.file import read_measured
    from crystalspan.printing.tables import FORMATS, write_table

    share = read_settings(args, "analysis")["thresholds"][0]
    populations, local = read_measured(args.inputs)
    folder = Path(args.output)
    overview = dimension.overview_table(populations, local, share)
    caption = (
        "Dimension of each set of structures. lowest, highest: range of the valid estimates from neighbours (TwoNN, "
        "Gride, MLE), which tend to be too low from about five dimensions on; mle: maximum likelihood with the largest "
        "neighbourhood; gaussian, shuffled, cloud, random mle: the same of the controls (a normal cloud of equal "
        "covariance, permuted columns, crystals around one, packings before minimisation); components: principal "
        f"components to reach {share:g} of the variance."
    )
    write_table(overview, [folder / f"dimension_overview.{kind}" for kind in FORMATS], caption)
    for name, frame in (
        ("dimension", dimension.estimates_table(populations)),
        ("component_intervals", dimension.intervals_table(populations)),
        ("rarefaction", dimension.rarefaction_table(populations)),
        ("local_dimension", dimension.local_table(populations, local)),
    ):
        write_table(frame, [folder / f"{name}.csv"], "")
    print(f"{len(populations)} sets of structures, {sum(len(one.structures) for one in local)} Jacobians -> {folder}")
