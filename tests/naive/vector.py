"""The operations on eight values at a time, one value at a time."""

import math

import numpy as np

LANES = 8


def operation(symbol, a, b):
    """Lane by lane; a number stands for eight of it."""
    a, b = (value if isinstance(value, list) else [value] * LANES for value in (a, b))
    done = {"+": float.__add__, "-": float.__sub__, "*": float.__mul__, "/": float.__truediv__}[symbol]
    return [done(x, y) for x, y in zip(a, b, strict=True)]


def root(a):
    return [math.sqrt(x) for x in a]


def larger(a, limit):
    return [max(x, y) for x, y in zip(a, limit if isinstance(limit, list) else [limit] * LANES, strict=True)]


def smaller(a, limit):
    return [min(x, limit) for x in a]


def geometric(first, ratio):
    return [first * ratio**lane for lane in range(LANES)]


def keep_below(squares, limit, values, target, count):
    """Append to a copy of the target behind the count; also the new count."""
    target = list(target)
    for square, value in zip(squares, values, strict=True):
        if square < limit:
            target[count] = value
            count += 1
    return np.array(target), count
