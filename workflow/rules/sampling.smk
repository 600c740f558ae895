"""From a rigid molecule to quasi-random crystals, for molecules without CSP output of their own."""


rule sample:
    """Sample one space group of one molecule with the built-in quasi-random sampler."""
    input:
        lambda wildcards: STUDY.molecules[wildcards.molecule].molecule_file,
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
        settings=settings_of("sample"),
    shell:
        stage(
            "sample {input:q} --name {wildcards.molecule:q} --space-group {wildcards.space_group}"
            " --settings {params.settings:q} --output {output:q}",
            ranks=True,
        )


rule unique:
    """Remove duplicates within and across the sampled space groups of a molecule."""
    input:
        expand("results/{{molecule}}/{space_group}/sample.db", space_group=STUDY.space_groups),
    output:
        "results/{molecule}/sampled.db",
    log:
        "logs/{molecule}/unique.log",
    benchmark:
        "logs/{molecule}/unique.tsv"
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("unique"),
    shell:
        stage("unique {input:q} --settings {params.settings:q} --output {output:q}")
