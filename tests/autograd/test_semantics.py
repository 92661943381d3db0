"""What a gradient means here: the rules that hold for every graph, each with its own test."""

from __future__ import annotations

import gc
import math
import os
import random
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

import glassgrad as gg
from glassgrad import NoGradientError, StaleGraphError, Value, no_grad
from glassgrad.autograd import graph

ROOT = Path(__file__).parents[2]


def expression(x, y):
    """A graph with shared nodes, a constant, a branch not taken, and a variadic op."""
    inner = x * y + gg.exp(x)
    return gg.sum([inner * inner, gg.where(inner > 1.0, inner, y), gg.relu(x - y), 2.0]) / (y**2 + 1.0)


# ── backward twice ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_backward_doubles_the_leaves_and_nothing_else():
    x, y = Value(0.7), Value(-1.3)
    out = expression(x, y)
    out.backward()
    once = {node: node.grad for node in graph.topological(out)}
    out.backward()
    for node, gradient in once.items():
        assert node.grad == (2 * gradient if node in (x, y) else gradient)
    out.backward()
    assert x.grad == once[x] + once[x] + once[x]
    assert out.grad == 1.0


def test_two_roots_add_up_in_a_shared_leaf():
    x = Value(3.0)
    square, cube = x * x, x**3
    square.backward()
    cube.backward()
    assert x.grad == 6.0 + 27.0


def test_zero_grad_clears_the_graph_and_a_leaf_may_be_cleared_by_hand():
    x, y = Value(0.7), Value(-1.3)
    out = expression(x, y)
    out.backward()
    first = x.grad
    out.zero_grad()
    assert all(node.grad == 0.0 for node in graph.topological(out))
    x.grad = 0.0
    out.backward()
    assert x.grad == first


def test_backward_of_an_inner_node_leaves_the_rest_alone():
    x = Value(2.0)
    y = x * 3.0
    z = y * y
    y.backward()
    assert (x.grad, y.grad, z.grad) == (3.0, 1.0, 0.0)


def test_a_leaf_is_its_own_gradient():
    x = Value(2.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


# ── a leaf's data changed after the forward pass ─────────────────────────────────────────────────────────────────────


def test_the_gradient_is_that_of_the_recorded_pass():
    w, x = Value(2.0), Value(100.0)
    out = w * x
    w.data, x.data = -1.0, 7.0
    out.backward()
    assert (out.data, w.grad, x.grad) == (200.0, 100.0, 2.0)


def test_new_derivatives_of_a_stale_graph_are_refused_by_name():
    w = Value(2.0, label="w")
    out = gg.exp(w) * w
    w.data = 3.0
    with pytest.raises(StaleGraphError, match=r"the \.data of w = leaf 3\.0 was changed after exp\(w=3\.0\)"):
        gg.gradients(out, [w])
    with pytest.raises(StaleGraphError):
        gg.grad(lambda x: x * out)(1.0)
    fresh = gg.exp(w) * w
    assert gg.gradients(fresh, [w])[0].data == pytest.approx(4 * math.exp(3.0))


def test_a_change_of_another_leaf_makes_nothing_stale():
    w, other = Value(2.0), Value(1.0)
    out = w * w
    other.data = 5.0
    assert gg.gradients(out, [w])[0].data == 4.0


# ── edges ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_x_times_x_has_two_operands_and_two_edges():
    x = Value(3.0)
    square = x * x
    assert square.operands == (x, x)
    assert square.local_derivatives == (3.0, 3.0)
    square.backward()
    assert x.grad == 6.0


def test_operands_stand_in_order():
    a, b = Value(2.0), Value(5.0)
    assert (a - b).operands == (a, b)
    assert (b / a).operands == (b, a)
    assert (b / a).local_derivatives == (0.5, -1.25)
    assert [o.data for o in (1.0 - a).operands] == [1.0, 2.0]
    assert (1.0 - a).local_derivatives == (None, -1.0)
    assert gg.sum([b, a, b]).operands == (b, a, b)
    assert gg.dot([a, b], [b, b]).local_derivatives == (5.0, 5.0, 2.0, 5.0)


def test_a_vanished_derivative_is_still_an_edge():
    x, zero = Value(3.0), Value(0.0)
    product = x * zero
    assert product.local_derivatives == (0.0, 3.0)
    product.backward()
    assert (x.grad, zero.grad) == (0.0, 3.0)


# ── nothing to differentiate ─────────────────────────────────────────────────────────────────────────────────────────


def made_under_no_grad():
    with no_grad():
        return Value(2.0) * Value(3.0)


NOTHING = {
    "a number in an expression": lambda: (Value(1.0) * 3.0).operands[1],
    "a detached value": lambda: (Value(1.0) * 2.0).detach(),
    "made under no_grad": made_under_no_grad,
    "of constants alone": lambda: Value(2.0).detach() * Value(3.0).detach() + 1.0,
}


@pytest.mark.parametrize("make", NOTHING.values(), ids=NOTHING.keys())
def test_backward_where_there_is_nothing_to_differentiate(make):
    constant = make()
    assert constant.is_constant
    assert constant.operands == constant.local_derivatives == ()
    for attempt in (constant.backward, lambda: gg.gradients(constant, [Value(1.0)])):
        with pytest.raises(NoGradientError, match=r"takes no gradient: .*Compute it from a Value, outside no_grad\(\)"):
            attempt()


def test_backward_of_a_comparison():
    with pytest.raises(NoGradientError, match="no derivative by structure"):
        gg.less(Value(1.0), Value(2.0)).backward()


def test_no_grad_ends_with_its_block_even_when_that_fails():
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert not (Value(1.0) * 2.0).is_constant
    with no_grad(), no_grad():
        pass
    assert not (Value(1.0) * 2.0).is_constant


def test_no_grad_is_of_this_thread():
    seen = {}
    inside, done = threading.Event(), threading.Event()

    def other():
        inside.wait(10)
        seen["other"] = (Value(1.0) * 2.0).is_constant
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with no_grad():
        inside.set()
        done.wait(10)
        seen["this"] = (Value(1.0) * 2.0).is_constant
    thread.join()
    assert seen == {"other": False, "this": True}


def test_a_leaf_made_under_no_grad_is_a_leaf():
    with no_grad():
        x = Value(2.0)
    (x * x).backward()
    assert x.grad == 4.0


def test_detach_cuts_and_keeps_the_number():
    x = Value(3.0, label="x")
    y = x * x.detach()
    y.backward()
    assert (x.grad, y.operands[1].data, y.operands[1].label) == (3.0, 3.0, "x")


# ── memory ───────────────────────────────────────────────────────────────────────────────────────────────────────────


MAKERS = {
    "operators": lambda x: ((x * x + 3.0) / (2.0 - x)) ** 2 - x**0.5,
    "ops": lambda x: gg.logsumexp([x.exp(), x.sin(), gg.maximum(x, 1.0), gg.where(x > 1, x, 0.0)]),
    "gradients": lambda x: gg.gradients(gg.gradients(x.tanh() * x, [x])[0], [x])[0],
    "grad of grad": lambda x: gg.grad(gg.grad(lambda y: y**3 * x))(2.0),
    "jvp": lambda x: gg.jvp(lambda y: gg.sin(y * x), (2.0,), (1.0,))[1],
    "copied": lambda x: __import__("copy").deepcopy(x * x + 1.0),
    "pickled": lambda x: __import__("pickle").loads(__import__("pickle").dumps(x * x + 1.0)),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
def test_no_reference_cycles(make):
    """With the collector off, every node is freed when the root goes."""
    x = Value(1.5)
    make(x)
    gc.collect()
    gc.disable()
    try:
        root = make(x)
        root.backward()
        alive = [weakref.ref(node) for node in graph.topological(root) if node is not x]
        assert all(ref() is not None for ref in alive)
        del root
        assert not [ref() for ref in alive if ref() is not None]
    finally:
        gc.enable()


# ── same run, same bits ──────────────────────────────────────────────────────────────────────────────────────────────


BITS = """
import random
import glassgrad as gg
from glassgrad import Value
from glassgrad.autograd import graph
junk = [object() for _ in range({junk})]
dice = random.Random(0)
leaves = [Value(dice.uniform(-1, 1)) for _ in range(20)]
nodes = list(leaves)
for _ in range(300):
    a, b = dice.choice(nodes), dice.choice(nodes)
    nodes.append(dice.choice([a * b, a + b, a - b, gg.tanh(a), gg.sin(a), gg.logaddexp(a, b), gg.softmax([a, b, a])[0]]))
out = gg.sum(nodes)
out.backward()
second = gg.gradients(gg.gradients(out, leaves)[0], leaves)
print([x.grad.hex() for x in leaves], [x.data.hex() for x in second], [n.data.hex() for n in graph.topological(out)])
"""


def test_bits_do_not_depend_on_hashing_or_addresses():
    printed = set()
    for seed, junk in (("0", 0), ("1", 1000), ("4711", 33333)):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", BITS.format(junk=junk)], env=environment, capture_output=True, text=True, check=True
        )
        printed.add(run.stdout)
    assert len(printed) == 1
    assert len(printed.pop()) > 1000


def test_bits_do_not_depend_on_threads():
    def differentiated(seed, found):
        dice = random.Random(seed)
        x, y = Value(dice.random()), Value(dice.random())
        for _ in range(50):
            expression(x, y).backward()
        found[seed] = (x.grad, y.grad)

    alone, together = {}, {}
    for seed in range(4):
        differentiated(seed, alone)
    threads = [threading.Thread(target=differentiated, args=(seed, together)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


# ── any order ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("order", range(1, 9))
def test_derivatives_of_any_order(order):
    derivative = lambda x: gg.exp(2.0 * x) + gg.sin(x)  # noqa: E731
    for _ in range(order):
        derivative = gg.grad(derivative)
    exact = 2.0**order * math.exp(0.6) + math.sin(0.3 + order * math.pi / 2)
    assert derivative(0.3) == pytest.approx(exact, rel=1e-14)


def test_second_derivatives_of_what_is_straight_are_zero():
    for straight in (gg.relu, abs, gg.leaky_relu, gg.hardtanh, gg.floor, gg.sign, lambda x: x * 3.0, lambda x: x,
                     lambda x: gg.maximum(x, 0.0), lambda x: gg.where(x > 0.0, x, 0.0), lambda x: 1.0 - x):  # fmt: skip
        assert gg.grad(gg.grad(straight))(0.7) == 0.0
        assert gg.hessian(lambda v, f=straight: f(v[0]))([-0.7]) == [[0.0]]


def test_numbers_come_back_as_numbers_however_grads_are_nested():
    f = lambda x, y: x**y  # noqa: E731
    for outer in (0, 1):
        for inner in (0, 1):
            assert type(gg.grad(gg.grad(f, inner), outer)(1.7, 0.6)) is float
            assert type(gg.grad(gg.grad(gg.grad(f, inner), outer), inner)(1.7, 0.6)) is float
