"""From the asymmetric unit to the atoms around a molecule, inside numba."""

import numpy as np

from crystalspan._numba import njit, njit_borrowing, njit_within
from crystalspan.descriptors._elementary import INDEX
from crystalspan.descriptors._vector import LANES, keep_below, larger, load, number_below


@njit
def symmetry_copies(cell, fractional, rotations, translations, first, last):
    """Return the cartesian atoms (m, 3, n) of every symmetry copy of the asymmetric unit, angstrom."""
    n = len(fractional)
    copies = np.empty((last - first, 3, n))
    for op in range(first, last):
        for axis in range(3):
            a = b = c = shift = 0.0
            for k in range(3):
                a += rotations[op, k, 0] * cell[k, axis]
                b += rotations[op, k, 1] * cell[k, axis]
                c += rotations[op, k, 2] * cell[k, axis]
                shift += translations[op, k] * cell[k, axis]
            for atom in range(n):
                f, g, h = fractional[atom, 0], fractional[atom, 1], fractional[atom, 2]
                copies[op - first, axis, atom] = f * a + g * b + h * c + shift
    return copies


@njit_borrowing
def number_of_molecules(molecule):
    """Return the number of symmetry-independent molecules."""
    last = 0
    for which in molecule:
        last = max(last, which)
    return last + 1


@njit
def molecule_spheres(copies, molecule, n_molecules):
    """Return centroids (m * n_molecules, 3) and radii (n_molecules,) of the molecules' copies."""
    m, _, n = copies.shape
    centroids = np.zeros((m * n_molecules, 3))
    radii, sizes = np.zeros(n_molecules), np.zeros(n_molecules)
    for atom in range(n):
        sizes[molecule[atom]] += 1.0
    for op in range(m):
        for axis in range(3):
            for atom in range(n):
                centroids[op * n_molecules + molecule[atom], axis] += copies[op, axis, atom]
            for which in range(n_molecules):
                centroids[op * n_molecules + which, axis] /= sizes[which]
    for atom in range(n):
        square = 0.0
        for axis in range(3):
            square += (copies[0, axis, atom] - centroids[molecule[atom], axis]) ** 2
        radii[molecule[atom]] = max(radii[molecule[atom]], np.sqrt(square))
    return centroids, radii


@njit
def bounding_box(copies, molecule, which):
    """Return the lower and upper corner (2, 3) of a molecule of the asymmetric unit, angstrom."""
    box = np.empty((2, 3))
    for axis in range(3):
        low, high = np.inf, -np.inf
        for atom in range(len(molecule)):
            if molecule[atom] == which:
                low, high = min(low, copies[0, axis, atom]), max(high, copies[0, axis, atom])
        box[0, axis], box[1, axis] = low, high
    return box


@njit
def orthogonal(cell):
    """Return unit vectors (3, 3) along a, in the plane of a and b, and normal to it; and the cell (3, 3) in them.

    The cell's matrix is lower triangular in these axes.
    """
    axes, triangle = np.zeros((3, 3)), np.zeros((3, 3))
    for i in range(3):
        axes[i] = cell[i]
        for j in range(i):
            for k in range(3):
                triangle[i, j] += cell[i, k] * axes[j, k]
            for k in range(3):
                axes[i, k] -= triangle[i, j] * axes[j, k]
        triangle[i, i] = np.sqrt(axes[i, 0] ** 2 + axes[i, 1] ** 2 + axes[i, 2] ** 2)
        for k in range(3):
            axes[i, k] /= triangle[i, i]
    return axes, triangle


@njit_within
def _integers(middle, reach):
    """Return the first integer not below middle - reach, and the one after the last not above middle + reach."""
    return int(np.ceil(middle - reach)), int(np.floor(middle + reach)) + 1


@njit_within
def _outside(x, low, high):
    return max(low - x, x - high, 0.0)


@njit_within
def _images_of_one(cell, axes, triangle, cx, cy, cz, within, box, without_home, shifts, found):
    """Append the lattice vectors that bring a centroid to less than `within` of a box; returns the number so far.

    Goes through the lattice points in the box's sphere only, layer by layer and row by row.
    """
    room = len(shifts) // 3
    reach = 0.25 * ((box[1, 0] - box[0, 0]) ** 2 + (box[1, 1] - box[0, 1]) ** 2 + (box[1, 2] - box[0, 2]) ** 2)
    square = (within + np.sqrt(reach)) ** 2
    mx, my, mz = 0.5 * (box[0, 0] + box[1, 0]), 0.5 * (box[0, 1] + box[1, 1]), 0.5 * (box[0, 2] + box[1, 2])
    dx = axes[0, 0] * (cx - mx) + axes[0, 1] * (cy - my) + axes[0, 2] * (cz - mz)
    dy = axes[1, 0] * (cx - mx) + axes[1, 1] * (cy - my) + axes[1, 2] * (cz - mz)
    dz = axes[2, 0] * (cx - mx) + axes[2, 1] * (cy - my) + axes[2, 2] * (cz - mz)
    first_k, last_k = _integers(-dz / triangle[2, 2], np.sqrt(square) / triangle[2, 2])
    for k in range(first_k, last_k):
        layer = square - (dz + k * triangle[2, 2]) ** 2
        y = dy + k * triangle[2, 1]
        first_j, last_j = _integers(-y / triangle[1, 1], np.sqrt(max(layer, 0.0)) / triangle[1, 1])
        for j in range(first_j, last_j):
            row = layer - (y + j * triangle[1, 1]) ** 2
            x = dx + k * triangle[2, 0] + j * triangle[1, 0]
            first_i, last_i = _integers(-x / triangle[0, 0], np.sqrt(max(row, 0.0)) / triangle[0, 0])
            for i in range(first_i, last_i):
                if without_home and i == 0 and j == 0 and k == 0:
                    continue
                sx = i * cell[0, 0] + j * cell[1, 0] + k * cell[2, 0]
                sy = i * cell[0, 1] + j * cell[1, 1] + k * cell[2, 1]
                sz = i * cell[0, 2] + j * cell[1, 2] + k * cell[2, 2]
                ox = _outside(cx + sx, box[0, 0], box[1, 0])
                oy = _outside(cy + sy, box[0, 1], box[1, 1])
                oz = _outside(cz + sz, box[0, 2], box[1, 2])
                if ox * ox + oy * oy + oz * oz < within * within:
                    if found < room:
                        shifts[found], shifts[room + found], shifts[2 * room + found] = sx, sy, sz
                    found += 1
    return found


@njit_borrowing
def molecule_images(cell, axes, triangle, centroids, radii, box, which, cutoff, shifts, start):
    """Find the lattice images of every molecule copy that reach into the cutoff around a box.

    Fills ``shifts`` (3 * room: x, y, z one after the other) with lattice vectors in angstrom as far as they fit, those
    of copy q at ``start[q]:start[q + 1]``, a whole number of vectors: what is left over is infinite. The molecule
    `which` itself is not among its images. Axes and triangle are those of `orthogonal`. Returns their number; when it
    exceeds the room, the caller comes back with more.
    """
    n_molecules, room = len(radii), len(shifts) // 3
    found = 0
    for copy in range(len(centroids)):
        start[copy] = found
        within = cutoff + radii[copy % n_molecules]
        x, y, z = centroids[copy, 0], centroids[copy, 1], centroids[copy, 2]
        found = _images_of_one(cell, axes, triangle, x, y, z, within, box, copy == which, shifts, found)
        while found % LANES != 0:
            if found < room:
                shifts[found] = shifts[room + found] = shifts[2 * room + found] = np.inf
            found += 1
    start[len(centroids)] = found
    return found


@njit_within
def _append_images(x, y, z, shifts, first, last, box, square, positions, room, count):
    """Append the images of an atom whose squared distance from the box is below `square`; returns the new number."""
    vectors, count, room = INDEX(len(shifts) // 3), INDEX(count), INDEX(room)
    for k in range(INDEX(first), INDEX(last), INDEX(LANES)):
        u, v, w = load(shifts, k) + x, load(shifts, vectors + k) + y, load(shifts, vectors + vectors + k) + z
        ox = larger(larger(box[0, 0] - u, 0.0), u - box[1, 0])
        oy = larger(larger(box[0, 1] - v, 0.0), v - box[1, 1])
        oz = larger(larger(box[0, 2] - w, 0.0), w - box[1, 2])
        outside = ox * ox + oy * oy + oz * oz
        keep_below(outside, square, u, positions, count)
        keep_below(outside, square, v, positions, room + count)
        keep_below(outside, square, w, positions, room + room + count)
        count += number_below(outside, square)
    return np.int64(count)


@njit_borrowing
def place_images(
    copies, order, element, molecule, which, alone, shifts, columns, box, cutoff, positions, placed, start
):
    """Write the atoms within the cutoff of the box, in the order of the elements.

    Parameters
    ----------
    columns : (n_copies + 1,) int64
        Each molecule copy's columns of the shifts.
    alone : bool
        Leave out the molecule `which` itself.
    positions : (3 * room,) float64
        Gets x, y and z, one after the other.
    placed : (n_atoms,) int64
        Gets the place of each atom of the molecule itself.
    start : (n_elements + 1,) int64
        Gets what the places of each element begin with.
    """
    n_molecules = (len(columns) - 1) // len(copies)
    room = len(positions) // 3
    count = at = 0
    for e in range(len(start) - 1):
        start[e] = count
        while at < len(order) and element[order[at]] == e:
            atom = order[at]
            at += 1
            if molecule[atom] == which and not alone:
                placed[atom] = count
                for axis in range(3):
                    positions[axis * room + count] = copies[0, axis, atom]
                count += 1
            for op in range(len(copies)):
                copy = op * n_molecules + molecule[atom]
                x, y, z = copies[op, 0, atom], copies[op, 1, atom], copies[op, 2, atom]
                first, last = columns[copy], columns[copy + 1]
                count = _append_images(x, y, z, shifts, first, last, box, cutoff * cutoff, positions, room, count)
    start[-1] = count
    # What vectors read beyond the last one is too far away to be a neighbour.
    for axis in range(3):
        positions[axis * room + count : axis * room + count + LANES] = np.inf


@njit_borrowing
def capacity(molecule, columns, n_operations):
    """Return how many positions there can be at most, and room for a vector."""
    n_molecules = (len(columns) - 1) // n_operations
    n = LANES
    for which in molecule:
        n += 1
        for op in range(n_operations):
            copy = op * n_molecules + which
            n += columns[copy + 1] - columns[copy]
    return n
