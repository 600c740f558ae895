"""Maps of a molecule's structures by several methods, and what each of them keeps."""


rule maps:
    """Map the structures of the widest window by PCA, kernel PCA, Isomap, networks or UMAP."""
    input:
        lambda wildcards: descriptors_of(wildcards.molecule),
    output:
        MAPS,
    log:
        "logs/{molecule}/maps.log",
    benchmark:
        "logs/{molecule}/maps.tsv"
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("maps"),
        populations=MAPPED,
        window=STUDY.windows[-1],
    shell:
        stage(
            "maps {input:q} --space-group {params.populations:q} --window {params.window:q}"
            " --settings {params.settings:q} --output {output:q}"
        )


rule quality:
    """Judge a molecule's maps of the two leading components, in each window."""
    input:
        lambda wildcards: descriptors_of(wildcards.molecule),
        lambda wildcards: spectra_of(wildcards.molecule),
    output:
        QUALITY,
    log:
        "logs/{molecule}/quality.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("quality"),
        populations=MAPPED,
    shell:
        stage(
            "quality {input:q} --space-group {params.populations:q} --settings {params.settings:q} --output {output:q}"
        )


rule maps_figure:
    """Draw a molecule's maps: a row for each space group, a column for each method."""
    input:
        MAPS,
        known_forms_of,
    output:
        figures_of("maps_figure"),
    log:
        "logs/{molecule}/maps_figure.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure maps"),
    shell:
        stage("figure maps {input:q} --settings {params.settings:q} --output {output:q}")


rule maps_table:
    """Set side by side what every map of every molecule keeps, by all measures."""
    input:
        maps=ALL_MAPS,
        list=list_of("maps"),
    output:
        tables_of("maps_table"),
    log:
        "logs/maps_table.log",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        stage("table maps --list {input.list:q} --output {output:q}")
