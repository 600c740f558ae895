"""The crystals that are measured on: sampled once by CrystalSpan itself, and moved a little where many are needed."""

import subprocess
import sys
from pathlib import Path

import gemmi
import numpy as np

from crystalspan.crystallography.cell import cell_matrix, density, volume
from crystalspan.crystallography.molecules import read_molecule
from crystalspan.crystallography.space_groups import format_operation, operations
from crystalspan.formats.res_writer import ResWriter, write_res_files
from crystalspan.landscape.file import Landscape, read_landscape
from crystalspan.sampling.database import CrystalRow, write_database

FOLDER = Path(__file__).parent / ".data"
MOLECULE = Path(__file__).parent.parent / "config" / "molecules" / "anti-BDT.json"
# Groups of the study in which a, b and c may change independently, so that crystals are easily moved.
GROUPS = (14, 19, 2, 61)
SEEDS = 100

# How far `moved` goes: cell edges and the molecule's place (relative), and its turn (radian).
_STRETCH, _SHIFT, _TURN = 0.02, 0.004, 0.02


def crystalspan(*arguments, launcher=()) -> str:
    """Run a stage of CrystalSpan in a process of its own and return what it printed."""
    command = [*launcher, sys.executable, "-m", "crystalspan", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def sampled() -> Landscape:
    """Return the landscape of anti-BDT in four space groups, some 200 crystals; made at the first call."""
    path = FOLDER / "sampled.h5"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        parts = [FOLDER / f"{group}.db" for group in GROUPS]
        for group, part in zip(GROUPS, parts, strict=True):
            crystalspan("sample", MOLECULE, "--space-group", group, "--seeds", SEEDS, "-o", part)
        crystalspan("landscape", *parts, "--molecule", "anti-BDT", "--reference", MOLECULE, "-o", path)
    return read_landscape(path)


def mixed(landscape: Landscape, n: int) -> Landscape:
    """Return n crystals of a landscape, of all energies: every k-th."""
    return landscape.subset(np.unique(np.linspace(0, len(landscape) - 1, n).astype(int)))


def moved(landscape: Landscape, n: int, seed: int = 0) -> list[CrystalRow]:
    """Return n crystals as .res text: those of the landscape over and over, each moved a little.

    The molecule stays rigid and the space group the same. Edges grow by up to 2 %: no contact gets short.
    """
    generator = np.random.default_rng(seed)
    molecule = read_molecule(MOLECULE)
    symbols = [_symbol(number) for number in landscape.reference_atomic_number]
    writers = {int(group): ResWriter(symbols, *operations(int(group))) for group in np.unique(landscape.space_group)}
    found = []
    for i in range(n):
        row = i % len(landscape)
        group = int(landscape.space_group[row])
        cell, fractional = _moved(landscape.cell[row], landscape.structure(row).fractional, generator)
        mass = molecule.mass * len(operations(group)[0])
        heavy = round(float(density(mass, volume(cell_matrix(cell)))), 6)
        energy = round(float(landscape.lattice_energy[row] + generator.uniform(0, 0.5)), 6)
        identity = f"anti-BDT-QR-{group}-{i}-3"
        text = writers[group].text(identity, energy, heavy, cell, fractional)
        found.append(CrystalRow(identity, group, heavy, energy, "anti-BDT", text))
    return found


def _symbol(number) -> str:
    return gemmi.Element(int(number)).name


def _moved(cell, fractional, generator):
    """Return cell parameters (6,) and atoms of a crystal that is moved a little."""
    stretched = np.concatenate([cell[:3] * (1 + generator.uniform(0, _STRETCH, 3)), cell[3:]])
    centre = fractional.mean(axis=0)
    offsets = (fractional - centre) @ cell_matrix(cell)
    axis = generator.normal(size=3)
    axis /= np.linalg.norm(axis)
    angle = generator.uniform(0, _TURN)
    # Rodrigues' formula.
    turned = offsets * np.cos(angle) + np.cross(axis, offsets) * np.sin(angle)
    turned += np.outer(offsets @ axis, axis) * (1 - np.cos(angle))
    place = centre + generator.uniform(-_SHIFT, _SHIFT, 3)
    return stretched, place + turned @ np.linalg.inv(cell_matrix(stretched))


def written(n: int, kind: str) -> Path:
    """Return a zip, a folder or a database of n moved crystals; made at the first call."""
    path = FOLDER / {"zip": f"{n}.zip", "folder": f"{n}", "database": f"{n}.db"}[kind]
    if not path.exists():
        rows = moved(sampled(), n)
        if kind == "database":
            write_database(path, rows, [], [], {})
        else:
            write_res_files(path, {row.id: row.text for row in rows})
    return path


def expanded(landscape: Landscape) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, int]]:
    """Return for each crystal its cell (3, 3), positions and numbers of all atoms in it, and how many come first.

    Those first are the asymmetric unit. The programs that need complete cells get them ready-made.
    """
    found = []
    for i in range(len(landscape)):
        one = landscape.structure(i)
        copies = np.einsum("mij,nj->mni", one.rotations, one.fractional) + one.translations[:, None]
        cell = cell_matrix(one.cell)
        inside = copies.reshape(-1, 3) % 1.0
        numbers = np.tile(one.atomic_number, len(one.rotations)).astype(int)
        found.append((cell, inside @ cell, numbers, len(one.atomic_number)))
    return found


def as_cif(landscape: Landscape, i: int) -> str:
    """Return a crystal as CIF, for programs that do not read the .res files of CSP programs."""
    one = landscape.structure(i)
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    lines = ["data_x", *(f"_cell_{name} {value:.6f}" for name, value in zip(names, one.cell, strict=True))]
    lines += [f"_symmetry_Int_Tables_number {landscape.space_group[i]}", "loop_", "_symmetry_equiv_pos_as_xyz"]
    lines += [f"'{format_operation(r, t)}'" for r, t in zip(one.rotations, one.translations, strict=True)]
    lines += ["loop_", "_atom_site_label", "_atom_site_type_symbol"]
    lines += [f"_atom_site_fract_{axis}" for axis in "xyz"]
    symbols = [_symbol(number) for number in one.atomic_number]
    for k, (symbol, (x, y, z)) in enumerate(zip(symbols, one.fractional, strict=True), 1):
        lines.append(f"{symbol}{k} {symbol} {x:.8f} {y:.8f} {z:.8f}")
    return "\n".join(lines) + "\n"
