"""Every op within 8 ulp of 50-digit references, in value, first and second derivatives: the benchmark, fewer points."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path

import pytest
from mpmath import mp, mpf

import glassgrad as gg
from glassgrad.autograd import ops

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


def _load(name):
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


references = _load("references")
accuracy = _load("accuracy")

HELPERS = {op.name for op in ops.TABLE.values() if op.stands_for}
POINTS = 45  # of the benchmark's, for each op


def _share(name):
    return min(1.0, POINTS / sum(1 for _ in accuracy.points(name)))


@pytest.fixture(autouse=True)
def _precise(monkeypatch):
    monkeypatch.setattr(mp, "dps", references.DIGITS)


ORDERS = ("value", "first derivative", "second derivative")


def _said(name, order, tally):
    error, point, got, exact = tally.worst[0]
    return (
        f"the {ORDERS[order]} of {name} is {error:.3g} ulp off at {point}: {got!r} for {exact!r}; "
        f"{tally.share_within:.1%} of {len(tally.errors)} points are within 8 ulp"
    )


@pytest.mark.parametrize("name", sorted(set(accuracy.names()) - HELPERS - {"softmax"}))
def test_value_first_and_second_derivatives(name):
    for order, tally in enumerate(accuracy.measure(name, _share(name))):
        assert tally.share_within >= 0.98, _said(name, order, tally)
        assert max(tally.errors) < 64, _said(name, order, tally)


@pytest.mark.parametrize("name", sorted(HELPERS - accuracy.UNMEASURED))
def test_helpers_value_and_first_derivatives(name):
    """A helper is a derivative itself, and its own second derivatives are third ones or further ones."""
    value, first, _ = accuracy.measure(name, _share(name))
    assert value.share_within >= 0.98, _said(name, 0, value)
    assert first.share_within >= 0.9, _said(name, 1, first)


def test_softmax_value_and_first_derivatives():
    value, first, _ = accuracy.measure("softmax", _share("softmax"))
    assert value.share_within >= 0.98, _said("softmax", 0, value)
    assert first.share_within >= 0.98, _said("softmax", 1, first)


def test_a_failure_says_which_op_where_and_by_how_much():
    tally = accuracy.Tally()
    tally.add((1.0,), 1.0, mpf(1))
    tally.add((2.5,), 2.0, mpf(1))
    said = _said("exp", 1, tally)
    assert said.startswith("the first derivative of exp is 4.5e+15 ulp off at (2.5,): 2.0 for 1.0; 50.0% of 2 points")


def test_an_op_that_nothing_is_known_about_is_named():
    with pytest.raises(KeyError, match="'frobnicate'.*add its formula.*benchmarks/references.py"):
        references.reference("frobnicate")


@pytest.mark.parametrize("op", [op for op in ops.TABLE.values() if op.smooth], ids=lambda op: op.name)
def test_no_point_that_is_measured_is_a_kink(op):
    assert not any(op.is_smooth_at(*at) for at, _ in op.kinks)


def _hypot(x, y):
    return mp.sqrt(x * x + y * y)


EXTREMES = {  # where what is computed on the way would be subnormal or infinite, or all but cancels
    "over_norm of subnormals": (ops.over_norm, (5e-324, -1e-323), lambda x, y: x / _hypot(x, y)),
    "over_norm of the largest": (ops.over_norm, (1.7e308, 1.5e308), lambda x, y: x / _hypot(x, y)),
    "over_squared_norm of the largest": (ops.over_squared_norm, (3e307, 1e307), lambda x, y: x / (x * x + y * y)),
    "gelu′ at its root": (ops.gelu_slope, (-0.7517915246935645,), lambda x: mp.ncdf(x) + x * mp.npdf(x)),
    "gelu′ left of its root": (ops.gelu_slope, (-1.161257459646123,), lambda x: mp.ncdf(x) + x * mp.npdf(x)),
    "gelu′ on the edge of the quadrature": (
        ops.gelu_slope,
        (-1.05401068971112,),
        lambda x: mp.ncdf(x) + x * mp.npdf(x),
    ),
    "gelu far to the left": (ops.gelu, (-38.2,), lambda x: x * mp.ncdf(x)),
    "gelu′ far to the left": (ops.gelu_slope, (-38.2,), lambda x: mp.ncdf(x) + x * mp.npdf(x)),
    "silu′ at its root": (
        ops.silu_slope,
        (-1.2784645427610738,),
        lambda x: (1 + mp.exp(-x) * (1 + x)) / (1 + mp.exp(-x)) ** 2,
    ),
}


@pytest.mark.parametrize(("op", "point", "exact"), EXTREMES.values(), ids=EXTREMES)
def test_extreme_points(op, point, exact):
    with mp.workdps(80):
        assert accuracy.ulps_off(op(*point), exact(*map(mpf, point))) <= 8.0


def test_an_ulp_is_an_ulp():
    assert accuracy.ulps_off(1.0, mpf(1)) == 0.0
    assert accuracy.ulps_off(math.nextafter(1.0, 2.0), mpf(1)) == 1.0
    assert accuracy.ulps_off(5e-324, mpf(0)) == 1.0
    assert accuracy.ulps_off(math.nan, mpf(1)) == math.inf
    assert accuracy.ulps_off(math.inf, mpf(1)) == math.inf
    assert accuracy.ulps_off(math.inf, mpf(10) ** 400) == 0.0
    assert accuracy.ulps_off(1.0, mpf(10) ** 400) > 1e15


SMOOTH = [op for op in ops.TABLE.values() if any(op.partials) and op.name not in accuracy.UNMEASURED]


def _ordinary_point(op):
    """A point in the middle of the domain, away from kinks."""
    count = 4 if op.variadic else len(op.partials)
    middle = {(0.0, math.inf): 0.7, (1.0, math.inf): 1.6, (-1.0, math.inf): 0.4, (-1.0, 1.0): 0.3}
    spread = [0.37, -0.23, 0.11, 0.05]
    domain = op.domain if len(op.domain) == count else op.domain[:1] * count
    point = [middle.get(interval, 0.45) + 0.5 * spread[i] for i, interval in enumerate(domain)]
    return [float(round(x)) if i in op.whole else x for i, x in enumerate(point)]


@pytest.mark.parametrize("op", SMOOTH, ids=lambda op: op.name)
def test_third_derivatives(op):
    """The third derivative along the first operand: of the engine, and of mpmath's differences of the second."""
    point = _ordinary_point(op)
    i = next(i for i, rule in enumerate(op.partials) if rule is not None)

    def along(x):
        return op(*point[:i], x, *point[i + 1 :])

    second = gg.grad(gg.grad(along))
    third = gg.grad(second)(point[i])
    h = 1e-3
    stencil = [-1 / 60, 3 / 20, -3 / 4, 0.0, 3 / 4, -3 / 20, 1 / 60]
    numeric = sum(c * second(point[i] + k * h) for k, c in zip(range(-3, 4), stencil)) / h
    assert third == pytest.approx(numeric, rel=1e-7, abs=1e-8)


THIRD = {
    "exp": mp.exp, "log": mp.log, "tanh": mp.tanh, "sigmoid": lambda x: 1 / (1 + mp.exp(-x)), "sin": mp.sin,
    "softplus": lambda x: mp.log(1 + mp.exp(x)), "atan": mp.atan, "asin": mp.asin, "sinh": mp.sinh, "asinh": mp.asinh,
    "atanh": mp.atanh, "erf": mp.erf, "sqrt": mp.sqrt, "gelu": lambda x: x * mp.ncdf(x), "expm1": mp.expm1,
    "silu": lambda x: x / (1 + mp.exp(-x)), "log1p": mp.log1p, "exp2": lambda x: mp.power(2, x),
    "rsqrt": lambda x: x**-0.5,
    "normal_cdf": mp.ncdf, "reciprocal": lambda x: 1 / x, "elu": mp.expm1, "square": lambda x: x * x,
    "logsigmoid": lambda x: -mp.log(1 + mp.exp(-x)), "cos": mp.cos, "tan": mp.tan, "acos": mp.acos, "cosh": mp.cosh,
    "erfc": mp.erfc,
}  # fmt: skip


@pytest.mark.parametrize("name", THIRD)
def test_third_derivatives_against_mpmath(name):
    x = -0.41 if name == "elu" else 0.41
    with mp.workdps(60):
        exact = float(mp.diff(THIRD[name], mpf(x), 3))
    third = gg.grad(gg.grad(gg.grad(getattr(gg, name))))(x)
    assert third == pytest.approx(exact, rel=1e-13, abs=1e-13)


def test_third_mixed_derivatives_of_powers():
    def by(n, k):
        f = lambda x, y: x**y  # noqa: E731
        for _ in range(n):
            f = gg.grad(f, 0)
        for _ in range(k):
            f = gg.grad(f, 1)
        return f

    for n in range(4):
        for k in range(4):
            if n + k:
                exact = mp.diff(lambda x, y: x**y, (mpf(1.7), mpf(0.6)), (n, k))
                assert by(n, k)(1.7, 0.6) == pytest.approx(float(exact), rel=1e-13)
