"""Latent coordinates of structures, and what they keep of the distances between them."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from crystalspan.latent.bottleneck import PCA
from crystalspan.latent.frames import frame_of
from crystalspan.latent.networks import AUTOENCODER, NESTED
from crystalspan.latent.training import Network, TrainingSettings, train
from crystalspan.points.distances import HeldRows
from crystalspan.points.quality import map_quality

# Of small sets a batch is at most this part, and steps are at least so many.
_BATCHES = 6
_STEPS = 1500
# Rows at which the decoder's derivative is taken, at most, and the step in deviations of a coordinate.
_MEASURED = 500
_STEP = 1e-2


@dataclasses.dataclass(frozen=True)
class Codes:
    """Structures in so many latent coordinates.

    Parameters
    ----------
    method : str
        ``pca``, ``autoencoder`` (with a bottleneck of its own for each width) or ``nested`` (the leading ones of a
        single training).
    coordinates : (n, k) float64
    quality : dict
        As from `map_quality`, against the points themselves.
    """

    method: str
    coordinates: np.ndarray
    quality: dict

    @property
    def width(self) -> int:
        """How many coordinates."""
        return self.coordinates.shape[1]


@dataclasses.dataclass(frozen=True)
class CodedStructures:
    """The latent coordinates of a space group (or all) in a window.

    Parameters
    ----------
    molecule, space_group, window : str
    id : (n,) str
    relative_energy : (n,) float64
        kJ/mol.
    reason : str
        Why there are no codes; empty where there are.
    codes : list of Codes
    """

    molecule: str
    space_group: str
    window: str
    id: np.ndarray
    relative_energy: np.ndarray
    reason: str
    codes: list[Codes]


def structure_codes(
    points: np.ndarray,
    widths: Sequence[int],
    columns: int,
    neighbours: int,
    training: TrainingSettings,
    seed: int,
) -> list[Codes]:
    """Encode structures by networks that were trained on them, and say what the codes keep.

    Parameters
    ----------
    points : (n, D) float64
    widths : sequence of int
        Numbers of latent coordinates; those of as many structures or more are left out.
    columns : int
        Leading principal coordinates that networks see.
    neighbours : int
        Nearest neighbours that are compared.
    training : TrainingSettings
    seed : int
    """
    frame = frame_of(points, columns)
    rows, truth = frame.coordinates(points), HeldRows(points)
    widths = [width for width in sorted(set(widths)) if width <= len(frame.deviations)]
    if not widths:
        return []
    ordered = encoded(rows, NESTED, max(widths), training, seed)
    found = []
    for width in widths:
        alone = encoded(rows, AUTOENCODER, width, training, seed)
        for method, values in (
            (PCA, rows[:, :width].astype(float)),
            (AUTOENCODER, alone),
            (NESTED, ordered[:, :width]),
        ):
            found.append(Codes(method, values, map_quality(truth, values, neighbours)))
    return found


def encoded(rows: np.ndarray, kind: str, latent: int, training: TrainingSettings, seed: int) -> np.ndarray:
    """Latent coordinates of the rows that a network is trained on, as far apart as what is decoded of them.

    Nothing is set aside: these rows alone are asked for. Small sets are gone through more often, in smaller batches.
    A network may scale its coordinates as it likes; they are given the mean metric of the decoder (Arvanitidis, Hansen,
    Hauberg, arXiv:1710.11379), for ordered ones axis by axis, so that the leading ones stay what they are.

    Parameters
    ----------
    rows : (n, r) float32
        In a `Frame`.
    kind : {"autoencoder", "nested"}
    latent : int
    training : TrainingSettings
    seed : int

    Returns
    -------
    (n, latent) float64
        In the units of the rows.
    """
    batch = max(4, min(training.batch, len(rows) // _BATCHES))
    epochs = max(training.epochs, -(-_STEPS * batch // len(rows)))
    told = dataclasses.replace(training, batch=batch, epochs=epochs, patience=epochs, stopping=0.0)
    network = train(rows, kind, latent, told, seed)
    codes = network.encode(rows).astype(float)
    metric = _decoder_metric(network, codes)
    if kind == NESTED:
        return codes * np.sqrt(np.diag(metric))
    values, vectors = np.linalg.eigh(metric)
    return codes @ (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


def _decoder_metric(network: Network, codes: np.ndarray) -> np.ndarray:
    """Mean over rows of J^T J (k, k), J the derivative of the decoder, by central differences."""
    chosen = codes[np.unique(np.linspace(0, len(codes) - 1, _MEASURED).astype(int))]
    slopes = []
    for axis, deviation in enumerate(codes.std(axis=0)):
        step = np.zeros(codes.shape[1])
        step[axis] = _STEP * max(deviation, 1e-6)
        slopes.append((network.decode(chosen + step) - network.decode(chosen - step)) / (2 * step[axis]))
    away = np.array(slopes, dtype=float)
    return np.einsum("inr,jnr->ij", away, away) / len(chosen)
