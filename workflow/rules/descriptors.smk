"""From crystals to symmetry functions, one job for each molecule, space group and shell, or for each molecule."""


rule featurize:
    """Compute the symmetry functions of the crystals of one space group and energy shell (or of one molecule)."""
    input:
        SLICE,
    output:
        DESCRIPTORS,
    log:
        log_of(DESCRIPTORS, "featurize.log"),
    benchmark:
        log_of(DESCRIPTORS, "featurize.tsv")
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("featurize"),
        slice=slice_of,
    shell:
        stage(
            "featurize {input:q} {params.slice:q} --settings {params.settings:q} --output {output:q}",
            ranks=True,
        )


rule functions_figure:
    """Draw the symmetry functions (Figure 3 of the study)."""
    output:
        figures_of("functions_figure"),
    log:
        "logs/functions_figure.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure functions"),
    shell:
        stage("figure functions --settings {params.settings:q} --output {output:q}")
