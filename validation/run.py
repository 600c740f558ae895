"""What the estimators of the dimension are worth: bias and coverage where the dimension is known."""

import argparse
import sys
import time
from pathlib import Path

# Sizes of a sample, and true dimensions; the swiss roll has two.
SIZES = (50, 200, 500, 1000, 2000)
DIMENSIONS = (2, 5, 10, 15)
# Local PCA and FisherS cost a hundred times what the others cost: a quarter of the samples, of few points only.
SLOW = {"local_pca": 200, "fishers": 50}
SLOW_SHARE = 4
# Samples of more points than this are proportionally fewer.
FULL_SAMPLES_UP_TO = 500
CONFIDENCE = 0.95


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this stage."""
    parser.add_argument(
        "-o",
        "--output",
        nargs="+",
        required=True,
        type=Path,
        metavar="FILE",
        help="tables to write (.csv, .md)",
    )
    parser.add_argument("--figure", nargs="+", default=[], metavar="FILE", help="also draw it (.png, .svg, .pdf)")
    parser.add_argument(
        "--samples",
        type=_at_least_two,
        default=20,
        help=f"samples of each manifold of up to {FULL_SAMPLES_UP_TO} points, fewer of larger ones; default: 20",
    )
    parser.add_argument("--sizes", type=_at_least_two, nargs="+", default=SIZES, help="points of a sample")
    parser.add_argument("--seed", type=int, default=1, help="of the first sample; default: 1")
    parser.add_argument("--quick", action="store_true", help="N = 50 and 200, 5 samples: a minute")
    parser.add_argument(
        "--agreement",
        type=Path,
        metavar="CSV",
        help="compare with the libraries scikit-dimension and dadapy as far as they are installed; keep what the file "
        "holds of the others",
    )
    parser.add_argument(
        "--from", dest="given", nargs="+", type=Path, metavar="CSV", help="take these tables instead of making one"
    )


def _at_least_two(text: str) -> int:
    value = int(text)
    if value < 2:
        raise argparse.ArgumentTypeError("must be 2 or more")
    return value


def run(args: argparse.Namespace) -> None:
    """Try the estimators, compare them, write the tables."""
    import pandas as pd

    from crystalspan.provenance import write_text
    from validation.report import calibration_text

    if args.quick:
        args.sizes, args.samples = [50, 200], 5
    frame = pd.concat([pd.read_csv(path) for path in args.given]) if args.given else _calibrated(args)
    agreed = _agreement(args) if args.agreement else None
    for path in args.output:
        if path.suffix == ".md":
            write_text(path, calibration_text(frame, agreed))
        else:
            write_text(path, frame.to_csv(index=False, lineterminator="\n"))
    if args.figure:
        from crystalspan.printing.style import save_figure
        from validation.figure import draw_calibration

        save_figure(draw_calibration(frame), args.figure, 200)


def _settings():
    """One protocol, whatever a study uses, so that tables of different versions can be compared."""
    from crystalspan.dimension.estimators.estimate import ErrorSettings
    from crystalspan.dimension.estimators.intrinsic import IntrinsicSettings

    errors = ErrorSettings(subsets=10, share=0.5, seed=0, smallest_sample=30)
    return IntrinsicSettings(
        discarded=0.1,
        gride_orders=(1, 2, 4, 8, 16),
        mle_neighbours=(5, 10, 20),
        pca_neighbours=(20, 40),
        pca_share=0.05,
        duplicate_tolerance=1e-6,
        block_mib=64,
        errors=errors,
    )


def _calibrated(args):
    import pandas as pd

    from crystalspan.dimension.estimators.intrinsic import estimators
    from crystalspan.dimension.estimators.scikit_dimension import FisherS, scikit_dimension
    from crystalspan.errors import InputError
    from validation.estimators import Calibration, calibrate

    try:
        extra = [FisherS()] if scikit_dimension() else []
    except InputError as error:
        print(f"without FisherS: {error}", file=sys.stderr)
        extra = []
    settings, rows, start = _settings(), [], time.monotonic()
    cells = [(n, *cell) for n in args.sizes for cell in _manifolds()]
    for number, (n, manifold, d) in enumerate(cells, 1):
        # Half of the points must hold the neighbours, too.
        used = [one for one in [*estimators(settings), *extra] if one.reach < n // 2 and n <= SLOW.get(one.name, n)]
        samples = max(2, args.samples * FULL_SAMPLES_UP_TO // max(n, FULL_SAMPLES_UP_TO))
        for slow in (False, True):
            some = [one for one in used if (one.name in SLOW) == slow]
            count = max(2, samples // SLOW_SHARE) if slow else samples
            rows += calibrate(manifold, d, n, count, args.seed, some, settings, CONFIDENCE) if some else []
        seconds = time.monotonic() - start
        print(f"{number} of {len(cells)}: {manifold}, d = {d}, N = {n}; {seconds:.0f} s", file=sys.stderr, flush=True)
    return pd.DataFrame(rows, columns=Calibration._fields)


def _manifolds():
    return [("swiss roll", 2)] + [(name, d) for name in ("sphere", "curved cube") for d in DIMENSIONS]


def _agreement(args):
    """The comparison with other libraries, read where the table is read."""
    import pandas as pd

    return pd.read_csv(args.agreement) if args.given else _compared(args.agreement)


def _compared(path: Path):
    """The comparison with the libraries that are here, and what the file says of the others."""
    import pandas as pd

    from crystalspan.provenance import write_text
    from validation.agreement import LIBRARIES, Agreement, agreement

    parts = []
    for library in LIBRARIES:
        try:
            parts.append(pd.DataFrame(agreement(library), columns=Agreement._fields))
        except ImportError:
            print(f"{library} is not installed", file=sys.stderr)
    here = {name for part in parts for name in part.library}
    if path.exists():
        old = pd.read_csv(path)
        parts.append(old[~old.library.isin(here)])
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=Agreement._fields)
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))
    return frame


def main(arguments: list[str] | None = None) -> None:
    """Run from a command line."""
    parser = argparse.ArgumentParser(prog="python -m validation.run", description=__doc__)
    add_arguments(parser)
    run(parser.parse_args(arguments))


if __name__ == "__main__":
    main()
