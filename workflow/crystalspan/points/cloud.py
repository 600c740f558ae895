"""The structures of a landscape as points: the vectors that principal components see, too, in memory or on disk."""

import dataclasses
import tempfile

import gemmi
import numpy as np

from crystalspan.arrays import Floats
from crystalspan.descriptors.independent_molecules import mean_over_molecules
from crystalspan.descriptors.parameters import SymmetryFunctions
from crystalspan.landscape.file import Landscape
from crystalspan.points.descriptors import ArrayDescriptors, AtomLayout, Descriptors
from crystalspan.points.preparation import prepare, prepared_columns
from crystalspan.points.settings import Preparation

# Larger clouds lie in a temporary file and are read in blocks.
_LARGEST_IN_MEMORY = 2**30
_EPS = np.finfo(float).eps


def prepared_points(descriptors: Descriptors | Floats, settings: Preparation) -> np.ndarray:
    """The vectors of structures after ordering, pooling and scaling.

    Parameters
    ----------
    descriptors : JoinedDescriptors, ArrayDescriptors or (n, D) float64
    settings : Preparation
        ``atom_order``, ``pooling``, ``scaling`` and ``block_mib`` are used.

    Returns
    -------
    (n, D) float64
        Above a gibibyte a memory map of a temporary file, which goes when the array does.
    """
    if isinstance(descriptors, np.ndarray):
        descriptors = ArrayDescriptors(descriptors)
    n, layout = descriptors.n_structures, descriptors.layout
    shape = (n, prepared_columns(descriptors.n_columns, layout, settings.pooling))
    values = _mapped(shape) if 8 * n * shape[1] > _LARGEST_IN_MEMORY else np.empty(shape)
    size = max(1, int(settings.block_mib * 2**20 / (8 * max(descriptors.n_columns, 1))))
    for start in range(0, n, size):
        stop = min(start + size, n)
        values[start:stop] = prepare(descriptors.read(start, stop), layout, settings)
    if settings.scaling == "zscore" and n > 1:
        _scale(values, size)
    return values


def _mapped(shape) -> np.memmap:
    # The file has no name: it cannot be left behind.
    with tempfile.TemporaryFile(prefix="crystalspan-") as file:
        return np.memmap(file, dtype=float, mode="w+", shape=shape)


def _scale(values, size):
    """Divide each column by its standard deviation; columns that vary by rounding only become zero."""
    n = len(values)
    mean, largest = values.mean(axis=0), np.zeros(values.shape[1])
    squares = np.zeros(values.shape[1])
    for start in range(0, n, size):
        block = values[start : start + size]
        squares += ((block - mean) ** 2).sum(axis=0)
        np.maximum(largest, np.abs(block).max(axis=0), out=largest)
    scale = np.sqrt(squares / (n - 1))
    scale[squares <= n * (16 * _EPS * largest) ** 2] = np.inf
    for start in range(0, n, size):
        values[start : start + size] /= scale


def random_rows(n: int, largest: int, seed: int) -> np.ndarray:
    """At most so many of n structures, drawn at random without replacement, ascending; all where they are few.

    Parameters
    ----------
    n, largest, seed : int

    Returns
    -------
    (min(n, largest),) int64
    """
    if n <= largest:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, largest, replace=False))


def layout_of(crystals: Landscape) -> AtomLayout:
    """How the columns of the descriptors of a landscape belong to the atoms of its molecule."""
    symbols = [gemmi.Element(int(number)).name for number in crystals.reference_atomic_number]
    return AtomLayout(len(symbols), np.array(symbols), crystals.reference_automorphisms)


@dataclasses.dataclass(frozen=True)
class Description:
    """How crystals become points.

    Parameters
    ----------
    functions : SymmetryFunctions
    preparation : Preparation
    layout : AtomLayout
    """

    functions: SymmetryFunctions
    preparation: Preparation
    layout: AtomLayout

    def pooled(self, values: np.ndarray) -> np.ndarray:
        """The vectors of crystals before scaling: the mean over the listed molecules, atoms ordered and pooled.

        Parameters
        ----------
        values : (m, n_molecules * n_atoms * d) float64
        """
        return prepare(self._mean(values), self.layout, self.preparation)

    def points(self, values: np.ndarray) -> np.ndarray:
        """The same, scaled as the structures of a landscape are."""
        return prepared_points(ArrayDescriptors(self._mean(values), self.layout), self.preparation)

    def _mean(self, values):
        m, width = values.shape
        d = self.functions.n_values(len(np.unique(self.layout.elements)))
        offset = np.arange(m + 1) * (width // d)
        return mean_over_molecules(values.reshape(-1, d), offset, self.layout.automorphisms).reshape(m, -1)
