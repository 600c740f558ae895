"""From what CSP programs write to one checked landscape a molecule."""


rule landscape:
    """Read and check the crystals of a molecule; list the rejected ones with their reasons."""
    input:
        sources=landscape_sources,
        molecule=reference_molecule,
    output:
        landscape=LANDSCAPE,
        slices=expand(SLICE, space_group=STUDY.space_groups, allow_missing=True) if BY_SPACE_GROUP else [],
    # Snakemake removes the outputs of a job that failed, and keeps its logs: the reasons are wanted most when nothing
    # was accepted.
    log:
        text="logs/{molecule}/landscape.log",
        rejected="results/{molecule}/rejected.csv",
    benchmark:
        "logs/{molecule}/landscape.tsv"
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("landscape"),
        slices=["--slices", *map(str, STUDY.space_groups)] if BY_SPACE_GROUP else [],
        reference=lambda wildcards, input: ["--reference", input.molecule] if input.molecule else [],
    shell:
        stage(
            "landscape {input.sources:q} --molecule {wildcards.molecule:q} {params.reference:q}"
            " --settings {params.settings:q} --output {output.landscape:q} --rejected {log.rejected:q}"
            " {params.slices:q}",
            ranks=True,
            log="log.text",
        )
