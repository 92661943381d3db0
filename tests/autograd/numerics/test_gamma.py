"""lgamma, digamma and polygamma against mpmath: floats and arrays, to 8 ulp (of max(1, |f|) for x < 0)."""

from __future__ import annotations

import contextlib
import io
import math
import random
from fractions import Fraction

import numpy as np
import pytest
from mpmath import mp, mpf

import glassgrad as gg
from glassgrad import Value
from glassgrad.autograd.numerics import arrays, gamma

inf, nan = math.inf, math.nan
ULPS = 4.0  # what is promised is 8
ZERO = gamma.PSI_ZERO


@pytest.fixture(autouse=True)
def _precise():
    with mp.workdps(80):
        yield


# ── what is right ────────────────────────────────────────────────────────────────────────────────────────────────────


def exact_lgamma(x):
    x = mpf(x)
    with mp.workdps(120):
        return mp.loggamma(x) if x > 0 else mp.log(mp.pi / abs(x * mp.sinpi(x))) - mp.loggamma(-x)


def exact_polygamma(n, x):
    """By reflection where −x is large; mpmath's own sum loses the digits that cancel."""
    x = mpf(x)
    with mp.workdps(120 + 4 * n):
        if n == 0:
            return mp.digamma(x) if x > 0 else mp.digamma(1 - x) - mp.pi * mp.cot(mp.pi * x)
        whole = _hurwitz(n + 1, x) if x > -100 else _hurwitz_reflected(n + 1, x)
        return (-1) ** (n + 1) * mp.factorial(n) * whole


def _hurwitz_reflected(s, x):
    r = x - mp.floor(x)
    return _hurwitz(s, r) + (-1) ** s * (_hurwitz(s, 1 - r) - _hurwitz(s, 1 - x))


def _hurwitz(s, x):
    """ζ(s, x) for whole s, x of any sign: terms up to 2s + 60, and Euler–Maclaurin."""
    total, y = mpf(0), x
    while y < 2 * s + 60:
        total, y = total + y**-s, y + 1
    rest, factor = y / (s - 1) + mpf(1) / 2, s / y
    for j in range(1, 40):
        rest += mp.bernoulli(2 * j) / mp.factorial(2 * j) * factor
        factor *= (s + 2 * j - 1) * (s + 2 * j) / y**2
    return total + y**-s * rest


def ulps_off(got, exact, x):
    """The error in ulps of f for x > 0, of max(1, |f|) for x < 0."""
    nearest = float(exact)
    if got == nearest:
        return 0.0
    if not math.isfinite(got) or math.isinf(nearest):
        return inf
    return float(abs(mpf(got) - exact) / math.ulp(max(abs(nearest), 1.0) if x < 0.0 else nearest))


def worst(function, array, exact, points):
    """The largest error at these points, of the float form and of the array form."""
    with np.errstate(all="ignore"):
        found = array(np.array(points)).tolist()
    truth = [exact(x) for x in points]
    assert all(type(function(x)) is float for x in points)
    return max(
        max((ulps_off(got, wanted, x), x, got) for x, got, wanted in zip(points, numbers, truth))
        for numbers in (map(function, points), found)
    )


# ── where ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def around(dice, center, count=30):
    """Points at 1 to 4 ulp of a number, and at distances down to 1e-16 and up to 0.1."""
    points, up, down = [center], center, center
    for _ in range(4):
        up, down = math.nextafter(up, inf), math.nextafter(down, -inf)
        points += [up, down]
    return points + [center + dice.choice((-1, 1)) * 10.0 ** dice.uniform(-16.0, -1.0) for _ in range(count)]


def positive(dice):
    points = [5e-324, 1e-310, 2.2250738585072014e-308, 1e-16, 1e15, 2.0**53, 1e200, 2.5e305, 1.7e308]
    points += [10.0 ** dice.uniform(-320.0, 308.0) for _ in range(150)] + [dice.uniform(0.0, 20.0) for _ in range(300)]
    for center in (1.0, 2.0, ZERO, 0.5, 0.25, 0.75, 1.2, 1.25, 1.75, 2.5, 3.0, 10.0):
        points += around(dice, center)
    return [x for x in points if x > 0.0]


def negative(dice, deepest=40):
    points = [-(10.0 ** dice.uniform(-320.0, 15.5)) for _ in range(150)] + [
        dice.uniform(-40.0, 0.0) for _ in range(200)
    ]
    for whole in range(deepest):
        points += around(dice, -float(whole), 10) + around(dice, -whole - 0.5, 10)
    return [x for x in points if x < 0.0 and x != math.floor(x)]


def zeros(function, deepest):
    """Doubles next to the zeros that lie between the poles on the negative side."""
    points = []
    for whole in range(deepest):
        low, high = -whole - 1.0 + 1e-9, -whole - 1e-9
        while low < (low + high) / 2.0 < high:
            middle = (low + high) / 2.0
            low, high = (middle, high) if (function(middle) < 0.0) == (function(low) < 0.0) else (low, middle)
        points += [low, high, low - 1e-13, high + 1e-13, low - 1e-9, high + 1e-9, low - 1e-5, high + 1e-5]
    return points


def lgamma_zeros():
    """lgamma is 0 on both sides of each minimum between two poles: by halving towards the poles."""
    points = []
    for whole in range(2, 18):
        for pole in (-float(whole), -whole - 1.0):
            near, far = pole + math.copysign(1e-15, -whole - 0.5 - pole) * 4.0, -whole - 0.5
            while min(near, far) < (near + far) / 2.0 < max(near, far):
                middle = (near + far) / 2.0
                near, far = (middle, far) if gamma.lgamma(middle) > 0.0 else (near, middle)
            points += [near, far, near - 1e-12, far + 1e-12]
    return [x for x in points if x != math.floor(x)]


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


SIDES = pytest.mark.parametrize("side", [positive, negative])


@SIDES
def test_lgamma(side):
    points = side(random.Random("lgamma")) + (lgamma_zeros() if side is negative else [])
    assert worst(gamma.lgamma, arrays.lgamma, exact_lgamma, points)[0] <= ULPS


@SIDES
def test_digamma(side):
    points = side(random.Random("digamma")) + (zeros(gamma.digamma, 40) if side is negative else [])
    assert worst(gamma.digamma, arrays.digamma, lambda x: exact_polygamma(0, x), points)[0] <= ULPS


def test_digamma_at_zeros_far_out_on_the_negative_side():
    """There ψ(−x) ≈ log(−x) is 10 to 35, and cancels."""
    dice, points = random.Random("zeros of digamma"), []
    for exponent in range(2, 14):
        whole = -float(math.floor(10.0 ** (exponent + dice.random())))
        low, high = whole + 0.001, whole + 0.999
        while low < (low + high) / 2.0 < high:
            middle = (low + high) / 2.0
            low, high = (middle, high) if gamma.digamma(middle) < 0.0 else (low, middle)
        points += [low, high, math.nextafter(low, -inf), math.nextafter(high, inf)]
    assert worst(gamma.digamma, arrays.digamma, lambda x: exact_polygamma(0, x), points)[0] <= ULPS


ORDERS = [0, 1, 2, 3, 4, 5, 6, 8, 11, 16, 21, 30, 45, 60, 61, 120, 169, 170]


def _of_order(n):
    return lambda x: gamma.polygamma(float(n), x), lambda x: arrays.polygamma(n, x), lambda x: exact_polygamma(n, x)


@pytest.mark.parametrize("n", ORDERS)
def test_polygamma_to_the_right(n):
    dice = random.Random(f"polygamma {n}")
    points = [10.0 ** dice.uniform(-300.0 / (n + 1), 300.0 / (n + 1)) for _ in range(40)]  # x^−(n+1) is a double
    points += [dice.uniform(0.0, 4.0) for _ in range(20)] + [dice.uniform(0.0, 2.0 * n + 30.0) for _ in range(40)]
    points += [5e-324, 1e-310, 1.7e308, *around(dice, 1.0, 4), *around(dice, ZERO, 4), *around(dice, n + 13.0, 4)]
    assert worst(*_of_order(n), points)[0] <= ULPS


@pytest.mark.parametrize("n", ORDERS)
def test_polygamma_to_the_left(n):
    dice = random.Random(f"polygamma {n}")
    points = [dice.uniform(-4.0, 0.0) for _ in range(20)] + [dice.uniform(-n - 5.0, 0.0) for _ in range(20)]
    points += [-(10.0 ** dice.uniform(-5.0, 9.0)) for _ in range(20)]
    for whole in range(4):
        points += around(dice, -whole - 0.5, 4) + around(dice, -float(whole), 4)
    points += zeros(_of_order(n)[0], 6) if n % 2 == 0 else []
    points = [x for x in points if x < 0.0 and x != math.floor(x)]
    assert worst(*_of_order(n), points)[0] <= ULPS


@pytest.mark.parametrize("n", [171, 200, 400])
def test_polygamma_of_high_order(n):
    """n! is beyond the range of a double; where n!/x^(n+1) is in it, x is about n/e."""
    dice = random.Random(f"polygamma {n}")
    center = math.exp(math.lgamma(n + 1.0) / (n + 1.0))
    points = [center * 10.0 ** dice.uniform(-250.0 / n, 250.0 / n) for _ in range(12)] + [0.5, 1e5, -0.3, -2.5, -7.1]
    assert worst(*_of_order(n), points)[0] <= ULPS


def test_orders_beyond_all_measure_end():
    assert gamma.polygamma(1e6, 1.0) == -inf
    assert gamma.polygamma(1e300, 1.0) == -inf
    assert gamma.polygamma(1e6, 1e7) == 0.0
    assert 0.0 < gamma.polygamma(1001.0, 369.0) < inf


def test_the_digits_that_the_standard_library_loses():
    assert gg.lgamma(1.0000001) == pytest.approx(float(exact_lgamma(1.0000001)), rel=1e-15)
    assert abs(math.lgamma(1.0000001) / gg.lgamma(1.0000001) - 1.0) > 1e-12


SPECIAL = [
    (gg.lgamma, (0.0,), inf), (gg.lgamma, (-0.0,), inf), (gg.lgamma, (-1.0,), inf), (gg.lgamma, (-1e300,), inf),
    (gg.lgamma, (inf,), inf), (gg.lgamma, (-inf,), inf), (gg.lgamma, (nan,), nan), (gg.lgamma, (1.0,), 0.0),
    (gg.lgamma, (2.0,), 0.0), (gg.lgamma, (3.0,), math.log(2.0)), (gg.lgamma, (1e306,), inf),
    (gg.digamma, (0.0,), -inf), (gg.digamma, (-0.0,), inf), (gg.digamma, (-1.0,), nan), (gg.digamma, (-1e300,), nan),
    (gg.digamma, (inf,), inf), (gg.digamma, (-inf,), nan), (gg.digamma, (nan,), nan), (gg.digamma, (1.0,), -gamma.EULER),
    (gg.digamma, (5e-324,), -inf), (gg.digamma, (-5e-324,), inf),
    (gg.polygamma, (0.0, 0.0), -inf), (gg.polygamma, (0.0, -1.0), nan), (gg.polygamma, (0.0, inf), inf),
    (gg.polygamma, (1.0, 0.0), inf), (gg.polygamma, (1.0, -0.0), inf), (gg.polygamma, (1.0, -3.0), inf),
    (gg.polygamma, (2.0, 0.0), -inf), (gg.polygamma, (2.0, -0.0), inf), (gg.polygamma, (2.0, -3.0), nan),
    (gg.polygamma, (4.0, 0.0), -inf), (gg.polygamma, (4.0, -0.0), inf), (gg.polygamma, (3.0, -1.0), inf),
    (gg.polygamma, (1.0, inf), 0.0), (gg.polygamma, (2.0, inf), -0.0), (gg.polygamma, (1.0, -inf), nan),
    (gg.polygamma, (1.0, nan), nan), (gg.polygamma, (-1.0, 1.0), nan), (gg.polygamma, (0.5, 1.0), nan),
    (gg.polygamma, (inf, 1.0), nan), (gg.polygamma, (nan, 1.0), nan), (gg.polygamma, (170.0, 1e-3), -inf),
]  # fmt: skip


@pytest.mark.parametrize(("op", "point", "expected"), SPECIAL, ids=lambda x: getattr(x, "name", None))
def test_special_values(op, point, expected):
    with np.errstate(all="ignore"):
        array = getattr(arrays, op.name)(*(np.full(3, x) for x in point))[1]
    for found in (op(*point), float(array)):
        assert math.isnan(found) if math.isnan(expected) else found == expected
        assert found or math.copysign(1.0, found) == math.copysign(1.0, expected)


# ── arrays, derivatives, programs ────────────────────────────────────────────────────────────────────────────────────


def test_array_forms_take_any_shape_and_orders_of_any_mixture():
    x, n = np.linspace(-2.3, 9.0, 24).reshape(2, 3, 4), np.array([0.0, 1.0, 2.0, 0.5])
    expected = [[[gamma.polygamma(m, t) for m, t in zip(n, row)] for row in rows] for rows in x.tolist()]
    assert arrays.polygamma(n, x) == pytest.approx(np.array(expected), rel=1e-14, nan_ok=True)
    out = np.empty(())
    assert arrays.lgamma(2.5, out=out) is out
    assert out == gamma.lgamma(2.5)
    assert arrays.digamma(np.array([])).shape == (0,)


def test_derivatives_of_any_order():
    with mp.workdps(40):
        f, x = gg.lgamma, 3.7
        for n in range(5):
            f = gg.grad(f)
            assert f(x) == pytest.approx(float(mp.psi(n, mpf(x))), rel=2e-15)


def test_the_order_has_no_derivative_by_structure():
    assert gg.polygamma(Value(2.0), Value(1.5)).local_derivatives[0] is None


def test_compiled_programs_agree():
    def f(xs, n):
        return gg.sum(gg.lgamma(x) * gg.digamma(x) + gg.polygamma(n, x) for x in xs)

    xs = np.linspace(0.2, 12.0, 40).tolist()
    program = gg.compile(lambda xs: f(xs, 2.0))
    value, gradient = gg.value_and_grad(lambda xs: f(xs, 2.0))(xs)
    found, slopes = program.value_and_grad(xs)
    assert found == pytest.approx(value, rel=1e-13)
    assert slopes == pytest.approx(gradient, rel=1e-13)
    assert "float by float" not in program.summary()


@pytest.mark.parametrize("language", ["numpy", "python"])
def test_scripts_stand_by_themselves(language):
    def f(xs):
        return gg.sum(gg.lgamma(x) * gg.digamma(x) + gg.polygamma(2.0, x) for x in xs)

    xs = [0.2, 1.4, 1.9, 5.5, 30.0]
    program = gg.compile(f)
    value = program(xs)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(program.to_source(language), {})
    assert float(printed.getvalue().split()[1]) == pytest.approx(value, rel=1e-14)


# ── the constants ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_constants_are_what_they_are_called():
    zero = mp.findroot(mp.digamma, ZERO)
    assert float(zero) == ZERO
    assert float(mp.euler) == gamma.EULER
    assert float(1 - mp.euler) == gamma.PSI_OF_TWO
    assert float(zero - mpf(ZERO)) == gamma.PSI_ZERO_TAIL
    assert float(mp.loggamma(zero)) == gamma.MINIMUM
    assert float(mp.log(2 * mp.pi) / 2 - 0.5) == gamma.STIRLING_CONSTANT
    assert abs(mp.log(2 * mp.pi) / 2 - mpf(str(gamma.HALF_LOG_TURN))) < mpf(10) ** -70
    assert float(mp.log(2) - mpf(gamma.LN2_HEAD)) == gamma.LN2_TAIL
    assert (gamma.LN2_HEAD * 2.0**40).is_integer()


def test_tables_are_what_they_are_called():
    zero = mp.findroot(mp.digamma, ZERO)
    assert tuple(float(mp.zeta(k) - 1) for k in range(2, 30)) == gamma.ZETA_MINUS_ONE
    assert tuple(float((-1) ** (k + 1) * mp.zeta(k + 1, zero)) for k in range(1, 24)) == gamma.PSI_AT_ZERO
    assert [Fraction(*pair) for pair in gamma.BERNOULLI] == [
        Fraction(*map(int, mp.bernfrac(2 * j))) for j in range(1, 16)
    ]
