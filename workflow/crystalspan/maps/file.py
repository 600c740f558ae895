"""Map files: a group ``SPACE_GROUP/WINDOW`` for each set of structures, in it a group for each method."""

import dataclasses
from collections.abc import Iterable

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.maps.embeddings import StructureMap
from crystalspan.storage import TEXT, Array, Group, Layout, Part, Writer, new_file, read_file

_MAP = Group(
    {"coordinates": Array("float64", ("n", "axes")), "map_quality": Group({}, {"*": float})},
    {"number": int, "flag": str, "note": str, "settings": object},
)
_NAMES = ("molecule", "space_group", "window")
_POPULATION = Group(
    {"id": Array(TEXT, ("n",)), "relative_energy": Array("float64", ("n",)), "*": _MAP},
    {"number": int, "n_structures": int, **dict.fromkeys(_NAMES, str)},
)
LAYOUT = Layout("maps", "map file", Group({"*": Group({"*": _POPULATION})}, {"descriptor_settings?": object}))


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
    id : (n,) str
        Of the structures that were mapped.
    relative_energy : (n,) float64
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


def write_maps(path: PathLike, populations: Iterable[MappedPopulation], record: dict) -> None:
    """Write a map file; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    populations : iterable of MappedPopulation
        May make each one when its turn comes.
    record : dict
        Provenance.
    """
    with new_file(path, LAYOUT, record) as file:
        groups: dict[str, Writer] = {}
        for number, one in enumerate(populations):
            if one.space_group not in groups:
                groups[one.space_group] = file.group(one.space_group)
            names = {name: getattr(one, name) for name in (*_NAMES, "n_structures")}
            group = groups[one.space_group].group(one.window, number=number, **names)
            group.put("id", one.id)
            group.put("relative_energy", one.relative_energy)
            for place, made in enumerate(one.maps):
                part = group.group(made.method, number=place, flag=made.flag, note=made.note, settings=made.settings)
                part.put("coordinates", made.coordinates)
                part.group("map_quality", **made.quality)


def read_maps(paths: Iterable[PathLike]) -> list[MappedPopulation]:
    """Read map files, in the order of the files and within a file as they were written.

    Raises
    ------
    InputError
        A file is missing or is not a map file.
    """
    return [one for path in paths for one in read_file(path, _populations, LAYOUT)]


def _populations(file: Part) -> list[MappedPopulation]:
    return [
        _population(group)
        for group in _in_order(part for group in file.parts.values() for part in group.parts.values())
    ]


def _in_order(parts) -> list[Part]:
    return sorted(parts, key=lambda part: part.attributes["number"])


def _population(group: Part) -> MappedPopulation:
    return MappedPopulation(
        **{name: group.attributes[name] for name in (*_NAMES, "n_structures")},
        id=group["id"],
        relative_energy=group["relative_energy"],
        maps=[_map(part) for part in _in_order(group.parts.values())],
    )


def _map(part: Part) -> StructureMap:
    return StructureMap(
        method=part.name,
        **{name: part.attributes[name] for name in ("flag", "note", "settings")},
        coordinates=part["coordinates"],
        quality=part.parts["map_quality"].attributes,
    )
