"""The symmetry that a CIF block states: operations, or a name or number that settles them."""

import functools
import re
from collections.abc import Callable

import gemmi
import numpy as np

from crystalspan.crystallography import metric
from crystalspan.errors import InputError
from crystalspan.formats.interface import shortened
from crystalspan.formats.records import Settings

_SYMMETRY = "add _space_group_symop_operation_xyz with every operation of the space group"
_LIBERTY = "CIF blocks without operations: those of the Hall symbol, or of the setting that name or number settles"
# The settings of the International Tables stand first in gemmi's table; what follows are further ones.
_TABULATED = 530
# ICSD writes axes and origins so: R -3 RS, R -3 HR, P n n n Z, P n n n S.
_EXTENSIONS = {"RS": "R", "HR": "H", "S": "1", "Z": "2"}
# Of the settings that a cell allows, those that it fits exactly come first.
_EXACT = 1e-3


def setting_of(
    small: gemmi.SmallStructure, settings: Settings, remark: Callable[[str], None]
) -> tuple[int, str | int | None]:
    """Return the row of a block's operations in `settings`, and the name or number of the group that it states.

    Operations in the block come first; without them those of its Hall symbol; then those of a name or a number, where
    these settle the setting, together with the cell.

    Parameters
    ----------
    small : gemmi.SmallStructure
    settings : Settings
    remark : callable (str)

    Raises
    ------
    InputError
        The operations are none, or nothing settles them.
    """
    stated = small.spacegroup_hm or small.spacegroup_number or None
    if small.symops:
        if len(small.symops) > 192 or any(len(text) > 200 for text in small.symops):
            raise InputError("more than 192 symmetry operations, or one of more than 200 characters")
        try:
            return settings.from_text(-1, tuple(small.symops)), stated
        except InputError as error:
            problem = "the symmetry operations make no group" if "LATT" in error.problem else error.problem
            raise InputError(problem, remedy=_SYMMETRY) from None
    operations = _hall_operations(small.spacegroup_hall) or _settled(small).operations()
    remark(_LIBERTY)
    return settings.add(*_arrays(operations)), stated


def _arrays(operations):
    rotations = np.array([operation.rot for operation in operations]) // gemmi.Op.DEN
    return rotations, np.array([operation.tran for operation in operations]) / gemmi.Op.DEN % 1.0


def _hall_operations(hall: str):
    try:
        return gemmi.symops_from_hall(hall) if hall else None
    except (ValueError, RuntimeError):
        return None


def _settled(small) -> gemmi.SpaceGroup:
    """Return the one setting that the block's name or number, and its cell, leave."""
    named = small.spacegroup_hm and _named(small.spacegroup_hm, small.cell)
    possible = named or _of_number(small.spacegroup_number)
    what = f"name {shortened(small.spacegroup_hm)!r}" if named else f"number {small.spacegroup_number}"
    if not possible:
        raise InputError("no symmetry operations and no known space group", remedy=_SYMMETRY)
    if len(possible) == 1:
        return possible[0]
    cell = small.cell.parameters
    strained = [metric.strains([cell], _rotations(group.xhm())).max() for group in possible]
    for most in (_EXACT, metric.LARGEST_STRAIN):
        fitting = [group for group, strain in zip(possible, strained, strict=True) if strain <= most]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            names = ", ".join(group.xhm() for group in fitting[:6])
            more = f" and {len(fitting) - 6} others" if len(fitting) > 6 else ""
            raise InputError(
                f"no symmetry operations, and the space group's {what} does not settle the setting: "
                f"the cell allows {names}{more}",
                remedy=_SYMMETRY,
            )
    angles = " ".join(f"{value:g}" for value in cell)
    raise InputError(f"no symmetry operations, and the cell {angles} fits no setting of the {what}", remedy=_SYMMETRY)


@functools.lru_cache(maxsize=600)
def _rotations(xhm: str):
    return _arrays(gemmi.find_spacegroup_by_name(xhm).operations())[0]


def _named(name: str, cell) -> list[gemmi.SpaceGroup]:
    """Return the settings that a Hermann-Mauguin symbol stands for: several where it leaves axes or origin open."""
    plain = re.sub(r"(?<=\d)\((\d)\)", r"\1", name).replace("_", "").strip()
    word = plain.rpartition(" ")
    plain = f"{word[0]}:{_EXTENSIONS[word[2]]}" if word[2] in _EXTENSIONS else plain
    group = gemmi.find_spacegroup_by_name(plain, cell.alpha, cell.gamma)
    if group is None:
        return []
    letters = re.sub(r"\s", "", plain).upper()
    if group.ext == "\0" or letters.endswith(group.ext) or letters.startswith("H"):
        return [group]
    return [other for other in _table() if other.hm == group.hm]


def _of_number(number: int) -> list[gemmi.SpaceGroup]:
    return [group for group in _table()[:_TABULATED] if group.number == number]


@functools.cache
def _table() -> list[gemmi.SpaceGroup]:
    return list(gemmi.spacegroup_table())
