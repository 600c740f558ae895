"""Figures: landscape, functions, spectra, shares, map, maps, components, or all of a molecule (SVG, PNG, PDF)."""

from crystalspan.cli.options import add_settings, given_settings, read_settings

KINDS = {
    "landscape": "energy against density; input: one landscape.h5",
    "functions": "the symmetry functions drawn; no input, --descriptor gives their settings",
    "spectra": "share of the variance of each component; input: spectra.h5 files",
    "shares": "cumulative shares of variance and singular values; input: spectra.h5 files",
    "map": "PC1 against PC2; input: a spectra.h5 with one spectrum",
    "maps": "maps by several methods side by side; input: maps.h5 of one molecule",
    "molecule": "landscape, spectra, shares and maps; input: landscape.h5 and all spectra.h5 files of one molecule",
    "dimension": "dimension with controls, and against window, scale and N; input: dimension.h5 and jacobian.h5 of one "
    "molecule",
    "components": "components against space group; input: components.csv or comparison.csv",
}


def add_arguments(parser):
    """Add the options of the stage."""
    listed = "; ".join(f"{kind}: {text}" for kind, text in KINDS.items())
    parser.add_argument("kind", choices=list(KINDS), help=listed)
    parser.add_argument("inputs", nargs="*", help="what is drawn, see KIND")
    parser.add_argument(
        "-o",
        "--output",
        nargs="+",
        required=True,
        help="files to write (.svg, .png, .pdf); of a molecule: the folder of its results; of a dimension: the "
        "folder of its figures",
    )
    parser.add_argument(
        "--windows", nargs="*", default=[], help="energy windows marked in the landscape, such as 0-10 0-20"
    )
    parser.add_argument(
        "--share",
        type=float,
        help="threshold marked in shares and components; default: the first of analysis.thresholds",
    )
    parser.add_argument(
        "--study", choices=["bdt-2021", "none"], help="published counts marked in shares and components"
    )
    parser.add_argument(
        "--maps", nargs="*", default=[], metavar="NUMBER|all", help="space groups whose maps are drawn (molecule)"
    )
    parser.add_argument("--descriptor", metavar="JSON|FILE", help="settings of the symmetry functions that are drawn")
    add_settings(parser, "figures")


def run(args):
    """Run the stage."""
    from crystalspan.errors import InputError
    from crystalspan.printing.style import save_figure

    settings = read_settings(args, "figures")
    single = args.kind in ("landscape", "map", "maps", "components")
    least = {"spectra": 1, "shares": 1, "molecule": 2, "dimension": 1}.get(args.kind, 0)
    if (single and len(args.inputs) != 1) or len(args.inputs) < least:
        raise InputError(
            f"figure '{args.kind}' got {len(args.inputs)} inputs", remedy=f"{args.kind}: {KINDS[args.kind]}"
        )
    if args.kind in ("molecule", "dimension"):
        globals()[f"_{args.kind}"](args, settings)
        return
    figure = globals()[f"_{args.kind}"](args, settings)
    save_figure(figure, args.output, settings["dpi"])


def _share(args) -> float:
    from crystalspan.settings import with_defaults

    return with_defaults({}, "analysis")["thresholds"][0] if args.share is None else args.share


def _published(args) -> dict:
    from crystalspan.published.bdt_2021 import published_components
    from crystalspan.settings import with_defaults

    name = args.study or with_defaults({})["reference_study"]
    return published_components() if name != "none" else {}


def _landscape(args, settings):
    from crystalspan.landscape.figure import draw_landscape
    from crystalspan.landscape.records import read_records

    return draw_landscape(read_records(args.inputs[0]), args.windows, settings["rasterize_above"])


def _functions(args, settings):
    from crystalspan.descriptors.figure import draw_functions
    from crystalspan.descriptors.parameters import symmetry_functions
    from crystalspan.settings import with_defaults

    section = with_defaults(given_settings(args.descriptor, "descriptor"), "descriptor")
    return draw_functions(symmetry_functions(section), section["preset"])


def _spectra(args, settings):
    from crystalspan.spectra.figures import draw_spectra
    from crystalspan.spectra.file import read_spectra

    return draw_spectra(read_spectra(args.inputs, False))


def _shares(args, settings):
    from crystalspan.spectra.figures import draw_shares
    from crystalspan.spectra.file import read_spectra

    return draw_shares(read_spectra(args.inputs, False), _share(args), _published(args))


def _map(args, settings):
    from crystalspan.maps.figure import draw_map
    from crystalspan.spectra.file import read_spectrum

    return draw_map(read_spectrum(args.inputs[0]), settings["rasterize_above"])


def _maps(args, settings):
    from crystalspan.maps.figure_grid import draw_maps
    from crystalspan.maps.file import read_maps

    return draw_maps(read_maps(args.inputs), settings["rasterize_above"])


def _components(args, settings):
    from crystalspan.spectra.comparison_figure import draw_components
    from crystalspan.spectra.tables import read_counts

    wide = read_counts(args.inputs[0], _share(args))
    return draw_components(wide, _share(args), _published(args))


def _molecule(args, settings):
    from pathlib import Path

    from crystalspan.landscape.records import read_records
    from crystalspan.printing.style import save_figure
    from crystalspan.report.molecule_figures import draw_molecule
    from crystalspan.spectra.file import read_spectra

    records, spectra = read_records(args.inputs[0]), read_spectra(args.inputs[1:])
    folder = Path(args.output[0])
    for name, figure in draw_molecule(
        records, spectra, args.windows, args.maps, _share(args), _published(args), settings["rasterize_above"]
    ):
        save_figure(figure, [folder / f"{name}.{kind}" for kind in settings["formats"]], settings["dpi"])


def _dimension(args, settings):
    from pathlib import Path

    from crystalspan.dimension.figure import draw_dimension
    from crystalspan.dimension.figure_scale import draw_dimension_scale
    from crystalspan.dimension.file import read_measured
    from crystalspan.printing.style import save_figure

    populations, local = read_measured(args.inputs)
    folder = Path(args.output[0])
    for name, figure in (
        ("dimension", draw_dimension(populations, local, _share(args))),
        ("dimension_scale", draw_dimension_scale(populations)),
    ):
        save_figure(figure, [folder / f"{name}.{kind}" for kind in settings["formats"]], settings["dpi"])
