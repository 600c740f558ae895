"""The file of a descriptor scan: a table of sets, and the estimates and counts of all of them in two more."""

import dataclasses
from pathlib import Path

import numpy as np

from crystalspan.dimension.estimators.estimate import Estimate
from crystalspan.dimension.resampling import CountInterval
from crystalspan.scan.scan import ScannedSet
from crystalspan.storage import get_rows, new_file, put_rows, read_file

STAGE = "scan"
# The parts of a set, each in a table of its own with a column that says of which set a row is.
_PARTS = {"estimates": Estimate, "counts": CountInterval}
_Head = dataclasses.make_dataclass(
    "_Head",
    [(field.name, field.type) for field in dataclasses.fields(ScannedSet) if field.name not in _PARTS],
    frozen=True,
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


def write_scan(path, scan: DescriptorScan, record: dict):
    """Write the file of a descriptor scan; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    scan : DescriptorScan
    record : dict
        Provenance.
    """
    with new_file(path, record) as file:
        file.attrs["molecule"], file.attrs["window"] = scan.molecule, scan.window
        heads = [_Head(*(getattr(one, field.name) for field in dataclasses.fields(_Head))) for one in scan.sets]
        put_rows(file, "sets", heads, _Head)
        for name, kind in _PARTS.items():
            rows = [row for one in scan.sets for row in getattr(one, name)]
            put_rows(file, name, rows, kind)
            file[name]["set"] = np.repeat(np.arange(len(scan.sets)), [len(getattr(one, name)) for one in scan.sets])


def read_scan(path) -> DescriptorScan:
    """Read the file of a descriptor scan.

    Raises
    ------
    InputError
        The file is missing or is not of this kind.
    """
    return read_file(Path(path), _scan, STAGE)


def _scan(file) -> DescriptorScan:
    heads = get_rows(file, "sets", _Head)
    parts = {name: [[] for _ in heads] for name in _PARTS}
    for name, kind in _PARTS.items():
        for number, row in zip(file[name]["set"][...], get_rows(file, name, kind), strict=True):
            parts[name][number].append(row)
    sets = [
        ScannedSet(**dataclasses.asdict(head), **{name: parts[name][number] for name in _PARTS})
        for number, head in enumerate(heads)
    ]
    return DescriptorScan(str(file.attrs["molecule"]), str(file.attrs["window"]), sets)
