"""Kernels: the atoms of a cell, and the molecule that grows from one of them along its bonds."""

import numpy as np

from crystalspan._numba import njit

CLASH, ENDLESS, TOO_LARGE = -1, -2, -3


@njit
def cell_sites(fractional, rotations, translations, matrix, same):
    """Return the distinct atoms of the cell (coordinates, listed atom, operation) and each copy's site.

    Copies of one listed atom closer than `same` angstrom, lattice translations apart, are one site.
    """
    m, n = rotations.shape[0], fractional.shape[0]
    sites = np.empty((m * n, 3))
    atom = np.empty(m * n, dtype=np.int64)
    operation = np.empty(m * n, dtype=np.int64)
    site_of = np.empty((m, n), dtype=np.int64)
    count = 0
    point, apart = np.empty(3), np.empty(3)
    for o in range(m):
        for i in range(n):
            for k in range(3):
                point[k] = translations[o, k]
                for axis in range(3):
                    point[k] += rotations[o, k, axis] * fractional[i, axis]
            found = -1
            for q in range(o):
                s = site_of[q, i]
                for k in range(3):
                    apart[k] = point[k] - sites[s, k]
                    apart[k] -= np.rint(apart[k])
                square = 0.0
                for k in range(3):
                    x = apart[0] * matrix[0, k] + apart[1] * matrix[1, k] + apart[2] * matrix[2, k]
                    square += x * x
                if square < same * same:
                    found = s
                    break
            if found < 0:
                found = count
                sites[count] = point
                atom[count] = i
                operation[count] = o
                count += 1
            site_of[o, i] = found
    return sites[:count], atom[:count], operation[:count], site_of


# long: one walk over the atoms; the innermost loop would hand a dozen arrays to a function.
@njit
def grow(sites, radii, matrix, heights, seed, margin, clash, limit):
    """Return the sites and lattice shifts of the molecule that holds site `seed`, and its size or an error.

    The first atom is the seed with shift 0. Bonds are pairs closer than the sum of `radii` and `margin`.
    """
    member = np.empty(limit, dtype=np.int64)
    shift = np.zeros((limit, 3), dtype=np.int64)
    place = np.full(sites.shape[0], -1, dtype=np.int64)
    widest = radii.max()
    member[0] = seed
    place[seed] = 0
    count, done = 1, 0
    base, reach = np.empty(3, dtype=np.int64), np.empty(3, dtype=np.int64)
    while done < count:
        here = member[done]
        for k in range(3):
            # Separations are within half a cell after rounding; a bond spans bond / height cells at most.
            reach[k] = np.int64(np.floor((radii[here] + widest + margin) / heights[k] + 0.5))
        for s in range(sites.shape[0]):
            for k in range(3):
                base[k] = -np.int64(np.rint(sites[s, k] - sites[here, k]))
            bond = radii[here] + radii[s] + margin
            for a in range(-reach[0], reach[0] + 1):
                for b in range(-reach[1], reach[1] + 1):
                    for c in range(-reach[2], reach[2] + 1):
                        u = base[0] + a
                        v = base[1] + b
                        w = base[2] + c
                        if s == here and u == 0 and v == 0 and w == 0:
                            continue
                        x = sites[s, 0] - sites[here, 0] + u
                        y = sites[s, 1] - sites[here, 1] + v
                        z = sites[s, 2] - sites[here, 2] + w
                        square = 0.0
                        for k in range(3):
                            p = x * matrix[0, k] + y * matrix[1, k] + z * matrix[2, k]
                            square += p * p
                        if square >= bond * bond:
                            continue
                        if square < clash * clash:
                            return member[:count], shift[:count], CLASH
                        u += shift[done, 0]
                        v += shift[done, 1]
                        w += shift[done, 2]
                        if place[s] >= 0:
                            t = place[s]
                            if shift[t, 0] != u or shift[t, 1] != v or shift[t, 2] != w:
                                return member[:count], shift[:count], ENDLESS
                            continue
                        if count == limit:
                            return member[:count], shift[:count], TOO_LARGE
                        member[count] = s
                        shift[count, 0] = u
                        shift[count, 1] = v
                        shift[count, 2] = w
                        place[s] = count
                        count += 1
        done += 1
    return member[:count], shift[:count], count
