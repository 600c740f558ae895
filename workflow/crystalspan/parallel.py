"""MPI, with the set-up checked: the number of ranks is expected, counted and compared."""

import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, Protocol

import numpy as np

from crystalspan.errors import InputError
from crystalspan.leftovers import remove_dead_segments

# What MPI launchers leave in the environment of every rank.
_LAUNCHER_VARIABLES = ("PMI_SIZE", "PMIX_RANK", "OMPI_COMM_WORLD_SIZE", "MPI_LOCALNRANKS")

# Numbers that ranks add up at a time: MPI holds a second copy of them.
_PIECE = 2**22


class Communicator(Protocol):
    """The part of an ``mpi4py`` communicator that the library uses with and without MPI: Python objects, pickled.

    Attributes
    ----------
    rank, size : int
    """

    @property
    def rank(self) -> int:
        """Which of the ranks this is, from 0."""

    @property
    def size(self) -> int:
        """How many there are."""

    def barrier(self) -> None:
        """Wait for all ranks."""

    def gather(self, value: Any, root: int = 0) -> list | None:
        """Return the values of all ranks on one of them, None on the others."""

    def allgather(self, value: Any) -> list:
        """Return the values of all ranks."""

    def bcast(self, value: Any, root: int = 0) -> Any:
        """Return the value of one rank."""


class _Alone:
    """The communicator of a process that runs without MPI."""

    rank = 0
    size = 1

    def barrier(self) -> None:
        """Return at once: there is nobody to wait for."""

    def gather(self, value: Any, root: int = 0) -> list | None:
        """Return the list of the only rank's value."""
        return [value]

    def allgather(self, value: Any) -> list:
        """Return the list of the only rank's value."""
        return [value]

    def bcast(self, value: Any, root: int = 0) -> Any:
        """Return the value."""
        return value


# For what works with and without MPI.
ALONE: Communicator = _Alone()


def world(expected_ranks: int) -> Communicator:
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
    Communicator
        An ``mpi4py`` communicator, or a stand-in of one rank with the same lower-case methods.

    Raises
    ------
    InputError
        MPI is missing, or it counts another number of ranks.
    """
    if expected_ranks == 1 and not any(name in os.environ for name in _LAUNCHER_VARIABLES):
        return ALONE
    if expected_ranks > 1:
        remove_dead_segments()
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


def abort(communicator: Any, status: int) -> NoReturn:
    """End this process with a status, and all other ranks with it."""
    if communicator is not None and communicator.size > 1:
        sys.stderr.flush()
        communicator.Abort(status)
    sys.exit(status)


class Outcome(NamedTuple):
    """What came of a rank's work: a result, or the error that ended it."""

    result: Any
    failure: Exception | None

    def get(self) -> Any:
        """Return the result, or raise the error."""
        if self.failure is not None:
            raise self.failure
        return self.result


def attempt(work: Callable[..., Any], *arguments: Any) -> Outcome:
    """Do some work; an error that is the input's or the system's fault is kept, for rank 0 to raise.

    A rank that ended all others itself would leave rank 0 no time to remove its unfinished file. What is a fault of the
    program is not kept: it ends all ranks at once.
    """
    try:
        return Outcome(work(*arguments), None)
    except (InputError, OSError) as error:
        return Outcome(None, error)


def each(communicator: Communicator, work: Callable[[], Any]) -> Any:
    """Do this rank's share of a work; where it fails on any rank, all ranks end.

    The first error is raised by rank 0, while the others wait for rank 0 to end them.

    Parameters
    ----------
    communicator : Communicator
        All ranks call this together.
    work : callable
        What this rank does, without speaking to the others.

    Returns
    -------
    object
        What this rank's `work` returns.
    """
    outcome = attempt(work)
    failures = [error for error in communicator.allgather(outcome.failure) if error is not None]
    if failures:
        if communicator.rank == 0:
            raise failures[0]
        communicator.barrier()
    return outcome.result


def gathered(communicator: Communicator, work: Callable[[], Any]) -> list | None:
    """Do this rank's share of a work, and collect those of all ranks on rank 0.

    Parameters
    ----------
    communicator, work : as in `each`

    Returns
    -------
    list or None
        What `work` returns on each rank, in their order; None on ranks other than 0, which go on at once: they hold no
        file that an error could leave behind.

    Raises
    ------
    InputError, OSError
        On rank 0, the first that any rank met.
    """
    outcomes = communicator.gather(attempt(work), root=0)
    return None if outcomes is None else [outcome.get() for outcome in outcomes]


def add_up(communicator: Any, values: np.ndarray) -> None:
    """Add the arrays of all ranks onto that of rank 0, in place and in pieces; those of the others stay.

    Parameters
    ----------
    communicator
        From `world`; all ranks call this together. Beside what `Communicator` has, it adds buffers up.
    values : (...) float64, contiguous in rows or columns
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
