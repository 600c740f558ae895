"""A file of a deposit, as its descriptions name it."""

import dataclasses

from crystalspan.export.about import About

# Of the folder's own files: name, type and what is in it.
KINDS = {
    "structures.zip": ("application/zip", "a CIF for each crystal"),
    "structures.csv": ("text/csv", "a row for each crystal: energies, densities, cells, duplicates, split"),
    "structures.xyz": ("chemical/x-xyz", "extended XYZ: a frame for each crystal, every atom of its cell"),
    "settings.json": ("application/json", "configuration with which the CIFs are read and described again"),
    "provenance.json": ("application/json", "how everything was made: settings, versions, checksums of inputs"),
    "rejected.csv": ("text/csv", "what was read and not accepted, with reasons"),
    "explore.html": ("text/html", "maps and crystals to look at in a browser"),
    "README.txt": ("text/plain", "what is in the files, for people"),
    "LICENSE.txt": ("text/plain", "what others may do with the data"),
    "CITATION.cff": ("application/yaml", "how to cite the data"),
    "datacite.json": ("application/json", "metadata as DataCite has them"),
    "croissant.json": ("application/ld+json", "metadata as Croissant has them, for machine learning"),
    "optimade.yaml": ("application/yaml", "how optimade-maker serves the crystals"),
    "ro-crate-metadata.json": ("application/ld+json", "metadata as an RO-Crate"),
    "SHA256SUMS": ("text/plain", "checksums: sha256sum --check SHA256SUMS"),
}
HDF5 = "application/x-hdf5"


@dataclasses.dataclass(frozen=True)
class DepositedFile:
    """One file.

    Parameters
    ----------
    name : str
    kind : str
        Media type.
    about : str
    size : int
        Bytes.
    sha256 : str
    """

    name: str
    kind: str
    about: str
    size: int
    sha256: str


@dataclasses.dataclass(frozen=True)
class Deposit:
    """What descriptions say.

    Parameters
    ----------
    molecule : str
    about : About
    files : tuple of DepositedFile
        Those that are there already.
    software : str
        Version of this program.
    """

    molecule: str
    about: About
    files: tuple[DepositedFile, ...]
    software: str
