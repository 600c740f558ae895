"""The pipeline that one would write today: chmpy reads, DScribe describes, scikit-learn finds the components.

Run by `pipeline` in a process of its own: ``python -m benchmarks.todays_pipeline SOURCE.zip N MEASURED PRESET``. It
reads and describes MEASURED of the N structures and scales the times up; the components are those of N rows.
"""

import json
import sys
import time
import zipfile

import numpy as np


def main(source: str, n: int, measured: int, preset: str):
    """Print the CPU seconds of each stage as JSON."""
    from ase import Atoms
    from chmpy.crystal import Crystal
    from dscribe.descriptors import ACSF
    from sklearn.decomposition import PCA

    from crystalspan.descriptors.parameters import PRESETS  # the cutoffs and the numbers of values only

    functions = PRESETS[preset]
    species = ["H", "C", "S"]
    radial = ACSF(functions.radial_cutoff, _radial(functions), species=species, periodic=True)
    angular = ACSF(functions.angular_cutoff, g4_params=_angular(functions), species=species, periodic=True)
    stages = {"start-up": time.process_time()}
    begin = time.process_time()
    systems, centres = [], []
    with zipfile.ZipFile(source) as archive:
        for name in archive.namelist()[:measured]:
            crystal = Crystal.from_shelx_string(archive.read(name).decode())
            atoms = crystal.unit_cell_atoms()
            cell = crystal.unit_cell
            systems.append(Atoms(atoms["element"], atoms["cart_pos"], cell=cell.lattice, pbc=True))
            centres.append(list(range(len(crystal.asymmetric_unit))))
    stages["reading"] = (time.process_time() - begin) * n / measured
    begin = time.process_time()
    values = [radial.create(systems, centers=centres), angular.create(systems, centers=centres)]
    values = np.concatenate(values, axis=2).reshape(measured, -1)
    stages["descriptors"] = (time.process_time() - begin) * n / measured
    rows = np.resize(values, (n, values.shape[1]))
    generator = np.random.default_rng(0)
    for start in range(0, n, 1000):
        part = rows[start : start + 1000]
        part += generator.normal(scale=1e-3, size=part.shape)
    begin = time.process_time()
    # The faster of scikit-learn's exact solvers for the shape.
    PCA(svd_solver="full" if n < rows.shape[1] else "covariance_eigh").fit(rows)
    stages["components"] = time.process_time() - begin
    print(json.dumps(stages))


def _radial(functions) -> list:
    return [[functions.radial_eta, shift] for shift in functions.radial_shifts]


def _angular(functions) -> list:
    """Return as many G4 functions as the preset has shifts times angles."""
    n = len(functions.angular_shifts) * len(functions.theta_shifts)
    etas = np.geomspace(0.01, 1.0, n // 8)
    return [[eta, zeta, sign] for eta in etas for zeta in (1, 4, 16, 64) for sign in (-1, 1)]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
