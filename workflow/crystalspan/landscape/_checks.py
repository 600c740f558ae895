"""Kernels: molecules made whole and compared with the reference; the closest contact between molecules."""

import numpy as np

from crystalspan._numba import njit


@njit
def unwrap_and_compare(fractional, matrices, heights, order, parent, reference, deviation):
    """Make each molecule whole along the reference's bonds, in place, and compare its distances.

    fractional (s, n, 3) of s structures in the reference's atom order; matrices (s, 3, 3); heights (s, 3);
    order (n,) atoms so that parent[order[k]] comes before order[k]; reference (n, n) distances; deviation
    (s,) gets the largest difference of an intramolecular distance from the reference's.
    """
    n = fractional.shape[1]
    points = np.empty((n, 3))
    for s in range(fractional.shape[0]):
        matrix = matrices[s]
        for q in range(n):
            i = order[q]
            if q > 0:
                _nearest(fractional[s], i, parent[i], matrix, heights[s], reference[i, parent[i]])
            for k in range(3):
                points[i, k] = (
                    fractional[s, i, 0] * matrix[0, k]
                    + fractional[s, i, 1] * matrix[1, k]
                    + fractional[s, i, 2] * matrix[2, k]
                )
        worst = 0.0
        for i in range(n):
            for j in range(i):
                x = points[i, 0] - points[j, 0]
                y = points[i, 1] - points[j, 1]
                z = points[i, 2] - points[j, 2]
                worst = max(worst, abs(np.sqrt(x * x + y * y + z * z) - reference[i, j]))
        deviation[s] = worst


@njit
def _nearest(fractional, i, p, matrix, heights, bond):
    """Move atom i by lattice translations to where its distance from atom p is most like the bond."""
    x = fractional[i, 0] - fractional[p, 0]
    y = fractional[i, 1] - fractional[p, 1]
    z = fractional[i, 2] - fractional[p, 2]
    # Where it stands is right already: keep its coordinates to the last bit.
    if abs(_length(x, y, z, matrix) - bond) < 0.1:
        return
    # In an oblique cell the bond may be longer than a plane spacing: as many cells around the rounded shift.
    reach = np.empty(3, dtype=np.int64)
    for k in range(3):
        reach[k] = np.int64(np.floor((bond + 0.1) / heights[k] + 0.5))
    u, v, w = np.rint(x), np.rint(y), np.rint(z)
    best, a0, b0, c0 = np.inf, 0.0, 0.0, 0.0
    for a in range(-reach[0], reach[0] + 1):
        for b in range(-reach[1], reach[1] + 1):
            for c in range(-reach[2], reach[2] + 1):
                off = abs(_length(x - u + a, y - v + b, z - w + c, matrix) - bond)
                if off < best:
                    best, a0, b0, c0 = off, a - u, b - v, c - w
    fractional[i, 0] += a0
    fractional[i, 1] += b0
    fractional[i, 2] += c0


@njit
def _length(x, y, z, matrix):
    square = 0.0
    for k in range(3):
        p = x * matrix[0, k] + y * matrix[1, k] + z * matrix[2, k]
        square += p * p
    return np.sqrt(square)


@njit
def closest_contacts(
    fractional,
    atomic_number,
    matrices,
    heights,
    setting,
    setting_offset,
    rotation,
    translation,
    limits,
    contact,
    pair,
):
    """Find, in each structure, the contact between two molecules that is shortest against its limit.

    fractional (s, q, n, 3) q whole molecules; atomic_number (n,); limits (119, 119) angstrom by element;
    contact (s,) gets distance / limit of the worst contact below its limit (1 when there is none), pair
    (s, 3) its two atoms and the distance.
    """
    q, n = fractional.shape[1], fractional.shape[2]
    farthest = 0.0
    for i in range(n):
        for j in range(n):
            farthest = max(farthest, limits[atomic_number[i], atomic_number[j]])
    own, image = np.empty((q, n, 3)), np.empty((n, 3))
    centre, other = np.empty((q, 3)), np.empty(3)
    reach = np.empty(3, dtype=np.int64)
    for s in range(fractional.shape[0]):
        matrix = matrices[s]
        radius = 0.0
        for m in range(q):
            radius = max(radius, _centred(fractional[s, m], matrix, own[m], centre[m]))
        contact[s] = 1.0
        for k in range(3):
            reach[k] = np.int64(np.floor((2.0 * radius + farthest) / heights[s, k] + 0.5))
        for o in range(setting_offset[setting[s]], setting_offset[setting[s] + 1]):
            for there in range(q):
                # A contact with an earlier molecule was met when that one was here.
                for here in range(there + 1):
                    _image(own[there], centre[there], centre[here], rotation[o], translation[o], matrix, image, other)
                    itself = o == setting_offset[setting[s]] and here == there
                    _search(
                        own[here], image, other, itself, radius, farthest, reach, matrix,
                        atomic_number, limits, contact, pair, s,
                    )  # fmt: skip


@njit
def _search(
    own, image, other, itself, radius, farthest, reach, matrix, atomic_number, limits, contact, pair, s
):  # fmt: skip
    """Compare a molecule with the lattice translations of an image whose centroid is at `other`."""
    gap = 2.0 * radius + farthest
    for a in range(-reach[0], reach[0] + 1):
        for b in range(-reach[1], reach[1] + 1):
            for c in range(-reach[2], reach[2] + 1):
                if itself and a == 0 and b == 0 and c == 0:
                    continue
                x = other[0] + a * matrix[0, 0] + b * matrix[1, 0] + c * matrix[2, 0]
                y = other[1] + a * matrix[0, 1] + b * matrix[1, 1] + c * matrix[2, 1]
                z = other[2] + a * matrix[0, 2] + b * matrix[1, 2] + c * matrix[2, 2]
                if x * x + y * y + z * z < gap * gap:
                    _meet(own, image, x, y, z, radius + farthest, atomic_number, limits, contact, pair, s)


@njit
def _centred(fractional, matrix, own, centre):
    """Fill `own` (Cartesian, about the centroid) and `centre` (fractional); return the radius."""
    n = fractional.shape[0]
    for k in range(3):
        centre[k] = 0.0
        for i in range(n):
            centre[k] += fractional[i, k]
        centre[k] /= n
    radius = 0.0
    for i in range(n):
        square = 0.0
        for k in range(3):
            p = 0.0
            for axis in range(3):
                p += (fractional[i, axis] - centre[axis]) * matrix[axis, k]
            own[i, k] = p
            square += p * p
        radius = max(radius, square)
    return np.sqrt(radius)


@njit
def _image(own, centre, seen_from, rotation, translation, matrix, image, other):
    """Fill `image` with a symmetry copy about its centroid, `other` with that centroid seen from a point."""
    apart = np.empty(3)
    for k in range(3):
        apart[k] = translation[k] - seen_from[k]
        for axis in range(3):
            apart[k] += rotation[k, axis] * centre[axis]
        apart[k] -= np.rint(apart[k])
    # Cartesian rotation (acting on rows): M^-1 R^T M.
    turn = np.linalg.inv(matrix) @ rotation.T.astype(np.float64) @ matrix
    for k in range(3):
        other[k] = apart[0] * matrix[0, k] + apart[1] * matrix[1, k] + apart[2] * matrix[2, k]
    for i in range(own.shape[0]):
        for k in range(3):
            image[i, k] = own[i, 0] * turn[0, k] + own[i, 1] * turn[1, k] + own[i, 2] * turn[2, k]


@njit
def _meet(own, image, x, y, z, near, atomic_number, limits, contact, pair, s):
    """Compare every atom of the molecule with every atom of one image whose centroid is at (x, y, z)."""
    n = own.shape[0]
    for i in range(n):
        u = own[i, 0] - x
        v = own[i, 1] - y
        w = own[i, 2] - z
        if u * u + v * v + w * w > near * near:
            continue
        for j in range(n):
            p = u - image[j, 0]
            q = v - image[j, 1]
            r = w - image[j, 2]
            limit = limits[atomic_number[i], atomic_number[j]]
            square = p * p + q * q + r * r
            if square < limit * limit:
                share = np.sqrt(square) / limit
                if share < contact[s]:
                    contact[s] = share
                    pair[s, 0] = i
                    pair[s, 1] = j
                    pair[s, 2] = np.sqrt(square)
