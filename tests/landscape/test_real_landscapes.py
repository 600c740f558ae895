"""Real landscapes beside the checkout: numbers read, groups, densities and energies as stated."""

import csv
import re
import zipfile

import numpy as np
import pytest

from crystalspan.crystallography.space_groups import number_from_symbol
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults
from naive.spreadsheet import tables

pytestmark = pytest.mark.slow


def settings(**chosen):
    return CheckSettings.of_section(with_defaults(chosen, "landscape"))


@pytest.mark.parametrize(
    ("name", "read", "several"),
    [
        ("1.2-fluorotolueneA_FIT", 727, {2: 95, 4: 1}),
        ("1.3-fluorotolueneA_FIT", 1289, {2: 155, 4: 2}),
        ("1.4-fluorotolueneA_FIT", 1455, {2: 190, 4: 2}),
        ("1.AnthraceneA_MOLPAK", 67, {2: 2, 4: 4}),
        ("1.NaphthaleneA_DMA", 49, {}),
    ],
)
def test_cposs_archives_end_to_end(shared, name, read, several):
    path = shared / "landscapes" / f"{name}.zip"
    landscape, rejected, summary = build_landscape(name, [path], settings())
    assert (summary.read, len(landscape), rejected) == (read, read, [])
    n = len(landscape.reference_atomic_number)
    with zipfile.ZipFile(path) as archive:
        titles = {one: archive.read(one).decode() for one in archive.namelist() if one.endswith(".res")}
        (book,) = (archive.read(one) for one in archive.namelist() if one.endswith(".xlsx"))
    table = {row["Label"]: row for rows in tables(book) for row in rows if "Label" in row}
    higher = 0
    for i, source in enumerate(landscape.source):
        text = titles[source.split("!")[1]]
        energy, label = re.search(r"\((-?[\d.]+)\) *(.*)", text.splitlines()[0]).groups()
        assert landscape.lattice_energy[i] == float(energy)
        row = table[landscape.id[i].rpartition("_")[2]]
        listed = len(re.findall(r"(?m)^[A-Z][a-z]?\d+ +\d+ ", text))
        if "LATT  -1" in text and "SYMM" not in text:
            # In P1 all molecules of the cell are listed, and the crystal may have more symmetry.
            assert listed == landscape.z_prime[i] * n * len(landscape.operations(i)[0])
            higher += landscape.space_group[i] != 1
        else:
            assert listed == landscape.z_prime[i] * n
            assert not label.strip() or landscape.space_group[i] == number_from_symbol(label.strip())
            assert landscape.space_group[i] == number_from_symbol(row["Space Group"])
        assert landscape.density[i] == pytest.approx(float(row["Density /gcm-3"]), abs=1e-3)
        assert landscape.lattice_energy[i] == pytest.approx(float(row["Lattice Energy /kJmol-1"]), abs=0.0051)
    found = dict(zip(*np.unique(landscape.z_prime, return_counts=True), strict=True))
    assert {z: count for z, count in found.items() if z != 1} == several
    assert higher == (name == "1.3-fluorotolueneA_FIT")


def test_the_sampled_landscape_is_the_same_through_both_doors(shared):
    folder = shared / "landscapes"
    landscapes = [
        build_landscape("syn-BDT", [folder / name], settings())[0]
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


def test_voids_of_the_sampled_landscape_are_found(shared):
    path = shared / "landscapes" / "syn-BDT-output.db"
    landscape, rejected, _ = build_landscape("syn-BDT", [path], settings(voids="reject"))
    hollow = {one.record for one in rejected}
    assert all(one.reason.startswith("voids: molecules fill only 0.") for one in rejected)
    every, _, summary = build_landscape("syn-BDT", [path], settings())
    assert f"{len(hollow)} have voids" in " ".join(summary.notes)
    # Within the window of 20 kJ/mol the densities have a gap, which tells the holes from the dense packings.
    within = every.relative_energy <= 20
    densities = np.sort(every.density[within])
    gap = np.argmax(np.diff(densities[:40]))
    assert densities[gap] < 1.2
    assert densities[gap + 1] > 1.2
    loose = {identity for identity, d in zip(every.id[within], every.density[within], strict=True) if d < 1.2}
    assert len(loose) == 24
    assert hollow & set(every.id[within]) == loose
    assert len(landscape) + len(hollow) == len(every)
