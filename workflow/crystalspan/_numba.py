"""The one place for numba's options, and for the home of its machine code.

``njit`` compiles strictly (IEEE arithmetic: the same results for any number of ranks) and caches the machine code,
so that the second process of a study starts in a fraction of a second.

Numba's cache sees a change in the file of a function, but not in the files of the functions that it calls and
inlines. So every state of the library's kernels has a cache folder of its own, named after their hash, in
`NUMBA_CACHE_DIR` where it is set, else in the user's cache (`XDG_CACHE_HOME`, or ``~/.cache``). What lies there is
executed, so a folder that somebody else can write to is not used.
"""

import atexit
import functools
import grp
import hashlib
import os
import pwd
import shutil
import stat
import sys
import tempfile
from pathlib import Path

import numba

_LIBRARY = Path(__file__).parent


def _sources_hash() -> str:
    """Hash the modules that hold compiled functions, and numba's version."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(_LIBRARY.rglob("*.py")):
        text = path.read_bytes()
        if b"njit" in text:
            digest.update(text)
    return digest.hexdigest()[:16]


def _cache_folder() -> str:
    """Return a folder for machine code that nobody else can write to; numba unpickles what lies there."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    base = Path(numba.config.CACHE_DIR or os.path.join(home, "crystalspan"))
    folder = Path(os.path.realpath(base)) / f"numba-{_sources_hash()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
        reason = _distrust(folder)
    except OSError as error:
        reason = str(error)
    if not reason:
        return str(folder)
    private = tempfile.mkdtemp(prefix="crystalspan-numba-")
    atexit.register(_remove, private, os.getpid())
    print(
        f"crystalspan: kernels are compiled anew, for {base} cannot keep them ({reason}); "
        "set XDG_CACHE_HOME to a folder that only you can write to",
        file=sys.stderr,
    )
    return private


def _distrust(folder: Path) -> str:
    """Say why somebody else could have put files into a folder, or put another one in its place; empty if nobody."""
    for level in (folder, *folder.parents):
        status = level.lstat()
        ours = status.st_uid == os.geteuid()
        if not stat.S_ISDIR(status.st_mode):
            return f"{level} is no real folder"
        if not ours and (status.st_uid != 0 or level == folder):
            return f"{level} belongs to another user"
        # In a folder like /tmp (sticky) others can make new files, but cannot replace what is ours.
        shared = level != folder and bool(status.st_mode & stat.S_ISVTX)
        if status.st_mode & stat.S_IWOTH and not shared:
            return f"{level} can be written by others"
        if status.st_mode & stat.S_IWGRP and not shared and not _is_own_group(status.st_gid):
            return f"{level} can be written by its group"
    return ""


def _is_own_group(group: int) -> bool:
    """Whether a group is the administrator's, or the one that carries a user's own name and has nobody else in it."""
    try:
        entry, user = grp.getgrgid(group), pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return False
    return group == 0 or (entry.gr_name == user and not set(entry.gr_mem) - {user})


def _remove(folder: str, process: int):
    # A forked child must not take away the folder of its parent.
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


numba.config.CACHE_DIR = _cache_folder()

njit = functools.partial(numba.njit, cache=True, nogil=True, error_model="numpy")
njit_inline = functools.partial(numba.njit, cache=True, nogil=True, error_model="numpy", inline="always")
# For functions that take no memory: they borrow their arrays and count no references to them. Numba otherwise counts at
# every call and slice, with instructions that wait for the other cores: a fifth of the time of the radial functions.
njit_borrowing = functools.partial(numba.njit, cache=True, nogil=True, error_model="numpy", _nrt=False)
# For the parts of an innermost loop: LLVM inlines them whatever their size, so that no call stands in the loop.
njit_within = functools.partial(njit_borrowing, forceinline=True)
