"""How an output was made, and how it comes into being: whole or not at all."""

import contextlib
import hashlib
import importlib.metadata
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from crystalspan import __version__
from crystalspan.arrays import PathLike
from crystalspan.errors import InputError

_BLOCK = 1 << 16
_FORGOTTEN_SECONDS = 7 * 24 * 3600
_PACKAGES = ("numpy", "scipy", "numba", "h5py", "gemmi", "spglib", "scikit-learn", "umap-learn", "mpi4py")


def versions() -> dict:
    """Return the versions of CrystalSpan, Python and the libraries that touch the numbers."""
    found = {"crystalspan": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found


def sha256(path: PathLike) -> str:
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


def provenance(stage: str, settings: dict, inputs: Iterable[PathLike] = ()) -> dict:
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
def atomic_output(path: PathLike) -> Iterator[Path]:
    """Give a temporary path beside `path`, which takes its place when the block ends without an error.

    A killed or failed job leaves the old file (or none), never half of a new one. What a killed job left beside it is
    removed by the next one that writes the same file.

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
    _remove_abandoned(path)
    prefix = f"{_prefix(path)}{_machine()}.{os.getpid()}."
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _flush(temporary)
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    finally:
        _remove(temporary)


@contextlib.contextmanager
def atomic_folder(path: PathLike) -> Iterator[Path]:
    """Give a temporary folder beside `path`, which becomes it when the block ends without an error.

    Parameters
    ----------
    path : path-like
        The folder to make; the one above it is made when missing.

    Yields
    ------
    pathlib.Path
        The folder to write into.

    Raises
    ------
    InputError
        Something of that name is there already: its files would mix with the new ones.
    """
    path = Path(path)
    if os.path.lexists(path):
        raise InputError("is there already", file=path, remedy="remove it, or name another")
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    temporary = Path(tempfile.mkdtemp(prefix=f"{_prefix(path)}{_machine()}.{os.getpid()}.", dir=path.parent))
    try:
        yield temporary
        for name in _files(str(temporary)):
            _flush(temporary / name)
        temporary.chmod(0o777 & ~_umask())
        os.rename(temporary, path)
    finally:
        _remove(temporary)


def _prefix(path: Path) -> str:
    # A temporary name says whose it is: target, machine and process; names of files may have 255 bytes.
    return f".{path.name[:40]}."


def _machine() -> str:
    """Return a short name for what numbers processes: the machine, or the container in it."""
    namespace = "/proc/self/ns/pid"
    name = f"{platform.node()} {os.stat(namespace).st_ino if os.path.exists(namespace) else ''}"
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def _remove_abandoned(path: Path):
    """Remove the temporary files of this output whose jobs were killed."""
    prefix, machine = _prefix(path), _machine()
    with os.scandir(path.parent) as entries:
        found = [entry for entry in entries if entry.name.startswith(prefix)]
    for entry in found:
        owner, _, process = entry.name[len(prefix) :].partition(".")
        process = process.partition(".")[0]
        with contextlib.suppress(OSError):
            if owner == machine and process.isdecimal():
                abandoned = not _is_alive(int(process))
            else:
                # Of another machine of a cluster only the time tells: no job goes without writing for so long.
                abandoned = len(owner) == len(machine) and time.time() - entry.stat().st_mtime > _FORGOTTEN_SECONDS
            if abandoned:
                _remove(Path(entry.path))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove(path: Path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def write_text(path: PathLike, text: str) -> None:
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
