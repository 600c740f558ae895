"""The file of the comparison: a group ``MOLECULE/SPACE_GROUP/WINDOW`` for each cut at the study's numbers."""

import dataclasses
import typing
from collections.abc import Iterable
from pathlib import Path

from crystalspan.arrays import PathLike
from crystalspan.spectra.comparison import CutSpectrum
from crystalspan.storage import new_file, read_file

STAGE = "compare"
_ARRAYS = ("eigenvalues", "singular_values")


def write_cuts(path: PathLike, cuts: Iterable[CutSpectrum], record: dict) -> None:
    """Write the file of a comparison; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    cuts : iterable of CutSpectrum
        Of one molecule or several.
    record : dict
        Provenance, of the stage `STAGE`.
    """
    with new_file(path, record) as file:
        for number, cut in enumerate(cuts):
            group = file.create_group(f"{cut.molecule}/{cut.space_group}/{cut.window}")
            group.attrs["number"] = number
            for field in dataclasses.fields(CutSpectrum):
                value = getattr(cut, field.name)
                if field.name in _ARRAYS:
                    group[field.name] = value
                else:
                    group.attrs[field.name] = value


def read_cuts(path: PathLike) -> list[CutSpectrum]:
    """Read the file of a comparison, in the order in which it was written.

    Raises
    ------
    InputError
        The file is missing or is not of this kind.
    """
    return read_file(Path(path), _cuts, STAGE)


def _cuts(file) -> list[CutSpectrum]:
    groups = [window for molecule in file.values() for group in molecule.values() for window in group.values()]
    groups.sort(key=lambda group: int(group.attrs["number"]))
    return [_cut(group) for group in groups]


def _cut(group) -> CutSpectrum:
    kinds = {name: kind for name, kind in typing.get_type_hints(CutSpectrum).items() if name not in _ARRAYS}
    scalars = {name: kind(group.attrs[name]) for name, kind in kinds.items()}
    return CutSpectrum(**scalars, **{name: group[name][...] for name in _ARRAYS})
