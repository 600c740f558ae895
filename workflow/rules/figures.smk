"""The figures: one rule a kind; the first file format of the settings goes into the report."""


rule landscape_figure:
    """Draw lattice energy against density (Figure 2 of the study)."""
    input:
        "results/{molecule}/landscape.h5",
    output:
        report(
            f"results/{{molecule}}/figures/landscape.{FORMATS[0]}",
            caption="../report/landscape.rst",
            category=CATEGORY["landscapes"],
            labels={"figure": "energy against density", "molecule": "{molecule}"},
        ),
        expand("results/{{molecule}}/figures/landscape.{kind}", kind=FORMATS[1:]),
    log:
        "logs/{molecule}/landscape_figure.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
        windows=STUDY.windows,
    shell:
        "python -m crystalspan figures landscape {input} --windows {params.windows} --settings {params.settings:q}"
        " --output {output} > {log} 2>&1"


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
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
        descriptor=settings_of("descriptor"),
    shell:
        "python -m crystalspan figures functions --descriptor {params.descriptor:q} --settings {params.settings:q}"
        " --output {output} > {log} 2>&1"


rule spectra_figure:
    """Draw eigenvalue spectra, or their cumulative shares, of a molecule's windows (Figure 4 of the study)."""
    input:
        molecule_spectra,
    output:
        report(
            f"results/{{molecule}}/figures/{{kind}}.{FORMATS[0]}",
            caption="../report/spectra.rst",
            category=CATEGORY["spectra"],
            labels={"figure": "{kind}", "molecule": "{molecule}"},
        ),
        expand("results/{{molecule}}/figures/{{kind}}.{format}", format=FORMATS[1:]),
    log:
        "logs/{molecule}/{kind}_figure.log",
    wildcard_constraints:
        kind="spectra|shares",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
        share=SHARE,
        study=STUDY.settings["reference_study"],
    shell:
        "python -m crystalspan figures {wildcards.kind} {input} --share {params.share} --study {params.study}"
        " --settings {params.settings:q} --output {output} > {log} 2>&1"


rule spectra_overview:
    """Draw the spectra of all molecules of a small study in one figure."""
    input:
        SPECTRA,
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
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
        share=SHARE,
        study=STUDY.settings["reference_study"],
    shell:
        "python -m crystalspan figures components {input} --share {params.share} --study {params.study}"
        " --settings {params.settings:q} --output {output} > {log} 2>&1"


rule map_figure:
    """Draw the two leading components, coloured by relative energy (Figures 5-8 of the study)."""
    input:
        "results/{molecule}/{population}/{window}/spectrum.h5",
    output:
        report(
            f"results/{{molecule}}/{{population}}/{{window}}/map.{FORMATS[0]}",
            caption="../report/map.rst",
            category=CATEGORY["maps"],
            subcategory="{molecule}",
            labels={"space group": "{population}", "window (kJ/mol)": "{window}"},
        ),
        expand(
            "results/{{molecule}}/{{population}}/{{window}}/map.{kind}",
            kind=FORMATS[1:],
        ),
    log:
        "logs/{molecule}/{population}/{window}/map_figure.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
    shell:
        "python -m crystalspan figures map {input} --settings {params.settings:q} --output {output} > {log} 2>&1"
