"""From crystals to symmetry functions, one job for each molecule, space group and shell, or for each molecule."""


rule featurize:
    """Compute the symmetry functions of the crystals of one space group and energy shell (or of one molecule)."""
    input:
        landscape=SLICE,
        kernels=ancient(KERNELS),
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
        settings=settings_of("descriptor"),
        slice=slice_of,
    shell:
        'launcher="{resources.mpi}"; ${{launcher:+$launcher -n {resources.tasks}}} '
        "python -m crystalspan featurize {input.landscape} {params.slice} --settings {params.settings:q}"
        " --ranks {resources.tasks} --output {output} > {log} 2>&1"
