"""The crystals of a landscape laid out for comparisons of their packings."""

from collections.abc import Iterable

import numpy.typing as npt

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.crystallography.packings import Packings, lay_out
from crystalspan.landscape.file import Landscape


def packings(landscape: Landscape, rows: Iterable[int] | None = None, atoms: npt.ArrayLike | None = None) -> Packings:
    """Lay out the molecules of a landscape's crystals, as `crystalspan.crystallography.packings.lay_out` says.

    Parameters
    ----------
    landscape : Landscape
    rows : (s,) int, optional
        Which structures; all by default.
    atoms : (a,) int, optional
        The atoms of the reference to compare.
    """
    chosen = range(len(landscape)) if rows is None else [int(row) for row in rows]
    structures = [landscape.structure(row) for row in chosen]
    return lay_out(
        [one.fractional for one in structures],
        cell_matrix(landscape.cell[list(chosen)]).reshape(-1, 3, 3),
        [(one.rotations, one.translations) for one in structures],
        landscape.reference_atomic_number,
        landscape.reference_positions,
        atoms,
    )
