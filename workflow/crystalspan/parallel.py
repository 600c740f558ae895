"""MPI, with the set-up checked: the number of ranks is expected, counted and compared."""

import os
import sys

import numpy as np

from crystalspan.errors import InputError

# What MPI launchers leave in the environment of every rank.
_LAUNCHER_VARIABLES = ("PMI_SIZE", "PMIX_RANK", "OMPI_COMM_WORLD_SIZE", "MPI_LOCALNRANKS")

# Numbers that ranks add up at a time: MPI holds a second copy of them.
_PIECE = 2**22


class _Alone:
    """The communicator of a process that runs without MPI."""

    rank = 0
    size = 1

    def barrier(self):
        """Return at once: there is nobody to wait for."""

    def gather(self, value, root=0):
        """Return the list of the only rank's value."""
        return [value]

    def allgather(self, value):
        """Return the list of the only rank's value."""
        return [value]

    def bcast(self, value, root=0):
        """Return the value."""
        return value


# For what works with and without MPI.
ALONE = _Alone()


def world(expected_ranks: int):
    """Return the communicator of all ranks, after counting them.

    A wrong or missing process manager starts N separate worlds of one rank each, all of them writing the
    same file. So the number of ranks is given on the command line and compared with what MPI sees.

    Parameters
    ----------
    expected_ranks : int
        Number of ranks that were asked for. With 1, and not under an MPI launcher, MPI is not even loaded,
        so that a machine without MPI can do everything on one core.

    Returns
    -------
    communicator
        An ``mpi4py`` communicator, or a stand-in of one rank with the same lower-case methods.

    Raises
    ------
    InputError
        MPI is missing, or it counts another number of ranks.
    """
    if expected_ranks == 1 and not any(name in os.environ for name in _LAUNCHER_VARIABLES):
        return ALONE
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        if expected_ranks == 1:
            return ALONE
        raise InputError(
            f"{expected_ranks} ranks were asked for, but MPI cannot be loaded ({error})",
            remedy="load the cluster's MPI module, or install the extra: pip install 'crystalspan[mpi]'",
        ) from None
    communicator = MPI.COMM_WORLD
    if communicator.size != expected_ranks:
        raise InputError(
            f"{expected_ranks} MPI ranks were expected, but this process sees {communicator.size}",
            remedy="start with 'mpiexec -n N python -m crystalspan STAGE --ranks N ...'; under SLURM the "
            "launcher must speak the library's process-manager protocol: srun --mpi=pmi2 for MPICH, "
            "--mpi=pmix for Open MPI",
        )
    if communicator.size > 1:
        _abort_on_exception(communicator)
    return communicator


def _abort_on_exception(communicator):
    """End all ranks when one raises; else the others would wait for it until the job's time limit."""
    usual = sys.excepthook

    def hook(kind, value, trace):
        usual(kind, value, trace)
        sys.stderr.flush()
        communicator.Abort(1)

    sys.excepthook = hook


def abort(communicator, status: int):
    """End this process with a status, and all other ranks with it."""
    if communicator is not None and communicator.size > 1:
        sys.stderr.flush()
        communicator.Abort(status)
    sys.exit(status)


def each(communicator, work):
    """Do this rank's share of a work; where it fails on any rank, all ranks end.

    The first error is raised by rank 0, which so has the time to remove its unfinished file; the others wait for
    rank 0 to end them.

    Parameters
    ----------
    communicator
        From `world`; all ranks call this together.
    work : callable
        What this rank does, without speaking to the others.

    Returns
    -------
    object
        What this rank's `work` returns.
    """
    result = failure = None
    try:
        result = work()
    except (InputError, OSError) as error:
        failure = error
    failures = [error for error in communicator.allgather(failure) if error is not None]
    if failures:
        if communicator.rank == 0:
            raise failures[0]
        communicator.barrier()
    return result


def add_up(communicator, values: np.ndarray):
    """Add the arrays of all ranks onto that of rank 0, in place and in pieces; those of the others stay.

    Parameters
    ----------
    communicator
        From `world`; all ranks call this together.
    values : ndarray, any shape, float64, contiguous in rows or columns
    """
    if communicator.size == 1:
        return
    from mpi4py import MPI

    flat = values.reshape(-1, order="A")
    if not np.shares_memory(flat, values):
        raise ValueError("the array is not contiguous")
    for start in range(0, len(flat), _PIECE):
        piece = flat[start : start + _PIECE]
        buffers = (MPI.IN_PLACE, piece) if communicator.rank == 0 else (piece, None)
        communicator.Reduce(*buffers, root=0)


def block(n: int, size: int, rank: int) -> tuple[int, int]:
    """Return the half-open range of items that a rank works on, the ranges differing by one at most."""
    share, rest = divmod(n, size)
    start = rank * share + min(rank, rest)
    return start, start + share + (rank < rest)
