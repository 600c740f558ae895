"""What each stage of the command line is for, and which keys of the configuration it reads: declared here, once.

Command-line options, the parameters of the workflow's rules, and the settings that an output says it was made with all
follow from this table. A key in `reads` decides what comes out: change it, and the stage runs again. A key in `uses`
cannot change a number (memory, blocks, strictness): it reaches the stage, and is no reason to run anything again.
"""

import dataclasses

from crystalspan.settings import chosen, leaves

_POINTS = ("points.scaling", "points.pooling", "points.atom_order")
_SOLVER = ("spectra.solver", "spectra.randomized_components", "spectra.power_iterations")
_SPECTRUM_MEMORY = ("resources.memory_mib", "resources.block_mib")
_PICTURE = ("figures.dpi",)
_POINT_PICTURE = ("figures.dpi", "figures.rasterize_above")

_LATENT = (
    "latent.space_groups",
    "latent.seeds",
    "latent.columns",
    "latent.widths",
    "latent.training",
    "latent.basins",
    "latent.landscape",
    "jacobian.step",
    "jacobian.zero",
    "jacobian.site_tolerance",
)

# What the stages are for, in the order of the data's way through them: the groups of the command line's help.
PURPOSES = {
    "crystals": "make, read and check crystals",
    "description": "describe them",
    "measurement": "measure how many dimensions they span",
    "report": "tables, figures, words, the page of the crystals, a deposit",
    "help": "beside the way",
}


@dataclasses.dataclass(frozen=True)
class Stage:
    """One stage, or one kind of table or figure.

    Parameters
    ----------
    purpose : str
        A key of `PURPOSES`.
    reads : tuple of str
        Keys (or whole sections) of the configuration that decide what comes out.
    uses : tuple of str
        Keys that cannot change a number.
    """

    purpose: str
    reads: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()

    @property
    def deciding(self) -> list[str]:
        """Keys without keys of their own that decide what comes out, in the order of the declaration."""
        harmless = _leaves_of(self.uses)
        return [leaf for leaf in _leaves_of(self.reads) if leaf not in harmless]

    @property
    def keys(self) -> list[str]:
        """All keys that the stage takes."""
        return [*self.deciding, *_leaves_of(self.uses)]


def _leaves_of(keys) -> list[str]:
    return [leaf for key in keys for leaf in leaves(key)]


STAGES = {
    "sample": Stage(
        "crystals",
        (
            "sampling.seeds",
            "sampling.search",
            "sampling.guided",
            "sampling.cutoff",
            "sampling.taper",
            "sampling.first_cutoff",
            "sampling.first_pressure",
        ),
    ),
    "unique": Stage("crystals", ("sampling.duplicates",)),
    "completeness": Stage("measurement", ("energy_windows",)),
    "landscape": Stage("crystals", ("landscape",), ("landscape.strict",)),
    "match": Stage("crystals", ("known_forms",)),
    "featurize": Stage("description", ("descriptor",)),
    "pca": Stage("measurement", (*_POINTS, "spectra"), _SPECTRUM_MEMORY),
    "components": Stage("measurement", ("components",)),
    "compare": Stage("measurement", (*_POINTS, *_SOLVER), _SPECTRUM_MEMORY),
    "dof": Stage("measurement", (), ("landscape", "jacobian.site_tolerance")),
    "jacobian": Stage("measurement", ("descriptor", "points.pooling", "points.atom_order", "jacobian")),
    "dimension": Stage(
        "measurement", ("points", "components", "dimension"), ("resources.block_mib", "resources.distances_mib")
    ),
    "maps": Stage("measurement", ("points", "maps", "latent.columns", "latent.training"), ("resources.block_mib",)),
    "similarity": Stage(
        "measurement",
        (*_POINTS, "points.largest_sample", "points.seed", "similarity"),
        ("resources.block_mib",),
    ),
    "quality": Stage("measurement", (*_POINTS, "maps.judged_neighbours"), ("resources.block_mib",)),
    "latent": Stage("measurement", ("points", "maps.judged_neighbours", *_LATENT), ("resources.block_mib",)),
    "generate": Stage(
        "measurement",
        (
            "latent.space_groups",
            "latent.seeds",
            "latent.training",
            "latent.landscape.held_out",
            "latent.landscape.clusters",
            "latent.generation",
            "points.seed",
            "sampling.cutoff",
            "sampling.taper",
            "sampling.first_cutoff",
            "sampling.first_pressure",
            "sampling.duplicates.energy",
            "sampling.duplicates.density",
            "sampling.duplicates.distance",
            "sampling.duplicates.neighbours",
        ),
    ),
    "scan": Stage(
        "measurement",
        ("descriptor", "points", "components", "dimension", "descriptor_scan"),
        ("resources.block_mib", "resources.distances_mib"),
    ),
    "viewer": Stage("report", ("viewer",)),
    "export": Stage("report", ("export",)),
    "table spectra": Stage("report", ("components.thresholds", "reference_study")),
    "table comparison": Stage("report"),
    "table dimension": Stage("report", ("components.thresholds",)),
    "table maps": Stage("report"),
    "table known-forms": Stage("report"),
    "table similarity": Stage("report"),
    "table latent": Stage("report"),
    "table generation": Stage("report"),
    "table scan": Stage("report", ("components.thresholds",)),
    "table completeness": Stage("report"),
    "table run-times": Stage("report"),
    "figure landscape": Stage("report", _POINT_PICTURE),
    "figure functions": Stage("report", ("descriptor", *_PICTURE)),
    "figure spectra": Stage("report", _PICTURE),
    "figure shares": Stage("report", ("components.thresholds", "reference_study", *_PICTURE)),
    "figure map": Stage("report", _POINT_PICTURE),
    "figure maps": Stage("report", _POINT_PICTURE),
    "figure similarity": Stage("report", _PICTURE),
    "figure motifs": Stage("report", _POINT_PICTURE),
    "figure molecule": Stage("report", ("components.thresholds", "reference_study", *_POINT_PICTURE)),
    "figure components": Stage("report", ("components.thresholds", "reference_study", *_PICTURE)),
    "figure comparison": Stage("report", _PICTURE),
    "figure dimension": Stage("report", ("components.thresholds", *_PICTURE)),
    "figure completeness": Stage("report", _PICTURE),
    "figure latent": Stage("report", _PICTURE),
    "figure generation": Stage("report", _POINT_PICTURE),
    "figure scan": Stage("report", ("components.thresholds", *_PICTURE)),
    "summary": Stage("report", ("components.thresholds",)),
    "opening": Stage("report"),
    "compile": Stage("help", (), ("descriptor",)),
}


def deciding(settings: dict, stage: str) -> dict:
    """Return the settings that decide what a stage writes: what its output says of how it was made."""
    return chosen(settings, STAGES[stage].deciding)


def harmless() -> list[str]:
    """Return all keys that some stage uses and that decide nothing anywhere."""
    decide = {key for stage in STAGES.values() for key in stage.deciding}
    return sorted({key for stage in STAGES.values() for key in stage.keys} - decide)
