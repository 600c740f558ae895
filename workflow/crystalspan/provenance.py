"""How an output was made, and how it comes into being: whole or not at all."""

import contextlib
import hashlib
import importlib.metadata
import os
import platform
import shutil
import tempfile
from pathlib import Path

from crystalspan import __version__

_BLOCK = 1 << 16
_NAMES = frozenset({"molecule", "space_group", "window"})
_PACKAGES = ("numpy", "scipy", "numba", "h5py", "gemmi", "spglib", "scikit-learn", "umap-learn", "mpi4py")


def versions() -> dict:
    """Return the versions of CrystalSpan, Python and the libraries that touch the numbers."""
    found = {"crystalspan": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found


def sha256(path) -> str:
    """Return the SHA-256 of a file, or of a folder's files in the order of their names."""
    path, digest = os.fspath(path), hashlib.sha256()
    for within in _files(path) if os.path.isdir(path) else [""]:
        digest.update(os.fsencode(within))
        with open(os.path.join(path, within) if within else path, "rb", buffering=0) as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def _files(folder: str) -> list[str]:
    """Return the files below a folder, sorted as paths are; `pathlib` takes three times as long."""
    found = []
    for path, _, names in os.walk(folder):
        within = os.path.relpath(path, folder)
        found += names if within == os.curdir else [os.path.join(within, name) for name in names]
    found.sort(key=lambda name: name.split(os.sep))
    return [name for name in found if os.path.isfile(os.path.join(folder, name))]


def provenance(stage: str, settings: dict, inputs=()) -> dict:
    """Say how an output is made: stage, settings, versions and inputs with their SHA-256.

    It holds no time and no host, so that the same work gives the same file.
    """
    return {
        "stage": stage,
        "settings": settings,
        "versions": versions(),
        "inputs": {str(path): sha256(path) for path in inputs},
    }


@contextlib.contextmanager
def atomic_output(path):
    """Give a temporary path beside `path`, which takes its place when the block ends without an error.

    A killed or failed job leaves the old file (or none), never half of a new one.

    Parameters
    ----------
    path : path-like
        The file to write; its folder is made when missing.

    Yields
    ------
    pathlib.Path
        The path to write to, with the same suffix as `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _flush(temporary)
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)


def write_text(path, text: str):
    """Write a text file, whole or not at all."""
    with atomic_output(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _flush(path):
    """Force the data to disk, so that a full disk shows before the rename and not after."""
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
