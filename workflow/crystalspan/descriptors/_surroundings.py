"""From the asymmetric unit to the atoms around a molecule, inside numba."""

import numpy as np

from crystalspan._numba import njit
from crystalspan.descriptors._elementary import ELEMENTWISE, INDEX, LANES


@njit
def reciprocal(cell):
    """Return the inverse (3, 3) of a cell: its columns are the reciprocal vectors, 1/angstrom."""
    inverse = np.empty((3, 3))
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        for axis in range(3):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            inverse[axis, i] = cell[j, u] * cell[k, v] - cell[j, v] * cell[k, u]
    volume = 0.0
    for axis in range(3):
        volume += cell[0, axis] * inverse[axis, 0]
    for i in range(3):
        for axis in range(3):
            inverse[axis, i] /= volume
    return inverse


@njit
def plane_spacings(inverse):
    """Return the spacings (3,) of the planes (100), (010), (001), angstrom: one over the reciprocal lengths."""
    spacings = np.empty(3)
    for i in range(3):
        square = 0.0
        for axis in range(3):
            square += inverse[axis, i] ** 2
        spacings[i] = 1.0 / np.sqrt(square)
    return spacings


@njit
def symmetry_copies(cell, fractional, rotations, translations):
    """Return the cartesian atoms (m, n, 3) of every symmetry copy of the asymmetric unit, angstrom."""
    m, n = len(rotations), len(fractional)
    copies = np.empty((m, n, 3))
    matrix = np.empty((3, 3))
    shift = np.empty(3)
    for op in range(m):
        for row in range(3):
            for column in range(3):
                value = 0.0
                for k in range(3):
                    value += rotations[op, k, row] * cell[k, column]
                matrix[row, column] = value
            shift[row] = 0.0
            for k in range(3):
                shift[row] += translations[op, k] * cell[k, row]
        for atom in range(n):
            f, g, h = fractional[atom]
            for axis in range(3):
                copies[op, atom, axis] = f * matrix[0, axis] + g * matrix[1, axis] + h * matrix[2, axis] + shift[axis]
    return copies


@njit
def number_of_molecules(molecule):
    """Return the number of symmetry-independent molecules."""
    last = 0
    for which in molecule:
        last = max(last, which)
    return last + 1


@njit
def molecule_spheres(copies, molecule, n_molecules):
    """Return centroids (m * n_molecules, 3) and radii (n_molecules,) of the molecules' copies."""
    m, n, _ = copies.shape
    centroids = np.zeros((m * n_molecules, 3))
    radii = np.zeros(n_molecules)
    sizes = np.zeros(n_molecules)
    for atom in range(n):
        sizes[molecule[atom]] += 1.0
    for op in range(m):
        for atom in range(n):
            for axis in range(3):
                centroids[op * n_molecules + molecule[atom], axis] += copies[op, atom, axis]
        for which in range(n_molecules):
            for axis in range(3):
                centroids[op * n_molecules + which, axis] /= sizes[which]
    for atom in range(n):
        square = 0.0
        for axis in range(3):
            square += (copies[0, atom, axis] - centroids[molecule[atom], axis]) ** 2
        radii[molecule[atom]] = max(radii[molecule[atom]], np.sqrt(square))
    return centroids, radii


@njit
def bounding_box(copies, molecule, which):
    """Return the lower and upper corner (2, 3) of a molecule of the asymmetric unit, angstrom."""
    box = np.empty((2, 3))
    box[0] = np.inf
    box[1] = -np.inf
    for atom in range(len(molecule)):
        if molecule[atom] == which:
            for axis in range(3):
                box[0, axis] = min(box[0, axis], copies[0, atom, axis])
                box[1, axis] = max(box[1, axis], copies[0, atom, axis])
    return box


@njit
def _image_range(cell_inverse_spacing, offset, reach):
    """Return the first and last lattice index for which a point may lie within reach along one axis."""
    extent = reach * cell_inverse_spacing
    return int(np.ceil(-offset - extent)), int(np.floor(-offset + extent))


@njit
def molecule_images(cell, inverse, spacings, centroids, radii, box, cutoff, shifts, start, home):
    """Find the lattice images of every molecule copy that reach into the cutoff around a box.

    Fills ``shifts`` (3, capacity) with lattice vectors in angstrom as far as they fit, those of copy q in columns
    ``start[q]:start[q + 1]``, and ``home[q]`` with the column of the zero vector (-1: not among them).
    Returns the number of images; when it exceeds the capacity, the caller comes back with more room.
    """
    n_molecules = len(radii)
    middle, half = np.empty(3), 0.0
    for axis in range(3):
        middle[axis] = 0.5 * (box[0, axis] + box[1, axis])
        half += 0.25 * (box[1, axis] - box[0, axis]) ** 2
    half = np.sqrt(half)
    found = 0
    for copy in range(len(centroids)):
        start[copy] = found
        home[copy] = -1
        centroid = centroids[copy]
        within = cutoff + radii[copy % n_molecules]
        reach = within + half
        offset = np.zeros(3)
        for axis in range(3):
            for k in range(3):
                offset[axis] += (centroid[k] - middle[k]) * inverse[k, axis]
        first_a, last_a = _image_range(1.0 / spacings[0], offset[0], reach)
        first_b, last_b = _image_range(1.0 / spacings[1], offset[1], reach)
        first_c, last_c = _image_range(1.0 / spacings[2], offset[2], reach)
        for i in range(first_a, last_a + 1):
            for j in range(first_b, last_b + 1):
                for k in range(first_c, last_c + 1):
                    square = 0.0
                    for axis in range(3):
                        x = centroid[axis] + (i * cell[0, axis] + j * cell[1, axis] + k * cell[2, axis])
                        outside = max(box[0, axis] - x, x - box[1, axis], 0.0)
                        square += outside * outside
                    if square < within * within:
                        if found < shifts.shape[1]:
                            for axis in range(3):
                                shifts[axis, found] = i * cell[0, axis] + j * cell[1, axis] + k * cell[2, axis]
                        if i == 0 and j == 0 and k == 0:
                            home[copy] = found
                        found += 1
    start[len(centroids)] = found
    return found


@njit(fastmath=ELEMENTWISE)
def _place(x, y, z, shifts, first, last, px, py, pz, count):
    """Write the images of one atom behind the `count` positions so far."""
    room = INDEX(count)
    begin = INDEX(first)
    for k in range(INDEX(last - first)):
        px[room + k] = x + shifts[0, begin + k]
        py[room + k] = y + shifts[1, begin + k]
        pz[room + k] = z + shifts[2, begin + k]


@njit
def place_images(copies, order, element, molecule, shifts, start, home, owners, positions, owner, element_start):
    """Write all images of all atoms, in the order of the elements.

    ``positions`` (3, capacity) and ``owner`` (capacity,) have room for all of them. ``owner`` is the given owner of the
    atoms of the asymmetric unit itself (first operation, zero lattice vector) and -1 elsewhere. The atoms of element e
    are ``element_start[e]:element_start[e + 1]``.
    """
    px, py, pz = positions[0], positions[1], positions[2]
    n_molecules = (len(start) - 1) // len(copies)
    count = 0
    at = 0
    for e in range(len(element_start) - 1):
        element_start[e] = count
        while at < len(order) and element[order[at]] == e:
            atom = order[at]
            at += 1
            for op in range(len(copies)):
                copy = op * n_molecules + molecule[atom]
                first, last = start[copy], start[copy + 1]
                x, y, z = copies[op, atom]
                _place(x, y, z, shifts, first, last, px, py, pz, count)
                owner[count : count + last - first] = -1
                if op == 0 and home[copy] >= 0:
                    owner[count + home[copy] - first] = owners[atom]
                count += last - first
    element_start[-1] = count


@njit(fastmath=ELEMENTWISE)
def box_distances(positions, box, n, squares):
    """Write the squared distance of the first n positions (3, capacity) from a box (2, 3)."""
    px, py, pz = positions[0], positions[1], positions[2]
    ax, ay, az = box[0]
    bx, by, bz = box[1]
    for k in range(INDEX(n)):
        x = max(ax - px[k], px[k] - bx, 0.0)
        y = max(ay - py[k], py[k] - by, 0.0)
        z = max(az - pz[k], pz[k] - bz, 0.0)
        squares[k] = x * x + y * y + z * z


@njit
def select(squares, limit, first, last, picked, count):
    """Append the indices from first to last whose square is below the limit; no branch to predict."""
    n = INDEX(count)
    for k in range(INDEX(first), INDEX(last)):
        picked[n] = np.int64(k)
        n += INDEX(squares[k] < limit)
    return np.int64(n)


@njit
def take(positions, owner, picked, count, kept, kept_owner):
    """Copy the picked positions and owners."""
    for axis in range(3):
        source, target = positions[axis], kept[axis]
        for k in range(count):
            target[k] = source[picked[k]]
    for k in range(count):
        kept_owner[k] = owner[picked[k]]


@njit(fastmath=ELEMENTWISE)
def centre_distances(positions, owner, x, y, z, excluded, n, squares):
    """Write the squared distances from a centre; those of the excluded owner's atoms are infinite."""
    px, py, pz = positions[0], positions[1], positions[2]
    for k in range(INDEX(n)):
        dx, dy, dz = px[k] - x, py[k] - y, pz[k] - z
        square = dx * dx + dy * dy + dz * dz
        squares[k] = np.inf if owner[k] == excluded else square


@njit
def count_images(molecule, start, n_operations):
    """Return the number of atoms in all images."""
    n_molecules = (len(start) - 1) // n_operations
    n = 0
    for which in molecule:
        for op in range(n_operations):
            copy = op * n_molecules + which
            n += start[copy + 1] - start[copy]
    return n


@njit
def padded(n):
    """Return n rounded up to whole vector registers, and one more."""
    return (n + 2 * LANES - 1) // LANES * LANES
