"""The settings of a spectrum, validated by the schema section `analysis`."""

import dataclasses

from crystalspan.points.settings import PointSettings


@dataclasses.dataclass(frozen=True)
class SpectrumSettings(PointSettings):
    """How the principal components of points are found, beside how these are made (`PointSettings`).

    Parameters
    ----------
    scores : int
        Number of leading components whose scores and loadings are kept.
    map_neighbours : int
        Number of nearest neighbours that judge the two-dimensional map.
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
    map_neighbours: int
    memory_mib: float
    solver: str
    randomized_components: int
    power_iterations: int


def spectrum_settings(section: dict) -> SpectrumSettings:
    """The part of the validated schema section `analysis` that concerns spectra.

    Parameters
    ----------
    section : dict
        The validated section, defaults filled in.
    """
    names = [field.name for field in dataclasses.fields(SpectrumSettings)]
    return SpectrumSettings(**{name: section[name] for name in names})
