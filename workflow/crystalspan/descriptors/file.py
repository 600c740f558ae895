"""The descriptor file: one HDF5 file per molecule, space group and energy shell."""

import contextlib
from pathlib import Path

import h5py
import numpy as np

from crystalspan.descriptors.parameters import Columns
from crystalspan.errors import InputError
from crystalspan.provenance import atomic_output
from crystalspan.storage import read_attributes, write_attributes

# One entry a structure, beside the descriptors: name -> type in the file.
RECORDS = {
    "id": h5py.string_dtype(),
    "relative_energy": np.float64,
    "lattice_energy": np.float64,
    "density": np.float64,
    "space_group": np.int16,
}
# Rows read at a time, and rows between wanted ones that are read along, bytes.
_PIECE_BYTES = 8 * 2**20
_GAP_BYTES = 2**18


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


class DescriptorFile:
    """One descriptor file: labels and records in memory, the descriptors in the file until asked for.

    Parameters
    ----------
    path : path-like

    Attributes
    ----------
    path : Path
    id : (n,) object array of str
    relative_energy, lattice_energy : (n,) float64, kJ/mol
    density : (n,) float64, g/cm3
    space_group : (n,) int16
    columns : dict
        The labels of `Columns` that the file has, an array of D entries each; text as bytes.
    automorphisms : (k, n_atoms) int32
        Relabellings of the reference molecule's equivalent atoms, identity first.
    attributes : dict
        molecule, n_atoms, values_per_atom, settings, functions, versions, provenance.

    Raises
    ------
    InputError
        The file is missing or is no descriptor file.
    """

    def __init__(self, path):
        self.path = Path(path)
        if not self.path.is_file():
            raise InputError("there is no such file", file=path, remedy="run featurize first, or mend the path")
        try:
            with h5py.File(self.path, "r") as file:
                for name in RECORDS:
                    setattr(self, name, _entries(file[name]))
                self.columns = {name: labels[...] for name, labels in file["columns"].items()}
                self.automorphisms = file["reference/automorphisms"][...]
                self.attributes = read_attributes(file)
                self.n_columns = len(self.columns["atom"])
                if file["descriptors"].shape != (len(self.id), self.n_columns):
                    raise KeyError(f"descriptors of shape {file['descriptors'].shape} do not fit their labels")
                if len(self.elements) != self.attributes["n_atoms"]:
                    raise KeyError("no atoms")
        except (OSError, KeyError, AttributeError, TypeError, ValueError) as error:
            raise InputError(
                f"this is not a descriptor file ({error})", file=path, remedy="give a file that featurize wrote"
            ) from error

    @property
    def elements(self) -> np.ndarray:
        """Element of each atom of the columns, (n_atoms,) object array of str."""
        centres = self.columns["element_centre"].reshape(int(self.attributes["n_atoms"]), -1)
        return centres[:, 0].astype("S").astype(str).astype(object)

    def read(self, rows: np.ndarray, out: np.ndarray, places: np.ndarray):
        """Read the descriptors of some structures, piece by piece.

        Parameters
        ----------
        rows : (n,) int
            The structures, by their place in the file; in any order.
        out : (m, D) float64
            Its rows `places` are filled.
        places : (n,) int
        """
        if not len(rows):
            return
        order = np.argsort(rows, kind="stable")
        ordered = rows[order]
        row_bytes = 8 * max(self.n_columns, 1)
        with h5py.File(self.path, "r") as file:
            dataset = file["descriptors"]
            # HDF5 is slow with lists of single rows: what lies close together is read in one piece.
            gaps = np.flatnonzero(np.diff(ordered) > 1 + _GAP_BYTES // row_bytes) + 1
            for run in np.split(np.arange(len(rows)), gaps):
                start = run[0]
                while start <= run[-1]:
                    low = ordered[start]
                    stop = np.searchsorted(ordered[: run[-1] + 1], low + max(_PIECE_BYTES // row_bytes, 1))
                    wanted, target = ordered[start:stop], places[order[start:stop]]
                    if _consecutive(wanted) and _consecutive(target):
                        dataset.read_direct(out, np.s_[low : wanted[-1] + 1], np.s_[target[0] : target[-1] + 1])
                    else:
                        out[target] = dataset[low : wanted[-1] + 1][wanted - low]
                    start = stop


def _consecutive(numbers) -> bool:
    return bool(np.all(np.diff(numbers) == 1))


def _entries(dataset) -> np.ndarray:
    return dataset.asstr()[...].astype(object) if h5py.check_string_dtype(dataset.dtype) else dataset[...]
