"""Spectrum files: one HDF5 group ``SPACE_GROUP/WINDOW`` for each spectrum, as many as a job computes."""

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.spectra.pca import Spectrum
from crystalspan.storage import TEXT, Array, Group, Layout, Part, Writer, new_file, open_file

_ARRAYS = {
    "eigenvalues": Array("float64", ("r",)),
    "eigenvalue_errors": Array("float64", ("r",)),
    "singular_values": Array("float64", ("r",)),
    "variance_shares": Array("float64", ("r",)),
    # NaN where not all singular values are known.
    "singular_value_shares": Array("float64", ("r",), finite=False),
    "scores": Array("float64", ("n", "k")),
    "loadings": Array("float64", ("k", "d")),
    "mean": Array("float64", ("d",), finite=False),
    # A constant column has scale inf.
    "scale": Array("float64", ("d",), finite=False),
}
_RECORDS = {"id": Array(TEXT, ("n",)), "relative_energy": Array("float64", ("n",))}
_NUMBERS = {"n_structures": int, "n_columns": int, "rank": int, "total_variance": float}
_NAMES = ("molecule", "space_group", "window", "flag", "method")
_SPECTRUM = Group(
    {
        **_ARRAYS,
        **_RECORDS,
    },
    {"number": int, **dict.fromkeys(_NAMES, str), **_NUMBERS},
)
LAYOUT = Layout(
    "pca", "spectrum file", Group({"*": Group({"*": _SPECTRUM})}, {"settings": object, "descriptor_settings?": object})
)


@dataclasses.dataclass(frozen=True)
class StoredSpectrum:
    """One spectrum of a file, without loadings.

    Parameters
    ----------
    path : Path
    molecule : str
    space_group : str
        Space group number, or ``all``.
    window : str
        Energy window, such as ``0-10`` (kJ/mol).
    flag : str
        See `Spectrum`.
    method : str
        ``exact``, or ``randomized``: the leading eigenvalues only.
    n_structures, n_columns, rank : int
    total_variance : float
    eigenvalues, eigenvalue_errors, singular_values : (r,) float64
        See `Spectrum`.
    scores : (N, k) float64
    relative_energy : (N,) float64
        kJ/mol.
    id : (N,) str
    settings : dict
        The settings that it was made with.
    """

    path: Path
    molecule: str
    space_group: str
    window: str
    flag: str
    method: str
    n_structures: int
    n_columns: int
    rank: int
    total_variance: float
    eigenvalues: np.ndarray
    eigenvalue_errors: np.ndarray
    singular_values: np.ndarray
    scores: np.ndarray
    relative_energy: np.ndarray
    id: np.ndarray
    settings: dict


class SpectrumWriter:
    """Spectra of a new file, written one after the other."""

    def __init__(self, file: Writer):
        self._file = file
        self._groups: dict[str, Writer] = {}
        self._written = 0

    def add(self, result: Spectrum, descriptors: JoinedDescriptors, labels: dict[str, str]) -> None:
        """Write one spectrum.

        Parameters
        ----------
        result : Spectrum
        descriptors : JoinedDescriptors
            Gives id and relative_energy of the structures.
        labels : dict
            molecule, space_group, window.
        """
        outer = labels["space_group"]
        if outer not in self._groups:
            self._groups[outer] = self._file.group(outer)
        numbers = {name: getattr(result, name) for name in ("flag", "method", *_NUMBERS)}
        group = self._groups[outer].group(labels["window"], number=self._written, **labels, **numbers)
        self._written += 1
        for name in _ARRAYS:
            group.put(name, getattr(result, name))
        for name in _RECORDS:
            group.put(name, getattr(descriptors, name))


@contextlib.contextmanager
def new_spectrum_file(path: PathLike, record: dict) -> Iterator[SpectrumWriter]:
    """Make a spectrum file, to be filled spectrum after spectrum; it appears when it is complete.

    Parameters
    ----------
    path : path-like
        The HDF5 file.
    record : dict
        Provenance.

    Yields
    ------
    SpectrumWriter
    """
    with new_file(path, LAYOUT, record) as file:
        yield SpectrumWriter(file)


def read_spectra(paths: Iterable[PathLike], points: bool = True) -> list[StoredSpectrum]:
    """Read every spectrum of some files, in the order of the files and within a file as they were written.

    Parameters
    ----------
    paths : iterable of path-like
    points : bool
        False leaves out what is kept of each structure (scores, relative_energy, id): for many spectra.

    Raises
    ------
    InputError
        A file is missing or is not a spectrum file.
    """
    return [spectrum for path in paths for spectrum in _read(Path(path), points)]


def read_spectrum(path: PathLike, points: bool = True) -> StoredSpectrum:
    """Read the spectrum of a file that holds only one.

    Raises
    ------
    InputError
        The file is missing, is not a spectrum file, or holds several spectra.
    """
    found = read_spectra([path], points)
    if len(found) != 1:
        names = ", ".join(f"{one.space_group}/{one.window}" for one in found)
        raise InputError(f"it holds {len(found)} spectra ({names}), not one", file=path, remedy="compute one alone")
    return found[0]


def _read(path: Path, points: bool) -> list[StoredSpectrum]:
    with open_file(path, LAYOUT) as file:
        groups = [window for group in file.parts.values() for window in group.parts.values()]
        groups.sort(key=lambda group: group.attributes["number"])
        return [_read_one(path, group, file.attributes["settings"], points) for group in groups]


def _read_one(path: Path, group: Part, settings: dict, points: bool) -> StoredSpectrum:
    rows = slice(None if points else 0)
    return StoredSpectrum(
        path=path,
        **{name: group.attributes[name] for name in (*_NAMES, *_NUMBERS)},
        eigenvalues=group["eigenvalues"],
        eigenvalue_errors=group["eigenvalue_errors"],
        singular_values=group["singular_values"],
        scores=group.read("scores", rows),
        relative_energy=group.read("relative_energy", rows),
        id=group.read("id", rows),
        settings=settings,
    )
