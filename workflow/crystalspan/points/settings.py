"""How structures become points, as the configuration says it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class PointSettings:
    """How the descriptors of atoms become one vector a structure.

    Parameters
    ----------
    scaling : {"none", "zscore"}
        Whether each column is divided by its standard deviation after centring.
    pooling : {"concatenate", "mean", "per-element"}
        How the values of a structure's atoms become one vector.
    atom_order : {"input", "canonical"}
        Whether the molecule's equivalent atoms are relabelled so that the vector sorts first.
    block_mib : float
        Largest size of a block of descriptors in memory (MiB).
    """

    scaling: str
    pooling: str
    atom_order: str
    block_mib: float


def point_settings(section: dict) -> PointSettings:
    """The part of the validated schema section `analysis` that concerns points.

    Parameters
    ----------
    section : dict
        The validated section, defaults filled in.
    """
    names = [field.name for field in dataclasses.fields(PointSettings)]
    return PointSettings(**{name: section[name] for name in names})
