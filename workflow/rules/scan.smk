"""The same structures under a list of descriptors: does the dimension depend on them?"""


rule scan:
    """Estimate the dimension of a molecule's landscape again under every descriptor of the scan."""
    input:
        LANDSCAPE,
    output:
        SCAN,
    log:
        "logs/{molecule}/descriptor_scan.log",
    benchmark:
        "logs/{molecule}/descriptor_scan.tsv"
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("scan"),
        space_groups=STUDY.space_groups,
        window=STUDY.windows[-1],
    shell:
        stage(
            "scan {input:q} --space-group {params.space_groups:q} --window {params.window:q}"
            " --molecule {wildcards.molecule:q} --settings {params.settings:q} --output {output:q}",
            ranks=True,
        )


rule scan_tables:
    """Set the descriptors side by side."""
    input:
        scans=ALL_SCANS,
        list=list_of("scans"),
    output:
        tables_of("scan_tables"),
    log:
        "logs/scan_tables.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("table scan"),
    shell:
        stage("table scan --list {input.list:q} --settings {params.settings:q} --output results/tables")


rule scan_figure:
    """Draw the dimension under all descriptors, of a small study."""
    input:
        ALL_SCANS,
        ALL_LANDSCAPES,
    output:
        figures_of("scan_figure"),
    log:
        "logs/scan_figure.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figure scan"),
    shell:
        stage("figure scan {input:q} --settings {params.settings:q} --output {output:q}")
