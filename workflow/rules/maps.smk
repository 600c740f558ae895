"""Maps of a molecule's structures by several methods side by side, each with all measures of what it keeps."""


rule maps:
    """Map the structures of the widest window by PCA, kernel PCA, Isomap or UMAP."""
    input:
        lambda wildcards: descriptors_of(wildcards.molecule),
    output:
        MAPS,
    log:
        "logs/{molecule}/maps.log",
    benchmark:
        "logs/{molecule}/maps.tsv"
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("maps"),
        analysis=settings_of("analysis"),
        sample=json.dumps({name: STUDY.settings["dimension"][name] for name in ("largest_sample", "seed")}),
        populations=MAPPED,
        window=STUDY.windows[-1],
    shell:
        "python -m crystalspan maps {input} --space-group {params.populations} --window {params.window}"
        " --analysis {params.analysis:q} --dimension {params.sample:q} --settings {params.settings:q}"
        " --output {output} > {log} 2>&1"


rule maps_figure:
    """Draw a molecule's maps: a row for each space group, a column for each method."""
    input:
        MAPS,
    output:
        report(
            f"results/{{molecule}}/figures/maps.{FORMATS[0]}",
            caption="../report/maps_figure.rst",
            category=CATEGORY["maps"],
            subcategory="{molecule}",
            labels={"space group": "as drawn", "window (kJ/mol)": STUDY.windows[-1]},
        ),
        [f"results/{{molecule}}/figures/maps.{kind}" for kind in FORMATS[1:]],
    log:
        "logs/{molecule}/maps_figure.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
    shell:
        "python -m crystalspan figures maps {input} --settings {params.settings:q} --output {output} > {log} 2>&1"


rule list_maps:
    """List the files of maps, since a campaign has more than a command line holds."""
    input:
        ALL_MAPS,
    output:
        temp("results/tables/maps.txt"),
    log:
        "logs/list_maps.log",
    localrule: True
    conda:
        ENVIRONMENT
    script:
        "../scripts/list_inputs.py"


rule maps_table:
    """Set side by side what every map of every molecule keeps, by all measures."""
    input:
        maps=ALL_MAPS,
        list="results/tables/maps.txt",
    output:
        report(
            "results/tables/maps.csv",
            caption="../report/maps.rst",
            category=CATEGORY["tables"],
            labels={"table": "what maps keep", "kind": "values"},
        ),
    log:
        "logs/maps_table.log",
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        "python -m crystalspan maptable @{input.list} --output {output} > {log} 2>&1"
