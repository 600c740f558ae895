"""SHELX .res text in mol-CSPy's dialect, written."""

import os
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.crystallography import space_groups
from crystalspan.crystallography.lattices import latt_and_symm
from crystalspan.errors import InputError
from crystalspan.provenance import atomic_output


class ResWriter:
    """Write crystals of one molecule in one space group; what they share is worked out once.

    Atoms are grouped by element, carbon and hydrogen first (Hill's order), and keep their order within an
    element; `element_order` gives that order.

    Parameters
    ----------
    symbols : sequence of str, length n
    rotations, translations : (m, 3, 3) and (m, 3)
        All operations of the space group, centring included.
    """

    def __init__(self, symbols: Sequence[str], rotations: np.ndarray, translations: np.ndarray):
        elements = sorted(set(symbols), key=_hill)
        self._order = element_order(symbols)
        latt, rows = latt_and_symm(rotations, translations)
        header = [f"LATT {latt}"]
        header += [f"SYMM {space_groups.format_operation(rotations[row], translations[row])}" for row in rows]
        self._header = "\n".join([*header, "SFAC " + " ".join(elements)])
        self._labels: list[str] = []
        counts = dict.fromkeys(elements, 0)
        for atom in self._order:
            symbol = symbols[atom]
            counts[symbol] += 1
            self._labels.append(f"{symbol}{counts[symbol]}".ljust(5) + f" {elements.index(symbol) + 1} ")

    def text(
        self, title: str, lattice_energy: float, density: float, cell: Iterable[float], fractional: np.ndarray
    ) -> str:
        """Return the text of one crystal.

        Parameters
        ----------
        title : str
            Identity, such as ``syn-BDT-QR-14-8087-2``.
        lattice_energy : float
            kJ/mol per molecule.
        density : float
            g/cm3.
        cell : (6,) float
            a, b, c in angstrom, alpha, beta, gamma in degrees.
        fractional : (n, 3) float
            In the order of the molecule's atoms; written by element.
        """
        lines = [
            f"TITL {title} {lattice_energy:.6f} {density:.6f}",
            "CELL 0.7 " + " ".join(f"{value:.6f}" for value in cell),
            self._header,
        ]
        for label, atom in zip(self._labels, self._order, strict=True):
            x, y, z = fractional[atom]
            lines.append(f"{label}{x:.8f} {y:.8f} {z:.8f}")
        return "\n".join(lines) + "\nEND\n"


def format_res(
    title: str,
    lattice_energy: float,
    density: float,
    cell: Iterable[float],
    operations: int | np.integer | tuple[np.ndarray, np.ndarray],
    symbols: Sequence[str],
    fractional: np.ndarray,
) -> str:
    """Write one crystal as .res text; `operations` is a space-group number or all operations themselves.

    The other parameters are those of `ResWriter` and `ResWriter.text`.
    """
    if isinstance(operations, int | np.integer):
        operations = space_groups.operations(int(operations))
    return ResWriter(symbols, *operations).text(title, lattice_energy, density, cell, fractional)


def element_order(symbols: Sequence[str]) -> list[int]:
    """Return the order in which atoms are written: carbon, hydrogen, then the alphabet."""
    return sorted(range(len(symbols)), key=lambda atom: _hill(symbols[atom]))


def _hill(symbol: str):
    return {"C": 0, "H": 1}.get(symbol, 2), symbol


def write_res_files(path: PathLike, texts: dict[str, str]) -> None:
    """Write crystals as ``{id}.res`` into a zip (when the path ends so) or a new folder, whole or not at all.

    Raises
    ------
    InputError
        The folder exists already: its files would mix with the new ones.
    """
    path = Path(path)
    if path.suffix.lower() == ".zip":
        with (
            atomic_output(path) as temporary,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for name, text in texts.items():
                # A fixed date, so that the same crystals give the same bytes.
                archive.writestr(zipfile.ZipInfo(f"{name}.res"), text, zipfile.ZIP_DEFLATED)
        return
    if path.exists():
        raise InputError("the folder exists already", file=path, remedy="remove it, or name another")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as holder:
        folder = Path(holder) / "res"
        folder.mkdir()
        for name, text in texts.items():
            (folder / f"{name}.res").write_text(text, encoding="utf-8")
        os.replace(folder, path)
