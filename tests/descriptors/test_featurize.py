"""The stage: from a landscape file to a descriptor file, on any number of ranks."""

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from crystalspan.cli import main
from crystalspan.descriptors import featurize as stage
from crystalspan.descriptors.compute import describe_crystal
from crystalspan.descriptors.file import DescriptorFile
from crystalspan.descriptors.parameters import PRESETS, columns, symmetry_functions
from crystalspan.errors import InputError
from crystalspan.landscape.file import write_landscape
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.settings import with_defaults
from random_crystals import random_landscape

MPIEXEC = Path(sys.executable).parent / "mpiexec"
needs_mpi = pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec in this environment")


@pytest.fixture(scope="module")
def landscape():
    return random_landscape((14, 2, 61), per_group=9, n_atoms=4)


@pytest.fixture(scope="module")
def landscape_file(landscape, tmp_path_factory):
    path = tmp_path_factory.mktemp("landscape") / "landscape.h5"
    write_landscape(path, landscape)
    return path


def featurize(*arguments):
    main(["featurize", *map(str, arguments)])


def on_ranks(ranks, *arguments, timeout=300):
    command = [MPIEXEC, "-n", ranks, sys.executable, "-m", "crystalspan", "featurize", *arguments]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout, check=False)


def contents(path):
    """Everything in an HDF5 file: data and attributes."""
    found = {}
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, item: found.update({name: item[...]} if hasattr(item, "shape") else {}))
        found.update({f"@{name}": value for name, value in file.attrs.items()})
    return found


def assert_equal_files(one, other):
    one, other = contents(one), contents(other)
    assert one.keys() == other.keys()
    for name in one:
        assert np.asarray(one[name]).tobytes() == np.asarray(other[name]).tobytes() or name == "id", name
    assert list(one["id"]) == list(other["id"])


def values(file):
    """All descriptors of a file, in its order."""
    found = np.empty((len(file.id), file.n_columns))
    file.read(np.arange(len(file.id)), found, np.arange(len(file.id)))
    return found


def test_a_file_holds_the_slice_and_its_labels(landscape, landscape_file, tmp_path):
    output = tmp_path / "new" / "descriptors.h5"
    featurize(landscape_file, "--space-group", 14, "--shell", "5-10", "--preset", "ani-1x", "-o", output)
    chosen = np.flatnonzero(
        (landscape.space_group == 14) & (landscape.relative_energy > 5) & (landscape.relative_energy <= 10)
    )
    assert 1 < len(chosen) < 9
    found = DescriptorFile(output)
    assert list(found.id) == list(landscape.id[chosen])
    for name in ("relative_energy", "lattice_energy", "density", "space_group"):
        assert np.array_equal(getattr(found, name), getattr(landscape, name)[chosen])
    functions = symmetry_functions(with_defaults({"preset": "ani-1x"}, "descriptor"))
    assert functions.neighbours == "intermolecular"
    expected = columns(functions, landscape.reference_atomic_number, [1, 6, 16])
    for name, theirs in expected._asdict().items():
        mine = getattr(found.columns, name)
        assert np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")
    assert found.elements.tolist() == expected.element_centre.reshape(4, -1)[:, 0].tolist()
    from crystalspan.crystallography.cell import cell_matrix

    crystal = landscape.structure(chosen[0])
    expected = describe_crystal(functions, [1, 6, 16], cell_matrix(crystal.cell), *crystal[2:])
    assert np.array_equal(values(found)[0], expected.ravel())
    assert (len(found.elements), found.n_columns) == (4, 960)
    assert found.settings["preset"] == "ani-1x"
    assert found.attributes["functions"]["radial_cutoff"] == 5.2
    assert "numba" in found.attributes["versions"]
    assert str(landscape_file) in found.attributes["inputs"]
    assert np.array_equal(found.automorphisms, landscape.reference_automorphisms)


def test_shells_meet_without_gap_or_overlap(landscape, landscape_file, tmp_path):
    for shell in ("0-5", "5-10", "10-13"):
        featurize(landscape_file, "--shell", shell, "--preset", "ani-1x", "-o", tmp_path / f"{shell}.h5")
    featurize(landscape_file, "--preset", "ani-1x", "-o", tmp_path / "all.h5")
    joined = JoinedDescriptors([tmp_path / f"{shell}.h5" for shell in ("5-10", "0-5", "10-13")])
    whole = DescriptorFile(tmp_path / "all.h5")
    assert list(whole.id) == list(landscape.id)
    order = np.lexsort((whole.id.astype(str), whole.relative_energy))
    assert list(joined.id) == list(whole.id[order])
    assert np.array_equal(joined.read(0, len(order)), values(whole)[order])


def test_an_empty_slice_is_a_valid_file(landscape_file, tmp_path):
    featurize(landscape_file, "--space-group", 19, "--shell", "0-10", "-o", tmp_path / "empty.h5")
    found = DescriptorFile(tmp_path / "empty.h5")
    assert values(found).shape == (0, 4 * 480)
    assert len(found.columns.theta) == 4 * 480


def test_rounds_do_not_show(landscape_file, tmp_path, monkeypatch):
    featurize(landscape_file, "--preset", "ani-2x", "-o", tmp_path / "one.h5")
    monkeypatch.setattr(stage, "ROUND_BYTES", 5 * 8 * 4 * 240)
    featurize(landscape_file, "--preset", "ani-2x", "-o", tmp_path / "many.h5")
    assert_equal_files(tmp_path / "one.h5", tmp_path / "many.h5")


@pytest.mark.slow
@needs_mpi
def test_any_number_of_ranks_writes_the_same(landscape_file, tmp_path):
    options = ("--space-group", 14, "--shell", "0-10", "--neighbours", "all")
    for ranks in (1, 2, 3):
        output = tmp_path / f"{ranks}.h5"
        done = on_ranks(ranks, landscape_file, *options, "--ranks", ranks, "-o", output)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("structures") == 1
        assert_equal_files(tmp_path / "1.h5", output)


@needs_mpi
def test_a_wrong_number_of_ranks_stops(landscape_file, tmp_path):
    done = on_ranks(2, landscape_file, "--ranks", 3, "-o", tmp_path / "none.h5")
    assert done.returncode != 0
    assert "3 MPI ranks were expected" in done.stderr
    assert not (tmp_path / "none.h5").exists()


@pytest.mark.slow
@needs_mpi
def test_an_error_on_one_rank_ends_all(landscape, tmp_path):
    """The last structure, which only the last rank sees, has its atoms in another order."""
    numbers = landscape.atomic_number.copy()
    numbers[-4:] = numbers[-4:][::-1]
    from dataclasses import replace

    write_landscape(tmp_path / "bad.h5", replace(landscape, atomic_number=numbers))
    done = on_ranks(3, tmp_path / "bad.h5", "--ranks", 3, "--preset", "ani-1x", "-o", tmp_path / "none.h5", timeout=120)
    assert done.returncode != 0
    assert landscape.id[-1] in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.h5"]


def test_another_atom_order_is_refused(landscape, tmp_path, capsys):
    from dataclasses import replace

    numbers = landscape.atomic_number.copy()
    numbers[8:12] = numbers[8:12][::-1]
    write_landscape(tmp_path / "bad.h5", replace(landscape, atomic_number=numbers))
    with pytest.raises(SystemExit) as ended:
        featurize(tmp_path / "bad.h5", "-o", tmp_path / "out.h5", "--preset", "ani-1x")
    assert ended.value.code == 2
    assert landscape.id[2] in capsys.readouterr().err
    assert not (tmp_path / "out.h5").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.h5"], "missing.h5"),
        (["{landscape}", "--shell", "10-5"], "10-5"),
        (["{landscape}", "--space-group", "999"], "999"),
        (["{landscape}", "--radial-cutoff", "-1"], "radial_cutoff"),
        (["{landscape}", "--settings", '{"descriptor": {"preset": "ani-3x"}}'], "ani-3x"),
        (["{landscape}", "--settings", '{"descriptor": {"radial_shift": [1]}}'], "radial_shifts"),
        (["{here}"], "not a landscape file"),
    ],
)
def test_bad_input_ends_with_a_clear_message(landscape_file, tmp_path, capsys, arguments, message):
    places = {"{landscape}": landscape_file, "{here}": __file__}
    words = [places.get(word, word) for word in arguments]
    with pytest.raises(SystemExit) as ended:
        featurize(*words, "-o", tmp_path / "out.h5")
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out.h5").exists()


def test_files_that_do_not_belong_together_are_refused(landscape_file, tmp_path):
    for preset in ("ani-1x", "ani-2x"):
        featurize(landscape_file, "--shell", "0-2", "--preset", preset, "-o", tmp_path / f"{preset}.h5")
    with pytest.raises(InputError, match="settings"):
        JoinedDescriptors([tmp_path / "ani-1x.h5", tmp_path / "ani-2x.h5"])
    with pytest.raises(InputError, match="no such file"):
        DescriptorFile(tmp_path / "nothing.h5")
    with pytest.raises(InputError, match="not a descriptor file"):
        DescriptorFile(landscape_file)


def test_overrides_replace_single_parameters():
    settings = with_defaults({"preset": "ani-1x", "zeta": 8.0, "radial_shifts": [1.0, 2.0]}, "descriptor")
    functions = symmetry_functions(settings)
    assert (functions.zeta, functions.radial_shifts) == (8.0, (1.0, 2.0))
    assert functions.angular_shifts == PRESETS["ani-1x"].angular_shifts
    assert functions.n_values(3) == 3 * 2 + 6 * 4 * 8
    with pytest.raises(InputError, match="zeta"):
        symmetry_functions({**settings, "zeta": float("inf")})
