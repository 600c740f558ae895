"""Shapes of a flexible molecule."""

import time
import tracemalloc

import numpy as np
import pytest
from landscape_help import as_zip, landscape_of

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.formats.res_writer import format_res
from crystalspan.landscape.account import read_account
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.conformers import shape_numbers
from crystalspan.landscape.reference import best_relabelling, make_reference
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults

BUTANE = {"anti": 180.0, "gauche": 65.0, "other gauche": -65.0, "eclipsed": 118.0}


def butane(torsion):
    """The carbon and hydrogen positions of butane, by bond lengths, angles and torsions."""
    atoms = [np.zeros(3), np.array([1.53, 0, 0])]

    def add(a, b, c, length, angle, turn):
        bond = (atoms[c] - atoms[b]) / np.linalg.norm(atoms[c] - atoms[b])
        normal = np.cross(atoms[b] - atoms[a], bond)
        normal /= np.linalg.norm(normal)
        angle, turn = np.radians([angle, turn])
        side = np.cross(normal, bond)
        atoms.append(
            atoms[c] + length * (-np.cos(angle) * bond + np.sin(angle) * (np.cos(turn) * side + np.sin(turn) * normal))
        )

    atoms.append(atoms[1] + 1.53 * np.array([-np.cos(np.radians(112)), np.sin(np.radians(112)), 0]))
    add(0, 1, 2, 1.53, 112, torsion)
    for a, b, c, turns in (
        (2, 1, 0, (60, 180, 300)),
        (3, 2, 1, (torsion + 120, torsion - 120)),
        (0, 1, 2, (torsion + 120, torsion - 120)),
        (1, 2, 3, (60, 180, 300)),
    ):
        for turn in turns:
            add(a, b, c, 1.10, 110, turn)
    return np.array(atoms), ["C"] * 4 + ["H"] * 10


def test_conformers_are_told_apart_and_mirror_images_are_not(tmp_path, capsys):
    files = []
    shapes = ["anti", "gauche", "other gauche", "eclipsed", "anti"]
    for i, name in enumerate(shapes):
        points, symbols = butane(BUTANE[name])
        cell = [11, 12, 13, 90, 90 + i, 90]
        order = (
            np.random.default_rng(i).permutation(4).tolist() + (4 + np.random.default_rng(i).permutation(10)).tolist()
        )
        fractional = (points @ np.linalg.inv(cell_matrix(cell)) + 0.1)[order if i else slice(None)]
        files.append((f"{i}.res", format_res(f"c{i}", -50 + i, np.nan, cell, 4, symbols, fractional)))
    source = as_zip(tmp_path / "z.zip", files)
    landscape, rejected, printed = landscape_of(tmp_path, capsys, source)
    assert rejected == []
    assert landscape.conformer.tolist() == [0, 1, 1, 2, 0]
    assert "3 hold other conformers than the reference (3 conformers among all)" in printed
    assert read_account(tmp_path / "out" / "landscape.h5").conformers == 3
    for i in range(5):
        structure = landscape.structure(i)
        positions = structure.fractional @ cell_matrix(structure.cell)
        bonds = np.linalg.norm(positions[:3] - positions[1:4], axis=1)
        assert bonds == pytest.approx([1.53] * 3, abs=1e-4)
    _, rejected, printed = landscape_of(tmp_path, capsys, source, "--conformers", "reject")
    assert len(rejected) == 3
    # One line for one kind of reason, whichever conformer it is.
    assert [line for line in printed.splitlines() if "rejected:" in line] == [
        "  rejected: 3: different geometry: another conformer, an intramolecular distance is # angstrom off the "
        "reference's"
    ]


def butanes(torsions, cells=None, energies=None):
    """.res files of butane crystals, one a torsion."""
    files = []
    for i, torsion in enumerate(torsions):
        points, symbols = butane(torsion)
        cell = [11, 12, 13, 90, 90 + 0.001 * i, 90] if cells is None else cells[i]
        energy = -50 + 0.01 * i if energies is None else energies[i]
        fractional = points @ np.linalg.inv(cell_matrix(cell)) + 0.1
        files.append((f"{i}.res", format_res(f"c{i}", energy, np.nan, cell, 4, symbols, fractional)))
    return files


def test_a_structure_that_is_turned_down_takes_no_number(tmp_path, capsys):
    # The second one overlaps with its copies; the third has two molecules, of which one has a stretched bond.
    cells = [[11, 12, 13, 90, 90, 90], [11, 4.0, 13, 90, 90, 90], [11, 12, 26, 90, 90, 90], [11, 12, 13, 90, 91, 90]]
    files = butanes([180, 65, 118, 90], cells)
    anti, gauche = butane(118)[0], butane(80)[0]
    gauche[4] += 0.3 * (gauche[4] - gauche[0])
    points = np.concatenate([anti, gauche + [0, 0, 12]]) @ np.linalg.inv(cell_matrix(cells[2])) + 0.1
    files[2] = ("2.res", format_res("c2", -49.98, np.nan, cells[2], 4, butane(0)[1] * 2, points))
    landscape, rejected, _ = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert [row["record"] for row in rejected] == ["1.res", "2.res"]
    assert "overlap" in rejected[0]["reason"]
    assert "different" in rejected[1]["reason"]
    assert landscape.conformer.tolist() == [0, 1]


def test_molecules_of_two_conformers_in_one_crystal_are_mixed(tmp_path, capsys):
    cell = [11, 12, 26, 90, 90, 90]
    points = np.concatenate([butane(180)[0], butane(65)[0] + [0, 0, 12]]) @ np.linalg.inv(cell_matrix(cell)) + 0.1
    files = butanes([180, 180.5])
    files.append(("two.res", format_res("two", -40, np.nan, cell, 4, butane(0)[1] * 2, points)))
    landscape, _, printed = landscape_of(tmp_path, capsys, as_zip(tmp_path / "z.zip", files))
    assert landscape.conformer.tolist() == [0, 0, -1]
    assert "1 hold other conformers than the reference (2 conformers among all)" in printed


def plain_numbers(positions, reference, tolerance):
    """The rule itself, shape by shape."""
    first, second = np.triu_indices(positions.shape[1], 1)
    shapes, numbers = [], []
    for points in positions:
        distances = np.linalg.norm(points[:, None] - points, axis=-1)
        labelled = distances[reference.automorphisms[:, first], reference.automorphisms[:, second]]
        near = [np.sqrt(np.mean((labelled - shape) ** 2, axis=1)).min() <= tolerance for shape in shapes]
        if not any(near):
            shapes.append(labelled[0])
            near.append(True)
        numbers.append(near.index(True))
    return numbers


@pytest.mark.slow
@pytest.mark.parametrize("tolerance", [0.01, 0.1, 0.5])
def test_numbers_are_those_of_a_plain_search(tolerance):
    rng = np.random.default_rng(5)
    reference = make_reference(bytes([6] * 4 + [1] * 10), butane(180)[0])
    assert len(reference.automorphisms) == 2 * 6 * 6 * 2 * 2
    positions = [butane(180)[0]]
    for torsion in rng.uniform(40, 180, 150):
        points = butane(torsion * rng.choice([-1, 1]))[0][reference.automorphisms[rng.integers(288)]]
        positions.append(points + rng.normal(scale=0.01, size=points.shape))
    positions = np.array(positions)
    numbers = shape_numbers(positions, reference, tolerance)
    assert numbers.tolist() == plain_numbers(positions, reference, tolerance)
    assert len(set(numbers)) > 3 or tolerance == 0.5


def test_relabelling_is_the_best_of_all(molecules_folder):
    rng = np.random.default_rng(0)
    reference = make_reference(bytes([6] * 4 + [1] * 10), butane(180)[0])
    for torsion in rng.uniform(30, 330, 20):
        points = butane(torsion)[0][reference.automorphisms[rng.integers(288)]]
        distances = np.linalg.norm(points[:, None] - points, axis=-1)
        off = [np.abs(distances[np.ix_(m, m)] - reference.distances).max() for m in reference.automorphisms]
        mapping, deviation = best_relabelling(reference.automorphisms, reference.distances, distances)
        assert deviation == pytest.approx(min(off), abs=1e-3)
        assert np.abs(distances[np.ix_(mapping, mapping)] - reference.distances).max() == deviation


@pytest.mark.slow
def test_time_and_memory_follow_the_number_of_molecules():
    # 3,000 molecules of 1,000 conformers: shape by shape it took 240 MB of views and minutes.
    rng = np.random.default_rng(1)
    reference = make_reference(bytes([6] * 4 + [1] * 10), butane(180)[0])
    base = np.array([butane(torsion)[0] for torsion in np.linspace(60, 180, 40)])
    positions = np.concatenate([base + 0.3 * rng.normal(size=base.shape) for _ in range(75)])
    shape_numbers(positions[:2], reference, 0.2)
    tracemalloc.start()
    started = time.process_time()
    numbers = shape_numbers(positions, reference, 0.2)
    spent, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert numbers.max() > 1000
    assert peak < 50e6
    assert spent < 0.005 * len(positions)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "read"), [("20-ly15", 15), ("20-ly60", 60)])
def test_large_flexible_molecules_take_little(shared, name, read):
    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    landscape, rejected, account = build_landscape(name, [shared / "cases" / f"{name}.zip"], settings)
    assert (account.read, len(landscape), rejected) == (read, read, [])
    tracemalloc.start()
    started = time.process_time()
    build_landscape(name, [shared / "cases" / f"{name}.zip"], settings)
    spent, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6
    # The list of relabellings is worked out once; tracing memory costs several times the work itself.
    assert spent < 0.5 + 0.02 * read


def test_the_flood_of_conformers_is_accepted(shared):
    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    landscape, rejected, account = build_landscape("m", [shared / "cases" / "09-conformers-flood"], settings)
    assert (len(landscape), rejected, account.conformers) == (4, [], 4)
