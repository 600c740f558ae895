"""From sources to a landscape: read, checked, sorted by energy, with the reasons for what is missing."""

import re
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from crystalspan.crystallography import space_groups
from crystalspan.crystallography.molecules import Molecule
from crystalspan.errors import InputError
from crystalspan.formats.records import Rejection, Settings
from crystalspan.formats.sources import SourceReader
from crystalspan.landscape import checks
from crystalspan.landscape.duplicates import without_duplicates
from crystalspan.landscape.file import Landscape
from crystalspan.landscape.molecules import Checked, whole_molecules
from crystalspan.landscape.reference import NO_REFERENCE, Reference, choose_reference
from crystalspan.landscape.settings import CheckSettings
from crystalspan.printing.csv_files import csv_text
from crystalspan.provenance import write_text
from crystalspan.team import Team


@dataclass(frozen=True)
class Summary:
    """What became of the structures of the sources.

    Attributes
    ----------
    read : int
        Records found, readable or not.
    accepted, rejected, above_window : int
        ``above_window`` passed every check and lie above the largest window.
    passed_over : dict of str to int
        What was seen in the sources and is no structure.
    notes : list of str
        What is worth knowing of the accepted structures.
    """

    read: int
    accepted: int
    rejected: int
    above_window: int
    passed_over: dict
    notes: list


def build_landscape(
    name: str,
    sources,
    settings: CheckSettings,
    *,
    reference: Molecule | None = None,
    space_groups_asked=None,
    largest_relative_energy: float | None = None,
    source_format: str | None = None,
    energies_needed: bool = True,
    provenance: dict | None = None,
    team: Team | None = None,
):
    """Read a molecule's sources and check every structure.

    Parameters
    ----------
    name : str
        The molecule.
    sources : iterable of path-like
        Folders, archives, files and databases of CSP programs.
    settings : CheckSettings
    reference : Molecule, optional
        The molecule that the structures must hold; otherwise the commonest one of the sources.
    space_groups_asked : collection of int, optional
        Numbers of the space groups to keep; all by default.
    largest_relative_energy : float, optional
        kJ/mol above the global minimum; higher structures are left out, and counted.
    source_format : str, optional
        Name of the sources' format; otherwise it is seen from their content.
    energies_needed : bool
        False accepts structures without a lattice energy, such as measured ones, as if it were zero.
    provenance : dict, optional
        Goes into the landscape file.
    team : Team, optional
        The ranks that share the work; the result does not depend on their number.

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
    team = team or Team()
    reader = SourceReader()
    rejected: list[Rejection] = []
    structures, records = [], []
    for source in sources:
        for structure in reader.read(source, source_format, team):
            records.append((structure.file, structure.record))
            (rejected if isinstance(structure, Rejection) else structures).append(structure)
    if not structures:
        raise _nothing_readable(name, sources, rejected)
    if not energies_needed:
        structures = [one if np.isfinite(one.energy) else replace(one, energy=0.0) for one in structures]
    table, notes = reader.settings, []
    checked, molecule = _checked(structures, table, settings, reference, space_groups_asked, rejected, notes, team)
    checked, above = _within_window(checked, largest_relative_energy)
    landscape = _landscape(name, checked, table, molecule, settings, provenance or {}, team)
    place = {record: i for i, record in enumerate(records)}
    rejected.sort(key=lambda one: place[one.file, one.record])
    notes += [f"{number}: {what}" for what, number in sorted(reader.remarks.items())]
    notes += _notes(landscape)
    summary = Summary(len(records), len(landscape), len(rejected), above, dict(reader.passed_over), notes)
    return landscape, rejected, summary


def _nothing_readable(name, sources, rejected):
    first = f"; the first of {len(rejected)}: {rejected[0].record}: {rejected[0].reason}" if rejected else ""
    return InputError(
        f"no structure of {name} can be read{first}",
        file=", ".join(map(str, sources)),
        remedy="give what a CSP program wrote: structure files, an archive of them, or a database",
    )


def _checked(structures, table: Settings, settings: CheckSettings, given, asked, rejected, notes, team):
    """Return the structures that pass every check, and the reference molecule."""
    structures = checks.sound_cells(structures, rejected)
    structures = checks.found_symmetries(structures, table, settings.symmetry_tolerance, team)
    structures = checks.asked_groups(structures, table, asked, rejected)
    structures = checks.stated_energies(structures, rejected)
    structures = checks.single_ids(structures, rejected)
    # The reference is a choice among all: it must not depend on the order of the sources.
    by_energy = sorted(structures, key=lambda structure: (structure.energy, structure.id))
    reference = choose_reference(by_energy, table, given) if structures or given else NO_REFERENCE
    checked = whole_molecules(structures, table, reference, settings, rejected, team)
    checked = checks.sound_densities(checked, settings.density_tolerance, rejected)
    checked = checks.sound_contacts(checked, table, reference, settings, rejected, team)
    checked = checks.without_voids(checked, reference, settings, rejected, notes)
    if checked.relabelled:
        notes.append(f"{checked.relabelled} were put into the reference's atom order")
    other = checks.other_labels(checked, table)
    if other:
        notes.append(f"{len(other)} have another space group than their label says (first: {other[0]})")
    checked = checked.keep(np.lexsort((checked.ids.astype(str), checked.energy)))
    return without_duplicates(checked, table, reference, settings, rejected, team), reference


def _relative_energy(checked: Checked) -> np.ndarray:
    # Energies have a few decimals: without rounding, 10.000000000000014 would fall out of the window of 10.
    return np.round(checked.energy - checked.energy.min(initial=np.inf), 9)


def _within_window(checked: Checked, largest):
    """Return the structures up to the largest relative energy, and the number of the others."""
    if largest is None:
        return checked, 0
    inside = _relative_energy(checked) <= largest
    return checked.keep(inside), int((~inside).sum())


def _landscape(name, checked: Checked, table, reference: Reference, settings, provenance, team) -> Landscape:
    """Pack the checked structures, sorted by energy."""
    setting_offset, rotation, translation = table.packed()
    group = np.array([table.space_group[i] for i in checked.setting], dtype=np.int16)
    numbers = np.frombuffer(reference.numbers, dtype=np.uint8)
    return Landscape(
        name=name,
        id=checked.ids,
        lattice_energy=checked.energy,
        relative_energy=_relative_energy(checked),
        density=checked.density,
        space_group=group,
        space_group_symbol=np.array([space_groups.symbol(int(number)) for number in group], dtype=object),
        cell=np.array([structure.cell for structure in checked.structures], dtype=np.float64).reshape(-1, 6),
        setting=np.asarray(checked.setting, dtype=np.int32),
        z_prime=checked.z_prime,
        source=np.array([_source(structure) for structure in checked.structures], dtype=object),
        setting_offset=setting_offset,
        rotation=rotation,
        translation=translation,
        **_atoms(checked.fractional, numbers),
        reference_atomic_number=numbers,
        reference_positions=reference.positions,
        reference_automorphisms=reference.automorphisms,
        provenance=provenance,
        conformer=checked.conformer,
        found_space_group=checks.groups_within(checked, table, reference, settings.pseudo_symmetry, team),
    ).with_own_settings()


def _atoms(fractional, numbers) -> dict:
    """Return the columns of atoms: `fractional` holds q molecules, one after the other, for each structure."""
    listed = np.array([len(atoms) // len(numbers) for atoms in fractional], dtype=np.int64)
    counted = [np.arange(q, dtype=np.uint8) for q in listed]
    return {
        "atom_offset": np.concatenate([[0], np.cumsum(listed * len(numbers))]),
        "fractional": np.concatenate([np.zeros((0, 3)), *fractional]),
        "atomic_number": np.tile(numbers, listed.sum()),
        "molecule": np.repeat(np.concatenate([np.zeros(0, dtype=np.uint8), *counted]), len(numbers)),
    }


def _source(structure) -> str:
    return f"{structure.file}!{structure.record}" if structure.record else structure.file


def write_rejected(path, rejected: list[Rejection]) -> None:
    """Write the table of rejected structures: file, record, reason, remedy; always with its heading."""
    write_text(path, csv_text(Rejection._fields, rejected))


def _notes(landscape: Landscape) -> list[str]:
    """Say what is particular in the accepted structures."""
    found = landscape.found_space_group
    counts = [
        (landscape.z_prime < 1, "have their molecule on a special position; it was completed by symmetry"),
        (landscape.z_prime > 1, "have more than one symmetry-independent molecule"),
        (landscape.conformer != 0, "hold other conformers than the reference"),
        ((found != 0) & (found != landscape.space_group), "are nearly of another space group (pseudo-symmetry)"),
    ]
    return [f"{rows.sum()} {what}" for rows, what in counts if rows.any()]


def describe(landscape: Landscape, rejected: list[Rejection], summary: Summary) -> str:
    """Say in lines what was read, accepted and rejected, with reasons, and what each space group holds."""
    lines = [
        f"{landscape.name}: {summary.read} structures read, {summary.accepted} accepted, {summary.rejected} rejected"
    ]
    if summary.above_window:
        lines.append(f"  {summary.above_window} lie above the largest window and are left out")
    lines += [f"  {note}" for note in summary.notes]
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
    reason = re.sub(r"^duplicate of .*", "duplicate of another", reason)
    return re.sub(r"(?<![A-Za-z\d])[-+]?\d+\.\d+", "#", reason)
