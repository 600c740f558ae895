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
SAMPLED = [name for name in MOLECULES if STUDY.molecules[name].is_sampled]
ALL = "all"
POPULATIONS = [*STUDY.space_groups, ALL]

# Descriptors and spectra: one file, and one job, for each space group and shell or window, or for each molecule.
BY_SPACE_GROUP = STUDY.settings["fan_out"] == "space_group"
DESCRIPTORS = f"results/{{molecule}}/{'{space_group}/{shell}/' if BY_SPACE_GROUP else ''}descriptors.h5"
SPECTRA = f"results/{{molecule}}/{'{population}/{window}/' if BY_SPACE_GROUP else ''}spectra.h5"
# Each space group's part of the landscape: a group is described again only when its part has changed.
SLICE = "results/{molecule}/{space_group}/landscape.h5" if BY_SPACE_GROUP else "results/{molecule}/landscape.h5"
DIMENSION, JACOBIAN = "results/{molecule}/dimension.h5", "results/{molecule}/jacobian.h5"
# What the kernels were compiled for; jobs wait for it, and never run again because of it.
KERNELS = "results/kernels.json"


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


def log_of(output, name):
    """Return where the log (or run time) of the job that makes a file lies."""
    return str(Path("logs", *Path(output).parts[1:-1], name))


def slice_of(wildcards):
    """Return the options that say which structures a job describes."""
    if BY_SPACE_GROUP:
        return f"--shell {wildcards.shell}"
    return f"--space-group {' '.join(map(str, STUDY.space_groups))} --shell {STUDY.windows[-1]}"


def populations_of(wildcards):
    """Return the options that say which spectra a job computes."""
    if BY_SPACE_GROUP:
        return f"--space-group {wildcards.population} --window {wildcards.window}"
    return f"--space-group {' '.join(map(str, POPULATIONS))} --window {' '.join(STUDY.windows)}"


def descriptor_files(wildcards):
    """Return the descriptors that a job computes spectra of."""
    if not BY_SPACE_GROUP:
        return DESCRIPTORS
    groups = STUDY.space_groups if wildcards.population == ALL else [wildcards.population]
    return expand(DESCRIPTORS, molecule=wildcards.molecule, space_group=groups, shell=STUDY.shells_of(wildcards.window))


def descriptors_of(molecules):
    """Return all descriptors of some molecules."""
    return expand(DESCRIPTORS, molecule=molecules, space_group=STUDY.space_groups, shell=STUDY.shells)


def spectra_of(molecules):
    """Return all spectra of some molecules: each space group, and all of them, in each window."""
    return expand(SPECTRA, molecule=molecules, population=POPULATIONS, window=STUDY.windows)


def dimensions_of(molecules):
    """Return what is measured of the dimension of some molecules."""
    asked = {"dimension": DIMENSION, "jacobian": JACOBIAN}
    return expand([path for name, path in asked.items() if name in STUDY.settings["analyses"]], molecule=molecules)
