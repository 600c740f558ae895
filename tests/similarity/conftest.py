"""What the tests of similarity share."""

import pytest
from packed_crystals import oracle_landscape

from crystalspan.similarity.packings import packings


@pytest.fixture(scope="session")
def oracle():
    return oracle_landscape()


@pytest.fixture(scope="session")
def oracle_packings(oracle):
    return packings(oracle)
