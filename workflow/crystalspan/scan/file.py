"""The file of a descriptor scan: a table of sets, and the estimates and counts of all of them in two more."""

import dataclasses

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.dimension.estimators.estimate import Estimate
from crystalspan.dimension.resampling import CountInterval
from crystalspan.scan.scan import ScannedSet
from crystalspan.storage import Array, Group, Layout, Part, new_file, read_file, table

STAGE = "scan"
# The parts of a set, each in a table of its own with a column that says of which set a row is.
_PARTS = {"estimates": Estimate, "counts": CountInterval}
_Head = dataclasses.make_dataclass(
    "_Head",
    [(field.name, field.type) for field in dataclasses.fields(ScannedSet) if field.name not in _PARTS],
    frozen=True,
)


def _part(kind: type) -> Group:
    return Group({**table(kind).members, "set": Array("int64", ("rows",), least=0)})


LAYOUT = Layout(
    STAGE,
    "file of a descriptor scan",
    Group(
        {"sets": table(_Head), **{name: _part(kind) for name, kind in _PARTS.items()}},
        {"molecule": str, "window": str, "repeated?": object},
    ),
)


@dataclasses.dataclass(frozen=True)
class DescriptorScan:
    """What was found of one molecule under many descriptors.

    Parameters
    ----------
    molecule : str
    window : str
        Energy window, such as ``0-20`` (kJ/mol).
    sets : list of ScannedSet
    """

    molecule: str
    window: str
    sets: list[ScannedSet]


def write_scan(path: PathLike, scan: DescriptorScan, record: dict) -> None:
    """Write the file of a descriptor scan; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    scan : DescriptorScan
    record : dict
        Provenance.
    """
    with new_file(path, LAYOUT, record, molecule=scan.molecule, window=scan.window) as file:
        heads = [_Head(*(getattr(one, field.name) for field in dataclasses.fields(_Head))) for one in scan.sets]
        file.rows("sets", heads, _Head)
        for name, kind in _PARTS.items():
            table = file.rows(name, [row for one in scan.sets for row in getattr(one, name)], kind)
            table.put("set", np.repeat(np.arange(len(scan.sets)), [len(getattr(one, name)) for one in scan.sets]))


def read_scan(path: PathLike) -> DescriptorScan:
    """Read the file of a descriptor scan.

    Raises
    ------
    InputError
        The file is missing or is not of this kind.
    """
    return read_file(path, _scan, LAYOUT)


def _scan(file: Part) -> DescriptorScan:
    heads = file.rows("sets", _Head)
    parts: dict[str, list[list]] = {name: [[] for _ in heads] for name in _PARTS}
    for name, kind in _PARTS.items():
        numbers = file.parts[name]["set"]
        if np.any(numbers >= len(heads)):
            raise file.refuse(f"{name} of a set that is not there")
        for number, row in zip(numbers, file.rows(name, kind), strict=True):
            parts[name][number].append(row)
    sets = [
        ScannedSet(**dataclasses.asdict(head), estimates=parts["estimates"][number], counts=parts["counts"][number])
        for number, head in enumerate(heads)
    ]
    return DescriptorScan(file.attributes["molecule"], file.attributes["window"], sets)
