"""Degrees of freedom of a crystal of rigid (or torsionally flexible) molecules in a space group."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from crystalspan.crystallography.freedom import free_cell, free_origin
from crystalspan.crystallography.space_groups import number_from_symbol, operations, symbol
from crystalspan.errors import InputError
from crystalspan.freedom.sites import special_sites

SHAPES = ("nonlinear", "linear", "atom")


@dataclasses.dataclass(frozen=True)
class DegreesOfFreedom:
    """The independent parameters of a crystal, by what they move.

    Parameters
    ----------
    space_group : int
        Number.
    cell : int
        Free lengths and angles of the cell.
    sites : tuple of str
        Site symmetry of each symmetry-independent molecule (``1`` = general position).
    translations, rotations, torsions : tuple of int
        Of each symmetry-independent molecule.
    origin : int
        Directions along which the origin is free (polar directions), which move nothing.
    """

    space_group: int
    cell: int
    sites: tuple[str, ...]
    translations: tuple[int, ...]
    rotations: tuple[int, ...]
    torsions: tuple[int, ...]
    origin: int

    @property
    def total(self) -> int:
        """Number of independent parameters."""
        return self.cell + sum(self.translations) + sum(self.rotations) + sum(self.torsions) - self.origin

    def describe(self) -> str:
        """The parts and their sum, in words."""
        name = f"{symbol(self.space_group)} (no. {self.space_group})"
        lines = [f"{name}: {self.total} degrees of freedom", f"  cell          {self.cell:3d}"]
        parts = zip(self.sites, self.translations, self.rotations, self.torsions, strict=True)
        for number, (site, translations, rotations, torsions) in enumerate(parts, 1):
            place = "general position" if site == "1" else f"site symmetry {site}"
            detail = f"{translations} translations + {rotations} rotations"
            detail += f" + {torsions} torsions" if torsions else ""
            lines.append(f"  molecule {number}    {translations + rotations + torsions:3d}   {detail}, {place}")
        lines.append(f"  free origin   {-self.origin:3d}")
        return "\n".join(lines)


def degrees_of_freedom(
    space_group: int | str,
    zprime: float | None = None,
    sites: Sequence[str] | None = None,
    torsions: int = 0,
    shape: str = "nonlinear",
) -> DegreesOfFreedom:
    """How many parameters describe a crystal of this space group: cell, molecules, less the free origin.

    n = 1/|G| sum_R [tr(R)^2 + tr(R^2)]/2 + sum_molecules [1/|S| sum_s tr(s) + 1/|S| sum_s det(s) tr(s) +
    torsions]
    - 1/|G| sum_R tr(R), G the point group, S a molecule's site group.

    Parameters
    ----------
    space_group : int or str
        Number or symbol.
    zprime : float, optional
        Molecules in the asymmetric unit; a whole number (1 when omitted) unless `sites` are given, and then
        checked against them.
    sites : sequence of str, optional
        Site symmetry of each symmetry-independent molecule: a point-group symbol such as ``-1`` or ``2``, or
        ``1``.
    torsions : int
        Flexible torsions of each molecule (on a special position, those symmetric under its site group).
    shape : {"nonlinear", "linear", "atom"}
        A linear molecule has two rotations, an atom none.

    Raises
    ------
    InputError
        There is no such space group or site in it, or the numbers contradict each other.
    """
    number = number_from_symbol(space_group)
    rotations, _ = operations(number)
    point_group = np.unique(rotations.astype(int), axis=0)
    _check(torsions, shape)
    groups = _site_groups(number, zprime, sites)
    return DegreesOfFreedom(
        space_group=number,
        cell=free_cell(point_group),
        sites=tuple(name for name, _ in groups),
        translations=tuple(_mean(np.trace(group, axis1=1, axis2=2)) for _, group in groups),
        rotations=tuple(_rotations(name, group, shape) for name, group in groups),
        torsions=(torsions,) * len(groups),
        origin=free_origin(point_group),
    )


def _mean(characters) -> int:
    """Multiplicity of the identity representation: an integer by construction."""
    return round(float(np.mean(characters)))


def _check(torsions, shape):
    if torsions < 0 or int(torsions) != torsions:
        raise InputError(f"{torsions} is not a number of torsions", remedy="give 0 or more")
    if shape not in SHAPES:
        raise InputError(f"unknown shape '{shape}'", remedy=f"choose one of {', '.join(SHAPES)}")


def _site_groups(number, zprime, sites):
    """Name and rotations of the site group of each symmetry-independent molecule."""
    if not sites:
        molecules = 1 if zprime is None else zprime
        if molecules < 1 or int(molecules) != molecules:
            raise InputError(
                f"Z' = {molecules:g} needs molecules on special positions",
                remedy="name the site symmetry of each symmetry-independent molecule, for example --site=-1",
            )
        return [("1", np.eye(3, dtype=int)[None])] * int(molecules)
    known = special_sites(number)
    for site in sites:
        if site not in known:
            raise InputError(
                f"{symbol(number)} has no position of site symmetry {site}",
                remedy=f"it has {', '.join(known)}",
            )
    groups = [(site, known[site]) for site in sites]
    count = sum(1 / len(group) for _, group in groups)
    if zprime is not None and abs(count - zprime) > 1e-6:
        raise InputError(f"these sites make Z' = {count:g}, not {zprime:g}", remedy="leave one of the two out")
    return groups


def _rotations(name, group, shape) -> int:
    traces = np.trace(group, axis1=1, axis2=2)
    determinants = np.rint(np.linalg.det(group)).astype(int)
    if shape == "atom":
        return 0
    if shape == "linear":
        if name not in ("1", "-1"):
            raise InputError(
                f"the rotations of a linear molecule on site symmetry {name} depend on its direction",
                remedy="only general positions and inversion centres are handled for linear molecules",
            )
        # Rotation about the molecule's own axis moves nothing; the inversion leaves it as it is.
        return _mean(determinants * traces) - 1
    return _mean(determinants * traces)
