"""Files of other stages that a deposit takes in, under names that stand alone: some repositories know no folders."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.errors import InputError
from crystalspan.landscape.file import Landscape

_OTHER = "give files that were made of this landscape"


def copy_names(paths: Sequence[PathLike], kind: str) -> list[str]:
    """Return a name for each of some HDF5 files, such as ``descriptors_14_0-10.h5``: what tells their paths apart.

    Parameters
    ----------
    paths : sequence of path-like
        All different.
    kind : str
        What the names begin with.
    """
    parts = [Path(os.path.abspath(path)).with_suffix("").parts for path in paths]
    names = []
    for one in parts:
        told = [word for i, word in enumerate(one) if not all(other[i : i + 1] == (word,) for other in parts)]
        told = [word for word in told if word != kind]
        names.append(
            "_".join(filter(None, [kind, *(re.sub(r"[^A-Za-z0-9.+-]+", "-", word).strip("-.") for word in told)]))
        )
    seen: dict[str, int] = {}
    for i, name in enumerate(names):
        seen[name.lower()] = seen.get(name.lower(), 0) + 1
        again = seen[name.lower()]
        names[i] = (name[:100] if again == 1 else f"{name[:100]}_{again}") + ".h5"
    return names


def check_descriptors(paths: Sequence[PathLike], landscape: Landscape) -> list[dict]:
    """Return the settings of descriptor files, one a file, when they are of a landscape's crystals.

    Raises
    ------
    InputError
        A file is none, or of other crystals.
    """
    from crystalspan.descriptors.file import DescriptorFile

    found = []
    for path in paths:
        file = DescriptorFile(path)
        ids, energies = (getattr(file, name) for name in ("id", "lattice_energy"))
        _same_crystals(path, file.molecule, ids, energies, landscape)
        found.append(file.attributes.get("settings") or {})
    return found


def check_spectra(paths: Sequence[PathLike], landscape: Landscape) -> list[dict]:
    """Return the settings of spectrum files, one a file, when they are of a landscape's crystals.

    Raises
    ------
    InputError
        A file is none, or of other crystals.
    """
    if not paths:
        return []
    from crystalspan.spectra.file import read_spectra  # costs half a second, which only those who ask for it pay

    found = []
    for path in paths:
        spectra = read_spectra([path])
        for one in spectra:
            _same_crystals(path, one.molecule, one.id, None, landscape)
        found.append(spectra[0].settings if spectra else {})
    return found


def _same_crystals(path, molecule: str, ids, energies, landscape: Landscape):
    energy = dict(zip(map(str, landscape.id), landscape.lattice_energy.tolist(), strict=True))
    if molecule != landscape.name:
        raise InputError(f"is of the molecule {molecule}, not of {landscape.name}", file=path, remedy=_OTHER)
    strange = [str(one) for one in ids if str(one) not in energy]
    if strange:
        raise InputError(
            f"{len(strange)} crystals are not in the landscape", file=path, record=strange[0], remedy=_OTHER
        )
    if energies is not None and len(ids):
        apart = np.abs(np.array([energy[str(one)] for one in ids]) - energies)
        if apart.max() > 1e-6:
            first = str(ids[int(np.argmax(apart > 1e-6))])
            raise InputError("energies are not those of the landscape", file=path, record=first, remedy=_OTHER)
