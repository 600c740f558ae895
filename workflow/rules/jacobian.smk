"""The local dimension of single crystals: the rank of the descriptor's derivative."""


rule jacobian:
    """Find the rank of the descriptor's derivative for crystals of every space group: their local dimension."""
    input:
        LANDSCAPE,
    output:
        JACOBIAN,
    log:
        "logs/{molecule}/jacobian.log",
    benchmark:
        "logs/{molecule}/jacobian.tsv"
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("jacobian"),
        space_groups=STUDY.space_groups,
        window=STUDY.windows[-1],
    shell:
        stage(
            "jacobian {input:q} --space-group {params.space_groups:q} --window {params.window:q}"
            " --settings {params.settings:q} --output {output:q}",
            ranks=True,
        )
