"""What a reader hands on: a structure as its file gives it, or the reason why there is none."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import gemmi
import numpy as np

from crystalspan.arrays import ArrayLike
from crystalspan.crystallography import space_groups
from crystalspan.crystallography.lattices import full_operations
from crystalspan.errors import InputError


def printable(text: str) -> str:
    """Return a name with everything that cannot be written or seen (NUL, lone surrogates, line ends) as its escape.

    Names come from titles, JSON, databases and file systems, where they may hold anything; what is printed, written
    into HDF5 and compared is this.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


# Characters of a name that is kept as it is; a stranger's name of a million would fill every row of a landscape file.
_LONGEST = 1000


def plain_name(text: str) -> str:
    """Return a name as `printable` does; of one that is far too long its beginning and a digest that tells it apart."""
    text = printable(text)
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{text[: _LONGEST - 20]}...{digest}"


class _Row(NamedTuple):
    file: str
    record: str
    reason: str
    remedy: str


class Rejection(_Row):
    """One row of rejected.csv: file, record, reason and remedy, in letters that can be written."""

    __slots__ = ()

    def __new__(cls, file: str, record: str, reason: str, remedy: str):
        """Take a reason and a remedy, however they are written."""
        return super().__new__(cls, plain_name(file), plain_name(record), printable(reason), printable(remedy))


@dataclasses.dataclass(slots=True)
class RawStructure:
    """A crystal as its file gives it, before any check but that of its syntax.

    Attributes
    ----------
    file, record : str
        Where it stands: the source and the member, row or line in it. These names and the next are `plain_name`s.
    id : str
    energy, density : float
        kJ/mol and g/cm3 as stated; NaN when the file does not say.
    cell : tuple of 6 float, angstrom and degrees
    setting : int
        Row of the `Settings`.
    numbers : bytes, length n
        Atomic numbers of the listed atoms.
    fractional : (n, 3) float64
    energy_basis : str
        ``molecule`` when `energy` is the lattice energy of one molecule, ``cell`` when it is the total energy
        of all that the cell holds (AIRSS, ASE): still to be divided by the number of molecules.
    energy_is_relative : bool
        The energy counts from the source's global minimum.
    stated_space_group : str, int or None
        The label that the source gives; `setting` holds the operations that it lists, which may be fewer (P1 for
        a complete cell).
    complete_cell : bool
        All atoms of the cell are listed and no operations: the symmetry is to be found.
    isotopes : bytes, length n or 0
        Mass numbers of the atoms that are deuterium (2) or tritium (3), 0 for the others; empty where there are none.
        Chemically they are hydrogen, atomic number 1.
    why_no_energy : str
        What stands where an energy should, or why none could be taken from a table; '' when nothing is known.
    table_row : str
        The table and row that energy or density come from; '' when the structure's own file gives both.
    """

    file: str
    record: str
    id: str
    energy: float
    density: float
    cell: tuple[float, ...]
    setting: int
    numbers: bytes
    fractional: np.ndarray
    energy_basis: str = "molecule"
    energy_is_relative: bool = False
    stated_space_group: str | int | None = None
    complete_cell: bool = False
    isotopes: bytes = b""
    why_no_energy: str = ""
    table_row: str = ""

    def __post_init__(self):
        # Once, for every reader, and one look is all that it costs where nothing is wrong.
        names = self.id + self.record + self.file
        if len(names) > _LONGEST or not names.isprintable():
            self.id, self.record, self.file = map(plain_name, (self.id, self.record, self.file))
        if isinstance(self.stated_space_group, str):
            self.stated_space_group = printable(self.stated_space_group)

    @property
    def nuclides(self) -> list[int]:
        """Numbers that tell elements and isotopes apart, n of them: the atomic number, and more for D and T."""
        if not self.isotopes:
            return list(self.numbers)
        return [number + 200 * isotope for number, isotope in zip(self.numbers, self.isotopes, strict=True)]

    def only(self, atoms: Sequence[int] | np.ndarray, **changes: Any) -> "RawStructure":
        """Return the structure with some of its atoms (rows), and other changes."""
        isotopes = bytes(self.isotopes[i] for i in atoms) if self.isotopes else b""
        numbers = bytes(self.numbers[i] for i in atoms)
        return dataclasses.replace(
            self, numbers=numbers, isotopes=isotopes, fractional=self.fractional[atoms], **changes
        )

    def __reduce__(self):
        """Go from rank to rank with the coordinates as plain bytes: three times as fast as arrays one by one."""
        values = [getattr(self, name) for name in self.__slots__]
        values[_FRACTIONAL] = bytearray(self.fractional)
        return _unpacked, tuple(values)

    def reject(self, reason: str, remedy: str) -> Rejection:
        """Turn this structure down."""
        return Rejection(self.file, self.record, reason, remedy)


_FRACTIONAL = RawStructure.__slots__.index("fractional")


def _unpacked(*values) -> RawStructure:
    listed = list(values)
    listed[_FRACTIONAL] = np.frombuffer(listed[_FRACTIONAL]).reshape(-1, 3)
    return RawStructure(*listed)


_MOST_REMEMBERED = 10_000  # untrusted files must not fill the memory with one key each


@dataclasses.dataclass
class Settings:
    """The distinct sets of operations of a landscape; each is worked out once."""

    rotations: list[np.ndarray] = dataclasses.field(default_factory=list)
    translations: list[np.ndarray] = dataclasses.field(default_factory=list)
    space_group: list[int] = dataclasses.field(default_factory=list)
    _by_text: dict[tuple, int | InputError] = dataclasses.field(default_factory=dict)
    _by_value: dict[tuple, int] = dataclasses.field(default_factory=dict)
    _keys: list[tuple] = dataclasses.field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rotations)

    def from_text(
        self,
        latt: int,
        symm: tuple[str, ...],
        complete: Callable[..., tuple[np.ndarray, np.ndarray]] = full_operations,
    ) -> int:
        """Return the row of the operations that a LATT code and SYMM texts stand for.

        Parameters
        ----------
        latt : int
        symm : tuple of str
        complete : callable
            Makes all operations of the two: `full_operations`, or `generated_operations` where SYMM names generators.

        Raises
        ------
        InputError
            They stand for no space group; the answer is remembered as well.
        """
        key = (latt, symm, complete)
        known = self._by_text.get(key)
        if known is None:
            try:
                rotations, translations = complete(latt, map(space_groups.parse_operation, symm))
                known = self.add(rotations, translations)
            except InputError as error:
                known = error
            if len(self._by_text) < _MOST_REMEMBERED:
                self._by_text[key] = known
        if isinstance(known, InputError):
            raise known
        return known

    def add(self, rotations: ArrayLike, translations: ArrayLike, space_group: int | None = None) -> int:
        """Return the row of a set of operations; `space_group` is given for coset representatives."""
        turns, shifts = np.asarray(rotations, np.int8), np.asarray(translations, np.float64)
        key = (turns.tobytes(), np.round(shifts, 9).tobytes(), space_group)
        if key not in self._by_value:
            if space_group is None:
                space_group = space_groups.number_from_operations(np.asarray(rotations), shifts)
            self._append(key, turns, shifts, space_group)
        return self._by_value[key]

    def include(self, other: "Settings", row: int) -> int:
        """Return the row of what stands in a row of other settings."""
        key = other._keys[row]
        if key not in self._by_value:
            self._append(key, other.rotations[row], other.translations[row], other.space_group[row])
        return self._by_value[key]

    def _append(self, key, rotations, translations, space_group):
        self._by_value[key] = len(self.rotations)
        self._keys.append(key)
        self.rotations.append(rotations)
        self.translations.append(translations)
        self.space_group.append(space_group)

    def packed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (offset (s + 1,) int64, rotation (M, 3, 3) int8, translation (M, 3) float64)."""
        offset = np.concatenate([[0], np.cumsum([len(r) for r in self.rotations])]).astype(np.int64)
        rotation = np.concatenate(self.rotations) if len(self) else np.zeros((0, 3, 3), np.int8)
        translation = np.concatenate(self.translations) if len(self) else np.zeros((0, 3))
        return offset, rotation, translation


# By atomic number; index 0 is gemmi's "X".
_ELEMENTS = [gemmi.Element(number) for number in range(119)]
MASSES = np.array([element.weight for element in _ELEMENTS])
COVALENT_RADII = np.array([element.covalent_r for element in _ELEMENTS])
VDW_RADII = np.array([element.vdw_r for element in _ELEMENTS])
SYMBOLS = [element.name for element in _ELEMENTS]


def formula(numbers: Iterable[int]) -> str:
    """Return the composition of a list of atomic numbers in Hill's order, such as ``C10H6S2``."""
    counts: dict[str, int] = {}
    for number in numbers:
        counts[SYMBOLS[number]] = counts.get(SYMBOLS[number], 0) + 1
    order = sorted(counts, key=lambda symbol: ({"C": 0, "H": 1}.get(symbol, 2), symbol))
    return "".join(f"{symbol}{counts[symbol] if counts[symbol] > 1 else ''}" for symbol in order)
