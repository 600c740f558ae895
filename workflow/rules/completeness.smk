"""How complete the search for a sampled molecule's crystals is: what it has not seen."""


rule completeness:
    """Estimate from how often each minimum was found how many were not, in each space group and window."""
    input:
        "results/{molecule}/sampled.db",
    output:
        COMPLETENESS,
    log:
        "logs/{molecule}/completeness.log",
    benchmark:
        "logs/{molecule}/completeness.tsv"
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("completeness"),
    shell:
        stage("completeness {input:q} --name {wildcards.molecule:q} --settings {params.settings:q} --output {output:q}")


rule completeness_table:
    """Set the completeness of all searches side by side."""
    input:
        files=ALL_COMPLETENESS,
        list=list_of("completeness"),
    output:
        tables_of("completeness_table"),
    log:
        "logs/completeness_table.log",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        stage("table completeness --list {input.list:q} --output {output:q}")


rule completeness_figure:
    """Draw a molecule's minima against trials, and what is unseen."""
    input:
        COMPLETENESS,
    output:
        figures_of("completeness_figure"),
    log:
        "logs/{molecule}/completeness_figure.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure completeness"),
    shell:
        stage("figure completeness {input:q} --settings {params.settings:q} --output {output:q}")
