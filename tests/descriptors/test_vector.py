"""Eight values at a time against one value at a time."""

import numpy as np
import pytest

from crystalspan._numba import njit
from crystalspan.descriptors import _vector
from crystalspan.descriptors._elementary import exponentials
from crystalspan.descriptors._vector import (
    LANES,
    geometric,
    keep_below,
    larger,
    load,
    number_below,
    places_below,
    smaller,
    spread,
    square_root,
    store,
)
from naive import vector as naive

INDEX = np.uint64


@njit
def _all(values, number, out):
    """Write the results of the operations, eight values each."""
    a, b, at = load(values, INDEX(0)), load(values, INDEX(LANES)), INDEX(LANES)
    c = a
    c += b
    c *= 2.0
    c -= 0.5
    results = (
        a + b, a - b, a * b, a / b, a + number, number - a, number * a, number / a,
        square_root(a), larger(a, b), larger(a, number), smaller(a, number), spread(number), c,
        geometric(number, 1.5, 2.25, 5.0625),
    )  # fmt: skip
    for i, result in enumerate(results):
        store(out, INDEX(i) * at, result)


@njit
def _compressed(values, limit, target, places):
    """Keep what is below the limit, two vectors one after the other; return the number."""
    count = INDEX(0)
    for k in (INDEX(0), INDEX(LANES)):
        squares = load(values, k)
        keep_below(squares, limit, squares * 2.0, target, count)
        places_below(squares, limit, k, places, count)
        count += number_below(squares, limit)
    return count


@njit
def _exponentials(x, out):
    for k in range(INDEX(0), INDEX(len(x)), INDEX(LANES)):
        store(out, k, exponentials(load(x, k)))


@pytest.fixture
def values():
    return np.random.default_rng(3).uniform(0.1, 2.0, 2 * LANES)


def test_operations_are_those_of_one_value_at_a_time(values):
    number, out = 0.7, np.zeros(15 * LANES)
    _all(values, number, out)
    a, b = values[:LANES].tolist(), values[LANES:].tolist()
    pairs = [("+", a, b), ("-", a, b), ("*", a, b), ("/", a, b), ("+", a, number), ("-", number, a)]
    pairs += [("*", number, a), ("/", number, a)]
    expected = [naive.operation(*pair) for pair in pairs]
    expected += [
        naive.root(a),
        naive.larger(a, b),
        naive.larger(a, number),
        naive.smaller(a, number),
        [number] * LANES,
    ]
    expected.append([2.0 * (x + y) - 0.5 for x, y in zip(a, b, strict=True)])
    expected.append(naive.geometric(number, 1.5))
    # A product and a sum may be one rounding instead of two.
    assert np.allclose(out.reshape(-1, LANES), expected, rtol=4e-16, atol=0)


@pytest.mark.parametrize("limit", [0.0, 0.5, 1.0, 9.0])
def test_what_is_below_a_limit_is_kept_in_order(values, limit):
    target, places = np.full(3 * LANES, -1.0), np.full(3 * LANES, -1)
    count = _compressed(values, limit, target, places)
    expected, number = naive.keep_below(values[:LANES], limit, 2.0 * values[:LANES], np.full(3 * LANES, -1.0), 0)
    expected, number = naive.keep_below(values[LANES:], limit, 2.0 * values[LANES:], expected, number)
    assert count == number
    # Nothing is written behind what is kept.
    assert np.array_equal(target, expected)
    assert np.array_equal(places[:number], np.flatnonzero(values < limit))
    assert np.all(places[number:] == -1)


def test_nothing_infinite_or_undefined_is_below_a_limit():
    values = np.array([np.inf, np.nan] * LANES)
    assert _compressed(values, 1e300, np.zeros(3 * LANES), np.zeros(3 * LANES, dtype=int)) == 0


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 30.0, 600.0])
def test_the_exponentials_are_those_of_the_library(scale):
    x = -scale * np.random.default_rng(0).random(1000)
    out = np.empty_like(x)
    _exponentials(x, out)
    assert np.all(np.abs(out / np.exp(x) - 1) < 1e-15)


def test_exponentials_end_where_they_are_nothing():
    x = np.array([-600.0, -601.0, -1e5, -np.inf, 0.0, 1.0, 100.0, 700.0])
    out = np.empty_like(x)
    _exponentials(x, out)
    assert np.all(out[:4] == out[0])
    assert 0.0 < out[0] < 1e-260
    assert np.allclose(out[4:], np.exp(x[4:]), rtol=1e-15, atol=0)


def test_outside_of_compiled_functions_there_are_no_vectors():
    with pytest.raises(NotImplementedError):
        _vector.load(np.zeros(LANES), 0)
