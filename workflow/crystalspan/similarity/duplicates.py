"""Crystals of a landscape that are the same packing, confirmed by laying one over the other."""

from crystalspan.crystallography.repeats import DEFAULT, Duplicates, Windows, confirmed
from crystalspan.landscape.file import Landscape
from crystalspan.similarity.packings import packings


def duplicates_of(landscape: Landscape, windows: Windows = DEFAULT) -> Duplicates:
    """Find the crystals of a landscape that are the same packing, within and across space groups.

    Parameters
    ----------
    landscape : Landscape
        Sorted by energy, as landscapes are.
    windows : Windows
    """
    return confirmed(landscape.lattice_energy, landscape.density, packings(landscape), windows)
