"""Spectrum files."""

import dataclasses
from pathlib import Path

import h5py
import numpy as np

from crystalspan.errors import InputError
from crystalspan.provenance import atomic_output, read_attributes, write_attributes
from crystalspan.spectra.pca import Spectrum

_ARRAYS = ("eigenvalues", "singular_values", "scores", "loadings", "mean", "scale")


@dataclasses.dataclass(frozen=True)
class SpectrumFile:
    """What a spectrum file holds, without loadings.

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
    n_structures, n_columns, rank : int
    eigenvalues, singular_values : ndarray (r,) float64
    scores : ndarray (N, k) float64
    relative_energy : ndarray (N,) float64
        kJ/mol.
    id : ndarray (N,) str
    components : list of tuple (criterion, threshold, components)
        threshold is NaN and components is -1 where there is none.
    quality : dict
        How well the map of two components keeps neighbours.
    settings : dict
        The section `analysis` that it was made with.
    """

    path: Path
    molecule: str
    space_group: str
    window: str
    flag: str
    n_structures: int
    n_columns: int
    rank: int
    eigenvalues: np.ndarray
    singular_values: np.ndarray
    scores: np.ndarray
    relative_energy: np.ndarray
    id: np.ndarray
    components: list
    quality: dict
    settings: dict


def write_spectrum(path, result: Spectrum, descriptors, labels: dict, counts, record: dict):
    """Write a spectrum file, whole or not at all.

    Parameters
    ----------
    path : path-like
        The HDF5 file.
    result : Spectrum
    descriptors : JoinedDescriptors
        Gives id and relative_energy of the structures.
    labels : dict
        molecule, space_group, window.
    counts : list of ComponentCount
        Number of components by each criterion.
    record : dict
        Provenance.
    """
    with atomic_output(path) as temporary, h5py.File(temporary, "w") as handle:
        write_attributes(handle, record | labels)
        for name in ("flag", "n_structures", "n_columns", "rank"):
            handle.attrs[name] = getattr(result, name)
        for name in _ARRAYS:
            handle[name] = getattr(result, name)
        handle["variance_shares"] = result.variance_shares
        handle["singular_value_shares"] = result.singular_value_shares
        text = h5py.string_dtype()
        handle.create_dataset("id", data=descriptors.id.astype(object), dtype=text)
        handle["relative_energy"] = descriptors.relative_energy
        group = handle.create_group("components")
        group.create_dataset("criterion", data=[count.criterion for count in counts], dtype=text)
        group["threshold"] = np.array([count.threshold for count in counts], dtype=float)
        group["components"] = np.array([count.components for count in counts], dtype=float)
        group = handle.create_group("map_quality")
        for name, value in result.quality.items():
            group.attrs[name] = value


def read_spectrum(path, points: bool = True) -> SpectrumFile:
    """Read a spectrum file.

    Parameters
    ----------
    path : path-like
    points : bool
        False leaves out what is kept of each structure (scores, relative_energy, id): for many spectra.

    Raises
    ------
    InputError
        The file is missing or is not a spectrum file.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("there is no such file", file=path, remedy="run pca first, or mend the path")
    try:
        with h5py.File(path, "r") as handle:
            attributes = handle.attrs
            table = handle["components"]
            counts = zip(
                table["criterion"].asstr()[...].tolist(),
                table["threshold"][...].tolist(),
                table["components"][...].tolist(),
                strict=True,
            )
            return SpectrumFile(
                path=path,
                **{name: str(attributes[name]) for name in ("molecule", "space_group", "window", "flag")},
                **{name: int(attributes[name]) for name in ("n_structures", "n_columns", "rank")},
                **{name: handle[name][...] for name in ("eigenvalues", "singular_values")},
                **{name: handle[name][() if points else slice(0)] for name in ("scores", "relative_energy")},
                id=handle["id"].asstr()[() if points else slice(0)],
                components=list(counts),
                quality={key: value.item() for key, value in handle["map_quality"].attrs.items()},
                settings=read_attributes(handle)["settings"],
            )
    except (OSError, KeyError) as error:
        raise InputError(
            f"this is not a spectrum file ({error})", file=path, remedy="give a file that pca wrote"
        ) from error
