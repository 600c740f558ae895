"""The latent space: how many dimensions a network needs, and what its coordinates keep."""


rule latent:
    """Measure a molecule by the bottlenecks of networks: around single crystals, and its landscape."""
    input:
        descriptors=lambda wildcards: descriptors_of(wildcards.molecule),
        landscape=LANDSCAPE,
    output:
        LATENT,
    log:
        "logs/{molecule}/latent.log",
    benchmark:
        "logs/{molecule}/latent.tsv"
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("latent"),
        space_groups=STUDY.space_groups,
        window=STUDY.windows[-1],
    shell:
        stage(
            "latent {input.descriptors:q} --landscape {input.landscape:q} --space-group {params.space_groups:q}"
            " --window {params.window:q} --settings {params.settings:q} --output {output:q}",
            ranks=True,
        )


rule latent_tables:
    """Set bottlenecks, degrees of freedom, held-out minima and what coordinates keep side by side."""
    input:
        files=ALL_LATENT,
        list=list_of("latent"),
    output:
        tables_of("latent_tables"),
    log:
        "logs/latent_tables.log",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        stage("table latent --list {input.list:q} --output results/tables")


rule latent_figures:
    """Draw a molecule's curves against the bottleneck: around its crystals, and of held-out minima."""
    input:
        LATENT,
    output:
        figures_of("latent_figures"),
    log:
        "logs/{molecule}/latent_figures.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure latent"),
    shell:
        stage("figure latent {input:q} --settings {params.settings:q} --output {output:q}")
