"""The order of the house: rooms use what comes before them, never what comes after; imports go in no circle."""

import ast
from pathlib import Path

import pytest

from miniature import REPOSITORY

LIBRARY = REPOSITORY / "workflow" / "crystalspan"

# From the cellar to the roof. A room may use every room of the lines above its own, and none of its own line.
ORDER = (
    ("errors", "arrays", "text", "__version__", "_numba"),
    ("leftovers",),
    ("settings", "provenance", "parallel", "progress"),
    ("stages", "storage", "study", "team", "printing", "published", "crystallography"),
    ("formats",),
    ("sampling", "landscape"),
    ("descriptors", "completeness"),
    ("freedom", "points"),
    ("spectra", "jacobian"),
    ("dimension", "latent"),
    ("maps", "scan"),
    ("similarity",),
    ("viewer", "export"),
    ("report",),
    ("cli",),
)
FLOOR = {room: floor for floor, rooms in enumerate(ORDER) for room in rooms}


def module_name(path: Path) -> str:
    parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules() -> dict[str, ast.Module]:
    return {module_name(path): ast.parse(path.read_text()) for path in sorted(LIBRARY.rglob("*.py"))}


def imported(tree: ast.AST, known) -> set[str]:
    """The library's modules that a module imports, also those that it imports only inside a function."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "crystalspan":
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                found.add(inner if inner in known or node.module == "crystalspan" else node.module)
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.split(".")[0] == "crystalspan"}
    return found


def room(module: str) -> str:
    return (module.split(".") + ["__version__"])[1]


def upward(trees: dict[str, ast.Module]) -> list[str]:
    """Every import of a room from the same floor or one above."""
    wrong = []
    for name, tree in trees.items():
        for other in imported(tree, trees):
            here, there = room(name), room(other)
            if here not in ("__version__", "__main__", there) and FLOOR[there] >= FLOOR[here]:
                wrong.append(f"{name} imports {other}")
    return sorted(wrong)


def circle(trees: dict[str, ast.Module]) -> list[str]:
    """The modules of one circle of imports, in order; empty where there is none."""
    uses = {name: sorted(imported(tree, trees) & trees.keys() - {name}) for name, tree in trees.items()}
    done, way = set(), []

    def visit(name) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        way.append(name)
        found = next((found for other in uses[name] if (found := visit(other))), [])
        way.pop()
        done.add(name)
        return found

    return next((found for name in uses if (found := visit(name))), [])


@pytest.fixture(scope="module")
def library() -> dict[str, ast.Module]:
    return modules()


def test_every_room_has_its_floor(library):
    unplaced = {room(name) for name in library} - FLOOR.keys() - {"__main__"}
    assert not unplaced, "a new room: give it its place in ORDER"


def test_no_room_uses_what_comes_after_it(library):
    assert upward(library) == []


def test_no_circle_of_modules(library):
    assert circle(library) == []


def test_library_knows_nothing_of_what_runs_it(library):
    outside = {"snakemake", "validation", "tests", "benchmarks"}
    for name, tree in library.items():
        for node in ast.walk(tree):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [n.name for n in getattr(node, "names", [])]
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert not {str(one).split(".")[0] for one in names} & outside, name


def public_names(trees: dict[str, ast.Module]) -> dict[str, list[str]]:
    """Every public function and class, and the modules that define one of this name; stages have the same two."""
    found = {}
    for name, tree in trees.items():
        passed_over = ("add_arguments", "run") if room(name) == "cli" else ()
        for node in tree.body:
            is_public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if is_public and node.name not in passed_over:
                found.setdefault(node.name, []).append(name)
    return found


def test_a_public_name_means_one_thing(library):
    # Of tables in files; descriptors and landscapes have those that everybody imports.
    known = {"Columns", "read_rows"}
    assert {name: where for name, where in public_names(library).items() if len(where) > 1 and name not in known} == {}


def unhinted(tree: ast.Module) -> list[str]:
    """Public functions and methods of which a parameter or what they return has no type."""
    found = []

    def visit(body, prefix=""):
        for node in body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                visit(node.body, f"{node.name}.")
            if isinstance(node, ast.FunctionDef) and (not node.name.startswith("_") or node.name == "__init__"):
                given = node.args
                listed = [
                    *given.posonlyargs,
                    *given.args,
                    *given.kwonlyargs,
                    *filter(None, (given.vararg, given.kwarg)),
                ]
                listed = [one for one in listed if one.arg not in ("self", "cls")]
                if any(one.annotation is None for one in listed) or not (node.returns or node.name == "__init__"):
                    found.append(prefix + node.name)

    visit(tree.body)
    return found


def test_public_functions_have_type_hints(library):
    wrong = []
    for name, tree in library.items():
        is_kernel = name.split(".")[-1].startswith("_")
        if not is_kernel:
            wrong += [f"{name}.{function}" for function in unhinted(tree)]
    assert wrong == []


def test_missing_hints_are_seen():
    text = "def f(x): ...\ndef g(x: int) -> int: ...\nclass A:\n  def __init__(self, y): ...\n  def h(self): ..."
    assert unhinted(ast.parse(text)) == ["f", "A.__init__", "A.h"]


def test_records_and_arrays_are_told_in_one_dialect(library):
    """Dataclasses come from ``dataclasses.dataclass(frozen=True)``, arrays are ``name : (n, 3) float64, angstrom``."""
    wrong = []
    for name, tree in library.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "dataclasses":
                wrong.append(f"{name}: from dataclasses import")
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node) or ""
                wrong += [f"{name}: {word}" for word in ("ndarray (", "ndarray, shape", "array_like") if word in text]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "from crystalspan.dimension.analysis import analyse",
            "crystalspan.dimension",
        ),
        ("def f():\n    import crystalspan.cli", "crystalspan.cli"),
        ("from crystalspan.freedom import sites", "crystalspan.freedom"),
        ("from crystalspan.descriptors import file", ""),
    ],
)
def test_upward_imports_are_seen(text, fault):
    found = upward({"crystalspan.points.cloud": ast.parse(text)})
    assert len(found) == bool(fault)
    assert all(one.startswith(f"crystalspan.points.cloud imports {fault}") for one in found)


def test_circles_are_seen():
    trees = {
        "crystalspan.points.a": ast.parse("from crystalspan.points import b"),
        "crystalspan.points.b": ast.parse("def f():\n    from crystalspan.points.c import x"),
        "crystalspan.points.c": ast.parse("import crystalspan.points.a"),
    }
    assert circle(trees) == [f"crystalspan.points.{name}" for name in "abca"]


def long_parts(text: str) -> list[str]:
    """A module of more than 400 lines and functions of more than 40 (below their docstrings) that give no reason.

    The reason is a comment ``# long: ...``: on the first lines of a module, on the lines before a function.
    """
    lines, found = text.splitlines(), []
    if len(lines) > 400 and not any(line.startswith("# long: ") for line in lines[:40]):
        found.append(f"{len(lines)} lines")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            code = node.body[bool(ast.get_docstring(node)) :] or node.body
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            before = lines[max(first - 3, 0) : first - 1]
            if node.end_lineno - code[0].lineno + 1 > 40 and not any("# long: " in line for line in before):
                found.append(node.name)
    return found


def test_functions_and_modules_are_short_or_say_why():
    found = {}
    for folder in (LIBRARY, REPOSITORY / "tests", REPOSITORY / "validation"):
        for path in sorted(folder.rglob("*.py")):
            if parts := long_parts(path.read_text()):
                found[str(path.relative_to(REPOSITORY))] = parts
    assert found == {}


def test_long_functions_are_seen():
    lines = [f"    x{i} = {i}" for i in range(41)]
    long, short = (
        "\n".join(["def f():", *lines]),
        "\n".join(["def f():", '    """A', *["a line"] * 50, '    """', *lines[1:]]),
    )
    assert long_parts(long) == ["f"]
    assert long_parts(short) == []
    assert long_parts(f"# long: it lists all of them.\n{long}") == []
    assert long_parts("\n" * 401) == ["401 lines"]
