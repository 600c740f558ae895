"""The one place for numba's options.

``njit`` compiles strictly (IEEE arithmetic: the same results for any number of ranks) and caches
the machine code, so that the second process of a study starts in a fraction of a second.
"""

import functools

import numba

njit = functools.partial(numba.njit, cache=True, nogil=True, error_model="numpy")
njit_inline = functools.partial(numba.njit, cache=True, nogil=True, error_model="numpy", inline="always")
