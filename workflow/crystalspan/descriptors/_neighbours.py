"""The neighbours of one centre, in the order of their elements, and their radial functions.

A neighbour list is one flat array of `ROWS` rows of ``room`` values; row r, neighbour k is at ``r * room + k``.
Slicing rows off would count references for each slice, which costs more than the short loops here. Loops go through
whole vectors: what stands behind the last neighbour is finite, and is never added to anything.
"""

import numpy as np

from crystalspan._numba import njit_borrowing, njit_within
from crystalspan.descriptors._elementary import INDEX, cutoff_value, exponentials
from crystalspan.descriptors._vector import (
    LANES,
    geometric,
    load,
    number_below,
    places_below,
    smaller,
    spread,
    square_root,
    store,
)

# Unit vector, distance (angstrom), cutoff function; the factors of Gaussians from shift to shift up and down, and
# the Gaussians on the way.
X, Y, Z, DISTANCE, WEIGHT, RATIO, INVERSE, UP, DOWN, SQUARE, FOURTH = (INDEX(row) for row in range(11))
ROWS = 11
STEP = INDEX(LANES)


@njit_within
def places_within(positions, count, x, y, z, cutoff, picked):
    """Write the places of the positions within the cutoff of a point, and return their number."""
    room, n = INDEX(len(positions) // 3), INDEX(0)
    for k in range(INDEX(0), INDEX(count), STEP):
        dx, dy, dz = load(positions, k) - x, load(positions, room + k) - y, load(positions, room + room + k) - z
        squares = dx * dx + dy * dy + dz * dz
        places_below(squares, cutoff * cutoff, k, picked, n)
        n += number_below(squares, cutoff * cutoff)
    return np.int64(n)


@njit_within
def starts(picked, count, start, picked_start):
    """Write where each element begins among the picked places, given where it begins among all."""
    k = 0
    for e in range(len(start)):
        while k < count and picked[k] < start[e]:
            k += 1
        picked_start[e] = k


@njit_within
def neighbour_vectors(positions, x, y, z, picked, count, near, room):
    """Write unit vectors and distances of the picked positions as seen from a centre."""
    n, room, all_room = INDEX(count), INDEX(room), INDEX(len(positions) // 3)
    for k in range(n):
        place = INDEX(picked[k])
        near[X * room + k] = positions[place] - x
        near[Y * room + k] = positions[all_room + place] - y
        near[Z * room + k] = positions[all_room + all_room + place] - z
    for k in range(INDEX(0), n, STEP):
        dx, dy, dz = load(near, k), load(near, room + k), load(near, Z * room + k)
        distance = square_root(dx * dx + dy * dy + dz * dz)
        inverse = 1.0 / distance
        store(near, DISTANCE * room + k, distance)
        store(near, k, dx * inverse)
        store(near, room + k, dy * inverse)
        store(near, Z * room + k, dz * inverse)
    # Not within any cutoff.
    store(near, DISTANCE * room + n, spread(np.inf))


@njit_within
def weigh(near, room, count, cutoff):
    """Write the cutoff function of each neighbour; 0 at the cutoff and beyond."""
    room = INDEX(room)
    inverse = 1.0 / cutoff
    for k in range(INDEX(0), INDEX(count), STEP):
        store(near, WEIGHT * room + k, cutoff_value(smaller(load(near, DISTANCE * room + k) * inverse, 1.0)))


@njit_within
def closer(near, room, start, cutoff, picked, close, close_start):
    """Copy the neighbours within a cutoff to another list."""
    room, n = INDEX(room), INDEX(0)
    for k in range(INDEX(0), INDEX(start[-1]), STEP):
        distances = load(near, DISTANCE * room + k)
        places_below(distances, cutoff, k, picked, n)
        n += number_below(distances, cutoff)
    starts(picked, n, start, close_start)
    for k in range(n):
        place = INDEX(picked[k])
        close[k] = near[place]
        close[room + k] = near[room + place]
        close[Z * room + k] = near[Z * room + place]
        close[DISTANCE * room + k] = near[DISTANCE * room + place]


@njit_within
def factors(near, room, count, rate, shift):
    """Write exp(rate (R - shift)) of each neighbour, and its inverse."""
    room = INDEX(room)
    for k in range(INDEX(0), INDEX(count), STEP):
        ratio = exponentials((load(near, DISTANCE * room + k) - shift) * rate)
        store(near, RATIO * room + k, ratio)
        store(near, INVERSE * room + k, 1.0 / ratio)


@njit_within
def _first_gaussians(near, room, count, terms):
    """Write the weighted Gaussians of the middle shift (UP), those eight shifts below (DOWN), and their ratios' powers.

    INVERSE becomes the inverse of the eighth power.
    """
    room, eta, middle = INDEX(room), terms.radial_eta, terms.table[terms.radial_shifts_at + terms.radial_middle]
    rate, per_cutoff = 2.0 * eta * terms.radial_step, 1.0 / terms.radial_cutoff
    for k in range(INDEX(0), INDEX(count), STEP):
        distance = load(near, DISTANCE * room + k)
        x = distance - middle
        ratio = exponentials(x * rate)
        square, inverse = ratio * ratio, 1.0 / ratio
        value = cutoff_value(smaller(distance * per_cutoff, 1.0)) * exponentials(x * x * -eta)
        for _ in range(3):
            inverse *= inverse
        store(near, RATIO * room + k, ratio)
        store(near, SQUARE * room + k, square)
        store(near, FOURTH * room + k, square * square)
        store(near, INVERSE * room + k, inverse)
        store(near, UP * room + k, value)
        store(near, DOWN * room + k, value * inverse)


@njit_within
def _eighth_powers(near, room, count):
    """Go eight shifts on, up and down."""
    room = INDEX(room)
    for k in range(INDEX(0), INDEX(count), STEP):
        fourth = load(near, FOURTH * room + k)
        store(near, UP * room + k, load(near, UP * room + k) * (fourth * fourth))
        store(near, DOWN * room + k, load(near, DOWN * room + k) * load(near, INVERSE * room + k))


@njit_within
def _sixteen_sums(near, room, first, last, sums, up, down):
    """Write the sums over neighbours of the Gaussians of eight shifts from UP on, and of eight from DOWN on."""
    room = INDEX(room)
    above, below = spread(0.0), spread(0.0)
    for k in range(INDEX(first), INDEX(last)):
        powers = geometric(1.0, near[RATIO * room + k], near[SQUARE * room + k], near[FOURTH * room + k])
        above += powers * near[UP * room + k]
        below += powers * near[DOWN * room + k]
    store(sums, INDEX(up), above)
    store(sums, INDEX(down), below)


@njit_within
def _eight_sums(near, room, first, last, shifts, eta):
    """Return the sums over neighbours of the weighted Gaussians of eight shifts."""
    room = INDEX(room)
    total = spread(0.0)
    for k in range(INDEX(first), INDEX(last)):
        x = near[DISTANCE * room + k] - shifts
        total += exponentials(x * x * -eta) * near[WEIGHT * room + k]
    return total


@njit_within
def _sums_by_recurrence(near, room, start, terms, sums, width):
    """Write the sums of all shifts; those of element e begin at e * width, the middle one half a width later."""
    count = start[-1]
    _first_gaussians(near, room, count, terms)
    for away in range(0, width // 2, LANES):
        if away > 0:
            _eighth_powers(near, room, count)
        for e in range(len(start) - 1):
            place = e * width + width // 2
            _sixteen_sums(near, room, start[e], start[e + 1], sums, place + away, place - away - LANES)


@njit_within
def radial_width(terms):
    """Return the room for an element's radial sums: whole vectors, as many below the middle shift as above."""
    n = max(terms.radial_middle, terms.n_radial - terms.radial_middle)
    return 2 * ((n + LANES - 1) // LANES * LANES)


@njit_borrowing
def radial(near, room, start, terms, sums, out):
    """Write the radial values (elements, shifts) of a centre, flat.

    G_m = sum_j exp(-eta (R_j - R_m)^2) f_c(R_j).
    """
    n_elements, n_shifts, width = len(start) - 1, terms.n_radial, radial_width(terms)
    first = 0
    if terms.radial_even:
        _sums_by_recurrence(near, room, start, terms, sums, width)
        first = width // 2 - terms.radial_middle
    else:
        weigh(near, room, start[-1], terms.radial_cutoff)
        for m in range(0, n_shifts, LANES):
            shifts = load(terms.table, INDEX(terms.radial_shifts_at + m))
            for e in range(n_elements):
                total = _eight_sums(near, room, start[e], start[e + 1], shifts, terms.radial_eta)
                store(sums, INDEX(e * width + m), total)
    table, scale = terms.table, INDEX(terms.radial_scale_at)
    for e in range(n_elements):
        source, target = INDEX(e * width + first), INDEX(e * n_shifts)
        whole = INDEX(n_shifts // LANES * LANES)
        for m in range(INDEX(0), whole, STEP):
            store(out, target + m, load(table, scale + m) * load(sums, source + m))
        for m in range(whole, INDEX(n_shifts)):
            out[target + m] = table[scale + m] * sums[source + m]
