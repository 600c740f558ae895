"""A chart of the rigid crystals of a space group: every crystal at one point, every point a crystal."""

import dataclasses

import numpy as np

from crystalspan.latent.normaliser import Normaliser, molecular_symmetry, normaliser
from crystalspan.latent.relaxing import Rigid
from crystalspan.sampling.packing import Packing
from crystalspan.sampling.trials import PACKING_COEFFICIENT

# Numbers of two descriptions of a crystal that differ by less are the same: far above rounding, far below a difference.
_TIE = 1e-7
# Steps of the reduction of a cell: each lessens the edges by something, so that few are needed.
_MOST_STEPS = 50


@dataclasses.dataclass(frozen=True, eq=False)
class Chart:
    """Coordinates of the crystals of a molecule in a group, about an angstrom each.

    A crystal is brought to one description of all that are equivalent: the most compact cell, the molecule nearest to
    the origin of the normaliser's small cell, the orientation of least turn. Its coordinates are the logarithms of the
    cell's edges and its shear, two for each free coordinate of the centre (cosine and sine, for it is periodic), and
    the nine elements of the rotation.

    Parameters
    ----------
    packing : Packing
    normaliser : Normaliser
    symmetry : (s, 3, 3) float64
        Of the molecule.
    """

    packing: Packing
    normaliser: Normaliser
    symmetry: np.ndarray

    @property
    def degrees_of_freedom(self) -> int:
        """Dimensions of the space of crystals: free cell parameters, position, orientation."""
        return len(self.packing.model.basis) + len(self._free) + 3

    @property
    def columns(self) -> int:
        """Coordinates of a crystal, more than its degrees of freedom: angles have no chart without a seam otherwise."""
        return len(self.packing.model.basis) + 2 * len(self._free) + 9

    @property
    def _free(self) -> np.ndarray:
        return np.setdiff1d(np.arange(3), self.normaliser.polar)

    @property
    def _periods(self) -> np.ndarray:
        """Lengths (3,) after which the position repeats along each axis, as shares of the edge."""
        periods = np.ones(3)
        for axis in self._free:
            alone = np.delete(self.normaliser.translations, axis, axis=1)
            steps = self.normaliser.translations[(np.abs(alone) < 1e-9).all(axis=1), axis]
            periods[axis] = 1 / len(np.unique(np.round(steps, 9)))
        return periods

    @property
    def _length(self) -> float:
        """A typical edge, angstrom."""
        return float(np.cbrt(self.packing.multiplicity * self.packing.vdw_volume / PACKING_COEFFICIENT))

    def canonical(self, crystals: Rigid) -> Rigid:
        """The one description of each crystal that all equivalent ones share.

        Parameters
        ----------
        crystals : Rigid
            Proper rotations; any cell of the group's system.
        """
        rows = [self._canonical(crystals, row) for row in range(len(crystals))]
        return Rigid.joined(rows, self.packing)

    def equivalents(self, crystals: Rigid) -> Rigid:
        """All descriptions of one crystal by cells as compact as can be, not sorted out."""
        cell, position, rotation = self._compact(crystals, 0)
        return self._described(cell, position, rotation)

    def coordinates(self, crystals: Rigid) -> np.ndarray:
        """Coordinates (k, columns) float64 of crystals, in angstrom.

        Parameters
        ----------
        crystals : Rigid
            In any description.
        """
        standard = self.canonical(crystals)
        cell = standard.parameters.copy()
        for column, (_, j, edge) in enumerate(self._entries()):
            cell[:, column] = (
                np.log(cell[:, column]) if edge else cell[:, column] / standard.cells(self.packing)[:, j, j]
            )
        angle = 2 * np.pi * standard.positions[:, self._free] / self._periods[self._free]
        length = self._length
        parts = [
            (cell - self._cell_origin()) * length,
            np.cos(angle) * length * self._periods[self._free] / (2 * np.pi),
            np.sin(angle) * length * self._periods[self._free] / (2 * np.pi),
            # A turn changes the nine elements by the square root of two times its angle.
            standard.rotations.reshape(-1, 9) * self.packing.model.radius / np.sqrt(2),
        ]
        return np.concatenate(parts, axis=1)

    def crystals(self, coordinates: np.ndarray) -> Rigid:
        """Crystals of any coordinates, also such as no crystal has: the nearest rotation, the nearest place.

        Parameters
        ----------
        coordinates : (k, columns) float
            As from `coordinates`, or what a network makes of them.
        """
        coordinates = np.asarray(coordinates, dtype=float)
        free, count = len(self._free), len(self.packing.model.basis)
        cell, cosine, sine, turn = np.split(coordinates, np.cumsum([count, free, free]), axis=1)
        # Exponentials of what a bad network may give are to stay cells.
        cell = np.clip(cell / self._length + self._cell_origin(), -5.0, 5.0 + np.log(self._length))
        parameters = cell.copy()
        entries = self._entries()
        for column, (_, _, edge) in enumerate(entries):
            if edge:
                parameters[:, column] = np.exp(cell[:, column])
        matrices = np.einsum("kp,pij->kij", parameters, self.packing.model.basis)
        for column, (_, j, edge) in enumerate(entries):
            if not edge:
                parameters[:, column] = cell[:, column] * matrices[:, j, j]
        positions = np.zeros((len(coordinates), 3))
        positions[:, self._free] = np.arctan2(sine, cosine) / (2 * np.pi) % 1.0 * self._periods[self._free]
        left, _, right = np.linalg.svd(turn.reshape(-1, 3, 3))
        sign = np.ones((len(coordinates), 3))
        sign[:, 2] = np.linalg.det(left @ right)
        return Rigid(parameters, positions, (left * sign[:, None]) @ right)

    def _entries(self):
        """Row, column and whether it is an edge, of the element of the cell matrix that each free parameter is."""
        found = []
        for matrix in self.packing.model.basis:
            i, j = (int(index) for index in np.argwhere(matrix == 1.0)[0])
            found.append((i, j, i == j))
        return found

    def _cell_origin(self) -> np.ndarray:
        return np.array([np.log(self._length) if edge else 0.0 for _, _, edge in self._entries()])

    def _canonical(self, crystals, row) -> Rigid:
        described = self._described(*self._compact(crystals, row))
        turned = -np.trace(described.rotations, axis1=1, axis2=2)[:, None]
        keys = [described.parameters, described.positions, turned, described.rotations.reshape(-1, 9)]
        chosen = _least(np.concatenate(keys, axis=1))
        return described[chosen : chosen + 1]

    def _compact(self, crystals, row):
        """Cell, position and rotation of a crystal in a cell with the least sum of squared edges."""
        cell = crystals.cells(self.packing)[row]
        position, rotation = crystals.positions[row], crystals.rotations[row]
        for _ in range(_MOST_STEPS):
            squares = self._squares(cell)
            best = int(np.argmin(squares))
            if squares[best] > np.sum(cell**2) * (1 - _TIE):
                break
            matrix = self.normaliser.matrices[best]
            position = np.linalg.solve(matrix.T, position - self.normaliser.origins[best])
            cell = matrix @ cell
        return cell, position, rotation

    def _squares(self, cell) -> np.ndarray:
        """Sums of squared edges (m,) after each change of basis."""
        metric = cell @ cell.T
        return np.einsum("mij,jk,mik->m", self.normaliser.matrices, metric, self.normaliser.matrices)

    def _described(self, cell, position, rotation) -> Rigid:
        """A crystal by all changes that keep its cell compact, all shifts and all of the molecule's symmetry."""
        squares = self._squares(cell)
        kept = np.flatnonzero(squares <= squares.min() * (1 + _TIE))
        matrices, origins = self.normaliser.matrices[kept], self.normaliser.origins[kept]
        bases = matrices @ cell
        lower = np.linalg.cholesky(bases @ np.swapaxes(bases, 1, 2))
        # The rotation (or reflection) that brings the new edges to the sampler's form.
        turns = np.einsum("mji,mkj->mik", lower, np.linalg.inv(bases))
        rotations = np.einsum("mij,jk,skl->msil", turns, rotation, self.symmetry)
        proper = np.linalg.det(turns)[:, None] * np.linalg.det(self.symmetry) > 0
        shifts = self.normaliser.translations
        moved = np.einsum("mji,mj->mi", np.linalg.inv(matrices), position - origins)
        back = np.einsum("mji,tj->mti", np.linalg.inv(matrices), shifts)
        places = moved[:, None] - back
        places[..., self.normaliser.polar] = 0.0
        which, turned = np.nonzero(proper)
        count = len(shifts)
        cells = np.repeat(lower[which], count, axis=0)
        return Rigid.of_cells(
            self.packing,
            cells,
            _wrapped(places[which]).reshape(-1, 3),
            np.repeat(rotations[which, turned], count, axis=0),
        )


def chart(packing: Packing) -> Chart:
    """The chart of a molecule's crystals in a group.

    Parameters
    ----------
    packing : Packing
    """
    return Chart(packing, normaliser(packing.group), molecular_symmetry(packing))


def _wrapped(places) -> np.ndarray:
    """Fractions in [0, 1), where one minus rounding is zero."""
    wrapped = places - np.floor(places + _TIE)
    return np.maximum(wrapped, 0.0)


def _least(keys) -> int:
    """The row that sorts first, numbers within `_TIE` being equal."""
    rows = np.arange(len(keys))
    for column in keys.T:
        values = column[rows]
        rows = rows[values <= values.min() + _TIE]
        if len(rows) == 1:
            break
    return int(rows[0])
