"""The angular symmetry functions of one centre, from its neighbours in the order of their elements.

G_mn = 2 sum_{j<k} ((1 + cos(theta - theta_n))/2)^zeta exp(-eta ((R_j + R_k)/2 - R_m)^2) f_c(R_j) f_c(R_k): eq. 4 of
Smith, Isayev, Roitberg, Chem. Sci. 2017, 8, 3192, DOI 10.1039/C6SC05720A.

A centre has 40,000 pairs of neighbours within 9.3 angstrom, so what counts is the time of a pair:

* no angle is ever computed: cos(theta - theta_n) = cos theta cos theta_n + sin theta sin theta_n, and sin theta comes
  from the cross product, which keeps its digits where theta is near 0 or pi (there acos loses half of them);
* a whole zeta is repeated squaring;
* on evenly spaced shifts one exponential gives all Gaussians: the ratio of neighbouring ones is a constant times
  exp(2 eta h (R - R_mid)), the product of a factor of either neighbour;
* pairs go through in chunks; up to the Gaussians eight pairs are worked on at a time, then eight angles of one pair,
  so that sums over pairs of power_n * Gaussian_m need no sum over the lanes of a register;
* eight pairs are on their way at a time: a power is a chain of products that wait for each other.

A chunk is one flat array of rows of `STRIDE` values, and behind them `POWERS`, eight angles a pair.
"""

from crystalspan._numba import njit_borrowing, njit_within
from crystalspan.descriptors import _neighbours as rows
from crystalspan.descriptors._elementary import ELEMENTWISE, INDEX, exponential, exponentials, logarithm
from crystalspan.descriptors._neighbours import STEP, closer, factors, weigh
from crystalspan.descriptors._vector import LANES, load, spread, square_root, store

CHUNK = 128
FEW = 4  # shifts are padded to a multiple of it
STRIDE = CHUNK + LANES
COSINE, SINE, MEAN, WEIGHT, RATIO, INVERSE = (INDEX(row * STRIDE) for row in range(6))
POWERS = INDEX(6 * STRIDE)
FIRST_GAUSSIAN = (6 + LANES) * STRIDE
MOST_SEGMENTS = CHUNK // LANES
ROW, WIDE, TALL = INDEX(STRIDE), INDEX(LANES), INDEX(FEW)


@njit_within
def _add_pairs(close, room, j, first, n, scale, chunk, count):
    """Write the pairs of neighbour j with n others behind the `count` pairs of the chunk so far.

    Whole vectors are written; what exceeds n is overwritten by the next call, or gets the weight 0.
    """
    j, first, here, room = INDEX(j), INDEX(first), INDEX(count), INDEX(room)
    ax, ay, az = close[j], close[room + j], close[rows.Z * room + j]
    distance, weight = close[rows.DISTANCE * room + j], close[rows.WEIGHT * room + j]
    ratio, inverse = close[rows.RATIO * room + j], close[rows.INVERSE * room + j]
    square, rest = scale * scale, 1.0 - scale * scale
    for i in range(INDEX(0), INDEX(n), STEP):
        k, p = first + i, here + i
        bx, by, bz = load(close, k), load(close, room + k), load(close, rows.Z * room + k)
        store(chunk, COSINE + p, (bx * ax + by * ay + bz * az) * scale)
        cx, cy, cz = bz * ay - by * az, bx * az - bz * ax, by * ax - bx * ay
        # sin^2 = 1 - (scale cos)^2, without its cancellation.
        store(chunk, SINE + p, (cx * cx + cy * cy + cz * cz) * square + rest)
        store(chunk, MEAN + p, (load(close, rows.DISTANCE * room + k) + distance) * 0.5)
        store(chunk, WEIGHT + p, load(close, rows.WEIGHT * room + k) * weight)
        store(chunk, RATIO + p, load(close, rows.RATIO * room + k) * ratio)
        store(chunk, INVERSE + p, load(close, rows.INVERSE * room + k) * inverse)


@njit_within
def _sines(chunk, n, eta, shift, row):
    """Turn the squares of the sines into sines, and write the weighted Gaussians of one shift.

    Both in one loop: the unit that takes roots is slow, and leaves the others idle.
    """
    for k in range(INDEX(0), INDEX(n), STEP):
        x = load(chunk, MEAN + k) - shift
        store(chunk, SINE + k, square_root(load(chunk, SINE + k)))
        store(chunk, INDEX(row) + k, load(chunk, WEIGHT + k) * exponentials(x * x * -eta))


@njit_within
def _gaussian(chunk, n, eta, shift, row):
    """Write the weighted Gaussians of one shift."""
    for k in range(INDEX(0), INDEX(n), STEP):
        x = load(chunk, MEAN + k) - shift
        store(chunk, INDEX(row) + k, load(chunk, WEIGHT + k) * exponentials(x * x * -eta))


@njit_within
def _gaussians(chunk, n, terms):
    """Write the sines, and the weighted Gaussians of all shifts; by recurrence without ``angular_scale_at``."""
    table, shifts, eta, last = terms.table, terms.angular_shifts_at, terms.angular_eta, terms.n_shifts - 1
    if not terms.angular_even:
        _sines(chunk, n, eta, table[shifts], FIRST_GAUSSIAN)
        for m in range(1, last + 1):
            _gaussian(chunk, n, eta, table[shifts + m], FIRST_GAUSSIAN + m * STRIDE)
        return
    middle = terms.angular_middle
    centre = INDEX(FIRST_GAUSSIAN + middle * STRIDE)
    _sines(chunk, n, eta, table[shifts + middle], centre)
    for k in range(INDEX(0), INDEX(n), STEP):
        row = centre + k
        first, up, down = load(chunk, row), load(chunk, RATIO + k), load(chunk, INVERSE + k)
        value = first
        for away in range(INDEX(1), INDEX(last - middle + 1)):
            value *= up
            store(chunk, row + away * ROW, value)
        value = first
        for away in range(INDEX(1), INDEX(middle + 1)):
            value *= down
            store(chunk, row - away * ROW, value)


@njit_borrowing(fastmath=ELEMENTWISE)
def _powers(chunk, n, table, cosines, sines, zeta):
    """Write ((1 + cos(theta - theta_n))/2)^zeta of eight angles a pair, zeta of any size."""
    for t in range(LANES):
        c, s = table[cosines + t], table[sines + t]
        for k in range(INDEX(n)):
            x = max(0.5 + (c * chunk[COSINE + k] + s * chunk[SINE + k]), 1e-300)
            chunk[WEIGHT + k] = exponential(zeta * logarithm(x))
        for k in range(INDEX(n)):
            chunk[POWERS + WIDE * k + INDEX(t)] = chunk[WEIGHT + k]


@njit_within
def _squares(x):
    """Return the squares of eight vectors."""
    a, b, c, d, e, f, g, h = x
    return a * a, b * b, c * c, d * d, e * e, f * f, g * g, h * h


@njit_within
def _products(x, y):
    a, b, c, d, e, f, g, h = x
    p, q, r, s, t, u, v, w = y
    return a * p, b * q, c * r, d * s, e * t, f * u, g * v, h * w


@njit_within
def _to_32(x):
    return _squares(_squares(_squares(_squares(_squares(x)))))


@njit_within
def _to_70(x):
    to_17 = _products(_squares(_squares(_squares(_squares(x)))), x)
    return _squares(_products(_squares(to_17), x))


@njit_within
def _base(chunk, k, cosine, sine):
    """Return (1 + cos(theta - theta_n))/2 of eight angles of a pair."""
    return cosine * chunk[COSINE + k] + (sine * chunk[SINE + k] + 0.5)


@njit_within
def _bases(chunk, k, cosine, sine):
    """Return those of eight pairs."""
    return (
        _base(chunk, k + INDEX(0), cosine, sine),
        _base(chunk, k + INDEX(1), cosine, sine),
        _base(chunk, k + INDEX(2), cosine, sine),
        _base(chunk, k + INDEX(3), cosine, sine),
        _base(chunk, k + INDEX(4), cosine, sine),
        _base(chunk, k + INDEX(5), cosine, sine),
        _base(chunk, k + INDEX(6), cosine, sine),
        _base(chunk, k + INDEX(7), cosine, sine),
    )


@njit_within
def _stored_powers(chunk, k):
    """Return the powers that `_powers` wrote, of eight pairs."""
    at = POWERS + WIDE * k
    return (
        load(chunk, at + WIDE * INDEX(0)),
        load(chunk, at + WIDE * INDEX(1)),
        load(chunk, at + WIDE * INDEX(2)),
        load(chunk, at + WIDE * INDEX(3)),
        load(chunk, at + WIDE * INDEX(4)),
        load(chunk, at + WIDE * INDEX(5)),
        load(chunk, at + WIDE * INDEX(6)),
        load(chunk, at + WIDE * INDEX(7)),
    )


@njit_within
def _eight_powers(chunk, k, cosine, sine, zeta):
    """Return the powers of eight angles of eight pairs; the presets' whole exponents are done here."""
    if zeta == 70.0:
        return _to_70(_bases(chunk, k, cosine, sine))
    if zeta == 32.0:
        return _to_32(_bases(chunk, k, cosine, sine))
    return _stored_powers(chunk, k)


@njit_within
def _add_four(sums, power, chunk, row):
    """Return the sums of four shifts with a pair added."""
    a, b, c, d = sums
    a += power * chunk[row]
    b += power * chunk[row + ROW]
    c += power * chunk[row + ROW * INDEX(2)]
    d += power * chunk[row + ROW * INDEX(3)]
    return a, b, c, d


@njit_within
def _load_four(sums, place, width):
    return (
        load(sums, place),
        load(sums, place + width),
        load(sums, place + width * INDEX(2)),
        load(sums, place + width * INDEX(3)),
    )


@njit_within
def _store_four(sums, place, width, values):
    a, b, c, d = values
    store(sums, place, a)
    store(sums, place + width, b)
    store(sums, place + width * INDEX(2), c)
    store(sums, place + width * INDEX(3), d)


@njit_within
def _add_four_shifts(chunk, first, last, row, cosine, sine, zeta, sums, place, width):
    """Add the sums over pairs of Gaussians times powers of eight angles to four rows of the sums.

    The rows begin at `place`, `width` apart; the Gaussians' ones at `row`.
    """
    row, place, width = INDEX(row), INDEX(place), INDEX(width)
    total = _load_four(sums, place, width)
    for k in range(INDEX(first), INDEX(last), STEP):
        at = row + k
        p0, p1, p2, p3, p4, p5, p6, p7 = _eight_powers(chunk, k, cosine, sine, zeta)
        total = _add_four(total, p0, chunk, at)
        total = _add_four(total, p1, chunk, at + INDEX(1))
        total = _add_four(total, p2, chunk, at + INDEX(2))
        total = _add_four(total, p3, chunk, at + INDEX(3))
        total = _add_four(total, p4, chunk, at + INDEX(4))
        total = _add_four(total, p5, chunk, at + INDEX(5))
        total = _add_four(total, p6, chunk, at + INDEX(6))
        total = _add_four(total, p7, chunk, at + INDEX(7))
    _store_four(sums, place, width, total)


@njit_within
def _add_eight_shifts(chunk, first, last, row, cosine, sine, zeta, sums, place, width):
    """Add those of eight shifts."""
    row, place, width = INDEX(row), INDEX(place), INDEX(width)
    higher_place = place + TALL * width
    lower, higher = _load_four(sums, place, width), _load_four(sums, higher_place, width)
    for k in range(INDEX(first), INDEX(last), STEP):
        at, high = row + k, row + TALL * ROW + k
        p0, p1, p2, p3, p4, p5, p6, p7 = _eight_powers(chunk, k, cosine, sine, zeta)
        lower, higher = _add_four(lower, p0, chunk, at), _add_four(higher, p0, chunk, high)
        lower, higher = _add_four(lower, p1, chunk, at + INDEX(1)), _add_four(higher, p1, chunk, high + INDEX(1))
        lower, higher = _add_four(lower, p2, chunk, at + INDEX(2)), _add_four(higher, p2, chunk, high + INDEX(2))
        lower, higher = _add_four(lower, p3, chunk, at + INDEX(3)), _add_four(higher, p3, chunk, high + INDEX(3))
        lower, higher = _add_four(lower, p4, chunk, at + INDEX(4)), _add_four(higher, p4, chunk, high + INDEX(4))
        lower, higher = _add_four(lower, p5, chunk, at + INDEX(5)), _add_four(higher, p5, chunk, high + INDEX(5))
        lower, higher = _add_four(lower, p6, chunk, at + INDEX(6)), _add_four(higher, p6, chunk, high + INDEX(6))
        lower, higher = _add_four(lower, p7, chunk, at + INDEX(7)), _add_four(higher, p7, chunk, high + INDEX(7))
    _store_four(sums, place, width, lower)
    _store_four(sums, higher_place, width, higher)


@njit_within
def padded(n, multiple):
    """Return n rounded up to a multiple."""
    return (n + multiple - 1) // multiple * multiple


@njit_within
def _finish_chunk(chunk, segments, n_segments, terms, sums):
    """Add the chunk's pairs to the sums (element pairs, shifts, angles), flat and padded to whole vectors.

    Segment i holds the pairs ``segments[i, 1]:segments[i, 2]``, which belong to element pair ``segments[i, 0]``.
    """
    n = segments[n_segments - 1, 2]
    height, width = padded(terms.n_shifts, FEW), padded(terms.n_angles, LANES)
    _gaussians(chunk, n, terms)
    for t in range(0, width, LANES):
        cosines, sines = terms.cosines_at + t, terms.sines_at + t
        cosine, sine = load(terms.table, INDEX(cosines)), load(terms.table, INDEX(sines))
        if terms.zeta != 70.0 and terms.zeta != 32.0:
            _powers(chunk, n, terms.table, cosines, sines, terms.zeta)
        for i in range(n_segments):
            block, first, last = segments[i, 0], segments[i, 1], segments[i, 2]
            for m in range(0, height, 2 * FEW):
                place, row = (block * height + m) * width + t, FIRST_GAUSSIAN + m * STRIDE
                if height - m > FEW:
                    _add_eight_shifts(chunk, first, last, row, cosine, sine, terms.zeta, sums, place, width)
                else:
                    _add_four_shifts(chunk, first, last, row, cosine, sine, terms.zeta, sums, place, width)


@njit_within
def angular_neighbours(near, room, start, terms, picked, close, close_start):
    """Make the list of the neighbours within the angular cutoff, with the factors of their Gaussians."""
    closer(near, room, start, terms.angular_cutoff, picked, close, close_start)
    count = close_start[len(close_start) - 1]
    weigh(close, room, count, terms.angular_cutoff)
    if terms.angular_even:
        rate = terms.angular_eta * terms.angular_step
        factors(close, room, count, rate, terms.table[terms.angular_shifts_at + terms.angular_middle])


@njit_within
def _fill_chunk(close, room, start, at, scale, chunk, segments):
    """Fill the chunk with the next pairs, and return the number of its segments (0: no pairs are left).

    ``at`` is the place to go on from, and is moved on: elements a and b, their block, neighbours j and k (j = -1: at
    the block's begin). Pairs of one pair of elements after the other: few pairs of many kinds share a chunk. The
    neighbours j are those of the rarer element: fewer and longer runs.
    """
    n_elements = len(start) - 1
    a, b, block, j, k = at[0], at[1], at[2], at[3], at[4]
    count = n_segments = 0
    while a < n_elements and count < CHUNK:
        begin = count
        rare, other = a, b
        if start[b + 1] - start[b] < start[a + 1] - start[a]:
            rare, other = b, a
        if j < 0:
            j = start[rare]
            k = j + 1 if a == b else start[other]
        while j < start[rare + 1] and count < CHUNK:
            n = min(start[other + 1] - k, CHUNK - count)
            if n > 0:
                _add_pairs(close, room, j, k, n, scale, chunk, count)
                count += n
                k += n
            if k >= start[other + 1]:
                j += 1
                k = j + 1 if a == b else start[other]
        if count > begin:
            store(chunk, WEIGHT + INDEX(count), spread(0.0))
            count = padded(count, LANES)
            segments[n_segments, 0] = block
            segments[n_segments, 1] = begin
            segments[n_segments, 2] = count
            n_segments += 1
        if j >= start[rare + 1]:
            block += 1
            b += 1
            if b == n_elements:
                a += 1
                b = a
            j = -1
    at[0], at[1], at[2], at[3], at[4] = a, b, block, j, k
    return n_segments


@njit_borrowing
def angular(close, room, start, terms, chunk, segments, at, sums, out):
    """Write the angular values (element pairs, shifts, angles) of a centre, flat."""
    n_elements = len(start) - 1
    n_blocks = n_elements * (n_elements + 1) // 2
    for k in range(INDEX(0), INDEX(n_blocks * padded(terms.n_shifts, FEW) * padded(terms.n_angles, LANES)), STEP):
        store(sums, k, spread(0.0))
    at[0] = at[1] = at[2] = at[4] = 0
    at[3] = -1
    while True:
        n_segments = _fill_chunk(close, room, start, at, terms.cosine_scale, chunk, segments)
        if n_segments == 0:
            break
        _finish_chunk(chunk, segments, n_segments, terms, sums)
    _write(sums, n_blocks, terms, out)


@njit_within(fastmath=ELEMENTWISE)
def _write(sums, n_blocks, terms, out):
    """Write the scaled sums without their padding."""
    height, width = padded(terms.n_shifts, FEW), padded(terms.n_angles, LANES)
    for block in range(n_blocks):
        for m in range(terms.n_shifts):
            scale = terms.table[terms.angular_scale_at + m]
            source = INDEX((block * height + m) * width)
            target = INDEX((block * terms.n_shifts + m) * terms.n_angles)
            whole = INDEX(terms.n_angles // LANES * LANES)
            for t in range(INDEX(0), whole, STEP):
                store(out, target + t, load(sums, source + t) * scale)
            for t in range(whole, INDEX(terms.n_angles)):
                out[target + t] = scale * sums[source + t]
