"""Kernels: the molecules around a molecule, and the cluster of those in closest contact with it."""

import math

import numpy as np

from crystalspan._numba import njit

# Contacts that differ by less than this (angstrom) are equal: symmetry copies of one, to the accuracy of coordinates.
_SAME_CONTACT = 1e-3


@njit
def images_within(centres, matrix, origin, reach):
    """Return the images of molecules with their centres within `reach` of a point: molecule, lattice shift, centre.

    centres (z, 3) angstrom; matrix (3, 3) lower triangular; origin (3,). Returns base (k,), shift (k, 3), both in
    angstrom from the cell's origin, and place (k, 3) from `origin`.
    """
    room = 256
    base, shift, place = np.empty(room, np.int64), np.empty((room, 3)), np.empty((room, 3))
    count = 0
    for j in range(centres.shape[0]):
        x0, y0, z0 = centres[j, 0] - origin[0], centres[j, 1] - origin[1], centres[j, 2] - origin[2]
        for n2 in range(math.ceil((-reach - z0) / matrix[2, 2]), math.floor((reach - z0) / matrix[2, 2]) + 1):
            z = z0 + n2 * matrix[2, 2]
            left = reach * reach - z * z
            if left < 0.0:
                continue
            far, y1 = math.sqrt(left), y0 + n2 * matrix[2, 1]
            for n1 in range(math.ceil((-far - y1) / matrix[1, 1]), math.floor((far - y1) / matrix[1, 1]) + 1):
                y = y1 + n1 * matrix[1, 1]
                left1 = left - y * y
                if left1 < 0.0:
                    continue
                far1, x1 = math.sqrt(left1), x0 + n2 * matrix[2, 0] + n1 * matrix[1, 0]
                for n0 in range(math.ceil((-far1 - x1) / matrix[0, 0]), math.floor((far1 - x1) / matrix[0, 0]) + 1):
                    if count == room:
                        base = np.concatenate((base, np.empty(room, np.int64)))
                        shift = np.concatenate((shift, np.empty((room, 3))))
                        place = np.concatenate((place, np.empty((room, 3))))
                        room *= 2
                    x = x1 + n0 * matrix[0, 0]
                    base[count] = j
                    place[count, 0], place[count, 1], place[count, 2] = x, y, z
                    shift[count, 0], shift[count, 1], shift[count, 2] = x - x0, y - y0, z - z0
                    count += 1
    return base[:count], shift[:count], place[:count]


@njit
def closest_molecules(molecules, centres, matrix, central, n):
    """Return a molecule of a crystal and the n - 1 in closest contact with it, itself first: (n, a, 3), (n, 3).

    molecules (z, a, 3) angstrom, all of the cell; centres (z, 3); matrix (3, 3) lower triangular. Coordinates count
    from the centre of the central molecule.
    """
    z = molecules.shape[0]
    radius = np.zeros(z)
    for j in range(z):
        for i in range(molecules.shape[1]):
            square = 0.0
            for c in range(3):
                square += (molecules[j, i, c] - centres[j, c]) ** 2
            radius[j] = max(radius[j], math.sqrt(square))
    widest = radius.max()
    volume = matrix[0, 0] * matrix[1, 1] * matrix[2, 2]
    reach = (3.0 * n * volume / (4.0 * math.pi * z)) ** (1.0 / 3.0) + 2.0 * widest
    while True:
        base, shift, place = images_within(centres, matrix, centres[central], reach)
        if base.shape[0] >= n:
            contact = _contacts(molecules, central, base, shift, place, radius, n)
            # Molecules out of reach have no contact shorter than this.
            if np.sort(contact)[n - 1] + _SAME_CONTACT <= reach - 2.0 * widest:
                break
        reach *= 1.25
    chosen = _closest(contact, place, n)
    atoms, middle = np.empty((n, molecules.shape[1], 3)), np.empty((n, 3))
    for k in range(n):
        j = chosen[k]
        middle[k] = place[j]
        for i in range(molecules.shape[1]):
            for c in range(3):
                atoms[k, i, c] = molecules[base[j], i, c] + shift[j, c] - centres[central, c]
    return atoms, middle


@njit
def _contacts(molecules, central, base, shift, place, radius, n):
    """Return the shortest distance between atoms of the central molecule and of each image; infinity where it is far.

    Images are looked at in the order of the least that their contact can be, until no other can be among the n closest.
    """
    least = np.empty(base.shape[0])
    for j in range(base.shape[0]):
        apart = math.sqrt(place[j, 0] ** 2 + place[j, 1] ** 2 + place[j, 2] ** 2)
        least[j] = apart - radius[central] - radius[base[j]]
    contact = np.full(base.shape[0], np.inf)
    shortest = np.full(n, np.inf)  # ascending
    for j in np.argsort(least):
        if least[j] > shortest[n - 1] + _SAME_CONTACT:
            break
        square = np.inf
        for i in range(molecules.shape[1]):
            for k in range(molecules.shape[1]):
                apart = 0.0
                for c in range(3):
                    apart += (molecules[base[j], k, c] + shift[j, c] - molecules[central, i, c]) ** 2
                square = min(square, apart)
        contact[j] = math.sqrt(square)
        place_in = n
        while place_in > 0 and shortest[place_in - 1] > contact[j]:
            if place_in < n:
                shortest[place_in] = shortest[place_in - 1]
            place_in -= 1
        if place_in < n:
            shortest[place_in] = contact[j]
    return contact


@njit
def _closest(contact, place, n):
    """Return the n images of shortest contact, the central one first.

    Symmetry makes contacts equal in pairs, such as those with the molecules one edge to the left and to the right. Of
    images with equal contacts, those come first that are nearest, summed up, to the ones chosen before: a choice that
    does not depend on cell, setting or order.
    """
    order = np.argsort(contact)
    chosen = np.empty(n, np.int64)
    count, first = 0, 0
    while count < n:
        last = first + 1
        while last < order.shape[0] and contact[order[last]] - contact[order[first]] < _SAME_CONTACT:
            last += 1
        equal = order[first:last].copy()
        before = count
        for k in range(min(n - before, equal.shape[0])):
            best, lowest = k, np.inf
            for e in range(k, equal.shape[0]):
                total = 0.0
                for m in range(count):
                    d0 = place[equal[e], 0] - place[chosen[m], 0]
                    d1 = place[equal[e], 1] - place[chosen[m], 1]
                    d2 = place[equal[e], 2] - place[chosen[m], 2]
                    total += math.sqrt(d0 * d0 + d1 * d1 + d2 * d2)
                if total < lowest - _SAME_CONTACT:
                    best, lowest = e, total
            equal[k], equal[best] = equal[best], equal[k]
            chosen[count] = equal[k]
            count += 1
        first = last
    return chosen
