"""Cases that were handed in, whole: what is accepted, and what is said. Small twins of them are in other tests."""

import subprocess
import sys

import pytest

from crystalspan.landscape.account import Refused
from crystalspan.landscape.build import build_landscape, describe
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults


def built(shared, case, **options):
    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    landscape, rejected, account = build_landscape("m", [shared / "cases" / case], settings, **options)
    return landscape, rejected, account, describe(landscape, account)


@pytest.mark.parametrize(("case", "number"), [("hunt-22-n1", 1), ("hunt-22-n2", 2), ("hunt-22-n3", 3)])
def test_one_two_three_structures(shared, case, number):
    landscape, rejected, account, _ = built(shared, f"{case}/in")
    assert (len(landscape), rejected, account.analysed) == (number, [], number)


def test_energies_that_are_missing(shared):
    landscape, rejected, _, said = built(shared, "hunt-25-some-missing/in")
    assert (len(landscape), len(rejected)) == (9, 3)
    assert all(one.reason.startswith("no lattice energy") for one in rejected)
    assert "rejected: 3: no lattice energy" in said
    assert landscape.lattice_energy.max() < 0


def test_a_window_that_holds_only_the_minimum(shared):
    landscape, _, account, said = built(shared, "hunt-26-empty-window/in", largest_relative_energy=20)
    assert (len(landscape), account.above_window) == (1, 11)
    assert "11 above the largest window left out" in said
    assert "warning: the global minimum" in said
    assert "lies 5" in said


def test_a_collapsed_structure(shared):
    landscape, rejected, _, said = built(shared, "hunt-20-outlier-low/in", largest_relative_energy=20)
    assert (len(landscape), len(rejected)) == (12, 1)
    assert "warning: a rejected structure lies below the accepted global minimum, the lowest by 9" in said


def test_a_structure_far_above(shared):
    landscape, rejected, account, _ = built(shared, "hunt-20-outlier-high/in", largest_relative_energy=20)
    assert (len(landscape), rejected, account.above_window, account.warnings) == (12, [], 1, [])


def test_equal_and_positive_energies_are_remarked_upon(shared):
    assert "energies are equal" in built(shared, "hunt-21-equal-energies/in")[3]
    assert "energies are positive" in built(shared, "hunt-24-positive/in")[3]


def test_a_cell_that_is_too_long(shared):
    _, rejected, _, _ = built(shared, "08-cell-longer-than-1000")
    assert [one.reason for one in rejected] == [
        "cell 4.2778 6.4944 1828.61 104.086 87.8796 83.7555 has an edge of 1000 angstrom or more"
    ]


def test_a_molecule_that_runs_into_itself(shared):
    landscape, rejected, _, _ = built(shared, "17-intramolecular-clash")
    assert len(landscape) == 2
    assert [one.reason.startswith("atoms of one molecule clash: H...H 0.") for one in rejected] == [True]


def test_a_cocrystal_is_refused_by_the_stage(shared, tmp_path):
    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    with pytest.raises(Refused, match="2 are rejected, all for: 2 kinds of molecules: C5H7N3 and C8H8O2"):
        build_landscape("m", [shared / "cases" / "11-cocrystal-all-rejected"], settings)
    done = subprocess.run(
        [sys.executable, "-m", "crystalspan", "landscape", shared / "cases" / "11-cocrystal-all-rejected"]
        + ["--molecule", "m", "-o", tmp_path / "l.h5"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "only crystals of one kind of molecule are compared" in done.stderr
    assert len((tmp_path / "rejected.csv").read_text().splitlines()) == 3
