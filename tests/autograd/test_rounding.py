"""%, //, round and their kin, nan and infinities that are asked for, and what NumPy asks of an array of Values."""

from __future__ import annotations

import math

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value

inf, nan = math.inf, math.nan
NUMBERS = [7.0, -7.0, 0.1, 1.0, -1.0, 2.5, 3.5, -0.5, 0.0, -0.0, 1e300, 5e-324, inf, -inf, nan]


def same(a, b):
    return repr(float(a)) == repr(float(b))


def pythons(function, *operands):
    try:
        return function(*operands)
    except ZeroDivisionError:
        return None


@pytest.mark.parametrize("x", NUMBERS)
@pytest.mark.parametrize("y", NUMBERS)
def test_mod_and_floor_division_are_pythons(x, y):
    for op, function in ((gg.mod, lambda a, b: a % b), (gg.floor_divide, lambda a, b: a // b)):
        expected = pythons(function, x, y)
        if expected is None:
            expected = nan if op is gg.mod else gg.div(x, y)
        for found in (
            op(x, y),
            function(Value(x), y).data,
            function(x, Value(y)).data,
            function(Value(x), Value(y)).data,
        ):
            assert same(found, expected), (op, x, y)
        program = gg.compile(lambda xs, ys, function=function: gg.sum([function(*p) for p in zip(xs, ys)]))
        many = program([x] * 40, [y] * 40)
        assert np.isclose(many, 40.0 * expected, rtol=1e-12, atol=1e-300, equal_nan=True) or math.isinf(40.0 * expected)


def test_the_derivative_of_mod_by_its_divisor_is_the_quotient():
    x, y = Value(1.0), Value(0.1)
    (x % y).backward()
    assert (x.grad, y.grad) == (1.0, -9.0)
    assert gg.compile(lambda x, y: x % y).value_and_grad(1.0, 0.1)[1] == (1.0, -9.0)
    assert (Value(-7.0) % 3.0).data == 2.0
    assert [v.data for v in divmod(Value(7.0), 2.0)] == [v.data for v in divmod(7.0, Value(2.0))] == [3.0, 1.0]
    assert (Value(7.0) // 2.0).local_derivatives == (None, None)


@pytest.mark.parametrize("x", NUMBERS)
def test_rounding_is_pythons_and_passes_nothing(x):
    expected = {math.floor: gg.floor, math.ceil: gg.ceil, math.trunc: gg.trunc, round: gg.round}
    for function, op in expected.items():
        node = function(Value(x))
        assert isinstance(node, Value)
        assert node.local_derivatives == (None,)
        assert node.data == function(x) if math.isfinite(x) else same(node.data, x)
        assert same(node.data, op(x))
    for digits in (0, 2, -1):
        assert same(round(Value(x), digits).data, round(x, digits))
    assert round(Value(2.675), 2).data == round(2.675, 2) == 2.67


def test_programs_round_as_python_does():
    xs = np.linspace(-3.0, 3.0, 41) + 0.005
    program = gg.compile(lambda xs: [round(x, 2) + math.trunc(x) + round(x) for x in xs])
    assert program(xs) == pytest.approx([round(x, 2) + math.trunc(x) + round(x) for x in xs.tolist()], rel=1e-15)


def test_nan_and_infinities_are_asked_for_and_leave_a_guard():
    assert [gg.isnan(x) for x in (nan, inf, 1.0)] == [1.0, 0.0, 0.0]
    assert [gg.isfinite(Value(x)).data for x in (nan, inf, 1.0)] == [0.0, 0.0, 1.0]
    program = gg.compile(lambda x: 3.0 * x if gg.isnan(x / x) else x * x)
    assert [program(x) for x in (2.0, 0.0, 3.0)] == [4.0, 0.0, 9.0]
    assert program.value_and_grad(0.0) == (0.0, 3.0)
    assert gg.grad(lambda x: gg.where(gg.isfinite(1.0 / x), x * x, 5.0 * x))(0.0) == 5.0
    xs = np.array([0.0, 2.0] * 20)
    kept = gg.compile(lambda xs: gg.sum([gg.where(gg.isnan(x / x), 5.0 * x, x * x) for x in xs]))
    assert kept(xs) == 80.0


# ── arrays of Values ─────────────────────────────────────────────────────────────────────────────────────────────────

UFUNCS = [np.rint, np.floor, np.ceil, np.trunc, np.cbrt, np.deg2rad, np.radians, np.rad2deg, np.degrees, np.square,
          np.reciprocal, np.fabs, np.absolute, np.conjugate, np.positive, np.sign]  # fmt: skip
BINARY = [
    np.fmod,
    np.remainder,
    np.mod,
    np.floor_divide,
    np.maximum,
    np.minimum,
    np.fmax,
    np.fmin,
    np.hypot,
    np.arctan2,
]


def values(numbers):
    made = np.empty(len(numbers), object)
    made[:] = [Value(x) for x in numbers]
    return made


@pytest.mark.parametrize("ufunc", UFUNCS + BINARY, ids=lambda u: u.__name__)
def test_ufuncs_give_nodes(ufunc):
    operands = ([1.5, -2.25, 3.0, 0.4], [0.7, 2.0, -1.5, 0.9])[: ufunc.nin]
    found = ufunc(*map(values, operands))
    assert [float(x.data if isinstance(x, Value) else x) for x in found] == pytest.approx(
        ufunc(*map(np.array, operands))
    )
    if ufunc is not np.sign:  # NumPy compares with 0 and makes ints; a sign has no derivative to lose
        assert all(isinstance(x, Value) for x in found)


@pytest.mark.parametrize("function", [np.mean, np.std, np.var, lambda x: np.vdot(x, x), np.linalg.norm, np.ptp])
def test_statistics_of_arrays_of_values(function):
    numbers = [1.5, -2.25, 3.0, 0.4]
    leaves = values(numbers)
    out = function(leaves)
    assert out.data == pytest.approx(function(np.array(numbers)))
    out.backward()
    for i, leaf in enumerate(leaves):
        step = np.eye(4)[i] * 1e-6
        slope = (function(numbers + step) - function(numbers - step)) / 2e-6
        assert leaf.grad == pytest.approx(slope, abs=1e-7)


def test_a_value_answers_as_a_real_number():
    x = Value(2.0)
    assert x.real is x.conjugate() is x
    assert x.imag == 0.0
    assert x.item() == 2.0
    assert np.real(values([2.0]))[0].data == 2.0


# ── beside an infinity ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [(inf, 1.0), (1.0, inf), (inf, inf), (1.0, -inf), (-inf, -inf), (nan, 1.0), (inf, -inf)])
def test_softmax_and_its_kin_beside_an_infinite_logit(at):
    for i, function in enumerate((gg.softmax, gg.log_softmax, lambda v: [gg.logsumexp(v)])):
        for f in (lambda *v, of=function: of(v)[0], lambda *v, of=function: of(v)[-1]):
            value, gradient = gg.value_and_grad(f, (0, 1))(*at)
            got, slopes = gg.compile(f).value_and_grad(*at)
            np.testing.assert_array_equal([got, *slopes], [value, *gradient])
            if inf in at:
                assert all(map(math.isnan, gradient))
                assert math.isnan(value) or i == 2
    rows = [list(at)] * 30 + [[0.5, 1.5]]
    total = gg.compile(lambda rows: [gg.logsumexp(row) for row in rows])(rows)
    np.testing.assert_array_equal(total[0], gg.logsumexp(at))
    assert total[-1] == pytest.approx(gg.logsumexp([0.5, 1.5]))


def test_derivatives_at_the_end_of_the_range():
    assert gg.grad(gg.exp2)(1024.0) == pytest.approx(1.2460659279417838e308, rel=1e-15)
    mixed = gg.grad(gg.grad(lambda x, y: x**y), 1)
    assert mixed(0.0, 1.0) == -inf
    assert mixed(0.0, 2.0) == 0.0
    assert gg.compile(mixed)(0.0, 1.0) == -inf
    assert mixed(1e-300, 1.0) == pytest.approx(1.0 + math.log(1e-300))
