"""From descriptors to principal components, one job for each molecule, window and space group or all of them."""


rule pca:
    """Compute the eigenvalue spectrum of one space group, or of all together, in one energy window."""
    input:
        descriptor_files,
    output:
        "results/{molecule}/{population}/{window}/spectrum.h5",
    log:
        "logs/{molecule}/{population}/{window}/pca.log",
    benchmark:
        "logs/{molecule}/{population}/{window}/pca.tsv"
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("analysis"),
    shell:
        "python -m crystalspan pca {input} --window {wildcards.window} --settings {params.settings:q}"
        " --molecule {wildcards.molecule} --space-group {wildcards.population} --output {output} > {log} 2>&1"
