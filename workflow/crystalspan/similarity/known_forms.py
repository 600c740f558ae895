"""Known forms found in a landscape: which predicted crystal is the measured one, and how close it comes."""

import dataclasses
import os
from collections.abc import Sequence

import numpy as np

from crystalspan.crystallography.molecules import Molecule, bonding_graph, isomorphisms
from crystalspan.crystallography.overlay import MOLECULES, TOLERANCE, Overlays, Tolerance, overlays
from crystalspan.crystallography.packings import MOST_RELABELLINGS, compared_atoms
from crystalspan.errors import InputError
from crystalspan.formats.records import SYMBOLS, Rejection
from crystalspan.landscape.account import Refused
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.file import Landscape
from crystalspan.landscape.reference import best_relabelling, distance_matrix
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults
from crystalspan.similarity.packings import packings


@dataclasses.dataclass(frozen=True)
class Tolerances:
    """When a predicted crystal is the known one.

    Cells measured at room temperature are some per cent larger than predicted ones; over a cluster of 15 small
    molecules that makes a few tenths of an angstrom.

    Parameters
    ----------
    molecules : int
        In the known form's cluster.
    molecule : Tolerance
        When a molecule of the cluster matches.
    rmsd : float, angstrom
        Over a cluster of which all molecules match.
    missing : int
        Near misses: crystals that match all molecules but these.
    most_near : int
        How many near misses are listed.
    """

    molecules: int = MOLECULES
    molecule: Tolerance = TOLERANCE
    rmsd: float = 0.6
    missing: int = 3
    most_near: int = 10

    @classmethod
    def of_section(cls, section: dict) -> "Tolerances":
        """Take the tolerances from the validated section `known_forms`."""
        distance = np.inf if section["molecule_distance"] is None else section["molecule_distance"]
        molecule = Tolerance(section["molecule_rmsd"], distance, section["molecule_angle"])
        return cls(section["molecules"], molecule, section["rmsd"], section["missing"], section["near_misses"])


DEFAULT = Tolerances()


@dataclasses.dataclass(frozen=True)
class MatchedCrystal:
    """A predicted crystal beside a known form.

    Parameters
    ----------
    row : int
        In the landscape.
    rank : int
        Among its crystals without repeats, in order of energy; 1 is the global minimum.
    id : str
    relative_energy : float, kJ/mol above the global minimum
    density : float, g/cm3
    matched : int
    rmsd : float, angstrom
        Over the molecules that match.
    """

    row: int
    rank: int
    id: str
    relative_energy: float
    density: float
    matched: int
    rmsd: float


@dataclasses.dataclass(frozen=True)
class KnownForm:
    """A known form, and where it is in the landscape.

    Parameters
    ----------
    id, source : str
    space_group : int
    density : float, g/cm3
    best : MatchedCrystal or None
        The crystal of most matching molecules, of equally many the closest; None in an empty landscape.
    found : bool
        The best one is the known form, by the tolerances.
    near : list of MatchedCrystal
        Others that come close, best first.
    """

    id: str
    source: str
    space_group: int
    density: float
    best: MatchedCrystal | None
    found: bool
    near: list[MatchedCrystal]


def match_known_forms(
    landscape: Landscape,
    sources: Sequence[str | os.PathLike],
    tolerances: Tolerances = DEFAULT,
    settings: CheckSettings | None = None,
) -> tuple[list[KnownForm], list[Rejection]]:
    """Look for known crystals, such as measured ones, in a landscape.

    Parameters
    ----------
    landscape : Landscape
        Sorted by energy.
    sources : sequence of path-like
        CIF and other files of crystal structures; energies are not needed.
    tolerances : Tolerances
    settings : CheckSettings, optional
        What the known crystals must pass; by default `lenient_settings`.

    Returns
    -------
    known : list of KnownForm
        In the order of their sources; those that list no hydrogen atoms after the others.
    rejected : list of Rejection
        Structures that cannot be compared, and why: those of another molecule, above all.

    Raises
    ------
    InputError
        A source cannot be read, or no structure in it.
    """
    settings = settings or lenient_settings()
    numbers, positions = landscape.reference_atomic_number, landscape.reference_positions
    atoms = compared_atoms(numbers, positions)
    # Repeated crystals would take places in the ranking and match as well as what they repeat.
    rows = np.flatnonzero(landscape.duplicate_of == "")
    predicted = packings(landscape, rows, atoms)
    measured, rejected = _measured(landscape.name, sources, numbers, positions, settings)
    found = _found(landscape, rows, predicted, measured, (numbers[atoms], positions[atoms]), tolerances)
    if rejected and (numbers[atoms] != 1).all():
        # X-ray structures often come without hydrogen, which is not compared anyway.
        bare, still = _measured(landscape.name, sources, numbers[atoms], positions[atoms], settings)
        found += _found(landscape, rows, predicted, bare, (numbers[atoms], positions[atoms]), tolerances)
        others = {(one.file, one.record) for one in still}
        rejected = [one for one in rejected if (one.file, one.record) in others]
    return found, rejected


def _measured(name, sources, numbers, positions, settings) -> tuple[Landscape | None, list[Rejection]]:
    """Read the crystals of a molecule from files that may hold others; None where they hold only others."""
    reference = Molecule(name, tuple(SYMBOLS[number] for number in numbers), positions)
    try:
        measured, rejected, _ = build_landscape(name, sources, settings, reference=reference, energies_needed=False)
    except Refused as error:
        if not error.rejected:
            raise
        return None, error.rejected
    return measured, rejected


def _found(landscape, rows, predicted, measured, molecule, tolerances) -> list[KnownForm]:
    """Lay each measured crystal over all predicted ones."""
    if measured is None:
        return []
    numbers, positions = molecule
    known = packings(measured, atoms=_same_atoms(numbers, positions, measured))
    found = []
    for i in range(len(measured)):
        compared = overlays(known, i, predicted, None, tolerances.molecules, tolerances.molecule)
        told = str(measured.id[i]), str(measured.source[i]), int(measured.space_group[i]), float(measured.density[i])
        found.append(KnownForm(*told, *_judged(landscape, rows, compared, tolerances)))
    return found


def lenient_settings() -> CheckSettings:
    """Return checks for measured crystals: any conformer, rounded densities, contacts as they are, no duplicates."""
    settings = CheckSettings.of_section(with_defaults({})["landscape"])
    return dataclasses.replace(
        settings,
        density_tolerance=np.inf,
        contact_fraction=0.0,
        conformers="accept",
        voids="accept",
        duplicates="none",
    )


def _judged(
    landscape, rows, compared: Overlays, tolerances
) -> tuple[MatchedCrystal | None, bool, list[MatchedCrystal]]:
    """Return the best of a landscape's crystals, whether it is the known form, and the near misses."""
    order = np.lexsort((np.nan_to_num(compared.rmsd, nan=np.inf), -compared.matched))
    listed = [_match(landscape, rows, compared, int(place)) for place in order[: 1 + tolerances.most_near]]
    if not listed:
        return None, False, []
    best = listed[0]
    found = best.matched == tolerances.molecules and best.rmsd <= tolerances.rmsd
    return best, found, [one for one in listed[1:] if one.matched >= tolerances.molecules - tolerances.missing]


def _match(landscape, rows, compared, place) -> MatchedCrystal:
    row = int(rows[place])
    return MatchedCrystal(
        row,
        place + 1,
        str(landscape.id[row]),
        float(landscape.relative_energy[row]),
        float(landscape.density[row]),
        int(compared.matched[place]),
        float(compared.rmsd[place]),
    )


def _same_atoms(numbers, positions, other: Landscape) -> np.ndarray:
    """Return which atom of another landscape's molecule is each of some atoms, (a,) int64.

    Of the assignments that keep elements and bonds the one that changes distances least, mirror images included.
    """
    kept = compared_atoms(other.reference_atomic_number, other.reference_positions)
    theirs = other.reference_atomic_number[kept], other.reference_positions[kept]
    graphs = bonding_graph(numbers, positions), bonding_graph(*theirs)
    mapping, _ = best_relabelling(
        isomorphisms(*graphs, limit=MOST_RELABELLINGS), distance_matrix(positions), distance_matrix(theirs[1])
    )
    if mapping is None:
        raise InputError(
            "the known form holds another molecule than the landscape",
            record=other.name,
            remedy="give crystals of the same molecule, with the same bonds",
        )
    return kept[mapping].astype(np.int64)
