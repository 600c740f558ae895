"""Descriptor files joined, and spectrum files written and read."""

import h5py
import numpy as np
import pytest

from crystalspan import cli
from crystalspan.errors import InputError
from crystalspan.points.descriptors import JoinedDescriptors
from crystalspan.spectra.file import read_spectra, read_spectrum
from descriptor_files import embedding, write_descriptors


@pytest.fixture
def shells(tmp_path):
    """Two groups with two shells each, 10 and 6 structures a shell."""
    data = embedding(32, 3, 8)
    energy = np.sort(np.random.default_rng(2).uniform(0, 20, 32))
    paths, start = [], 0
    for shell, (low, high) in {"0-10": (0, 10), "10-20": (10, 20)}.items():
        inside = np.flatnonzero((energy > low) & (energy <= high))
        for group in (14, 2):
            rows = inside[0::2] if group == 14 else inside[1::2]
            path = tmp_path / str(group) / shell / "descriptors.h5"
            ids = [f"toy-QR-{group}-{i}-3" for i in rows]
            paths.append(write_descriptors(path, data[rows], energy[rows], space_group=group, ids=ids))
            start += len(rows)
    assert start == 32
    return paths, data, energy


def test_joined_rows_are_in_the_order_of_energy(shells):
    paths, data, energy = shells
    joined = JoinedDescriptors(paths)
    np.testing.assert_array_equal(joined.relative_energy, energy)
    np.testing.assert_array_equal(joined.read(0, 32), data)
    np.testing.assert_array_equal(joined.read(7, 19), data[7:19])


def test_selection_by_window_number_and_space_group(shells):
    paths, data, energy = shells
    joined = JoinedDescriptors(paths)
    low = joined.select(window="0-10")
    assert low.n_structures == (energy <= 10).sum()
    seven = joined.select(lowest=7, space_group=2)
    wanted = [i for i in range(7) if joined.space_group[i] == 2]
    np.testing.assert_array_equal(seven.read(0, len(wanted)), data[wanted])


def test_equal_energies_are_ordered_by_id(tmp_path):
    values = np.arange(6.0).reshape(3, 2)
    one = write_descriptors(tmp_path / "a.h5", values[:2], [1.0, 1.0], ids=["c", "a"])
    two = write_descriptors(tmp_path / "b.h5", values[2:], [1.0], ids=["b"])
    for paths in ([one, two], [two, one]):
        assert JoinedDescriptors(paths).id.tolist() == ["a", "b", "c"]


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    one = write_descriptors(tmp_path / "a.h5", np.ones((2, 4)), [0, 1])
    for what, change in {"molecule": "other", "settings": "{}"}.items():
        other = write_descriptors(tmp_path / f"{what}.h5", np.ones((2, 4)), [0, 1], **{what: change})
        with pytest.raises(InputError, match=f"{other}: its {what} differs"):
            JoinedDescriptors([one, other])
    longer = write_descriptors(tmp_path / "l.h5", np.ones((2, 6)), [0, 1])
    with pytest.raises(InputError, match=f"{longer}: it has 6 columns, {one} has 4"):
        JoinedDescriptors([one, longer])
    swapped = write_descriptors(tmp_path / "c.h5", np.ones((2, 4)), [0, 1], elements=("H", "C"))
    with pytest.raises(InputError, match=f"{swapped}: its columns differ"):
        JoinedDescriptors([one, one, swapped])
    relabelled = write_descriptors(tmp_path / "r.h5", np.ones((2, 4)), [0, 1], automorphisms=((0, 1), (1, 0)))
    with pytest.raises(InputError, match=f"{relabelled}: its reference molecule"):
        JoinedDescriptors([one, relabelled])


def test_scattered_rows_are_read_in_small_pieces_and_in_the_order_of_energy(tmp_path, monkeypatch):
    """Every piece and gap that a file can be read in gives the same rows."""
    generator = np.random.default_rng(4)
    values, energy = generator.normal(size=(60, 4)), generator.permutation(60).astype(float)
    path = write_descriptors(tmp_path / "d.h5", values, energy)
    order = np.argsort(energy)
    for piece, gap in ((8 * 4, 0), (3 * 8 * 4, 8 * 4), (1, 5 * 8 * 4), (2**23, 2**18)):
        monkeypatch.setattr("crystalspan.descriptors.file._PIECE_BYTES", piece)
        monkeypatch.setattr("crystalspan.descriptors.file._GAP_BYTES", gap)
        joined = JoinedDescriptors([path])
        np.testing.assert_array_equal(joined.read(5, 33), values[order[5:33]])
        assert joined.read(7, 7).shape == (0, 4)


def test_bad_files_say_which(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        JoinedDescriptors([tmp_path / "missing.h5"])
    text = tmp_path / "text.h5"
    text.write_text("nothing")
    with pytest.raises(InputError, match="not a descriptor file"):
        JoinedDescriptors([text])
    values = np.ones((3, 4))
    values[1, 2] = np.nan
    broken = write_descriptors(tmp_path / "nan.h5", values, [0, 1, 2])
    with pytest.raises(InputError, match="toy-QR-14-1-3"):
        JoinedDescriptors([broken]).read(0, 3)


def run(*arguments):
    cli.main([str(argument) for argument in arguments])


def counted_lines(folder, *spectra):
    """Count the components of spectra and return the lines of their table."""
    run("components", *spectra, "-o", folder / "components.h5")
    run("table", "spectra", *spectra, folder / "components.h5", "-o", folder / "tables")
    return (folder / "tables" / "components.csv").read_text().splitlines()


def test_commands_write_a_spectrum_and_its_counts(shells, tmp_path, capsys):
    paths, data, energy = shells
    output = tmp_path / "spectrum.h5"
    run("pca", *paths, "--window", "0-20", "-o", output, "--scores", "4")
    assert "32 structures" in capsys.readouterr().out
    found = read_spectrum(output)
    assert (found.molecule, found.space_group, found.window, found.flag) == ("toy", "all", "0-20", "ok")
    assert found.scores.shape == (32, 4)
    covariance = np.cov(data.T)
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(covariance)[::-1], rtol=1e-8, atol=1e-10)
    assert found.settings["spectra"]["scores"] == 4
    lines = counted_lines(tmp_path, output)
    assert lines[0] == "molecule,space_group,window,n_structures,criterion,threshold,components,fewest,most"
    assert any(line.startswith("toy,all,0-20,32,variance,0.8,") for line in lines)


def test_spectrum_does_not_depend_on_how_the_window_is_split(shells, tmp_path):
    paths, data, energy = shells
    joined = write_descriptors(tmp_path / "one.h5", data, energy)
    results = []
    for number, inputs in enumerate((paths, paths[::-1], [joined])):
        output = tmp_path / f"{number}.h5"
        run("pca", *inputs, "-o", output, "--space-group", "all")
        with h5py.File(output) as handle:
            spectrum = handle["all/none"]
            results.append({name: spectrum[name][...] for name in ("eigenvalues", "scores", "loadings")})
    for other in results[1:]:
        for name, values in results[0].items():
            np.testing.assert_array_equal(values, other[name])


def test_one_file_holds_the_spectra_of_all_groups_and_windows(shells, tmp_path):
    paths, data, energy = shells
    together = tmp_path / "spectra.h5"
    run("pca", *paths, "--space-group", "14", "P-1", "all", "--window", "0-10", "0-20", "-o", together)
    found = read_spectra([together])
    assert [(one.space_group, one.window) for one in found] == [
        (group, window) for group in ("14", "2", "all") for window in ("0-10", "0-20")
    ]
    alone = tmp_path / "alone.h5"
    run("pca", *[path for path in paths if "14" in path.parts], "--window", "0-20", "-o", alone)
    np.testing.assert_array_equal(read_spectrum(alone).scores, found[1].scores)
    with pytest.raises(InputError, match="6 spectra"):
        read_spectrum(together)


def test_a_landscape_that_is_no_spectrum_file_is_refused(shells):
    with pytest.raises(InputError, match="not a spectrum file"):
        read_spectra(shells[0])


def test_empty_shells_make_an_empty_spectrum(tmp_path):
    path = write_descriptors(tmp_path / "empty.h5", np.empty((0, 8)), [])
    run("pca", path, "-o", tmp_path / "s.h5", "--space-group", "14")
    found = read_spectrum(tmp_path / "s.h5")
    assert (found.flag, found.n_structures, found.n_columns) == ("empty", 0, 8)
    assert any(line.startswith("toy,14,none,0,variance,0.8,0") for line in counted_lines(tmp_path, tmp_path / "s.h5"))


def test_bad_input_ends_with_a_message_and_without_output(tmp_path, capsys):
    output = tmp_path / "s.h5"
    with pytest.raises(SystemExit) as end:
        run("pca", tmp_path / "missing.h5", "-o", output)
    assert end.value.code == cli.EXIT_BAD_INPUT
    assert "missing.h5" in capsys.readouterr().err
    path = write_descriptors(tmp_path / "d.h5", np.ones((2, 4)), [0, 1])
    with pytest.raises(SystemExit):
        run("pca", path, "-o", output, "--window", "ten")
    assert "energy interval" in capsys.readouterr().err
    assert not output.exists()


def test_estimates_are_shown_with_their_bounds(shells, tmp_path, capsys):
    """Of a randomized spectrum the tables say what is known and how well."""
    paths, data, _ = shells
    output = tmp_path / "spectrum.h5"
    options = ("--solver", "randomized", "--randomized-components", "3", "--power-iterations", "0")
    run("pca", *paths, "-o", output, "--space-group", "all", *options)
    assert "3 leading ones estimated" in capsys.readouterr().out
    found = read_spectrum(output)
    truth = np.linalg.eigvalsh(np.cov(data.T))[::-1]
    assert found.method == "randomized"
    np.testing.assert_allclose(found.total_variance, truth.sum())
    assert (found.eigenvalues <= truth[:3] * (1 + 1e-12)).all()
    assert (truth[:3] <= found.eigenvalues + found.eigenvalue_errors).all()
    lines = [line.split(",") for line in counted_lines(tmp_path, output)]
    rows = {(line[4], line[5]): line[6:] for line in lines}
    fewest, most = (int(number) for number in rows["variance", "0.8"][1:])
    assert fewest <= int(np.argmax(np.cumsum(truth) >= 0.8 * truth.sum())) + 1 <= most
    assert rows["singular_values", "0.8"] == rows["entropy", ""] == ["", "", ""]
    eigenvalues = (tmp_path / "tables" / "eigenvalues.csv").read_text().splitlines()
    assert eigenvalues[0].endswith("variance_share,singular_value_share,eigenvalue_error,good")
    assert {line.split(",")[-1] for line in eigenvalues[1:]} <= {"yes", "no"}
    wide = (tmp_path / "tables" / "components_wide.csv").read_text().splitlines()
    assert "variance,variance_fewest,variance_most,singular_values" in wide[0]
