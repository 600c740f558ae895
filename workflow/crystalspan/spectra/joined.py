"""Descriptors of several files, read in blocks as one matrix ordered by energy."""

import copy
import dataclasses
from pathlib import Path

import h5py
import numpy as np

from crystalspan.errors import InputError
from crystalspan.study import in_interval, parse_interval


@dataclasses.dataclass(frozen=True)
class AtomLayout:
    """How the columns of a descriptor matrix belong to the atoms of a molecule.

    Parameters
    ----------
    n_atoms : int
        Atoms of the asymmetric unit; the columns are atom-major.
    elements : ndarray (n_atoms,) str
        Element of each atom.
    automorphisms : ndarray (k, n_atoms) int
        Relabellings of the molecule's equivalent atoms, identity first.
    """

    n_atoms: int
    elements: np.ndarray
    automorphisms: np.ndarray


class ArrayDescriptors:
    """Descriptors that are in memory already.

    Parameters
    ----------
    values : ndarray (n, D) float64
        One row per structure.
    layout : AtomLayout, optional
        Atoms of the columns; without it the row belongs to one atom.
    """

    def __init__(self, values: np.ndarray, layout: AtomLayout | None = None):
        self.values = np.asarray(values, dtype=float)
        if self.values.ndim != 2:
            raise InputError(f"descriptors must be a matrix, not an array of {self.values.ndim} dimensions")
        self.layout = layout or AtomLayout(1, np.array(["X"]), np.zeros((1, 1), dtype=int))
        self.n_structures, self.n_columns = self.values.shape

    def read(self, start: int, stop: int) -> np.ndarray:
        """The rows start to stop, (stop - start, D) float64."""
        return self.values[start:stop]


class JoinedDescriptors:
    """The descriptors of several files as one matrix, ordered by relative energy and id.

    Parameters
    ----------
    paths : sequence of path-like
        Descriptor files of the same molecule and settings: shells, space groups or both.

    Attributes
    ----------
    id : ndarray (n,) object
        Names of the structures.
    relative_energy, lattice_energy, density : ndarray (n,) float64
        kJ/mol, kJ/mol, g/cm3.
    space_group : ndarray (n,) int
        Space group numbers.

    Raises
    ------
    InputError
        A file is unreadable, or the files differ in molecule, columns or settings.
    """

    def __init__(self, paths):
        self.paths = [Path(path) for path in paths]
        if not self.paths:
            raise InputError("no descriptor file was given", remedy="name at least one descriptors.h5")
        parts = [_read_records(path) for path in self.paths]
        _check_alike(self.paths, parts)
        first = parts[0]
        self.layout, self.n_columns = first["layout"], first["n_columns"]
        self.molecule, self.settings = first["molecule"], first["settings"]
        for name in ("id", "relative_energy", "lattice_energy", "density", "space_group"):
            setattr(self, name, np.concatenate([part[name] for part in parts]))
        sizes = [len(part["id"]) for part in parts]
        self._file = np.repeat(np.arange(len(parts)), sizes)
        self._row = np.concatenate([np.arange(size) for size in sizes])
        names = self.id.astype(str) if len(self.id) else np.empty(0, dtype="U1")
        self._take(np.lexsort((names, self.relative_energy)))

    @property
    def n_structures(self) -> int:
        """Number of structures."""
        return len(self.id)

    def _take(self, index):
        for name in ("id", "relative_energy", "lattice_energy", "density", "space_group", "_file", "_row"):
            setattr(self, name, getattr(self, name)[index])

    def select(self, window: str | None = None, lowest: int | None = None, space_group: int | None = None):
        """The structures of an energy window, the lowest of those, and of these the ones of a space group.

        Parameters
        ----------
        window : str, optional
            Energy window or shell, such as ``0-10`` (kJ/mol above the global minimum).
        lowest : int, optional
            Number of structures of lowest energy to keep, over all space groups.
        space_group : int, optional
            Space group number.

        Returns
        -------
        JoinedDescriptors
        """
        index = np.arange(self.n_structures)
        if window is not None:
            index = np.flatnonzero(in_interval(self.relative_energy, *parse_interval(window)))
        index = index[:lowest]
        if space_group is not None:
            index = index[self.space_group[index] == space_group]
        chosen = copy.copy(self)
        chosen._take(index)
        return chosen

    def read(self, start: int, stop: int) -> np.ndarray:
        """The rows start to stop in the order of energy.

        Returns
        -------
        ndarray (stop - start, D) float64
        """
        files, rows = self._file[start:stop], self._row[start:stop]
        block = np.empty((len(rows), self.n_columns))
        for number in np.unique(files):
            wanted = np.flatnonzero(files == number)
            with h5py.File(self.paths[number], "r") as handle:
                block[wanted] = _read_rows(handle["descriptors"], rows[wanted])
        bad = np.flatnonzero(~np.isfinite(block).all(axis=1))
        if len(bad):
            path = self.paths[files[bad[0]]]
            raise InputError(
                "descriptors are not finite numbers",
                file=path,
                record=str(self.id[start + bad[0]]),
                remedy="delete the file and run featurize again",
            )
        return block


def _read_rows(dataset, rows: np.ndarray) -> np.ndarray:
    """Rows of an HDF5 dataset in any order: one contiguous read where the rows lie close together."""
    low, high = rows.min(), rows.max() + 1
    if high - low <= 2 * len(rows):
        return dataset[low:high][rows - low]
    order = np.argsort(rows)
    values = np.empty((len(rows), dataset.shape[1]))
    # Run by run: HDF5 is slow with long lists of single rows.
    for run in np.split(order, np.flatnonzero(np.diff(rows[order]) != 1) + 1):
        values[run] = dataset[rows[run[0]] : rows[run[-1]] + 1]
    return values


def _read_records(path: Path) -> dict:
    """Everything of a descriptor file but the descriptors."""
    if not path.is_file():
        raise InputError("there is no such file", file=path, remedy="run featurize first, or mend the path")
    try:
        with h5py.File(path, "r") as handle:
            n_atoms = int(handle.attrs["n_atoms"])
            elements = handle["columns/element_centre"].asstr()[...].reshape(n_atoms, -1)
            layout = AtomLayout(n_atoms, elements[:, 0], handle["reference/automorphisms"][...])
            part = {"layout": layout, "n_columns": handle["descriptors"].shape[1]}
            part["id"] = handle["id"].asstr()[...].astype(object)
            for name in ("relative_energy", "lattice_energy", "density"):
                part[name] = handle[name][...].astype(float)
            part["space_group"] = handle["space_group"][...].astype(int)
            part["settings"] = str(handle.attrs.get("settings", ""))
            part["molecule"] = str(handle.attrs.get("molecule", ""))
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            f"this is not a descriptor file ({error})", file=path, remedy="give a file that featurize wrote"
        ) from error
    return part


def _check_alike(paths, parts):
    first = parts[0]
    for path, part in zip(paths[1:], parts[1:], strict=True):
        for name, what in (("molecule", "molecules"), ("n_columns", "lengths"), ("settings", "settings")):
            if part[name] != first[name]:
                raise InputError(
                    f"descriptors of different {what} cannot be joined ({paths[0]} differs)",
                    file=path,
                    remedy="featurize every shell with the same settings, one molecule at a time",
                )
        if not np.array_equal(part["layout"].automorphisms, first["layout"].automorphisms):
            raise InputError("the files have different reference molecules", file=path)


def molecule_of(path) -> str:
    """Name of the molecule of a descriptor file, ``unnamed`` where the file does not say."""
    return _read_records(Path(path))["molecule"] or "unnamed"
