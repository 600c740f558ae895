"""The pinned requirements, the conda environment and the package agree."""

import re
import tomllib

import yaml


def _pins(path):
    pins = {}
    for line in path.read_text().splitlines():
        if match := re.match(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", line):
            pins.setdefault(match[1].lower().replace("_", "-"), set()).add(match[2])
    return pins


def test_the_two_requirement_files_pin_the_same_versions(repository):
    run, dev = (_pins(repository / "envs" / f"requirements{kind}.txt") for kind in ("", "-dev"))
    assert run
    assert {name: dev.get(name) for name in run} == run


def test_every_pin_has_hashes_and_no_address(repository):
    for file in (repository / "envs").glob("requirements*.txt"):
        text = file.read_text()
        assert "://" not in text, file
        if "oracles" in file.name:
            continue
        blocks = re.split(r"\n(?=[a-z])", text)
        assert all("--hash=sha256:" in block for block in blocks), file


def test_the_conda_environment_has_the_pinned_versions(repository):
    pins = _pins(repository / "envs" / "requirements.txt")
    environment = yaml.safe_load((repository / "envs" / "crystalspan.yaml").read_text())
    found = dict(line.split("=") for line in environment["dependencies"])
    python = found.pop("python")
    assert python.startswith("3.")
    wrong = {name: pins.get(name) for name in found if found[name] not in pins.get(name, ())}
    assert wrong == {}
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    assert {re.split(r"[<>=]", line)[0] for line in project["dependencies"]} == set(found)


def test_the_pins_cover_what_the_package_declares(repository):
    pins = _pins(repository / "envs" / "requirements-dev.txt")
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    # Extras that only a user who asks for them installs are not pinned; the viewer's has pins of its own.
    optional, passed_over = project["optional-dependencies"], ("umap", "soap", "viewer")
    extras = {name: lines for name, lines in optional.items() if name not in passed_over}
    declared = [*project["dependencies"], *sum(extras.values(), [])]
    assert {re.split(r"[<>=]", line)[0] for line in declared} <= set(pins)


def test_the_viewer_takes_one_package_without_what_that_requires(repository):
    from crystalspan.viewer.bundle import SERIES

    pins = _pins(repository / "envs" / "requirements-viewer.txt")
    assert list(pins) == ["chemiscope"]
    (version,) = pins["chemiscope"]
    assert version.startswith(f"{SERIES}.")
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    declared = (repository / "envs" / "requirements-viewer.in").read_text().split()
    assert project["optional-dependencies"]["viewer"] == declared
