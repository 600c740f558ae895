"""Rigid crystals of a small molecule, for the tests of the latent room."""

import functools

import numpy as np

from crystalspan.crystallography.cell import cell_parameters
from crystalspan.descriptors.parameters import SymmetryFunctions
from crystalspan.landscape.file import Structure
from crystalspan.latent.relaxing import Rigid
from crystalspan.sampling.packing import packing
from crystalspan.sampling.trials import points, sample, start

SAMPLING = {"cutoff": 12.0, "taper": 2.0, "first_cutoff": 8.0, "first_pressure": 0.1}
FUNCTIONS = SymmetryFunctions(6.0, 4.0, (2.0, 3.0, 4.0, 5.0), 4.5, 4.0, (2.0, 3.5), 8.0, (0.8, 2.3), "intermolecular")


@functools.cache
def minima(molecule, group, trials=60):
    """A packing, its minima by energy as rigid crystals, and their energies."""
    packed = packing(molecule, group)
    found = sample(packed, np.arange(1, trials + 1), **SAMPLING)
    rows = np.flatnonzero(found.valid)
    rows = rows[np.argsort(found.energy[rows])]
    crystals = Rigid.of_cells(packed, found.cell[rows], found.position[rows], found.rotation[rows])
    return packed, crystals, found.energy[rows]


def trial_crystals(packed, numbers):
    """The sampler's trial crystals before any check; all cells exist."""
    crystals = Rigid(*start(packed, points(packed, np.asarray(numbers))))
    return crystals[np.isfinite(crystals.parameters).all(axis=1)]


def structure_of(packed, crystal):
    """One rigid crystal as a structure of a landscape."""
    cells, fractional = crystal.atoms(packed)
    numbers = packed.molecule.atomic_numbers
    return Structure(
        "rigid",
        cell_parameters(cells[0]),
        packed.rotations,
        packed.translations,
        fractional[0],
        numbers,
        np.zeros(len(numbers), dtype=np.uint8),
    )
