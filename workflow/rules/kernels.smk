"""The kernels compiled once, so that jobs that start side by side find them."""


rule compile:
    """Compile the numerical kernels into the user's cache, before the jobs that use them."""
    output:
        KERNELS,
    log:
        "logs/compile.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("descriptor"),
        sampling="--sampling" if SAMPLED else "",
    shell:
        "python -m crystalspan compile {params.sampling} --settings {params.settings:q} --output {output} > {log} 2>&1"
