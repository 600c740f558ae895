"""Which crystals are known forms; which share their packing, and whether maps and descriptors keep those together."""


rule match:
    """Look for a molecule's known forms in its landscape."""
    input:
        landscape=LANDSCAPE,
        forms=lambda wildcards: list(STUDY.molecules[wildcards.molecule].known_forms),
    output:
        KNOWN_FORMS,
    log:
        "logs/{molecule}/match.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("match"),
    shell:
        stage("match {input.landscape:q} {input.forms:q} --settings {params.settings:q} --output {output:q}")


rule known_forms_table:
    """List the known forms of all molecules, and the crystals that come closest to them."""
    input:
        files=ALL_KNOWN_FORMS,
        list=list_of("known_forms"),
    output:
        tables_of("known_forms_table"),
    log:
        "logs/known_forms_table.log",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        stage("table known-forms --list {input.list:q} --output {output:q}")
