"""Descriptors prepared, centred and scaled, block by block, shared out over MPI ranks."""

import numpy as np

from crystalspan.parallel import ALONE, Communicator, block, each
from crystalspan.points.descriptors import Descriptors
from crystalspan.points.preparation import prepare, prepared_columns
from crystalspan.spectra.plan import plan
from crystalspan.spectra.settings import SpectrumSettings

_EPS = np.finfo(float).eps


class PreparedRows:
    """The matrix whose principal components are sought; its rows are read whenever they are needed.

    Parameters
    ----------
    descriptors : JoinedDescriptors or ArrayDescriptors
    settings : SpectrumSettings
    communicator
        From `crystalspan.parallel.world`; its ranks share the rows.

    Attributes
    ----------
    n_structures, n_columns, block_rows : int
        N, D after pooling, and rows in a block.
    plan : Plan
    mean, scale : (D,) float64
        What is subtracted from, and divided out of, each column; a constant column has scale inf.
    all_alike : bool
        Whether every column is constant.
    total_square : float
        Sum of the squares of all elements, centred and scaled: (N - 1) times the variance.
    """

    def __init__(self, descriptors: Descriptors, settings: SpectrumSettings, communicator: Communicator = ALONE):
        self.descriptors, self.settings, self.communicator = descriptors, settings, communicator
        self.n_structures = descriptors.n_structures
        self.n_columns = prepared_columns(descriptors.n_columns, descriptors.layout, settings.pooling)
        sizes = self.n_structures, self.n_columns, descriptors.n_columns
        self.plan = each(communicator, lambda: plan(*sizes, settings, communicator.size))
        self.block_rows = self.plan.block_rows
        self._held: np.ndarray | None = None
        self._measure()

    def spans(self, own: bool = False) -> list[tuple[int, int]]:
        """Start and stop of each block of rows, of all or of those that are this rank's own."""
        first, last = block(self.n_structures, *self._share()) if own else (0, self.n_structures)
        return [(start, min(start + self.block_rows, last)) for start in range(first, last, self.block_rows)]

    def _share(self):
        return self.communicator.size, self.communicator.rank

    def read(self, start: int, stop: int) -> np.ndarray:
        """Centred and scaled rows, (stop - start, D) float64; a matrix of one block is read once."""
        if self.block_rows < self.n_structures:
            return self._centred(self.descriptors.read(start, stop))
        if self._held is None:
            self._held = self._centred(self.descriptors.read(0, self.n_structures))
        held: np.ndarray = self._held
        return held[start:stop]

    def read_rows(self, index: np.ndarray) -> np.ndarray:
        """Centred and scaled rows of an index, (len(index), D) float64."""
        if self.block_rows < self.n_structures:
            return self._centred(self.descriptors.read_rows(index))
        return self.read(0, self.n_structures)[index]

    def _centred(self, descriptors):
        rows = self._prepared(descriptors)
        rows -= self.mean
        rows /= self.scale
        return rows

    def _prepared(self, descriptors):
        return prepare(descriptors, self.descriptors.layout, self.settings)

    def _measure(self):
        """Mean and scale of each column, from all ranks."""
        moments = _Moments(self.n_columns)
        for part in self.communicator.allgather(each(self.communicator, self._own_moments)):
            moments.add(part.count, part.mean, part.squares, part.size)
        count, squares = moments.count, moments.squares
        # A column that varies by rounding only is constant: its standard deviation says nothing.
        constant = squares <= count * (16 * _EPS * moments.size) ** 2
        self.all_alike = bool(constant.all())
        self.mean, self.scale = moments.mean, np.ones(self.n_columns)
        if self.settings.scaling == "zscore" and count > 1:
            self.scale = np.sqrt(squares / (count - 1))
        self.scale[constant] = np.inf
        self.total_square = float((squares / self.scale / self.scale).sum())

    def _own_moments(self):
        moments = _Moments(self.n_columns)
        for start, stop in self.spans(own=True):
            rows = self._prepared(self.descriptors.read(start, stop))
            size = np.maximum(rows.max(axis=0), -rows.min(axis=0))
            mean = rows.mean(axis=0)
            rows -= mean
            moments.add(len(rows), mean, np.einsum("ij,ij->j", rows, rows), size)
        return moments


class _Moments:
    """Count, mean, sum of squared deviations and largest size of each column, joined from parts.

    Chan, Golub, LeVeque, Am. Stat. 1983, 37, 242, DOI 10.1080/00031305.1983.10483115: every part is centred at its own
    mean, so that nothing cancels.
    """

    def __init__(self, n_columns):
        self.count, self.mean = 0, np.zeros(n_columns)
        self.squares, self.size = np.zeros(n_columns), np.zeros(n_columns)

    def add(self, count, mean, squares, size):
        if not count:
            return
        shift, total = mean - self.mean, self.count + count
        self.squares += squares + shift**2 * self.count * count / total
        self.mean += shift * count / total
        self.size = np.maximum(self.size, size)
        self.count = total
