"""The descriptors of many crystals, from landscape arrays to values, in one compiled call."""

import numpy as np

from crystalspan._numba import njit, njit_borrowing
from crystalspan.descriptors._angular import (
    FEW,
    FIRST_GAUSSIAN,
    MOST_SEGMENTS,
    STRIDE,
    angular,
    angular_neighbours,
    padded,
)
from crystalspan.descriptors._neighbours import (
    ROWS,
    neighbour_vectors,
    places_within,
    radial,
    radial_width,
    starts,
)
from crystalspan.descriptors._surroundings import (
    bounding_box,
    capacity,
    molecule_images,
    molecule_spheres,
    number_of_molecules,
    orthogonal,
    place_images,
    symmetry_copies,
)
from crystalspan.descriptors._vector import LANES


@njit
def _element_order(element, n_elements):
    """Return the atoms sorted by element (stable)."""
    order = np.empty(len(element), dtype=np.int64)
    count = 0
    for e in range(n_elements):
        for atom in range(len(element)):
            if element[atom] == e:
                order[count] = atom
                count += 1
    return order


@njit
def _surroundings(
    cell, copies, spheres, order, element, molecule, which, alone, cutoff, shifts, positions, placed, start
):
    """Find the atoms within the cutoff of the bounding box of one molecule, sorted by element.

    Returns the room for lattice vectors and positions (3 * room,), taken anew where it was too small.
    """
    centroids, radii = spheres
    box = bounding_box(copies, molecule, which)
    columns = np.empty(len(centroids) + 1, dtype=np.int64)
    axes, triangle = orthogonal(cell)
    needed = molecule_images(cell, axes, triangle, centroids, radii, box, which, cutoff, shifts, columns)
    if 3 * needed > len(shifts):
        shifts = np.empty(6 * needed)
        molecule_images(cell, axes, triangle, centroids, radii, box, which, cutoff, shifts, columns)
    needed = 3 * padded(capacity(molecule, columns, len(copies)), LANES)
    if needed > len(positions):
        positions = np.empty(2 * needed)
    place_images(copies, order, element, molecule, which, alone, shifts, columns, box, cutoff, positions, placed, start)
    return shifts, positions


@njit_borrowing
def _molecule(copies, molecule, which, alone, positions, placed, start, terms, lists, rooms, out):
    """Write the descriptors of the atoms of one molecule into the rows of out (atoms, values).

    ``lists`` are the lists of neighbours near and close, and the room of their rows; ``rooms`` what `write_descriptors`
    took for all molecules.
    """
    near, close, room = lists
    chunk, segments, at, sums, picked, near_start, close_start = rooms
    n_elements = len(start) - 1
    n_radial = n_elements * terms.n_radial
    cutoff = max(terms.radial_cutoff, terms.angular_cutoff)
    for atom in range(len(molecule)):
        if molecule[atom] != which:
            continue
        x, y, z = copies[0, 0, atom], copies[0, 1, atom], copies[0, 2, atom]
        if not alone:
            # No neighbour of its own.
            positions[placed[atom]] = np.inf
        count = places_within(positions, start[n_elements], x, y, z, cutoff, picked)
        if not alone:
            positions[placed[atom]] = x
        starts(picked, count, start, near_start)
        neighbour_vectors(positions, x, y, z, picked, count, near, room)
        radial(near, room, near_start, terms, sums, out[atom])
        angular_neighbours(near, room, near_start, terms, picked, close, close_start)
        angular(close, room, close_start, terms, chunk, segments, at, sums, out[atom, n_radial:])


@njit
def write_descriptors(
    cells, setting, setting_offset, rotations, translations, atom_offset, fractional, element, molecule,
    n_elements, intermolecular, terms, out,
):  # fmt: skip
    """Write the descriptors of all atoms of all crystals into the rows of out (atoms, values)."""
    cutoff = max(terms.radial_cutoff, terms.angular_cutoff)
    height, width = padded(terms.n_shifts, FEW), padded(terms.n_angles, LANES)
    # All room is taken once, and again where a crystal needs more.
    chunk = np.zeros(FIRST_GAUSSIAN + height * STRIDE)
    segments, at = np.empty((MOST_SEGMENTS, 3), np.int64), np.empty(5, np.int64)
    sums = np.empty(max(n_elements * (n_elements + 1) // 2 * height * width, n_elements * radial_width(terms)))
    start = np.zeros(n_elements + 1, np.int64)
    near_start, close_start = np.zeros_like(start), np.zeros_like(start)
    shifts, positions, room = np.empty(3 * 512), np.empty(3 * 1024), 0
    near, close, picked = np.zeros(0), np.zeros(0), np.empty(0, np.int64)
    for i in range(len(cells)):
        first, last = atom_offset[i], atom_offset[i + 1]
        elements, molecules = element[first:last], molecule[first:last]
        operations, end = setting_offset[setting[i]], setting_offset[setting[i] + 1]
        copies = symmetry_copies(cells[i], fractional[first:last], rotations, translations, operations, end)
        order, placed = _element_order(elements, n_elements), np.empty(last - first, np.int64)
        spheres = molecule_spheres(copies, molecules, number_of_molecules(molecules))
        for which in range(number_of_molecules(molecules)):
            shifts, positions = _surroundings(
                cells[i], copies, spheres, order, elements, molecules, which, intermolecular, cutoff,
                shifts, positions, placed, start,
            )  # fmt: skip
            if start[-1] + 2 * LANES > room:
                room = padded(2 * start[-1] + 2 * LANES, LANES)
                near, close, picked = np.zeros(ROWS * room), np.zeros(ROWS * room), np.empty(room, np.int64)
            _molecule(
                copies, molecules, which, intermolecular, positions, placed, start, terms, (near, close, room),
                (chunk, segments, at, sums, picked, near_start, close_start), out[first:last],
            )  # fmt: skip
