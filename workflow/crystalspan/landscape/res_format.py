"""SHELX .res text in mol-CSPy's dialect, written."""

import numpy as np

from crystalspan.crystallography import space_groups
from crystalspan.crystallography.lattices import latt_and_symm


def format_res(title, lattice_energy, density, cell, operations, symbols, fractional) -> str:
    r"""Write one crystal as .res text in mol-CSPy's dialect.

    Atoms are grouped by element, carbon and hydrogen first (Hill's order), and keep their order within an
    element; `element_order` gives that order.

    Parameters
    ----------
    title : str
        Identity, such as ``syn-BDT-QR-14-8087-2``.
    lattice_energy : float
        kJ/mol per molecule.
    density : float
        g/cm3.
    cell : array_like, shape (6,), float
        a, b, c in angstrom, alpha, beta, gamma in degrees.
    operations : int or (rotations, translations)
        Space-group number (standard setting), or all operations, (m, 3, 3) int and (m, 3) float.
    symbols : sequence of str, length n
    fractional : array_like, shape (n, 3), float

    Returns
    -------
    str
        Text without END; join several with ``"END\n"``.
    """
    if isinstance(operations, int | np.integer):
        operations = space_groups.operations(int(operations))
    rotations, translations = operations
    latt, rows = latt_and_symm(rotations, translations)
    elements = sorted(set(symbols), key=_hill)
    lines = [
        f"TITL {title} {lattice_energy:.6f} {density:.6f}",
        "CELL 0.7 " + " ".join(f"{value:.6f}" for value in cell),
        f"LATT {latt}",
    ]
    lines += [f"SYMM {space_groups.format_operation(rotations[row], translations[row])}" for row in rows]
    lines.append("SFAC " + " ".join(elements))
    counts = dict.fromkeys(elements, 0)
    for atom in element_order(symbols):
        symbol = symbols[atom]
        counts[symbol] += 1
        x, y, z = fractional[atom]
        label = f"{symbol}{counts[symbol]}"
        lines.append(f"{label:<5} {elements.index(symbol) + 1} {x:.8f} {y:.8f} {z:.8f}")
    return "\n".join(lines) + "\n"


def element_order(symbols) -> list[int]:
    """Return the order in which `format_res` writes atoms: carbon, hydrogen, then the alphabet."""
    return sorted(range(len(symbols)), key=lambda atom: _hill(symbols[atom]))


def _hill(symbol: str):
    return {"C": 0, "H": 1}.get(symbol, 2), symbol
