"""Every test that the documentation names exists."""

import ast
import re

import pytest

PAGES = ["docs/promises.md"]


def named(text: str) -> list[tuple[str, str]]:
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_exists(repository, page):
    text = (repository / page).read_text()
    tests = named(text)
    assert len(tests) == text.count(".py::") > 20
    for path, name in tests:
        tree = ast.parse((repository / path).read_text())
        defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in defined, f"{page} names {path}::{name}"


@pytest.mark.parametrize("page", PAGES)
def test_every_row_of_a_promise_names_a_test(repository, page):
    rows = [line for line in (repository / page).read_text().splitlines() if line.startswith("| ")]
    assert rows
    assert [row for row in rows if not named(row) and "shown by" not in row] == []


@pytest.mark.parametrize("page", ["README.md", "docs/cluster.md", "docs/promises.md"])
def test_every_file_that_a_page_points_to_exists(repository, page):
    text = (repository / page).read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (repository / page).parent.joinpath(link).exists()] == []
