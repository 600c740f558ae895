"""What the columns of a table of energies hold, by their headings: English or German, with or without units."""

import dataclasses
import functools
import re
from typing import NamedTuple

from crystalspan.formats.interface import shortened
from crystalspan.formats.units import Unit, find_unit, per_what, plain

# In the order of preference: a table may have several.
_IDENTITY = (
    "id", "label", "filename", "file name", "file", "identifier", "structure id", "structure name", "crystal id",
    "structure", "name", "crystal", "dateiname", "datei", "bezeichnung", "bezeichner", "kennung", "strukturname",
    "struktur",
)  # fmt: skip
_LATTICE = (
    "lattice energy", "latt energy", "total lattice energy", "crystal lattice energy", "elatt", "e latt", "elattice",
    "e lattice", "ulatt", "u latt", "gitterenergie",
)  # fmt: skip
_TOTAL = ("energy", "total energy", "etot", "e tot", "energie", "gesamtenergie")
_RELATIVE = (
    "relative energy", "rel energy", "relative e", "rel e", "erel", "e rel", "delta e", "de", "δe", "δ e", "δ energy",
    "delta energy", "energy difference", "relative energie", "rel energie", "energiedifferenz",
)  # fmt: skip
_RELATIVE_LATTICE = (
    "relative lattice energy", "rel lattice energy", "δe latt", "δ e latt", "delta e latt", "δelatt", "delta elatt",
    "relative gitterenergie",
)  # fmt: skip
_UNITS = ("unit", "units", "energy unit", "energy units", "einheit")
_CONFORMER = ("conformer name", "conformer")
_GROUP = ("spacegroup", "spg", "spacegroupnumber", "raumgruppe")
_DENSITY = {"density", "dichte", "calc", "calculated"}
_DENSITY_UNITS = {"g", "cm", "gcm", "kg", "m", "kgm", "mg", "mm", "per", "cc"}
_IDENTITIES = frozenset(_IDENTITY)
_ORNAMENT = " \t#:*\"'"
_LONGEST_HEADING = 200
_NAME_END = re.compile(r"[(\[/,;:]| in ")
_NO_BASIS = "says not what the energies are of: write per molecule, or per cell"


class Energy(NamedTuple):
    """A column of energies, by its heading.

    Attributes
    ----------
    heading : str
    relative : bool
        They count from the global minimum.
    lattice : bool
        They are called lattice energies: those of one molecule, in any unit.
    unit : Unit or None
        None when the heading names none.
    per : str
        ``molecule`` or ``cell`` where the heading says so without a unit, or ''.
    problem : str
        Why its values cannot be taken.
    """

    heading: str
    relative: bool
    lattice: bool
    unit: Unit | None = None
    per: str = ""
    problem: str = ""

    def scale(self, elsewhere: Unit | None = None) -> tuple[float, str, str]:
        """Return the factor to kJ/mol, ``molecule`` or ``cell``, and why the two cannot be told.

        A lattice energy is that of one molecule, and so is an energy in kJ/mol or kcal/mol; an energy in another unit
        must say what it is of.

        Parameters
        ----------
        elsewhere : Unit, optional
            What is said beside the value, or above the table; it counts where the heading names no unit.
        """
        unit = self.unit or elsewhere
        if self.problem:
            return 1.0, "molecule", self.problem
        if unit is None:
            return 1.0, self.per or "molecule", ""
        basis = unit.basis if unit.basis in ("molecule", "cell") else self.per
        if not basis and (self.lattice or unit.basis == "mol"):
            basis = "molecule"
        return unit.factor, basis, "" if basis else f"{self.heading!r} {_NO_BASIS}"


@dataclasses.dataclass(slots=True)
class TableColumns:
    """Which columns of a table hold what; they count from 0."""

    identity: int
    energy: int | None = None
    relative: int | None = None
    density: int | None = None
    density_factor: float = 1.0
    space_group: int | None = None
    unit: int | None = None
    refcode: int | None = None
    conformer: int | None = None
    energies: dict[int, Energy] = dataclasses.field(default_factory=dict)
    width: int = 0


def is_identity(cell: str) -> bool:
    """Tell the heading of a column of names."""
    if len(cell) > _LONGEST_HEADING:
        return False
    return cell.strip(_ORNAMENT).lower().replace("_", " ") in _IDENTITIES


def columns_of(cells: list[str]) -> list[TableColumns]:
    """Return the columns of a heading: of each of the tables that stand side by side under it; none is no heading."""
    cells = [cell[:_LONGEST_HEADING] for cell in cells]
    names = [_name(cell) for cell in cells]
    identity = next((word for word in _IDENTITY if word in names), None)
    if identity is None:
        return []
    starts = [i for i, name in enumerate(names) if name == identity]
    if len(starts) == 1:
        return [_columns(cells, 0, len(cells), starts[0])]
    ends = [*starts[1:], len(cells)]
    return [_columns(cells, start, end, start) for start, end in zip(starts, ends, strict=True)]


def _columns(cells, start, end, identity) -> TableColumns:
    columns = TableColumns(identity, width=len(cells))
    for i in range(start, end):
        name, energy = _name(cells[i]), energy_heading(cells[i])
        if energy is not None:
            columns.energies[i] = energy
        elif name in _UNITS and columns.unit is None:
            columns.unit = i
        elif name == "refcode" and columns.refcode is None:
            columns.refcode = i
        elif name in _CONFORMER and columns.conformer is None:
            columns.conformer = i
        elif name.replace(" ", "") in _GROUP and columns.space_group is None:
            columns.space_group = i
        elif columns.density is None and (factor := _density(name)):
            columns.density, columns.density_factor = i, factor
    columns.energy, columns.relative = _first(columns.energies, False), _first(columns.energies, True)
    return columns


def _first(energies, relative) -> int | None:
    """Return the first column of which unit and basis are known, lattice energies before others, or else the first."""
    of_this_kind = [i for i, one in energies.items() if one.relative == relative]
    return min(of_this_kind, key=lambda i: (energies[i].scale()[2] != "", not energies[i].lattice), default=None)


@functools.lru_cache(maxsize=4096)
def _name(cell: str) -> str:
    return plain(cell).strip(_ORNAMENT)


def _density(name: str) -> float:
    """Return what turns values under a heading into g/cm3; 0 when they are no densities."""
    words = set(re.findall("[a-zäöüψ]+", name))
    if not words & {"density", "dichte"} or words - _DENSITY - _DENSITY_UNITS:
        return 0.0
    return 1e-3 if words & {"kg", "kgm"} else 1.0


@functools.lru_cache(maxsize=4096)
def energy_heading(cell: str) -> Energy | None:
    """Tell a column of lattice energies or relative energies from others, such as free or zero-point energies.

    ``Lattice Energy /kJmol-1``, ``energy (kcal/mol)``, ``E_latt [eV/molecule]``, ``Gitterenergie`` are such columns.
    """
    text, heading = _name(cell), shortened(cell.strip())
    found = find_unit(text)
    if found is not None:
        unit, rest = found
        kind = _kind(rest) or ("total" if _words(rest) == "e" else None)
        return None if kind is None else Energy(heading, *_flags(kind), unit)
    per, rest = per_what(text)
    kind = _kind(rest)
    if kind is not None:
        return Energy(heading, *_flags(kind), None, per)
    name = _NAME_END.split(text, maxsplit=1)
    kind = _kind(name[0]) if len(name) == 2 else None
    return None if kind is None else Energy(heading, *_flags(kind), problem=f"the unit in {heading!r} is not known")


def _flags(kind: str) -> tuple[bool, bool]:
    """Return whether energies of a kind are relative, and whether they are of lattices by name."""
    return kind.startswith("relative"), kind.endswith("lattice")


def _words(text: str) -> str:
    """Return the words of a heading without punctuation and short numbers, which count columns."""
    words = re.findall(r"[^\W\d]+|\d+", text)
    while words and words[-1] == "in":
        words.pop()
    return " ".join(word for word in words if not (word.isdecimal() and len(word) < 3))


def _kind(text: str) -> str | None:
    return _KINDS.get(_words(text))


_KINDS = {
    **dict.fromkeys(_LATTICE, "lattice"),
    **dict.fromkeys(_TOTAL, "total"),
    **dict.fromkeys(_RELATIVE, "relative"),
    **dict.fromkeys(_RELATIVE_LATTICE, "relative lattice"),
}
