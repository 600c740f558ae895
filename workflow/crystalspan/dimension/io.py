"""The files of this room: what was found of each population and window, and the Jacobian rank of each structure."""

import contextlib
import dataclasses
import typing
from pathlib import Path

import h5py
import numpy as np

from crystalspan.dimension.analysis import Analysis, RarefiedEstimate
from crystalspan.dimension.estimates import Estimate
from crystalspan.dimension.jacobian import LocalDimension
from crystalspan.dimension.preservation import ImbalancePoint
from crystalspan.dimension.resampling import CountInterval, RarefiedCount
from crystalspan.errors import InputError
from crystalspan.provenance import atomic_output, read_attributes, write_attributes

# The tables of an analysis and what their rows are.
_TABLES = {
    "estimates": Estimate,
    "counts": CountInterval,
    "rarefaction": RarefiedCount,
    "decimation": RarefiedEstimate,
    "imbalance": ImbalancePoint,
}
_SIZES = ("n_structures", "n_columns", "n_distinct", "n_counted")
LANDSCAPE = "landscape"
_TEXT = h5py.string_dtype()


@dataclasses.dataclass(frozen=True)
class AnalysedControl:
    """What was found of a control.

    Parameters
    ----------
    name : str
    degrees_of_freedom : float
        How many dimensions it has by construction; NaN where that is not known.
    reason : str
        Why it could not be made; empty where it was.
    analysis : Analysis or None
    """

    name: str
    degrees_of_freedom: float
    reason: str
    analysis: Analysis | None


@dataclasses.dataclass(frozen=True)
class PopulationDimension:
    """What was found of a space group (or all) in a window.

    Parameters
    ----------
    molecule : str
    space_group : str
        Number, or ``all``.
    window : str
        Such as ``0-10`` (kJ/mol).
    id : ndarray (N,) str
    relative_energy : ndarray (N,) float64
        kJ/mol.
    analysis : Analysis or None
        None for fewer than two structures.
    controls : list of AnalysedControl
    """

    molecule: str
    space_group: str
    window: str
    id: np.ndarray
    relative_energy: np.ndarray
    analysis: Analysis | None
    controls: list[AnalysedControl]


def write_dimensions(path, populations, record: dict):
    """Write a dimension file; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    populations : iterable of PopulationDimension
    record : dict
        Provenance.
    """
    with _new_file(path, record) as file:
        for number, one in enumerate(populations):
            group = file.create_group(f"{one.space_group}/{one.window}")
            write_attributes(group, {name: getattr(one, name) for name in ("molecule", "space_group", "window")})
            group.attrs["number"] = number
            group.create_dataset("id", data=np.asarray(one.id, dtype=object), dtype=_TEXT)
            group["relative_energy"] = one.relative_energy
            if one.analysis is not None:
                _put_analysis(group.create_group(LANDSCAPE), one.analysis)
            for place, control in enumerate(one.controls):
                part = group.create_group(f"controls/{control.name}")
                part.attrs["number"] = place
                part.attrs["degrees_of_freedom"] = control.degrees_of_freedom
                part.attrs["reason"] = control.reason
                if control.analysis is not None:
                    _put_analysis(part.create_group("analysis"), control.analysis)


def read_dimensions(paths) -> list[PopulationDimension]:
    """Read dimension files, in the order of the files and within a file as they were written.

    Raises
    ------
    InputError
        A file is missing or is not a dimension file.
    """
    return [one for path in paths for one in _read(Path(path), _populations, "dimension")]


def read_measured(paths) -> tuple[list[PopulationDimension], list["LocalDimensions"]]:
    """Read dimension files and files of Jacobian ranks, whichever they are.

    Raises
    ------
    InputError
        A file is missing or is neither.
    """
    populations, local = [], []
    for path in map(Path, paths):
        if _stage(path) == "jacobian":
            local.append(read_local_dimensions(path))
        else:
            populations += read_dimensions([path])
    return populations, local


def _stage(path) -> str:
    try:
        with h5py.File(path, "r") as file:
            return str(file.attrs.get("stage", ""))
    except OSError:
        return ""


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
    with _new_file(path, record) as file:
        file.attrs["molecule"] = molecule
        _put_rows(file, "structures", [_without_spectrum(one) for one in found], _Judged)
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
    return _read(Path(path), _local, "jacobian")


_Judged = dataclasses.make_dataclass(
    "_Judged",
    [(field.name, field.type) for field in dataclasses.fields(LocalDimension) if field.name != "singular_values"],
    frozen=True,
)


def _without_spectrum(one: LocalDimension):
    return _Judged(*(getattr(one, field.name) for field in dataclasses.fields(_Judged)))


def _local(file) -> LocalDimensions:
    judged = _get_rows(file, "structures", _Judged)
    structures = [
        LocalDimension(**dataclasses.asdict(one), singular_values=row[np.isfinite(row)])
        for one, row in zip(judged, file["singular_values"][...], strict=True)
    ]
    return LocalDimensions(
        str(file.attrs["molecule"]), structures, file["space_group"][...], file["relative_energy"][...]
    )


def _populations(file) -> list[PopulationDimension]:
    groups = [window for group in file.values() for window in group.values()]
    groups.sort(key=lambda group: int(group.attrs["number"]))
    return [_population(group) for group in groups]


def _population(group) -> PopulationDimension:
    parts = sorted(group.get("controls", {}).items(), key=lambda item: int(item[1].attrs["number"]))
    controls = [
        AnalysedControl(
            name,
            float(part.attrs["degrees_of_freedom"]),
            str(part.attrs["reason"]),
            _get_analysis(part["analysis"]) if "analysis" in part else None,
        )
        for name, part in parts
    ]
    return PopulationDimension(
        *(str(group.attrs[name]) for name in ("molecule", "space_group", "window")),
        group["id"].asstr()[...],
        group["relative_energy"][...],
        _get_analysis(group[LANDSCAPE]) if LANDSCAPE in group else None,
        controls,
    )


def _put_analysis(group, analysis: Analysis):
    for name in _SIZES:
        group.attrs[name] = getattr(analysis, name)
    for name, kind in _TABLES.items():
        _put_rows(group, name, getattr(analysis, name), kind)
    for (method, neighbours), values in analysis.local.items():
        group[f"local/{method}/{neighbours}"] = values


def _get_analysis(group) -> Analysis:
    local = {
        (method, int(neighbours)): values[...]
        for method, part in group.get("local", {}).items()
        for neighbours, values in sorted(part.items(), key=lambda item: int(item[0]))
    }
    tables = {name: _get_rows(group, name, kind) for name, kind in _TABLES.items()}
    return Analysis(**{name: int(group.attrs[name]) for name in _SIZES}, **tables, local=local)


def _put_rows(group, name, rows, kind):
    """Write records as one dataset a field."""
    table = group.create_group(name)
    for field, dtype in typing.get_type_hints(kind).items():
        values = [getattr(row, field) for row in rows]
        table.create_dataset(
            field, data=np.array(values, dtype=object if dtype is str else dtype), dtype=_stored(dtype)
        )


def _stored(dtype):
    return _TEXT if dtype is str else np.dtype(dtype)


def _get_rows(group, name, kind) -> list:
    table, hints = group[name], typing.get_type_hints(kind)
    columns = [
        (table[field].asstr()[...] if dtype is str else table[field][...]).tolist() for field, dtype in hints.items()
    ]
    return [kind(*row) for row in zip(*columns, strict=True)]


@contextlib.contextmanager
def _new_file(path, record):
    with atomic_output(path) as temporary, h5py.File(temporary, "w") as file:
        write_attributes(file, record)
        yield file


def _read(path, reader, stage):
    if not path.is_file():
        raise InputError("there is no such file", file=path, remedy=f"run {stage} first, or mend the path")
    try:
        with h5py.File(path, "r") as file:
            if read_attributes(file).get("stage") != stage:
                raise KeyError(f"not of the stage {stage}")
            return reader(file)
    except (OSError, KeyError, AttributeError, TypeError) as error:
        raise InputError(
            f"this is not a file that {stage} wrote ({error})", file=path, remedy=f"give a file that {stage} wrote"
        ) from error
