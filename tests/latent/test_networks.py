"""Networks: gradients against differences and torch, training against PCA and itself."""

import numpy as np
import pytest

from crystalspan.errors import InputError
from crystalspan.latent.frames import frame_of
from crystalspan.latent.networks import (
    AUTOENCODER,
    KINDS,
    NESTED,
    VARIATIONAL,
    Architecture,
    Draws,
    encode_points,
    first_parameters,
    layers,
    loss_gradient,
)
from crystalspan.latent.training import TrainingSettings, _Adam, shared, train

QUICK = TrainingSettings(hidden=(24, 12), epochs=12, batch=50, patience=12)


def case(kind, seed=0):
    """A small network off its starting point, rows, weights and draws, in float64."""
    rng = np.random.default_rng(seed)
    architecture = Architecture(kind, 7, (6, 5), 3)
    start = first_parameters(architecture, np.linspace(1, 0.2, 7), seed).astype(float)
    parameters = start + 0.3 * rng.standard_normal(architecture.size)
    points, weights = rng.standard_normal((9, 7)), rng.uniform(0.5, 2.0, 9)
    draws = Draws(rng.standard_normal((9, 3)), rng.integers(1, 4, 9))
    return architecture, parameters, points, weights, draws


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_is_that_of_differences(kind):
    architecture, parameters, points, weights, draws = case(kind)
    gradient, unused = np.empty_like(parameters), np.empty_like(parameters)
    loss_gradient(architecture, parameters, points, weights, 0.3, draws, gradient)
    for i in range(architecture.size):
        step = np.zeros_like(parameters)
        step[i] = 1e-6
        ends = [
            loss_gradient(architecture, parameters + sign * step, points, weights, 0.3, draws, unused)
            for sign in (1, -1)
        ]
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(gradient[i], rel=1e-5, abs=1e-7)


def torch_loss(torch, architecture, parameters, points, weights, beta, draws):
    """The same loss written with torch's own layers; returns it with the parameters that it was made of."""
    tensors = [
        (torch.tensor(layer.matrix, requires_grad=True), torch.tensor(layer.constant, requires_grad=True))
        for layer in layers(architecture, parameters)
    ]

    def part(values, made):
        linear = torch.nn.functional.linear
        inner = torch.nn.functional.silu(linear(values, made[0][0].T, made[0][1]))
        inner = torch.nn.functional.silu(linear(inner, made[1][0].T, made[1][1]))
        return linear(inner, made[2][0].T, made[2][1]) + linear(values, made[3][0].T, made[3][1])

    x, k = torch.tensor(points), architecture.latent
    codes = part(x, tensors[:4])
    latent, divergence = codes[:, :k], 0.0
    if architecture.kind == VARIATIONAL:
        normal = torch.distributions.Normal(codes[:, :k], torch.exp(0.5 * codes[:, k:]))
        latent = codes[:, :k] + torch.exp(0.5 * codes[:, k:]) * torch.tensor(draws.noise)
        divergence = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0)).sum(1).mean()
    elif architecture.kind == NESTED:
        latent = latent * torch.tensor(np.arange(k) < draws.kept[:, None])
    error = ((part(latent, tensors[4:]) - x) ** 2).sum(1)
    return (torch.tensor(weights) * error).mean() + beta * divergence, tensors


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_is_that_of_torch(kind):
    torch = pytest.importorskip("torch")
    architecture, parameters, points, weights, draws = case(kind, seed=4)
    gradient = np.empty_like(parameters)
    loss = loss_gradient(architecture, parameters, points, weights, 0.3, draws, gradient)
    theirs, tensors = torch_loss(torch, architecture, parameters, points, weights, 0.3, draws)
    theirs.backward()
    flat = np.concatenate([part.grad.numpy().ravel() for pair in tensors for part in pair])
    assert loss == pytest.approx(theirs.item(), rel=1e-12)
    np.testing.assert_allclose(gradient, flat, rtol=1e-10, atol=1e-12)


def test_steps_are_those_of_torchs_adam():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    ours, target = rng.standard_normal(20).astype(np.float32), rng.standard_normal(20).astype(np.float32)
    theirs = torch.tensor(ours.copy(), requires_grad=True)
    adam = torch.optim.Adam([theirs], lr=1.0, eps=1e-8)
    optimiser = _Adam(ours, 0.01, 100)
    for done in range(1, 101):
        adam.param_groups[0]["lr"] = 0.01 * min(1, done / 100 / 0.02) * 0.5 * (1 + np.cos(np.pi * done / 100))
        adam.zero_grad()
        ((theirs - torch.tensor(target)) ** 2).sum().backward()
        adam.step()
        optimiser.step(ours, 2 * (ours - target))
    np.testing.assert_allclose(ours, theirs.detach().numpy(), atol=2e-6)


@pytest.mark.parametrize("kind", [AUTOENCODER, NESTED])
def test_a_network_begins_as_principal_components(kind):
    rng = np.random.default_rng(2)
    points = rng.standard_normal((300, 12)) * np.linspace(2, 0.1, 12)
    rows = frame_of(points, 12).coordinates(points)
    network = train(rows, kind, 4, TrainingSettings(epochs=0), 0)
    expected = rows.copy()
    expected[:, 4:] = 0
    np.testing.assert_allclose(network.reconstruct(rows), expected, atol=1e-5)


def bent(n, seed):
    """Points on a curved surface of dimension 2 in 6 columns."""
    t = np.random.default_rng(seed).uniform(-1, 1, (n, 2))
    return np.stack([*t.T, t[:, 0] ** 2, t[:, 1] ** 2, t[:, 0] * t[:, 1], np.sin(3 * t[:, 0])], axis=1)


def unexplained(network, frame, points, kept=None):
    rows = frame.coordinates(points)
    return np.sum((rows - network.reconstruct(rows, kept)) ** 2) / frame.squares(points).sum()


@pytest.mark.parametrize("kind", KINDS)
def test_training_learns_what_is_curved(kind):
    points, held = bent(1500, 0), bent(500, 1)
    frame = frame_of(points, 6)
    rows = frame.coordinates(points)
    settings = TrainingSettings(hidden=(32, 32), epochs=40, batch=50, rate=5e-3, beta=1e-4)
    network = train(rows, kind, 2, settings, 0)
    straight = 1 - np.sum(frame.coordinates(held)[:, :2] ** 2) / frame.squares(held).sum()
    assert straight > 0.15
    assert unexplained(network, frame, held) < 0.15 * straight
    if kind == NESTED:
        assert unexplained(network, frame, held, 1) > 5 * unexplained(network, frame, held)


def test_the_best_epoch_is_kept():
    rng = np.random.default_rng(3)
    rows = rng.standard_normal((60, 30)).astype(np.float32)
    network = train(rows, AUTOENCODER, 3, TrainingSettings(hidden=(64, 64), epochs=40, rate=0.02, patience=5), 0)
    errors = network.errors
    # Pure noise: training makes unseen rows worse, so it ends early, and its beginning (PCA) is what is kept.
    assert len(errors) < 41
    assert errors[-1] > errors.min()
    assert errors.min() <= errors[0]


def test_a_fit_is_a_pure_function_on_any_number_of_threads():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    rows = frame_of(bent(400, 0), 6).coordinates(bent(400, 0))
    fits = []
    for threads in (1, 2):
        with threadpoolctl.threadpool_limits(threads):
            fits.append(train(rows, VARIATIONAL, 2, QUICK, 5).parameters)
    np.testing.assert_array_equal(*fits)
    assert np.any(train(rows, VARIATIONAL, 2, QUICK, 6).parameters != fits[0])


class Rank:
    """One of several ranks that answer with what the others would have sent."""

    def __init__(self, rank, size, jobs, work):
        self.rank, self.size, self._jobs, self._work = rank, size, jobs, work

    def allgather(self, mine):
        assert mine == [self._work(*job) for job in self._jobs[self.rank :: self.size]]
        return [[self._work(*job) for job in self._jobs[rank :: self.size]] for rank in range(self.size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_ranks_share_jobs_and_all_get_all(size):
    jobs = [(i, 10 - i) for i in range(5)]
    expected = [i * j for i, j in jobs]
    for rank in range(size):
        assert shared(Rank(rank, size, jobs, lambda i, j: i * j), jobs, lambda i, j: i * j) == expected


def test_variational_codes_follow_the_prior_where_it_is_strong():
    rows = frame_of(bent(1000, 0), 6).coordinates(bent(1000, 0))
    weak, strong = (
        train(rows, VARIATIONAL, 2, TrainingSettings(hidden=(24, 24), epochs=40, batch=50, rate=5e-3, beta=beta), 0)
        for beta in (1e-4, 0.3)
    )
    spread = np.mean(strong.encode(rows) ** 2 + strong.deviations(rows) ** 2)
    assert spread == pytest.approx(1.0, abs=0.2)
    assert np.mean(strong.deviations(rows)) > 2 * np.mean(weak.deviations(rows))


def test_extreme_codes_stay_finite():
    architecture, parameters, points, weights, draws = case(VARIATIONAL)
    gradient = np.empty_like(parameters)
    loss = loss_gradient(architecture, parameters, 1e4 * points, weights, 0.3, draws, gradient)
    assert np.isfinite(loss)
    assert np.isfinite(gradient).all()
    assert np.isfinite(encode_points(architecture, parameters, -1e6 * points)).all()


def test_refusals():
    rows = np.zeros((10, 3), dtype=np.float32)
    with pytest.raises(InputError, match="no kind"):
        train(rows, "gan", 2, QUICK, 0)
    with pytest.raises(InputError, match="make no network"):
        train(rows[:2], AUTOENCODER, 2, QUICK, 0)
    with pytest.raises(InputError, match="principal axes"):
        frame_of(np.ones((5, 3)), 3)


@pytest.mark.parametrize(("n", "columns"), [(40, 8), (8, 40)])
def test_a_frame_loses_nothing(n, columns):
    points = np.random.default_rng(0).standard_normal((n, columns)) @ np.diag(np.linspace(3, 1, columns))
    frame = frame_of(points, 100)
    assert len(frame.axes) == min(columns, n - 1)
    rows = frame.coordinates(points)
    np.testing.assert_allclose(frame.points(rows), points, atol=1e-5)
    np.testing.assert_allclose(rows.std(axis=0, ddof=1), frame.deviations, rtol=1e-5)
    np.testing.assert_allclose(frame.squares(points), np.sum(rows**2, axis=1), rtol=1e-5)
