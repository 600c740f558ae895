"""What extxyz files and ASE databases say about a structure: the keys in use, and their units."""

import math
from typing import NamedTuple

from crystalspan.formats.interface import LONGEST_NAME, shortened
from crystalspan.formats.res_title import KJ_MOL_PER_EV

_IDS = ("id", "name", "label", "identifier", "structure_id", "csd_id")
_GROUPS = ("spacegroup", "space_group", "spg_num", "spg", "sg")
_PER_MOLECULE = (("lattice_energy", False), ("relative_energy", True), ("relative_lattice_energy", True))
_UNIT_KEYS = ("energy_unit", "energy_units", "units")
CELL_ENERGY = "energies without a unit: taken as eV per cell, as ASE means them"


class Stated(NamedTuple):
    """Identity, energy (kJ/mol), its basis and whether it is relative, density and space group."""

    id: str
    energy: float
    basis: str
    relative: bool
    density: float
    space_group: str | int | None


def stated(info: dict, cell_energy, default_id: str, remark) -> Stated:
    """Return what the keys of a structure say.

    ``lattice_energy`` and ``relative_energy`` are kJ/mol per molecule. ``energy`` is ASE's: of the cell, in eV;
    a key ``energy_unit`` (eV or kJ/mol) beside it has the last word, and kJ/mol are per molecule.

    Parameters
    ----------
    info : dict
        The keys, as given.
    cell_energy : float or None
        The energy that ASE keeps apart from the keys, eV.
    default_id : str
        Identity where no key gives one.
    remark : callable (str)
        Is told of units that were not stated.
    """
    keys = {str(key).lower(): value for key, value in info.items()}
    identity = next((shortened(keys[key], LONGEST_NAME) for key in _IDS if _is_plain(keys.get(key))), default_id)
    group = next((keys[key] for key in _GROUPS if _is_plain(keys.get(key))), None)
    if group is not None and not isinstance(group, str):
        group = int(group) if math.isfinite(group) else None
    density = _number(keys.get("density"))
    for key, relative in _PER_MOLECULE:
        if not math.isnan(_number(keys.get(key))):
            return Stated(identity, _number(keys[key]), "molecule", relative, density, group)
    energy = _number(keys.get("energy"))
    energy = _number(cell_energy) if math.isnan(energy) else energy
    return Stated(identity, *_with_unit(energy, keys, remark), density, group)


def _with_unit(energy: float, keys: dict, remark):
    unit = next((str(keys[key]) for key in _UNIT_KEYS if isinstance(keys.get(key), str)), "")
    plain = unit.lower().replace(" ", "").replace("/", "").removesuffix("permolecule")
    if math.isnan(energy):
        return math.nan, "molecule", False
    if plain in ("kjmol", "kjmol-1", "kjmol^-1", "kjmol**-1"):
        return energy, "molecule", False
    if plain in ("ev", "evcell"):
        return energy * KJ_MOL_PER_EV, "cell", False
    if plain:
        remark(f"energies in a unit that is not known ({plain[:20]}): left out")
        return math.nan, "molecule", False
    remark(CELL_ENERGY)
    return energy * KJ_MOL_PER_EV, "cell", False


def _is_plain(value) -> bool:
    """Tell words and numbers from arrays and nested values."""
    return (isinstance(value, str) and value != "") or (_is_number(value) and not isinstance(value, bool))


def _is_number(value) -> bool:
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return not isinstance(value, str)


def _number(value) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
