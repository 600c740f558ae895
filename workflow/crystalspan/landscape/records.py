"""What figures and tables need of a landscape file, without its atoms."""

import dataclasses

import numpy as np

from crystalspan.landscape.file import LAYOUT
from crystalspan.storage import open_file


@dataclasses.dataclass(frozen=True)
class LandscapeRecords:
    """One molecule's structures as points of a landscape.

    Parameters
    ----------
    molecule : str
    lattice_energy, relative_energy : ndarray (n,) float64
        kJ/mol.
    density : ndarray (n,) float64
        g/cm3.
    space_group : ndarray (n,) int
    """

    molecule: str
    lattice_energy: np.ndarray
    relative_energy: np.ndarray
    density: np.ndarray
    space_group: np.ndarray


def read_records(path) -> LandscapeRecords:
    """Energies, densities and space groups of a landscape file.

    Raises
    ------
    InputError
        The file is missing or is not a landscape file.
    """
    with open_file(path, LAYOUT) as file:
        arrays = {name: file[name] for name in ("lattice_energy", "relative_energy", "density")}
        return LandscapeRecords(file.attributes["molecule"], space_group=file["space_group"].astype(int), **arrays)
