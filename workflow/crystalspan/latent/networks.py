"""Small networks with a bottleneck, in plain numpy: layers, losses and their gradients.

Encoder and decoder have two hidden layers each and, beside them, a straight path that starts at the principal
components: a network begins as PCA of its bottleneck and learns what is curved. Hinton, Salakhutdinov, Science 2006,
313, 504, DOI 10.1126/science.1127647 (autoencoders); Kingma, Welling, arXiv:1312.6114 (variational); Rippel, Gelbart,
Adams, ICML 2014, arXiv:1402.0915 (nested dropout).
"""

import dataclasses
from typing import NamedTuple

import numpy as np

AUTOENCODER, VARIATIONAL, NESTED = "autoencoder", "variational", "nested"
KINDS = (AUTOENCODER, VARIATIONAL, NESTED)
# Logarithms of variances that the encoder may give: no overflow however badly a step went.
_LOG_VARIANCES = (-12.0, 4.0)
# Where a variational encoder starts: nearly without noise.
_FIRST_LOG_VARIANCE = -4.0


@dataclasses.dataclass(frozen=True)
class Architecture:
    """The form of a network.

    Parameters
    ----------
    kind : {"autoencoder", "variational", "nested"}
    inputs : int
        Columns of the points.
    hidden : tuple of int
        Widths of the two hidden layers of the encoder; the decoder has them the other way round.
    latent : int
        Width of the bottleneck.
    """

    kind: str
    inputs: int
    hidden: tuple[int, int]
    latent: int

    @property
    def codes(self) -> int:
        """Columns that the encoder gives: a mean and a logarithm of a variance each, where it is variational."""
        return self.latent * (2 if self.kind == VARIATIONAL else 1)

    def shapes(self) -> list[tuple[int, int]]:
        """Shapes of the eight matrices: three layers and the straight path of the encoder, then of the decoder."""
        first, second = self.hidden
        d, k, c = self.inputs, self.latent, self.codes
        return [(d, first), (first, second), (second, c), (d, c), (k, second), (second, first), (first, d), (k, d)]

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum((rows + 1) * columns for rows, columns in self.shapes())


class Layer(NamedTuple):
    """A matrix (inputs, outputs) and its constant (outputs,), views of a network's parameters."""

    matrix: np.ndarray
    constant: np.ndarray


def layers(architecture: Architecture, parameters: np.ndarray) -> list[Layer]:
    """The parameters of a network, or their gradient, as matrices.

    Parameters
    ----------
    architecture : Architecture
    parameters : (size,) float
        One long vector, so that an optimiser needs to know nothing of layers.

    Returns
    -------
    list of Layer
        In the order of `Architecture.shapes`, views.
    """
    found, at = [], 0
    for rows, columns in architecture.shapes():
        matrix = parameters[at : at + rows * columns].reshape(rows, columns)
        at += rows * columns
        found.append(Layer(matrix, parameters[at : at + columns]))
        at += columns
    return found


def first_parameters(architecture: Architecture, deviations: np.ndarray, seed: int) -> np.ndarray:
    """Parameters with which a network reconstructs as its leading principal components do.

    Parameters
    ----------
    architecture : Architecture
    deviations : (inputs,) float
        Standard deviations of the principal coordinates that will be the inputs.
    seed : int

    Returns
    -------
    (size,) float32
    """
    generator = np.random.default_rng(seed)
    parameters = np.zeros(architecture.size, dtype=np.float32)
    made = layers(architecture, parameters)
    # The last layers beside the straight paths stay zero.
    for which in (0, 1, 4, 5):
        rows, _ = made[which].matrix.shape
        made[which].matrix[...] = generator.standard_normal(made[which].matrix.shape) * np.sqrt(1.0 / rows)
    k = min(architecture.latent, architecture.inputs)
    spread = np.maximum(deviations[:k], 1e-3 * max(float(deviations[0]), 1e-30))
    made[3].matrix[np.arange(k), np.arange(k)] = 1.0 / spread
    made[7].matrix[np.arange(k), np.arange(k)] = spread
    if architecture.kind == VARIATIONAL:
        made[3].constant[architecture.latent :] = _FIRST_LOG_VARIANCE
    return parameters


def _silu(values):
    """SiLU, x / (1 + exp(-x)), and its derivative; by the hyperbolic tangent, which cannot overflow."""
    share = 0.5 + 0.5 * np.tanh(0.5 * values)
    curved = values * share
    return curved, share * (1 + values - curved)


def _forward(part, values):
    """Outputs of an encoder or decoder (four layers), and what its gradient needs."""
    first, slope = _silu(values @ part[0].matrix + part[0].constant)
    second, steep = _silu(first @ part[1].matrix + part[1].constant)
    out = second @ part[2].matrix + part[2].constant
    out += values @ part[3].matrix + part[3].constant
    return out, (values, first, slope, second, steep)


def _backward(part, grads, held, upstream):
    """Fill the gradients of an encoder or decoder, and return that of its inputs."""
    values, first, slope, second, steep = held
    at_second = (upstream @ part[2].matrix.T) * steep
    at_first = (at_second @ part[1].matrix.T) * slope
    pairs = ((values, at_first), (first, at_second), (second, upstream), (values, upstream))
    for grad, (inputs, outputs) in zip(grads, pairs, strict=True):
        np.matmul(inputs.T, outputs, out=grad.matrix)
        np.sum(outputs, axis=0, out=grad.constant)
    return at_first @ part[0].matrix.T + upstream @ part[3].matrix.T


def encode_points(architecture: Architecture, parameters: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Codes of points (n, codes): latent coordinates; a variational encoder adds logarithms of their variances."""
    return _forward(layers(architecture, parameters)[:4], points)[0]


def decode_latent(architecture: Architecture, parameters: np.ndarray, latent: np.ndarray) -> np.ndarray:
    """Points (n, inputs) of latent coordinates (n, latent)."""
    return _forward(layers(architecture, parameters)[4:], latent)[0]


class Draws(NamedTuple):
    """What is drawn at random for a batch.

    Attributes
    ----------
    noise : (n, latent) or None
        Standard normal, for a variational network.
    kept : (n,) int
        How many leading latent coordinates each row keeps: all, unless nested.
    """

    noise: np.ndarray | None
    kept: np.ndarray


def loss_gradient(
    architecture: Architecture,
    parameters: np.ndarray,
    points: np.ndarray,
    weights: np.ndarray,
    beta: float,
    draws: Draws,
    gradient: np.ndarray,
) -> float:
    """Loss of a batch, and its gradient.

    The loss is the mean over rows of weight x squared error, and of beta x the Kullback-Leibler divergence of the
    codes from a standard normal distribution where the network is variational.

    Parameters
    ----------
    architecture : Architecture
    parameters : (size,)
    points : (n, inputs)
    weights : (n,)
    beta : float
    draws : Draws
    gradient : (size,)
        Is filled.

    Returns
    -------
    float
    """
    made, grads = layers(architecture, parameters), layers(architecture, gradient)
    codes, held = _forward(made[:4], points)
    k, n = architecture.latent, len(points)
    latent = codes[:, :k]
    if architecture.kind == VARIATIONAL:
        log_variance = np.clip(codes[:, k:], *_LOG_VARIANCES)
        inside = codes[:, k:] == log_variance
        assert draws.noise is not None  # of a variational network it is always drawn
        noise = draws.noise * np.exp(0.5 * log_variance)
        latent = latent + noise
    elif architecture.kind == NESTED:
        keeps = np.arange(k) < draws.kept[:, None]
        latent = latent * keeps
    made_points, kept = _forward(made[4:], np.ascontiguousarray(latent))
    error = made_points - points
    loss = float(weights @ np.einsum("ij,ij->i", error, error)) / n
    upstream = _backward(made[4:], grads[4:], kept, error * (weights * (2 / n))[:, None])
    if architecture.kind == VARIATIONAL:
        mean, variance = codes[:, :k], np.exp(log_variance)
        loss += beta * float(np.sum(mean**2 + variance - log_variance - 1)) / (2 * n)
        by_variance = 0.5 * upstream * noise + (0.5 * beta / n) * (variance - 1)
        upstream = np.concatenate([upstream + (beta / n) * mean, by_variance * inside], axis=1)
        upstream = upstream.astype(points.dtype, copy=False)
    elif architecture.kind == NESTED:
        upstream = upstream * keeps
    _backward(made[:4], grads[:4], held, upstream)
    return loss
