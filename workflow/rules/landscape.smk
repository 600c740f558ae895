"""From what CSP programs write to one checked landscape a molecule."""


rule landscape:
    """Read and check the crystals of a molecule; list the rejected ones with their reasons."""
    input:
        sources=landscape_sources,
        molecule=molecule_file,
    output:
        landscape="results/{molecule}/landscape.h5",
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
        slices=f"--slices {' '.join(map(str, STUDY.space_groups))}" if BY_SPACE_GROUP else "",
        reference=lambda wildcards, input: (f"--reference {input.molecule}" if input.molecule else ""),
    shell:
        'launcher="{resources.mpi}"; ${{launcher:+$launcher -n {resources.tasks}}} '
        "python -m crystalspan landscape {input.sources:q} --molecule {wildcards.molecule} {params.reference}"
        " --settings {params.settings:q} --ranks {resources.tasks} --output {output.landscape}"
        " --rejected {log.rejected} {params.slices} > {log.text} 2>&1"
