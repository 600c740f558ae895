"""Draw a kind of figure: landscape, functions, spectra, map, maps, molecule, components, dimension, latent, ..."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_inputs, add_settings, read_inputs, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the kinds and their options."""
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    for name, (inputs, draw) in KINDS.items():
        kind = kinds.add_parser(name, help=draw.__doc__, description=draw.__doc__)
        if inputs:
            add_inputs(kind, "inputs", inputs, "+")
        kind.add_argument(
            "-o", "--output", nargs="+", type=Path, required=True, help="files to write (.svg, .png, .pdf)"
        )
        if name in ("landscape", "molecule"):
            kind.add_argument(
                "--window", nargs="*", default=[], metavar="LOWER-UPPER", help="energy windows that are marked"
            )
        if name == "molecule":
            kind.add_argument(
                "--space-group",
                nargs="*",
                default=[],
                metavar="GROUP|all",
                help="space groups whose maps are drawn; --output names a file of each figure, below the molecule's "
                "results",
            )
            kind.add_argument("--map-window", nargs="*", metavar="LOWER-UPPER", help="their windows (default: all)")
        add_settings(kind, f"figure {name}")


def run(args: argparse.Namespace) -> None:
    """Draw the figures of the kind."""
    from crystalspan.errors import InputError
    from crystalspan.printing.style import save_figure

    settings = read_settings(args, f"figure {args.kind}")
    paths = read_inputs(args) if KINDS[args.kind][0] else []
    unnamed, names = set(args.output), []
    for name, figure in KINDS[args.kind][1](args, paths, settings):
        named = [path for path in args.output if name is None or _is_named(path, name)]
        if named:
            save_figure(figure, named, settings["figures"]["dpi"])
        unnamed -= set(named)
        names.append(name)
    if unnamed:
        raise InputError("no figure is called so", file=min(unnamed), remedy=f"there are {', '.join(names)}")


def _is_named(path: Path, name: str) -> bool:
    return f"/{path.with_suffix('').as_posix()}".endswith(f"/{name}")


def _only(paths):
    from crystalspan.errors import InputError

    if len(paths) != 1:
        raise InputError(f"{len(paths)} inputs are given, not one", remedy="give one file")
    return paths[0]


def _marks(files) -> list:
    from crystalspan.similarity.known_file import marks, read_known_forms

    return marks(read_known_forms(files["match"]))


def _share(settings) -> float:
    return settings["components"]["thresholds"][0]


def _published(settings) -> dict:
    from crystalspan.published.bdt_2021 import published_components

    return published_components() if settings["reference_study"] != "none" else {}


def _landscape(args, paths, settings):
    """Energy against density."""
    from crystalspan.landscape.figure import draw_landscape
    from crystalspan.landscape.records import read_records
    from crystalspan.storage import by_stage

    files = by_stage(paths, "landscape", "match")
    records = read_records(_only(files["landscape"]))
    yield None, draw_landscape(records, args.window, settings["figures"]["rasterize_above"], _marks(files))


def _functions(args, paths, settings):
    """The symmetry functions."""
    from crystalspan.descriptors.figure import draw_functions
    from crystalspan.descriptors.parameters import symmetry_functions

    section = settings["descriptor"]
    yield None, draw_functions(symmetry_functions(section), section["preset"])


def _spectra(args, paths, settings):
    """The share of the variance of each component."""
    from crystalspan.landscape.freedom import freedom_of
    from crystalspan.spectra.counted import elbows, read_components
    from crystalspan.spectra.figures import draw_spectra
    from crystalspan.spectra.file import read_spectra
    from crystalspan.storage import by_stage

    files = by_stage(paths, "pca", "components", "landscape")
    counted = elbows(read_components(files["components"]))
    yield None, draw_spectra(read_spectra(files["pca"], False), counted, freedom_of(files["landscape"]))


def _shares(args, paths, settings):
    """Cumulative shares of variance and singular values."""
    from crystalspan.spectra.figures import draw_shares
    from crystalspan.spectra.file import read_spectra

    yield None, draw_shares(read_spectra(paths, False), _share(settings), _published(settings))


def _map(args, paths, settings):
    """The two leading principal components of one spectrum."""
    from crystalspan.maps.figure import draw_map
    from crystalspan.maps.leading import read_leading_maps
    from crystalspan.spectra.file import read_spectrum
    from crystalspan.storage import by_stage

    files = by_stage(paths, "pca", "quality", "match")
    one = read_spectrum(_only(files["pca"]))
    quality = read_leading_maps(files["quality"]).get((one.molecule, one.space_group, one.window))
    yield None, draw_map(one, quality, settings["figures"]["rasterize_above"], _marks(files))


def _maps(args, paths, settings):
    """Maps by several methods side by side, of one molecule."""
    from crystalspan.maps.figure_grid import draw_maps
    from crystalspan.maps.file import read_maps
    from crystalspan.storage import by_stage

    files = by_stage(paths, "maps", "match")
    yield None, draw_maps(read_maps([_only(files["maps"])]), settings["figures"]["rasterize_above"], _marks(files))


def _similarity(args, paths, settings):
    """Whether descriptor, components, maps and other measures keep relatives near, of one molecule."""
    from crystalspan.similarity.figure import draw_similarity
    from crystalspan.similarity.file import read_similarities

    yield None, draw_similarity(read_similarities([_only(paths)])[0])


def _motifs(args, paths, settings):
    """Maps of one molecule, coloured by packing motif."""
    from crystalspan.maps.file import read_maps
    from crystalspan.similarity.figure import draw_motifs
    from crystalspan.similarity.file import read_similarities
    from crystalspan.storage import by_stage

    files = by_stage(paths, "similarity", "maps")
    (found,) = read_similarities([_only(files["similarity"])])
    yield None, draw_motifs(found, read_maps(files["maps"]), settings["figures"]["rasterize_above"])


def _molecule(args, paths, settings):
    """Landscape, spectra, shares and maps of one molecule."""
    from crystalspan.landscape.freedom import freedom_of
    from crystalspan.landscape.records import read_records
    from crystalspan.maps.leading import read_leading_maps
    from crystalspan.report.molecule_figures import draw_molecule
    from crystalspan.spectra.counted import elbows, read_components
    from crystalspan.spectra.file import read_spectra
    from crystalspan.storage import by_stage

    files = by_stage(paths, "landscape", "pca", "components", "quality", "match")
    yield from draw_molecule(
        read_records(_only(files["landscape"])),
        read_spectra(files["pca"]),
        elbows(read_components(files["components"])),
        read_leading_maps(files["quality"]),
        args.window,
        args.space_group,
        args.map_window,
        _share(settings),
        _published(settings),
        settings["figures"]["rasterize_above"],
        _marks(files),
        freedom_of(files["landscape"]),
    )


def _components(args, paths, settings):
    """Components of each space group beside the published ones; of components.csv or comparison.csv."""
    from crystalspan.spectra.comparison_figure import draw_components
    from crystalspan.spectra.tables import read_counts

    wide = read_counts(_only(paths), _share(settings))
    yield None, draw_components(wide, _share(settings), _published(settings))


def _comparison(args, paths, settings):
    """Cumulative shares at the 2021 study's numbers of structures, with its counts."""
    from crystalspan.published import bdt_2021 as study
    from crystalspan.spectra.comparison_file import read_cuts
    from crystalspan.spectra.figures import draw_shares

    cuts = [cut for cut in read_cuts(paths) if cut.is_comparable and cut.space_group == "all"]
    yield None, draw_shares(cuts, study.SHARE, study.published_components())


def _dimension(args, paths, settings):
    """The dimension with its controls (dimension), and against window, scale and N (dimension_scale)."""
    from crystalspan.dimension.figure import draw_dimension
    from crystalspan.dimension.figure_scale import draw_dimension_scale
    from crystalspan.dimension.file import read_measured
    from crystalspan.landscape.freedom import freedom_of
    from crystalspan.storage import by_stage

    files = by_stage(paths, "dimension", "jacobian", "landscape")
    populations, local = read_measured([*files["dimension"], *files["jacobian"]])
    yield "dimension", draw_dimension(populations, local, _share(settings), freedom_of(files["landscape"]))
    yield "dimension_scale", draw_dimension_scale(populations)


def _latent(args, paths, settings):
    """Unexplained variance against the bottleneck: around crystals (bottleneck), of minima (latent_landscape)."""
    from crystalspan.latent.figure import draw_bottleneck, draw_unseen
    from crystalspan.latent.file import read_latent

    (found,) = read_latent([_only(paths)])
    yield "bottleneck", draw_bottleneck(found)
    yield "latent_landscape", draw_unseen(found)


def _generation(args, paths, settings):
    """Made crystals by energy and density, and what became of them."""
    from crystalspan.latent.making_figure import draw_generation
    from crystalspan.latent.making_file import read_makings

    yield None, draw_generation(read_makings([_only(paths)]), settings["figures"]["rasterize_above"])


def _scan(args, paths, settings):
    """The dimension under other descriptors."""
    from crystalspan.landscape.freedom import freedom_of
    from crystalspan.scan.figure import draw_descriptor_scan
    from crystalspan.scan.file import read_scan
    from crystalspan.storage import by_stage

    files = by_stage(paths, "scan", "landscape")
    scans = [read_scan(path) for path in files["scan"]]
    yield None, draw_descriptor_scan(scans, _share(settings), freedom_of(files["landscape"]))


def _completeness(args, paths, settings):
    """Minima found against trials, and what further trials would find."""
    from crystalspan.completeness.figure import draw_completeness
    from crystalspan.completeness.file import read_completeness

    yield None, draw_completeness(read_completeness([_only(paths)])[0])


# What each kind takes, and the generator of its figures: the end of the files' names (None: all files), the figure.
KINDS = {
    "landscape": ("one landscape.h5, and known_forms.h5", _landscape),
    "functions": (None, _functions),
    "spectra": (
        "spectra.h5 and components.h5 files, and landscape.h5 files, whose structures' degrees of freedom are marked",
        _spectra,
    ),
    "shares": ("spectra.h5 files", _shares),
    "map": ("a spectra.h5 with one spectrum, map_quality.h5 and known_forms.h5", _map),
    "maps": ("maps.h5 of one molecule, and known_forms.h5", _maps),
    "similarity": ("similarity.h5 of one molecule", _similarity),
    "motifs": ("similarity.h5 and maps.h5 of one molecule", _motifs),
    "molecule": (
        "landscape.h5, map_quality.h5, known_forms.h5, and all spectra.h5 and components.h5 files of one molecule",
        _molecule,
    ),
    "components": ("components.csv or comparison.csv", _components),
    "comparison": ("comparison.h5 files", _comparison),
    "dimension": (
        "dimension.h5 and jacobian.h5 of one molecule, and its landscape.h5, whose structures' degrees of freedom are "
        "marked",
        _dimension,
    ),
    "latent": ("latent.h5 of one molecule", _latent),
    "generation": ("generation.h5 of one molecule", _generation),
    "scan": (
        "descriptor_scan.h5 files, and landscape.h5 files, whose structures' degrees of freedom are marked",
        _scan,
    ),
    "completeness": ("completeness.h5 of one molecule", _completeness),
}
