"""The settings of a spectrum: the sections `points`, `spectra` and `resources` of the configuration."""

import dataclasses

from crystalspan.points.settings import Preparation, preparation


@dataclasses.dataclass(frozen=True)
class SpectrumSettings(Preparation):
    """How a principal component analysis is made: the preparation of the points, and the solver.

    Parameters
    ----------
    scores : int
        Number of leading components whose scores and loadings are kept.
    memory_mib : float
        Memory that a spectrum may take (MiB), on each MPI rank.
    solver : {"auto", "exact", "randomized"}
        Every eigenvalue, or estimates of the leading ones; auto: exact where the memory suffices.
    randomized_components : int
        Number of eigenvalues that the randomized solver seeks.
    power_iterations : int
        Its iterations; each reads all descriptors once.
    """

    scores: int
    memory_mib: float
    solver: str
    randomized_components: int
    power_iterations: int


def spectrum_settings(settings: dict) -> SpectrumSettings:
    """Return the settings of a spectrum from validated sections `points`, `spectra` and `resources`."""
    spectra = settings["spectra"]
    return SpectrumSettings(
        **dataclasses.asdict(preparation(settings)),
        scores=spectra.get("scores", 2),
        memory_mib=settings["resources"]["memory_mib"],
        solver=spectra["solver"],
        randomized_components=spectra["randomized_components"],
        power_iterations=spectra["power_iterations"],
    )


# Mebibytes: more than any machine has.
_UNBOUNDED = 2.0**40


def every_component(n_structures: int) -> SpectrumSettings:
    """Return settings that keep all components of points as they are, exactly, whatever the memory."""
    return SpectrumSettings("none", "concatenate", "input", 256.0, max(n_structures, 2), _UNBOUNDED, "exact", 2, 0)
