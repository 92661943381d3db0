"""Sums whose terms cancel keep what rounding left of them; ``sums="exact"`` rounds sums once, as eager code does."""

from __future__ import annotations

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.autograd import functional


def two_sum(xs):
    a, b = xs
    s = a + b
    virtual = s - a
    return (a - (s - virtual)) + (b - virtual)


def fast_two_sum(xs):
    a, b = xs
    return b - ((a + b) - a)


def kahan(xs):
    total = lost = 0.0
    for x in xs:
        y = x - lost
        larger = total + y
        lost = (larger - total) - y
        total = larger
    return total


def neumaier(xs):
    total = lost = 0.0
    for x in xs:
        larger = total + x
        lost = lost + ((total - larger) + x if abs(total) >= abs(x) else (x - larger) + total)
        total = larger
    return total + lost


def split(a):
    c = 134217729.0 * a
    high = c - (c - a)
    return high, a - high


def dekker(xs):
    """The rounding error of a product."""
    a, b = xs
    (ah, al), (bh, bl) = split(a), split(b)
    return ((ah * bh - a * b) + ah * bl + al * bh) + al * bl


def to_a_grid(xs):
    return [(x + 6755399441055744.0) - 6755399441055744.0 for x in xs]


NOISE = (1e3 * np.random.default_rng(0).normal(size=60)).tolist()
CASES = [
    (two_sum, [0.1, 0.2]), (fast_two_sum, [0.2, 0.1]), (kahan, NOISE), (neumaier, NOISE),
    (neumaier, [1.0, 1e100, 1.0, -1e100]), (dekker, [0.1, 0.3]), (to_a_grid, [2.3, 0.7]), (to_a_grid, NOISE),
]  # fmt: skip


@pytest.mark.parametrize(("function", "xs"), CASES)
def test_what_rounding_left_survives_to_the_last_bit(function, xs):
    eager = [v.data for v in functional.flatten(function([gg.Value(x) for x in xs]))]
    program = gg.compile(function)
    assert functional.flatten(program(xs)) == eager
    assert functional.flatten(program(xs)) == eager  # the fast form for floats, if there is one


def test_what_rounding_left_survives_in_batches():
    X = np.array([[0.1, 0.2], [0.3, 0.6], [1e16, 1.0]])
    got = gg.compile(two_sum, batch=True, reduction="none")(X)
    assert got.tolist() == [two_sum(row) for row in X.tolist()]
    assert got.any()


def test_a_sum_beside_one_that_cancels_is_still_re_rolled():
    def function(xs):
        return kahan(xs[:3]) * gg.exp(gg.sum(w * x for w, x in zip(NOISE, xs)))

    program = gg.compile(function)
    program([1e-4] * 60)
    assert "sum of products of 60 terms" in program.summary()
