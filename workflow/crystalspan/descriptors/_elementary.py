"""Elementary functions that the compiler can turn into vector instructions.

The C library's ``exp``, ``log`` and ``cos`` take one value at a time (5 to 20 ns). Here each is an exact reduction of
the range and a polynomial, without a branch: inside a loop over an array it takes below 1 ns a value, and it is as
good (2 units in the last place).

Indices in such loops are unsigned (`INDEX`): numba otherwise guards each of them against Python's negative indices,
and the guard keeps a loop from becoming vector instructions. ``contract`` (fused multiply-add) is the only
freedom the compiler has in elementwise loops: a value does not depend on its place in the array.
"""

import numpy as np

from crystalspan._numba import njit_within
from crystalspan.descriptors._vector import larger, two_to_the

INDEX = np.uint64
ELEMENTWISE = {"contract"}

_LOG2_E = 1.4426950408889634
# ln 2 in two parts: the upper one has trailing zero bits, so that its product with an exponent is exact.
_LN2_UPPER = 6.93147180369123816490e-01
_LN2_LOWER = 1.90821492927058770002e-10
# Added to a small number, it leaves the nearest integer in the lowest bits.
_ROUND = 6755399441055744.0  # 1.5 * 2**52
_BIAS = 1023
_MANTISSA_BITS = 52
# exp(-600) = 1e-261: small enough to be nothing, large enough for products without slow denormal numbers.
_LOWEST_EXPONENT = -600.0
# Mantissas are taken from [sqrt(1/2), sqrt(2)).
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD


@njit_within(fastmath=ELEMENTWISE)
def _power_series(r):
    """Return exp(r), |r| <= ln(2)/2, of a number or a vector."""
    z = r * r
    # Even and odd terms apart: half as many products wait for each other.
    even = 1.0 / 6 + z * (1.0 / 120 + z * (1.0 / 5040 + z * (1.0 / 362880 + z * (1.0 / 39916800))))
    odd = 1.0 / 24 + z * (1.0 / 720 + z * (1.0 / 40320 + z * (1.0 / 3628800 + z * (1.0 / 479001600))))
    return 1.0 + r * (1.0 + r * (0.5 + r * (even + r * odd)))


@njit_within(fastmath=ELEMENTWISE)
def exponential(x):
    """Return exp(x) for x <= 700; below -600 exp(-600), which is 0 for every purpose here."""
    x = max(x, _LOWEST_EXPONENT)
    rounded = np.float64(x * _LOG2_E + _ROUND)
    power = rounded - _ROUND
    r = (x - power * _LN2_UPPER) - power * _LN2_LOWER
    two_to_the_power = np.int64((rounded.view(np.int64) + _BIAS) << _MANTISSA_BITS).view(np.float64)
    return two_to_the_power * _power_series(r)


@njit_within(fastmath=ELEMENTWISE)
def exponentials(x):
    """Return `exponential` of a vector."""
    x = larger(x, _LOWEST_EXPONENT)
    rounded = x * _LOG2_E + _ROUND
    power = rounded - _ROUND
    r = (x - power * _LN2_UPPER) - power * _LN2_LOWER
    return two_to_the(rounded) * _power_series(r)


@njit_within(fastmath=ELEMENTWISE)
def logarithm(x):
    """Return log(x), x > 0."""
    bits = np.float64(x).view(np.int64)
    power = (bits - _SQRT_HALF_BITS) >> _MANTISSA_BITS
    f = np.int64(bits - (power << _MANTISSA_BITS)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    # log(1 + f) = 2 artanh(s), |s| < 0.172, by its power series.
    high = 1.0 / 11 + z * (1.0 / 13 + z * (1.0 / 15 + z * (1.0 / 17 + z * (1.0 / 19 + z * (1.0 / 21)))))
    series = z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * high))))
    return power * _LN2_UPPER + (2.0 * (s + s * series) + power * _LN2_LOWER)


@njit_within(fastmath=ELEMENTWISE)
def cutoff_value(x):
    """Return (1 + cos(pi x))/2 for x in [0, 1], the cutoff function at distance x R_c; of a number or a vector."""
    u = (0.5 - x) * np.pi
    z = u * u
    # The power series of sin(u), |u| <= pi/2.
    high = 1.0 / 6227020800 + z * (
        -1.0 / 1307674368000
        + z * (1.0 / 355687428096000 + z * (-1.0 / 121645100408832000 + z * (1.0 / 51090942171709440000)))
    )
    low = -1.0 / 5040 + z * (1.0 / 362880 + z * (-1.0 / 39916800 + z * high))
    return 0.5 + 0.5 * (u + u * (z * (-1.0 / 6 + z * (1.0 / 120 + z * low))))
