"""A study in small: two molecules, two groups, two windows, with an empty and a single-structure group."""

import dataclasses

import numpy as np
import pytest

from crystalspan.landscape.file import write_landscape
from descriptor_files import embedding, write_descriptors
from random_crystals import random_landscape
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
        made = random_landscape((1,), 1, n_atoms=2).subset(np.zeros(n, dtype=int))
        columns = {"relative_energy": energy, "lattice_energy": energy - 88.57, "density": 1.5 - 0.01 * energy}
        write_landscape(
            folder / f"{molecule}.h5",
            dataclasses.replace(made, name=molecule, space_group=groups.astype(np.int16), **columns),
        )
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
