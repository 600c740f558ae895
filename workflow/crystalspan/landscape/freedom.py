"""The degrees of freedom of each structure of a landscape: its own space group, Z' and site symmetries."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.crystallography import freedom
from crystalspan.formats.records import Settings
from crystalspan.landscape.file import LAYOUT
from crystalspan.landscape.molecules import Checked
from crystalspan.storage import open_file


def own_degrees_of_freedom(checked: Checked, table: Settings) -> np.ndarray:
    """Count the independent parameters of crystals of rigid molecules, (s,) int16.

    Parameters
    ----------
    checked : Checked
    table : Settings
        The structures' own settings name the operations of their whole space groups.
    """
    of_group = {
        setting: freedom.free_cell(table.rotations[setting]) - freedom.free_origin(table.rotations[setting])
        for setting in {structure.setting for structure in checked.structures}
    }
    groups = np.array([of_group[structure.setting] for structure in checked.structures], dtype=np.int16)
    return groups + checked.motions.astype(np.int16)


def freedom_by_group(path: PathLike) -> dict[int, Counter]:
    """Return how many analysed structures of each space group of a landscape file have how many degrees of freedom.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    dict of int to Counter
        For each space group the number of structures by their degrees of freedom, such as
        ``{14: Counter({10: 120, 16: 7})}``.

    Raises
    ------
    InputError
        The file is missing or is not a landscape file.
    """
    found: dict[int, Counter] = {}
    with open_file(path, LAYOUT) as file:
        analysed = file["analysed"]
        groups, numbers = file["space_group"][analysed], file["degrees_of_freedom"][analysed]
    for group, number in zip(groups.tolist(), numbers.tolist(), strict=True):
        found.setdefault(group, Counter())[number] += 1
    return dict(sorted(found.items()))


def freedom_of(paths: Iterable[PathLike]) -> dict[str, dict[int, Counter]]:
    """Return the same of several landscape files, by molecule."""
    found = {}
    for path in paths:
        with open_file(path, LAYOUT) as file:
            name = file.attributes["molecule"]
        found[name] = freedom_by_group(path)
    return found
