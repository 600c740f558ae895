"""Every table, figure and page of a study, a line each: where it lies, what the report calls it, and in which chapter.

The rules of the workflow take file names, labels and captions from here; a new table or figure is a new line.
"""

import dataclasses

# Chapters of the report, in the order of their names.
EXPLORE, LANDSCAPES, SPECTRA, TABLES, MAPS, DIMENSION, LATENT, RUN_TIMES = (
    "1. Explore",
    "2. Landscapes",
    "3. Spectra",
    "4. Tables",
    "5. Maps",
    "6. Dimension",
    "7. Latent space",
    "8. Run times",
)


@dataclasses.dataclass(frozen=True)
class Entry:
    """A table, a figure or a page.

    Parameters
    ----------
    path : str
        Below the study's results, without a suffix; ``{molecule}`` and the like stand for each of them.
    chapter : str
    labels : dict
        What the report's menu says of it.
    caption : str
        Name of its caption, a text in ``workflow/report/``.
    formats : tuple of str
        File formats of a table or page, the one of the report first; empty for a figure, whose formats the study
        chooses.
    """

    path: str
    chapter: str
    labels: dict
    caption: str
    formats: tuple[str, ...] = ()


def _table(name: str, chapter: str, label: str, caption: str = "", wide: bool = False) -> Entry:
    formats = ("csv", "md", "tex") if wide else ("csv",)
    return Entry(f"tables/{name}", chapter, {"table": label, "kind": "values"}, caption or name, formats)


def _figure(path: str, chapter: str, label: str, caption: str = "") -> Entry:
    whose = "{molecule}" if path.startswith("{molecule}") else "all"
    return Entry(path, chapter, {"figure": label, "molecule": whose}, caption or path.split("/")[-1])


# By the name of the rule that makes them.
TABLE_ENTRIES = {
    "spectra_tables": [
        _table("structures", TABLES, "structures in each window", wide=True),
        _table("degrees_of_freedom", TABLES, "degrees of freedom", wide=True),
        _table("components_wide", TABLES, "components (overview)", wide=True),
        _table("components", TABLES, "components (all criteria)"),
        _table("eigenvalues", TABLES, "eigenvalues"),
    ],
    "comparison_table": [_table("comparison", TABLES, "ours beside the 2021 study", wide=True)],
    "dimension_tables": [
        _table("dimension_overview", DIMENSION, "dimension (overview)", wide=True),
        _table("dimension", DIMENSION, "dimension (all estimates and controls)"),
        _table("component_intervals", DIMENSION, "components with intervals"),
        _table("rarefaction", DIMENSION, "dimension and components against N"),
        _table("local_dimension", DIMENSION, "local dimension of single crystals"),
    ],
    "scan_tables": [
        _table("descriptor_scan", DIMENSION, "dimension under other descriptors", wide=True),
        _table(
            "descriptor_scan_estimates", DIMENSION, "dimension under other descriptors (all)", caption="descriptor_scan"
        ),
    ],
    "known_forms_table": [_table("known_forms", LANDSCAPES, "known forms", wide=True)],
    "similarity_tables": [
        _table("similarity", MAPS, "is similarity kept?", wide=True),
        _table("motifs", LANDSCAPES, "packing motifs (experimental)"),
    ],
    "latent_tables": [
        _table("bottleneck", LATENT, "bottleneck and degrees of freedom", wide=True),
        _table("latent_landscape", LATENT, "minima that were not seen", wide=True),
        _table("latent_coordinates", LATENT, "what latent coordinates keep", wide=True),
        _table("bottleneck_curves", LATENT, "all curves", caption="bottleneck"),
    ],
    "generation_table": [_table("generation", LATENT, "crystals that were made", wide=True)],
    "maps_table": [_table("maps", TABLES, "what maps keep")],
    "completeness_table": [_table("completeness", TABLES, "how complete the search is", wide=True)],
    "run_times": [
        Entry("tables/run_times", RUN_TIMES, {"table": "run times", "kind": "values"}, "run_times", ("csv", "md"))
    ],
}
FIGURE_ENTRIES = {
    "functions_figure": [_figure("figures/symmetry_functions", LANDSCAPES, "symmetry functions")],
    "spectra_figure": [_figure("figures/spectra", SPECTRA, "spectra")],
    "components_figure": [_figure("figures/components", SPECTRA, "components by space group", "components_figure")],
    "comparison_figure": [_figure("figures/comparison", SPECTRA, "variance or singular values", "finding")],
    "scan_figure": [_figure("figures/descriptor_scan", DIMENSION, "dimension under other descriptors")],
    "molecule_figures": [
        _figure("{molecule}/figures/landscape", LANDSCAPES, "energy against density"),
        _figure("{molecule}/figures/spectra", SPECTRA, "spectra"),
        _figure("{molecule}/figures/shares", SPECTRA, "shares", "spectra"),
        Entry(
            "{molecule}/{population}/{window}/map",
            MAPS,
            {"space group": "{population}", "window (kJ/mol)": "{window}"},
            "map",
        ),
    ],
    "similarity_figure": [_figure("{molecule}/figures/similarity", MAPS, "is similarity kept?")],
    "motifs_figure": [_figure("{molecule}/figures/motifs", MAPS, "packing motifs (experimental)")],
    "dimension_figures": [
        _figure("{molecule}/figures/dimension", DIMENSION, "dimension"),
        _figure("{molecule}/figures/dimension_scale", DIMENSION, "dimension against window, scale and N"),
    ],
    "completeness_figure": [_figure("{molecule}/figures/completeness", LANDSCAPES, "how complete the search is")],
    "latent_figures": [
        _figure("{molecule}/figures/bottleneck", LATENT, "bottleneck, crystal by crystal"),
        _figure("{molecule}/figures/latent_landscape", LATENT, "minima that were not seen"),
    ],
    "generation_figure": [_figure("{molecule}/figures/generation", LATENT, "crystals that were made")],
    "maps_figure": [
        Entry("{molecule}/figures/maps", MAPS, {"space group": "as drawn", "window (kJ/mol)": "widest"}, "maps_figure")
    ],
}
# The page of all crystals, and the one that fits into a report of one file.
PAGE_ENTRIES = {
    "whole": Entry("{molecule}/explore", EXPLORE, {"molecule": "{molecule}"}, "explore", ("html",)),
    "small": Entry("{molecule}/explore-report", EXPLORE, {"molecule": "{molecule}"}, "explore", ("html",)),
}


def table_paths(rule: str) -> list[str]:
    """Return the files of a rule's tables, below the study's results."""
    return [f"{entry.path}.{kind}" for entry in TABLE_ENTRIES[rule] for kind in entry.formats]
