import pytest

from naive.landscape import load


@pytest.fixture
def molecule(molecules_folder):
    return load(molecules_folder, "anti-BDT")
