"""From a rigid molecule to quasi-random crystals, for molecules without CSP output of their own."""


rule sample:
    """Sample one space group of one molecule with the built-in quasi-random sampler."""
    input:
        molecule=molecule_file,
        kernels=ancient(KERNELS),
    output:
        "results/{molecule}/{space_group}/sample.db",
    log:
        "logs/{molecule}/{space_group}/sample.log",
    benchmark:
        "logs/{molecule}/{space_group}/sample.tsv"
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("sampling"),
    shell:
        'launcher="{resources.mpi}"; ${{launcher:+$launcher -n {resources.tasks}}} '
        "python -m crystalspan sample {input.molecule} --name {wildcards.molecule} --space-group {wildcards.space_group}"
        " --settings {params.settings:q} --ranks {resources.tasks} --output {output} > {log} 2>&1"


rule cluster:
    """Remove duplicates within and across the sampled space groups of a molecule."""
    input:
        expand(
            "results/{{molecule}}/{space_group}/sample.db",
            space_group=STUDY.space_groups,
        ),
    output:
        "results/{molecule}/sampled.db",
    log:
        "logs/{molecule}/cluster.log",
    benchmark:
        "logs/{molecule}/cluster.tsv"
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("sampling"),
    shell:
        "python -m crystalspan cluster {input} --settings {params.settings:q} --output {output} > {log} 2>&1"
