"""From sources to a landscape: read, checked, sorted by energy, with the reasons for what is missing."""

import dataclasses
from collections.abc import Collection, Sequence

import numpy as np

from crystalspan.arrays import PathLike
from crystalspan.crystallography import space_groups
from crystalspan.crystallography.molecules import Molecule
from crystalspan.formats.records import RawStructure, Rejection, Settings
from crystalspan.formats.sources import SourceReader
from crystalspan.landscape import checks, symmetries
from crystalspan.landscape.account import Account, below_the_minimum, count_reasons, nothing_accepted
from crystalspan.landscape.conformers import conformers
from crystalspan.landscape.duplicates import same_as
from crystalspan.landscape.file import Landscape
from crystalspan.landscape.freedom import own_degrees_of_freedom
from crystalspan.landscape.molecules import Checked, energies_per_molecule, make_whole
from crystalspan.landscape.reference import Reference, choose_reference
from crystalspan.landscape.remarks import energy_remarks
from crystalspan.landscape.settings import CheckSettings
from crystalspan.team import Team


# long: the steps of the stage in their order, and what is told of each.
def build_landscape(
    name: str,
    sources: Sequence[PathLike],
    settings: CheckSettings,
    *,
    reference: Molecule | None = None,
    space_groups_asked: Collection[int] | None = None,
    largest_relative_energy: float | None = None,
    source_format: str | None = None,
    energies_needed: bool = True,
    provenance: dict | None = None,
    team: Team | None = None,
) -> tuple[Landscape, list[Rejection], Account]:
    """Read a molecule's sources and check every structure.

    Parameters
    ----------
    name : str
        The molecule.
    sources : sequence of path-like
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
    account : Account

    Raises
    ------
    InputError
        A source is missing or of no known kind.
    Refused
        No structure can be taken; the error holds what was found.
    """
    team = team or Team()
    reader = SourceReader()
    rejected: list[Rejection] = []
    structures: list[RawStructure] = []
    records: list[tuple[str, str]] = []
    for source in sources:
        for structure in reader.read(source, source_format, team):
            records.append((structure.file, structure.record))
            if isinstance(structure, Rejection):
                rejected.append(structure)
            else:
                structures.append(structure)
    if not energies_needed:
        structures = [one if np.isfinite(one.energy) else dataclasses.replace(one, energy=0.0) for one in structures]
        settings = dataclasses.replace(settings, largest_gap=np.inf)
    table = reader.settings
    notes: list[str] = []
    checked, molecule = _checked(structures, table, settings, reference, space_groups_asked, rejected, notes, team)
    place = {record: i for i, record in enumerate(records)}
    rejected.sort(key=lambda one: place[one.file, one.record])
    notes += [f"{number}: {what}" for what, number in sorted(reader.remarks.items())]
    account = Account(
        read=len(records),
        rejected=len(rejected),
        reasons=count_reasons(rejected),
        passed_over=reader.passed_over_named(),
        notes=notes,
    )
    if not checked:
        raise nothing_accepted(name, sources, account, rejected)
    warnings = _warnings(checked, structures, rejected, table, molecule, settings) if energies_needed else []
    checked, above = _within_window(checked, largest_relative_energy)
    landscape, shapes = _landscape(name, checked, table, molecule, settings, provenance or {}, team)
    account = dataclasses.replace(
        account,
        accepted=len(landscape),
        above_window=above,
        duplicates=int((landscape.duplicate_of != "").sum()),
        analysed=int(landscape.analysed.sum()),
        conformers=shapes,
        notes=notes + _notes(landscape, shapes),
        warnings=warnings,
    )
    return landscape, rejected, account


def _warnings(checked: Checked, structures, rejected, table, reference: Reference, settings) -> list[str]:
    """Say what is odd about the energies, before the window is cut: above a collapsed minimum nothing would be left."""
    # A cell holds as many molecules as it has atoms for.
    atoms = [len(table.rotations[one.setting]) * len(one.numbers) for one in structures]
    molecules = np.array(atoms, dtype=np.float64) / len(reference.numbers)
    energies = energies_per_molecule(structures, molecules, settings.energy_basis).tolist()
    known = {(one.file, one.record): energy for one, energy in zip(structures, energies, strict=True)}
    relative = any(one.energy_is_relative for one in checked.structures)
    return below_the_minimum(float(checked.energy[0]), rejected, known) + energy_remarks(
        checked.energy, checked.ids, relative=relative
    )


def _checked(structures, table: Settings, settings: CheckSettings, given, asked, rejected, notes, team):
    """Return the structures that pass every check, sorted by energy, and the reference molecule; None: no structure."""
    structures = checks.sound_cells(structures, rejected)
    structures = symmetries.fitting_operations(structures, table, rejected)
    structures = symmetries.found_symmetries(structures, table, settings.symmetry_tolerance, team)
    structures = checks.asked_groups(structures, table, asked, rejected)
    structures = checks.stated_energies(structures, rejected)
    structures = checks.single_ids(structures, rejected)
    if not structures:
        return None, None
    # The reference is a choice among all: it must not depend on the order of the sources.
    by_energy = sorted(structures, key=lambda structure: (structure.energy, structure.id))
    reference = choose_reference(by_energy, table, given, rejected)
    if reference is None:
        return None, None
    checked = make_whole(structures, table, reference, settings, rejected, team)
    checked = checks.sound_densities(checked, table, settings.density_tolerance, rejected, notes)
    checked = checks.sound_contacts(checked, table, reference, settings, rejected, team)
    checked = checks.without_voids(checked, reference, settings, rejected, notes)
    if checked.relabelled:
        notes.append(f"{checked.relabelled} were put into the reference's atom order")
    other = checks.other_labels(checked, table)
    if other:
        notes.append(f"{len(other)} have another space group than their label says (first: {other[0]})")
    checked = checked.keep(np.lexsort((checked.ids.astype(str), checked.energy)))
    return checks.without_outliers(checked, settings.largest_gap, rejected), reference


def _relative_energy(checked: Checked) -> np.ndarray:
    # Energies have a few decimals: without rounding, 10.000000000000014 would fall out of the window of 10.
    return np.round(checked.energy - checked.energy.min(initial=np.inf), 9)


def _within_window(checked: Checked, largest):
    """Return the structures up to the largest relative energy, and the number of the others."""
    if largest is None:
        return checked, 0
    inside = _relative_energy(checked) <= largest
    return checked.keep(inside), int((~inside).sum())


def _landscape(name, checked: Checked, table, reference: Reference, settings, provenance, team):
    """Pack the checked structures, sorted by energy; say how many conformers they hold, too."""
    first = same_as(checked, table, reference, settings, team)
    repeated = first != np.arange(len(checked))
    conformer, shapes = conformers(checked.fractional, checked.matrices, reference, settings.conformer_tolerance)
    setting_offset, rotation, translation = table.packed()
    group = np.array([table.space_group[i] for i in checked.setting], dtype=np.int16)
    numbers = np.frombuffer(reference.numbers, dtype=np.uint8)
    landscape = Landscape(
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
        conformer=conformer,
        found_space_group=checks.groups_within(checked, table, reference, settings.pseudo_symmetry, team),
        duplicate_of=np.where(repeated, checked.ids[first], ""),
        analysed=~repeated | (settings.structures == "all"),
        degrees_of_freedom=own_degrees_of_freedom(checked, table),
    )
    return landscape.with_own_settings(), shapes


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


def _notes(landscape: Landscape, shapes: int) -> list[str]:
    """Say what is particular in the accepted structures."""
    found = landscape.found_space_group
    other = "hold other conformers than the reference"
    counts = [
        (landscape.z_prime < 1, "have their molecule on a special position; it was completed by symmetry"),
        (landscape.z_prime > 1, "have more than one symmetry-independent molecule"),
        (landscape.conformer != 0, f"{other} ({shapes} conformers among all)"),
        ((found != 0) & (found != landscape.space_group), "are nearly of another space group (pseudo-symmetry)"),
    ]
    return [f"{rows.sum()} {what}" for rows, what in counts if rows.any()]


def describe(landscape: Landscape, account: Account) -> str:
    """Say in lines what each space group holds, what is particular, and last what was read, accepted and rejected."""
    groups = zip(*np.unique(landscape.space_group, return_counts=True), strict=True)
    lines = [f"  {space_groups.symbol(int(number)):>8} ({number}): {count}" for number, count in groups]
    lines += [f"  {note}" for note in account.notes]
    lines += [f"  passed over: {number} {what}" for what, number in sorted(account.passed_over.items())]
    return "\n".join([*lines, *account.lines(landscape.name)])
