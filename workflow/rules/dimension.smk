"""How many dimensions a landscape has: estimates with controls, in tables and figures."""


rule dimension:
    """Estimate the dimension of each space group, and of all of them, in each window; the same for controls."""
    input:
        descriptors=lambda wildcards: descriptors_of(wildcards.molecule),
        landscape=LANDSCAPE,
    output:
        DIMENSION,
    log:
        "logs/{molecule}/dimension.log",
    benchmark:
        "logs/{molecule}/dimension.tsv"
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("dimension"),
        populations=POPULATIONS,
        windows=STUDY.windows,
    shell:
        stage(
            "dimension {input.descriptors:q} --landscape {input.landscape:q} --space-group {params.populations:q}"
            " --window {params.windows:q} --settings {params.settings:q} --output {output:q}",
            ranks=True,
        )


rule dimension_tables:
    """Set estimates, controls, degrees of freedom and Jacobian ranks side by side, for every molecule."""
    input:
        files=LISTS["dimensions"],
        list=list_of("dimensions"),
    output:
        tables_of("dimension_tables"),
    log:
        "logs/dimension_tables.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("table dimension"),
    shell:
        stage("table dimension --list {input.list:q} --settings {params.settings:q} --output results/tables")


rule dimension_figures:
    """Draw the dimension of a molecule: summary with controls; against window, scale and number of structures."""
    input:
        lambda wildcards: dimensions_of(wildcards.molecule),
        LANDSCAPE,
    output:
        figures_of("dimension_figures"),
    log:
        "logs/{molecule}/dimension_figures.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure dimension"),
    shell:
        stage("figure dimension {input:q} --settings {params.settings:q} --output {output:q}")
