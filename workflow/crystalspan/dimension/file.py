"""The files of this room: what was found of each population and window, and the Jacobian rank of each structure."""

import dataclasses
from pathlib import Path

import h5py
import numpy as np

from crystalspan.dimension.analysis import Analysis, RarefiedEstimate
from crystalspan.dimension.estimators.estimate import Estimate
from crystalspan.dimension.resampling import CountInterval, RarefiedCount
from crystalspan.jacobian.file import LocalDimensions, read_local_dimensions
from crystalspan.points.imbalance import ImbalancePoint
from crystalspan.storage import TEXT, get_rows, new_file, put_rows, read_file, write_attributes

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
    with new_file(path, record) as file:
        for number, one in enumerate(populations):
            group = file.create_group(f"{one.space_group}/{one.window}")
            write_attributes(group, {name: getattr(one, name) for name in ("molecule", "space_group", "window")})
            group.attrs["number"] = number
            group.create_dataset("id", data=np.asarray(one.id, dtype=object), dtype=TEXT)
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
    return [one for path in paths for one in read_file(Path(path), _populations, "dimension")]


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
        put_rows(group, name, getattr(analysis, name), kind)
    for (method, neighbours), values in analysis.local.items():
        group[f"local/{method}/{neighbours}"] = values


def _get_analysis(group) -> Analysis:
    local = {
        (method, int(neighbours)): values[...]
        for method, part in group.get("local", {}).items()
        for neighbours, values in sorted(part.items(), key=lambda item: int(item[0]))
    }
    tables = {name: get_rows(group, name, kind) for name, kind in _TABLES.items()}
    return Analysis(**{name: int(group.attrs[name]) for name in _SIZES}, **tables, local=local)
