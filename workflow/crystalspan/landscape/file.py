"""The landscape file: one HDF5 file per molecule, structures sorted by lattice energy."""

import dataclasses
from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from crystalspan.arrays import ArrayLike, PathLike
from crystalspan.storage import PROVENANCE, TEXT, Array, Group, Layout, Part, new_file, offsets, open_file
from crystalspan.study import in_interval

# n structures, N atoms, s settings of M operations together, m atoms of the molecule with k relabellings.
LAYOUT = Layout(
    "landscape",
    "landscape file",
    Group(
        {
            "id": Array(TEXT, ("n",)),
            "lattice_energy": Array("float64", ("n",)),
            "relative_energy": Array("float64", ("n",)),
            "density": Array("float64", ("n",)),
            "space_group": Array("int16", ("n",), least=1, below=231),
            "space_group_symbol": Array(TEXT, ("n",)),
            "cell": Array("float64", ("n", 6)),
            "setting": Array("int32", ("n",), least=0, below="s"),
            "z_prime": Array("float64", ("n",)),
            "source": Array(TEXT, ("n",)),
            "conformer": Array("int32", ("n",)),
            "found_space_group": Array("int16", ("n",), least=0, below=231),
            "duplicate_of": Array(TEXT, ("n",)),
            "analysed": Array("bool", ("n",)),
            "degrees_of_freedom": Array("int16", ("n",)),
            "atom_offset": offsets("n", into="N"),
            "fractional": Array("float64", ("N", 3)),
            "atomic_number": Array("uint8", ("N",)),
            "molecule": Array("uint8", ("N",)),
            "settings/offset": offsets("s", into="M"),
            "settings/rotation": Array("int8", ("M", 3, 3), least=-1, below=2),
            "settings/translation": Array("float64", ("M", 3)),
            "reference/atomic_number": Array("uint8", ("m",)),
            "reference/positions": Array("float64", ("m", 3)),
            "reference/automorphisms": Array("int32", ("k", "m"), least=0, below="m"),
        },
        {"molecule": str, "counts?": object},
    ),
)
_SIZES = {name: array.shape[0] for name, array in LAYOUT.content.members.items() if isinstance(array, Array)}
_PER_STRUCTURE = tuple(name for name, size in _SIZES.items() if size == "n")
_PER_ATOM = tuple(name for name, size in _SIZES.items() if size == "N")
# Columns that a landscape may come without, and what is true then.
_ADDED = {
    "conformer": np.int32(0),
    "found_space_group": np.int16(0),
    "duplicate_of": "",
    "analysed": np.True_,
    "degrees_of_freedom": np.int16(0),
}
# Stands for a column that is not given.
_NOT_GIVEN = np.empty(0)


def _not_given() -> np.ndarray:
    return _NOT_GIVEN


# Other names in the file.
_WHOLE = {
    "setting_offset": "settings/offset",
    "rotation": "settings/rotation",
    "translation": "settings/translation",
    "reference_atomic_number": "reference/atomic_number",
    "reference_positions": "reference/positions",
    "reference_automorphisms": "reference/automorphisms",
}


class Selection(NamedTuple):
    """Which of the analysed structures to take from a landscape file.

    Attributes
    ----------
    space_groups : collection of int or None
        Space-group numbers; None takes every group.
    shell : (float, float) or None
        Energy shell in kJ/mol above the global minimum, lower < relative energy <= upper; a shell that begins
        at 0 holds the global minimum too. None takes every energy.
    """

    space_groups: Collection[int] | None = None
    shell: tuple[float, float] | None = None


class Structure(NamedTuple):
    """One crystal of a landscape: cell, atoms of the symmetry-independent molecules, and operations.

    Attributes
    ----------
    id : str
    cell : (6,) float64, angstrom and degrees
    rotations : (m, 3, 3) int8, translations : (m, 3) float64
        Operations that place each symmetry copy of the molecules exactly once, identity first.
    fractional : (n_atoms, 3) float64
    atomic_number : (n_atoms,) uint8
    molecule : (n_atoms,) uint8
    """

    id: str
    cell: np.ndarray
    rotations: np.ndarray
    translations: np.ndarray
    fractional: np.ndarray
    atomic_number: np.ndarray
    molecule: np.ndarray


@dataclasses.dataclass(frozen=True)
class Landscape:
    """The crystal structures of one molecule, sorted by lattice energy and then by id.

    n structures, N atoms (all asymmetric units together), s settings with M operations together.

    Attributes
    ----------
    name : str
        The molecule.
    id, space_group_symbol, source : (n,) object array of str
        ``source`` is ``file!record``.
    lattice_energy, relative_energy : (n,) float64, kJ/mol
        ``relative_energy`` is above the global minimum of all space groups.
    density : (n,) float64, g/cm3, recomputed from the cell and its contents
    space_group : (n,) int16, number from the operations
    cell : (n, 6) float64, a b c in angstrom, alpha beta gamma in degrees
    setting : (n,) int32
        Row of ``setting_offset``: the operations of structure i are
        ``rotations(i)`` and ``translations(i)``.
    z_prime : (n,) float64
        Molecules in the asymmetric unit. How many molecules are listed follows from ``atom_offset``.
    setting_offset : (s + 1,) int64; rotation : (M, 3, 3) int8; translation : (M, 3) float64
        Operations that place each symmetry copy of the stored molecules exactly once, identity first.
    atom_offset : (n + 1,) int64
        Atoms of structure i are rows ``atom_offset[i]:atom_offset[i + 1]`` of the next three.
    fractional : (N, 3) float64, whole molecules, unwrapped across the cell faces
    atomic_number, molecule : (N,) uint8
        ``molecule`` counts the molecules that the operations multiply (0 for Z' <= 1); each is whole and in the
        reference's order, one after the other, and each has the same number of copies in the cell.
    reference_atomic_number : (n_atoms,) uint8; reference_positions : (n_atoms, 3) float64, angstrom
        The molecule with which every structure was compared, in the landscape's atom order.
    reference_automorphisms : (k, n_atoms) int32
        Relabellings of the molecule that leave its bonding graph unchanged, identity first.
    provenance : dict of str
    conformer : (n,) int32
        0: the reference's; -1: molecules of several conformers.
    found_space_group : (n,) int16
        Number of the group that the crystal has within the tolerance `pseudo_symmetry`; 0: not looked for.
    duplicate_of : (n,) object array of str
        Id of the structure of lower energy that this one repeats; empty where it is unique.
    analysed : (n,) bool
        The structures that are described: the unique ones, unless the settings say all.
    degrees_of_freedom : (n,) int16
        Independent parameters of the crystal of rigid molecules; 0: not counted.
    """

    name: str
    id: np.ndarray
    lattice_energy: np.ndarray
    relative_energy: np.ndarray
    density: np.ndarray
    space_group: np.ndarray
    space_group_symbol: np.ndarray
    cell: np.ndarray
    setting: np.ndarray
    z_prime: np.ndarray
    source: np.ndarray
    setting_offset: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    atom_offset: np.ndarray
    fractional: np.ndarray
    atomic_number: np.ndarray
    molecule: np.ndarray
    reference_atomic_number: np.ndarray
    reference_positions: np.ndarray
    reference_automorphisms: np.ndarray
    provenance: dict = dataclasses.field(default_factory=dict)
    conformer: np.ndarray = dataclasses.field(default_factory=_not_given)
    found_space_group: np.ndarray = dataclasses.field(default_factory=_not_given)
    duplicate_of: np.ndarray = dataclasses.field(default_factory=_not_given)
    analysed: np.ndarray = dataclasses.field(default_factory=_not_given)
    degrees_of_freedom: np.ndarray = dataclasses.field(default_factory=_not_given)

    def __post_init__(self):
        for name, value in _ADDED.items():
            if getattr(self, name) is _NOT_GIVEN:
                kind = object if isinstance(value, str) else value.dtype
                object.__setattr__(self, name, np.full(len(self.id), value, dtype=kind))

    def __len__(self) -> int:
        return len(self.id)

    def operations(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Return rotations (m, 3, 3) and translations (m, 3) that place each molecule of structure i once."""
        first, last = self.setting_offset[self.setting[i] : self.setting[i] + 2]
        return self.rotation[first:last], self.translation[first:last]

    def structure(self, i: int) -> Structure:
        """The crystal in row i, as views of the landscape's arrays."""
        atoms = slice(self.atom_offset[i], self.atom_offset[i + 1])
        return Structure(
            self.id[i],
            self.cell[i],
            *self.operations(i),
            self.fractional[atoms],
            self.atomic_number[atoms],
            self.molecule[atoms],
        )

    def subset(self, rows: ArrayLike) -> "Landscape":
        """The landscape of some rows (index array or mask); settings and reference stay complete."""
        rows = np.asarray(rows)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        rows = rows.astype(np.int64)
        counts = np.diff(self.atom_offset)[rows]
        offset = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        atoms = np.repeat(self.atom_offset[rows] - offset[:-1], counts) + np.arange(offset[-1])
        changed = {key: getattr(self, key)[rows] for key in _PER_STRUCTURE}
        changed.update({key: getattr(self, key)[atoms] for key in _PER_ATOM})
        return dataclasses.replace(self, atom_offset=offset, **changed)

    def with_own_settings(self) -> "Landscape":
        """The same landscape with the settings that its structures use, numbered in the order of their first use."""
        used = list(dict.fromkeys(self.setting.tolist()))
        spans = [slice(*self.setting_offset[row : row + 2]) for row in used]
        number = {row: i for i, row in enumerate(used)}
        return dataclasses.replace(
            self,
            setting=np.array([number[row] for row in self.setting.tolist()], dtype=np.int32),
            setting_offset=np.cumsum([0, *(span.stop - span.start for span in spans)]).astype(np.int64),
            rotation=np.concatenate([self.rotation[:0], *(self.rotation[span] for span in spans)]),
            translation=np.concatenate([self.translation[:0], *(self.translation[span] for span in spans)]),
        )


def in_shell(relative_energy: ArrayLike, shell: tuple[float, float]) -> np.ndarray:
    """Mark the structures of an energy shell: lower < relative energy <= upper, and 0 belongs to the first.

    Parameters
    ----------
    relative_energy : (n,) float64, kJ/mol
    shell : (float, float)
        Lower and upper edge, kJ/mol above the global minimum.

    Returns
    -------
    (n,) bool
    """
    return in_interval(np.asarray(relative_energy), *shell)


def write_landscape(path: PathLike, landscape: Landscape, counts: dict | None = None) -> None:
    """Write a landscape to its HDF5 file; the file appears only when it is complete.

    Parameters
    ----------
    path : path-like
    landscape : Landscape
    counts : dict, optional
        What became of all structures read, for `crystalspan.landscape.account.read_account`.
    """
    told = {"molecule": landscape.name} | ({} if counts is None else {"counts": counts})
    with new_file(path, LAYOUT, landscape.provenance, **told) as file:
        for name in (*_PER_STRUCTURE, "atom_offset", *_PER_ATOM):
            file.put(name, getattr(landscape, name))
        for name, stored in _WHOLE.items():
            file.put(stored, getattr(landscape, name))


def read_landscape(path: PathLike, select: Selection | None = None) -> Landscape:
    """Read a whole landscape file with its duplicates, or the analysed structures of a space group or energy shell.

    Memory follows the selection: structures are stored in order of energy, so that only the rows of the shell
    are read.

    Parameters
    ----------
    path : path-like
    select : Selection, optional
        For instance ``Selection(space_groups=[14], shell=(0, 10))``.

    Raises
    ------
    InputError
        When the file is missing or is not a landscape file.
    """
    with open_file(path, LAYOUT) as file:
        return _read_range(file, 0, file.sizes["n"]) if select is None else _read(file, select)


def selected_rows(path: PathLike, select: Selection | None = None) -> np.ndarray:
    """Return the rows (n,) int64 of a landscape file that a selection holds; reads three columns only.

    Raises
    ------
    InputError
        When the file is missing or is not a landscape file.
    """
    select = select or Selection()
    with open_file(path, LAYOUT) as file:
        chosen = file["analysed"]
        if select.shell is not None:
            chosen &= in_shell(file["relative_energy"], select.shell)
        if select.space_groups is not None:
            chosen &= np.isin(file["space_group"], list(select.space_groups))
    return np.flatnonzero(chosen)


def read_groups(path: PathLike) -> np.ndarray:
    """Return the space group number of every row of a landscape file, (n,) int16.

    Raises
    ------
    InputError
        When the file is missing or is not a landscape file.
    """
    with open_file(path, LAYOUT) as file:
        return file["space_group"]


def read_rows(path: PathLike, rows: ArrayLike) -> Landscape:
    """Read some rows of a landscape file, in their order; memory follows the span of the rows.

    Parameters
    ----------
    path : path-like
    rows : (n,) int
        Row numbers, ascending, such as a block of those that `selected_rows` gives; may be empty.

    Raises
    ------
    InputError
        When the file is missing or is not a landscape file.
    """
    rows = np.asarray(rows, dtype=np.int64)
    first, last = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)
    with open_file(path, LAYOUT) as file:
        return _read_range(file, first, last).subset(rows - first)


def _read(file: Part, select: Selection) -> Landscape:
    first, last = 0, file.sizes["n"]
    if select.shell is not None:
        inside = np.flatnonzero(in_shell(file["relative_energy"], select.shell))
        first, last = (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (0, 0)
    landscape = _read_range(file, first, last)
    chosen = landscape.analysed
    if select.space_groups is not None:
        chosen = chosen & np.isin(landscape.space_group, list(select.space_groups))
    return landscape if chosen.all() else landscape.subset(chosen)


def _read_range(file: Part, first: int, last: int) -> Landscape:
    offset = file.read("atom_offset", slice(first, last + 1))
    atoms = slice(int(offset[0]), int(offset[-1]))
    return Landscape(
        name=file.attributes["molecule"],
        atom_offset=offset - offset[0],
        provenance={name: file.attributes[name] for name in PROVENANCE if name in file.attributes},
        **{name: file.read(name, slice(first, last)) for name in _PER_STRUCTURE},
        **{name: file.read(name, atoms) for name in _PER_ATOM},
        **{name: file[stored] for name, stored in _WHOLE.items()},
    )
