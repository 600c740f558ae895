"""Crystals and their columns in few bytes: whole numbers in planes of bytes, compressed.

A page of 50,000 crystals holds their asymmetric units and operations only. Numbers are steps above a lowest value;
those that follow each other closely (energies in order, atoms along a molecule) are stored as differences. Of each
number the first bytes of all rows stand together, then the second ones, and so on: the planes of the higher bytes are
mostly zeros, which cost nothing. ``page.js`` reads it back.
"""

import json
import struct
import zlib
from collections.abc import Sequence

import gemmi
import numpy as np

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.landscape.file import Landscape
from crystalspan.viewer.columns import Axes, Column

# Of coordinates and of the cell's edges, angstrom: less than is seen.
COORDINATE_STEP, CELL_STEP = 0.01, 0.001
# The entries of a cell matrix that are not zero, as crystalspan.crystallography.cell.cell_matrix places it.
CELL_ENTRIES = ((0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2))


class _Planes:
    """Arrays of whole numbers, one after the other."""

    def __init__(self) -> None:
        self.told: list[dict] = []
        self.parts: list[bytes] = []

    def put(self, values: np.ndarray, step: float, differences: bool = False) -> np.ndarray:
        """Store numbers, NaN for missing ones; return what the page will read."""
        known = ~np.isnan(values)
        low = float(values[known].min()) if known.any() else 0.0
        codes = np.zeros(len(values), dtype=np.int64)
        codes[known] = np.rint((values[known] - low) / step).astype(np.int64) + 1
        stored = codes
        if differences:
            change = np.diff(codes, prepend=0)
            stored = (change << 1) ^ (change >> 63)
        if len(stored) and stored.max() >= 2**32:
            raise OverflowError("numbers of too wide a range")
        planes = np.ascontiguousarray(stored.astype("<u4").view(np.uint8).reshape(-1, 4).T)
        self.parts.append(planes.tobytes())
        self.told.append({"n": len(values), "low": low, "step": step, "differences": differences})
        return np.where(known, low + step * (codes - 1), np.nan)


def packed(landscape: Landscape, columns: Sequence[Column], axes: Sequence[Axes], told: dict) -> bytes:
    """Crystals with everything that the page shows of them, compressed (zlib).

    Parameters
    ----------
    landscape : Landscape
        Its crystals in the order of the page.
    columns : sequence of Column
    axes : sequence of Axes
    told : dict
        Further words for the page, as JSON.
    """
    landscape = landscape.with_own_settings()
    planes = _Planes()
    matrix = cell_matrix(landscape.cell).reshape(-1, 3, 3)
    kept = np.zeros_like(matrix)
    for i, j in CELL_ENTRIES:
        kept[:, i, j] = planes.put(matrix[:, i, j], CELL_STEP)
    kinds, which = _kinds(landscape)
    planes.put(landscape.setting.astype(float), 1.0)
    planes.put(which.astype(float), 1.0)
    atoms = np.repeat(np.arange(len(landscape)), np.diff(landscape.atom_offset))
    places = np.einsum("ni,nij->nj", landscape.fractional, kept[atoms])
    for axis in range(3):
        planes.put(places[:, axis], COORDINATE_STEP, differences=True)
    header = {
        "name": landscape.name,
        "ids": landscape.id.tolist(),
        "settings": _settings(landscape),
        "kinds": kinds,
        "columns": [_column(planes, column) for column in columns],
        "maps": [vars(one) for one in axes],
        "arrays": planes.told,
        **told,
    }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return zlib.compress(b"".join([struct.pack("<I", len(text)), text, *planes.parts]), 9)


def _kinds(landscape: Landscape) -> tuple[list[dict], np.ndarray]:
    """The sequences of atoms that crystals list, and which of them each crystal has, (n,) int64."""
    found: dict[bytes, int] = {}
    kinds: list[dict] = []
    which = np.zeros(len(landscape), dtype=np.int64)
    both = np.stack([landscape.atomic_number, landscape.molecule], axis=1)
    for i in range(len(landscape)):
        rows = both[landscape.atom_offset[i] : landscape.atom_offset[i + 1]]
        key = rows.tobytes()
        if key not in found:
            found[key] = len(kinds)
            names = [gemmi.Element(int(number)).name for number in rows[:, 0]]
            kinds.append({"names": names, "molecules": rows[:, 1].tolist()})
        which[i] = found[key]
    return kinds, which


def _settings(landscape: Landscape) -> list[dict]:
    spans = zip(landscape.setting_offset[:-1], landscape.setting_offset[1:], strict=True)
    return [
        {
            "rotations": landscape.rotation[first:last].reshape(-1, 9).tolist(),
            "translations": np.round(landscape.translation[first:last], 6).tolist(),
        }
        for first, last in spans
    ]


def _column(planes: _Planes, column: Column) -> dict:
    told = {"name": column.name, "unit": column.unit, "about": column.about}
    if column.step:
        planes.put(np.asarray(column.values, dtype=float), column.step, column.rises)
        return told
    # In the order of their first use, which is that of energy.
    names = list(dict.fromkeys(column.values.tolist()))
    number = {name: i for i, name in enumerate(names)}
    planes.put(np.array([number[one] for one in column.values], dtype=float), 1.0)
    return told | {"names": names}
