"""What killed MPI processes leave behind: MPICH's segments of shared memory."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from crystalspan.arrays import PathLike

SHARED_MEMORY = "/dev/shm"
_SEGMENTS = "mpich_shm_*"
# A segment that was made just now may not have been mapped yet.
_OLD = 60.0


def remove_dead_segments(folder: PathLike = SHARED_MEMORY, processes: PathLike = "/proc") -> list[Path]:
    """Remove MPICH's segments that are ours, older than a minute, and mapped by no process.

    MPICH names a segment after its job's number; ranks of a later job with the same number would take it for theirs.

    Parameters
    ----------
    folder : path-like
        Where the segments lie.
    processes : path-like
        Linux's table of processes. Where not even this process is seen in it, nothing is removed.

    Returns
    -------
    list of Path
        What was removed.
    """
    dead = {path: inode for path, inode in _old_segments(Path(folder))}
    if not dead:
        return []
    try:
        mapped = _mapped_files(Path(processes))
    except OSError:
        return []
    removed = []
    for path, inode in dead.items():
        if inode in mapped or str(path) in mapped:
            continue
        # Another rank may be faster.
        with contextlib.suppress(OSError):
            path.unlink()
            removed.append(path)
    return removed


def _old_segments(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield our segments of more than a minute, with their inodes as they stand in a process's maps."""
    for path in folder.glob(_SEGMENTS):
        with contextlib.suppress(FileNotFoundError):
            found = path.stat(follow_symlinks=False)
            if found.st_uid == os.geteuid() and time.time() - max(found.st_mtime, found.st_ctime) > _OLD:
                yield path, str(found.st_ino)


def _mapped_files(processes: Path) -> set[str]:
    """Return inodes and paths of all files that processes map, as far as we may look into them.

    A process that we may not look into has other rights than ours, and is none of our ranks.

    Raises
    ------
    OSError
        Not even this process is seen.
    """
    mapped = set(_maps(processes / str(os.getpid())))
    for process in processes.iterdir():
        # Processes end while they are looked at.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if process.name.isdigit():
                mapped |= set(_maps(process))
    return mapped


def _maps(process: Path) -> Iterator[str]:
    for line in (process / "maps").read_text(errors="surrogateescape").splitlines():
        # address, permissions, offset, device, inode, path
        yield from line.split(maxsplit=5)[4:]
