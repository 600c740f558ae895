"""Write a kind of table: spectra, comparison, dimension, maps, similarity, latent, ... (CSV, Markdown, LaTeX)."""

import argparse
from pathlib import Path

from crystalspan.cli.options import add_inputs, add_settings, read_inputs, read_settings

_FOLDER, _FILES = "folder; gets {}", "tables to write (.csv, .md, .tex)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the kinds and their options."""
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    for name, (inputs, output, make) in KINDS.items():
        kind = kinds.add_parser(name, help=make.__doc__, description=make.__doc__)
        add_inputs(kind, "inputs", inputs, "+")
        if output == _FILES:
            kind.add_argument("-o", "--output", nargs="+", type=Path, required=True, help=output)
        else:
            kind.add_argument("-o", "--output", type=Path, required=True, help=_FOLDER.format(output))
        if name == "spectra":
            kind.add_argument("--space-group", nargs="*", help="for the degrees of freedom; default: as in the spectra")
        add_settings(kind, f"table {name}")


def run(args: argparse.Namespace) -> None:
    """Write the tables of the kind."""
    KINDS[args.kind][2](args, read_inputs(args), read_settings(args, f"table {args.kind}"))


def _spectra(args, paths, settings):
    """Structures, degrees of freedom, components and eigenvalues."""
    from crystalspan.cli.options import group_numbers
    from crystalspan.landscape.freedom import freedom_of
    from crystalspan.printing.labels import group_order
    from crystalspan.printing.tables import FORMATS, write_table
    from crystalspan.provenance import write_text
    from crystalspan.published.bdt_2021 import printed_structures
    from crystalspan.spectra import tables
    from crystalspan.spectra.counted import read_components
    from crystalspan.spectra.file import read_spectra
    from crystalspan.storage import by_stage

    share = settings["components"]["thresholds"][0]
    files = by_stage(paths, "pca", "components", "landscape")
    spectra, freedom = read_spectra(files["pca"], points=False), freedom_of(files["landscape"])
    found = sorted({one.space_group for one in spectra if one.space_group.isdigit()}, key=group_order)
    groups = group_numbers(args.space_group) or [int(label) for label in found]
    published = set(printed_structures().molecule) if settings["reference_study"] != "none" else set()
    is_compared = any(one.molecule in published for one in spectra)
    long = tables.long_rows(read_components(files["components"]))
    write_text(args.output / "components.csv", tables.to_csv(long))
    wide = tables.components_wide_table(tables.wide_table(long, share), freedom)
    for name, frame, caption in (
        ("structures", tables.structures_table(spectra), "Crystal structures in each energy window (kJ/mol)."),
        (
            "degrees_of_freedom",
            tables.degrees_of_freedom_table(groups, freedom, is_compared=is_compared),
            "Degrees of freedom of a crystal of rigid molecules with one in a general position (Z' = 1), and of the "
            "structures of the landscapes with their own Z' and sites.",
        ),
        (
            "components_wide",
            wide,
            f"Principal components to reach {share:g} of the variance and of the sum of singular values; "
            f"bound = ceil({share:g} (N - 1)), the most that N structures can need; degrees of freedom: the commonest "
            "number among the structures, with their own Z' and sites, the fewest and the most.",
        ),
    ):
        write_table(frame, [args.output / f"{name}.{kind}" for kind in FORMATS], caption)
    write_table(tables.eigenvalue_table(spectra), [args.output / "eigenvalues.csv"], "")
    print(f"{len(spectra)} spectra -> {args.output}")


def _comparison(args, paths, settings):
    """Our counts of components beside the 2021 study's, for as many structures as it had."""
    from crystalspan.printing.tables import write_table
    from crystalspan.spectra.comparison_file import read_cuts
    from crystalspan.spectra.comparison_table import comparison_caption, comparison_sentences, comparison_table
    from crystalspan.spectra.file import read_spectra
    from crystalspan.storage import by_stage

    files = by_stage(paths, "compare", "pca")
    frame = comparison_table(read_cuts(files["compare"]), read_spectra(files["pca"], points=False))
    write_table(frame, args.output, comparison_caption())
    for sentence in comparison_sentences(frame):
        print(sentence)


def _dimension(args, paths, settings):
    """Estimates and controls, intervals, curves against N, local dimensions, an overview."""
    from crystalspan.dimension import tables
    from crystalspan.dimension.file import read_measured
    from crystalspan.landscape.freedom import freedom_of
    from crystalspan.printing.tables import FORMATS, write_table
    from crystalspan.storage import by_stage

    share = settings["components"]["thresholds"][0]
    files = by_stage(paths, "dimension", "jacobian", "landscape")
    populations, local = read_measured([*files["dimension"], *files["jacobian"]])
    overview = tables.overview_table(populations, local, share, freedom_of(files["landscape"]))
    write_table(
        overview, [args.output / f"dimension_overview.{kind}" for kind in FORMATS], tables.overview_caption(share)
    )
    for name, frame in (
        ("dimension", tables.estimates_table(populations)),
        ("component_intervals", tables.intervals_table(populations)),
        ("rarefaction", tables.rarefaction_table(populations)),
        ("local_dimension", tables.local_table(populations, local)),
    ):
        write_table(frame, [args.output / f"{name}.csv"], "")
    print(
        f"{len(populations)} sets of structures, {sum(len(one.structures) for one in local)} Jacobians -> {args.output}"
    )


def _maps(args, paths, settings):
    """What each map keeps of the distances between structures, by all measures."""
    from crystalspan.maps.file import read_maps
    from crystalspan.maps.table import maps_table
    from crystalspan.printing.tables import write_table

    frame = maps_table(read_maps(paths))
    write_table(frame, args.output, "What two-dimensional maps keep of the distances between structures.")
    print(f"{len(frame)} maps -> {' '.join(map(str, args.output))}")


def _known_forms(args, paths, settings):
    """Known forms, and the crystals of the landscapes that come closest to them."""
    from crystalspan.printing.tables import write_table
    from crystalspan.similarity.known_file import read_known_forms
    from crystalspan.similarity.known_table import CAPTION, known_forms_sentences, known_forms_table

    known = read_known_forms(paths)
    write_table(known_forms_table(known), args.output, CAPTION)
    print("\n".join(known_forms_sentences(known)))


def _similarity(args, paths, settings):
    """Whether descriptor, components, maps and other measures keep relatives near; packing motifs."""
    from crystalspan.printing.tables import FORMATS, write_table
    from crystalspan.similarity import table
    from crystalspan.similarity.file import read_similarities

    found = read_similarities(paths)
    write_table(table.similarity_table(found), [args.output / f"similarity.{kind}" for kind in FORMATS], table.CAPTION)
    write_table(table.motifs_table(found), [args.output / "motifs.csv"], "")
    for sentence in table.similarity_sentences(found):
        print(sentence)


def _latent(args, paths, settings):
    """Curves and knees of bottlenecks, held-out minima, and what latent coordinates keep."""
    from crystalspan.latent import tables
    from crystalspan.latent.file import read_latent
    from crystalspan.printing.tables import FORMATS, write_table

    found = read_latent(paths)
    for name, frame, caption in (
        ("bottleneck", tables.bottleneck_table(found), tables.BOTTLENECK_CAPTION),
        ("latent_landscape", tables.unseen_table(found), tables.UNSEEN_CAPTION),
        ("latent_coordinates", tables.codes_table(found), tables.CODES_CAPTION),
    ):
        write_table(frame, [args.output / f"{name}.{kind}" for kind in FORMATS], caption)
    write_table(tables.curves_table(found), [args.output / "bottleneck_curves.csv"], "")
    print(f"latent spaces of {len(found)} molecules -> {args.output}")


def _generation(args, paths, settings):
    """What became of crystals that were made from a latent space and by other ways."""
    from crystalspan.latent.making_file import read_makings
    from crystalspan.latent.making_tables import CAPTION, makings_table
    from crystalspan.printing.tables import write_table

    frame = makings_table(read_makings(paths))
    write_table(frame, args.output, CAPTION)
    print(f"{len(frame)} ways of making crystals -> {' '.join(map(str, args.output))}")


def _scan(args, paths, settings):
    """The dimension under other descriptors, side by side."""
    from crystalspan.printing.labels import ALL
    from crystalspan.printing.tables import write_table
    from crystalspan.scan import tables
    from crystalspan.scan.file import read_scan

    share = settings["components"]["thresholds"][0]
    scans = [read_scan(path) for path in paths]
    table = tables.scan_table(scans, share)
    write_table(table, [args.output / "descriptor_scan.csv"], "")
    combined = table[table.space_group == ALL].drop(columns="space_group") if len(table) else table
    both = [args.output / f"descriptor_scan.{kind}" for kind in ("md", "tex")]
    write_table(combined, both, tables.scan_caption(share))
    write_table(tables.scan_estimates_table(scans), [args.output / "descriptor_scan_estimates.csv"], "")
    for sentence in tables.scan_sentences(table):
        print(sentence)


def _completeness(args, paths, settings):
    """What the search for each molecule's crystals has not seen."""
    from crystalspan.completeness.file import read_completeness
    from crystalspan.completeness.tables import CAPTION, completeness_table
    from crystalspan.printing.tables import write_table

    frame = completeness_table(read_completeness(paths))
    write_table(frame, args.output, CAPTION)
    print(f"{len(frame)} rows -> {' '.join(map(str, args.output))}")


def _run_times(args, paths, settings):
    """What every stage took: jobs, processor time, memory."""
    from crystalspan.printing.tables import write_table
    from crystalspan.report.run_times import run_times_table

    frame = run_times_table(paths)
    write_table(frame, args.output, "What every stage took.")
    print(frame.to_string(index=False))


# What each kind takes, what it writes, and the function that does it.
KINDS = {
    "spectra": (
        "spectra.h5 and components.h5 files, and landscape.h5 files, whose structures' degrees of freedom are counted",
        "structures, degrees_of_freedom, components_wide (each .csv .md .tex), components.csv and eigenvalues.csv",
        _spectra,
    ),
    "comparison": ("comparison.h5 and spectra.h5 files of the study's molecules", _FILES, _comparison),
    "dimension": (
        "dimension.h5 and jacobian.h5 files, and landscape.h5 files, whose structures' degrees of freedom are counted",
        "dimension_overview (.csv .md .tex), dimension.csv, component_intervals.csv, rarefaction.csv and "
        "local_dimension.csv",
        _dimension,
    ),
    "maps": ("maps.h5 files, one a molecule", _FILES, _maps),
    "known-forms": ("known_forms.h5 files, one a molecule", _FILES, _known_forms),
    "similarity": ("similarity.h5 files, one a molecule", "similarity (.csv .md .tex) and motifs.csv", _similarity),
    "latent": (
        "latent.h5 files, one a molecule",
        "bottleneck, latent_landscape and latent_coordinates (each .csv .md .tex) and bottleneck_curves.csv",
        _latent,
    ),
    "generation": ("generation.h5 files, one a molecule", _FILES, _generation),
    "scan": (
        "descriptor_scan.h5 files, one a molecule",
        "descriptor_scan (.csv .md .tex) and descriptor_scan_estimates.csv",
        _scan,
    ),
    "completeness": ("completeness.h5 files, one a molecule", _FILES, _completeness),
    "run-times": ("the benchmark files (.tsv) that Snakemake wrote, one a job", _FILES, _run_times),
}
