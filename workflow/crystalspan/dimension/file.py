"""The files of this room: what was found of each population and window, and the Jacobian rank of each structure."""

import dataclasses
from collections.abc import Iterable

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.dimension.analysis import Analysis, RarefiedEstimate
from crystalspan.dimension.estimators.estimate import Estimate
from crystalspan.dimension.resampling import CountInterval, RarefiedCount
from crystalspan.jacobian.file import LAYOUT as JACOBIAN
from crystalspan.jacobian.file import LocalDimensions, read_local_dimensions
from crystalspan.points.imbalance import ImbalancePoint
from crystalspan.storage import TEXT, Array, Group, Layout, Part, Writer, new_file, read_file, stage_of, table

# The tables of an analysis and what their rows are.
_TABLES = {
    "estimates": Estimate,
    "counts": CountInterval,
    "rarefaction": RarefiedCount,
    "decimation": RarefiedEstimate,
    "imbalance": ImbalancePoint,
}
_SIZES = ("n_structures", "n_columns", "n_distinct", "n_counted")
_NAMES = ("molecule", "space_group", "window")
LANDSCAPE = "landscape"
_ANALYSIS = Group(
    {
        **{name: table(kind) for name, kind in _TABLES.items()},
        # Method, order of the neighbour; NaN for a structure without an estimate.
        "local?": Group({"*": Group({"*": Array("float64", ("points",), finite=False)})}),
    },
    dict.fromkeys(_SIZES, int),
)
_CONTROL = Group({"analysis?": _ANALYSIS}, {"number": int, "degrees_of_freedom": float, "reason": str})
_POPULATION = Group(
    {
        "id": Array(TEXT, ("n",)),
        "relative_energy": Array("float64", ("n",)),
        f"{LANDSCAPE}?": _ANALYSIS,
        "controls?": Group({"*": _CONTROL}),
    },
    {"number": int, **dict.fromkeys(_NAMES, str)},
)
LAYOUT = Layout(
    "dimension", "dimension file", Group({"*": Group({"*": _POPULATION})}, {"descriptor_settings?": object})
)


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
    id : (N,) str
    relative_energy : (N,) float64
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


def write_dimensions(path: PathLike, populations: Iterable[PopulationDimension], record: dict) -> None:
    """Write a dimension file; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    populations : iterable of PopulationDimension
    record : dict
        Provenance.
    """
    with new_file(path, LAYOUT, record) as file:
        groups: dict[str, Writer] = {}
        for number, one in enumerate(populations):
            if one.space_group not in groups:
                groups[one.space_group] = file.group(one.space_group)
            names = {name: getattr(one, name) for name in _NAMES}
            _put_population(groups[one.space_group].group(one.window, number=number, **names), one)


def _put_population(group: Writer, one: PopulationDimension):
    group.put("id", one.id)
    group.put("relative_energy", one.relative_energy)
    if one.analysis is not None:
        _put_analysis(group.group(LANDSCAPE), one.analysis)
    controls = group.group("controls")
    for place, control in enumerate(one.controls):
        about = {"degrees_of_freedom": float(control.degrees_of_freedom), "reason": control.reason}
        part = controls.group(control.name, number=place, **about)
        if control.analysis is not None:
            _put_analysis(part.group("analysis"), control.analysis)


def read_dimensions(paths: Iterable[PathLike]) -> list[PopulationDimension]:
    """Read dimension files, in the order of the files and within a file as they were written.

    Raises
    ------
    InputError
        A file is missing or is not a dimension file.
    """
    return [one for path in paths for one in read_file(path, _populations, LAYOUT)]


def read_measured(paths: Iterable[PathLike]) -> tuple[list[PopulationDimension], list[LocalDimensions]]:
    """Read dimension files and files of Jacobian ranks, whichever they are.

    Raises
    ------
    InputError
        A file is missing or is neither.
    """
    populations, local = [], []
    for path in paths:
        if stage_of(path) == JACOBIAN.stage:
            local.append(read_local_dimensions(path))
        else:
            populations += read_dimensions([path])
    return populations, local


def _populations(file: Part) -> list[PopulationDimension]:
    groups = [window for group in file.parts.values() for window in group.parts.values()]
    return [_population(group) for group in _in_order(groups)]


def _in_order(parts) -> list[Part]:
    return sorted(parts, key=lambda part: part.attributes["number"])


def _population(group: Part) -> PopulationDimension:
    controls = group.parts["controls"].parts.values() if "controls" in group else ()
    return PopulationDimension(
        **{name: group.attributes[name] for name in _NAMES},
        id=group["id"],
        relative_energy=group["relative_energy"],
        analysis=_get_analysis(group.parts[LANDSCAPE]) if LANDSCAPE in group else None,
        controls=[_control(part) for part in _in_order(controls)],
    )


def _control(part: Part) -> AnalysedControl:
    analysis = _get_analysis(part.parts["analysis"]) if "analysis" in part else None
    return AnalysedControl(part.name, part.attributes["degrees_of_freedom"], part.attributes["reason"], analysis)


def _put_analysis(group: Writer, analysis: Analysis):
    group.note(**{name: getattr(analysis, name) for name in _SIZES})
    for name, kind in _TABLES.items():
        group.rows(name, getattr(analysis, name), kind)
    local, methods = group.group("local"), {}
    for (method, neighbours), values in analysis.local.items():
        if method not in methods:
            methods[method] = local.group(method)
        methods[method].put(str(neighbours), values)


def _get_analysis(group: Part) -> Analysis:
    local = {}
    for method, part in group.parts["local"].parts.items() if "local" in group else ():
        if not all(name.isdecimal() for name in part.names):
            raise group.refuse(f"local/{method} is not named after orders of neighbours")
        for neighbours in sorted(part.names, key=int):
            local[method, int(neighbours)] = part[neighbours]
    tables = {name: group.rows(name, kind) for name, kind in _TABLES.items()}
    return Analysis(
        **{name: group.attributes[name] for name in _SIZES},
        estimates=tables["estimates"],
        counts=tables["counts"],
        rarefaction=tables["rarefaction"],
        decimation=tables["decimation"],
        imbalance=tables["imbalance"],
        local=local,
    )
