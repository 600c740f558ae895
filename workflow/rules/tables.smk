"""From spectra to the tables that people read, and the short summary at the end."""


rule list_spectra:
    """List the spectra of the study in a file, since a campaign has more than a command line holds."""
    input:
        ALL_SPECTRA,
    output:
        temp("results/tables/spectra.txt"),
    log:
        "logs/list_spectra.log",
    localrule: True
    conda:
        ENVIRONMENT
    script:
        "../scripts/list_inputs.py"


rule tables:
    """Count structures, degrees of freedom and components, for every molecule, space group and window."""
    input:
        spectra=ALL_SPECTRA,
        list="results/tables/spectra.txt",
    output:
        *[
            report(
                f"results/tables/{name}.csv",
                caption=f"../report/{name}.rst",
                category=CATEGORY["tables"],
                labels={"table": label, "kind": "values"},
            )
            for name, label in TABLE_LABELS.items()
        ],
        *expand("results/tables/{name}.{kind}", name=WIDE_TABLES, kind=["md", "tex"]),
    log:
        "logs/tables.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("analysis"),
        space_groups=STUDY.space_groups,
    shell:
        "python -m crystalspan tables @{input.list} --space-groups {params.space_groups}"
        " --settings {params.settings:q} --output results/tables > {log} 2>&1"


rule compare:
    """Set our counts beside the published study's, for as many structures as it had."""
    input:
        descriptors=REFERENCE_DESCRIPTORS,
        spectra=REFERENCE_SPECTRA,
    output:
        report(
            "results/tables/comparison.csv",
            caption="../report/comparison.rst",
            category=CATEGORY["tables"],
            labels={"table": "ours beside the 2021 study", "kind": "values"},
        ),
        "results/tables/comparison.md",
        "results/tables/comparison.tex",
        figure=report(
            f"results/figures/comparison.{FORMATS[0]}",
            caption="../report/finding.rst",
            category=CATEGORY["spectra"],
            labels={"figure": "variance or singular values", "molecule": "all"},
        ),
        figures=expand("results/figures/comparison.{kind}", kind=FORMATS[1:]),
    log:
        "logs/compare.log",
    benchmark:
        "logs/compare.tsv"
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("analysis"),
    shell:
        "python -m crystalspan compare {input.descriptors} --spectra {input.spectra} --settings {params.settings:q}"
        " --figure {output.figure} {output.figures}"
        " --output results/tables/comparison.csv results/tables/comparison.md results/tables/comparison.tex"
        " > {log} 2>&1"


rule list_run_times:
    """List the files of the jobs' run times."""
    input:
        RUN_TIMES,
    output:
        temp("results/tables/run_times.txt"),
    log:
        "logs/list_run_times.log",
    localrule: True
    conda:
        ENVIRONMENT
    script:
        "../scripts/list_inputs.py"


rule run_times:
    """Add up what every stage took: jobs, hours of processor time, memory."""
    input:
        times=RUN_TIMES,
        list="results/tables/run_times.txt",
    output:
        report(
            "results/tables/run_times.csv",
            caption="../report/run_times.rst",
            category=CATEGORY["run_times"],
            labels={"table": "run times", "kind": "values"},
        ),
        "results/tables/run_times.md",
    log:
        "logs/run_times.log",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        "python -m crystalspan runtimes @{input.list} --output {output} > {log} 2>&1"


rule summary:
    """Say in a few lines what was found and where to look."""
    input:
        landscapes=expand("results/{molecule}/landscape.h5", molecule=MOLECULES),
        components="results/tables/components.csv",
        comparison="results/tables/comparison.csv" if REFERENCE_DESCRIPTORS else [],
        dimensions=ALL_DIMENSIONS,
        list="results/tables/dimensions.txt" if ALL_DIMENSIONS else [],
        scan="results/tables/descriptor_scan.csv" if ALL_SCANS else [],
    output:
        "results/summary.md",
    log:
        "logs/summary.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("analysis"),
        comparison=lambda wildcards, input: (f"--comparison {input.comparison}" if input.comparison else ""),
        dimensions=lambda wildcards, input: (f"--dimensions @{input.list}" if input.list else ""),
        scan=lambda wildcards, input: (f"--descriptor-scan {input.scan}" if input.scan else ""),
        places=PLACES,
    shell:
        "python -m crystalspan summary {input.landscapes} --components {input.components} {params.comparison}"
        " {params.dimensions} {params.scan} --place {params.places:q} --settings {params.settings:q} --output {output} > {log} 2>&1"
