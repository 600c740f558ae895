"""What figures and tables need of a landscape file, without its atoms."""

import dataclasses

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.landscape.account import Account, read_account
from crystalspan.landscape.file import LAYOUT
from crystalspan.storage import open_file


@dataclasses.dataclass(frozen=True)
class Mark:
    """A crystal that figures mark with a star and its label, such as a known form.

    Parameters
    ----------
    label : str
    id : str
    relative_energy : float
        kJ/mol.
    density : float
        g/cm3.
    """

    label: str
    id: str
    relative_energy: float
    density: float


@dataclasses.dataclass(frozen=True)
class LandscapeRecords:
    """One molecule's analysed structures as points of a landscape.

    Parameters
    ----------
    molecule : str
    lattice_energy, relative_energy : (n,) float64
        kJ/mol.
    density : (n,) float64
        g/cm3.
    space_group : (n,) int
    account : Account or None
        What became of all structures read; None where the file does not say.
    """

    molecule: str
    lattice_energy: np.ndarray
    relative_energy: np.ndarray
    density: np.ndarray
    space_group: np.ndarray
    account: Account | None = None


def read_records(path: PathLike) -> LandscapeRecords:
    """Energies, densities and space groups of the analysed structures of a landscape file.

    Raises
    ------
    InputError
        The file is missing or is not a landscape file.
    """
    with open_file(path, LAYOUT) as file:
        rows = file["analysed"]
        arrays = {name: file[name][rows] for name in ("lattice_energy", "relative_energy", "density")}
        groups, name = file["space_group"].astype(int)[rows], file.attributes["molecule"]
    return LandscapeRecords(molecule=name, space_group=groups, account=read_account(path), **arrays)
