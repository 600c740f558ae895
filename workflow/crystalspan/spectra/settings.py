"""The settings of a spectrum, validated by the schema section `analysis`."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class SpectrumSettings:
    """How descriptors are prepared for a principal component analysis.

    Parameters
    ----------
    scaling : {"none", "zscore"}
        Whether each column is divided by its standard deviation after centring.
    pooling : {"concatenate", "mean", "per-element"}
        How the values of a structure's atoms become one vector.
    atom_order : {"input", "canonical"}
        Whether the molecule's equivalent atoms are relabelled so that the vector sorts first.
    scores : int
        Number of leading components whose scores and loadings are kept.
    map_neighbours : int
        Number of nearest neighbours that judge the two-dimensional map.
    block_mib : float
        Largest size of a block of descriptors in memory (MiB).
    memory_mib : float
        Memory that a spectrum may take (MiB), on each MPI rank.
    solver : {"auto", "exact", "randomized"}
        Every eigenvalue, or estimates of the leading ones; auto: exact where the memory suffices.
    randomized_components : int
        Number of eigenvalues that the randomized solver seeks.
    power_iterations : int
        Its iterations; each reads all descriptors once.
    """

    scaling: str
    pooling: str
    atom_order: str
    scores: int
    map_neighbours: int
    block_mib: float
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
