"""What figures and tables need of a landscape file, without its atoms."""

import dataclasses
from pathlib import Path

import h5py
import numpy as np

from crystalspan.errors import InputError
from crystalspan.landscape.account import Account, read_account


@dataclasses.dataclass(frozen=True)
class LandscapeRecords:
    """One molecule's analysed structures as points of a landscape.

    Parameters
    ----------
    molecule : str
    lattice_energy, relative_energy : ndarray (n,) float64
        kJ/mol.
    density : ndarray (n,) float64
        g/cm3.
    space_group : ndarray (n,) int
    account : Account or None
        What became of all structures read; None where the file does not say.
    """

    molecule: str
    lattice_energy: np.ndarray
    relative_energy: np.ndarray
    density: np.ndarray
    space_group: np.ndarray
    account: Account | None = None


def read_records(path) -> LandscapeRecords:
    """Energies, densities and space groups of the analysed structures of a landscape file.

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
            rows = np.flatnonzero(handle["analysed"][...]) if "analysed" in handle else slice(None)
            arrays = {name: handle[name][...][rows] for name in ("lattice_energy", "relative_energy", "density")}
            groups = handle["space_group"][...].astype(int)[rows]
            name = str(handle.attrs["molecule"])
        return LandscapeRecords(molecule=name, space_group=groups, account=read_account(path), **arrays)
    except (OSError, KeyError) as error:
        raise InputError(
            f"this is not a landscape file ({error})", file=path, remedy="give a file that landscape wrote"
        ) from error
