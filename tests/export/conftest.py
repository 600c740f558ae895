"""A landscape of all kinds of cells, exported once."""

import pytest
from export_help import exported

from random_crystals import GROUPS, random_landscape


@pytest.fixture(scope="session")
def random_cells():
    return random_landscape(GROUPS, 2, n_atoms=6, seed=5)


@pytest.fixture(scope="session")
def deposit(random_cells, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "deposit"
    exported(folder, random_cells, licence="CC-BY-4.0", authors=["Doe, Jane <0000-0002-1825-0097>", "The group"])
    return folder
