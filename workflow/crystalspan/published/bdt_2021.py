"""The published study's own figures, as data.

K. M. A. Wong, G. M. Day, "Latent Space Encoding of Molecular Crystal Structure", AI3SD intern report 9,
University of Southampton, 2021, DOI 10.5258/SOTON/AI3SD0150. Tables 1 to 3, as printed.
"""

import importlib.resources

import pandas as pd

DOI = "10.5258/SOTON/AI3SD0150"
# The share that Table 3 counts to, and the criterion that reproduces it (see README: not the variance).
SHARE = 0.8
CRITERION = "singular_values"


def printed_structures() -> pd.DataFrame:
    """Table 1: columns molecule, window, n_structures."""
    return _read("structures.csv")


def printed_degrees_of_freedom() -> pd.DataFrame:
    """Table 2: columns space_group, symbol, degrees_of_freedom."""
    return _read("degrees_of_freedom.csv")


def printed_components() -> pd.DataFrame:
    """Table 3: columns molecule, space_group (number or ``all``, as text), window, components."""
    return _read("components.csv", dtype={"space_group": str})


def published_components() -> dict[tuple[str, str, str], int]:
    """Table 3 by (molecule, window, space_group)."""
    return {(row.molecule, row.window, row.space_group): row.components for row in printed_components().itertuples()}


def _read(name: str, **options) -> pd.DataFrame:
    with importlib.resources.files(__package__).joinpath(name).open("r", encoding="utf-8") as stream:
        return pd.read_csv(stream, comment="#", **options)
