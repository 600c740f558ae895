"""The table of molecules, and windows and shells."""

import numpy as np
import pytest

from crystalspan.errors import InputError
from crystalspan.study import (
    in_interval,
    parse_interval,
    read_molecules,
    read_study,
    shell_labels,
    window_labels,
)

HEADER = "molecule\tsource\tmolecule_file\n"


def _table(tmp_path, text):
    path = tmp_path / "landscapes.tsv"
    path.write_text(text)
    return path


def test_rows_are_read_with_paths_that_count_from_the_table(tmp_path):
    table = _table(
        tmp_path,
        HEADER + "# a comment\na\tsample\tmolecules/a.json\n\nb\tx.zip; /abs/y.db\nc\t../z\tc.json\n",
    )
    a, b, c = read_molecules(table)
    assert a.is_sampled
    assert a.molecule_file == str(tmp_path / "molecules/a.json")
    assert b.sources == (str(tmp_path / "x.zip"), "/abs/y.db")
    assert b.molecule_file == ""
    assert c.sources == (str(tmp_path.parent / "z"),)
    assert b.known_forms == ()


def test_known_forms_are_paths_too(tmp_path):
    header = HEADER.rstrip() + "\tknown_forms\n"
    a, b = read_molecules(_table(tmp_path, f"{header}a\tx.zip\t\tI.cif;forms/II.cif; ;/abs/III.cif\nb\ty.zip\n"))
    assert a.known_forms == (str(tmp_path / "I.cif"), str(tmp_path / "forms/II.cif"), "/abs/III.cif")
    assert b.known_forms == ()
    with pytest.raises(InputError, match="braces"):
        read_molecules(_table(tmp_path, f"{header}a\tx.zip\t\t{{I}}.cif\n"))


def test_a_thousand_rows(tmp_path):
    table = _table(tmp_path, HEADER + "".join(f"m{i}\tsample\tm.json\n" for i in range(1000)))
    assert len(read_molecules(table)) == 1000


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("", "lists no molecule"),
        ("a\tx.zip\na\ty.zip\n", r"'a' stands in lines 2 and 3"),
        ("a\tsample\n", r"line 2: a is to be sampled but has no molecule file"),
        ("a/b\tx.zip\n", r"line 2: 'a/b' does not match"),
        ("tables\tx.zip\n", r"line 2: 'tables' should not be valid"),
        ("a\n", r"line 2: '' (is too short|should be non-empty)"),
        ("a\tb\tc\td\n", r"line 2: 4 cells under 3 column names"),
    ],
)
def test_bad_tables_are_named_with_their_line(tmp_path, rows, problem):
    with pytest.raises(InputError, match=problem):
        read_molecules(_table(tmp_path, HEADER + rows))


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent.tsv: no such table"):
        read_molecules(tmp_path / "absent.tsv")


def test_an_unknown_column_is_named(tmp_path):
    with pytest.raises(InputError, match="'colour' was unexpected"):
        read_molecules(_table(tmp_path, "molecule\tsource\tcolour\na\tx.zip\tred\n"))


def test_windows_and_shells():
    assert window_labels([10, 20, 32.5]) == ["0-10", "0-20", "0-32.5"]
    assert shell_labels([10, 20, 32.5]) == ["0-10", "10-20", "20-32.5"]


def test_a_window_is_made_of_its_shells(tmp_path):
    _table(tmp_path, HEADER + "a\tx.zip\n")
    study = read_study({"landscapes": "landscapes.tsv", "energy_windows": [5, 10, 20]}, tmp_path)
    assert study.shells_of("0-10") == ["0-5", "5-10"]


def test_descending_windows_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"not ascending"):
        read_study({"energy_windows": [20, 10]}, tmp_path)


def test_every_energy_of_a_window_is_in_exactly_one_of_its_shells():
    energies = np.array([0.0, 1e-9, 9.999, 10.0, np.nextafter(10.0, 11), 20.0, 20.0001])
    window = in_interval(energies, *parse_interval("0-20"))
    shells = sum(in_interval(energies, *parse_interval(label)).astype(int) for label in ("0-10", "10-20"))
    assert shells.tolist() == window.astype(int).tolist() == [1, 1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize("label", ["", "10", "20-10", "a-b", "-5-3", "5-5"])
def test_a_bad_interval_is_refused(label):
    with pytest.raises(InputError, match="no energy interval"):
        parse_interval(label)


@pytest.mark.parametrize(("permutations", "quantile"), [(2, 0.95), (19, 0.95), (99, 0.999)])
def test_permutations_that_cannot_reach_their_quantile_are_refused_before_anything_runs(
    tmp_path, permutations, quantile
):
    section = {"permutations": permutations, "quantile": quantile}
    _table(tmp_path, HEADER + "a\tx.zip\n")
    with pytest.raises(InputError, match=rf"{permutations} permutations do not reach"):
        read_study({"landscapes": "landscapes.tsv", "dimension": {"parallel_analysis": section}}, tmp_path)
    section["permutations"] = round(1 / (1 - quantile))
    assert read_study({"landscapes": "landscapes.tsv", "dimension": {"parallel_analysis": section}}, tmp_path).molecules
