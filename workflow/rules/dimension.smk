"""How many dimensions a landscape has: estimates with controls, and the Jacobian rank of single crystals."""


rule dimension:
    """Estimate the dimension of each space group, and of all of them, in each window; the same for controls."""
    input:
        descriptors=lambda wildcards: descriptors_of(wildcards.molecule),
        landscape="results/{molecule}/landscape.h5",
        kernels=ancient(KERNELS),
    output:
        DIMENSION,
    log:
        "logs/{molecule}/dimension.log",
    benchmark:
        "logs/{molecule}/dimension.tsv"
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("dimension"),
        analysis=settings_of("analysis"),
        populations=POPULATIONS,
        windows=STUDY.windows,
    shell:
        'launcher="{resources.mpi}"; ${{launcher:+$launcher -n {resources.tasks}}} '
        "python -m crystalspan dimension {input.descriptors} --landscape {input.landscape}"
        " --space-group {params.populations} --window {params.windows} --analysis {params.analysis:q}"
        " --settings {params.settings:q} --ranks {resources.tasks} --output {output} > {log} 2>&1"


rule jacobian:
    """Find the rank of the descriptor's derivative for crystals of every space group: their local dimension."""
    input:
        landscape="results/{molecule}/landscape.h5",
        kernels=ancient(KERNELS),
    output:
        JACOBIAN,
    log:
        "logs/{molecule}/jacobian.log",
    benchmark:
        "logs/{molecule}/jacobian.tsv"
    conda:
        ENVIRONMENT
    resources:
        mpi="",
        tasks=1,
    params:
        settings=settings_of("jacobian"),
        descriptor=settings_of("descriptor"),
        analysis=settings_of("analysis"),
        space_groups=STUDY.space_groups,
        window=STUDY.windows[-1],
    shell:
        'launcher="{resources.mpi}"; ${{launcher:+$launcher -n {resources.tasks}}} '
        "python -m crystalspan jacobian {input.landscape} --space-group {params.space_groups} --window {params.window}"
        " --descriptor {params.descriptor:q} --analysis {params.analysis:q} --settings {params.settings:q}"
        " --ranks {resources.tasks} --output {output} > {log} 2>&1"


rule list_dimensions:
    """List the files of dimensions and Jacobian ranks, since a campaign has more than a command line holds."""
    input:
        ALL_DIMENSIONS,
    output:
        temp("results/tables/dimensions.txt"),
    log:
        "logs/list_dimensions.log",
    localrule: True
    conda:
        ENVIRONMENT
    script:
        "../scripts/list_inputs.py"


rule dimension_tables:
    """Set estimates, controls, degrees of freedom and Jacobian ranks side by side, for every molecule."""
    input:
        dimensions=ALL_DIMENSIONS,
        list="results/tables/dimensions.txt",
    output:
        *[
            report(
                f"results/tables/{name}.csv",
                caption=f"../report/{name}.rst",
                category=CATEGORY["dimension"],
                labels={"table": label, "kind": "values"},
            )
            for name, label in DIMENSION_TABLES.items()
        ],
        *expand("results/tables/dimension_overview.{kind}", kind=["md", "tex"]),
    log:
        "logs/dimension_tables.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("analysis"),
    shell:
        "python -m crystalspan dimensiontables @{input.list} --settings {params.settings:q}"
        " --output results/tables > {log} 2>&1"


rule dimension_figures:
    """Draw the dimension of a molecule: summary with controls; against window, scale and number of structures."""
    input:
        lambda wildcards: dimensions_of(wildcards.molecule),
    output:
        *[
            report(
                f"results/{{molecule}}/figures/{name}.{FORMATS[0]}",
                caption=f"../report/{name}.rst",
                category=CATEGORY["dimension"],
                labels={"figure": label, "molecule": "{molecule}"},
            )
            for name, label in DIMENSION_FIGURES.items()
        ],
        [f"results/{{molecule}}/figures/{name}.{kind}" for name in DIMENSION_FIGURES for kind in FORMATS[1:]],
    log:
        "logs/{molecule}/dimension_figures.log",
    conda:
        ENVIRONMENT
    params:
        settings=settings_of("figures"),
        share=SHARE,
    shell:
        "python -m crystalspan figures dimension {input} --share {params.share} --settings {params.settings:q}"
        " --output results/{wildcards.molecule}/figures > {log} 2>&1"
