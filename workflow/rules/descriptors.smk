"""From crystals to symmetry functions, one job for each molecule, space group and shell."""


rule featurize:
    """Compute the symmetry functions of the crystals of one space group and energy shell."""
    input:
        "results/{molecule}/landscape.h5",
    output:
        "results/{molecule}/{space_group}/{shell}/descriptors.h5",
    log:
        "logs/{molecule}/{space_group}/{shell}/featurize.log",
    benchmark:
        "logs/{molecule}/{space_group}/{shell}/featurize.tsv"
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("descriptor"),
    shell:
        'launcher="{resources.mpi}"; ${{launcher:+$launcher -n {resources.tasks}}} '
        "python -m crystalspan featurize {input} --space-group {wildcards.space_group} --shell {wildcards.shell}"
        " --settings {params.settings:q} --ranks {resources.tasks} --output {output} > {log} 2>&1"
