"""A landscape cut into its space groups, so that only the groups that changed are described again."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from crystalspan.arrays import PathLike
from crystalspan.landscape.file import Landscape, write_landscape


def slice_path(folder: PathLike, space_group: int) -> Path:
    """Return where the landscape file of one space group lies below the results of a molecule."""
    return Path(folder) / str(space_group) / "landscape.h5"


def write_slices(folder: PathLike, landscape: Landscape, space_groups: Iterable[int]) -> None:
    """Write the analysed structures of each space group into a landscape file of their own.

    A file depends on nothing but its structures, their relative energies, the reference molecule and the settings: it
    is the same, byte for byte, when the sources are read again and hold something new in other groups only.

    Parameters
    ----------
    folder : path-like
        The files are ``FOLDER/SPACE_GROUP/landscape.h5``.
    landscape : Landscape
    space_groups : iterable of int
        Space-group numbers; a group without structures gets an empty file.
    """
    # What was read besides must not show.
    provenance = {key: value for key, value in landscape.provenance.items() if key != "inputs"}
    for number in space_groups:
        part = landscape.subset(landscape.analysed & (landscape.space_group == number)).with_own_settings()
        write_landscape(slice_path(folder, number), dataclasses.replace(part, provenance=provenance))
