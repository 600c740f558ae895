"""Which crystals are known forms; which share their packing, and whether maps and descriptors keep those together."""


rule match:
    """Look for a molecule's known forms in its landscape."""
    input:
        landscape=LANDSCAPE,
        forms=lambda wildcards: list(STUDY.molecules[wildcards.molecule].known_forms),
    output:
        KNOWN_FORMS,
    log:
        "logs/{molecule}/match.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("match"),
    shell:
        stage("match {input.landscape:q} {input.forms:q} --settings {params.settings:q} --output {output:q}")


rule known_forms_table:
    """List the known forms of all molecules, and the crystals that come closest to them."""
    input:
        files=ALL_KNOWN_FORMS,
        list=list_of("known_forms"),
    output:
        tables_of("known_forms_table"),
    log:
        "logs/known_forms_table.log",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        stage("table known-forms --list {input.list:q} --output {output:q}")


rule similarity:
    """Find crystals that share much of their packing; say whether descriptor, components and maps keep them near."""
    input:
        landscape=LANDSCAPE,
        descriptors=lambda wildcards: descriptors_of(wildcards.molecule),
        maps=MAPS if ALL_MAPS else [],
        latent=LATENT if ALL_LATENT else [],
    output:
        SIMILARITY,
    log:
        "logs/{molecule}/similarity.log",
    benchmark:
        "logs/{molecule}/similarity.tsv"
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("similarity"),
        populations=list(dict.fromkeys([*MAPPED, ALL])),
        window=STUDY.windows[-1],
    shell:
        stage(
            "similarity {input:q} --space-group {params.populations:q} --window {params.window:q}"
            " --settings {params.settings:q} --output {output:q}"
        )


rule similarity_tables:
    """Set side by side how well every measure keeps relatives near, for every molecule; count packing motifs."""
    input:
        files=ALL_SIMILARITIES,
        list=list_of("similarities"),
    output:
        tables_of("similarity_tables"),
    log:
        "logs/similarity_tables.log",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        stage("table similarity --list {input.list:q} --output results/tables")


rule similarity_figure:
    """Draw how well every measure keeps a molecule's relatives near."""
    input:
        SIMILARITY,
    output:
        figures_of("similarity_figure"),
    log:
        "logs/{molecule}/similarity_figure.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure similarity"),
    shell:
        stage("figure similarity {input:q} --settings {params.settings:q} --output {output:q}")


rule motifs_figure:
    """Draw a molecule's maps, coloured by packing motif."""
    input:
        SIMILARITY,
        MAPS,
    output:
        figures_of("motifs_figure"),
    log:
        "logs/{molecule}/motifs_figure.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure motifs"),
    shell:
        stage("figure motifs {input:q} --settings {params.settings:q} --output {output:q}")
