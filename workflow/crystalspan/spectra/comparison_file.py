"""The file of the comparison: a group ``SPACE_GROUP/WINDOW`` for each cut at the study's numbers of structures."""

import typing
from collections.abc import Iterable
from typing import Any

from crystalspan.arrays import PathLike
from crystalspan.spectra.comparison import CutSpectrum
from crystalspan.storage import Array, Group, Layout, Part, Writer, new_file, read_file

STAGE = "compare"
_ARRAYS = {"eigenvalues": Array("float64", ("r",)), "singular_values": Array("float64", ("r",))}
_SCALARS = {name: kind for name, kind in typing.get_type_hints(CutSpectrum).items() if name not in _ARRAYS}
_CUT = Group(_ARRAYS, {**_SCALARS, "number": int})
LAYOUT = Layout(
    STAGE, "comparison file", Group({"*": Group({"*": _CUT})}, {"settings": object, "descriptor_settings?": object})
)


def write_cuts(path: PathLike, cuts: Iterable[CutSpectrum], record: dict) -> None:
    """Write the file of a comparison; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    cuts : iterable of CutSpectrum
        Of one molecule.
    record : dict
        Provenance, of the stage `STAGE`.
    """
    with new_file(path, LAYOUT, record) as file:
        groups: dict[str, Writer] = {}
        for number, cut in enumerate(cuts):
            if cut.space_group not in groups:
                groups[cut.space_group] = file.group(cut.space_group)
            scalars = {name: getattr(cut, name) for name in _SCALARS}
            group = groups[cut.space_group].group(cut.window, number=number, **scalars)
            for name in _ARRAYS:
                group.put(name, getattr(cut, name))


def read_cuts(paths: Iterable[PathLike]) -> list[CutSpectrum]:
    """Read the files of comparisons, each in the order in which it was written.

    Raises
    ------
    InputError
        A file is missing or is not of this kind.
    """
    return [cut for path in paths for cut in read_file(path, _cuts, LAYOUT)]


def _cuts(file: Part) -> list[CutSpectrum]:
    groups = [window for group in file.parts.values() for window in group.parts.values()]
    groups.sort(key=lambda group: group.attributes["number"])
    return [_cut(group) for group in groups]


def _cut(group: Part) -> CutSpectrum:
    stored: dict[str, Any] = {name: group.attributes[name] for name in _SCALARS}
    return CutSpectrum(**stored | {name: group[name] for name in _ARRAYS})
