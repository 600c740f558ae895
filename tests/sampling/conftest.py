"""A small polar molecule with every trap: odd number of atoms, polar hydrogen, no symmetry."""

import json

import numpy as np
import pytest

from crystalspan.crystallography.molecules import Molecule


def small_molecule(name="probe") -> Molecule:
    symbols = ("C", "O", "H", "H", "N", "H", "H")
    positions = np.array(
        [
            [0.0, 0.42, 0.0],
            [1.20, 0.23, 0.1],
            [-0.45, 1.42, 0.0],
            [-1.94, -0.45, 0.05],
            [-0.94, -0.56, 0.0],
            [-0.63, -1.52, -0.2],
            [-0.9, -0.6, 1.0],
        ]
    )
    charges = np.array([0.5, -0.5, 0.02, 0.35, -1.0, 0.38, 0.25])
    return Molecule(name, symbols, positions, charges)


@pytest.fixture
def probe() -> Molecule:
    return small_molecule()


@pytest.fixture
def probe_file(tmp_path, probe):
    path = tmp_path / "probe.json"
    record = {
        "name": probe.name,
        "symbols": list(probe.symbols),
        "positions": probe.positions.tolist(),
        "charges": probe.charges.tolist(),
    }
    path.write_text(json.dumps(record))
    return path
