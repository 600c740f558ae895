"""The study, its paths and its wildcards, named once. No rule stands here."""

import importlib.metadata
import json
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

try:
    from crystalspan.errors import InputError
    from crystalspan.cli.options import VARIABLE
    from crystalspan.export.about import is_file
    from crystalspan.report.catalogue import FIGURE_ENTRIES, PAGE_ENTRIES, TABLE_ENTRIES
    from crystalspan.settings import chosen
    from crystalspan.stages import deciding, harmless
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
FORMATS = STUDY.settings["figures"]["formats"]

# Descriptors: one file, and one job, for each space group and shell, or for each molecule. Spectra: for each space group
# (and all of them together), or for each molecule; a file holds all windows.
BY_SPACE_GROUP = STUDY.settings["fan_out"] == "space_group"
DESCRIPTORS = f"results/{{molecule}}/{'{space_group}/{shell}/' if BY_SPACE_GROUP else ''}descriptors.h5"
SPECTRA = f"results/{{molecule}}/{'{population}/' if BY_SPACE_GROUP else ''}spectra.h5"
# Each space group's part of the landscape: a group is described again only when its part has changed.
LANDSCAPE = "results/{molecule}/landscape.h5"
SLICE = "results/{molecule}/{space_group}/landscape.h5" if BY_SPACE_GROUP else LANDSCAPE
COMPONENTS = "results/{molecule}/components.h5"
DIMENSION, JACOBIAN = "results/{molecule}/dimension.h5", "results/{molecule}/jacobian.h5"
MAPS, QUALITY = "results/{molecule}/maps.h5", "results/{molecule}/map_quality.h5"
LATENT, GENERATION = "results/{molecule}/latent.h5", "results/{molecule}/generation.h5"
COMPARISON = "results/{molecule}/comparison.h5"
COMPLETENESS = "results/{molecule}/completeness.h5"
KNOWN_FORMS, SIMILARITY = "results/{molecule}/known_forms.h5", "results/{molecule}/similarity.h5"
SCAN = "results/{molecule}/descriptor_scan.h5"
EXPLORE, EXPORT = "results/{molecule}/explore.html", "results/{molecule}/export/README.txt"
# More molecules than this are not drawn in one figure; with more windows than this, only the widest has its own maps.
OVERVIEW_MOLECULES, DRAWN_WINDOWS = 4, 12


wildcard_constraints:
    molecule=r"[A-Za-z0-9][\w.+-]*",
    space_group=r"\d{1,3}",
    population=rf"\d{{1,3}}|{ALL}",
    shell=r"[\d.]+-[\d.]+",
    window=r"[\d.]+-[\d.]+",


# In a conda environment the library is found by its path; without one, jobs use the Python that runs Snakemake,
# activated or not. Settings that cannot change a number reach the jobs past Snakemake, which would run them again.
_LIBRARY, _PYTHON = Path(workflow.basedir) / "workflow", Path(sys.executable).parent
_IS_CONDA = bool(workflow.deployment_settings.deployment_method)
_FOUND = f"PYTHONPATH={shlex.quote(str(_LIBRARY))}" if _IS_CONDA else f"PATH={shlex.quote(str(_PYTHON))}:$PATH"
_HARMLESS = shlex.quote(json.dumps(chosen(STUDY.settings, harmless()), sort_keys=True))
shell.prefix(f"export {VARIABLE}={_HARMLESS.replace('{', '{{').replace('}', '}}')} {_FOUND}; ")
ENVIRONMENT = "../../envs/crystalspan.yaml"


def stage(command, ranks=False, log="log"):
    """Return the shell command of a stage of the library's command line; ranks: under the profile's MPI launcher.

    Whatever stands in braces is quoted for the shell by `:q`. A job that was killed could not say so itself.
    """
    text = f"{{{log}:q}}"
    killed = (
        " || {{ status=$?; [ $status -le 128 ] || echo 'crystalspan: this job was killed by signal'"
        f' "$((status - 128)) (9: often for its memory). The same command makes it again." | tee -a {text} >&2;'
        " exit $status; }}"
    )
    if not ranks:
        return f"python -m crystalspan {command} > {text} 2>&1{killed}"
    launcher = 'launcher="{resources.mpi}"; ${{launcher:+$launcher -n {resources.tasks}}} '
    return f"{launcher}python -m crystalspan {command} --ranks {{resources.tasks}} > {text} 2>&1{killed}"


def settings_of(name):
    """Return a function that gives, as JSON, the settings that a stage declares to read and that decide what it writes.

    A function, since Snakemake would take braces in a text for wildcards.
    """
    text = json.dumps(deciding(STUDY.settings, name), sort_keys=True)
    return lambda wildcards: text


def log_of(output, name):
    """Return where the log (or run time) of the job that makes a file lies."""
    return str(Path("logs", *Path(output).parts[1:-1], name))


def tables_of(rule):
    """Return the tables that a rule makes; the first format of each goes into the report."""
    return [
        _reported(f"results/{entry.path}.{kind}", entry) if kind == entry.formats[0] else f"results/{entry.path}.{kind}"
        for entry in TABLE_ENTRIES[rule]
        for kind in entry.formats
    ]


def page_of(name):
    """Return the page of a molecule, marked for the report where that is to hold it.

    A report in one file holds a small page, a zipped one the whole page: Snakemake packs what is marked.
    """
    entry, path = PAGE_ENTRIES[name], f"results/{PAGE_ENTRIES[name].path}.html"
    is_zipped = any(word.endswith(".zip") for word in sys.argv)
    return _reported(path, entry) if is_zipped == (name == "whole") else path


def figures_of(rule):
    """Return the figures that a rule makes, in every format of the study; the first goes into the report."""
    return [
        _reported(f"results/{path}.{kind}", entry, values) if kind == FORMATS[0] else f"results/{path}.{kind}"
        for entry in FIGURE_ENTRIES[rule]
        for path, values in _each(entry.path)
        for kind in FORMATS
    ]


def _each(path):
    """Yield a figure's path for every mapped set of structures, where it has one for each; {molecule} stays."""
    if "{population}" not in path:
        yield path, {"widest": STUDY.windows[-1]}
        return
    for population in MAPPED:
        for window in MAPPED_WINDOWS:
            values = {"population": str(population), "window": window}
            yield path.format(molecule="{molecule}", **values), values


def _reported(path, entry, values=None):
    labels = {key: text.format(molecule="{molecule}", **(values or {})) for key, text in entry.labels.items()}
    caption, part = f"../report/{entry.caption}.rst", (
        {"subcategory": "{molecule}"} if "window (kJ/mol)" in labels else {}
    )
    return report(path, caption=caption, category=entry.chapter, labels=labels, **part)


def installed_version(package):
    """Return the version of a package that a study can do without, or an empty text."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def compile_kernels():
    """Compile the numerical kernels into the user's cache; jobs that find none there do so by themselves."""
    sampling = "--sampling" if SAMPLED else ""
    shell(f"mkdir -p logs && python -m crystalspan compile {sampling} > logs/compile.log 2>&1 || true")


def list_of(name):
    """Return the file that lists many inputs of a rule, since a campaign has more than a command line holds."""
    return f"results/lists/{name}.txt"


def descriptors_of(molecules):
    """Return all descriptors of some molecules."""
    return expand(DESCRIPTORS, molecule=molecules, space_group=STUDY.space_groups, shell=STUDY.shells)


def landscape_sources(wildcards):
    """Return where a molecule's crystals come from: its CSP output, or what the sampler made."""
    molecule = STUDY.molecules[wildcards.molecule]
    return f"results/{molecule.name}/sampled.db" if molecule.is_sampled else list(molecule.sources)


def reference_molecule(wildcards):
    """Return the rigid molecule's file, or nothing."""
    return STUDY.molecules[wildcards.molecule].molecule_file or []


def deposited(kind, path):
    """Return a path of files that go into the folder, or nothing where they are not to."""
    return path if kind in STUDY.settings["export"]["contents"] else []


def licence_file(wildcards):
    """Return the file with the licence's text, where the settings name one."""
    licence = STUDY.settings["export"]["licence"]
    return licence if is_file(licence) else []


def known_forms_of(wildcards):
    """Return what was found of a molecule's known forms, where it has any: figures mark them."""
    return KNOWN_FORMS if STUDY.molecules[wildcards.molecule].known_forms else []


def slice_of(wildcards):
    """Return the options that say which structures a job describes."""
    if BY_SPACE_GROUP:
        return ["--shell", wildcards.shell]
    return ["--space-group", *map(str, STUDY.space_groups), "--shell", STUDY.windows[-1]]


def descriptor_files(wildcards):
    """Return the descriptors that a job computes spectra of."""
    if not BY_SPACE_GROUP:
        return DESCRIPTORS
    groups = STUDY.space_groups if wildcards.population == ALL else [wildcards.population]
    return expand(DESCRIPTORS, molecule=wildcards.molecule, space_group=groups, shell=STUDY.shells)


def spectra_of(molecules):
    """Return all spectra of some molecules: each space group, and all of them, in each window."""
    return expand(SPECTRA, molecule=molecules, population=POPULATIONS)


def dimensions_of(molecules):
    """Return what is measured of the dimension of some molecules."""
    asked = {"dimension": DIMENSION, "jacobian": JACOBIAN}
    return expand([path for name, path in asked.items() if name in STUDY.settings["analyses"]], molecule=molecules)


def map_populations():
    """Return the space groups (and perhaps all) whose maps are drawn."""
    asked = STUDY.settings["figures"]["map_groups"] or POPULATIONS
    return [group for group in asked if group in POPULATIONS]


def compared_molecules():
    """Return the molecules that the published study has, too."""
    if STUDY.settings["reference_study"] == "none":
        return []
    from crystalspan.published.bdt_2021 import printed_structures

    published = set(printed_structures().molecule)
    return [name for name in MOLECULES if name in published]


MAPPED = map_populations()
MAPPED_WINDOWS = STUDY.windows if len(STUDY.windows) <= DRAWN_WINDOWS else STUDY.windows[-1:]
ALL_LANDSCAPES = expand(LANDSCAPE, molecule=MOLECULES)
ALL_SPECTRA = spectra_of(MOLECULES)
ALL_COMPONENTS = expand(COMPONENTS, molecule=MOLECULES)
ALL_DIMENSIONS = dimensions_of(MOLECULES)
ALL_MAPS = expand(MAPS, molecule=MOLECULES) if MAPPED and "maps" in STUDY.settings["analyses"] else []
ALL_SIMILARITIES = expand(SIMILARITY, molecule=MOLECULES) if "similarity" in STUDY.settings["analyses"] else []
ALL_LATENT = expand(LATENT, molecule=MOLECULES) if "latent" in STUDY.settings["analyses"] else []
# Crystals are made of molecules that have a potential.
MADE = [name for name in MOLECULES if STUDY.molecules[name].molecule_file]
ALL_GENERATED = expand(GENERATION, molecule=MADE) if "generation" in STUDY.settings["analyses"] else []
_SCANNED = STUDY.settings["descriptor_scan"] and "descriptor_scan" in STUDY.settings["analyses"]
ALL_SCANS = expand(SCAN, molecule=MOLECULES) if _SCANNED else []
# Of quasi-random searches alone: a guided one does not count minima as its trials would by chance.
_IS_COUNTED = "completeness" in STUDY.settings["analyses"] and STUDY.settings["sampling"]["search"] == "quasi-random"
ALL_COMPLETENESS = expand(COMPLETENESS, molecule=SAMPLED if _IS_COUNTED else [])
ALL_KNOWN_FORMS = expand(KNOWN_FORMS, molecule=[name for name in MOLECULES if STUDY.molecules[name].known_forms])
ALL_PAGES = expand(EXPLORE, molecule=MOLECULES) if "viewer" in STUDY.settings["analyses"] else []
# Whichever of the two a report holds.
REPORT_PAGES = [
    str(page_of(kind)).format(molecule=name) for name in MOLECULES if ALL_PAGES for kind in ("small", "whole")
]
ALL_EXPORTS = expand(EXPORT, molecule=MOLECULES) if "export" in STUDY.settings["analyses"] else []
COMPARED = compared_molecules()
ALL_COMPARISONS = expand(COMPARISON, molecule=COMPARED)
IS_SMALL = len(MOLECULES) <= OVERVIEW_MOLECULES
