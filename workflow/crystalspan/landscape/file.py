"""The landscape file: one HDF5 file per molecule, structures sorted by lattice energy."""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import h5py
import numpy as np

from crystalspan.errors import InputError
from crystalspan.provenance import atomic_output
from crystalspan.storage import read_attributes, write_attributes
from crystalspan.study import in_interval

_PER_STRUCTURE = (
    "id",
    "lattice_energy",
    "relative_energy",
    "density",
    "space_group",
    "space_group_symbol",
    "cell",
    "setting",
    "z_prime",
    "source",
    "conformer",
    "found_space_group",
    "duplicate_of",
    "analysed",
    "degrees_of_freedom",
)
# Columns that older files lack, and what is true of those.
_ADDED = {
    "conformer": np.int32(0),
    "found_space_group": np.int16(0),
    "duplicate_of": "",
    "analysed": np.True_,
    "degrees_of_freedom": np.int16(0),
}
_PER_ATOM = ("fractional", "atomic_number", "molecule")


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

    space_groups: object = None
    shell: object = None


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


@dataclass(frozen=True)
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
    provenance: dict = field(default_factory=dict)
    conformer: np.ndarray | None = None
    found_space_group: np.ndarray | None = None
    duplicate_of: np.ndarray | None = None
    analysed: np.ndarray | None = None
    degrees_of_freedom: np.ndarray | None = None

    def __post_init__(self):
        for name, value in _ADDED.items():
            if getattr(self, name) is None:
                kind = object if isinstance(value, str) else value.dtype
                object.__setattr__(self, name, np.full(len(self.id), value, dtype=kind))

    def __len__(self) -> int:
        return len(self.id)

    def operations(self, i: int):
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

    def subset(self, rows) -> "Landscape":
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
        return replace(self, atom_offset=offset, **changed)

    def with_own_settings(self) -> "Landscape":
        """The same landscape with the settings that its structures use, numbered in the order of their first use."""
        used = list(dict.fromkeys(self.setting.tolist()))
        spans = [slice(*self.setting_offset[row : row + 2]) for row in used]
        number = {row: i for i, row in enumerate(used)}
        return replace(
            self,
            setting=np.array([number[row] for row in self.setting.tolist()], dtype=np.int32),
            setting_offset=np.cumsum([0, *(span.stop - span.start for span in spans)]).astype(np.int64),
            rotation=np.concatenate([self.rotation[:0], *(self.rotation[span] for span in spans)]),
            translation=np.concatenate([self.translation[:0], *(self.translation[span] for span in spans)]),
        )


def in_shell(relative_energy, shell) -> np.ndarray:
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


def write_landscape(path, landscape: Landscape, counts: dict | None = None) -> None:
    """Write a landscape to its HDF5 file; the file appears only when it is complete.

    Parameters
    ----------
    path : path-like
    landscape : Landscape
    counts : dict, optional
        What became of all structures read, for `crystalspan.landscape.account.read_account`.
    """
    with atomic_output(path) as temporary, h5py.File(temporary, "w") as file:
        for key in _PER_STRUCTURE:
            _put(file, key, getattr(landscape, key))
        for key in ("atom_offset", *_PER_ATOM):
            _put(file, key, getattr(landscape, key))
        _put(file, "settings/offset", landscape.setting_offset)
        _put(file, "settings/rotation", landscape.rotation)
        _put(file, "settings/translation", landscape.translation)
        for key in ("atomic_number", "positions", "automorphisms"):
            _put(file, f"reference/{key}", getattr(landscape, f"reference_{key}"))
        file.attrs["molecule"] = landscape.name
        write_attributes(file, {"provenance": landscape.provenance} | ({} if counts is None else {"counts": counts}))


def read_landscape(path, select: Selection | None = None) -> Landscape:
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
    with landscape_file(path) as file:
        return _read_range(file, 0, len(file["id"])) if select is None else _read(file, select)


def _put(file, name, values) -> None:
    values = np.asarray(values)
    if values.dtype.kind in "OUT":
        file.create_dataset(name, data=values.astype(object), dtype=h5py.string_dtype(), track_times=False)
    else:
        file.create_dataset(name, data=values, track_times=False)


def _take(dataset, rows) -> np.ndarray:
    return (dataset.asstr() if h5py.check_string_dtype(dataset.dtype) else dataset)[rows]


def selected_rows(path, select: Selection | None = None) -> np.ndarray:
    """Return the rows (n,) int64 of a landscape file that a selection holds; reads three columns only.

    Raises
    ------
    InputError
        When the file is missing or is not a landscape file.
    """
    select = select or Selection()
    with landscape_file(path) as file:
        chosen = file["analysed"][:] if "analysed" in file else np.ones(len(file["relative_energy"]), dtype=bool)
        if select.shell is not None:
            chosen &= in_shell(file["relative_energy"][:], select.shell)
        if select.space_groups is not None:
            chosen &= np.isin(file["space_group"][:], list(select.space_groups))
    return np.flatnonzero(chosen)


def read_groups(path) -> np.ndarray:
    """Return the space group number of every row of a landscape file, (n,) int16.

    Raises
    ------
    InputError
        When the file is missing or is not a landscape file.
    """
    with landscape_file(path) as file:
        return file["space_group"][:]


def read_rows(path, rows) -> Landscape:
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
    with landscape_file(path) as file:
        return _read_range(file, first, last).subset(rows - first)


@contextmanager
def landscape_file(path):
    """Open a landscape file to read single datasets; what is no such file is an `InputError`."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, KeyError) as error:
        raise InputError(
            f"not a readable landscape file ({error})",
            file=path,
            remedy="make it with `python -m crystalspan landscape`",
        ) from error


def _read(file, select: Selection) -> Landscape:
    energy = file["relative_energy"][:]
    first, last = 0, len(energy)
    if select.shell is not None:
        inside = np.flatnonzero(in_shell(energy, select.shell))
        first, last = (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (0, 0)
    landscape = _read_range(file, first, last)
    chosen = landscape.analysed
    if select.space_groups is not None:
        chosen = chosen & np.isin(landscape.space_group, list(select.space_groups))
    return landscape if chosen.all() else landscape.subset(chosen)


def _read_range(file, first: int, last: int) -> Landscape:
    rows = slice(first, last)
    offset = file["atom_offset"][first : last + 1]
    atoms = slice(int(offset[0]), int(offset[-1]))
    values = {key: _take(file[key], rows) for key in _PER_STRUCTURE if key in file or key not in _ADDED}
    values.update({key: file[key][atoms] for key in _PER_ATOM})
    return Landscape(
        name=file.attrs["molecule"],
        atom_offset=offset - offset[0],
        setting_offset=file["settings/offset"][:],
        rotation=file["settings/rotation"][:],
        translation=file["settings/translation"][:],
        reference_atomic_number=file["reference/atomic_number"][:],
        reference_positions=file["reference/positions"][:],
        reference_automorphisms=file["reference/automorphisms"][:],
        provenance=read_attributes(file)["provenance"],
        **values,
    )
