"""Rank 0 leads: it hands pieces of its work to the other MPI ranks, and only it decides and writes."""

from collections.abc import Callable
from typing import Any

from crystalspan.parallel import ALONE, attempt, block


class Team:
    """The ranks among which work is shared; a process alone does all of it itself, without copying anything.

    What is handed out must be a function of a module, so that the other ranks find it by its name. Where it fails for
    the input's fault on any rank, rank 0 raises the error.

    Parameters
    ----------
    communicator
        From `crystalspan.parallel.world`; on rank 0 only, while the others `follow`.
    """

    def __init__(self, communicator: Any = ALONE):
        self._communicator = communicator
        self.size = communicator.size

    def __enter__(self) -> "Team":
        return self

    def __exit__(self, kind, error, trace):
        """Dismiss the other ranks; after an error they are ended with this one."""
        if kind is None:
            for rank in range(1, self.size):
                self._communicator.send(None, dest=rank)

    def on_every_rank(self, work: Callable[..., Any], *arguments: Any) -> list:
        """Return what ``work(rank, size, *arguments)`` returns on each rank, in their order."""
        return self._run(work, [(rank, self.size, *arguments) for rank in range(self.size)])

    def on_blocks(self, work: Callable[..., Any], columns: tuple, *common: Any) -> list:
        """Return what ``work(*block of each column, *common)`` returns for contiguous blocks, in their order.

        Parameters
        ----------
        work : callable
        columns : tuple of sequences of one length
            Each rank gets the same rows of all of them; without any row there is one empty block.
        *common
            What every rank gets as a whole.
        """
        n = len(columns[0])
        size = max(1, min(self.size, n))
        spans = [slice(*block(n, size, rank)) for rank in range(size)]
        return self._run(work, [(*(column[span] for column in columns), *common) for span in spans])

    def _run(self, work, tasks) -> list:
        for rank, arguments in enumerate(tasks[1:], 1):
            self._communicator.send((work, arguments), dest=rank)
        results = [work(*tasks[0])]
        for rank in range(1, len(tasks)):
            results.append(self._communicator.recv(source=rank).get())
        return results


def follow(communicator: Any) -> None:
    """Do what rank 0 hands out, until it dismisses this rank."""
    while (task := communicator.recv(source=0)) is not None:
        work, arguments = task
        communicator.send(attempt(work, *arguments), dest=0)
