"""gg.op: an op of one's own is like the rest, and a wrong one is refused with the reason."""

from __future__ import annotations

import copy
import math
import pickle

import pytest

import glassgrad as gg
from glassgrad import OpError, Value
from glassgrad.autograd import ops

GOOD = (lambda x: x * x * x, [lambda x, out: 3.0 * x * x])


def test_it_is_a_row_a_method_and_a_function():
    cubed = gg.op("cubed", *GOOD, symbol="x³", latex="{{{0}}}^3", advice="stay small")
    x = Value(2.0)
    out = cubed(x)
    out.backward()
    assert (out.data, x.grad, out.op, cubed(3), x.cubed().data) == (8.0, 12.0, cubed, 27.0, 8.0)
    assert ops.TABLE["cubed"] is cubed
    assert (cubed.name, cubed.symbol, cubed.latex.format("x"), cubed.advice) == ("cubed", "x³", "{x}^3", "stay small")
    assert gg.grad(gg.grad(cubed))(2.0) == 12.0


def test_it_is_pickled_and_copied():
    cubed = gg.op("cubed", *GOOD)
    out = pickle.loads(pickle.dumps(cubed(Value(2.0)) * 2.0))
    assert out.operands[0].op is cubed
    assert copy.deepcopy(cubed) is cubed
    data = pickle.dumps(cubed)
    del ops.TABLE["cubed"]
    with pytest.raises(OpError, match="import the module that adds it"):
        pickle.loads(data)


def test_several_operands_with_domains():
    power = gg.op(
        "power_of", lambda x, y: x**y, [lambda x, y, out: y * out / x, lambda x, y, out: out * gg.log(x)],
        domain=[(0.0, math.inf), (-3.0, 3.0)], array="np.power",
    )  # fmt: skip
    assert gg.gradcheck(power, (2.0, 1.5), order=2).ok
    assert r"\operatorname{power\_of}\left(x, y\right)" == power.latex.format("x", "y")


def test_any_number_of_operands():
    product = gg.op(
        "product", lambda *xs: math.prod(xs), lambda xs, out: [math.prod(xs[:i] + xs[i + 1 :]) for i in range(len(xs))]
    )
    assert gg.gradcheck(lambda xs: product(*xs), [2.0, 3.0, 5.0], order=2).ok


def test_no_derivative_by_structure_and_kinks():
    gate = gg.op("gate", lambda c, x: abs(x) if c > 0 else 0.0, [None, lambda c, x, out: gg.heaviside(c) * gg.sign(x)],
                 kinks=[((1.0, 0.0), (0.0, 0.0))])  # fmt: skip
    assert gate(Value(1.0), Value(2.0)).local_derivatives == (None, 1.0)


def test_what_raises_is_nan():
    root = gg.op("root", math.sqrt, [lambda x, out: 0.5 / out], domain=[(0.0, math.inf)])
    assert math.isnan(root(-1.0))
    assert math.isnan(root(Value(-1.0)).data)


def test_replacing():
    gg.op("cubed", *GOOD)
    again = gg.op("cubed", lambda x: 2.0 * x, [lambda x, out: 2.0], replace=True)
    assert Value(3.0).cubed().op is again


@pytest.mark.parametrize(
    "name", ["", "two words", "lambda", "_hidden", "3d", None, "tanh", "backward", "softmax", "data"]
)
def test_names_that_cannot_be(name):
    with pytest.raises(OpError, match=r"cannot be the name|is taken"):
        gg.op(name, *GOOD)


def test_a_name_that_was_added_before():
    gg.op("cubed", *GOOD)
    with pytest.raises(OpError, match="'cubed' was added before.*replace=True"):
        gg.op("cubed", *GOOD)


CUBE = GOOD[0]
REFUSED = {
    "wrong sign": (CUBE, [lambda x, out: -3.0 * x * x], {}, "operand 0: wrong sign"),
    "at the output": (CUBE, [lambda x, out: 3.0 * out * out], {}, "derivative taken at the output"),
    "a factor": (CUBE, [lambda x, out: x * x], {}, "a factor of 1/3"),
    "0.1 %": (CUBE, [lambda x, out: 3.003 * x * x], {}, "a factor of 1.001"),
    "operand missed": (lambda x, y: x * y, [lambda x, y, out: y, None], {}, "operand 1: an operand missed"),
    "changed places": (
        lambda x, y: x * y * y, [lambda x, y, out: 2.0 * x * y, lambda x, y, out: y * y], {}, "changed places"
    ),
    "not differentiable": (math.exp, [lambda x, out: math.exp(x)], {}, "`.*` reads the number of a Value inside a rule.*gg.exp"),
    "outside its domain": (math.log, [lambda x, out: 1.0 / x], {}, r"inside its domain, is nan; give its domain="),
    "rule without out": (CUBE, [lambda x: 3.0 * x * x], {}, "TypeError.*each rule takes the operands and out"),
    "value of text": (lambda x: "1", [lambda x, out: 1.0], {}, "TypeError: expected a real number"),
    "kink": (abs, [lambda x, out: gg.sign(x)], {"kinks": [((0.0,), (1.0,))]}, r"at its kink \(0.0,\) the rules give"),
    "array": (CUBE, GOOD[1], {"array": "np.sqrt"}, "but np.sqrt gives"),
    "array unknown": (CUBE, GOOD[1], {"array": "np.cubed"}, "name a function of NumPy"),
    "domain": (CUBE, GOOD[1], {"domain": [(1.0, 0.0)]}, "one interval"),
    "domains": (CUBE, GOOD[1], {"domain": [(0.0, 1.0)] * 2}, "for each operand"),
}  # fmt: skip


@pytest.mark.parametrize(("value", "partials", "more", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_not_added(value, partials, more, reason):
    with pytest.raises(OpError) as caught:
        gg.op("refused", value, partials, **more)
    assert caught.match(f"(?s){reason}")
    assert "refused" not in ops.TABLE
    assert not hasattr(Value, "refused")
