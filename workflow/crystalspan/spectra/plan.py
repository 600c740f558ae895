"""How a spectrum of any size is computed within a given memory, decided before the first descriptor is read."""

import dataclasses

from crystalspan.errors import InputError
from crystalspan.spectra.settings import SpectrumSettings

MIB = 2**20
# The interpreter, its libraries and the buffers of BLAS and HDF5.
_PROGRAM = 320 * MIB
# Id, energies and places of a structure, while they are sorted.
_RECORDS = 600
# A block in work, its prepared copy (relabelled atoms) and a second block to multiply it with.
_BLOCKS = 3
# A smaller block would make the products of blocks slow.
_SMALLEST_BLOCK = 8 * MIB
# Matrices of columns x trial vectors: the basis, its product, and what orthogonalization copies.
_BASES = 5
# Random vectors that bound what the trial vectors leave out, see `randomized.leading_spectrum`.
PROBES = 20

GRAM, COVARIANCE, RANDOMIZED = "gram", "covariance", "randomized"


@dataclasses.dataclass(frozen=True)
class Plan:
    """How one spectrum is computed.

    Parameters
    ----------
    method : str
        ``gram`` (N x N products of structures), ``covariance`` (D x D products of columns): exact;
        ``randomized``: the leading components, with error bounds.
    block_rows : int
        Structures read at a time.
    trial_vectors : int
        Of the randomized method, else 0.
    memory : int
        Bytes needed at most, by each MPI rank.
    """

    method: str
    block_rows: int
    trial_vectors: int
    memory: int


def plan(n_structures: int, n_columns: int, width: int, settings: SpectrumSettings, ranks: int = 1) -> Plan:
    """Choose method and block size: exact wherever the smaller square matrix fits into the memory.

    Parameters
    ----------
    n_structures, n_columns : int
        N, and D after pooling.
    width : int
        Values of a structure in the file, before pooling.
    settings : SpectrumSettings
    ranks : int
        MPI ranks that share the structures.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        The memory is too small for any permitted method.
    """
    smaller = min(n_structures, n_columns)
    exact = GRAM if n_structures <= n_columns else COVARIANCE
    # Trial vectors beyond the components that are kept make the last of these converge.
    vectors = min(settings.randomized_components + max(10, settings.randomized_components // 5), smaller)
    fixed = {
        exact: 8 * smaller**2,
        RANDOMIZED: 8 * n_columns * (vectors * _BASES + PROBES * 2),
    }
    methods = {"auto": (exact, RANDOMIZED), "exact": (exact,), "randomized": (RANDOMIZED,)}[settings.solver]
    for method in methods:
        found = _fit(method, fixed[method], n_structures, n_columns, width, settings, ranks)
        if found is not None:
            return dataclasses.replace(found, trial_vectors=vectors if method == RANDOMIZED else 0)
    raise InputError(
        f"{n_structures} structures of {max(width, n_columns)} columns need more than memory_mib = "
        f"{settings.memory_mib:g} for the solver '{settings.solver}'",
        remedy="raise resources.memory_mib, or set spectra.solver to auto",
    )


def _fit(method, fixed, n, d, width, settings, ranks) -> Plan | None:
    """Give the blocks what the matrices leave; None where that is less than a sensible block."""
    row = 8 * max(width, d, 1)
    common = _PROGRAM + n * (_RECORDS + 16 * settings.scores)
    free = int(settings.memory_mib * MIB) - common - fixed
    wanted = int(settings.block_mib * MIB)
    block = min(wanted, free // _BLOCKS)
    if block < min(wanted, _SMALLEST_BLOCK, n * row) or (block < row and free < _BLOCKS * row):
        return None
    rows = max(1, block // row)
    if method == GRAM and ranks > 1:
        # Pairs of blocks are what the ranks share.
        rows = min(rows, max(1, -(-n // ranks)))
    used = min(rows, max(n, 1)) * row * _BLOCKS
    return Plan(method, rows, 0, common + fixed + used)
