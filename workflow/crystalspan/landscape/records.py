"""What figures and tables need of a landscape file, without its atoms."""

import dataclasses
from pathlib import Path

import h5py
import numpy as np

from crystalspan.errors import InputError


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
    path = Path(path)
    if not path.is_file():
        raise InputError("there is no such file", file=path, remedy="run landscape first, or mend the path")
    try:
        with h5py.File(path, "r") as handle:
            arrays = {name: handle[name][...] for name in ("lattice_energy", "relative_energy", "density")}
            groups = handle["space_group"][...].astype(int)
            return LandscapeRecords(molecule=str(handle.attrs["molecule"]), space_group=groups, **arrays)
    except (OSError, KeyError) as error:
        raise InputError(
            f"this is not a landscape file ({error})", file=path, remedy="give a file that landscape wrote"
        ) from error
