"""Known forms found in a landscape: which predicted crystal is the measured one, and how close it comes."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from crystalspan.crystallography.molecules import Molecule, bonding_graph, isomorphisms
from crystalspan.errors import InputError
from crystalspan.formats.records import SYMBOLS, Rejection
from crystalspan.landscape.build import build_landscape
from crystalspan.landscape.io import Landscape
from crystalspan.landscape.settings import CheckSettings
from crystalspan.settings import with_defaults
from crystalspan.similarity.overlay import MOLECULES, TOLERANCE, Overlays, Tolerance, overlays
from crystalspan.similarity.packings import compared_atoms, packings


class Tolerances(NamedTuple):
    """When a predicted crystal is the known one.

    Cells measured at room temperature are some per cent larger than predicted ones; over a cluster of 15 small
    molecules that makes a few tenths of an angstrom.

    Attributes
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


DEFAULT = Tolerances()


class Match(NamedTuple):
    """A predicted crystal beside a known form.

    Attributes
    ----------
    row, rank : int
        In the landscape; rank 1 is the lowest in energy.
    id : str
    relative_energy : float, kJ/mol above the global minimum
    matched : int
    rmsd : float, angstrom
        Over the molecules that match.
    """

    row: int
    rank: int
    id: str
    relative_energy: float
    matched: int
    rmsd: float


class KnownForm(NamedTuple):
    """A known form, and where it is in the landscape.

    Attributes
    ----------
    id, source : str
    space_group : int
    density : float, g/cm3
    best : Match or None
        The crystal of most matching molecules, of equally many the closest; None in an empty landscape.
    found : bool
        The best one is the known form, by the tolerances.
    near : list of Match
        Others that come close, best first.
    """

    id: str
    source: str
    space_group: int
    density: float
    best: Match | None
    found: bool
    near: list[Match]


def match_known_forms(
    landscape: Landscape, sources, tolerances: Tolerances = DEFAULT, settings: CheckSettings | None = None
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
    rejected : list of Rejection
        Structures that cannot be compared, and why: those of another molecule or without their hydrogen atoms.

    Raises
    ------
    InputError
        A source cannot be read, or no structure in it.
    """
    reference = Molecule(
        landscape.name,
        tuple(SYMBOLS[number] for number in landscape.reference_atomic_number),
        landscape.reference_positions,
    )
    measured, rejected, _ = build_landscape(
        landscape.name,
        sources,
        settings or lenient_settings(),
        reference=reference,
        energies_needed=False,
    )
    if not len(measured):
        return [], rejected
    atoms = compared_atoms(landscape.reference_atomic_number, landscape.reference_positions)
    known = packings(measured, atoms=_same_atoms(landscape, measured)[atoms])
    predicted = packings(landscape, atoms=atoms)
    found = []
    for i in range(len(measured)):
        compared = overlays(known, i, predicted, None, tolerances.molecules, tolerances.molecule)
        best, is_known, near = judged(landscape, compared, tolerances)
        found.append(
            KnownForm(
                str(measured.id[i]),
                str(measured.source[i]),
                int(measured.space_group[i]),
                float(measured.density[i]),
                best,
                is_known,
                near,
            )
        )
    return found, rejected


def lenient_settings() -> CheckSettings:
    """Return checks for measured crystals: any conformer, rounded densities, contacts as they are, no duplicates."""
    settings = CheckSettings.of_section(with_defaults({}, "landscape"))
    return replace(settings, density_tolerance=np.inf, contact_fraction=0.0, conformers="accept", duplicates="none")


def judged(landscape: Landscape, compared: Overlays, tolerances: Tolerances) -> tuple[Match | None, bool, list[Match]]:
    """Return the best of a landscape's crystals, whether it is the known form, and the near misses."""
    order = np.lexsort((np.nan_to_num(compared.rmsd, nan=np.inf), -compared.matched))
    listed = [_match(landscape, compared, int(row)) for row in order[: 1 + tolerances.most_near]]
    if not listed:
        return None, False, []
    best = listed[0]
    found = best.matched == tolerances.molecules and best.rmsd <= tolerances.rmsd
    return best, found, [one for one in listed[1:] if one.matched >= tolerances.molecules - tolerances.missing]


def _match(landscape, compared, row) -> Match:
    return Match(
        row,
        row + 1,
        str(landscape.id[row]),
        float(landscape.relative_energy[row]),
        int(compared.matched[row]),
        float(compared.rmsd[row]),
    )


def _same_atoms(landscape: Landscape, other: Landscape) -> np.ndarray:
    """Return which atom of another landscape's molecule is each of the landscape's, (n,) int."""
    graphs = [bonding_graph(one.reference_atomic_number, one.reference_positions) for one in (landscape, other)]
    mappings = isomorphisms(*graphs, limit=1)
    if not len(mappings):
        raise InputError(
            "the known form holds another molecule than the landscape",
            record=landscape.name,
            remedy="give crystals of the same molecule, with the same bonds",
        )
    return mappings[0].astype(np.int64)
