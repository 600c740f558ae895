"""The one place for numba's options, and for the home of its machine code.

``njit`` compiles strictly (IEEE arithmetic: the same results for any number of ranks) and caches the machine code,
so that the second process of a study starts in a fraction of a second.

Numba's cache sees a change in the file of a function, but not in the files of the functions that it calls and
inlines. So every state of the library's kernels has a cache folder of its own, named after their hash, in
`NUMBA_CACHE_DIR` where it is set, else in the user's cache.
"""

import functools
import hashlib
import os
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
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    base = Path(numba.config.CACHE_DIR or os.path.join(home, "crystalspan"))
    folder = base / f"numba-{_sources_hash()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"crystalspan-{os.getuid()}" / folder.name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return str(folder)


numba.config.CACHE_DIR = _cache_folder()

njit = functools.partial(numba.njit, cache=True, nogil=True, error_model="numpy")
njit_inline = functools.partial(numba.njit, cache=True, nogil=True, error_model="numpy", inline="always")
# For functions that take no memory: they borrow their arrays and count no references to them. Numba otherwise counts at
# every call and slice, with instructions that wait for the other cores: a fifth of the time of the radial functions.
njit_borrowing = functools.partial(numba.njit, cache=True, nogil=True, error_model="numpy", _nrt=False)
# For the parts of an innermost loop: LLVM inlines them whatever their size, so that no call stands in the loop.
njit_within = functools.partial(njit_borrowing, forceinline=True)
