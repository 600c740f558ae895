"""From descriptors to principal components: each space group, and all of them together, in each energy window."""


rule pca:
    """Compute the eigenvalue spectra of one space group, or of all together, in each window (or all of a molecule)."""
    input:
        descriptor_files,
    output:
        SPECTRA,
    log:
        log_of(SPECTRA, "pca.log"),
    benchmark:
        log_of(SPECTRA, "pca.tsv")
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("pca"),
        populations=lambda wildcards: [wildcards.population] if BY_SPACE_GROUP else POPULATIONS,
        windows=STUDY.windows,
    shell:
        stage(
            "pca {input:q} --space-group {params.populations:q} --window {params.windows:q} --settings {params.settings:q}"
            " --molecule {wildcards.molecule:q}"
            " --output {output:q}",
            ranks=True,
        )


rule components:
    """Count the components of all spectra of a molecule."""
    input:
        lambda wildcards: spectra_of(wildcards.molecule),
    output:
        COMPONENTS,
    log:
        "logs/{molecule}/components.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("components"),
    shell:
        stage("components {input:q} --settings {params.settings:q} --output {output:q}")


rule compare:
    """Compute the spectra of a molecule at the published study's numbers of structures."""
    input:
        lambda wildcards: descriptors_of(wildcards.molecule),
    output:
        COMPARISON,
    log:
        "logs/{molecule}/compare.log",
    benchmark:
        "logs/{molecule}/compare.tsv"
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("compare"),
    shell:
        stage(
            "compare {input:q} --molecule {wildcards.molecule:q} --settings {params.settings:q} --output {output:q}",
            ranks=True,
        )


rule comparison_table:
    """Set our counts beside the published study's, for as many structures as it had."""
    input:
        ALL_COMPARISONS,
        spectra_of(COMPARED),
    output:
        tables_of("comparison_table"),
    log:
        "logs/comparison_table.log",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        stage("table comparison {input:q} --output {output:q}")


rule comparison_figure:
    """Draw the cumulative shares at the published study's numbers of structures."""
    input:
        ALL_COMPARISONS,
    output:
        figures_of("comparison_figure"),
    log:
        "logs/comparison_figure.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure comparison"),
    shell:
        stage("figure comparison {input:q} --settings {params.settings:q} --output {output:q}")


rule spectra_tables:
    """Count structures, degrees of freedom and components, for every molecule, space group and window."""
    input:
        files=LISTS["spectra"],
        list=list_of("spectra"),
    output:
        tables_of("spectra_tables"),
    log:
        "logs/spectra_tables.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("table spectra"),
        space_groups=STUDY.space_groups,
    shell:
        stage(
            "table spectra --list {input.list:q} --space-group {params.space_groups} --settings {params.settings:q}"
            " --output results/tables"
        )


rule spectra_figure:
    """Draw the spectra of all molecules of a small study in one figure."""
    input:
        ALL_SPECTRA,
        ALL_COMPONENTS,
        ALL_LANDSCAPES,
    output:
        figures_of("spectra_figure"),
    log:
        "logs/spectra_figure.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure spectra"),
    shell:
        stage("figure spectra {input:q} --settings {params.settings:q} --output {output:q}")


rule components_figure:
    """Draw the counts of components of every space group beside the published ones."""
    input:
        "results/tables/comparison.csv" if COMPARED else "results/tables/components.csv",
    output:
        figures_of("components_figure"),
    log:
        "logs/components_figure.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure components"),
    shell:
        stage("figure components {input:q} --settings {params.settings:q} --output {output:q}")
