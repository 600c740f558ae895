"""Lattice energies from a CSV table beside or inside a source, for structures that do not state their own."""

import csv
import io
import math
from pathlib import Path

from crystalspan.formats.records import RawStructure

_LARGEST_TABLE = 1 << 29
_IDENTITY = ("id", "label", "name", "structure")


class EnergyTable:
    """The CSV tables of one source, read only when an energy is missing.

    A table is one that has a column ``id`` (or label, name, structure) and one ``energy`` (or a heading that
    begins with ``lattice energy``), as ``cspy-db dump`` writes; ``density`` is taken too.

    Parameters
    ----------
    source : pathlib.Path
        Tables are sought in the folder, or beside the file.
    """

    def __init__(self, source: Path):
        self._source = source
        self._texts = []
        self._rows = None

    def add(self, text: str):
        """Add a table found inside an archive; structures read before it came are completed at the end."""
        self._texts.append(text)
        self._rows = None

    def complete(self, structure: RawStructure) -> None:
        """Fill in the energy, and the density where it is unknown, of a structure that the tables hold."""
        if self._rows is None:
            self._rows = self._read()
        for key in (structure.id, Path(structure.record).stem):
            if key in self._rows:
                energy, density = self._rows[key]
                structure.energy = energy
                if math.isnan(structure.density):
                    structure.density = density
                return

    def _read(self) -> dict:
        rows = {}
        for text in self._texts:
            _add_rows(rows, text)
        folder = self._source if self._source.is_dir() else self._source.parent
        files = folder.rglob("*.csv") if self._source.is_dir() else folder.glob("*.csv")
        for file in sorted(files):
            if file.is_file() and not file.is_symlink() and file.stat().st_size <= _LARGEST_TABLE:
                _add_rows(rows, file.read_text("utf-8-sig", errors="replace"))
        return rows


def _add_rows(rows: dict, text: str) -> None:
    """Add the rows of one table that has the columns; the first word on a structure stands."""
    try:
        lines = csv.reader(io.StringIO(text))
        heading = [cell.strip().lower() for cell in next(lines, [])]
        identity = next((i for i, cell in enumerate(heading) if cell in _IDENTITY), None)
        energy = next((i for i, cell in enumerate(heading) if _is_energy(cell)), None)
        density = next((i for i, cell in enumerate(heading) if cell.startswith("density")), None)
        if identity is None or energy is None:
            return
        for line in lines:
            if len(line) > max(identity, energy):
                rows.setdefault(line[identity].strip(), (_value(line, energy), _value(line, density)))
    except csv.Error:
        return


def _is_energy(cell: str) -> bool:
    return cell in ("energy", "lattice_energy") or cell.startswith("lattice energy")


def _value(line, column) -> float:
    try:
        return float(line[column])
    except (TypeError, IndexError, ValueError):
        return math.nan
