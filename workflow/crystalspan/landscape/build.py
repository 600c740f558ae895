"""From sources to a landscape: read, checked, sorted by energy, with the reasons for what is missing."""

import csv
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

from crystalspan.crystallography import space_groups
from crystalspan.crystallography.molecules import Molecule
from crystalspan.errors import InputError
from crystalspan.formats.records import Rejection, Settings
from crystalspan.formats.sources import SourceReader
from crystalspan.landscape import checks
from crystalspan.landscape.io import Landscape
from crystalspan.landscape.matching import Reference, choose_reference
from crystalspan.provenance import atomic_output


@dataclass(frozen=True)
class Summary:
    """What became of the structures of the sources.

    Attributes
    ----------
    read : int
        Records found, readable or not.
    accepted, rejected, above_window, relabelled : int
        ``above_window`` passed every check and lie above the largest window.
    passed_over : dict of str to int
        What was seen in the sources and is no structure.
    """

    read: int
    accepted: int
    rejected: int
    above_window: int
    relabelled: int
    passed_over: dict


def build_landscape(
    name: str,
    sources,
    settings: checks.CheckSettings,
    *,
    reference: Molecule | None = None,
    space_groups_asked=None,
    largest_relative_energy: float | None = None,
    provenance: dict | None = None,
):
    """Read a molecule's sources and check every structure.

    Parameters
    ----------
    name : str
        The molecule.
    sources : iterable of path-like
        Folders, zip archives, .res files, mol-CSPy databases.
    settings : CheckSettings
    reference : Molecule, optional
        The molecule that the structures must hold; otherwise the commonest one of the sources.
    space_groups_asked : collection of int, optional
        Numbers of the space groups to keep; all by default.
    largest_relative_energy : float, optional
        kJ/mol above the global minimum; higher structures are left out, and counted.
    provenance : dict, optional
        Goes into the landscape file.

    Returns
    -------
    landscape : Landscape
    rejected : list of Rejection
        In the order of the sources.
    summary : Summary

    Raises
    ------
    InputError
        A source is missing or of no known kind, or holds no structure that can be read.
    """
    reader = SourceReader()
    rejected: list[Rejection] = []
    structures, records = [], []
    for source in sources:
        for structure in reader.read(source):
            records.append((structure.file, structure.record))
            (rejected if isinstance(structure, Rejection) else structures).append(structure)
    if not structures:
        raise _nothing_readable(name, sources, rejected)
    checked, molecule = _checked(structures, reader.settings, settings, reference, space_groups_asked, rejected)
    landscape, above = _landscape(name, checked, reader.settings, molecule, largest_relative_energy, provenance or {})
    place = {record: i for i, record in enumerate(records)}
    rejected.sort(key=lambda one: place[one.file, one.record])
    summary = Summary(len(records), len(landscape), len(rejected), above, checked.relabelled, dict(reader.passed_over))
    return landscape, rejected, summary


def _nothing_readable(name, sources, rejected):
    first = f"; the first of {len(rejected)}: {rejected[0].record}: {rejected[0].reason}" if rejected else ""
    return InputError(
        f"no structure of {name} can be read{first}",
        file=", ".join(map(str, sources)),
        remedy="give .res files, a zip of them, or a mol-CSPy database",
    )


def _checked(structures, table: Settings, settings, given, space_groups_asked, rejected):
    structures = checks.asked_groups(structures, table, space_groups_asked, rejected)
    structures = checks.stated_energies(structures, rejected)
    structures = checks.sound_cells(structures, rejected)
    structures = checks.single_ids(structures, rejected)
    # The reference is a choice among all: it must not depend on the order of the sources.
    by_energy = sorted(structures, key=lambda structure: (structure.energy, structure.id))
    molecule = choose_reference(by_energy, table, given) if structures or given else None
    if molecule is None:
        return _none_checked(), None
    checked = checks.whole_molecules(structures, table, molecule, settings.distance_tolerance, rejected)
    checked = checks.sound_densities(checked, settings.density_tolerance, rejected)
    return checks.sound_contacts(checked, table, molecule, settings, rejected), molecule


def _none_checked() -> checks.Checked:
    return checks.Checked([], np.zeros((0, 3, 3)), np.zeros((0, 0, 3)), np.zeros(0, int), np.zeros(0), np.zeros(0))


def _landscape(name, checked, table, molecule: Reference | None, largest, provenance):
    """Sort the checked structures by energy and pack them; return the number above the largest energy too."""
    energy = np.array([structure.energy for structure in checked.structures], dtype=np.float64)
    ids = np.array([structure.id for structure in checked.structures], dtype=object)
    order = np.lexsort((ids.astype(str), energy)) if len(ids) else np.zeros(0, dtype=np.int64)
    # Energies have a few decimals: without rounding, 10.000000000000014 would fall out of the window of 10.
    relative = np.round(energy - energy.min(), 9) if len(ids) else energy
    if largest is not None:
        order = order[relative[order] <= largest]
    checked = checked.keep(order)
    setting, packed = _used_settings(checked.setting, table)
    group = np.array([table.space_group[i] for i in checked.setting], dtype=np.int16)
    numbers = np.frombuffer(molecule.numbers if molecule else b"", dtype=np.uint8)
    n = len(numbers)
    landscape = Landscape(
        name=name,
        id=ids[order],
        lattice_energy=energy[order],
        relative_energy=relative[order],
        density=checked.density,
        space_group=group,
        space_group_symbol=np.array([space_groups.symbol(int(number)) for number in group], dtype=object),
        cell=np.array([structure.cell for structure in checked.structures], dtype=np.float64).reshape(-1, 6),
        setting=setting,
        z_prime=checked.z_prime,
        source=np.array([_source(structure) for structure in checked.structures], dtype=object),
        setting_offset=packed[0],
        rotation=packed[1],
        translation=packed[2],
        atom_offset=np.arange(len(order) + 1, dtype=np.int64) * n,
        fractional=np.ascontiguousarray(checked.fractional.reshape(-1, 3)),
        atomic_number=np.tile(numbers, len(order)),
        molecule=np.zeros(len(order) * n, dtype=np.uint8),
        reference_atomic_number=numbers,
        reference_positions=molecule.positions if molecule else np.zeros((0, 3)),
        reference_automorphisms=molecule.automorphisms if molecule else np.zeros((0, 0), np.int32),
        provenance=provenance,
    )
    return landscape, len(energy) - len(order)


def _used_settings(setting, table: Settings):
    """Number the settings in the order in which the sorted structures use them."""
    used = list(dict.fromkeys(setting.tolist()))
    small = Settings()
    for row in used:
        small.rotations.append(table.rotations[row])
        small.translations.append(table.translations[row])
    place = {row: i for i, row in enumerate(used)}
    return np.array([place[row] for row in setting.tolist()], dtype=np.int32), small.packed()


def _source(structure) -> str:
    return f"{structure.file}!{structure.record}" if structure.record else structure.file


def write_rejected(path, rejected: list[Rejection]) -> None:
    """Write the table of rejected structures: file, record, reason, remedy; always with its heading."""
    with atomic_output(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(Rejection._fields)
        table.writerows(rejected)


def describe(landscape: Landscape, rejected: list[Rejection], summary: Summary) -> str:
    """Say in lines what was read, accepted and rejected, with reasons, and what each space group holds."""
    lines = [
        f"{landscape.name}: {summary.read} structures read, {summary.accepted} accepted, {summary.rejected} rejected"
    ]
    if summary.above_window:
        lines.append(f"  {summary.above_window} lie above the largest window and are left out")
    if summary.relabelled:
        lines.append(f"  {summary.relabelled} were put into the reference's atom order")
    half = int(np.sum(landscape.z_prime < 1))
    if half:
        lines.append(f"  {half} have their molecule on a special position; it was completed by symmetry")
    for what, number in sorted(summary.passed_over.items()):
        lines.append(f"  passed over: {number} {what}")
    for reason, number in Counter(_kind_of_reason(one.reason) for one in rejected).most_common():
        lines.append(f"  rejected: {number}: {reason}")
    for number, count in zip(*np.unique(landscape.space_group, return_counts=True), strict=True):
        lines.append(f"  {space_groups.symbol(int(number)):>8} ({number}): {count}")
    return "\n".join(lines)


def _kind_of_reason(reason: str) -> str:
    """Drop the particulars of a reason, so that like reasons are counted together."""
    reason = re.sub(r"^line \d+: ", "", reason)
    reason = re.sub(r"^id \S+ occurs again.*", "id occurs again", reason)
    return re.sub(r"(?<![A-Za-z\d])[-+]?\d+\.\d+", "#", reason)
