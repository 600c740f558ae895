"""A folder to deposit with a paper: made for each molecule where `analyses` holds export, or when it is asked for."""


rule export:
    """Write a molecule's landscape as a folder to deposit: CIFs, tables, HDF5, metadata."""
    input:
        landscape=LANDSCAPE,
        similarity=SIMILARITY if ALL_SIMILARITIES else [],
        descriptors=deposited(
            "descriptors", expand(DESCRIPTORS, space_group=STUDY.space_groups, shell=STUDY.shells, allow_missing=True)
        ),
        spectra=deposited("spectra", expand(SPECTRA, population=POPULATIONS, allow_missing=True)),
        viewer=deposited("viewer", EXPLORE if ALL_PAGES else []),
        licence=licence_file,
    output:
        EXPORT,
    log:
        "logs/{molecule}/export.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("export"),
        folder=lambda wildcards, output: str(Path(output[0]).parent),
        # The list of the rejected lies beside the landscape; it is no output of any rule.
        rejected=lambda wildcards, input: deposited(
            "rejected", ["--rejected", str(Path(input.landscape).parent / "rejected.csv")]
        ),
        similarity=lambda wildcards, input: ["--similarity", input.similarity] if input.similarity else [],
        viewer=lambda wildcards, input: ["--viewer", input.viewer] if input.viewer else [],
    # Snakemake has made the folder, and may have left what an earlier export wrote: the stage makes it anew.
    shell:
        "rm -rf {params.folder:q} && "
        + stage(
            "export {input.landscape:q} --settings {params.settings:q} --output {params.folder:q}"
            " --descriptors {input.descriptors:q} --spectra {input.spectra:q} {params.similarity:q} {params.viewer:q}"
            " {params.rejected:q}"
        )
