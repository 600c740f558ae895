"""Crystals of a landscape that are the same packing, confirmed by laying one over the other."""

from crystalspan.crystallography.repeats import DEFAULT, Duplicates, Windows, confirmed
from crystalspan.landscape.file import Landscape
from crystalspan.similarity.distances import element_distances
from crystalspan.similarity.packings import packings


def duplicates_of(landscape: Landscape, windows: Windows = DEFAULT) -> Duplicates:
    """Find the crystals of a landscape that are the same packing, within and across space groups.

    Parameters
    ----------
    landscape : Landscape
        Sorted by energy, as landscapes are.
    windows : Windows
    """
    distances = element_distances(landscape, neighbours=windows.neighbours)
    return confirmed(landscape.lattice_energy, landscape.density, distances, packings(landscape), windows)
