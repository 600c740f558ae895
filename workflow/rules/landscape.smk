"""From what CSP programs write to one checked landscape a molecule."""


rule landscape:
    """Read and check the crystals of a molecule; list the rejected ones with their reasons."""
    input:
        sources=landscape_sources,
        molecule=molecule_file,
    output:
        landscape="results/{molecule}/landscape.h5",
        rejected="results/{molecule}/rejected.csv",
        slices=expand(SLICE, space_group=STUDY.space_groups, allow_missing=True) if BY_SPACE_GROUP else [],
    log:
        "logs/{molecule}/landscape.log",
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
        " --rejected {output.rejected} {params.slices} > {log} 2>&1"
