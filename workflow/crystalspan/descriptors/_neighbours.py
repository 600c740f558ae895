"""The neighbours of one centre, in the order of their elements, and their radial functions.

A neighbour list is one flat array of `ROWS` rows of ``room`` values; row r, neighbour k is at ``r * room + k``.
Slicing rows off would count references for each slice, which costs more than the short loops here.
"""

import numpy as np

from crystalspan._numba import njit
from crystalspan.descriptors._elementary import ELEMENTWISE, INDEX, cutoff_value, exponential

# Unit vector, distance (angstrom), cutoff function; the factors of Gaussians from shift to shift up and down, and
# the Gaussians on the way.
X, Y, Z, DISTANCE, WEIGHT, RATIO, INVERSE, UP, DOWN = (INDEX(row) for row in range(9))
ROWS = 9
# Sums may be taken in another order than written (one partial sum a lane). The order is fixed by the machine code
# and by nothing else, so that any number of ranks and any batch give the same bits.
SUMS = {"contract", "reassoc", "nsz"}


@njit(fastmath=ELEMENTWISE)
def neighbour_vectors(positions, x, y, z, picked, count, near, room):
    """Write unit vectors and distances of the picked positions as seen from a centre."""
    room, n = INDEX(room), INDEX(count)
    for k in range(n):
        place = INDEX(picked[k])
        near[X * room + k] = positions[0, place] - x
        near[Y * room + k] = positions[1, place] - y
        near[Z * room + k] = positions[2, place] - z
    for k in range(n):
        dx, dy, dz = near[X * room + k], near[Y * room + k], near[Z * room + k]
        distance = np.sqrt(dx * dx + dy * dy + dz * dz)
        inverse = 1.0 / distance
        near[DISTANCE * room + k] = distance
        near[X * room + k] = dx * inverse
        near[Y * room + k] = dy * inverse
        near[Z * room + k] = dz * inverse


@njit(fastmath=ELEMENTWISE)
def weigh(near, room, count, cutoff):
    """Write the cutoff function of each neighbour; 0 at the cutoff and beyond."""
    room = INDEX(room)
    inverse = 1.0 / cutoff
    for k in range(INDEX(count)):
        near[WEIGHT * room + k] = cutoff_value(min(near[DISTANCE * room + k] * inverse, 1.0))


@njit
def closer(near, room, start, cutoff, picked, close, close_start):
    """Copy the neighbours within a cutoff to another list."""
    room = INDEX(room)
    count = INDEX(0)
    close_start[0] = 0
    for e in range(len(start) - 1):
        for k in range(INDEX(start[e]), INDEX(start[e + 1])):
            picked[count] = np.int64(k)
            count += INDEX(near[DISTANCE * room + k] < cutoff)
        close_start[e + 1] = np.int64(count)
    for k in range(count):
        place = INDEX(picked[k])
        close[k] = near[place]
        close[room + k] = near[room + place]
        close[Z * room + k] = near[Z * room + place]
        close[DISTANCE * room + k] = near[DISTANCE * room + place]


@njit(fastmath=ELEMENTWISE)
def factors(near, room, count, rate, shift):
    """Write exp(rate (R - shift)) of each neighbour, and its inverse."""
    room = INDEX(room)
    for k in range(INDEX(count)):
        ratio = exponential(rate * (near[DISTANCE * room + k] - shift))
        near[RATIO * room + k] = ratio
        near[INVERSE * room + k] = 1.0 / ratio


@njit(fastmath=ELEMENTWISE)
def _starts(near, room, count, eta, shift):
    """Write the weighted Gaussians of one shift (UP), and of the next one down (DOWN)."""
    room = INDEX(room)
    for k in range(INDEX(count)):
        x = near[DISTANCE * room + k] - shift
        value = near[WEIGHT * room + k] * exponential(-eta * x * x)
        near[UP * room + k] = value
        near[DOWN * room + k] = value * near[INVERSE * room + k]


@njit(fastmath=SUMS)
def _eight_sums(near, room, first, last, row, factor):
    """Return the sums of v, v f, ..., v f^7, and leave v f^8; v and f are rows of values and factors."""
    room = INDEX(room)
    row, factor = INDEX(row) * room, INDEX(factor) * room
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    for k in range(INDEX(first), INDEX(last)):
        value, f = near[row + k], near[factor + k]
        s0 += value
        value *= f
        s1 += value
        value *= f
        s2 += value
        value *= f
        s3 += value
        value *= f
        s4 += value
        value *= f
        s5 += value
        value *= f
        s6 += value
        value *= f
        s7 += value
        near[row + k] = value * f
    return s0, s1, s2, s3, s4, s5, s6, s7


@njit(fastmath=SUMS)
def _gaussian_sum(near, room, first, last, eta, shift):
    """Return the sum of the weighted Gaussians of one shift."""
    room = INDEX(room)
    total = 0.0
    for k in range(INDEX(first), INDEX(last)):
        x = near[DISTANCE * room + k] - shift
        total += near[WEIGHT * room + k] * exponential(-eta * x * x)
    return total


@njit
def radial(near, room, start, terms, out):
    """Write the radial values (elements, shifts) of a centre, flat.

    G_m = sum_j exp(-eta (R_j - R_m)^2) f_c(R_j).
    """
    table, shifts, scale, eta = terms.table, terms.radial_shifts_at, terms.radial_scale_at, terms.radial_eta
    n_elements, n_shifts = len(start) - 1, terms.n_radial
    if not terms.radial_even:
        for e in range(n_elements):
            for m in range(n_shifts):
                total = _gaussian_sum(near, room, start[e], start[e + 1], eta, table[shifts + m])
                out[e * n_shifts + m] = table[scale + m] * total
        return
    middle, count = terms.radial_middle, start[n_elements]
    factors(near, room, count, 2.0 * eta * terms.radial_step, table[shifts + middle])
    _starts(near, room, count, eta, table[shifts + middle])
    for e in range(n_elements):
        for first in range(middle, n_shifts, 8):
            sums = _eight_sums(near, room, start[e], start[e + 1], UP, RATIO)
            for i in range(min(8, n_shifts - first)):
                out[e * n_shifts + first + i] = table[scale + first + i] * sums[i]
        for first in range(middle - 1, -1, -8):
            sums = _eight_sums(near, room, start[e], start[e + 1], DOWN, INVERSE)
            for i in range(min(8, first + 1)):
                out[e * n_shifts + first - i] = table[scale + first - i] * sums[i]
