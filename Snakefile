"""CrystalSpan: from CSP output to descriptors, spectra, tables, figures and a report.

The folder that Snakemake runs in is the study: config/config.yaml, config/landscapes.tsv, results/.
"""

from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/common.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/sampling.smk"
include: "workflow/rules/completeness.smk"
include: "workflow/rules/landscape.smk"
include: "workflow/rules/descriptors.smk"
include: "workflow/rules/spectra.smk"
include: "workflow/rules/jacobian.smk"
include: "workflow/rules/dimension.smk"
include: "workflow/rules/maps.smk"
include: "workflow/rules/latent.smk"
include: "workflow/rules/scan.smk"
include: "workflow/rules/similarity.smk"
include: "workflow/rules/viewer.smk"
include: "workflow/rules/export.smk"


report: "workflow/report/workflow.rst"


onstart:
    # Compiled once before many jobs would each do so side by side. No job waits for a file of it: Snakemake would hide
    # changes of everything behind a rule that has to run.
    compile_kernels()


rule all:
    """Everything: tables, figures and pages of every molecule, space group and window."""
    default_target: True
    input:
        TABLES,
        FIGURES,
        ALL_PAGES,
        ALL_EXPORTS,
        "results/summary.md",
        OPENING,
