"""The study, its paths and its wildcards, named once. No rule stands here."""

import json
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

try:
    from crystalspan.errors import InputError
    from crystalspan.study import read_study
except ImportError as error:
    raise WorkflowError(
        f"the library of the workflow cannot be imported ({error}); "
        "install it into the environment that runs snakemake: pip install --editable ."
    ) from None

if Path("config/config.yaml").exists():

    configfile: "config/config.yaml"


if not config:
    raise WorkflowError(
        f"no settings: {Path.cwd()} has no config/config.yaml; "
        "write one (a few lines are enough, see the README) or name one with --configfile"
    )

try:
    STUDY = read_study(config, "")
except InputError as error:
    raise WorkflowError(str(error)) from None

MOLECULES = list(STUDY.molecules)
ALL = "all"


wildcard_constraints:
    molecule=r"[A-Za-z0-9][\w.+-]*",
    space_group=r"\d{1,3}",
    population=rf"\d{{1,3}}|{ALL}",
    shell=r"[\d.]+-[\d.]+",
    window=r"[\d.]+-[\d.]+",


# Every rule runs a stage of the library's command line, `python -m crystalspan STAGE`; those that can run under MPI
# put the profile's launcher before it, where there is one.

# In a conda environment the library is found by its path; without one, jobs use the Python that runs Snakemake,
# activated or not.
if workflow.deployment_settings.deployment_method:
    shell.prefix(f"export PYTHONPATH={shlex.quote(str(Path(workflow.basedir) / 'workflow'))}; ")
else:
    shell.prefix(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; ")

ENVIRONMENT = "../../envs/crystalspan.yaml"


FORMATS = STUDY.settings["figures"]["formats"]
SHARE = STUDY.settings["analysis"]["thresholds"][0]

# Chapters of the report, in the order of their names.
CATEGORY = {
    "landscapes": "1. Landscapes",
    "spectra": "2. Spectra",
    "tables": "3. Tables",
    "maps": "4. Maps",
    "run_times": "5. Run times",
}
WIDE_TABLES = {
    "structures": "structures in each window",
    "degrees_of_freedom": "degrees of freedom",
    "components_wide": "components (overview)",
}
TABLE_LABELS = WIDE_TABLES | {
    "components": "components (all criteria)",
    "eigenvalues": "eigenvalues",
}

# More molecules than this are not drawn in one figure.
OVERVIEW_MOLECULES = 4


def settings_of(*sections):
    """Return sections of the configuration, with all defaults, as JSON for a command line."""
    if len(sections) == 1:
        return json.dumps(STUDY.settings[sections[0]], sort_keys=True)
    return json.dumps({name: STUDY.settings[name] for name in sections}, sort_keys=True)


def molecule_file(wildcards):
    """Return the rigid molecule's file, or nothing."""
    return STUDY.molecules[wildcards.molecule].molecule_file or []


def landscape_sources(wildcards):
    """Return where a molecule's crystals come from: its CSP output, or what the sampler made."""
    molecule = STUDY.molecules[wildcards.molecule]
    return f"results/{molecule.name}/sampled.db" if molecule.is_sampled else list(molecule.sources)


def descriptor_files(wildcards):
    """Return the descriptors of a window's shells: of one space group, or of all."""
    groups = STUDY.space_groups if wildcards.population == ALL else [wildcards.population]
    return [
        f"results/{wildcards.molecule}/{group}/{shell}/descriptors.h5"
        for shell in STUDY.shells_of(wildcards.window)
        for group in groups
    ]


def all_descriptor_files(wildcards):
    """Return the descriptors of all space groups and shells of a molecule."""
    return [
        f"results/{wildcards.molecule}/{group}/{shell}/descriptors.h5"
        for shell in STUDY.shells
        for group in STUDY.space_groups
    ]


def molecule_spectra(wildcards):
    """Return all spectra of a molecule."""
    return spectra_of([wildcards.molecule])


def spectra_of(molecules):
    """Return the spectra of some molecules: each space group, and all of them, in each window."""
    return expand(
        "results/{molecule}/{population}/{window}/spectrum.h5",
        molecule=molecules,
        population=[*STUDY.space_groups, ALL],
        window=STUDY.windows,
    )


def reference_descriptors():
    """Return the descriptors of the molecules that the published study has, too."""
    if STUDY.settings["reference_study"] == "none":
        return []
    from crystalspan.reporting.study import structures_table

    published = set(structures_table().molecule)
    return expand(
        "results/{molecule}/{space_group}/{shell}/descriptors.h5",
        molecule=[name for name in MOLECULES if name in published],
        space_group=STUDY.space_groups,
        shell=STUDY.shells,
    )


def run_times():
    """Return the files with the run times of all heavy jobs."""
    sampled = [name for name in MOLECULES if STUDY.molecules[name].is_sampled]
    return [
        *expand(
            "logs/{molecule}/{group}/sample.tsv",
            molecule=sampled,
            group=STUDY.space_groups,
        ),
        *expand("logs/{molecule}/cluster.tsv", molecule=sampled),
        *expand("logs/{molecule}/landscape.tsv", molecule=MOLECULES),
        *expand(
            "logs/{molecule}/{group}/{shell}/featurize.tsv",
            molecule=MOLECULES,
            group=STUDY.space_groups,
            shell=STUDY.shells,
        ),
        *[path.replace("results/", "logs/").replace("spectrum.h5", "pca.tsv") for path in SPECTRA],
        *(["logs/compare.tsv"] if REFERENCE_DESCRIPTORS else []),
    ]


def map_populations():
    """Return the space groups (and perhaps all) whose maps are drawn."""
    asked = STUDY.settings["figures"]["map_groups"] or [*STUDY.space_groups, ALL]
    return [group for group in asked if group == ALL or group in STUDY.space_groups]


SPECTRA = spectra_of(MOLECULES)
REFERENCE_DESCRIPTORS = reference_descriptors()
RUN_TIMES = run_times()

TABLES = [
    *expand("results/tables/{name}.csv", name=TABLE_LABELS),
    *(["results/tables/comparison.csv"] if REFERENCE_DESCRIPTORS else []),
    "results/tables/run_times.csv",
]
_IS_SMALL = len(MOLECULES) <= OVERVIEW_MOLECULES
_SHARED_FIGURES = [
    "symmetry_functions",
    *(["components"] if REFERENCE_DESCRIPTORS or _IS_SMALL else []),
    *(["spectra"] if _IS_SMALL else []),
]
FIGURES = [
    "symmetry_functions",
    "components",
    *(["spectra"] if len(MOLECULES) <= OVERVIEW_MOLECULES else []),
]
FIGURES = [
    *expand("results/figures/{name}.{kind}", name=_SHARED_FIGURES, kind=FORMATS),
    *expand(
        "results/{molecule}/figures/{name}.{kind}",
        molecule=MOLECULES,
        name=["landscape", "spectra", "shares"],
        kind=FORMATS,
    ),
    *expand(
        "results/{molecule}/{population}/{window}/map.{kind}",
        molecule=MOLECULES,
        population=map_populations(),
        window=STUDY.windows,
        kind=FORMATS,
    ),
]

PLACES = [
    "tables=results/tables/",
    "figures=results/figures/ and results/MOLECULE/figures/",
    f"maps=results/MOLECULE/SPACE_GROUP/WINDOW/map.{FORMATS[-1]}",
    "rejected=results/MOLECULE/rejected.csv",
]
