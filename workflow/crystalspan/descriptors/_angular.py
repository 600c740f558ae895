"""The angular symmetry functions of one centre, from its neighbours in the order of their elements.

G_mn = 2 sum_{j<k} ((1 + cos(theta - theta_n))/2)^zeta exp(-eta ((R_j + R_k)/2 - R_m)^2) f_c(R_j) f_c(R_k): eq. 4 of
Smith, Isayev, Roitberg, Chem. Sci. 2017, 8, 3192, DOI 10.1039/C6SC05720A.

A centre has 40,000 pairs of neighbours within 9.3 angstrom, so what counts is the time of a pair:

* no angle is ever computed: cos(theta - theta_n) = cos theta cos theta_n + sin theta sin theta_n, and sin theta comes
  from the cross product, which keeps its digits where theta is near 0 or pi (there acos loses half of them);
* a whole zeta is repeated squaring;
* on evenly spaced shifts one exponential gives all Gaussians: the ratio of neighbouring ones is a constant times
  exp(2 eta h (R - R_mid)), the product of a factor of either neighbour;
* pairs go through in chunks, each step one loop over the chunk that becomes vector instructions;
* the sums over pairs of power_n * Gaussian_m are a small matrix product, done in tiles of 4 x 4 registers.

A chunk is one flat array of rows of `STRIDE` values: distances between rows that the compiler knows need no check
for overlap at run time.
"""

import numpy as np

from crystalspan._numba import njit
from crystalspan.descriptors import _neighbours as rows
from crystalspan.descriptors._elementary import ELEMENTWISE, INDEX, LANES, exponential, logarithm
from crystalspan.descriptors._neighbours import SUMS, closer, factors, weigh
from crystalspan.descriptors.parameters import TILE

CHUNK = 256
# Loops over a chunk are written out four registers wide, so chunks are filled up to a multiple of that.
FULL = 4 * LANES
STRIDE = CHUNK + LANES
COSINE, SINE, MEAN, WEIGHT, RATIO, INVERSE, POWER_0, POWER_1, POWER_2, POWER_3 = (
    INDEX(row * STRIDE) for row in range(10)
)
FIRST_GAUSSIAN = 10 * STRIDE
MOST_SEGMENTS = CHUNK // LANES
ROW_1, ROW_2, ROW_3 = INDEX(STRIDE), INDEX(2 * STRIDE), INDEX(3 * STRIDE)


@njit(fastmath=ELEMENTWISE)
def _add_pairs(close, room, j, first, n, scale, chunk, count):
    """Write the pairs of neighbour j with n others behind the `count` pairs of the chunk so far.

    Whole vector registers are written; what exceeds n is overwritten by the next call, or gets the weight 0.
    """
    j, first, here, room = INDEX(j), INDEX(first), INDEX(count), INDEX(room)
    ax, ay, az = close[j], close[room + j], close[rows.Z * room + j]
    distance, weight = close[rows.DISTANCE * room + j], close[rows.WEIGHT * room + j]
    ratio, inverse = close[rows.RATIO * room + j], close[rows.INVERSE * room + j]
    square, rest = scale * scale, 1.0 - scale * scale
    for i in range(INDEX((n + LANES - 1) & ~(LANES - 1))):
        k, p = first + i, here + i
        bx, by, bz = close[k], close[room + k], close[rows.Z * room + k]
        chunk[COSINE + p] = scale * (ax * bx + ay * by + az * bz)
        cx, cy, cz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        # sin^2 = 1 - (scale cos)^2, without its cancellation.
        chunk[SINE + p] = np.sqrt(square * (cx * cx + cy * cy + cz * cz) + rest)
        chunk[MEAN + p] = 0.5 * (distance + close[rows.DISTANCE * room + k])
        chunk[WEIGHT + p] = weight * close[rows.WEIGHT * room + k]
        chunk[RATIO + p] = ratio * close[rows.RATIO * room + k]
        chunk[INVERSE + p] = inverse * close[rows.INVERSE * room + k]


@njit(fastmath=ELEMENTWISE)
def _gaussian(chunk, n, eta, shift, row):
    """Write the weighted Gaussians of one shift."""
    row = INDEX(row)
    for k in range(INDEX(n)):
        x = chunk[MEAN + k] - shift
        chunk[row + k] = chunk[WEIGHT + k] * exponential(-eta * x * x)


@njit(fastmath=ELEMENTWISE)
def _next_gaussians(chunk, n, up, down):
    """Write the Gaussians of the next shift up and the next one down, from the ones before them."""
    up, down = INDEX(up), INDEX(down)
    for k in range(INDEX(n)):
        chunk[up + k] = chunk[up - ROW_1 + k] * chunk[RATIO + k]
        chunk[down + k] = chunk[down + ROW_1 + k] * chunk[INVERSE + k]


@njit(fastmath=ELEMENTWISE)
def _next_gaussian(chunk, n, factor, before, row):
    """Write the Gaussians of one shift from those of the one before it."""
    factor, before, row = INDEX(factor), INDEX(before), INDEX(row)
    for k in range(INDEX(n)):
        chunk[row + k] = chunk[before + k] * chunk[factor + k]


@njit
def _gaussians(chunk, n, terms):
    """Write the weighted Gaussians of all shifts; by recurrence without the factors at ``angular_scale_at``."""
    table, shifts, eta, last = terms.table, terms.angular_shifts_at, terms.angular_eta, terms.n_shifts - 1
    if not terms.angular_even:
        for m in range(last + 1):
            _gaussian(chunk, n, eta, table[shifts + m], FIRST_GAUSSIAN + m * STRIDE)
        return
    middle = terms.angular_middle
    centre = FIRST_GAUSSIAN + middle * STRIDE
    _gaussian(chunk, n, eta, table[shifts + middle], centre)
    both = min(middle, last - middle)
    for away in range(1, both + 1):
        _next_gaussians(chunk, n, centre + away * STRIDE, centre - away * STRIDE)
    for away in range(both + 1, middle + 1):
        row = centre - away * STRIDE
        _next_gaussian(chunk, n, INVERSE, row + STRIDE, row)
    for away in range(both + 1, last - middle + 1):
        row = centre + away * STRIDE
        _next_gaussian(chunk, n, RATIO, row - STRIDE, row)


@njit(fastmath=ELEMENTWISE)
def _to_32(x):
    for _ in range(5):
        x *= x
    return x


@njit(fastmath=ELEMENTWISE)
def _to_70(x):
    power = x * x
    for _ in range(3):
        power *= power
    power *= x  # 17
    power *= power
    power *= x  # 35
    return power * power


@njit(fastmath=ELEMENTWISE)
def _powers_32(chunk, n, c0, c1, c2, c3, s0, s1, s2, s3):
    """Write ((1 + cos(theta - theta_n))/2)^32 of four angles."""
    for k in range(INDEX(n)):
        x, y = chunk[COSINE + k], chunk[SINE + k]
        chunk[POWER_0 + k] = _to_32(0.5 + (c0 * x + s0 * y))
        chunk[POWER_1 + k] = _to_32(0.5 + (c1 * x + s1 * y))
        chunk[POWER_2 + k] = _to_32(0.5 + (c2 * x + s2 * y))
        chunk[POWER_3 + k] = _to_32(0.5 + (c3 * x + s3 * y))


@njit(fastmath=ELEMENTWISE)
def _powers_70(chunk, n, c0, c1, c2, c3, s0, s1, s2, s3):
    """Write ((1 + cos(theta - theta_n))/2)^70 of four angles."""
    for k in range(INDEX(n)):
        x, y = chunk[COSINE + k], chunk[SINE + k]
        chunk[POWER_0 + k] = _to_70(0.5 + (c0 * x + s0 * y))
        chunk[POWER_1 + k] = _to_70(0.5 + (c1 * x + s1 * y))
        chunk[POWER_2 + k] = _to_70(0.5 + (c2 * x + s2 * y))
        chunk[POWER_3 + k] = _to_70(0.5 + (c3 * x + s3 * y))


@njit(fastmath=ELEMENTWISE)
def _powers_any(chunk, n, c, s, zeta, row):
    """Write ((1 + cos(theta - theta_n))/2)^zeta of one angle, zeta of any size."""
    row = INDEX(row)
    for k in range(INDEX(n)):
        x = max(0.5 + (c * chunk[COSINE + k] + s * chunk[SINE + k]), 1e-300)
        chunk[row + k] = exponential(zeta * logarithm(x))


@njit
def _powers(chunk, n, terms, t):
    """Write the powers of the four angles from t; the presets' whole exponents have loops of their own."""
    table, c, s = terms.table, terms.cosines_at + t, terms.sines_at + t
    c0, c1, c2, c3 = table[c], table[c + 1], table[c + 2], table[c + 3]
    s0, s1, s2, s3 = table[s], table[s + 1], table[s + 2], table[s + 3]
    if terms.zeta == 70.0:
        _powers_70(chunk, n, c0, c1, c2, c3, s0, s1, s2, s3)
    elif terms.zeta == 32.0:
        _powers_32(chunk, n, c0, c1, c2, c3, s0, s1, s2, s3)
    else:
        for i in range(TILE):
            _powers_any(chunk, n, table[c + i], table[s + i], terms.zeta, POWER_0 + INDEX(i) * ROW_1)


@njit(fastmath=SUMS)
def _add_products(chunk, first, last, row, sums, place, width):
    """Add the sums over pairs of the four Gaussians from `row` times the four powers to a tile of the sums.

    The tile begins at `place` and has rows `width` apart.
    """
    row = INDEX(row)
    s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = 0.0
    s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = 0.0
    for k in range(INDEX(first), INDEX(last)):
        p0, p1, p2, p3 = chunk[POWER_0 + k], chunk[POWER_1 + k], chunk[POWER_2 + k], chunk[POWER_3 + k]
        g = chunk[row + k]
        s00 += g * p0
        s01 += g * p1
        s02 += g * p2
        s03 += g * p3
        g = chunk[row + ROW_1 + k]
        s10 += g * p0
        s11 += g * p1
        s12 += g * p2
        s13 += g * p3
        g = chunk[row + ROW_2 + k]
        s20 += g * p0
        s21 += g * p1
        s22 += g * p2
        s23 += g * p3
        g = chunk[row + ROW_3 + k]
        s30 += g * p0
        s31 += g * p1
        s32 += g * p2
        s33 += g * p3
    tile = (s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33)
    for i in range(TILE):
        for j in range(TILE):
            sums[place + i * width + j] += tile[TILE * i + j]


@njit
def padded(n):
    """Return n rounded up to whole tiles."""
    return (n + TILE - 1) // TILE * TILE


@njit
def _finish_chunk(chunk, segments, n_segments, terms, sums):
    """Add the chunk's pairs to the sums (element pairs, shifts, angles), flat and padded to whole tiles.

    Segment i holds the pairs ``segments[i, 1]:segments[i, 2]``, which belong to element pair ``segments[i, 0]``.
    """
    last = segments[n_segments - 1, 2]
    n = (last + FULL - 1) // FULL * FULL
    for p in range(INDEX(last), INDEX(n)):
        chunk[WEIGHT + p] = 0.0
    height, width = padded(terms.n_shifts), padded(terms.n_angles)
    _gaussians(chunk, n, terms)
    for t in range(0, width, TILE):
        _powers(chunk, n, terms, t)
        for i in range(n_segments):
            block, first, last = segments[i, 0], segments[i, 1], segments[i, 2]
            for m in range(0, height, TILE):
                place = (block * height + m) * width + t
                _add_products(chunk, first, last, FIRST_GAUSSIAN + m * STRIDE, sums, place, width)


@njit
def angular_neighbours(near, room, start, terms, picked, close, close_start):
    """Make the list of the neighbours within the angular cutoff, with the factors of their Gaussians."""
    closer(near, room, start, terms.angular_cutoff, picked, close, close_start)
    count = close_start[len(close_start) - 1]
    weigh(close, room, count, terms.angular_cutoff)
    if terms.angular_even:
        rate = terms.angular_eta * terms.angular_step
        factors(close, room, count, rate, terms.table[terms.angular_shifts_at + terms.angular_middle])


@njit
def _fill_chunk(close, room, start, at, scale, chunk, segments):
    """Fill the chunk with the next pairs, and return the number of its segments (0: no pairs are left).

    ``at`` is the place to go on from, and is moved on: elements a and b, their block, neighbours j and k (j = -1: at
    the block's begin). Pairs of one pair of elements after the other: few pairs of many kinds share a chunk.
    """
    n_elements = len(start) - 1
    a, b, block, j, k = at[0], at[1], at[2], at[3], at[4]
    count = n_segments = 0
    while a < n_elements and count < CHUNK:
        begin = count
        if j < 0:
            j = start[a]
            k = j + 1 if a == b else start[b]
        while j < start[a + 1] and count < CHUNK:
            n = min(start[b + 1] - k, CHUNK - count)
            if n > 0:
                _add_pairs(close, room, j, k, n, scale, chunk, count)
                count += n
                k += n
            if k >= start[b + 1]:
                j += 1
                k = j + 1 if a == b else start[b]
        if count > begin:
            while count % LANES != 0:
                chunk[WEIGHT + INDEX(count)] = 0.0
                count += 1
            segments[n_segments, 0] = block
            segments[n_segments, 1] = begin
            segments[n_segments, 2] = count
            n_segments += 1
        if j >= start[a + 1]:
            block += 1
            b += 1
            if b == n_elements:
                a += 1
                b = a
            j = -1
    at[0], at[1], at[2], at[3], at[4] = a, b, block, j, k
    return n_segments


@njit
def angular(close, room, start, terms, chunk, segments, at, sums, out):
    """Write the angular values (element pairs, shifts, angles) of a centre, flat."""
    n_elements = len(start) - 1
    sums[:] = 0.0
    at[:] = 0
    at[3] = -1
    while True:
        n_segments = _fill_chunk(close, room, start, at, terms.cosine_scale, chunk, segments)
        if n_segments == 0:
            break
        _finish_chunk(chunk, segments, n_segments, terms, sums)
    _write(sums, n_elements * (n_elements + 1) // 2, terms, out)


@njit(fastmath=ELEMENTWISE)
def _write(sums, n_blocks, terms, out):
    """Write the scaled sums without their padding."""
    height, width = padded(terms.n_shifts), padded(terms.n_angles)
    for block in range(n_blocks):
        for m in range(terms.n_shifts):
            scale = terms.table[terms.angular_scale_at + m]
            source = INDEX((block * height + m) * width)
            target = INDEX((block * terms.n_shifts + m) * terms.n_angles)
            for t in range(INDEX(terms.n_angles)):
                out[target + t] = scale * sums[source + t]
