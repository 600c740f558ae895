"""The file of Jacobian ranks: one row a structure."""

import dataclasses
from pathlib import Path

import numpy as np

from crystalspan.jacobian.rank import LocalDimension
from crystalspan.storage import get_rows, new_file, put_rows, read_file


def write_local_dimensions(path, molecule: str, found, space_group, relative_energy, record: dict):
    """Write the Jacobian ranks of a landscape's structures.

    Parameters
    ----------
    path : path-like
    molecule : str
    found : list of LocalDimension
    space_group, relative_energy : ndarray (n,)
    record : dict
        Provenance.
    """
    with new_file(path, record) as file:
        file.attrs["molecule"] = molecule
        put_rows(file, "structures", [_without_spectrum(one) for one in found], _Judged)
        file["space_group"], file["relative_energy"] = space_group, relative_energy
        width = max((len(one.singular_values) for one in found), default=0)
        values = np.full((len(found), width), np.nan)
        for row, one in zip(values, found, strict=True):
            row[: len(one.singular_values)] = one.singular_values
        file["singular_values"] = values


@dataclasses.dataclass(frozen=True)
class LocalDimensions:
    """The Jacobian ranks of a molecule's structures.

    Parameters
    ----------
    molecule : str
    structures : list of LocalDimension
    space_group : ndarray (n,) int
    relative_energy : ndarray (n,) float64
        kJ/mol.
    """

    molecule: str
    structures: list[LocalDimension]
    space_group: np.ndarray
    relative_energy: np.ndarray


def read_local_dimensions(path) -> LocalDimensions:
    """Read the Jacobian ranks of a landscape's structures.

    Raises
    ------
    InputError
        The file is missing or is not a file of Jacobian ranks.
    """
    return read_file(Path(path), _local, "jacobian")


_Judged = dataclasses.make_dataclass(
    "_Judged",
    [(field.name, field.type) for field in dataclasses.fields(LocalDimension) if field.name != "singular_values"],
    frozen=True,
)


def _without_spectrum(one: LocalDimension):
    return _Judged(*(getattr(one, field.name) for field in dataclasses.fields(_Judged)))


def _local(file) -> LocalDimensions:
    judged = get_rows(file, "structures", _Judged)
    structures = [
        LocalDimension(**dataclasses.asdict(one), singular_values=row[np.isfinite(row)])
        for one, row in zip(judged, file["singular_values"][...], strict=True)
    ]
    return LocalDimensions(
        str(file.attrs["molecule"]), structures, file["space_group"][...], file["relative_energy"][...]
    )
