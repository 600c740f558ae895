"""Landscapes to export, and plain readers of what was written."""

import csv
import io
import json
import zipfile

import gemmi
import numpy as np

from crystalspan.crystallography.cell import cell_matrix
from crystalspan.export.folder import Given, write_export
from crystalspan.formats.res_writer import format_res
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults
from naive.landscape import cell_atoms

DATE = "2026-11-25"
# Crystals that are put anywhere may touch, and leave holes.
LENIENT = {
    "contact_distance": 0,
    "contact_fraction": 0,
    "voids": "accept",
    "density_tolerance": 10,
    "duplicates": {"method": "none"},
}


def section_with(**changes) -> dict:
    return with_defaults({"export": {"date": DATE, **changes}})["export"]


def exported(folder, landscape, given=None, **changes):
    return write_export(folder, landscape, section_with(**changes), given or Given())


def build(source, name="toy", **checks):
    """The landscape of a source, of which nothing is rejected."""
    section = with_defaults({"landscape": {**LENIENT, **checks}})["landscape"]
    landscape, rejected, _ = build_landscape(name, [source], CheckSettings.of_section(section))
    assert rejected == []
    return landscape


def of_texts(path, texts, **checks):
    """The landscape of .res texts by name."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in texts.items():
            archive.writestr(f"{name}.res", text)
    return build(path, **checks)


def res_text(name, energy, crystal, rows=None, operations=None):
    """A crystal of `naive.landscape`, or only some of its atoms, as .res text."""
    rows = range(len(crystal.symbols)) if rows is None else rows
    symbols = [crystal.symbols[i] for i in rows]
    group = crystal.number if operations is None else operations
    return format_res(name, energy, 1.0, crystal.cell, group, symbols, crystal.fractional[list(rows)])


def atoms_of(landscape, i):
    """Every atom of a crystal's cell: (element, fractional)."""
    one = landscape.structure(i)
    return cell_atoms(one.fractional, one.atomic_number, cell_matrix(one.cell), one.rotations, one.translations)


def cifs(folder) -> dict[str, str]:
    """The CIFs by name, as they stand in the archive."""
    with zipfile.ZipFile(folder / "structures.zip") as archive:
        names = archive.namelist()
        assert all(name.startswith("structures/") and name.endswith(".cif") for name in names)
        return {name[11:-4]: archive.read(name).decode("ascii") for name in names}


def gemmi_atoms(text):
    """Every atom of a CIF's cell, as gemmi unfolds it; its group's number, and the block."""
    block = gemmi.cif.read_string(text).sole_block()
    small = gemmi.make_small_structure_from_block(block)
    small.setup_cell_images()
    found = [(site.element.atomic_number, np.array(site.fract.tolist())) for site in small.get_all_unit_cell_sites()]
    return found, small.spacegroup_number, block


def rows_of(folder) -> list[dict]:
    with open(folder / "structures.csv", newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def json_of(folder, name):
    return json.loads((folder / name).read_text("utf-8"))


def ase_atoms(text, format):
    from ase.io import read

    return read(io.StringIO(text), index=":", format=format)
