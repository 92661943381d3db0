"""Differences: right at every scale, and honest about their own error."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glassgrad.autograd.gradcheck.differences import differentiate
from glassgrad.autograd.numerics import floats

inf = math.inf

SMOOTH = {
    "sin at 1e-8": (math.sin, 1e-8, math.cos(1e-8)),
    "sin at 1e8": (math.sin, 1e8, math.cos(1e8)),
    "square at 1e8": (lambda x: x * x, 1e8, 2e8),
    "square at 1e-300": (lambda x: x * x, 1e-300, 2e-300),
    "cube at 1e100": (lambda x: x**3, 1e100, 3e200),
    "log at 1e-8": (floats.log, 1e-8, 1e8),
    "log at 1e-300": (floats.log, 1e-300, 1e300),
    "log at 1e300": (floats.log, 1e300, 1e-300),
    "log above 1e-9": (lambda x: floats.log(x + 1e-9), 1e-12, 1 / (1e-9 + 1e-12)),
    "sqrt at 1e-12": (floats.sqrt, 1e-12, 5e5),
    "asin next to 1": (floats.asin, 1 - 1e-12, 707114.602525),
    "1/x at 1e-8": (lambda x: floats.divide(1.0, x), 1e-8, -1e16),
    "exp at 700": (floats.exp, 700.0, math.exp(700)),
    "exp at -700": (floats.exp, -700.0, math.exp(-700)),
    "tan next to its pole": (math.tan, 1.57, 1 + math.tan(1.57) ** 2),
    "fast sine": (lambda x: math.sin(50 * x), 2000.3, 50 * math.cos(50 * 2000.3)),
    "steep softplus": (lambda x: floats.softplus(1e6 * x), 0.0, 5e5),
    "steeper than the first steps": (lambda x: math.tanh(1e9 * x), 0.0, 1e9),
    "tail of erfc": (math.erfc, 20.0, -2 / math.sqrt(math.pi) * math.exp(-400)),
    "constant": (lambda x: 3.0, 2.0, 0.0),
    "stationary": (lambda x: x * x - 2 * x, 1.0, 0.0),
    "even at 0": (math.cos, 0.0, 0.0),
    "flat between steps": (floats.floor, 3.5, 0.0),
    "steps far from 0": (floats.floor, 1e6 + 0.5, 0.0),
    "next to a kink": (floats.relu, -1e-7, 0.0),
    "small slope on a large number": (lambda x: 3.0 + 1e-6 * x, 0.5, 1e-6),
    "cancellation": (lambda x: (math.sin(x) + 1e6) - 1e6, 1.0, math.cos(1.0)),
    "a period of the steps": (lambda x: 1e-3 * math.sin(2**20 * math.pi * x), 0.5, 1e-3 * 2**20 * math.pi),
    "a ripple on a slope": (lambda x: 3 * x + 1e-6 * math.sin(2**14 * math.pi * x), 0.25, 3 + 1e-6 * 2**14 * math.pi),
    "single precision": (lambda x: float(np.tanh(np.float32(x))), 0.3, 1 - math.tanh(0.3) ** 2),
    "squares in single precision": (lambda x: float(np.float32(x) ** 2), 0.3, 0.6),
    "a loss near 0 of large numbers": (
        lambda x: math.log1p(math.exp(x - 33.25)) + 33.25 - 33.25,
        13.17,
        math.exp(13.17 - 33.25) / (1 + math.exp(13.17 - 33.25)),
    ),
    "sqrt of math, which raises": (math.sqrt, 1e-6, 500.0),
    "log of math, which raises": (math.log, 1e-9, 1e9),
}


@pytest.mark.parametrize(("f", "x", "exact"), SMOOTH.values(), ids=SMOOTH)
def test_derivative_is_within_its_error(f, x, exact):
    found = differentiate(f, x)
    assert found.kind == "smooth"
    assert abs(found.value - exact) <= found.error + 1e-11 * abs(exact)


ROUGH = (
    "cancellation", "single precision", "squares in single precision", "a loss near 0 of large numbers",
    "square at 1e-300",
)  # fmt: skip
PRECISE = [name for name in SMOOTH if name not in ROUGH]


@pytest.mark.parametrize("name", PRECISE)
def test_error_is_small(name):
    f, x, exact = SMOOTH[name]
    assert differentiate(f, x).error <= (1e-6 * abs(exact) or 1e-8)


SIDES = {
    "abs": (abs, 0.0, -1.0, 1.0, "kink"),
    "relu": (floats.relu, 0.0, 0.0, 1.0, "kink"),
    "a step": (floats.heaviside, 0.0, 0.0, inf, "jump"),
    "a jump on a slope": (lambda x: math.floor(x) + x, 2.0, inf, 1.0, "jump"),
    "a small jump": (lambda x: 1e-3 * math.floor(x) + x, 2.0, inf, 1.0, "jump"),
    "a point off the line": (lambda x: 5.0 if x == 1.0 else x, 1.0, inf, -inf, "jump"),
    "√|x|": (lambda x: math.sqrt(abs(x)), 0.0, -inf, inf, "jump"),
    "the slope of abs": (lambda x: float((x > 0) - (x < 0)), 0.0, inf, inf, "jump"),
    "sqrt": (floats.sqrt, 0.0, None, inf, "edge"),
    "asin": (floats.asin, 1.0, inf, None, "edge"),
    "√ of 1-x": (lambda x: floats.power(1 - x, 1.5), 1.0, 0.0, None, "edge"),
}


@pytest.mark.parametrize(("f", "x", "left", "right", "kind"), SIDES.values(), ids=SIDES)
def test_one_sided_derivatives(f, x, left, right, kind):
    found = differentiate(f, x)
    assert found.kind == kind
    for side, exact in ((found.left, left), (found.right, right)):
        assert math.isnan(side) if exact is None else side == pytest.approx(exact, abs=1e-8)


def test_infinite_slope_on_both_sides():
    assert differentiate(lambda x: math.copysign(abs(x) ** (1 / 3), x), 0.0).value == inf


@pytest.mark.parametrize(("f", "x"), [(floats.log, 0.0), (floats.sqrt, -1.0), (math.sin, math.nan), (abs, inf)])
def test_where_there_is_nothing_to_differentiate(f, x):
    with pytest.raises(ValueError, match="finite"):
        differentiate(f, x)
