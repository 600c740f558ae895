"""Spectrum files: one HDF5 group ``SPACE_GROUP/WINDOW`` for each spectrum, as many as a job computes."""

import contextlib
import dataclasses
from pathlib import Path

import h5py
import numpy as np

from crystalspan.errors import InputError
from crystalspan.provenance import atomic_output
from crystalspan.spectra.pca import Spectrum
from crystalspan.storage import read_attributes, write_attributes

_ARRAYS = ("eigenvalues", "eigenvalue_errors", "singular_values", "scores", "loadings", "mean", "scale")


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
    eigenvalues, eigenvalue_errors, singular_values : ndarray (r,) float64
        See `Spectrum`.
    scores : ndarray (N, k) float64
    relative_energy : ndarray (N,) float64
        kJ/mol.
    id : ndarray (N,) str
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

    def __init__(self, handle: h5py.File):
        self._handle = handle
        self._written = 0

    def add(self, result: Spectrum, descriptors, labels: dict):
        """Write one spectrum.

        Parameters
        ----------
        result : Spectrum
        descriptors : JoinedDescriptors
            Gives id and relative_energy of the structures.
        labels : dict
            molecule, space_group, window.
        """
        handle = self._handle.create_group(f"{labels['space_group']}/{labels['window']}")
        write_attributes(handle, labels)
        handle.attrs["number"] = self._written
        self._written += 1
        for name in ("flag", "method", "n_structures", "n_columns", "rank", "total_variance"):
            handle.attrs[name] = getattr(result, name)
        for name in _ARRAYS:
            handle[name] = getattr(result, name)
        handle["variance_shares"] = result.variance_shares
        handle["singular_value_shares"] = result.singular_value_shares
        text = h5py.string_dtype()
        handle.create_dataset("id", data=descriptors.id.astype(object), dtype=text)
        handle["relative_energy"] = descriptors.relative_energy


@contextlib.contextmanager
def new_spectrum_file(path, record: dict):
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
    with atomic_output(path) as temporary, h5py.File(temporary, "w") as handle:
        write_attributes(handle, record)
        yield SpectrumWriter(handle)


def read_spectra(paths, points: bool = True) -> list[StoredSpectrum]:
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


def read_spectrum(path, points: bool = True) -> StoredSpectrum:
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
    if not path.is_file():
        raise InputError("there is no such file", file=path, remedy="run pca first, or mend the path")
    try:
        with h5py.File(path, "r") as handle:
            settings = read_attributes(handle)["settings"]
            groups = [window for group in handle.values() for window in group.values()]
            groups.sort(key=lambda group: int(group.attrs["number"]))
            return [_read_one(path, group, settings, points) for group in groups]
    except (OSError, KeyError, AttributeError, TypeError) as error:
        raise InputError(
            f"this is not a spectrum file ({error})", file=path, remedy="give a file that pca wrote"
        ) from error


def _read_one(path, handle, settings, points) -> StoredSpectrum:
    attributes = handle.attrs
    return StoredSpectrum(
        path=path,
        **{name: str(attributes[name]) for name in ("molecule", "space_group", "window", "flag", "method")},
        **{name: int(attributes[name]) for name in ("n_structures", "n_columns", "rank")},
        total_variance=float(attributes["total_variance"]),
        **{name: handle[name][...] for name in ("eigenvalues", "eigenvalue_errors", "singular_values")},
        **{name: handle[name][() if points else slice(0)] for name in ("scores", "relative_energy")},
        id=handle["id"].asstr()[() if points else slice(0)],
        settings=settings,
    )
