"""The descriptors of many crystals, from landscape arrays to values, in one compiled call."""

import numpy as np

from crystalspan._numba import njit
from crystalspan.descriptors._angular import (
    FIRST_GAUSSIAN,
    MOST_SEGMENTS,
    STRIDE,
    angular,
    angular_neighbours,
)
from crystalspan.descriptors._angular import padded as padded_to_tiles
from crystalspan.descriptors._neighbours import ROWS, neighbour_vectors, radial, weigh
from crystalspan.descriptors._surroundings import (
    bounding_box,
    box_distances,
    centre_distances,
    count_images,
    molecule_images,
    molecule_spheres,
    number_of_molecules,
    padded,
    place_images,
    plane_spacings,
    reciprocal,
    select,
    symmetry_copies,
    take,
)


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
def surroundings(cell, copies, order, element, molecule, owners, which, cutoff, n_elements):
    """Return the atoms within the cutoff of the bounding box of one molecule, sorted by element.

    Returns
    -------
    positions : (3, n + padding) float64, angstrom
    owner : (n + padding,) int64
        Owner of an atom of the asymmetric unit itself, -1 for every image.
    start : (n_elements + 1,) int64
        The atoms of element e are ``start[e]:start[e + 1]``.
    """
    n_molecules = number_of_molecules(molecule)
    n_copies = len(copies) * n_molecules
    inverse = reciprocal(cell)
    spacings = plane_spacings(inverse)
    centroids, radii = molecule_spheres(copies, molecule, n_molecules)
    box = bounding_box(copies, molecule, which)
    first, home = np.empty(n_copies + 1, dtype=np.int64), np.empty(n_copies, dtype=np.int64)
    shifts = np.empty((3, 64 * n_copies))
    n_images = molecule_images(cell, inverse, spacings, centroids, radii, box, cutoff, shifts, first, home)
    if n_images > shifts.shape[1]:
        shifts = np.empty((3, n_images))
        molecule_images(cell, inverse, spacings, centroids, radii, box, cutoff, shifts, first, home)
    n = count_images(molecule, first, len(copies))
    everything, everyone = np.empty((3, n)), np.empty(n, dtype=np.int64)
    placed = np.empty(n_elements + 1, dtype=np.int64)
    place_images(copies, order, element, molecule, shifts, first, home, owners, everything, everyone, placed)
    squares = np.empty(n)
    box_distances(everything, box, n, squares)
    picked = np.empty(n + 1, dtype=np.int64)
    start = np.zeros(n_elements + 1, dtype=np.int64)
    for e in range(n_elements):
        start[e + 1] = select(squares, cutoff * cutoff, placed[e], placed[e + 1], picked, start[e])
    kept = start[n_elements]
    positions, owner = np.zeros((3, padded(kept))), np.empty(padded(kept), dtype=np.int64)
    take(everything, everyone, picked, kept, positions, owner)
    return positions, owner, start


@njit
def _molecule(copies, molecule, owners, which, positions, owner, start, terms, out):
    """Write the descriptors of the atoms of one molecule into the rows of out (atoms, values)."""
    n_elements = len(start) - 1
    n, room = start[n_elements], positions.shape[1]
    n_radial = n_elements * terms.n_radial
    cutoff = max(terms.radial_cutoff, terms.angular_cutoff)
    squares, picked = np.empty(room), np.empty(room + 1, dtype=np.int64)
    near, close = np.zeros(ROWS * room), np.zeros(ROWS * room)
    near_start, close_start = np.zeros(n_elements + 1, np.int64), np.zeros(n_elements + 1, np.int64)
    n_shifts, n_pairs = padded_to_tiles(terms.n_shifts), n_elements * (n_elements + 1) // 2
    chunk, sums = (
        np.zeros(FIRST_GAUSSIAN + n_shifts * STRIDE),
        np.empty(n_pairs * n_shifts * padded_to_tiles(terms.n_angles)),
    )
    segments, at = np.empty((MOST_SEGMENTS, 3), np.int64), np.empty(5, np.int64)
    for atom in range(len(molecule)):
        if molecule[atom] != which:
            continue
        x, y, z = copies[0, atom]
        centre_distances(positions, owner, x, y, z, owners[atom], n, squares)
        for e in range(n_elements):
            near_start[e + 1] = select(squares, cutoff * cutoff, start[e], start[e + 1], picked, near_start[e])
        count = near_start[n_elements]
        neighbour_vectors(positions, x, y, z, picked, count, near, room)
        weigh(near, room, count, terms.radial_cutoff)
        radial(near, room, near_start, terms, out[atom])
        angular_neighbours(near, room, near_start, terms, picked, close, close_start)
        angular(close, room, close_start, terms, chunk, segments, at, sums, out[atom, n_radial:])


@njit
def describe(
    cells, setting, setting_offset, rotations, translations, atom_offset, fractional, element, molecule,
    n_elements, intermolecular, terms, out,
):  # fmt: skip
    """Write the descriptors of all atoms of all crystals into the rows of out (atoms, values)."""
    cutoff = max(terms.radial_cutoff, terms.angular_cutoff)
    for i in range(len(cells)):
        first, last = atom_offset[i], atom_offset[i + 1]
        operations = slice(setting_offset[setting[i]], setting_offset[setting[i] + 1])
        elements, molecules = element[first:last], molecule[first:last]
        copies = symmetry_copies(cells[i], fractional[first:last], rotations[operations], translations[operations])
        order = _element_order(elements, n_elements)
        owners = molecules if intermolecular else np.arange(last - first)
        for which in range(number_of_molecules(molecules)):
            positions, owner, start = surroundings(
                cells[i], copies, order, elements, molecules, owners, which, cutoff, n_elements
            )
            _molecule(copies, molecules, owners, which, positions, owner, start, terms, out[first:last])
