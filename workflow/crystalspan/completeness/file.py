"""The file of a search's completeness: a table of estimates and one of the curves."""

from collections.abc import Iterable
from pathlib import Path

from crystalspan.completeness.search import FoundMinima, SearchCompleteness, WindowCompleteness
from crystalspan.storage import Group, Layout, Part, new_file, read_file, table

STAGE = "completeness"
LAYOUT = Layout(
    STAGE,
    "file of a search's completeness",
    Group({"estimates": table(WindowCompleteness), "growth": table(FoundMinima)}, {"molecule": str}),
)


def write_completeness(path: Path, found: SearchCompleteness, record: dict) -> None:
    """Write the completeness of a search (HDF5); the file appears when it is complete."""
    with new_file(path, LAYOUT, record, molecule=found.molecule) as file:
        file.rows("estimates", found.rows, WindowCompleteness)
        file.rows("growth", found.growth, FoundMinima)


def read_completeness(paths: Iterable[Path]) -> list[SearchCompleteness]:
    """Read files of completeness, in their order.

    Raises
    ------
    InputError
        A file is missing or is not of that kind.
    """
    return [read_file(path, _read, LAYOUT) for path in paths]


def _read(file: Part) -> SearchCompleteness:
    rows, growth = file.rows("estimates", WindowCompleteness), file.rows("growth", FoundMinima)
    return SearchCompleteness(file.attributes["molecule"], rows, growth)
