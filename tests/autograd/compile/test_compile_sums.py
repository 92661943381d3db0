"""Sums whose terms cancel keep what rounding left of them; ``sums="exact"`` rounds sums once, as eager code does."""

from __future__ import annotations

import re
import subprocess
import sys

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


# ── sums="exact" ───────────────────────────────────────────────────────────────────────────────────────────────────

TERMS = [1e16, 1.0, -1e16] * 40
ROWS = [[gg.Value(float(w)) for w in row] for row in np.random.default_rng(2).normal(size=(7, 6))]


def layer(xs):
    """Sums and dots of several lengths, with numbers among their terms, as groups and alone."""
    outs = [gg.dot(row, [1e9 * x for x in xs[:6]]) for row in ROWS]
    outs += [gg.sum([x, 1e16, y, -1e16, 2.0 * x]) for x, y in zip(xs, xs[1:])]
    return gg.mean([v * v for v in outs]) + gg.dot(xs, [3.0] * len(xs)) + xs[0] + 1.0 - xs[0]


EXACT = [(gg.sum, TERMS, 40.0), (gg.mean, TERMS, 1 / 3), (lambda xs: gg.dot(xs, xs[::-1]), TERMS, None),
         (lambda xs: [gg.sum(xs[i:i + 3]) for i in range(40)], TERMS, None), (layer, NOISE[:12], None)]  # fmt: skip


@pytest.mark.parametrize(("function", "xs", "known"), EXACT)
def test_exact_sums_are_rounded_once(function, xs, known):
    values = [gg.Value(x) for x in xs]
    eager = functional.flatten(function(values))
    program = gg.compile(function, sums="exact")
    for _ in range(3):
        assert functional.flatten(program(xs)) == [v.data for v in eager]
    assert known is None or program(xs) == known
    if len(eager) == 1:
        value, gradient = program.value_and_grad(xs)
        assert value == eager[0].data
        assert gradient == pytest.approx([g.data for g in gg.gradients(eager[0], values)], rel=1e-12)


def test_exact_sums_in_batches():
    X = np.array([NOISE[:12], NOISE[12:24], [1e8 * x for x in NOISE[24:36]]])
    program = gg.compile(layer, batch=True, reduction="none", sums="exact")
    assert program(X).tolist() == [layer(row).data for row in X.tolist()]
    got = gg.compile(lambda xs: [gg.sum(xs), gg.sum(xs[:3])], batch=True, reduction="none", sums="exact")(
        np.array([TERMS])
    )
    assert got.tolist() == [[40.0, 1.0]]


@pytest.mark.parametrize("language", ["numpy", "python", "torch", "jax"])
def test_scripts_have_exact_sums_or_refuse(language, tmp_path):
    for xs in (TERMS, TERMS[:3]):
        program = gg.compile(lambda xs: gg.sum([gg.sum(xs[:3]), *xs[3:]]) * 1.0, sums="exact")
        expected = program.value_and_grad(xs)[0]
        if language in ("torch", "jax"):
            with pytest.raises(gg.CompileError, match=f"sums='exact' has no form in {language}"):
                program.to_source(language)
            continue
        script = tmp_path / "script.py"
        script.write_text(program.to_source(language), encoding="utf-8")
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
        assert re.search(r"^value (.*)$", done.stdout, re.MULTILINE)[1] == repr(expected)


def test_other_kinds_of_sums_are_refused():
    with pytest.raises(ValueError, match="'fast' or 'exact'"):
        gg.compile(gg.sum, sums="slow")
