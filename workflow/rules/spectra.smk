"""From descriptors to principal components: each space group, and all of them together, in each energy window."""


rule pca:
    """Compute the eigenvalue spectrum of one space group, or of all together, in one window (or all of a molecule)."""
    input:
        descriptor_files,
    output:
        SPECTRA,
    log:
        log_of(SPECTRA, "pca.log"),
    benchmark:
        log_of(SPECTRA, "pca.tsv")
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("analysis"),
        populations=populations_of,
    shell:
        'launcher="{resources.mpi}"; ${{launcher:+$launcher -n {resources.tasks}}} '
        "python -m crystalspan pca {input} {params.populations} --settings {params.settings:q}"
        " --molecule {wildcards.molecule} --ranks {resources.tasks} --output {output} > {log} 2>&1"
