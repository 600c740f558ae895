"""Real landscapes beside the checkout: numbers read, groups, densities and energies as stated."""

import csv
import re
import zipfile

import numpy as np
import pytest

from crystalspan.crystallography.space_groups import number_from_symbol
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.checks import CheckSettings
from crystalspan.settings import with_defaults

SETTINGS = CheckSettings(**with_defaults({}, "landscape"))


@pytest.mark.parametrize(
    ("name", "read", "independent"),
    [
        ("1.2-fluorotolueneA_FIT", 727, 96),
        ("1.3-fluorotolueneA_FIT", 1289, 157),
        ("1.4-fluorotolueneA_FIT", 1455, 192),
        ("1.AnthraceneA_MOLPAK", 67, 6),
        ("1.NaphthaleneA_DMA", 49, 0),
    ],
)
def test_cposs_archives_end_to_end(shared, name, read, independent):
    path = shared / "landscapes" / f"{name}.zip"
    landscape, rejected, summary = build_landscape(name, [path], SETTINGS)
    assert summary.read == read
    # What is turned down has more than one independent molecule, and nothing else is turned down.
    assert len(rejected) == independent
    assert all("symmetry-independent molecules" in one.reason for one in rejected)
    n = len(landscape.reference_atomic_number)
    with zipfile.ZipFile(path) as archive:
        for one in rejected:
            atoms = re.findall(r"(?m)^[A-Z][a-z]?\d+ +\d+ ", archive.read(one.record).decode())
            assert len(atoms) == int(one.reason.split()[0]) * n
        for i, source in enumerate(landscape.source):
            title = archive.read(source.split("!")[1]).decode().splitlines()[0]
            energy, label = re.search(r"\((-?[\d.]+)\) *(.*)", title).groups()
            assert landscape.lattice_energy[i] == float(energy)
            if label.strip():
                assert landscape.space_group[i] == number_from_symbol(label.strip())


def test_the_sampled_landscape_is_the_same_through_both_doors(shared):
    folder = shared / "landscapes"
    landscapes = [
        build_landscape("syn-BDT", [folder / name], SETTINGS)[0]
        for name in ("syn-BDT-output.db", "syn-BDT-structures.zip")
    ]
    with open(folder / "syn-BDT-structures.csv", newline="") as stream:
        table = {row["id"]: row for row in csv.DictReader(stream)}
    for landscape in landscapes:
        assert sorted(landscape.id) == sorted(table)
        for i, identity in enumerate(landscape.id):
            row = table[identity]
            assert landscape.space_group[i] == int(row["spacegroup"])
            assert landscape.density[i] == pytest.approx(float(row["density"]), abs=1e-3)
            assert landscape.lattice_energy[i] == pytest.approx(float(row["energy"]), abs=1e-4)
    assert landscapes[0].lattice_energy[0] == pytest.approx(-87.69, abs=0.01)
    assert np.array_equal(landscapes[0].fractional, landscapes[1].fractional)
