"""The descriptor file: one HDF5 file per molecule, space group and energy shell."""

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from crystalspan.descriptors.parameters import Columns
from crystalspan.errors import InputError
from crystalspan.provenance import atomic_output, read_attributes, write_attributes

# One entry a structure, beside the descriptors: name -> type in the file.
RECORDS = {
    "id": h5py.string_dtype(),
    "relative_energy": np.float64,
    "lattice_energy": np.float64,
    "density": np.float64,
    "space_group": np.int16,
}


class DescriptorWriter:
    """Rows of a descriptor file, written block after block by one process."""

    def __init__(self, file: h5py.File, n_structures: int, n_columns: int):
        self._file = file
        self._row = 0
        file.create_dataset("descriptors", (n_structures, n_columns), np.float64, track_times=False)
        for name, kind in RECORDS.items():
            file.create_dataset(name, (n_structures,), kind, track_times=False)

    def append(self, records: dict, values: np.ndarray):
        """Write the next structures.

        Parameters
        ----------
        records : dict
            For each name of `RECORDS` an array of n entries.
        values : (n, n_columns) float64
        """
        rows = slice(self._row, self._row + len(values))
        if len(values):
            self._file["descriptors"][rows] = values
            for name in RECORDS:
                self._file[name][rows] = records[name]
        self._row = rows.stop


@contextlib.contextmanager
def new_descriptor_file(path, n_structures: int, columns: Columns, automorphisms, attributes: dict):
    """Make a descriptor file, to be filled block after block; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    n_structures : int
        May be 0: an empty shell has a valid file too.
    columns : Columns
        Labels of the columns.
    automorphisms : (k, n_atoms) int
        Relabellings of the reference molecule that leave its bonding graph unchanged.
    attributes : dict
        Attributes of the file; everything that is not text is written as JSON.

    Yields
    ------
    DescriptorWriter
    """
    with atomic_output(path) as temporary, h5py.File(temporary, "w") as file:
        write_attributes(file, attributes)
        for name, labels in columns._asdict().items():
            if labels.dtype.kind == "O":
                labels = labels.astype("S")
            file.create_dataset(f"columns/{name}", data=labels, compression=1, shuffle=True, track_times=False)
        file.create_dataset(
            "reference/automorphisms", data=np.asarray(automorphisms, dtype=np.int32), track_times=False
        )
        writer = DescriptorWriter(file, n_structures, len(columns.atom))
        yield writer
        if writer._row != n_structures:
            raise RuntimeError(f"{writer._row} of {n_structures} structures were written")


@dataclass(frozen=True)
class Descriptors:
    """The descriptors of one molecule's structures, joined over files in the order of the paths.

    Attributes
    ----------
    paths : tuple of Path
    offset : (n_files + 1,) int64
        Structures of file i are rows ``offset[i]:offset[i + 1]``.
    id : (n,) object array of str
    relative_energy, lattice_energy : (n,) float64, kJ/mol
    density : (n,) float64, g/cm3
    space_group : (n,) int16
    columns : Columns
    automorphisms : (k, n_atoms) int32
    attributes : dict
        Of the first file: molecule, n_atoms, values_per_atom, settings, functions, versions, provenance.
    """

    paths: tuple[Path, ...]
    offset: np.ndarray
    id: np.ndarray
    relative_energy: np.ndarray
    lattice_energy: np.ndarray
    density: np.ndarray
    space_group: np.ndarray
    columns: Columns
    automorphisms: np.ndarray
    attributes: dict

    def __len__(self) -> int:
        return len(self.id)

    def values(self, first: int = 0, last: int | None = None) -> np.ndarray:
        """Read the descriptors of some structures, (last - first, n_columns) float64; default: all of them."""
        last = len(self) if last is None else min(last, len(self))
        out = np.empty((max(last - first, 0), len(self.columns.atom)))
        for path, start, stop in zip(self.paths, self.offset[:-1], self.offset[1:], strict=True):
            low, high = max(first, start), min(last, stop)
            if low < high:
                with h5py.File(path, "r") as file:
                    file["descriptors"].read_direct(
                        out, np.s_[low - start : high - start], np.s_[low - first : high - first]
                    )
        return out

    def blocks(self, size: int):
        """Read all descriptors in blocks of `size` structures: yields (first row, values)."""
        for first in range(0, len(self), size):
            yield first, self.values(first, first + size)


def read_descriptors(paths) -> Descriptors:
    """Read descriptor files as one table; the descriptors themselves stay in the files until asked for.

    Parameters
    ----------
    paths : path-like or sequence of path-like
        Files of the same molecule, made with the same settings.

    Raises
    ------
    InputError
        A file is missing or is no descriptor file, or the files' molecules, settings or columns differ.
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    paths = tuple(Path(path) for path in paths)
    if not paths:
        raise InputError("no descriptor file was given", remedy="name one file or more")
    parts = [_read(path) for path in paths]
    first = parts[0]
    for path, part in zip(paths[1:], parts[1:], strict=True):
        for key in ("molecule", "settings"):
            if part["attributes"].get(key) != first["attributes"].get(key):
                raise InputError(
                    f"its {key} differs from that of {paths[0]}: {json.dumps(part['attributes'].get(key))} and "
                    f"{json.dumps(first['attributes'].get(key))}",
                    file=path,
                    remedy="run featurize again with one set of settings",
                )
        if not all(map(_equal, part["columns"], first["columns"])):
            raise InputError(f"its columns differ from those of {paths[0]}", file=path)
    sizes = [len(part["id"]) for part in parts]
    return Descriptors(
        paths,
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        *(np.concatenate([part[name] for part in parts]) for name in RECORDS),
        first["columns"],
        first["automorphisms"],
        first["attributes"],
    )


def _equal(one, other) -> bool:
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def _read(path: Path) -> dict:
    try:
        with h5py.File(path, "r") as file:
            part = {name: _column(file[name]) for name in RECORDS}
            part["columns"] = Columns(*(_column(file[f"columns/{name}"]) for name in Columns._fields))
            part["automorphisms"] = file["reference/automorphisms"][:]
            part["attributes"] = read_attributes(file)
            if file["descriptors"].shape != (len(part["id"]), len(part["columns"].atom)):
                raise KeyError(f"descriptors of shape {file['descriptors'].shape} do not fit their labels")
    except (OSError, KeyError) as error:
        raise InputError(
            f"not a readable descriptor file ({error})",
            file=path,
            remedy="make it with `python -m crystalspan featurize`",
        ) from error
    return part


def _column(dataset) -> np.ndarray:
    if h5py.check_string_dtype(dataset.dtype):
        return dataset.asstr()[:].astype(object)
    return dataset[:]
