"""The maps of the two leading components: judged against the points that they were made of, and nothing else."""

import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from crystalspan import cli
from crystalspan.errors import InputError
from crystalspan.maps.leading import leading_maps, read_leading_maps
from crystalspan.points import quality
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.points.quality import MEASURES
from crystalspan.points.settings import preparation
from crystalspan.spectra.file import read_spectra
from crystalspan.spectra.plan import MIB
from descriptor_files import embedding, write_descriptors
from naive.spectra import trustworthiness_and_overlap
from reporting_help import run
from settings_help import settings_with

MPIEXEC = Path(sys.executable).parent / "mpiexec"
needs_mpi = pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec in this environment")


def noisy(n, columns, seed=1):
    generator = np.random.default_rng(seed)
    return embedding(n, 4, columns, seed) + 1e-3 * generator.normal(size=(n, columns)) + 5.0


def described(folder, values):
    return write_descriptors(folder / "d.h5", values, np.arange(1.0, len(values) + 1), elements=("C",))


def judged(folder, path, neighbours=10, pca=(), **changes):
    """What the maps of all spectra of a file of descriptors keep."""
    run("pca", path, "-o", folder / "s.h5", *pca)
    prepared = preparation(settings_with(**changes))
    return list(leading_maps(JoinedDescriptors([path]), read_spectra([folder / "s.h5"]), prepared, neighbours))


def test_their_quality_is_that_of_scikit_learn_and_of_the_naive_twin(tmp_path):
    data = noisy(25, 40)
    (one,) = judged(tmp_path, described(tmp_path, data), 4)
    flat = read_spectra([tmp_path / "s.h5"])[0].scores[:, :2]
    assert one.quality["trustworthiness"] == pytest.approx(trustworthiness(data, flat, n_neighbors=4))
    expected = trustworthiness_and_overlap(data.tolist(), flat.tolist(), 4)
    assert (one.quality["trustworthiness"], one.quality["overlap"]) == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(40, 90), (90, 40)])
@pytest.mark.parametrize("scaling", ["none", "zscore"])
def test_blocks_do_not_change_it(tmp_path, shape, scaling):
    path = described(tmp_path, noisy(*shape))
    scaled = ("--scaling", scaling)
    (whole,) = judged(tmp_path, path, pca=scaled, scaling=scaling)
    (blocks,) = judged(tmp_path, path, pca=scaled, scaling=scaling, block_mib=7 * shape[1] * 8 / MIB)
    assert blocks.quality == pytest.approx(whole.quality)
    assert set(whole.quality) == {*MEASURES, "neighbours", "judged"}


def test_a_map_of_estimated_components_is_judged_like_one_of_exact_ones(tmp_path):
    generator = np.random.default_rng(0)
    data = generator.normal(size=(80, 50)) * 0.8 ** np.arange(50) + 3.0
    path = described(tmp_path, data)
    (exact,) = judged(tmp_path, path, pca=("--scores", 3))
    (found,) = judged(tmp_path, path, pca=("--scores", 3, "--solver", "randomized", "--randomized-components", 40))
    assert read_spectra([tmp_path / "s.h5"])[0].method == "randomized"
    assert found.quality == pytest.approx(exact.quality)


@pytest.mark.parametrize(
    ("options", "n"),
    [
        (("--lowest", 12), 12),
        (("--window", "0-20"), 20),
        (("--space-group", "14"), 25),
        (("--lowest", 9, "--space-group", "2"), 5),
    ],
)
def test_only_the_structures_of_the_spectrum_are_looked_at(tmp_path, options, n):
    """A spectrum of a part of the structures is judged as if there were no others."""
    data, energy = noisy(40, 30), np.arange(1.0, 41)
    group = np.where(np.isin(np.arange(40), [0, 2, 4, 6, 8, *range(15, 25)]), 2, 14)
    files = [
        write_descriptors(tmp_path / f"{number}.h5", data[group == number], energy[group == number], space_group=number)
        for number in (2, 14)
    ]
    run("pca", *files, *options, "-o", tmp_path / "part.h5")
    run("quality", *files, tmp_path / "part.h5", "--judged-neighbours", 3, "-o", tmp_path / "q.h5")
    (found,) = read_leading_maps([tmp_path / "q.h5"]).values()
    (part,) = read_spectra([tmp_path / "part.h5"])
    rows = np.round(part.relative_energy).astype(int) - 1
    assert (len(rows), found["judged"]) == (n, n)
    expected = trustworthiness_and_overlap(data[rows].tolist(), part.scores[:, :2].tolist(), found["neighbours"])
    assert (found["trustworthiness"], found["overlap"]) == pytest.approx(expected)


def test_descriptors_of_other_structures_are_refused(tmp_path):
    run("pca", described(tmp_path, noisy(12, 8)), "-o", tmp_path / "s.h5")
    other = described(tmp_path / "other", noisy(11, 8))
    joined, spectra = JoinedDescriptors([other]), read_spectra([tmp_path / "s.h5"])
    with pytest.raises(InputError, match=r"(?s)toy-QR-14-11-3.*no structure of this name"):
        list(leading_maps(joined, spectra, preparation(settings_with()), 3))


def test_the_file_holds_every_map_and_only_the_groups_asked_for(tmp_path):
    values, energy = noisy(30, 8), np.linspace(0.5, 20, 30)
    files = [
        write_descriptors(tmp_path / f"{group}.h5", values[rows], energy[rows], space_group=group)
        for group, rows in ((14, slice(0, 28)), (2, slice(28, 30)))
    ]
    run("pca", *files, "--space-group", "14", "2", "61", "all", "--window", "0-10", "0-20", "-o", tmp_path / "s.h5")
    run("quality", *files, tmp_path / "s.h5", "-o", tmp_path / "all.h5")
    found = read_leading_maps([tmp_path / "all.h5"])
    windows = ("0-10", "0-20")
    assert list(found) == [("toy", group, window) for group in ("14", "2", "61", "all") for window in windows]
    few = {key for key, kept in found.items() if not kept}
    assert few == {("toy", group, window) for group in ("2", "61") for window in windows}
    run("quality", *files, tmp_path / "s.h5", "--space-group", "P21/c", "all", "-o", tmp_path / "some.h5")
    some = {key: kept for key, kept in found.items() if key[1] in ("14", "all")}
    assert read_leading_maps([tmp_path / "some.h5"]) == some


def test_files_of_other_stages_are_refused(tmp_path, capsys):
    path = described(tmp_path, noisy(12, 8))
    run("pca", path, "-o", tmp_path / "s.h5")
    run("components", tmp_path / "s.h5", "-o", tmp_path / "c.h5")
    capsys.readouterr()
    for files, message in (
        ((path, tmp_path / "c.h5"), "c.h5: this is a file that components wrote"),
        ((path, Path(__file__)), "this is not a file of a stage"),
        ((path, tmp_path / "missing.h5"), "missing.h5: there is no such file"),
    ):
        with pytest.raises(SystemExit) as end:
            run("quality", *files, "-o", tmp_path / "q.h5")
        assert end.value.code == cli.EXIT_BAD_INPUT
        assert message in capsys.readouterr().err
        assert not (tmp_path / "q.h5").exists()


@pytest.mark.slow
def test_memory_is_that_of_the_judged_distances_and_some_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("crystalspan.points.distances._MAX_DISTANCES", 1)
    monkeypatch.setattr(quality, "_MAX_PAIRS", 1000)
    monkeypatch.setattr("crystalspan.descriptors.file._PIECE_BYTES", 2**14)
    n, d = 3000, 400
    path = described(tmp_path, np.random.default_rng(0).normal(size=(n, d)))
    judged(tmp_path, path, pca=("--lowest", 9))
    run("pca", path, "-o", tmp_path / "s.h5")
    joined, spectra = JoinedDescriptors([path]), read_spectra([tmp_path / "s.h5"])
    prepared = replace(preparation(settings_with()), block_mib=0.2)
    distances = 100 * n
    # Two matrices of distances, places of two thousand pairs, a few blocks, names and energies.
    allowed = 2 * 8 * distances + 144 * 2000 + 4 * 0.2 * MIB + 600 * n
    tracemalloc.start()
    try:
        list(leading_maps(joined, spectra, prepared, 10))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 0.2 * allowed < peak < allowed < 8 * n * d


@pytest.mark.slow
@needs_mpi
def test_spectra_of_any_number_of_ranks_are_judged_alike(tmp_path):
    path = described(tmp_path, noisy(60, 20))
    found = []
    for ranks in (1, 3):
        spectra, output = tmp_path / f"s{ranks}.h5", tmp_path / f"q{ranks}.h5"
        start = [MPIEXEC, "-n", ranks] if ranks > 1 else []
        command = [*start, sys.executable, "-m", "crystalspan", "pca", path, "--window", "0-20", "0-60", "-o", spectra]
        subprocess.run([*map(str, command), "--ranks", str(ranks)], check=True, capture_output=True, timeout=300)
        run("quality", path, spectra, "-o", output)
        found.append(read_leading_maps([output]))
    assert found[0].keys() == found[1].keys()
    for key, kept in found[0].items():
        assert found[1][key] == pytest.approx(kept)
