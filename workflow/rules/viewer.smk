"""The page of a molecule: its maps and its crystals, in one file."""


rule viewer:
    """Make the page in which a click on a point of a map shows the crystal, and a small one for the report."""
    input:
        LANDSCAPE,
        lambda wildcards: expand(SPECTRA, molecule=wildcards.molecule, population=ALL),
        MAPS if ALL_MAPS else [],
        SIMILARITY if ALL_SIMILARITIES else [],
        known_forms_of,
    output:
        page=page_of("whole"),
        small=page_of("small"),
    log:
        "logs/{molecule}/viewer.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("viewer"),
        windows=STUDY.windows,
        # Without it the page says what to install: it is made again when that is done.
        chemiscope=installed_version("chemiscope"),
    shell:
        stage(
            "viewer {input:q} --window {params.windows:q} --settings {params.settings:q}"
            " --output {output.page:q} --report {output.small:q}"
        )
