"""What people read at the end: a molecule's figures, run times, the summary; and what the study ends with."""

# The run times of all heavy jobs.
RUN_TIMES = [
    *expand("logs/{molecule}/{group}/sample.tsv", molecule=SAMPLED, group=STUDY.space_groups),
    *expand("logs/{molecule}/unique.tsv", molecule=SAMPLED),
    *expand("logs/{molecule}/landscape.tsv", molecule=MOLECULES),
    *[log_of(path, "featurize.tsv") for path in descriptors_of(MOLECULES)],
    *[log_of(path, "pca.tsv") for path in ALL_SPECTRA],
    *[
        log_of(path, f"{Path(path).stem}.tsv")
        for path in [
            *ALL_DIMENSIONS,
            *ALL_MAPS,
            *ALL_LATENT,
            *ALL_GENERATED,
            *ALL_SIMILARITIES,
            *ALL_SCANS,
            *ALL_COMPLETENESS,
        ]
    ],
    *expand("logs/{molecule}/compare.tsv", molecule=COMPARED),
]
LISTS = {
    "spectra": [*ALL_SPECTRA, *ALL_COMPONENTS, *ALL_LANDSCAPES],
    "dimensions": [*ALL_DIMENSIONS, *ALL_LANDSCAPES],
    "maps": ALL_MAPS,
    "known_forms": ALL_KNOWN_FORMS,
    "similarities": ALL_SIMILARITIES,
    "latent": ALL_LATENT,
    "generation": ALL_GENERATED,
    "scans": ALL_SCANS,
    "completeness": ALL_COMPLETENESS,
    "run_times": RUN_TIMES,
    "summary": [
        *ALL_LANDSCAPES,
        *ALL_DIMENSIONS,
        *ALL_LATENT,
        *ALL_GENERATED,
        *ALL_COMPLETENESS,
        *ALL_KNOWN_FORMS,
        *ALL_SIMILARITIES,
    ],
}
# Rules of tables and figures, and whether the study has them.
_ASKED = {
    "spectra_tables": True,
    "run_times": True,
    "comparison_table": COMPARED,
    "comparison_figure": COMPARED,
    "dimension_tables": ALL_DIMENSIONS,
    "known_forms_table": ALL_KNOWN_FORMS,
    "similarity_tables": ALL_SIMILARITIES,
    "maps_table": ALL_MAPS,
    "latent_tables": ALL_LATENT,
    "generation_table": ALL_GENERATED,
    "scan_tables": ALL_SCANS,
    "completeness_table": ALL_COMPLETENESS,
    "completeness_figure": ALL_COMPLETENESS,
    "functions_figure": True,
    "molecule_figures": True,
    "components_figure": COMPARED or IS_SMALL,
    "spectra_figure": IS_SMALL,
    "similarity_figure": ALL_SIMILARITIES,
    "motifs_figure": ALL_SIMILARITIES and ALL_MAPS,
    "dimension_figures": ALL_DIMENSIONS,
    "maps_figure": ALL_MAPS,
    "latent_figures": ALL_LATENT,
    "generation_figure": ALL_GENERATED,
    "scan_figure": ALL_SCANS and IS_SMALL,
}
# As plain texts: what is marked for the report is an output of its own rule, and lies as that rule says.
TABLES = [str(path) for rule in TABLE_ENTRIES if _ASKED[rule] for path in tables_of(rule)]
_DRAWN_FOR = {"completeness_figure": SAMPLED, "generation_figure": MADE}
FIGURES = [
    path
    for rule in FIGURE_ENTRIES
    if _ASKED[rule]
    for path in expand(map(str, figures_of(rule)), molecule=_DRAWN_FOR.get(rule, MOLECULES))
]

# The report opens with it: of the first molecule, whose dimension is the question.
_MAIN = f"results/{MOLECULES[0]}/figures/{'dimension' if 'dimension' in STUDY.settings['analyses'] else 'landscape'}"
MAIN_FIGURE = [f"{_MAIN}.{kind}" for kind in ("svg", "png") if kind in FORMATS][:1]
OPENING = "results/opening.html"
# Read by the description of the report, which nothing must be missing of.
config["opening"] = OPENING if Path(OPENING).exists() else ""

PLACES = [
    "tables=results/tables/",
    "figures=results/figures/ and results/MOLECULE/figures/",
    "maps=results/MOLECULE/SPACE_GROUP/WINDOW/map.*",
    "rejected=results/MOLECULE/rejected.csv",
    *(["crystals=results/MOLECULE/explore.html (in a browser)"] if ALL_PAGES else []),
    *(["deposit=results/MOLECULE/export/"] if ALL_EXPORTS else []),
]


rule list_files:
    """List the inputs of a rule in a file, one a line."""
    input:
        lambda wildcards: LISTS[wildcards.list],
    output:
        temp(list_of("{list}")),
    log:
        "logs/lists/{list}.log",
    localrule: True
    conda:
        ENVIRONMENT
    script:
        "../scripts/list_inputs.py"


rule molecule_figures:
    """Draw a molecule's landscape, spectra, cumulative shares and maps (Figures 2 and 4-8 of the study)."""
    input:
        LANDSCAPE,
        COMPONENTS,
        lambda wildcards: spectra_of(wildcards.molecule),
        QUALITY if MAPPED else [],
        known_forms_of,
    output:
        figures_of("molecule_figures"),
    log:
        "logs/{molecule}/figures.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure molecule"),
        windows=STUDY.windows,
        maps=["--space-group", *map(str, MAPPED), "--map-window", *MAPPED_WINDOWS] if MAPPED else [],
    shell:
        stage(
            "figure molecule {input:q} --window {params.windows:q} {params.maps:q} --settings {params.settings:q}"
            " --output {output:q}"
        )


rule run_times:
    """Add up what every stage took: jobs, hours of processor time, memory."""
    input:
        times=RUN_TIMES,
        list=list_of("run_times"),
    output:
        tables_of("run_times"),
    log:
        "logs/run_times.log",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        stage("table run-times --list {input.list:q} --output {output:q}")


rule summary:
    """Say in a few lines what was found and where to look."""
    input:
        files=LISTS["summary"],
        list=list_of("summary"),
        components="results/tables/components.csv",
        comparison="results/tables/comparison.csv" if COMPARED else [],
        scan="results/tables/descriptor_scan.csv" if ALL_SCANS else [],
    output:
        "results/summary.md",
    log:
        "logs/summary.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("summary"),
        comparison=lambda wildcards, input: ["--comparison", input.comparison] if input.comparison else [],
        scan=lambda wildcards, input: ["--descriptor-scan", input.scan] if input.scan else [],
        places=PLACES,
    shell:
        stage(
            "summary --list {input.list:q} --components {input.components:q} {params.comparison:q} {params.scan:q}"
            " --place {params.places:q} --settings {params.settings:q} --output {output:q}"
        )


rule opening:
    """Write what the report opens with: what was found, where to click, and the main figure."""
    input:
        summary="results/summary.md",
        figure=MAIN_FIGURE,
        pages=REPORT_PAGES,
    output:
        text=OPENING,
        numbers="results/opening.yaml",
    log:
        "logs/opening.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        figure=lambda wildcards, input: ["--figure", *input.figure] if input.figure else [],
        pages=lambda wildcards, input: [f"{Path(path).parent.name}={path}" for path in input.pages],
    shell:
        stage(
            "opening {input.summary:q} {params.figure:q} --page {params.pages:q} --output {output.text:q}"
            " --numbers {output.numbers:q}"
        )
