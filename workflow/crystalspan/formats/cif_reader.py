"""CIF files of one or many blocks, parsed by gemmi."""

import itertools
import math
import re

import gemmi
import numpy as np

from crystalspan.errors import InputError
from crystalspan.formats.interface import LARGEST_RECORD, LONGEST_NAME, Format, pieces, shortened
from crystalspan.formats.records import RawStructure, Rejection
from crystalspan.formats.units import find_unit, parse_unit

_REMEDY = "write the CIF again with the program that made it"
_SYMMETRY = "add _space_group_symop_operation_xyz with every operation of the space group"
_CELL = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
# A line that begins with ; opens or ends a text field, in which data_ begins no block.
_MARKS = re.compile(r"(?im)^(;|data_\S*)")
_CELL_TAG = re.compile("(?i)_cell_length_a")
_CRYSTAL = re.compile("(?i)_cell_length_a|_atom_site_")
_HEADING = re.compile(rb"(?im)^[ \t]*data_\S*")
_CRYSTAL_TAGS = re.compile(rb"(?im)^[ \t]*(_cell[_.]length_a|_atom_site[_.]|loop_|_symmetry|_space_group|_audit)")
_FARTHEST = 1000.0
_MOST_ATOMS = 100_000
_LIBERTY = "CIF blocks without operations: those of the space group's name or number, in its standard setting"
# Tags of the CSP dictionaries: _predicted_structure.*, _theoretical_structure.*, _csp*, _ccdc_csp_*, _dft_*.
_OTHER_ENERGY = {"free", "correction", "error", "uncertainty", "method", "unit", "units", "software"}


def _read(item, source):
    text = item.text()
    if next(_starts(text), None) is None:
        yield Rejection(item.file, item.record, "no data block: not CIF", _REMEDY)
        return
    many = len(list(itertools.islice(_starts(text), 2))) > 1
    several = len(list(itertools.islice(_CELL_TAG.finditer(text), 2))) > 1
    for _, piece in pieces(text, _starts(text)):
        if not source.mine():
            continue
        name = shortened(piece.split(None, 1)[0][5:], LONGEST_NAME)
        record = f"{item.record} data_{name}".strip() if many else item.record
        # A file may begin with a block on the publication or the method.
        if not _CRYSTAL.search(piece):
            source.note("CIF blocks without a crystal")
            continue
        try:
            identity = name if several and name else item.stem
            yield _structure(_block(piece), item.file, record, identity, source)
        except InputError as error:
            yield Rejection(item.file, record, error.problem, error.remedy or _REMEDY)


def _starts(text):
    """Yield where the blocks begin."""
    # An open text field would hide the rest of the file: then every data_ line counts.
    closed = sum(1 for mark in _MARKS.finditer(text) if mark[1] == ";") % 2 == 0
    within = False
    for mark in _MARKS.finditer(text):
        if mark[1] == ";":
            within = not within
        elif not (within and closed):
            yield mark.start()


def _block(text):
    if len(text) > LARGEST_RECORD:
        raise InputError(f"a block of more than {LARGEST_RECORD >> 20} MiB")
    try:
        return gemmi.cif.read_string(text).sole_block()
    except (ValueError, RuntimeError, IndexError) as error:
        raise InputError(f"no valid CIF ({shortened(error, 120)})") from None


def _structure(block, file, record, identity, source) -> RawStructure:
    cell = tuple(gemmi.cif.as_number(block.find_value(f"_cell_{name}") or "?") for name in _CELL)
    if not all(map(math.isfinite, cell)):
        raise InputError("the cell is not complete")
    numbers, fractional = _atoms(block)
    setting, stated = _symmetry(gemmi.make_small_structure_from_block(block), source)
    energy, relative, why_none = _energy(block)
    return RawStructure(
        file, record, identity, energy, _density(block), cell, setting, numbers, fractional,
        "molecule", relative, stated, why_no_energy=why_none,
    )  # fmt: skip


def _atoms(block):
    """Return atomic numbers and coordinates; disorder and partial occupation are refused."""
    table = block.find(
        "_atom_site_",
        ["fract_x", "fract_y", "fract_z", "?label", "?type_symbol", "?occupancy", "?disorder_group", "?calc_flag"],
    )
    if len(table) == 0:
        raise InputError("no atoms with fractional coordinates")
    if len(table) > _MOST_ATOMS:
        raise InputError(f"more than {_MOST_ATOMS} atoms")
    numbers, fractional = bytearray(), []
    for row in table:
        label = gemmi.cif.as_string(row[3]) if row.has(3) else ""
        if row.has(7) and row[7].lower() == "dum":
            continue
        if row.has(5) and not gemmi.cif.as_number(row[5], 1.0) > 0.999:
            raise InputError(
                f"atom {shortened(label)} is there in part only (occupancy {shortened(row[5])})", remedy=_ORDER
            )
        if row.has(6) and not gemmi.cif.is_null(row[6]) and row[6] != "0":
            raise InputError(f"atom {shortened(label)} is disordered", remedy=_ORDER)
        numbers.append(_element(gemmi.cif.as_string(row[4]) if row.has(4) else "", label))
        fractional.append([gemmi.cif.as_number(row[i]) for i in range(3)])
    fractional = np.array(fractional).reshape(-1, 3)
    if not len(fractional) or not (np.abs(fractional).max() < _FARTHEST):
        raise InputError("an atom is not at finite coordinates near the cell")
    return bytes(numbers), fractional


_ORDER = "give ordered structures: one position for each atom"


def _element(symbol: str, label: str) -> int:
    """Return the atomic number of a type symbol such as C or Cl1-; without one, of a label."""
    for text in (symbol, label):
        letters = re.match("[A-Za-z]*", text)[0].capitalize()
        for length in (2, 1):
            number = gemmi.Element(letters[:length]).atomic_number if len(letters) >= length else 0
            if number:
                return number
    raise InputError(f"atom {shortened(label or symbol)!r} is of no known element")


def _symmetry(small, source):
    """Return the setting, and the name or number of the space group that the block states.

    Operations in the block come first; without them those of its Hall symbol, or of its name or number.
    """
    stated = small.spacegroup_hm or small.spacegroup_number or None
    if small.symops:
        if len(small.symops) > 192 or any(len(text) > 200 for text in small.symops):
            raise InputError("more than 192 symmetry operations, or one of more than 200 characters")
        try:
            return source.settings.from_text(-1, tuple(small.symops)), stated
        except InputError as error:
            problem = "the symmetry operations make no group" if "LATT" in error.problem else error.problem
            raise InputError(problem, remedy=_SYMMETRY) from None
    operations = _hall_operations(small.spacegroup_hall) or _named_operations(small)
    if operations is None:
        raise InputError("no symmetry operations and no known space group", remedy=_SYMMETRY)
    source.remark(_LIBERTY)
    rotations = np.array([operation.rot for operation in operations]) // gemmi.Op.DEN
    translations = np.array([operation.tran for operation in operations]) / gemmi.Op.DEN % 1.0
    return source.settings.add(rotations, translations), stated


def _hall_operations(hall: str):
    try:
        return gemmi.symops_from_hall(hall) if hall else None
    except (ValueError, RuntimeError):
        return None


def _named_operations(small):
    group = None
    if small.spacegroup_hm:
        group = gemmi.find_spacegroup_by_name(small.spacegroup_hm, small.cell.alpha, small.cell.gamma)
    if group is None and 1 <= small.spacegroup_number <= 230:
        group = gemmi.find_spacegroup_by_number(small.spacegroup_number)
    return None if group is None else group.operations()


def _energy(block) -> tuple[float, bool, str]:
    """Return the lattice energy (kJ/mol per molecule) in the tags of CSP dictionaries, and whether it is relative.

    The unit may stand in a tag beside it (``_predicted_structure.lattice_energy_units``) or in its own; the third is
    why there is none.
    """
    found, problem, units = {}, "", {}
    pairs = list(_pairs(block))
    for tag, value in pairs:
        *words, last = re.split(r"[._]", tag.lower())
        if last in ("unit", "units") and "energy" in words:
            units["".join(words)] = gemmi.cif.as_string(value)
    for tag, value in pairs:
        words = re.split(r"[._]", tag.lower())
        number = gemmi.cif.as_number(value)
        if not {"lattice", "energy"} <= set(words) or set(words) & _OTHER_ENERGY or not math.isfinite(number):
            continue
        # Dictionaries differ in what stands before; the unit stands behind.
        unit = find_unit(" ".join(words[words.index("energy") + 1 :]))
        stated = units.get("".join(words), next(iter(units.values()), "kJ/mol"))
        unit = parse_unit(stated) if unit is None else unit[0]
        if unit is None or unit.basis == "cell":
            problem = f"the unit {shortened(stated)!r} is not known"
        else:
            found.setdefault("relative" in words, number * unit.factor)
    relative = False not in found
    return found.get(relative, math.nan), relative and bool(found), problem


def _density(block) -> float:
    for tag in ("_predicted_structure.density", "_theoretical_structure.density", "_exptl_crystal_density_diffrn"):
        number = gemmi.cif.as_number(block.find_value(tag) or "?")
        if math.isfinite(number):
            return number
    return math.nan


def _pairs(block):
    """Yield tags with their single values, in pairs or in loops of one row."""
    for item in block:
        if item.pair is not None:
            yield item.pair
        elif item.loop is not None and item.loop.length() == 1:
            yield from zip(item.loop.tags, item.loop.values, strict=True)


def _recognise(item) -> bool:
    head = item.head
    return b"\0" not in head and _HEADING.search(head) is not None and _CRYSTAL_TAGS.search(head) is not None


FORMAT = Format("cif", "CIF", _recognise, _read)
