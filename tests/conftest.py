"""What all tests share."""

import fcntl
import os
import shutil
from pathlib import Path

import hypothesis
import pytest

from miniature import Miniature, new_study

# Timings are the benchmarks' business: this machine may be busy.
hypothesis.settings.register_profile("crystalspan", deadline=None)
hypothesis.settings.load_profile("crystalspan")

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of reference data beside the checkout; users' clones do not have it."""
    if not (SHARED / "landscapes").is_dir():
        pytest.skip("no ../shared beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def molecules_folder() -> Path:
    return REPOSITORY / "config" / "molecules"


@pytest.fixture
def miniature(tmp_path) -> Miniature:
    """A study in which nothing has been run yet."""
    return new_study(tmp_path / "study")


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Miniature:
    """A study that has been run, once for all workers; tests copy it or only look at it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with open(folder / "finished.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        study = Miniature(folder / "finished")
        if not (folder / "finished.done").exists():
            new_study(study.folder).snakemake()
            (folder / "finished.done").touch()
    return study


@pytest.fixture
def copy_of_finished(finished, tmp_path) -> Miniature:
    """A copy of the finished study, to change and to run again."""
    shutil.copytree(finished.folder, tmp_path / "copy", copy_function=shutil.copy2)
    return Miniature(tmp_path / "copy")


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(items):
    """Begin with the folders that take longest, so that no worker is alone with one of them at the end."""
    items.sort(key=lambda item: item.path.parent.name not in ("cluster", "workflow"))


def pytest_sessionfinish(session, exitstatus):
    """Where CRYSTALSPAN_SKIPS_FAIL is set (CI), a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CRYSTALSPAN_SKIPS_FAIL") and skipped and exitstatus == 0:
        reporter.write_line(f"{len(skipped)} tests were skipped where every test must run", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
