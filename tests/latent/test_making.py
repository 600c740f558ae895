"""Crystals that are made and judged: known minima read back, ways compared, and what a search gains."""

import json
import math
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crystalspan.crystallography.molecules import Molecule
from crystalspan.errors import InputError
from crystalspan.landscape.file import read_landscape, write_landscape
from crystalspan.latent.judging import HELD_OUT, KNOWN, LOST, NEW, lattice_energies
from crystalspan.latent.known import atom_orders, known_minima, rigid_crystal
from crystalspan.latent.making import QUASI_RANDOM, QUASI_RANDOM_FACTOR, WAYS, MadeCrystal, Making
from crystalspan.latent.making_figure import draw_generation
from crystalspan.latent.making_file import read_makings
from crystalspan.latent.making_tables import expected_minima, making_lines, makings_table, search_gain
from crystalspan.latent.minima import MinimumWindows
from crystalspan.latent.relaxing import stages
from crystalspan.sampling.packing import packing
from latent.latent_crystals import SAMPLING
from miniature import datasets
from random_crystals import random_landscape
from sampling.conftest import small_molecule

MPIEXEC = Path(sys.executable).parent / "mpiexec"
PROBE = small_molecule()
SETTINGS = {
    "sampling": SAMPLING | {"duplicates": {"neighbours": 60}},
    "latent": {
        "space_groups": [14, 19],
        "seeds": 2,
        "training": {"hidden": 24, "epochs": 10},
        "generation": {"crystals": 20, "latent": 6, "fewest": 12, "window": 15},
    },
}


def stage(*words, launcher=(), check=True):
    command = [*launcher, sys.executable, "-m", "crystalspan", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=dict(os.environ))
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A sampled landscape of a small molecule: many structures of group 14, hardly any of group 19."""
    folder = tmp_path_factory.mktemp("making")
    molecule = {
        "name": PROBE.name,
        "symbols": list(PROBE.symbols),
        "positions": PROBE.positions.tolist(),
        "charges": PROBE.charges.tolist(),
    }
    (folder / "molecule.json").write_text(json.dumps(molecule))
    text = json.dumps({"sampling": SETTINGS["sampling"]})
    for group, seeds in ((14, 300), (19, 6)):
        words = ["--space-group", group, "--seeds", seeds, "--settings", text, "-o", folder / f"{group}.db"]
        stage("sample", folder / "molecule.json", *words)
    stage("unique", folder / "14.db", folder / "19.db", "--settings", text, "-o", folder / "sampled.db")
    words = ["--molecule", "probe", "--reference", folder / "molecule.json", "-o", folder / "landscape.h5"]
    stage("landscape", folder / "sampled.db", *words, "--rejected", folder / "rejected.csv")
    generate(folder, "generation.h5")
    return folder


def generate(folder, output, *more, molecule="molecule.json", **options):
    words = ["--molecule", folder / molecule, "--window", "0-1000", "--settings", json.dumps(SETTINGS)]
    return stage("generate", folder / "landscape.h5", *words, "-o", folder / output, *more, **options)


@pytest.fixture(scope="module")
def makings(folder):
    return read_makings([folder / "generation.h5"])


@pytest.mark.parametrize("group", [14, 19])
def test_structures_of_a_landscape_are_rigid_crystals_of_the_same_energy(folder, group):
    crystals = read_landscape(folder / "landscape.h5")
    crystals = crystals.subset(crystals.space_group == group)
    packed, last = packing(PROBE, group), stages(SAMPLING, last_only=True)[-1]
    orders = atom_orders(PROBE, crystals)
    rigid = [rigid_crystal(packed, crystals.structure(row), orders) for row in range(len(crystals))]
    assert None not in rigid
    energies = [lattice_energies(packed, one, last)[0] for one in rigid]
    np.testing.assert_allclose(energies, crystals.lattice_energy, atol=1e-3)
    found = known_minima(packed, crystals, last, MinimumWindows(neighbours=60))
    assert found.left_out == 0
    assert (np.diff(found.minima.energy) >= 0).all()
    assert len(found.minima) <= len(crystals) == found.read


def test_other_settings_shapes_and_molecules_are_left_out_or_refused(folder):
    crystals = read_landscape(folder / "landscape.h5")
    crystals = crystals.subset(crystals.space_group == 14)
    packed, orders = packing(PROBE, 14), atom_orders(PROBE, crystals)
    one = crystals.structure(0)
    moved = one._replace(translations=one.translations + [0.25, 0, 0])
    bent = one._replace(fractional=one.fractional + np.linspace(0, 0.1, len(one.fractional))[:, None])
    assert rigid_crystal(packed, one, orders) is not None
    assert rigid_crystal(packed, moved, orders) is None
    assert rigid_crystal(packed, bent, orders) is None
    assert rigid_crystal(packing(PROBE, 19), one, orders) is None
    with pytest.raises(InputError, match="not that of the landscape"):
        atom_orders(PROBE, random_landscape([14], 2, n_atoms=5))


def test_every_way_makes_crystals_and_every_crystal_has_a_fate(makings):
    assert [(one.space_group, one.seed, bool(one.reason)) for one in makings] == [
        ("14", 1, False),
        ("14", 2, False),
        ("19", 1, True),
        ("19", 2, True),
    ]
    for one in makings[:2]:
        counts = {way: sum(crystal.way == way for crystal in one.crystals) for way in WAYS}
        assert counts.pop(QUASI_RANDOM) <= 20 * QUASI_RANDOM_FACTOR
        assert set(counts.values()) == {20}
        for crystal in one.crystals:
            assert crystal.fate in (KNOWN, HELD_OUT, NEW, LOST)
            assert math.isfinite(crystal.energy) == (crystal.fate != LOST)
            if crystal.fate in (KNOWN, HELD_OUT):
                assert one.held[crystal.minimum] == (crystal.fate == HELD_OUT)
                assert abs(one.energy[crystal.minimum] - crystal.energy) < 0.5
            else:
                assert crystal.minimum == -1 or crystal.minimum >= one.minima
        assert one.round_trip < 1e-9
        assert 12 - 4 <= one.learnt < one.minima
    assert "fewer than 12" in makings[2].reason


def test_decoded_crystals_are_better_than_random_ones(makings):
    table = makings_table(makings).set_index(["space_group", "way"])
    assert table.converged["14", "between neighbours"] > table.converged["14", "quasi-random"]
    assert table.moved["14", "between neighbours"] < table.moved["14", "quasi-random"]
    assert (table.made["14"].drop("quasi-random") == 40).all()


@pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec in this environment")
def test_two_ranks_write_the_same_bits(folder):
    generate(folder, "two.h5", "--ranks", "2", launcher=[str(MPIEXEC), "-n", "2"])
    assert datasets(folder / "two.h5") == datasets(folder / "generation.h5")


def test_table_figure_and_words(folder, makings):
    stage("table", "generation", folder / "generation.h5", "-o", folder / "generation.csv", folder / "generation.md")
    table = pd.read_csv(folder / "generation.csv", dtype={"space_group": str})
    assert table.way.tolist()[:9] == list(WAYS)
    assert "fewer than 12" in table.reason[9]
    figure = draw_generation(makings, 10)
    assert len(figure.axes) == 2
    assert "12" in draw_generation(makings[2:], 10).axes[0].texts[0].get_text()
    text = "\n".join(making_lines(makings))
    assert "space group 14" in text
    assert "space group 19" not in text


def test_a_molecule_without_charges_or_another_one_makes_nothing_and_says_why(folder):
    text = json.loads((folder / "molecule.json").read_text())
    (folder / "bare.json").write_text(json.dumps({key: value for key, value in text.items() if key != "charges"}))
    generate(folder, "bare.h5", molecule="bare.json")
    assert all("charges" in one.reason for one in read_makings([folder / "bare.h5"]))
    assert draw_generation(read_makings([folder / "bare.h5"]), 10).axes[0].texts


def test_rarefaction_is_the_mean_over_all_choices():
    finds = [0, 0, 0, 1, 1, 2, -1, -1]
    for some in range(1, 8):
        counted = [len({finds[i] for i in chosen} - {-1}) for chosen in combinations(range(8), some)]
        assert expected_minima(np.array([3, 2, 1]), 8, some) == pytest.approx(np.mean(counted))
    assert expected_minima(np.zeros(0, dtype=int), 8, 3) == 0


def crystal(way, minimum, energy=1.0, minimised=True):
    return MadeCrystal(way, 0.8, 2.0, energy, 1.4, 1.0, 1.0, 1.0, 1.0, NEW, minimum, minimised)


def test_gain_is_what_quasi_random_trials_pay_for_as_many_unseen_minima():
    # Minima 0 and 1 are learnt, 2 is held out, from 3 on they are new; 9 lies above the window.
    random = [crystal(QUASI_RANDOM, number) for number in (0, 2, 2, 3, 0, 1, 4, 4)] + [crystal(QUASI_RANDOM, 9, 11.0)]
    ours = [crystal("prior", number) for number in (2, 3, 0)] + [crystal("prior", 7, minimised=False)]
    held = np.array([False, False, True])
    about = ("toy", "14", "0-20", 1, 3, 2, 0, 10.0, 0.0, 0.0, "")
    making = Making(*about, np.zeros(3), np.ones(3), held, [*random, *ours])
    unseen, gain, limit = search_gain(making, "prior")
    curve = [expected_minima(np.array([2, 1, 2]), 9, n) for n in range(10)]
    assert (unseen, limit) == (2, False)
    assert gain == next(n for n in range(10) if curve[n] >= 2) / 3
    better = Making(*about, np.zeros(3), np.ones(3), held, [*random, *[crystal("prior", n) for n in range(2, 8)]])
    assert search_gain(better, "prior") == (6, 9 / 6, True)
    assert search_gain(making, QUASI_RANDOM) == (expected_minima(np.array([2, 1, 2]), 9, 2), 1.0, False)


def test_a_molecule_is_its_graph_not_its_order(folder):
    crystals = read_landscape(folder / "landscape.h5")
    order = np.arange(len(PROBE.symbols))[::-1]
    turned = Molecule("p", tuple(np.array(PROBE.symbols)[order]), PROBE.positions[order], PROBE.charges[order])
    packed = packing(turned, 14)
    crystals = crystals.subset(crystals.space_group == 14)
    one = rigid_crystal(packed, crystals.structure(0), atom_orders(turned, crystals))
    energy = lattice_energies(packed, one, stages(SAMPLING, last_only=True)[-1])[0]
    assert energy == pytest.approx(crystals.lattice_energy[0], abs=1e-3)


def test_an_empty_landscape_makes_nothing(folder, tmp_path):
    write_landscape(tmp_path / "landscape.h5", random_landscape([2], 3, n_atoms=4))
    words = ["--molecule", folder / "molecule.json", "--window", "0-1000", "--settings", json.dumps(SETTINGS)]
    stage("generate", tmp_path / "landscape.h5", *words, "-o", tmp_path / "generation.h5")
    assert all(one.reason for one in read_makings([tmp_path / "generation.h5"]))
