"""CIFs of predicted crystals, with the tags of COMCIFS's draft dictionary.

The dictionary (github.com/COMCIFS/Structure_Prediction_Dictionary, version 0.1 of 24 April 2026) is a draft: what it
called ``_predicted_structure`` is ``_theoretical_structure`` since December 2025. Energies are in kJ/mol, its density
is in kg/m3. All other tags are those of the core dictionary (CIF 1.1, with one tag and value a line).
"""

import uuid
from collections.abc import Iterator

import gemmi
import numpy as np

from crystalspan.crystallography import cell as cells
from crystalspan.crystallography.asymmetric_units import AsymmetricUnit, asymmetric_unit
from crystalspan.crystallography.space_groups import format_operation
from crystalspan.export.columns import NamedCrystals
from crystalspan.formats.records import SYMBOLS, formula

_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/COMCIFS/Structure_Prediction_Dictionary")
_CELL = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
_LONGEST = 200


class CifWriter:
    """Writes the crystals of a landscape; what they share is worked out once.

    Parameters
    ----------
    crystals : NamedCrystals

    Attributes
    ----------
    without_symmetry : list of str
        Names of the crystals that were written as complete cells, since no group of their number fits their atoms.
    """

    def __init__(self, crystals: NamedCrystals):
        self._crystals = crystals
        self._symmetry: dict[bytes, str] = {}
        self._row = {str(one): i for i, one in enumerate(crystals.landscape.id)}
        self._molecules = crystals.molecules.tolist()
        self._volumes = cells.volume(cells.cell_matrix(crystals.landscape.cell)).tolist()
        self.without_symmetry: list[str] = []

    def texts(self) -> Iterator[str]:
        """Yield the CIF of each crystal."""
        for i in range(len(self._crystals.names)):
            yield self._text(i)

    # long: one line a tag.
    def _text(self, i: int) -> str:
        land, name = self._crystals.landscape, self._crystals.names[i]
        unit = self._unit(i)
        first = land.atom_offset[i]
        numbers = land.atomic_number[first + unit.atoms].tolist()
        identity = str(land.id[i])
        lines = [
            "#\\#CIF_1.1",
            f"data_{name}",
            "_exptl.method 'theoretical model'",
            "_csp.data_block_class 'Theoretical Structure'",
            f"_csp.data_block_id {self._uuid(identity)}",
            f"_csp.data_block_description {quoted(identity)}",
            f"_theoretical_structure.csp_input_system_description {quoted(land.name)}",
            f"_theoretical_structure.rank {i + 1}",
            f"_theoretical_structure.absolute_lattice_energy {_number(land.lattice_energy[i])}",
            f"_theoretical_structure.relative_lattice_energy {_number(land.relative_energy[i])}",
            f"_theoretical_structure.calculated_density {_decimals(1000 * float(land.density[i]), 5)}",
        ]
        other = str(land.duplicate_of[i])
        if other in self._row:
            lines += [
                f"_theoretical_structure.cluster_centre_id {self._uuid(other)}",
                f"_theoretical_structure.cluster_centre_description {quoted(other)}",
            ]
        lines += [
            f"_chemical_formula_sum {_formula(land.reference_atomic_number.tolist())}",
            *(f"_cell_{tag} {_decimals(value, 8)}" for tag, value in zip(_CELL, land.cell[i].tolist(), strict=True)),
            f"_cell_volume {_decimals(self._volumes[i], 4)}",
            f"_cell_formula_units_Z {self._molecules[i]}",
            self._operations(
                1 if len(unit.rotations) == 1 else int(land.space_group[i]), unit.rotations, unit.translations
            ),
            "loop_",
            "_atom_site_label",
            "_atom_site_type_symbol",
            "_atom_site_fract_x",
            "_atom_site_fract_y",
            "_atom_site_fract_z",
        ]
        counts: dict[int, int] = {}
        for number, (x, y, z) in zip(numbers, unit.fractional.tolist(), strict=True):
            counts[number] = counts.get(number, 0) + 1
            symbol = SYMBOLS[number]
            lines.append(f"{symbol}{counts[number]} {symbol} {x:.8f} {y:.8f} {z:.8f}")
        return "\n".join(lines) + "\n"

    def _unit(self, i: int) -> AsymmetricUnit:
        land = self._crystals.landscape
        crystal = land.structure(i)
        listed = len(crystal.atomic_number) // max(len(land.reference_atomic_number), 1)
        order = round(len(crystal.rotations) * listed / float(land.z_prime[i]))
        found = asymmetric_unit(
            int(land.space_group[i]),
            order,
            crystal.atomic_number,
            crystal.fractional,
            crystal.cell,
            crystal.rotations,
            crystal.translations,
        )
        if found is not None:
            return found
        self.without_symmetry.append(self._crystals.names[i])
        places = np.einsum("mij,nj->mni", crystal.rotations.astype(np.float64), crystal.fractional)
        places += crystal.translations[:, None]
        rows = np.tile(np.arange(len(crystal.atomic_number)), len(crystal.rotations))
        return AsymmetricUnit(np.eye(3, dtype=np.int8)[None], np.zeros((1, 3)), rows, places.reshape(-1, 3))

    def _operations(self, space_group: int, rotations: np.ndarray, translations: np.ndarray) -> str:
        """The lines of number, symbol and operations of a setting."""
        key = bytes([space_group]) + rotations.tobytes() + translations.tobytes()
        if key not in self._symmetry:
            texts = [format_operation(*operation).lower() for operation in zip(rotations, translations, strict=True)]
            name = _setting_name(texts)
            lines = [f"_space_group_IT_number {space_group}"]
            # Some programs take a question mark for a symbol.
            lines += [f"_space_group_name_H-M_alt {quoted(name)}"] if name else []
            lines += ["loop_", "_space_group_symop_operation_xyz", *(f"'{text}'" for text in texts)]
            self._symmetry[key] = "\n".join(lines)
        return self._symmetry[key]

    def _uuid(self, identity: str) -> uuid.UUID:
        # The same crystal of the same molecule has the same one in every export.
        text = f"{self._crystals.landscape.name}\0{identity}"
        return uuid.uuid5(_SPACE, text.encode("utf-8", "backslashreplace").decode())


def _setting_name(texts: list[str]) -> str:
    """The Hermann-Mauguin symbol of a setting, empty where its axes or origin have none."""
    try:
        setting = gemmi.find_spacegroup_by_ops(gemmi.GroupOps([gemmi.Op(text) for text in texts]))
    except (ValueError, RuntimeError):
        return ""
    return "" if setting is None else setting.xhm()


def quoted(text: str) -> str:
    """A text of any letters as one value of a CIF: in printable ASCII, the others as escapes, and not too long."""
    kept = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    plain = [one if " " <= one <= "~" and one != "'" else _escape(one) for one in kept]
    return "'" + "".join(plain) + "'"


def _escape(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


def _number(value: float) -> str:
    """A number with every digit that it has: energies come back as the same bits."""
    return repr(float(value))


def _decimals(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _formula(numbers: list[int]) -> str:
    words = spaced_formula(formula(numbers))
    return f"'{words}'"


def spaced_formula(text: str) -> str:
    """A formula such as ``C10H6S2`` with blanks between its elements, as CIF has it."""
    return "".join(f" {one}" if one.isupper() else one for one in text).strip()
