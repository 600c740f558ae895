"""How descriptors become points: the section `points` of the configuration."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Preparation:
    """How descriptors become one vector a structure.

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


def preparation(settings: dict) -> Preparation:
    """Return the preparation that validated settings ask for; what a stage does not read has no effect on it."""
    points = settings["points"]
    return Preparation(
        points.get("scaling", "none"),
        points["pooling"],
        points["atom_order"],
        settings.get("resources", {}).get("block_mib", DEFAULT_BLOCK_MIB),
    )


# For callers that prepare single structures, never blocks of them.
DEFAULT_BLOCK_MIB = 256.0
