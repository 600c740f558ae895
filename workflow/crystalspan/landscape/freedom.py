"""The degrees of freedom of each structure of a landscape: its own space group, Z' and site symmetries."""

import dataclasses
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.crystallography import freedom
from crystalspan.formats.records import Settings
from crystalspan.landscape.file import LAYOUT
from crystalspan.landscape.molecules import Checked
from crystalspan.storage import open_file
from crystalspan.study import in_interval, parse_interval


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


class Counted(NamedTuple):
    """The analysed structures of a landscape, in columns (n,): what counts their degrees of freedom.

    Attributes
    ----------
    space_group, degrees_of_freedom : (n,) int16
    relative_energy : (n,) float64, kJ/mol
    """

    space_group: np.ndarray
    degrees_of_freedom: np.ndarray
    relative_energy: np.ndarray


@dataclasses.dataclass(frozen=True)
class Freedom:
    """The degrees of freedom of the analysed structures of landscapes.

    Parameters
    ----------
    molecules : dict of str to Counted
    """

    molecules: dict[str, Counted]

    def of(self, molecule: str, groups: Iterable[str | int], window: str = "") -> Counter:
        """Count a molecule's structures by their degrees of freedom.

        Parameters
        ----------
        molecule : str
        groups : iterable of str or int
            Space groups; other labels (``all``) are passed over.
        window : str
            Energy window, such as ``0-10``; any text without a hyphen takes all structures.

        Returns
        -------
        Counter
            Such as ``{10: 120, 16: 7}``; empty where no structure is known.
        """
        if molecule not in self.molecules:
            return Counter()
        found = self.molecules[molecule]
        chosen = np.isin(found.space_group, [int(group) for group in groups if str(group).isdigit()])
        chosen &= found.degrees_of_freedom > 0
        if "-" in window:
            chosen &= in_interval(found.relative_energy, *parse_interval(window))
        return Counter(found.degrees_of_freedom[chosen].tolist())


def freedom_of(paths: Iterable[PathLike]) -> Freedom:
    """Read how many degrees of freedom the analysed structures of landscape files have.

    Raises
    ------
    InputError
        A file is missing or is not a landscape file.
    """
    found = {}
    for path in paths:
        with open_file(path, LAYOUT) as file:
            rows = file["analysed"]
            found[file.attributes["molecule"]] = Counted(*(file[name][rows] for name in Counted._fields))
    return Freedom(found)


def commonest(counted: Counter) -> int:
    """Return the commonest number; of equally common ones the lowest."""
    return min(counted, key=lambda number: (-counted[number], number))


# Columns of tables that have a row for each set of structures.
FREEDOM_CELLS = ("degrees_of_freedom", "freedom_fewest", "freedom_most")


def freedom_cells(counted: Counter) -> dict[str, int | None]:
    """Return the commonest number, the fewest and the most, as cells of a table; None where no structure is known."""
    found = (commonest(counted), min(counted), max(counted)) if counted else (None,) * 3
    return dict(zip(FREEDOM_CELLS, found, strict=True))


def freedom_text(counted: Counter) -> str:
    """Return them in words, such as ``7 to 16 degrees of freedom, mostly 10``; empty where none is known."""
    if not counted:
        return ""
    if len(counted) == 1:
        return f"{min(counted)} degrees of freedom"
    return f"{min(counted)} to {max(counted)} degrees of freedom, mostly {commonest(counted)}"
