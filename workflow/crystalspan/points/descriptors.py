"""Descriptors of several files, read in blocks as one matrix ordered by energy."""

import copy
import dataclasses
import json
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.descriptors.file import RECORDS, DescriptorFile
from crystalspan.errors import InputError
from crystalspan.study import in_interval, parse_interval


@dataclasses.dataclass(frozen=True)
class AtomLayout:
    """How the columns of a descriptor matrix belong to the atoms of a molecule.

    Parameters
    ----------
    n_atoms : int
        Atoms of the asymmetric unit; the columns are atom-major.
    elements : (n_atoms,) str
        Element of each atom.
    automorphisms : (k, n_atoms) int
        Relabellings of the molecule's equivalent atoms, identity first.
    """

    n_atoms: int
    elements: np.ndarray
    automorphisms: np.ndarray


class Descriptors(Protocol):
    """Descriptors of structures as one matrix, wherever they are; its rows are read whenever they are needed.

    Attributes
    ----------
    n_structures, n_columns : int
    layout : AtomLayout
    """

    @property
    def n_structures(self) -> int:
        """Number of structures."""

    n_columns: int
    layout: AtomLayout

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return the rows start to stop, (stop - start, D) float64, a new array."""

    def read_rows(self, index: np.ndarray) -> np.ndarray:
        """Return the rows of an index, (len(index), D) float64, a new array."""


class ArrayDescriptors:
    """Descriptors that are in memory already.

    Parameters
    ----------
    values : (n, D) float64
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
        """The rows start to stop, (stop - start, D) float64, a new array."""
        return self.values[start:stop].copy()

    def read_rows(self, index: np.ndarray) -> np.ndarray:
        """The rows of an index, (len(index), D) float64, a new array."""
        return self.values[index]


class JoinedDescriptors:
    """The descriptors of several files as one matrix, ordered by relative energy and id.

    Parameters
    ----------
    paths : sequence of path-like
        Descriptor files of the same molecule and settings: shells, space groups or both.

    Attributes
    ----------
    id : (n,) object
        Names of the structures.
    relative_energy, lattice_energy, density : (n,) float64
        kJ/mol, kJ/mol, g/cm3.
    space_group : (n,) int
        Space group numbers.

    Raises
    ------
    InputError
        A file is unreadable, or the files differ in molecule, columns or settings.
    """

    id: np.ndarray
    relative_energy: np.ndarray
    lattice_energy: np.ndarray
    density: np.ndarray
    space_group: np.ndarray
    _file: np.ndarray
    _row: np.ndarray

    def __init__(self, paths: Iterable[PathLike]):
        # Files have their records by name.
        self._files: list[Any] = []
        for path in paths:
            file = DescriptorFile(path)
            if self._files:
                _check_alike(file, self._files[0])
                # Of thousands of files the labels are kept once.
                file.values = self._files[0].values
            self._files.append(file)
        if not self._files:
            raise InputError("no descriptor file was given", remedy="name at least one descriptors.h5")
        first = self._files[0]
        self.layout = AtomLayout(len(first.elements), first.elements, first.automorphisms)
        self.n_columns = first.n_columns
        self.molecule = first.molecule
        self.settings = first.settings
        for name in RECORDS:
            setattr(self, name, np.concatenate([getattr(file, name) for file in self._files]))
        sizes = [len(file.id) for file in self._files]
        self._file = np.repeat(np.arange(len(sizes)), sizes)
        self._row = np.concatenate([np.arange(size) for size in sizes])
        names = self.id.astype(str) if len(self.id) else np.empty(0, dtype="U1")
        self._take(np.lexsort((names, self.relative_energy)))

    @property
    def paths(self) -> list:
        """The files."""
        return [file.path for file in self._files]

    @property
    def n_structures(self) -> int:
        """Number of structures."""
        return len(self.id)

    def _take(self, index):
        for name in (*RECORDS, "_file", "_row"):
            setattr(self, name, getattr(self, name)[index])

    def select(
        self, window: str | None = None, lowest: int | None = None, space_group: int | None = None
    ) -> "JoinedDescriptors":
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

    def named(self, names: np.ndarray) -> "JoinedDescriptors":
        """The structures of these names, in the order of energy.

        Parameters
        ----------
        names : (m,) str

        Returns
        -------
        JoinedDescriptors

        Raises
        ------
        InputError
            There is no structure of one of the names.
        """
        absent = np.setdiff1d(names.astype(str), self.id.astype(str))
        if len(absent):
            raise InputError(
                "the descriptors hold no structure of this name",
                file=self.paths[0],
                record=str(absent[0]),
                remedy="give all descriptor files that the spectra were computed of",
            )
        chosen = copy.copy(self)
        chosen._take(np.flatnonzero(np.isin(self.id.astype(str), names.astype(str))))
        return chosen

    def read(self, start: int, stop: int) -> np.ndarray:
        """The rows start to stop in the order of energy.

        Returns
        -------
        (stop - start, D) float64
        """
        return self.read_rows(np.arange(start, stop))

    def read_rows(self, index: np.ndarray) -> np.ndarray:
        """The rows of an index, in its order, (len(index), D) float64."""
        files, rows = self._file[index], self._row[index]
        block = np.empty((len(rows), self.n_columns))
        for number in np.unique(files):
            wanted = np.flatnonzero(files == number)
            self._files[number].read(rows[wanted], block, wanted)
        # A sum shows a NaN or an infinity of its row without an array of D flags a row.
        bad = np.flatnonzero(~np.isfinite(block.sum(axis=1)))
        if len(bad):
            path = self._files[files[bad[0]]].path
            raise InputError(
                "descriptors are not finite numbers",
                file=path,
                record=str(self.id[index[bad[0]]]),
                remedy="delete the file and run featurize again",
            )
        return block


def _check_alike(file: DescriptorFile, first: DescriptorFile):
    """Refuse a file whose columns do not mean what those of the first mean."""
    problem = _difference(file, first)
    if problem:
        remedy = "featurize every shell with the same settings, one molecule at a time"
        raise InputError(problem, file=file.path, remedy=remedy)


def _difference(file, first) -> str | None:
    for what in ("molecule", "settings"):
        mine, theirs = getattr(file, what), getattr(first, what)
        if mine != theirs:
            return f"its {what} differs from that of {first.path}: {_brief(mine)} and {_brief(theirs)}"
    if file.n_columns != first.n_columns:
        return f"it has {file.n_columns} columns, {first.path} has {first.n_columns}"
    if not _same_labels(file, first):
        return f"its columns differ from those of {first.path}"
    if not np.array_equal(file.automorphisms, first.automorphisms):
        return f"its reference molecule is not that of {first.path}"
    return None


def _same_labels(one: DescriptorFile, other: DescriptorFile) -> bool:
    return np.array_equal(one.elements, other.elements) and all(
        np.array_equal(labels, other.values[name], equal_nan=labels.dtype.kind == "f")
        for name, labels in one.values.items()
    )


def _brief(value) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= 200 else f"{text[:200]}..."


def molecule_of(path: PathLike) -> str:
    """Name of the molecule of a descriptor file, ``unnamed`` where the file does not say."""
    return DescriptorFile(path).molecule or "unnamed"
