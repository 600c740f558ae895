"""Chemiscope's script, and a browser for all tests of a session."""

import pytest
from viewer_help import chromium

from crystalspan.errors import InputError
from crystalspan.viewer.bundle import Bundle, read_bundle


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    try:
        return read_bundle()
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def browser():
    with chromium() as found:
        yield found
