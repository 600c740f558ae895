"""What the maps of the two leading principal components keep of the neighbours of their structures, and the file."""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.points.quality import map_quality
from crystalspan.points.settings import Preparation
from crystalspan.spectra.file import StoredSpectrum
from crystalspan.spectra.rows import PreparedRows
from crystalspan.spectra.settings import every_component
from crystalspan.storage import Group, Layout, Part, Writer, new_file, read_file

STAGE = "quality"
LAYOUT = Layout(STAGE, "file of maps' quality", Group({"*": Group({"*": Group({}, {"molecule": str, "*": float})})}))


@dataclasses.dataclass(frozen=True)
class LeadingMap:
    """How well the map of the two leading components of one spectrum keeps neighbours.

    Parameters
    ----------
    molecule, space_group, window : str
    quality : dict
        As from `map_quality`; empty for fewer than four structures.
    """

    molecule: str
    space_group: str
    window: str
    quality: dict


def leading_maps(
    joined: JoinedDescriptors, spectra: Iterable[StoredSpectrum], preparation: Preparation, neighbours: int
) -> Iterator[LeadingMap]:
    """Judge the map of the two leading components of each spectrum against the points it was made of.

    Parameters
    ----------
    joined : JoinedDescriptors
        All descriptors of the molecule.
    spectra : iterable of StoredSpectrum
        With their scores and the names of their structures.
    preparation : Preparation
        As of the spectra.
    neighbours : int
        Nearest neighbours that are compared.

    Raises
    ------
    InputError
        The descriptors of a structure of the spectra are missing.
    """
    settings = dataclasses.replace(every_component(2), **dataclasses.asdict(preparation))
    for one in spectra:
        quality = {}
        if one.scores.shape[1]:
            rows = PreparedRows(joined.named(one.id), settings)
            quality = map_quality(rows, one.scores[:, :2], neighbours)
        yield LeadingMap(one.molecule, one.space_group, one.window, quality)


def write_leading_maps(path: Path, maps: Iterable[LeadingMap], record: dict) -> None:
    """Write what the maps keep (HDF5, a group ``SPACE_GROUP/WINDOW`` each); the file appears when it is complete."""
    with new_file(path, LAYOUT, record) as file:
        groups: dict[str, Writer] = {}
        for one in maps:
            if one.space_group not in groups:
                groups[one.space_group] = file.group(one.space_group)
            groups[one.space_group].group(one.window, molecule=one.molecule, **one.quality)


def read_leading_maps(paths: Iterable[Path]) -> dict[tuple[str, str, str], dict]:
    """Return what the maps keep, by molecule, space group and window.

    Raises
    ------
    InputError
        A file is missing or is not of that kind.
    """
    found: dict[tuple[str, str, str], dict] = {}
    for path in paths:
        found |= read_file(path, _read, LAYOUT)
    return found


def _read(file: Part) -> dict:
    return {
        (group.attributes["molecule"], space_group, window): {
            name: value for name, value in group.attributes.items() if name != "molecule"
        }
        for space_group, windows in file.parts.items()
        for window, group in windows.parts.items()
    }
