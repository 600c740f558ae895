"""Map files: a group ``SPACE_GROUP/WINDOW`` for each set of structures, in it a group for each method."""

import dataclasses
from pathlib import Path

import h5py
import numpy as np

from crystalspan.errors import InputError
from crystalspan.maps.embeddings import StructureMap
from crystalspan.provenance import atomic_output
from crystalspan.storage import read_attributes, write_attributes

_TEXT = h5py.string_dtype()


@dataclasses.dataclass(frozen=True)
class MappedPopulation:
    """The maps of a space group (or all) in a window.

    Parameters
    ----------
    molecule : str
    space_group : str
        Number, or ``all``.
    window : str
        Such as ``0-20`` (kJ/mol).
    n_structures : int
        Structures of the window; the maps may show a random part of them.
    id : ndarray (n,) str
        Of the structures that were mapped.
    relative_energy : ndarray (n,) float64
        kJ/mol.
    maps : list of StructureMap
        One a method.
    """

    molecule: str
    space_group: str
    window: str
    n_structures: int
    id: np.ndarray
    relative_energy: np.ndarray
    maps: list[StructureMap]


def write_maps(path, populations, record: dict):
    """Write a map file; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    populations : iterable of MappedPopulation
        May make each one when its turn comes.
    record : dict
        Provenance.
    """
    with atomic_output(path) as temporary, h5py.File(temporary, "w") as file:
        write_attributes(file, record)
        for number, one in enumerate(populations):
            group = file.create_group(f"{one.space_group}/{one.window}")
            write_attributes(group, {name: getattr(one, name) for name in ("molecule", "space_group", "window")})
            group.attrs["number"], group.attrs["n_structures"] = number, one.n_structures
            group.create_dataset("id", data=np.asarray(one.id, dtype=object), dtype=_TEXT)
            group["relative_energy"] = one.relative_energy
            for place, made in enumerate(one.maps):
                _put_map(group.create_group(made.method), place, made)


def _put_map(group, place, made: StructureMap):
    group.attrs["number"] = place
    write_attributes(group, {"flag": made.flag, "note": made.note, "settings": made.settings})
    group["coordinates"] = made.coordinates
    quality = group.create_group("map_quality")
    for name, value in made.quality.items():
        quality.attrs[name] = value


def read_maps(paths) -> list[MappedPopulation]:
    """Read map files, in the order of the files and within a file as they were written.

    Raises
    ------
    InputError
        A file is missing or is not a map file.
    """
    return [one for path in paths for one in _read(Path(path))]


def _read(path: Path) -> list[MappedPopulation]:
    if not path.is_file():
        raise InputError("there is no such file", file=path, remedy="run maps first, or mend the path")
    try:
        with h5py.File(path, "r") as file:
            if file.attrs["stage"] != "maps":
                raise KeyError("it was written by another stage")
            groups = [window for group in file.values() for window in group.values()]
            return [_population(group) for group in _in_order(groups)]
    except (OSError, KeyError, AttributeError, TypeError, ValueError) as error:
        raise InputError(
            f"this is not a map file ({error})", file=path, remedy="give a file that maps wrote"
        ) from error


def _in_order(groups):
    return sorted(groups, key=lambda group: int(group.attrs["number"]))


def _population(group) -> MappedPopulation:
    methods = [part for part in group.values() if isinstance(part, h5py.Group)]
    return MappedPopulation(
        **{name: str(group.attrs[name]) for name in ("molecule", "space_group", "window")},
        n_structures=int(group.attrs["n_structures"]),
        id=group["id"].asstr()[...],
        relative_energy=group["relative_energy"][...],
        maps=[_map(part) for part in _in_order(methods)],
    )


def _map(group) -> StructureMap:
    return StructureMap(
        method=group.name.rsplit("/", 1)[1],
        flag=str(group.attrs["flag"]),
        note=str(group.attrs["note"]),
        coordinates=group["coordinates"][...],
        quality={name: value.item() for name, value in group["map_quality"].attrs.items()},
        settings=read_attributes(group)["settings"],
    )
