"""The same structures under a list of descriptors: does the dimension depend on them?"""


rule scan:
    """Estimate the dimension of a molecule's landscape again under every descriptor of the scan."""
    input:
        landscape="results/{molecule}/landscape.h5",
        kernels=ancient(KERNELS),
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
        settings=settings_of("descriptor", "analysis", "dimension", "descriptor_scan"),
        space_groups=STUDY.space_groups,
        window=STUDY.windows[-1],
    shell:
        'launcher="{resources.mpi}"; ${{launcher:+$launcher -n {resources.tasks}}} '
        "python -m crystalspan scan {input.landscape} --space-group {params.space_groups} --window {params.window}"
        " --molecule {wildcards.molecule} --settings {params.settings:q} --ranks {resources.tasks}"
        " --output {output} > {log} 2>&1"


rule list_scans:
    """List the files of the scans, since a campaign has more than a command line holds."""
    input:
        ALL_SCANS,
    output:
        temp("results/tables/descriptor_scans.txt"),
    log:
        "logs/list_scans.log",
    localrule: True
    conda:
        ENVIRONMENT
    script:
        "../scripts/list_inputs.py"


rule scan_tables:
    """Set the descriptors side by side, in tables and (of a small study) in a figure."""
    input:
        scans=ALL_SCANS,
        list="results/tables/descriptor_scans.txt",
    output:
        *[
            report(
                f"results/tables/{name}.csv",
                caption="../report/descriptor_scan.rst",
                category=CATEGORY["dimension"],
                labels={"table": label, "kind": "values"},
            )
            for name, label in SCAN_TABLES.items()
        ],
        *expand("results/tables/descriptor_scan.{kind}", kind=["md", "tex"]),
        figure=[
            report(
                path,
                caption="../report/descriptor_scan.rst",
                category=CATEGORY["dimension"],
                labels={"figure": "dimension under other descriptors", "molecule": "all"},
            )
            for path in SCAN_FIGURES[:1]
        ],
        figures=SCAN_FIGURES[1:],
    log:
        "logs/scan_tables.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
        share=SHARE,
    shell:
        "python -m crystalspan scantables @{input.list} --share {params.share} --settings {params.settings:q}"
        " --figure {output.figure} {output.figures} --output results/tables > {log} 2>&1"
