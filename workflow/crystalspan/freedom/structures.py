"""The degrees of freedom of a crystal from its atoms: site symmetries are found, not told."""

import dataclasses
from collections import Counter

from crystalspan.crystallography.space_groups import symbol
from crystalspan.errors import InputError
from crystalspan.freedom.displacements import AXIS, ORIGIN, crystal_symmetry, free_directions
from crystalspan.landscape.file import Landscape


@dataclasses.dataclass(frozen=True)
class StructureFreedom:
    """The independent parameters of one crystal of rigid molecules.

    Parameters
    ----------
    id : str
    space_group : int
    z_prime : float
    site_orders : tuple of int
        Operations in the site group of each symmetry-independent molecule: 1 in a general position.
    cell, translations, rotations : int
        Free parameters of the cell; of all molecules, without free origin and the axis of a linear molecule.
    """

    id: str
    space_group: int
    z_prime: float
    site_orders: tuple[int, ...]
    cell: int
    translations: int
    rotations: int

    @property
    def total(self) -> int:
        """Number of independent parameters."""
        return self.cell + self.translations + self.rotations

    def describe(self) -> str:
        """The parts and their sum, in a line."""
        sites = ", ".join("general position" if n == 1 else f"site group of order {n}" for n in self.site_orders)
        group = f"{symbol(self.space_group)}, Z' = {self.z_prime:g} ({sites})"
        return (
            f"{self.id}: {self.total} degrees of freedom in {group}: "
            f"cell {self.cell}, translations {self.translations}, rotations {self.rotations}"
        )


def structure_freedom(landscape: Landscape, i: int, tolerance: float) -> StructureFreedom:
    """Count the degrees of freedom of a landscape's crystal by linear algebra.

    Parameters
    ----------
    landscape : Landscape
    i : int
        Row.
    tolerance : float
        Distance within which atoms coincide when a special position's symmetry is sought, angstrom.

    Raises
    ------
    InputError
        The atoms do not have the symmetry that space group and Z' ask for.
    """
    structure = landscape.structure(i)
    symmetry = crystal_symmetry(structure, site_order(landscape, i), tolerance)
    kinds = Counter(free_directions(structure, symmetry).kind.tolist())
    del kinds[ORIGIN], kinds[AXIS]
    return StructureFreedom(
        str(structure.id),
        int(landscape.space_group[i]),
        float(landscape.z_prime[i]),
        tuple(len(site) for site in symmetry.sites),
        kinds["cell"],
        kinds["translation"],
        kinds["rotation"],
    )


def site_order(landscape: Landscape, i: int) -> int:
    """Operations of the space group to each one that a structure lists: 1 where molecules are in general positions."""
    molecules = int(landscape.structure(i).molecule.max()) + 1
    order = molecules / float(landscape.z_prime[i])
    if abs(order - round(order)) > 1e-6 or order < 1:
        raise InputError(
            f"{molecules} listed molecules do not make Z' = {landscape.z_prime[i]:g}", record=str(landscape.id[i])
        )
    return round(order)
