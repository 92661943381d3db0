"""grad and its kin: any argument shape, any order, nothing mixed up."""

from __future__ import annotations

import math
from collections import namedtuple

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, grad, gradients, hessian, hvp, jacobian, jvp, value_and_grad

Pair = namedtuple("Pair", "a b")


def bowl(x):
    return x[0] ** 2 * x[1] + gg.sin(x[0] * x[1])


def bowl_gradient(x, y):
    return [2 * x * y + y * math.cos(x * y), x * x + x * math.cos(x * y)]


def bowl_hessian(x, y):
    s, c = math.sin(x * y), math.cos(x * y)
    mixed = 2 * x + c - x * y * s
    return [[2 * y - y * y * s, mixed], [mixed, -x * x * s]]


SHAPES = {
    "list": ([2.0, 3.0], [3.0, 2.0]),
    "tuple": ((2.0, 3.0), (3.0, 2.0)),
    "namedtuple": (Pair(2.0, 3.0), Pair(3.0, 2.0)),
    "dict": ({"a": 2.0, "b": 3.0}, {"a": 3.0, "b": 2.0}),
    "deep": ({"a": [2.0], "b": ((3.0,),)}, {"a": [3.0], "b": ((2.0,),)}),
    "ints": ([2, 3], [3.0, 2.0]),
}


def _two(nested):
    while not isinstance(nested, (int, float, Value)):
        items = list(nested.values()) if isinstance(nested, dict) else list(nested)
        if len(items) == 2:
            return tuple(_one(item) for item in items)
        nested = items[0]
    raise AssertionError(nested)


def _one(nested):
    return nested if isinstance(nested, (int, float, Value)) else _one(next(iter(nested)))


@pytest.mark.parametrize(("given", "expected"), SHAPES.values(), ids=SHAPES)
def test_gradient_has_the_shape_of_the_argument(given, expected):
    found = grad(lambda p: math.prod(_two(p)))(given)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("argnums", "expected"), [(0, 5.0), (1, 4.0), (-1, 3.0), ((0, 2), (5.0, 3.0)), ([1], (4.0,)), ((), ())]
)
def test_argnums(argnums, expected):
    assert grad(lambda x, y, z: 5 * x + 4 * y + 3 * z, argnums)(1.0, 2.0, 3.0) == expected


@pytest.mark.parametrize("argnums", [2, -3])
def test_an_argument_that_was_not_given(argnums):
    with pytest.raises(ValueError, match=f"argnums={argnums}.*2 positional"):
        grad(lambda x, y: x, argnums)(1.0, 2.0)


@pytest.mark.parametrize("result", [[1.0], None, "1", np.ones(2)])
def test_gradient_of_what_is_not_one_number(result):
    with pytest.raises(TypeError, match="returns one number"):
        grad(lambda x: result)(1.0)


def test_value_and_grad():
    assert value_and_grad(bowl)([2.0, 0.0]) == (0.0, [0.0, 6.0])


def test_arrays_go_in_and_come_out():
    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    found = grad(lambda x: np.sum(np.tanh(x) * x))(x)
    assert found.dtype == float
    np.testing.assert_allclose(found, np.tanh(x) + x / np.cosh(x) ** 2, rtol=1e-14)
    assert jacobian(lambda x: x @ np.array([1.0, 0.0, 2.0]))(x).shape == (2, 2, 3)
    second = hessian(lambda v: np.sum(v**3))(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(np.array(second, dtype=float), np.diag([6.0, 12.0]))


@pytest.mark.parametrize("function", [lambda x: 3.0, lambda x: x.detach() * 2.0, lambda x: gg.greater(x, 0.0)])
@pytest.mark.filterwarnings("ignore::glassgrad.autograd.errors.NoDependenceWarning")
def test_what_does_not_depend_has_gradient_zero(function):
    assert grad(function)(2.0) == 0.0


def test_hessian_and_its_products_by_the_formula():
    x, y = 0.7, -1.3
    np.testing.assert_allclose(grad(bowl)([x, y]), bowl_gradient(x, y), rtol=1e-14)
    np.testing.assert_allclose(hessian(bowl)([x, y]), bowl_hessian(x, y), rtol=1e-13)
    direction = [0.3, 2.0]
    np.testing.assert_allclose(hvp(bowl, ([x, y],), (direction,)), np.array(bowl_hessian(x, y)) @ direction, rtol=1e-13)


def test_hvp_of_several_arguments():
    assert hvp(lambda x, y: x * x * y, (2.0, 3.0), (1.0, 10.0)) == (6.0 + 40.0, 4.0)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_derivatives_of_any_order(order):
    f = gg.sin
    for _ in range(order):
        f = grad(f)
    assert f(0.6) == pytest.approx(math.sin(0.6 + order * math.pi / 2), rel=1e-14)


def _slope(f):
    return lambda x: jvp(f, (x,), (1.0,))[1]


@pytest.mark.parametrize(
    "third",
    [lambda f: _slope(_slope(_slope(f))), lambda f: grad(_slope(grad(f))), lambda f: _slope(grad(_slope(f)))],
    ids=["forward", "reverse-forward-reverse", "forward-reverse-forward"],
)
def test_forward_and_reverse_mode_nest(third):
    assert third(lambda x: x**4 + gg.exp(2 * x))(0.5) == pytest.approx(24 * 0.5 + 8 * math.e, rel=1e-14)


def test_jvp_has_the_shape_of_the_result():
    value, slope = jvp(lambda p: {"s": p[0] * p[1], "t": [p[0], 1.0]}, ([2.0, 3.0],), ([1.0, 0.0],))
    assert (value, slope) == ({"s": 6.0, "t": [2.0, 1.0]}, {"s": 3.0, "t": [1.0, 0.0]})
    with pytest.raises(ValueError, match="2 numbers in primals, 1 in tangents"):
        jvp(lambda x, y: x, (1.0, 2.0), (1.0,))


def test_jvp_gives_values_where_its_direction_is_one():
    direction = Value(3.0)
    _, slope = jvp(lambda x: x * x, (2.0,), (direction,))
    slope.backward()
    assert (slope.data, direction.grad) == (12.0, 4.0)


def test_perturbations_are_not_confused():
    """Siskind & Pearlmutter 2005: d/dx [x · d/dy (x + y)] at 1 is 1; confused, it is 2."""
    inner_grad = grad(lambda x: x * grad(lambda y: x + y)(1.0))
    inner_jvp = _slope(lambda x: x * _slope(lambda y: x + y)(1.0))
    assert (inner_grad(1.0), inner_jvp(1.0)) == (1.0, 1.0)
    assert grad(lambda x: grad(lambda y: x * y * y)(x))(3.0) == 12.0
    assert _slope(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0


def test_parameters_that_are_read_stay_differentiable():
    w = Value(2.0)
    slope = grad(lambda x: w * x * x)(3.0)
    slope.backward()
    assert (slope.data, w.grad) == (12.0, 6.0)


@pytest.mark.parametrize("outer", [grad, _slope], ids=["reverse", "forward"])
def test_numbers_come_back_where_an_inner_derivative_was_of_numbers(outer):
    """d/dw d/dx w·x³ = 3x²: the leaf that stood for the inner 2.0 is a number again to the outer derivative."""
    found = outer(lambda w: grad(lambda x: w * x * x * x)(2.0))(5.0)
    assert type(found) is float
    assert found == 12.0


def test_values_given_stay_differentiable_and_untouched():
    x = Value(3.0)
    slope = grad(lambda t: t**3)(x)
    assert x.grad == 0.0
    slope.backward()
    assert (slope.data, x.grad) == (27.0, 18.0)


def test_gradients_on_the_graph():
    x, y, z = Value(2.0), Value(3.0), Value(4.0)
    middle = x * y
    out = middle * middle + x
    assert [g.data for g in gradients(out, [x, y, middle, z, out])] == [37.0, 24.0, 12.0, 0.0, 1.0]
    assert x.grad == y.grad == 0.0


def test_gradients_of_what_has_none():
    with pytest.raises(gg.NoGradientError, match="takes no gradient"):
        gradients(Value(2.0).detach() * 3.0, [Value(1.0)])


@pytest.mark.parametrize(
    "derive", [lambda out, x: gradients(out, [x]), lambda out, x: jvp(lambda t: t * out, (1.0,), (1.0,))]
)
def test_a_stale_graph_is_refused(derive):
    x = Value(3.0, label="x")
    out = x * x
    x.data = 5.0
    with pytest.raises(gg.StaleGraphError, match=r"x = leaf 5\.0.*compute the function again"):
        derive(out, x)
    derive(x * x, x)


def test_backward_on_a_stale_graph_is_that_of_the_recorded_pass():
    x = Value(3.0)
    out = x * x
    x.data = 5.0
    out.backward()
    assert x.grad == 6.0
