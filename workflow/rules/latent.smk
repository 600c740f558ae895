"""The latent space: how many dimensions a network needs, what its coordinates keep, what crystals it makes."""


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


rule generate:
    """Make crystals from a latent space of a molecule's minima, and by other ways; relax and judge them."""
    input:
        landscape=LANDSCAPE,
        molecule=lambda wildcards: STUDY.molecules[wildcards.molecule].molecule_file,
    output:
        GENERATION,
    log:
        "logs/{molecule}/generation.log",
    benchmark:
        "logs/{molecule}/generation.tsv"
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("generate"),
        space_groups=STUDY.space_groups,
        window=STUDY.windows[-1],
    shell:
        stage(
            "generate {input.landscape:q} --molecule {input.molecule:q} --space-group {params.space_groups:q}"
            " --window {params.window:q} --settings {params.settings:q} --output {output:q}",
            ranks=True,
        )


rule generation_table:
    """Set the crystals that were made by all ways side by side."""
    input:
        files=ALL_GENERATED,
        list=list_of("generation"),
    output:
        tables_of("generation_table"),
    log:
        "logs/generation_table.log",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        stage("table generation --list {input.list:q} --output {output:q}")


rule generation_figure:
    """Draw made crystals by energy and density, and what became of them."""
    input:
        GENERATION,
    output:
        figures_of("generation_figure"),
    log:
        "logs/{molecule}/generation_figure.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure generation"),
    shell:
        stage("figure generation {input:q} --settings {params.settings:q} --output {output:q}")
