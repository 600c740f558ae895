"""The file of Jacobian ranks: one row a structure."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.jacobian.rank import LocalDimension
from crystalspan.storage import Array, Group, Layout, Part, new_file, read_file, table

_Judged = dataclasses.make_dataclass(
    "_Judged",
    [(field.name, field.type) for field in dataclasses.fields(LocalDimension) if field.name != "singular_values"],
    frozen=True,
)
LAYOUT = Layout(
    "jacobian",
    "file of Jacobian ranks",
    Group(
        {
            "structures": table(_Judged),
            "space_group": Array("int16", ("n",), least=1, below=231),
            "relative_energy": Array("float64", ("n",)),
            # As many as the structure with the most of them has; NaN behind those of the others.
            "singular_values": Array("float64", ("n", "p"), finite=False),
        },
        {"molecule": str},
    ),
)


def write_local_dimensions(
    path: PathLike,
    molecule: str,
    found: Sequence[LocalDimension],
    space_group: np.ndarray,
    relative_energy: np.ndarray,
    record: dict,
) -> None:
    """Write the Jacobian ranks of a landscape's structures.

    Parameters
    ----------
    path : path-like
    molecule : str
    found : list of LocalDimension
    space_group, relative_energy : (n,)
    record : dict
        Provenance.
    """
    with new_file(path, LAYOUT, record, molecule=molecule) as file:
        file.rows("structures", [_without_spectrum(one) for one in found], _Judged)
        file.put("space_group", space_group)
        file.put("relative_energy", relative_energy)
        width = max((len(one.singular_values) for one in found), default=0)
        values = np.full((len(found), width), np.nan)
        for row, one in zip(values, found, strict=True):
            row[: len(one.singular_values)] = one.singular_values
        file.put("singular_values", values)


@dataclasses.dataclass(frozen=True)
class LocalDimensions:
    """The Jacobian ranks of a molecule's structures.

    Parameters
    ----------
    molecule : str
    structures : list of LocalDimension
    space_group : (n,) int
    relative_energy : (n,) float64
        kJ/mol.
    """

    molecule: str
    structures: list[LocalDimension]
    space_group: np.ndarray
    relative_energy: np.ndarray


def read_local_dimensions(path: PathLike) -> LocalDimensions:
    """Read the Jacobian ranks of a landscape's structures.

    Raises
    ------
    InputError
        The file is missing or is not a file of Jacobian ranks.
    """
    return read_file(path, _local, LAYOUT)


def _without_spectrum(one: LocalDimension):
    return _Judged(*(getattr(one, field.name) for field in dataclasses.fields(_Judged)))


def _local(file: Part) -> LocalDimensions:
    judged, spectra = file.rows("structures", _Judged), file["singular_values"]
    if len(judged) != len(spectra):
        raise file.refuse(f"{len(judged)} structures have {len(spectra)} rows of singular values")
    structures = [
        LocalDimension(**dataclasses.asdict(one), singular_values=row[np.isfinite(row)])
        for one, row in zip(judged, spectra, strict=True)
    ]
    return LocalDimensions(file.attributes["molecule"], structures, file["space_group"], file["relative_energy"])
