"""The descriptor file: one HDF5 file per molecule, space group and energy shell."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from crystalspan.arrays import ArrayLike, PathLike
from crystalspan.descriptors.parameters import Columns
from crystalspan.storage import TEXT, Array, Group, Layout, Writer, new_file, open_file

# One entry a structure, beside the descriptors.
_RECORDS = {
    "id": Array(TEXT, ("n",)),
    "relative_energy": Array("float64", ("n",)),
    "lattice_energy": Array("float64", ("n",)),
    "density": Array("float64", ("n",)),
    "space_group": Array("int16", ("n",), least=1, below=231),
}
RECORDS = tuple(_RECORDS)
# What a column is, the same for every atom; and what an atom is. Column j holds value j % v of atom j // v.
_OF_VALUES = {
    "kind": Array(TEXT, ("v",)),
    "neighbours": Array(TEXT, ("v",)),
    "shift": Array("float64", ("v",)),
    # NaN for a radial function.
    "theta": Array("float64", ("v",), finite=False),
}
LAYOUT = Layout(
    "featurize",
    "descriptor file",
    Group(
        {
            # Rows that are not finite are named when they are used: see `crystalspan.points.descriptors`.
            "descriptors": Array("float64", ("n", "columns"), finite=False),
            **_RECORDS,
            **{f"values/{name}": array for name, array in _OF_VALUES.items()},
            "atoms/element": Array(TEXT, ("m",)),
            "atoms/automorphisms": Array("int32", ("k", "m"), least=0, below="m"),
        },
        {"molecule": str, "functions?": object},
    ),
)
# Rows read at a time, and rows between wanted ones that are read along, bytes.
_PIECE_BYTES = 8 * 2**20
_GAP_BYTES = 2**18


class DescriptorWriter:
    """Rows of a descriptor file, written block after block by one process."""

    def __init__(self, file: Writer, n_structures: int, n_columns: int):
        self._file = file
        self._row, self._n_structures = 0, n_structures
        self._descriptors = file.space("descriptors", (n_structures, n_columns))
        self._records: dict[str, list] = {name: [] for name in RECORDS}

    def append(self, records: Mapping[str, np.ndarray], values: np.ndarray) -> None:
        """Write the next structures.

        Parameters
        ----------
        records : dict
            For each name of `RECORDS` an array of n entries.
        values : (n, n_columns) float64
        """
        rows = slice(self._row, self._row + len(values))
        self._descriptors[rows] = values
        for name, kept in self._records.items():
            kept.extend(records[name])
        self._row = rows.stop

    def finish(self) -> None:
        """Write what is known of the structures beside their descriptors."""
        if self._row != self._n_structures:
            raise RuntimeError(f"{self._row} of {self._n_structures} structures were written")
        for name, kept in self._records.items():
            self._file.put(name, kept)


@contextlib.contextmanager
def new_descriptor_file(
    path: PathLike, n_structures: int, columns: Columns, automorphisms: ArrayLike, record: dict
) -> Iterator[DescriptorWriter]:
    """Make a descriptor file, to be filled block after block; it appears when it is complete.

    Parameters
    ----------
    path : path-like
    n_structures : int
        May be 0: an empty shell has a valid file too.
    columns : Columns
        Labels of the columns: the same values for each atom.
    automorphisms : (k, n_atoms) int
        Relabellings of the reference molecule that leave its bonding graph unchanged.
    record : dict
        Provenance, molecule and functions.

    Yields
    ------
    DescriptorWriter
    """
    with new_file(path, LAYOUT, record) as file:
        n_values = int(np.count_nonzero(columns.atom == 0))
        for name in _OF_VALUES:
            file.put(f"values/{name}", getattr(columns, name)[:n_values])
        file.put("atoms/element", columns.element_centre[::n_values])
        file.put("atoms/automorphisms", np.asarray(automorphisms))
        writer = DescriptorWriter(file, n_structures, len(columns.atom))
        yield writer
        writer.finish()


class DescriptorFile:
    """One descriptor file: labels and records in memory, the descriptors in the file until asked for.

    Parameters
    ----------
    path : path-like

    Attributes
    ----------
    path : Path
    molecule : str
    id : (n,) object array of str
    relative_energy, lattice_energy : (n,) float64, kJ/mol
    density : (n,) float64, g/cm3
    space_group : (n,) int16
    elements : (n_atoms,) object array of str
        Element of each atom of the columns.
    values : dict
        kind, neighbours, shift and theta (see `Columns`) of the v values that each atom has.
    automorphisms : (k, n_atoms) int32
        Relabellings of the reference molecule's equivalent atoms, identity first.
    settings : dict or None
        The section ``descriptor`` that it was made with.
    attributes : dict
        molecule, functions, and the provenance.

    Raises
    ------
    InputError
        The file is missing, damaged, or no descriptor file.
    """

    def __init__(self, path: PathLike):
        self.path = Path(path)
        with open_file(path, LAYOUT) as file:
            for name in RECORDS:
                setattr(self, name, file[name])
            self.values = {name: file[f"values/{name}"] for name in _OF_VALUES}
            self.elements, self.automorphisms = file["atoms/element"], file["atoms/automorphisms"]
            self.attributes = file.attributes
            self.n_columns = file.sizes["columns"]
            if self.n_columns != file.sizes["m"] * file.sizes["v"] or not self.n_columns:
                raise file.refuse(
                    f"{self.n_columns} columns do not fit {file.sizes['m']} atoms of {file.sizes['v']} values"
                )
        self.molecule = self.attributes["molecule"]
        self.settings = (self.attributes.get("settings") or {}).get("descriptor")

    @property
    def columns(self) -> Columns:
        """The labels of all columns."""
        n_atoms, n_values = len(self.elements), len(self.values["kind"])
        return Columns(
            np.repeat(np.arange(n_atoms, dtype=np.int32), n_values),
            np.repeat(self.elements, n_values),
            **{name: np.tile(labels, n_atoms) for name, labels in self.values.items()},
        )

    def read(self, rows: np.ndarray, out: np.ndarray, places: np.ndarray) -> None:
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
        with open_file(self.path, LAYOUT) as file:
            # HDF5 is slow with lists of single rows: what lies close together is read in one piece.
            gaps = np.flatnonzero(np.diff(ordered) > 1 + _GAP_BYTES // row_bytes) + 1
            for run in np.split(np.arange(len(rows)), gaps):
                start = run[0]
                while start <= run[-1]:
                    low = ordered[start]
                    stop = np.searchsorted(ordered[: run[-1] + 1], low + max(_PIECE_BYTES // row_bytes, 1))
                    wanted, target = ordered[start:stop], places[order[start:stop]]
                    piece = slice(int(low), int(wanted[-1]) + 1)
                    if _consecutive(wanted) and _consecutive(target):
                        file.read_into("descriptors", out, piece, slice(int(target[0]), int(target[-1]) + 1))
                    else:
                        out[target] = file.read("descriptors", piece)[wanted - low]
                    start = stop


def _consecutive(numbers) -> bool:
    return bool(np.all(np.diff(numbers) == 1))
