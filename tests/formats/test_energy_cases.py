"""Inputs that once gave wrong energies, beside the checkout: what each must give, through all checks."""

import shutil
from collections import Counter

import numpy as np
import pytest
from formats_help import read

from crystalspan.errors import InputError
from crystalspan.landscape.account import Refused
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults
from crystalspan.study import read_molecules

BDT = [-88.458, -87.735, -87.538, -87.461]
FRAMES = [-88.458, -87.735, -87.461, -86.833]


@pytest.fixture
def cases(shared):
    if not (shared / "cases").is_dir():
        pytest.skip("no ../shared/cases beside this checkout")
    return shared / "cases"


def landscape_of(source, largest=None):
    """Return the accepted energies by id, the reasons of the others by record, and the warnings."""
    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    try:
        landscape, rejected, account = build_landscape("M", [source], settings, largest_relative_energy=largest)
    except Refused as error:
        return {}, {one.record: one.reason for one in error.rejected}, error.account.warnings
    energies = dict(zip(landscape.id, np.round(landscape.lattice_energy, 3).tolist(), strict=True))
    return energies, {one.record: one.reason for one in rejected}, account.warnings


@pytest.mark.parametrize(
    ("name", "accepted", "reasons"),
    [
        (
            "01-anisole-energy-of-two-molecules",
            {"HUPNIR_opt_ab102": -56.165},
            {"HUPNIR_opt_eo1.res": "-63.410 in table table.csv, row 2: the file's is the energy of 2 molecules"},
        ),
        (
            "02-cyanuric-half-the-cell",
            {"CYURAC_OPT_fc23": -109.152},
            {"CYURAC_OPT_de2b.res": "-108.480 in table table.csv, row 2: the file's is the energy of 2 molecules"},
        ),
        (
            "03-coronene-two-tables-in-a-sheet",
            {"CORONE_opt_af134": -156.94, "CORONE_opt_ag11": -156.84, "CORONE_opt_aa138": -155.29},
            {},
        ),
        # The label's energy and density are those of the force field's structure, the file's cell is that of DFT.
        (
            "10-pdft-label",
            {},
            {
                "CBMZPN_dfA124_A124_opt.res": "density is 1.3033 g/cm3 and not 1.2577 as stated in table "
                "Carbamazepine_CO.xlsx, sheet 'Carbamazepine_CO', row 167"
            },
        ),
        (
            "12-energy-zero-or-inf",
            {"OBEQUJ_OptCNIRInd_A1": -73.927},
            {
                "OBEQUJ_OptCNIRInd_A100.res": "no lattice energy: 0 stands in its place",
                "OBEQUJ_OptCNIRInd_A18.res": "no lattice energy: -inf stands in its place",
            },
        ),
        *((f"hunt-02-energy-table/{one}", {f"m{i}": energy for i, energy in enumerate(BDT)}, {}) for one in "abcdef"),
        ("hunt-02-energy-table/g", {f"m{i}": round(energy - 1000, 3) for i, energy in enumerate(BDT)}, {}),
        (
            "hunt-03-energy-of-another/a",
            {"14_1": -88.458, "14_2": -87.735, "4_2": -86.986},
            {"4_1.res": "no lattice energy: its name is in no row of table e.csv (14_1, 14_2, 4_2, ...)"},
        ),
        (
            "hunt-03-energy-of-another/b",
            {"14_1": -88.458, "14_2": -87.735, "4_2": -86.986},
            {"4_1.res": "no lattice energy: table e.csv, row 4: the cell is empty"},
        ),
        (
            "hunt-03-energy-of-another/c/mine.zip",
            {},
            {f"BDT_{k}.res": "table naphthalene.csv (NAPH_1, NAPH_2, NAPH_3, ...)" for k in range(1, 5)},
        ),
        ("hunt-09-shelxl/title100K", {}, {f"s{k}.res": "no lattice energy" for k in range(4)}),
        ("hunt-09-shelxl/title", {}, {f"s{k}.res": "no lattice energy" for k in range(4)}),
        ("hunt-10-cif-oddities/bom", {f"s{k}": energy for k, energy in enumerate(FRAMES)}, {}),
        (
            "hunt-10-cif-oddities/energykcal",
            {"s0": round(-88.4580 * 4.184, 3), "s1": -367.082, "s2": -365.938, "s3": -363.309},
            {},
        ),
        ("hunt-10-cif-oddities/relzero", {"s0": 0.0, "s1": 0.723, "s2": 0.997, "s3": 1.625}, {}),
        *(
            (f"hunt-11-extxyz/{one}", {f"a-{k}": energy for k, energy in enumerate(FRAMES)}, {})
            for one in ("TotEnergy", "blankbetween", "bom", "firstblank", "hartree", "kcal", "momenta", "rotated")
        ),
        (
            "hunt-11-extxyz/mace_energy",
            {},
            {f"a.extxyz line {1 + 74 * k}": "mace_energy, ref_energy may be an energy of any kind" for k in range(4)},
        ),
    ],
)
def test_handed_cases(cases, name, accepted, reasons):
    energies, rejected, _ = landscape_of(cases / name)
    assert energies == pytest.approx(accepted, abs=2e-3)
    assert set(rejected) == set(reasons)
    for record, words in reasons.items():
        assert words in rejected[record]


def test_only_the_true_energies_of_a_folder_with_missing_ones(cases):
    energies, rejected, notes = landscape_of(cases / "hunt-25-some-missing/in")
    assert len(energies) == 9
    assert max(energies.values()) < -86
    assert sorted(rejected) == [f"anti-BDT-QR-{one}-2.res" for one in ("14-112", "14-179", "5-254")]
    assert set(rejected.values()) == {"no lattice energy"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "hunt-20-outlier-low",
            "lies below the accepted global minimum, the lowest by 999911.54 kJ/mol",
        ),
        ("hunt-21-equal-energies", "all 12 energies are equal (-80.00 kJ/mol)"),
        ("hunt-24-positive", "all energies are positive (the lowest is 111.54 kJ/mol)"),
        ("hunt-20-outlier-high", None),
        ("hunt-22-n1", None),
        ("hunt-22-n2", None),
        ("hunt-22-n3", None),
        ("hunt-26-empty-window", "lies 50"),
    ],
)
def test_odd_energies_are_remarked_on(cases, name, words):
    _, _, about = landscape_of(cases / name / "in", largest=20.0)
    assert len(about) == (words is not None)
    assert words is None or words in about[0]


@pytest.mark.parametrize("name", ["c6a", "c6b"])
def test_tables_of_molecules_are_read(cases, name, tmp_path):
    shutil.copy(cases / "hunt-33-tsv" / f"{name}.tsv", tmp_path / "landscapes.tsv")
    (row,) = read_molecules(tmp_path / "landscapes.tsv")
    assert row.name == "BDT"


@pytest.mark.parametrize("name", ["c6c", "c6d", "c6g", "c6j"])
def test_tables_of_molecules_are_refused_with_a_message(cases, name):
    with pytest.raises(InputError, match=name):
        read_molecules(cases / "hunt-33-tsv" / f"{name}.tsv")


@pytest.mark.parametrize(
    ("name", "with_energy", "reasons"),
    [
        ("table-only/SaccharinA/1.SaccharinA_Molpak", 656, {}),
        ("1.3-fluorotolueneA_FIT", 1289, {}),
        ("flexible/1.DihydrocarbamazepineA_CrystOpt", 153, {}),
        ("flexible/2.BTXXXIIB_CrystOpt", 498, {"energies of file and table disagree": 1}),
    ],
)
def test_whole_landscapes_with_tables(shared, name, with_energy, reasons):
    structures, rejections, _ = read(shared / "landscapes" / f"{name}.zip")
    assert sum(np.isfinite(one.energy) for one in structures) == len(structures) == with_energy
    assert all(np.isfinite(one.density) for one in structures)
    assert Counter(one.reason.split(":")[0] for one in rejections) == reasons


def test_the_experimental_structures_of_saccharin_have_their_energies(shared):
    structures, _, _ = read(shared / "landscapes" / "table-only/SaccharinA/1.SaccharinA_Molpak.zip")
    energies = {one.id: one.energy for one in structures}
    # Form 1 and the global minimum, as the spreadsheet states them.
    assert energies["SCCHRN_opt_ai26"] == -106.98
    assert min(energies.values()) == energies["SCCHRN_opt_ak47"] == -109.51
