"""What the study ends with: its tables, figures and run times, and where they lie. No rule stands here."""

FORMATS = STUDY.settings["figures"]["formats"]
SHARE = STUDY.settings["analysis"]["thresholds"][0]

# Chapters of the report, in the order of their names.
CATEGORY = {
    "landscapes": "1. Landscapes",
    "spectra": "2. Spectra",
    "tables": "3. Tables",
    "maps": "4. Maps",
    "dimension": "5. Dimension",
    "run_times": "6. Run times",
}
WIDE_TABLES = {
    "structures": "structures in each window",
    "degrees_of_freedom": "degrees of freedom",
    "components_wide": "components (overview)",
}
TABLE_LABELS = WIDE_TABLES | {
    "components": "components (all criteria)",
    "eigenvalues": "eigenvalues",
}

DIMENSION_TABLES = {
    "dimension_overview": "dimension (overview)",
    "dimension": "dimension (all estimates and controls)",
    "component_intervals": "components with intervals",
    "rarefaction": "dimension and components against N",
    "local_dimension": "local dimension of single crystals",
}
SCAN_TABLES = {
    "descriptor_scan": "dimension under other descriptors",
    "descriptor_scan_estimates": "dimension under other descriptors (all estimates)",
}
DIMENSION_FIGURES = {"dimension": "dimension", "dimension_scale": "dimension against window, scale and N"}

# More molecules than this are not drawn in one figure.
OVERVIEW_MOLECULES = 4


def map_populations():
    """Return the space groups (and perhaps all) whose maps are drawn."""
    asked = STUDY.settings["figures"]["map_groups"] or POPULATIONS
    return [group for group in asked if group in POPULATIONS]


def reference_molecules():
    """Return the molecules that the published study has, too."""
    if STUDY.settings["reference_study"] == "none":
        return []
    from crystalspan.published.bdt_2021 import printed_structures

    published = set(printed_structures().molecule)
    return [name for name in MOLECULES if name in published]


def run_times():
    """Return the files with the run times of all heavy jobs."""
    return [
        *expand("logs/{molecule}/{group}/sample.tsv", molecule=SAMPLED, group=STUDY.space_groups),
        *expand("logs/{molecule}/cluster.tsv", molecule=SAMPLED),
        *expand("logs/{molecule}/landscape.tsv", molecule=MOLECULES),
        *[log_of(path, "featurize.tsv") for path in descriptors_of(MOLECULES)],
        *[log_of(path, "pca.tsv") for path in ALL_SPECTRA],
        *[log_of(path, f"{Path(path).stem}.tsv") for path in ALL_DIMENSIONS],
        *[log_of(path, "maps.tsv") for path in ALL_MAPS],
        *[log_of(path, "descriptor_scan.tsv") for path in ALL_SCANS],
        *(["logs/compare.tsv"] if REFERENCE_DESCRIPTORS else []),
    ]


MAPPED = map_populations()
ALL_SPECTRA = spectra_of(MOLECULES)
ALL_DIMENSIONS = dimensions_of(MOLECULES)
ALL_MAPS = expand(MAPS, molecule=MOLECULES) if MAPPED and "maps" in STUDY.settings["analyses"] else []
_SCANNED = STUDY.settings["descriptor_scan"] and "descriptor_scan" in STUDY.settings["analyses"]
ALL_SCANS = expand(SCAN, molecule=MOLECULES) if _SCANNED else []
REFERENCE_DESCRIPTORS = descriptors_of(reference_molecules())
REFERENCE_SPECTRA = spectra_of(reference_molecules())
RUN_TIMES = run_times()

TABLES = [
    *expand("results/tables/{name}.csv", name=TABLE_LABELS),
    *(["results/tables/comparison.csv"] if REFERENCE_DESCRIPTORS else []),
    *(expand("results/tables/{name}.csv", name=DIMENSION_TABLES) if ALL_DIMENSIONS else []),
    *(["results/tables/maps.csv"] if ALL_MAPS else []),
    *(expand("results/tables/{name}.csv", name=SCAN_TABLES) if ALL_SCANS else []),
    "results/tables/run_times.csv",
]
_IS_SMALL = len(MOLECULES) <= OVERVIEW_MOLECULES
_SHARED_FIGURES = [
    "symmetry_functions",
    *(["components"] if REFERENCE_DESCRIPTORS or _IS_SMALL else []),
    *(["spectra"] if _IS_SMALL else []),
]
# The figures of one molecule, without their suffixes.
MOLECULE_FIGURES = [  # of the rule molecule_figures
    *expand("results/{{molecule}}/figures/{name}", name=["landscape", "spectra", "shares"]),
    *expand("results/{{molecule}}/{population}/{window}/map", population=MAPPED, window=STUDY.windows),
]
SCAN_FIGURES = expand("results/figures/descriptor_scan.{kind}", kind=FORMATS) if ALL_SCANS and _IS_SMALL else []
FIGURES = [
    *SCAN_FIGURES,
    *expand("results/figures/{name}.{kind}", name=_SHARED_FIGURES, kind=FORMATS),
    *[path for stem in MOLECULE_FIGURES for path in expand(f"{stem}.{{kind}}", molecule=MOLECULES, kind=FORMATS)],
    *(
        expand("results/{molecule}/figures/{name}.{kind}", molecule=MOLECULES, name=DIMENSION_FIGURES, kind=FORMATS)
        if ALL_DIMENSIONS
        else []
    ),
    *(expand("results/{molecule}/figures/maps.{kind}", molecule=MOLECULES, kind=FORMATS) if ALL_MAPS else []),
]

PLACES = [
    "tables=results/tables/",
    "figures=results/figures/ and results/MOLECULE/figures/",
    f"maps=results/MOLECULE/SPACE_GROUP/WINDOW/map.{FORMATS[-1]}",
    "rejected=results/MOLECULE/rejected.csv",
]
