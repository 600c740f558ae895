"""Training of the small networks: Adam, a cosine schedule, the best state on rows that are not trained on."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from crystalspan.errors import InputError
from crystalspan.latent.networks import (
    KINDS,
    NESTED,
    VARIATIONAL,
    Architecture,
    Draws,
    decode_latent,
    encode_points,
    first_parameters,
    loss_gradient,
)
from crystalspan.parallel import Communicator

# Kingma, Ba, arXiv:1412.6980: their averages and the number that keeps the quotient finite.
_FIRST_MOMENT, _SECOND_MOMENT, _EPSILON = 0.9, 0.999, 1e-8
# Share of the steps over which the rate rises to its largest: Adam's averages mean nothing before.
_RISE = 0.02
# Rows that a network is given at a time when it is not trained.
_BLOCK = 4096
# Nested losses are weighted by what PCA leaves, but no bottleneck counts more than this many times the first.
_LARGEST_WEIGHT = 1e4


@dataclasses.dataclass(frozen=True)
class TrainingSettings:
    """How networks are trained.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the two hidden layers.
    epochs : int
        Times that every training row is used, at most.
    batch : int
        Rows a step.
    rate : float
        Largest step of Adam.
    stopping : float
        Share of the training rows that are set aside: the state of the epoch with the least error on them is kept. With
        0 all rows are trained on, and judged by: for codes of these rows alone.
    patience : int
        Epochs without improvement after which training ends.
    beta : float
        Weight of the Kullback-Leibler divergence of a variational network, in shares of the variance a nat.
    """

    hidden: tuple[int, int] = (192, 96)
    epochs: int = 60
    batch: int = 200
    rate: float = 2e-3
    stopping: float = 0.1
    patience: int = 15
    beta: float = 1e-3


def training_settings(section: dict) -> TrainingSettings:
    """How networks are trained, from the validated section `latent.training`; the second layer is half as wide."""
    first = section["hidden"]
    names = ("epochs", "batch", "rate", "patience")
    return TrainingSettings(hidden=(first, max(1, first // 2)), **{name: section[name] for name in names})


@dataclasses.dataclass(frozen=True)
class Network:
    """A trained network; its points are coordinates of a `Frame`.

    Parameters
    ----------
    architecture : Architecture
    parameters : (size,) float32
    errors : (epochs,) float64
        Error of the rows set aside, before training and after each epoch: unexplained variance (of a nested network the
        geometric mean over its bottlenecks), of a variational one the loss with the same noise at each epoch.
    """

    architecture: Architecture
    parameters: np.ndarray
    errors: np.ndarray

    def encode(self, coordinates: np.ndarray) -> np.ndarray:
        """Latent coordinates (n, latent) float32 of points (n, inputs); the means of a variational network."""
        return self._codes(coordinates)[:, : self.architecture.latent]

    def deviations(self, coordinates: np.ndarray) -> np.ndarray:
        """Standard deviations (n, latent) with which a variational network blurs the codes of points."""
        if self.architecture.kind != VARIATIONAL:
            raise ValueError("only a variational network blurs its codes")
        return np.exp(0.5 * self._codes(coordinates)[:, self.architecture.latent :])

    def decode(self, latent: np.ndarray) -> np.ndarray:
        """Points (n, inputs) float32 of latent coordinates (n, latent)."""
        return _in_blocks(decode_latent, self.architecture, self.parameters, latent)

    def reconstruct(self, coordinates: np.ndarray, kept: int | None = None) -> np.ndarray:
        """Points after encoding and decoding; of a nested network, with so many leading latent coordinates."""
        latent = self.encode(coordinates)
        if kept is not None:
            latent[:, kept:] = 0
        return self.decode(latent)

    def _codes(self, coordinates):
        return _in_blocks(encode_points, self.architecture, self.parameters, coordinates)


def _in_blocks(work, architecture, parameters, rows):
    rows = np.asarray(rows, dtype=np.float32)
    if len(rows) <= _BLOCK:
        return work(architecture, parameters, rows)
    return np.concatenate([work(architecture, parameters, rows[i : i + _BLOCK]) for i in range(0, len(rows), _BLOCK)])


def train(coordinates: np.ndarray, kind: str, latent: int, settings: TrainingSettings, seed: int) -> Network:
    """Train a network: a pure function of its arguments, on one core whatever the machine has.

    Parameters
    ----------
    coordinates : (n, r) float32
        Training rows in a `Frame`, leading axes first.
    kind : {"autoencoder", "variational", "nested"}
    latent : int
        Width of the bottleneck.
    settings : TrainingSettings
    seed : int
        Of the first parameters, the rows set aside, the order of rows and the noise.

    Raises
    ------
    InputError
        Too few rows, an unknown kind, or no bottleneck.
    """
    rows = np.ascontiguousarray(coordinates, dtype=np.float32)
    if kind not in KINDS:
        raise InputError(f"there is no kind '{kind}' of network", remedy=f"name one of {', '.join(KINDS)}")
    if latent < 1 or len(rows) < 4:
        raise InputError(f"{len(rows)} rows and a bottleneck of {latent} make no network")
    # Sums in another order round otherwise: one thread, or the numbers would depend on the machine's cores.
    with threadpool_limits(1, user_api="blas"):
        return _train(rows, Architecture(kind, rows.shape[1], settings.hidden, latent), settings, seed)


def _train(rows, architecture, settings, seed) -> Network:
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(rows))
    aside = max(1, round(settings.stopping * len(rows))) if settings.stopping else 0
    checked, rows = (rows[order[:aside]], rows[order[aside:]]) if aside else (rows, rows[order])
    parameters = first_parameters(architecture, rows.std(axis=0), seed)
    total = max(float(np.mean(np.einsum("ij,ij->i", rows, rows))), 1e-30)
    weights = _weights(rows, architecture, total)
    steps = -(-len(rows) // settings.batch)
    optimiser = _Adam(parameters, settings.rate, settings.epochs * steps)
    gradient = np.empty_like(parameters)
    judge = _judge(architecture, checked, total, settings.beta, generator)
    best, errors = parameters.copy(), [judge(parameters)]
    for _ in range(settings.epochs):
        order = generator.permutation(len(rows))
        for part in np.array_split(order, steps):
            draws = _draws(architecture, len(part), generator)
            weight = weights[draws.kept - 1]
            loss_gradient(architecture, parameters, rows[part], weight, settings.beta, draws, gradient)
            optimiser.step(parameters, gradient)
        errors.append(judge(parameters))
        if errors[-1] <= min(errors):
            best = parameters.copy()
        elif len(errors) - 1 - int(np.argmin(errors)) >= settings.patience:
            break
    return Network(architecture, best, np.array(errors))


def _draws(architecture, n, generator) -> Draws:
    noise, kept = None, np.full(n, architecture.latent)
    if architecture.kind == VARIATIONAL:
        noise = generator.standard_normal((n, architecture.latent), dtype=np.float32)
    elif architecture.kind == NESTED:
        kept = generator.integers(1, architecture.latent + 1, n)
    return Draws(noise, kept)


def _weights(rows, architecture, total) -> np.ndarray:
    """Weight (latent,) of a squared error by the number of latent coordinates that were kept.

    A share of the variance; where nested, of what PCA leaves: unweighted, the narrow bottlenecks, which leave most,
    would be all that is learnt.
    """
    if architecture.kind != NESTED:
        return np.full(architecture.latent, 1 / total, dtype=np.float32)
    squares = np.sort(np.mean(rows.astype(float) ** 2, axis=0))[::-1]
    left = np.maximum(total - np.cumsum(squares)[: architecture.latent], total / _LARGEST_WEIGHT)
    left = np.pad(left, (0, architecture.latent - len(left)), mode="edge")
    return (1 / left).astype(np.float32)


def _judge(architecture, rows, total, beta, generator):
    """The function of the parameters that says how well a network does on rows that are not trained on."""
    k = architecture.latent
    if architecture.kind == VARIATIONAL:
        draws, unused = _draws(architecture, len(rows), generator), np.empty(architecture.size, dtype=np.float32)
        weights = np.full(len(rows), 1 / total, dtype=np.float32)
        return lambda parameters: loss_gradient(architecture, parameters, rows, weights, beta, draws, unused)
    widths = range(1, k + 1) if architecture.kind == NESTED else [k]

    def error(parameters):
        latent = _in_blocks(encode_points, architecture, parameters, rows)
        logarithms = []
        for width in widths:
            away = _in_blocks(decode_latent, architecture, parameters, latent * (np.arange(k) < width)) - rows
            logarithms.append(np.log(np.mean(np.einsum("ij,ij->i", away, away)) / total + 1e-30))
        return float(np.exp(np.mean(logarithms)))

    return error


class _Adam:
    """Adam with a rate that rises for a moment and falls as a cosine (Loshchilov, Hutter, arXiv:1608.03983)."""

    def __init__(self, parameters, rate, steps):
        self._mean, self._square = np.zeros_like(parameters), np.zeros_like(parameters)
        self._rate, self._steps, self._done = rate, steps, 0

    def step(self, parameters, gradient):
        """Change the parameters, in place."""
        self._done += 1
        share = self._done / self._steps
        rate = self._rate * min(1.0, share / _RISE) * 0.5 * (1 + np.cos(np.pi * share))
        self._mean += (1 - _FIRST_MOMENT) * (gradient - self._mean)
        self._square += (1 - _SECOND_MOMENT) * (gradient * gradient - self._square)
        first = rate / (1 - _FIRST_MOMENT**self._done)
        second = 1 / (1 - _SECOND_MOMENT**self._done)
        parameters -= np.float32(first) * self._mean / (np.sqrt(self._square * np.float32(second)) + _EPSILON)


def shared(communicator: Communicator, jobs: list[tuple], work: Callable[..., Any]) -> list:
    """Do jobs on all ranks, each a pure function of its own arguments, and give all results to all ranks.

    Parameters
    ----------
    communicator
        From `crystalspan.parallel.world`; all ranks call this together.
    jobs : list of tuple
        Arguments of `work`.
    work : callable

    Returns
    -------
    list
        In the order of the jobs, whatever the number of ranks.
    """
    mine = [work(*job) for job in jobs[communicator.rank :: communicator.size]]
    gathered = communicator.allgather(mine)
    return [gathered[i % communicator.size][i // communicator.size] for i in range(len(jobs))]
