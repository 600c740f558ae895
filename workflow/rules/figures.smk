"""The figures: those of a molecule in one job; the first file format of the settings goes into the report."""


rule molecule_figures:
    """Draw a molecule's landscape, spectra, cumulative shares and maps (Figures 2 and 4-8 of the study)."""
    input:
        landscape="results/{molecule}/landscape.h5",
        spectra=lambda wildcards: spectra_of(wildcards.molecule),
    output:
        report(
            f"results/{{molecule}}/figures/landscape.{FORMATS[0]}",
            caption="../report/landscape.rst",
            category=CATEGORY["landscapes"],
            labels={"figure": "energy against density", "molecule": "{molecule}"},
        ),
        *[
            report(
                f"results/{{molecule}}/figures/{name}.{FORMATS[0]}",
                caption="../report/spectra.rst",
                category=CATEGORY["spectra"],
                labels={"figure": name, "molecule": "{molecule}"},
            )
            for name in ("spectra", "shares")
        ],
        *[
            report(
                f"results/{{molecule}}/{population}/{window}/map.{FORMATS[0]}",
                caption="../report/map.rst",
                category=CATEGORY["maps"],
                subcategory="{molecule}",
                labels={"space group": str(population), "window (kJ/mol)": window},
            )
            for population in MAPPED
            for window in STUDY.windows
        ],
        [f"{stem}.{kind}" for stem in MOLECULE_FIGURES for kind in FORMATS[1:]],
    log:
        "logs/{molecule}/figures.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
        windows=STUDY.windows,
        maps=f"--maps {' '.join(map(str, MAPPED))}" if MAPPED else "",
        share=SHARE,
        study=STUDY.settings["reference_study"],
    shell:
        "python -m crystalspan figures molecule {input} --windows {params.windows} {params.maps}"
        " --share {params.share} --study {params.study} --settings {params.settings:q}"
        " --output results/{wildcards.molecule} > {log} 2>&1"


rule functions_figure:
    """Draw the symmetry functions (Figure 3 of the study)."""
    output:
        report(
            f"results/figures/symmetry_functions.{FORMATS[0]}",
            caption="../report/symmetry_functions.rst",
            category=CATEGORY["landscapes"],
            labels={"figure": "symmetry functions", "molecule": "all"},
        ),
        expand("results/figures/symmetry_functions.{kind}", kind=FORMATS[1:]),
    log:
        "logs/functions_figure.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
        descriptor=settings_of("descriptor"),
    shell:
        "python -m crystalspan figures functions --descriptor {params.descriptor:q} --settings {params.settings:q}"
        " --output {output} > {log} 2>&1"


rule spectra_overview:
    """Draw the spectra of all molecules of a small study in one figure."""
    input:
        ALL_SPECTRA,
    output:
        report(
            f"results/figures/spectra.{FORMATS[0]}",
            caption="../report/spectra.rst",
            category=CATEGORY["spectra"],
            labels={"figure": "spectra", "molecule": "all"},
        ),
        expand("results/figures/spectra.{kind}", kind=FORMATS[1:]),
    log:
        "logs/spectra_overview.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
    shell:
        "python -m crystalspan figures spectra {input} --settings {params.settings:q} --output {output} > {log} 2>&1"


rule components_figure:
    """Draw the counts of components of every space group beside the published ones."""
    input:
        "results/tables/comparison.csv" if REFERENCE_DESCRIPTORS else "results/tables/components.csv",
    output:
        report(
            f"results/figures/components.{FORMATS[0]}",
            caption="../report/components_figure.rst",
            category=CATEGORY["spectra"],
            labels={"figure": "components by space group", "molecule": "all"},
        ),
        expand("results/figures/components.{kind}", kind=FORMATS[1:]),
    log:
        "logs/components_figure.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
        share=SHARE,
        study=STUDY.settings["reference_study"],
    shell:
        "python -m crystalspan figures components {input} --share {params.share} --study {params.study}"
        " --settings {params.settings:q} --output {output} > {log} 2>&1"
