"""CIF files of one or many blocks, parsed by gemmi."""

import functools
import itertools
import math
import re

import gemmi
import numpy as np

from crystalspan.crystallography.elements import Nuclide, element, formula_counts, is_dummy, labelled
from crystalspan.errors import InputError
from crystalspan.formats.cif_symmetry import setting_of
from crystalspan.formats.contents import MISSING, agrees, composition
from crystalspan.formats.interface import LARGEST_RECORD, LONGEST_NAME, Format, pieces, shortened
from crystalspan.formats.records import RawStructure, Rejection, formula
from crystalspan.formats.table_numbers import TwoWays, number_and_unit
from crystalspan.formats.units import Unit, find_unit, parse_unit

_REMEDY = "write the CIF again with the program that made it"
_CELL = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
# A line that begins with ; opens or ends a text field, in which data_ begins no block.
_MARKS = re.compile(r"(?im)^(;|data_\S*)")
_CELL_TAG = re.compile("(?i)_cell[_.]length_a")
_CRYSTAL = re.compile("(?i)_cell[_.]length_a|_atom_site[_.]")
# Names as the newer dictionaries (DDLm) write them: _cell.length_a, _atom_site.fract_x.
_DOTTED = re.compile(r"(?im)^([ \t]*_(?:cell|atom_site|space_group(?:_symop)?|symmetry(?:_equiv)?|chemical_formula))\.")
_HEADING = re.compile(rb"(?im)^[ \t]*data_\S*")
_CRYSTAL_TAGS = re.compile(rb"(?im)^[ \t]*(_cell[_.]length_a|_atom_site[_.]|loop_|_symmetry|_space_group|_audit)")
_FARTHEST = 1000.0
_FULL = 0.999  # occupancy
_DUMMY = Nuclide(0)
_ORDER = "give ordered structures: one position for each atom"
_MOST_ATOMS = 100_000
_RIGHT_ANGLE = "CIF blocks with '.' for an angle of the cell: 90 degrees, the dictionary's default"
_BY_LABEL = "CIF blocks without element symbols: the atom labels were read (HO1 is hydrogen, Ho1 holmium)"
_DUMMIES = "centroids and dummy atoms in CIF blocks"
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
    if "_cell." in text or "_atom_site." in text:
        text = _DOTTED.sub(r"\1_", text)
    try:
        return gemmi.cif.read_string(text).sole_block()
    except (ValueError, RuntimeError, IndexError) as error:
        raise InputError(f"no valid CIF ({shortened(error, 120)})") from None


def _structure(block, file, record, identity, source) -> RawStructure:
    cell = _cell(block, source.remark)
    # They may be "?", and then they say nothing; several moieties make no formula.
    tags = "_chemical_formula_sum", "_chemical_formula_moiety"
    formulas = [(tag, formula_counts(gemmi.cif.as_string(block.find_value(tag) or "?"))) for tag in tags]
    of, stated_formula = next(((tag, counts) for tag, counts in formulas if counts), (tags[0], None))
    numbers, isotopes, fractional = _atoms(block, stated_formula, source)
    setting, stated = setting_of(gemmi.make_small_structure_from_block(block), source.settings, source.remark)
    operations = source.settings.rotations[setting], source.settings.translations[setting]
    if stated_formula and not agrees(numbers, fractional, cell, operations, stated_formula):
        raise InputError(
            f"{of} is {composition(stated_formula)}, and the listed atoms are {formula(numbers)}: they do not agree",
            remedy=MISSING,
        )
    energy, basis, relative, why_none = _energy(block)
    complete = len(operations[0]) == 1
    # Programs that list the whole cell call every crystal P 1.
    stated = None if complete and str(stated).replace(" ", "") in ("P1", "1") else stated
    return RawStructure(
        file, record, identity, energy, _density(block), cell, setting, numbers, fractional,
        basis, relative, stated, complete, isotopes, why_none,
    )  # fmt: skip


def _cell(block, remark) -> tuple:
    stated = [block.find_value(f"_cell_{name}") or "?" for name in _CELL]
    if "." in stated[3:]:
        remark(_RIGHT_ANGLE)
        stated[3:] = ["90" if value == "." else value for value in stated[3:]]
    cell = tuple(map(gemmi.cif.as_number, stated))
    if not all(map(math.isfinite, cell)):
        raise InputError("the cell is not complete")
    return cell


def _atoms(block, stated_formula, source):
    """Return atomic numbers, isotopes and coordinates; disorder and partial occupation are refused."""
    table = block.find(
        "_atom_site_",
        ["fract_x", "fract_y", "fract_z", "?label", "?type_symbol", "?occupancy", "?disorder_group", "?calc_flag"],
    )
    if len(table) == 0:
        raise InputError("no atoms with fractional coordinates")
    if len(table) > _MOST_ATOMS:
        raise InputError(f"more than {_MOST_ATOMS} atoms")
    columns = [list(table.column(i)) if table.has_column(i) else None for i in range(8)]
    *axes, labels, symbols, occupancies, groups, flags = columns
    labels = [gemmi.cif.as_string(text) for text in labels] if labels else [""] * len(table)
    found = [_of_type(text) for text in symbols] if symbols else [None] * len(table)
    for i, label in enumerate(labels):
        if flags and flags[i].lower() == "dum":
            found[i] = _DUMMY
        elif found[i] is None:
            found[i] = _of_label(label, symbols is not None, stated_formula)
    kept = [i for i, one in enumerate(found) if one is not _DUMMY]
    if not kept:
        raise InputError("no atoms, only centroids or dummies")
    fractional = np.array([[gemmi.cif.as_number(axis[i]) for axis in axes] for i in kept])
    for i, near in zip(kept, (np.abs(fractional) < _FARTHEST).all(axis=1), strict=True):
        _refuse_part_of_an_atom(labels[i], occupancies and occupancies[i], groups and groups[i])
        if not near:
            raise InputError(f"atom {shortened(labels[i])} is not at finite coordinates near the cell")
    source.note(_DUMMIES, len(found) - len(kept))
    source.remark(_BY_LABEL, int(symbols is None or any(gemmi.cif.is_null(symbols[i]) for i in kept)))
    isotopes = bytes(found[i].isotope for i in kept)
    return bytes(found[i].number for i in kept), isotopes if any(isotopes) else b"", fractional


def _refuse_part_of_an_atom(label, occupancy, group):
    if occupancy and not gemmi.cif.as_number(occupancy, 1.0) > _FULL:
        raise InputError(
            f"atom {shortened(label)} is there in part only (occupancy {shortened(occupancy)})", remedy=_ORDER
        )
    if group and group != "0" and not gemmi.cif.is_null(group):
        raise InputError(f"atom {shortened(label)} is disordered", remedy=_ORDER)


@functools.lru_cache(maxsize=4096)
def _of_type(text: str) -> Nuclide | None:
    """Return the element of a type symbol such as C, D or Cl1-, `_DUMMY` for a dummy atom, None where there is none."""
    symbol = gemmi.cif.as_string(text)
    if not symbol:
        return None
    if element(symbol) is None and is_dummy(symbol):
        return _DUMMY
    letters = re.split("[^A-Za-z]", symbol, maxsplit=1)[0]
    found = element(letters) or element(letters[:2]) or element(letters[:1])
    if found is None:
        raise InputError(f"{shortened(symbol)!r} is of no known element")
    return found


def _of_label(label: str, typed: bool, stated_formula) -> Nuclide:
    """Return the element of an atom without a type, or `_DUMMY`.

    Where no atom has a type only Cg1 is a centroid, as PLATON writes it: CG1 is a carbon atom.
    """
    if is_dummy(label) if typed else re.fullmatch(r"Cg\d+", label):
        return _DUMMY
    found = labelled(label, stated_formula)
    if found is None:
        raise InputError(f"atom {shortened(label)!r} is of no known element")
    return found


def _energy(block) -> tuple[float, str, bool, str]:
    """Return the lattice energy (kJ/mol) in the tags of CSP dictionaries, its basis, and whether it is relative.

    The unit may stand behind the value, in a tag beside it (``_predicted_structure.lattice_energy_units``) or in its
    own; the last is why there is none.
    """
    found: dict[bool, tuple[float, str]] = {}
    units: dict[str, str] = {}
    problem = ""
    pairs = list(_pairs(block))
    for tag, value in pairs:
        *words, last = re.split(r"[._]", tag.lower())
        if last in ("unit", "units") and "energy" in words:
            units["".join(words)] = gemmi.cif.as_string(value)
    for tag, value in pairs:
        words = re.split(r"[._]", tag.lower())
        number, unit = _number(value) if "energy" in words else (math.nan, None)
        if set(words) & _OTHER_ENERGY or not math.isfinite(number):
            continue
        if "lattice" not in words:
            problem = problem or f"{shortened(tag, 60)} may be an energy of any kind: call it _lattice_energy"
            continue
        # Dictionaries differ in what stands before; the unit stands behind.
        own = find_unit(" ".join(words[words.index("energy") + 1 :]))
        stated = units.get("".join(words), next(iter(units.values()), "kJ/mol"))
        unit = unit or (parse_unit(stated) if own is None else own[0])
        if unit is None:
            problem = f"the unit {shortened(stated)!r} is not known"
        else:
            basis = "cell" if unit.basis == "cell" else "molecule"
            found.setdefault("relative" in words, (number * unit.factor, basis))
    relative = False not in found
    return *found.get(relative, (math.nan, "molecule")), relative and bool(found), problem


def _number(value) -> tuple[float, Unit | None]:
    """Return a number, with or without its standard uncertainty, and the unit that may stand behind it."""
    number = gemmi.cif.as_number(value)
    if math.isfinite(number):
        return number, None
    try:
        return number_and_unit(gemmi.cif.as_string(value).strip())
    except TwoWays:
        return math.nan, None


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
