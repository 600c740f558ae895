"""Crystals as SHELX .res text in mol-CSPy's dialect: written by the sampler, read back for clustering."""

import os
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import gemmi
import numpy as np

from crystalspan.crystallography.lattices import full_operations, latt_and_symm
from crystalspan.crystallography.space_groups import format_operation, parse_operation
from crystalspan.errors import InputError
from crystalspan.provenance import atomic_output


class Crystal(NamedTuple):
    """A crystal as a .res text holds it.

    Attributes
    ----------
    cell : numpy.ndarray, shape (6,), float64
        a, b, c in angstrom, alpha, beta, gamma in degrees.
    rotations, translations : numpy.ndarray, shapes (m, 3, 3) and (m, 3)
    symbols : tuple of str, length n
    fractional : numpy.ndarray, shape (n, 3), float64
    """

    cell: np.ndarray
    rotations: np.ndarray
    translations: np.ndarray
    symbols: tuple[str, ...]
    fractional: np.ndarray


class ResWriter:
    """Write crystals of one molecule in one space group; what they share is worked out once.

    Parameters
    ----------
    symbols : sequence of str, length n
    rotations, translations : numpy.ndarray, shapes (m, 3, 3) and (m, 3)
    """

    def __init__(self, symbols, rotations, translations):
        elements = sorted(set(symbols))
        self._order = sorted(range(len(symbols)), key=lambda atom: symbols[atom])
        latt, rows = latt_and_symm(rotations, translations)
        header = [f"LATT {latt}"]
        header += [f"SYMM {format_operation(rotations[row], translations[row])}" for row in rows]
        self._header = "\n".join([*header, "SFAC " + " ".join(elements)])
        self._labels, counts = [], dict.fromkeys(elements, 0)
        for atom in self._order:
            symbol = symbols[atom]
            counts[symbol] += 1
            self._labels.append(f"{symbol}{counts[symbol]}".ljust(5) + f" {elements.index(symbol) + 1} ")

    def text(self, title: str, lattice_energy: float, density: float, cell, fractional) -> str:
        """Return the text of one crystal.

        Parameters
        ----------
        title : str
        lattice_energy : float
            kJ/mol per molecule.
        density : float
            g/cm3.
        cell : array_like, shape (6,), float
        fractional : array_like, shape (n, 3), float
            In the order of the molecule's atoms; written by element.
        """
        lines = [
            f"TITL {title} {lattice_energy:.4f} {density:.4f}",
            "CELL 0.7 " + " ".join(f"{value:.6f}" for value in cell),
            self._header,
        ]
        for label, atom in zip(self._labels, self._order, strict=True):
            x, y, z = fractional[atom]
            lines.append(f"{label}{x:.8f} {y:.8f} {z:.8f}")
        return "\n".join(lines) + "\nEND\n"


def read_res(text: str, file=None, record=None) -> Crystal:
    """Read the .res text of one crystal.

    Raises
    ------
    InputError
        The text is damaged.
    """
    cell, latt, symmetry, elements, symbols, fractional = None, 1, [], [], [], []
    try:
        for line in text.splitlines():
            words = line.split()
            keyword = words[0].upper() if words else ""
            if keyword == "CELL":
                cell = np.array([float(word) for word in words[2:8]])
            elif keyword == "LATT":
                latt = int(words[1])
            elif keyword == "SYMM":
                symmetry.append(line.strip()[4:].strip())
            elif keyword == "SFAC":
                elements += words[1:]
            elif keyword == "END":
                break
            elif len(words) >= 5 and keyword not in ("TITL", "ZERR", "UNIT"):
                symbols.append(elements[int(words[1]) - 1])
                fractional.append([float(word) for word in words[2:5]])
        if cell is None or cell.shape != (6,) or not symbols:
            raise ValueError("no CELL line or no atoms")
        rotations, translations = _operations(latt, tuple(symmetry))
    except InputError as error:
        raise InputError(error.problem, file=file, record=record, remedy=error.remedy) from None
    except (ValueError, IndexError) as error:
        raise InputError(
            f"the .res text cannot be read ({error})", file=file, record=record, remedy="write it again"
        ) from None
    names = tuple(gemmi.Element(symbol).name for symbol in symbols)
    return Crystal(cell, rotations, translations, names, np.array(fractional))


_KNOWN: dict = {}


def _operations(latt, symmetry):
    """Return the full operations; thousands of crystals share a few lists."""
    if (latt, symmetry) not in _KNOWN:
        _KNOWN[latt, symmetry] = full_operations(latt, [parse_operation(text) for text in symmetry])
    return _KNOWN[latt, symmetry]


def write_res_files(path, texts: dict[str, str]):
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
