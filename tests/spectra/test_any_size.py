"""Spectra of any size: planned memory, blocks, ranks, and estimates that keep within their bounds."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from crystalspan.errors import InputError
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.points.distances import HeldRows, squared_distances
from crystalspan.spectra import plan as planning
from crystalspan.spectra.components import count_settings
from crystalspan.spectra.counted import counted
from crystalspan.spectra.file import read_spectra
from crystalspan.spectra.pca import good_estimates, spectrum
from crystalspan.spectra.plan import MIB, plan
from crystalspan.spectra.randomized import error_bounds
from crystalspan.spectra.settings import spectrum_settings
from crystalspan.storage.sealed import BLOCK, SealedInput
from descriptor_files import write_descriptors
from settings_help import settings_with

pytestmark = pytest.mark.slow

MPIEXEC = Path(sys.executable).parent / "mpiexec"
needs_mpi = pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec in this environment")


def settings(**changes):
    return spectrum_settings(settings_with(**changes))


def known(n, d, singular_values, seed=0):
    """A matrix whose centred rows have the singular values, and a mean far from zero."""
    generator = np.random.default_rng(seed)
    size = len(singular_values)
    left = generator.normal(size=(n, size + 1))
    left[:, 0] = 1
    left = np.linalg.qr(left)[0][:, 1:]
    right = np.linalg.qr(generator.normal(size=(d, size)))[0]
    return (left * singular_values) @ right.T + 3.0


@pytest.mark.parametrize("shape", [(30, 50), (50, 30), (40, 40), (2, 5), (5, 1)])
@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_blocks_of_any_size_give_the_singular_values_of_the_whole_matrix(shape, rows):
    n, d = shape
    data = np.random.default_rng(1).normal(size=shape) + 2.0
    centred = data - data.mean(axis=0)
    found = spectrum(data, settings(block_mib=rows * 8 * d / MIB, scores=3))
    values = np.linalg.svd(centred, compute_uv=False)[: min(n - 1, d)]
    np.testing.assert_allclose(found.singular_values, values, rtol=1e-10)
    np.testing.assert_allclose(found.total_variance, data.var(axis=0, ddof=1).sum())
    np.testing.assert_allclose(found.scores, centred @ found.loadings.T, atol=1e-10)
    np.testing.assert_allclose(found.loadings @ found.loadings.T, np.eye(len(found.loadings)), atol=1e-12)
    assert (found.method, found.eigenvalue_errors.any()) == ("exact", False)


def test_distances_from_groups_of_judged_rows_are_those_of_all():
    points = np.random.default_rng(0).normal(size=(23, 4))
    rows = HeldRows(points)
    rows.block_rows = 5
    for index in (np.arange(23), np.array([0, 3, 4, 11, 12, 13, 22]), np.array([2])):
        expected = ((points[index][:, None] - points) ** 2).sum(axis=2)
        np.testing.assert_allclose(squared_distances(rows, index), expected, atol=1e-12)


def test_the_target_fits_into_the_default_memory():
    found = plan(100_000, 8640, 8640, settings())
    assert found.method == "covariance"
    block = found.block_rows * 8640 * 8
    assert block <= 256 * MIB < block + 8640 * 8
    assert 8 * 8640**2 + 2 * block < found.memory <= 4096 * MIB


@pytest.mark.parametrize("n", [10, 3000, 15_000, 100_000, 1_000_000])
@pytest.mark.parametrize("d", [40, 8640, 15_000, 100_000])
@pytest.mark.parametrize("memory", [1500, 4096, 64_000])
def test_no_plan_exceeds_the_memory_and_small_matrices_are_exact(n, d, memory):
    try:
        found = plan(n, d, d, settings(memory_mib=memory))
    except InputError as error:
        assert memory < 4096 or n == 1_000_000  # noqa: PT017
        assert "memory_mib" in str(error)  # noqa: PT017
        return
    assert found.memory <= memory * MIB
    matrix = {"gram": n**2, "covariance": d**2, "randomized": 0}[found.method]
    assert 8 * matrix + 8 * found.block_rows * d <= memory * MIB
    assert found.block_rows >= 1
    if 8 * min(n, d) ** 2 < (memory - 1400) * MIB and n < 1_000_000:
        assert found.method == ("gram" if n <= d else "covariance")


def test_what_does_not_fit_is_estimated_unless_it_must_be_exact():
    assert plan(50_000, 60_000, 60_000, settings()).method == "randomized"
    assert plan(50_000, 60_000, 60_000, settings()).trial_vectors == 240
    with pytest.raises(InputError, match=r"50000 structures of 60000 columns.*(?s:.*)solver to auto"):
        plan(50_000, 60_000, 60_000, settings(solver="exact"))
    with pytest.raises(InputError, match="memory_mib = 100"):
        spectrum(np.ones((3, 4)), settings(memory_mib=100))


@pytest.mark.parametrize(
    ("shape", "solver"), [((3000, 120), "exact"), ((250, 900), "exact"), ((900, 900), "randomized")]
)
def test_memory_stays_within_the_plan(tmp_path, monkeypatch, shape, solver):
    monkeypatch.setattr("crystalspan.descriptors.file._PIECE_BYTES", 2**14)
    n, d = shape
    data = np.random.default_rng(0).normal(size=shape)
    path = write_descriptors(tmp_path / "d.h5", data, np.random.default_rng(1).permutation(n))
    joined = JoinedDescriptors([path])
    chosen = settings(block_mib=0.2, solver=solver, randomized_components=8)
    # Blocks that the reader of sealed files keeps: half a MiB, whatever the size; a part of what the program takes.
    allowed = plan(n, d, d, chosen).memory - planning._PROGRAM + (SealedInput._KEPT + 1) * BLOCK
    del data
    spectrum(joined.select(lowest=9), chosen)
    tracemalloc.start()
    try:
        spectrum(joined, chosen)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.7 * 8 * n * d or solver == "exact"
    assert 0.2 * allowed < peak < allowed


@pytest.mark.parametrize("iterations", [0, 1, 4])
@pytest.mark.parametrize("decay", [0.5, 1.0])
@pytest.mark.parametrize("shape", [(150, 90), (90, 150)])
def test_estimates_keep_within_their_bounds_and_a_smaller_bound_would_not_do(iterations, decay, shape):
    size = min(shape) - 1
    singular = np.arange(1, size + 1) ** -decay
    data = known(*shape, singular)
    chosen = settings(solver="randomized", randomized_components=12, power_iterations=iterations, block_mib=0.01)
    found = spectrum(data, chosen)
    truth = singular[:12] ** 2 / (shape[0] - 1)
    assert found.method == "randomized"
    assert found.eigenvalues.shape == found.eigenvalue_errors.shape == (12,)
    rounding = 1e-13 * truth[0]
    assert (found.eigenvalues <= truth + rounding).all()
    assert (truth <= found.eigenvalues + found.eigenvalue_errors + rounding).all()
    missed = truth > found.eigenvalues + 1e-3 * found.eigenvalue_errors + rounding
    assert missed.any()
    good = good_estimates(found.eigenvalues, found.eigenvalue_errors)
    assert (np.abs(found.eigenvalues / truth - 1)[good] < 0.011).all()
    if iterations == 4 and decay == 1.0:
        assert good[:8].all()
        np.testing.assert_allclose(found.eigenvalues[:4], truth[:4], rtol=1e-4)
    if iterations == 0:
        assert not good.all()
    np.testing.assert_allclose(found.total_variance, (singular**2).sum() / (shape[0] - 1))
    np.testing.assert_allclose(found.variance_shares, np.cumsum(found.eigenvalues) / found.total_variance)
    assert np.isnan(found.singular_value_shares).all()


def test_error_bounds_hold_for_any_subspace():
    generator = np.random.default_rng(3)
    for trial in range(40):
        size, taken = 12, 1 + trial % 8
        turn = np.linalg.qr(generator.normal(size=(size, size)))[0]
        spread = np.sort(10 ** generator.uniform(-3, 0, size))[::-1]
        matrix = (turn * spread) @ turn.T
        mixed = turn[:, :taken] + 10 ** generator.uniform(-4, 0) * generator.normal(size=(size, taken))
        basis = np.linalg.qr(mixed)[0]
        values, rotation = np.linalg.eigh(basis.T @ matrix @ basis)
        values, vectors = values[::-1], (basis @ rotation)[:, ::-1]
        residuals = np.linalg.norm(matrix @ vectors - vectors * values, axis=0)
        beyond = np.eye(size) - basis @ basis.T
        bounds = error_bounds(values, residuals, np.linalg.norm(beyond @ matrix @ beyond, 2), spread.sum())
        assert (spread[:taken] <= values + bounds + 1e-14).all()
        assert (bounds <= spread.sum() - values.sum() + 1e-14).all()


def test_zscore_and_constant_columns_are_estimated_like_exact_ones():
    data = known(80, 60, 0.8 ** np.arange(50))
    data[:, 7] = 1.25
    exact = spectrum(data, settings(scaling="zscore", scores=3))
    found = spectrum(data, settings(scaling="zscore", scores=3, solver="randomized", randomized_components=40))
    np.testing.assert_allclose(found.total_variance, 59)
    np.testing.assert_allclose(found.eigenvalues[:10], exact.eigenvalues[:10], rtol=1e-6)
    np.testing.assert_allclose(found.scores, exact.scores, atol=1e-5 * np.abs(exact.scores).max())


def on_ranks(ranks, *arguments):
    start = [MPIEXEC, "-n", ranks] if ranks > 1 else []
    command = [*start, sys.executable, "-m", "crystalspan", "pca", *arguments, "--ranks", ranks]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def shells(tmp_path):
    """12 structures of 20 values within 10 kJ/mol, 70 within 20, in two files."""
    data = known(70, 20, 0.7 ** np.arange(20))
    energy = np.concatenate([np.linspace(1, 10, 12), np.linspace(11, 20, 58)])
    places = np.arange(70)
    parts = places[places % 3 == 0], places[places % 3 > 0]
    return [
        write_descriptors(tmp_path / f"{number}.h5", data[part], energy[part], ids=[f"toy-{i}" for i in part])
        for number, part in enumerate(parts)
    ]


@needs_mpi
@pytest.mark.parametrize("solver", ["auto", "randomized"])
def test_any_number_of_ranks_finds_the_same(shells, tmp_path, solver):
    options = (*shells, "--window", "0-10", "0-20", "0-0.5", "--solver", solver, "--block-mib", 5 * 160 / MIB)
    options += ("--randomized-components", 6, "--space-group", "all")
    found = []
    for ranks in (1, 3):
        output = tmp_path / f"of-{ranks}-ranks.h5"
        done = on_ranks(ranks, *options, "-o", output)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("structures") == 3
        found.append(output)
    with h5py.File(found[0]) as one, h5py.File(found[1]) as other:
        for window in ("0-10", "0-20", "0-0.5"):
            mine, theirs = one[f"all/{window}"], other[f"all/{window}"]
            assert mine.keys() == theirs.keys()
            for name in ("eigenvalues", "scores", "mean", "scale", "singular_values"):
                np.testing.assert_allclose(theirs[name][...], mine[name][...], rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(theirs["loadings"][...], mine["loadings"][...], atol=1e-8)
    rule = count_settings(settings_with()["components"])
    one, other = (counted(read_spectra([path]), rule) for path in found)
    np.testing.assert_allclose([row.components for row in other], [row.components for row in one])
    assert len({row.window for row in one}) == 3
    small, large, empty = read_spectra([found[1]])
    assert (small.n_structures, large.n_structures, empty.flag) == (12, 70, "empty")
    assert small.method == large.method == ("exact" if solver == "auto" else "randomized")


@needs_mpi
def test_an_error_on_one_rank_ends_all_and_leaves_nothing(tmp_path):
    """The structure of highest energy, which only the last rank reads, is no number."""
    values = np.random.default_rng(0).normal(size=(30, 4))
    values[17, 2] = np.nan
    energy = np.arange(30.0)
    energy[17] = 99
    path = write_descriptors(tmp_path / "d.h5", values, energy)
    done = on_ranks(3, path, "-o", tmp_path / "s.h5", "--space-group", "all")
    assert done.returncode != 0
    assert "toy-QR-14-17-3" in done.stderr
    assert [found.name for found in tmp_path.iterdir()] == ["d.h5"]
