"""What is odd about the energies of a landscape as a whole, for the log and the summary."""

from collections.abc import Sequence

import numpy as np

from crystalspan.arrays import ArrayLike

# Windows count from the minimum: a structure so far below all others would leave the landscape to itself.
FAR_BELOW = 10.0  # kJ/mol


def energy_remarks(
    energies: ArrayLike, ids: Sequence[str] | np.ndarray | None = None, *, relative: bool = False
) -> list[str]:
    """Return what a user should look at before believing the energies; nothing is rejected for it.

    Give all structures that passed the checks, those above the largest window too: where a collapsed structure is the
    global minimum, all others lie above every window.

    Parameters
    ----------
    energies : (n,) float
        kJ/mol per molecule, in any order.
    ids : sequence of str, optional
        Names of the structures, in the same order.
    relative : bool
        The energies count from a global minimum instead of from the gas phase.
    """
    energies = np.asarray(energies, dtype=np.float64)
    if len(energies) == 0:
        return []
    found = []
    order = np.argsort(energies, kind="stable")
    lowest = energies[order[0]]
    who = f" ({ids[order[0]]})" if ids is not None else ""
    if len(energies) > 1:
        gap = energies[order[1]] - lowest
        if gap > FAR_BELOW:
            found.append(
                f"the global minimum{who}, {lowest:.2f} kJ/mol, lies {gap:.1f} kJ/mol below the next "
                "structure: look whether its energy is right, for every window counts from it"
            )
        if np.ptp(energies) == 0:
            found.append(f"all {len(energies)} energies are equal ({lowest:.2f} kJ/mol): are they lattice energies?")
    if relative and lowest > 0:
        found.append(f"the lowest relative energy is {lowest:.2f} kJ/mol{who}: the structure at 0 is missing")
    elif not relative and lowest > 0:
        found.append(f"all energies are positive (the lowest is {lowest:.2f} kJ/mol): are they lattice energies?")
    return found
