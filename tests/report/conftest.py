"""A study in small: two molecules, two groups, two windows, with an empty and a single-structure group."""

import h5py
import numpy as np
import pytest

from descriptor_files import embedding, write_descriptors
from reporting_help import run


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    for number, molecule in enumerate(("anti-BDT", "syn-BDT")):
        n = 380 if number == 0 else 40
        generator = np.random.default_rng(number)
        values = embedding(n, 6, 500, seed=number) + 0.05 * generator.normal(size=(n, 500))
        energy = np.sort(generator.uniform(0, 20, n))
        energy[0] = 0.0
        groups = np.where(np.arange(n) % 3 == 0, 2, 14)
        groups[0] = 9
        with h5py.File(folder / f"{molecule}.h5", "w") as handle:
            handle.attrs["molecule"], handle.attrs["provenance"] = molecule, '{"stage": "landscape"}'
            handle["relative_energy"], handle["lattice_energy"] = energy, energy - 88.57
            handle["density"], handle["space_group"] = 1.5 - 0.01 * energy, groups
        for group in (14, 2, 9, 61):
            rows = np.flatnonzero(groups == group)
            path = folder / molecule / str(group) / "descriptors.h5"
            ids = [f"{molecule}-{row}" for row in rows]
            write_descriptors(path, values[rows], energy[rows], space_group=group, ids=ids, molecule=molecule)
        files = sorted((folder / molecule).glob("*/descriptors.h5"))
        for window in ("0-10", "0-20"):
            for group in ("14", "2", "9", "61", "all"):
                inputs = files if group == "all" else [folder / molecule / group / "descriptors.h5"]
                output = folder / molecule / group / window / "spectra.h5"
                run("pca", *inputs, "--window", window, "--space-group", group, "-o", output)
        spectra = sorted((folder / molecule).glob("*/*/spectra.h5"))
        run("components", *spectra, "-o", folder / molecule / "components.h5")
        run("quality", *files, *spectra, "-o", folder / molecule / "map_quality.h5")
    return folder


@pytest.fixture(scope="session")
def spectra_files(study_folder):
    return sorted(study_folder.glob("*/*/*/spectra.h5"))


@pytest.fixture(scope="session")
def components_files(study_folder):
    return sorted(study_folder.glob("*/components.h5"))
