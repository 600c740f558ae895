"""What stands in ``structures.csv``, column by column; its descriptions in every format follow from here."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from crystalspan.crystallography import cell
from crystalspan.export.split import Split
from crystalspan.landscape.file import Landscape

INTEGER, FLOAT, TEXT = "integer", "float", "string"


@dataclasses.dataclass(frozen=True, eq=False)
class NamedCrystals:
    """What the columns are made of.

    Parameters
    ----------
    landscape : Landscape
    names : (n,) list of str
        See `crystalspan.export.names`.
    split : Split
    """

    landscape: Landscape
    names: Sequence[str]
    split: Split

    @property
    def molecules(self) -> np.ndarray:
        """Molecules in each cell, (n,) int64."""
        land = self.landscape
        listed = np.diff(land.atom_offset) // max(len(land.reference_atomic_number), 1)
        return listed * np.diff(land.setting_offset)[land.setting]


@dataclasses.dataclass(frozen=True)
class Property:
    """One column.

    Parameters
    ----------
    name : str
    kind : str
        ``integer``, ``float`` or ``string``.
    unit, about : str
    values : callable (NamedCrystals) -> sequence of n values
    served : bool
        Whether an OPTIMADE service has it beside the structure.
    """

    name: str
    kind: str
    unit: str
    about: str
    values: Callable[[NamedCrystals], Sequence]
    served: bool = False


def _of_cell(place: int) -> Callable[[NamedCrystals], Sequence]:
    return lambda crystals: crystals.landscape.cell[:, place].tolist()


def _of_landscape(name: str) -> Callable[[NamedCrystals], Sequence]:
    return lambda crystals: np.asarray(getattr(crystals.landscape, name)).tolist()


def _volumes(crystals: NamedCrystals) -> list[float]:
    volumes = cell.volume(cell.cell_matrix(crystals.landscape.cell))
    return (volumes / crystals.molecules).tolist()


def _named(crystals: NamedCrystals, ids: Iterable) -> list[str]:
    names = dict(zip(map(str, crystals.landscape.id), crystals.names, strict=True))
    return [names.get(str(one), "") for one in ids]


def _sources(crystals: NamedCrystals) -> list[str]:
    """Files and records, without the folders of the machine that read them."""
    inputs = crystals.landscape.provenance.get("inputs")
    folders = {str(path): file_name(str(path)) for path in (inputs if isinstance(inputs, dict) else ())}
    return [_without_folder(str(source), folders) for source in crystals.landscape.source]


def _without_folder(source: str, folders: dict[str, str]) -> str:
    for path, name in folders.items():
        if source.startswith(path):
            return name + source[len(path) :]
    return source


def file_name(path: str) -> str:
    """The last part of a path."""
    return path.rstrip("/").rpartition("/")[2]


def _other_ids(crystals: NamedCrystals) -> list[str]:
    pairs = zip(map(str, crystals.landscape.id), crystals.names, strict=True)
    return [one if one != name else "" for one, name in pairs]


PROPERTIES = (
    Property("id", TEXT, "", "name of the crystal, and of its CIF in structures.zip", lambda c: c.names),
    Property("rank", INTEGER, "", "1: the lowest lattice energy", lambda c: range(1, len(c.names) + 1), True),
    Property("lattice_energy", FLOAT, "kJ/mol", "lattice energy per molecule", _of_landscape("lattice_energy"), True),
    Property(
        "relative_energy",
        FLOAT,
        "kJ/mol",
        "lattice energy above the lowest one",
        _of_landscape("relative_energy"),
        True,
    ),
    Property("density", FLOAT, "g/cm3", "mass of the atoms in the volume of the cell", _of_landscape("density"), True),
    Property("space_group", INTEGER, "", "number of the space group", _of_landscape("space_group"), True),
    Property(
        "space_group_symbol",
        TEXT,
        "",
        "its standard symbol; the cell may be in another setting",
        _of_landscape("space_group_symbol"),
        True,
    ),  # fmt: skip
    Property("z", INTEGER, "", "molecules in the cell", lambda c: c.molecules.tolist(), True),
    Property("z_prime", FLOAT, "", "molecules in the asymmetric unit", _of_landscape("z_prime"), True),
    *(Property(name, FLOAT, "angstrom", "edge of the cell", _of_cell(i)) for i, name in enumerate("abc")),
    *(
        Property(name, FLOAT, "degrees", "angle of the cell", _of_cell(i + 3))
        for i, name in enumerate(("alpha", "beta", "gamma"))
    ),
    Property("volume_per_molecule", FLOAT, "angstrom3", "volume of the cell per molecule", _volumes, True),
    Property(
        "conformer",
        INTEGER,
        "",
        "shape of the molecule: 0 the reference's, -1 several",
        _of_landscape("conformer"),
        True,
    ),  # fmt: skip
    Property(
        "duplicate_of",
        TEXT,
        "",
        "the crystal of lower energy that this one repeats; empty: none",
        lambda c: _named(c, c.landscape.duplicate_of),
    ),  # fmt: skip
    Property("split", TEXT, "", "train, validation or test", lambda c: c.split.part, True),
    Property(
        "split_group",
        TEXT,
        "",
        "crystals of one group are in one part: duplicates and relatives",
        lambda c: _named(c, c.split.group),
    ),  # fmt: skip
    Property("source", TEXT, "", "file and record that the crystal was read from", _sources),
    Property("original_id", TEXT, "", "the crystal's id where it is no plain name", _other_ids),
)


def table_rows(crystals: NamedCrystals) -> list[tuple]:
    """The rows of ``structures.csv``, in the order of the landscape."""
    return list(zip(*(one.values(crystals) for one in PROPERTIES), strict=True))
