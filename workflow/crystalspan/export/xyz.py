"""Extended XYZ: a frame for each crystal, with every atom of its cell in whole molecules."""

from collections.abc import Iterator

import numpy as np

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.export.columns import NamedCrystals
from crystalspan.formats.records import SYMBOLS

# Beside the name: what readers for learning ask for.
_KEYS = ("lattice_energy", "relative_energy", "density", "space_group", "z_prime", "conformer")


def xyz_frames(crystals: NamedCrystals) -> Iterator[str]:
    """Yield the frame of each crystal; energies are per molecule, in kJ/mol, lengths in angstrom, densities in g/cm3.

    Parameters
    ----------
    crystals : NamedCrystals
    """
    land = crystals.landscape
    matrices = cell_matrix(land.cell)
    values = {key: np.asarray(getattr(land, key)).tolist() for key in _KEYS}
    for i, (name, matrix) in enumerate(zip(crystals.names, matrices, strict=True)):
        crystal = land.structure(i)
        copies = np.einsum("mij,nj->mni", crystal.rotations.astype(np.float64), crystal.fractional)
        places = ((copies + crystal.translations[:, None]) @ matrix).reshape(-1, 3)
        symbols = [SYMBOLS[number] for number in crystal.atomic_number.tolist()] * len(crystal.rotations)
        told = " ".join(f"{key}={column[i]!r}" for key, column in values.items())
        lattice = " ".join(f"{value:.10g}" for value in matrix.ravel().tolist())
        lines = [
            str(len(places)),
            f'Lattice="{lattice}" Properties=species:S:1:pos:R:3 pbc="T T T" id="{name}" {told} '
            f'energy_unit="kJ/mol" split={crystals.split.part[i]}',
        ]
        for symbol, (x, y, z) in zip(symbols, places.tolist(), strict=True):
            lines.append(f"{symbol} {x:.8f} {y:.8f} {z:.8f}")
        yield "\n".join(lines) + "\n"
