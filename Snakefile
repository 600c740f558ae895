"""CrystalSpan: from CSP output to descriptors, spectra, tables, figures and a report.

The folder that Snakemake runs in is the study: config/config.yaml, config/landscapes.tsv, results/.
"""

from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/common.smk"
include: "workflow/rules/targets.smk"
include: "workflow/rules/kernels.smk"
include: "workflow/rules/sampling.smk"
include: "workflow/rules/landscape.smk"
include: "workflow/rules/descriptors.smk"
include: "workflow/rules/spectra.smk"
include: "workflow/rules/dimension.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"


report: "workflow/report/workflow.rst"


rule all:
    """Everything: tables and figures of every molecule, space group and window."""
    default_target: True
    input:
        TABLES,
        FIGURES,
        "results/summary.md",
