import ase.io
import numpy as np
import pytest
from formats_help import EXTXYZ, read, write
from test_databases import crystals, same_crystal


def test_frames_are_read_as_ase_writes_them(tmp_path):
    path = tmp_path / "x.extxyz"
    ase.io.write(path, list(crystals()), format="extxyz")
    structures, rejections, reader = read(path)
    assert rejections == []
    assert len(structures) == 4
    for k, (one, atoms) in enumerate(zip(structures, crystals(), strict=True)):
        same_crystal(one, atoms)
        assert one.energy == pytest.approx((-100 - k) * 96.485332, abs=1e-2)
        assert one.energy_basis == "cell"
        assert reader.settings.space_group[one.setting] == 1
    assert [one.id for one in structures] == [f"x-{k}" for k in range(4)]
    assert [one.record for one in structures] == [f"line {6 * k + 1}" for k in range(4)]


@pytest.mark.parametrize(
    ("keys", "energy", "basis", "relative"),
    [
        ("lattice_energy=-80.5", -80.5, "molecule", False),
        ("relative_energy=2.5 energy=-3", 2.5, "molecule", True),
        ("energy=-10", -10 * 96.485332, "cell", False),
        ("energy=-10 energy_unit=eV", -10 * 96.485332, "cell", False),
        ("energy=-80.5 energy_unit=kJ/mol", -80.5, "molecule", False),
        # CODATA 2018: 1 hartree is 2625.4996 kJ/mol; the calorie is 4.184 J by definition.
        ("energy=-0.1 units=Hartree", -262.54996, "cell", False),
        ("energy=-20 energy_unit=kcal/mol", -83.68, "cell", False),
        ("energy=-20 energy_unit=kcal/mol/molecule", -83.68, "molecule", False),
        ("energy_kJ_mol=-80.5", -80.5, "molecule", False),
        ("energy=-0.9 energy_unit=eV/molecule", -0.9 * 96.485332, "molecule", False),
        ("lattice_energy=-20 energy_unit=kcal/mol", -83.68, "molecule", False),
        ("lattice_energy=-0.9 energy_unit=eV", -0.9 * 96.485332, "molecule", False),
        ("lattice_energy=-3.6 energy_unit=eV/cell", -3.6 * 96.485332, "cell", False),
        ("lattice_energy_kcal_mol=-20 energy_unit=eV", -83.68, "molecule", False),
        ('lattice_energy="-20 kcal/mol"', -83.68, "molecule", False),
        ("relative_energy=1 energy_unit=kcal/mol", 4.184, "molecule", True),
        ("energy=-80.5 energy_unit=furlongs", None, "molecule", False),
        ("lattice_energy=-80.5 energy_unit=kJ/mol/atom", None, "molecule", False),
        ("lattice_energy=0.0", None, "molecule", False),
        ("energy=0.0", None, "cell", False),
        ("lattice_energy=-inf", None, "molecule", False),
        ("relative_energy=0.0", 0.0, "molecule", True),
        ("MACE_energy=-3.6", None, "molecule", False),
        ("forces_ok=T", None, "molecule", False),
    ],
)
def test_keys_say_what_an_energy_is(tmp_path, keys, energy, basis, relative):
    (one,), _, _ = read(write(tmp_path / "a.xyz", EXTXYZ.replace("lattice_energy=-80.5", keys)))
    assert one.energy == pytest.approx(energy, abs=1e-3) or (energy is None and np.isnan(one.energy))
    assert (one.energy_basis, one.energy_is_relative) == (basis, relative)
    assert bool(one.why_no_energy) == (energy is None and "forces" not in keys)
    assert (one.id, one.stated_space_group) == ("one", 4)


@pytest.mark.parametrize("text", [f"\n{EXTXYZ}\n \n{EXTXYZ}\n", f"\ufeff{EXTXYZ}{EXTXYZ}"])
def test_blank_lines_and_marks_between_frames_do_not_matter(tmp_path, text):
    structures, rejections, _ = read(write(tmp_path / "a.xyz", text))
    assert [one.energy for one in structures] == [-80.5, -80.5]
    assert rejections == []
    assert [int(one.record.split()[1]) for one in structures] == [
        number for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1) if line == "2"
    ]


def test_a_broken_frame_costs_only_itself(tmp_path):
    bad = EXTXYZ.replace("C 0.1 0.2 0.3\n", "")
    flat = EXTXYZ.replace('pbc="T T T"', 'pbc="T T F"')
    none = EXTXYZ.replace("0.5 0.0 6.0", "0.5 0.0 0.0")
    word = EXTXYZ.replace("0.4", "zero")
    text = EXTXYZ + bad + flat + none + word + EXTXYZ
    structures, rejections, _ = read(write(tmp_path / "a.xyz", text))
    assert [one.record for one in structures] == ["line 1", "line 20"]
    assert [one.record for one in rejections] == ["line 5", "line 8", "line 12", "line 16"]
    assert "periodic" in rejections[1].reason
    assert "cell" in rejections[2].reason


def test_columns_without_end_are_not_counted(tmp_path):
    text = EXTXYZ.replace("pos:R:3", "pos:R:" + "6" * 70)
    _, (rejected,), _ = read(write(tmp_path / "a.xyz", text))
    assert "columns" in rejected.reason
