"""What extxyz files and ASE databases say about a structure: the keys in use, and their units."""

import math
from collections.abc import Callable
from typing import NamedTuple

from crystalspan.formats.interface import LONGEST_NAME, shortened
from crystalspan.formats.table_headings import Energy, energy_heading
from crystalspan.formats.table_numbers import TwoWays, number_and_unit
from crystalspan.formats.units import KJ_MOL_PER_EV, Unit, parse_unit

_IDS = ("id", "name", "label", "identifier", "structure_id", "csd_id")
_GROUPS = ("spacegroup", "space_group", "spg_num", "spg", "sg")
_UNIT_KEYS = ("energy_unit", "energy_units", "units", "unit")
CELL_ENERGY = "energies without a unit: taken as eV per cell, as ASE means them"
OF_THE_CELL = "energies that do not say what they are of: taken as those of the cell, as ASE means them"


class Stated(NamedTuple):
    """Identity, energy (kJ/mol), its basis and whether it is relative, density, space group; why there is no energy."""

    id: str
    energy: float
    basis: str
    relative: bool
    density: float
    space_group: str | int | None
    why_no_energy: str = ""


class _Found(NamedTuple):
    energy: float = math.nan
    basis: str = "molecule"
    relative: bool = False
    why_no_energy: str = ""


def stated(info: dict, cell_energy: float | None, default_id: str, remark: Callable[[str], None]) -> Stated:
    """Return what the keys of a structure say.

    ``lattice_energy`` and ``relative_energy`` are per molecule, in kJ/mol unless their name or a key ``energy_unit``
    beside them says otherwise. ``energy`` is ASE's: of the cell, in eV or the unit that is stated; only kJ/mol
    without more are per molecule.

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
    found = _energy(keys, cell_energy, remark)
    return Stated(identity, *found[:3], _number(keys.get("density"))[0], group, found.why_no_energy)


def _energy(keys: dict, cell_energy, remark) -> _Found:
    """Return the lattice energy, else the relative one, else that of the cell."""
    named = [(key, heading) for key in keys if (heading := _per_molecule(key)) is not None]
    problems = []
    for key, heading in sorted(named, key=lambda one: (one[1].relative, one[0])):
        value, beside = _number(keys[key])
        if math.isnan(value):
            continue
        unit, unknown = (beside, "") if beside or heading.unit else _stated_unit(keys)
        factor, basis, unclear = heading.scale(unit)
        if not (unknown or unclear):
            return _Found(value * factor, basis, heading.relative)
        problems.append(unknown or unclear)
    found = _cell_energy(keys, cell_energy, remark)
    if not math.isnan(found.energy):
        return found
    others = [shortened(key, 40) for key in keys if "energy" in key and not math.isnan(_number(keys[key])[0])]
    if others and not problems:
        problems = [f"{', '.join(others[:3])} may be an energy of any kind: call it energy or lattice_energy"]
    return found._replace(why_no_energy=found.why_no_energy or "".join(problems[:1]))


def _per_molecule(key: str) -> Energy | None:
    heading = energy_heading(key) if "energy" in key and len(key) <= LONGEST_NAME else None
    return heading if heading is not None and (heading.lattice or heading.relative) else None


def _cell_energy(keys: dict, cell_energy, remark) -> _Found:
    """Return ASE's energy, or one whose key names its unit, such as ``energy_kJ_mol``."""
    value, unit, unknown = _named_energy(keys)
    if math.isnan(value):
        value = _number(keys.get("energy"))[0]
        value = _number(cell_energy)[0] if math.isnan(value) else value
        unit, unknown = _stated_unit(keys)
    if math.isnan(value) or unknown:
        return _Found(why_no_energy=unknown)
    if unit is None:
        remark(CELL_ENERGY)
        return _Found(value * KJ_MOL_PER_EV, "cell")
    if unit.basis in ("molecule", "cell"):
        return _Found(value * unit.factor, unit.basis)
    if unit == _KJ_MOL:
        return _Found(value)
    if unit.factor != KJ_MOL_PER_EV:
        remark(OF_THE_CELL)
    return _Found(value * unit.factor, "cell")


def _named_energy(keys: dict) -> tuple[float, Unit | None, str]:
    for key in keys:
        heading = energy_heading(key) if key.startswith("energy") and len(key) <= LONGEST_NAME else None
        if heading is None:
            continue
        value, beside = _number(keys[key])
        if not math.isnan(value) and (heading.unit or beside):
            return value, heading.unit or beside, ""
    return math.nan, None, ""


_KJ_MOL = Unit(1.0, "mol")


def _stated_unit(keys: dict) -> tuple[Unit | None, str]:
    """Return the unit that a key states, or why it cannot be used."""
    text = next((keys[key] for key in _UNIT_KEYS if isinstance(keys.get(key), str)), "")
    if not text.strip():
        return None, ""
    unit = parse_unit(text[:LONGEST_NAME])
    return unit, "" if unit is not None else f"the unit {shortened(text)!r} is not known"


def _is_plain(value) -> bool:
    """Tell words and numbers from arrays and nested values."""
    return (isinstance(value, str) and value != "") or (_is_number(value) and not isinstance(value, bool))


def _is_number(value) -> bool:
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return not isinstance(value, str)


def _number(value) -> tuple[float, Unit | None]:
    """Return a number, and the unit that a text names behind it."""
    if isinstance(value, str):
        try:
            return number_and_unit(value[:LONGEST_NAME].strip())
        except TwoWays:
            return math.nan, None
    try:
        return float(value), None
    except (TypeError, ValueError, OverflowError):
        return math.nan, None
