"""Random graphs, and random numbers: the hand-tuned float path is the table, and gradients are those of other methods."""

from __future__ import annotations

import cmath
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad import Value
from glassgrad.autograd import graph, ops
from glassgrad.autograd.context import state
from glassgrad.autograd.value import record

quick = settings(max_examples=150, deadline=None, derandomize=True)
any_float = st.floats(width=64)
special = st.sampled_from([0.0, -0.0, 1.0, -1.0, 5e-324, 1.7e308, math.inf, -math.inf, math.nan, 0.5, 2.0])
numbers = st.one_of(any_float, special, st.floats(-4.0, 4.0))
exponents = st.one_of(st.integers(-3, 70), st.sampled_from([0.5, 2.0, 3.0, -1.0, 0.1]), numbers)


def same(a, b):
    """The same bits, any nan for any nan."""
    return (a == b and math.copysign(1.0, a) == math.copysign(1.0, b)) or (a != a and b != b)


def assert_same_node(fast, slow):
    assert fast.op is slow.op
    assert same(fast.data, slow.data)
    assert [o.data for o in fast.operands] == pytest.approx([o.data for o in slow.operands], nan_ok=True)
    assert [o.is_constant for o in fast.operands] == [o.is_constant for o in slow.operands]
    for one, other in zip(fast.local_derivatives, slow.local_derivatives):
        assert (one is None) == (other is None)
        assert one is None or same(one, other), (one, other)


# ── the hand-tuned float path ────────────────────────────────────────────────────────────────────────────────────────


BINARY = {
    ops.add: lambda a, b: a + b,
    ops.sub: lambda a, b: a - b,
    ops.mul: lambda a, b: a * b,
    ops.div: lambda a, b: a / b,
    ops.pow: lambda a, b: a**b,
}


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.name)
@quick
@given(a=numbers, b=exponents)
def test_operators_are_their_rows(op, a, b):
    for left, right in ((Value(a), Value(b)), (Value(a), b), (a, Value(b)), (Value(a).detach(), Value(b))):
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            continue
        assert_same_node(BINARY[op](left, right), record(op, (left, right)))
    x = Value(a)
    assert_same_node(BINARY[op](x, x), record(op, (x, x)))


@quick
@given(a=numbers)
def test_unary_operators_are_their_rows(a):
    x = Value(a)
    assert_same_node(-x, record(ops.neg, (x,)))
    assert_same_node(x.relu(), record(ops.relu, (x,)))
    assert_same_node(abs(x), record(ops.absolute, (x,)))
    assert_same_node(+x, record(ops.identity, (x,)))


@quick
@given(a=numbers, b=exponents)
def test_a_float_path_is_not_taken_while_somebody_watches(a, b):
    """Watched or not, the numbers are the same."""
    fast = [BINARY[op](Value(a), b) for op in BINARY] + [-Value(a), Value(a).relu()]
    with state.observing(state.Observer()):
        slow = [BINARY[op](Value(a), b) for op in BINARY] + [-Value(a), Value(a).relu()]
    for one, other in zip(fast, slow):
        assert_same_node(one, other)


# ── random graphs ────────────────────────────────────────────────────────────────────────────────────────────────────


# name: (arity, smooth as a complex function, in a form that keeps its operands in the domain)
UNARY = {
    "neg": (lambda x: -x, lambda z: -z),
    "exp": (lambda x: gg.exp(0.3 * x), lambda z: cmath.exp(0.3 * z)),
    "tanh": (gg.tanh, cmath.tanh),
    "sin": (gg.sin, cmath.sin),
    "cos": (gg.cos, cmath.cos),
    "atan": (gg.atan, cmath.atan),
    "asinh": (gg.asinh, cmath.asinh),
    "sigmoid": (gg.sigmoid, lambda z: 1 / (1 + cmath.exp(-z))),
    "softplus": (gg.softplus, lambda z: cmath.log(1 + cmath.exp(z))),
    "log": (lambda x: gg.log(x * x + 1.0), lambda z: cmath.log(z * z + 1.0)),
    "sqrt": (lambda x: gg.sqrt(x * x + 0.5), lambda z: cmath.sqrt(z * z + 0.5)),
    "cube": (lambda x: (0.5 * x) ** 3, lambda z: (0.5 * z) ** 3),
    "silu": (gg.silu, lambda z: z / (1 + cmath.exp(-z))),
    "sech": (gg.sech, lambda z: 1 / cmath.cosh(z)),
    "gaussian": (gg.gaussian, lambda z: cmath.exp(-z * z)),
    "leaky_relu": (gg.leaky_relu, lambda z: z if z.real > 0 else 0.01 * z),
    "abs": (abs, lambda z: z if z.real > 0 else -z),
}
PAIRS = {
    "add": (lambda x, y: x + y, lambda z, w: z + w),
    "sub": (lambda x, y: x - y, lambda z, w: z - w),
    "mul": (lambda x, y: 0.5 * x * y, lambda z, w: 0.5 * z * w),
    "div": (lambda x, y: x / (y * y + 1.0), lambda z, w: z / (w * w + 1.0)),
    "pow": (lambda x, y: gg.sigmoid(x) ** gg.tanh(y), lambda z, w: (1 / (1 + cmath.exp(-z))) ** cmath.tanh(w)),
    "maximum": (gg.maximum, lambda z, w: z if z.real > w.real else w),
    "minimum": (gg.minimum, lambda z, w: z if z.real < w.real else w),
    "logaddexp": (gg.logaddexp, lambda z, w: cmath.log(cmath.exp(z) + cmath.exp(w))),
    "hypot": (lambda x, y: gg.hypot(x, y + 3.0), lambda z, w: cmath.sqrt(z * z + (w + 3.0) ** 2)),
    "where": (lambda x, y: gg.where(x < y, x, y * y), lambda z, w: z if z.real < w.real else w * w),
}
MANY = {
    "sum": (lambda xs: gg.sum(xs), lambda zs: sum(zs)),
    "dot": (lambda xs: gg.dot(xs, xs[::-1]), lambda zs: sum(z * w for z, w in zip(zs, zs[::-1]))),
    "logsumexp": (lambda xs: gg.logsumexp(xs), lambda zs: cmath.log(sum(map(cmath.exp, zs)))),
    "softmax": (lambda xs: gg.softmax(xs)[1], lambda zs: cmath.exp(zs[1]) / sum(map(cmath.exp, zs))),
    "mean": (lambda xs: gg.mean(xs), lambda zs: sum(zs) / len(zs)),
}


def plan(seed, size=25, inputs=4):
    """Steps of a random computation: an op and which earlier numbers it takes. Late ones are used more often."""
    dice = random.Random(seed)
    steps = []
    for i in range(inputs, inputs + size):
        kind = dice.choice([UNARY, UNARY, PAIRS, PAIRS, PAIRS, MANY])
        count = 1 if kind is UNARY else 2 if kind is PAIRS else dice.randint(2, 4)
        steps.append(
            (kind, dice.choice(sorted(kind)), [min(i - 1, int(i * dice.random() ** 0.5)) for _ in range(count)])
        )
    return steps, [dice.uniform(-1.5, 1.5) for _ in range(inputs)]


def run(steps, start, which):
    """The computation on Values (which=0) or complex numbers (which=1); large numbers are tamed on the way."""
    found = list(start)
    for kind, name, places in steps:
        operands = [found[i] for i in places]
        function = kind[name][which]
        result = function(operands) if kind is MANY else function(*operands)
        if abs(float(result.real if which else result.data)) > 3.0:
            result = UNARY["tanh"][which](result)
        found.append(result)
    return sum(found[len(start) :], 0.0 * found[0])


@pytest.mark.parametrize("seed", range(60))
def test_gradients_are_those_of_the_complex_step(seed):
    """d f / d x = Im f(x + ih)/h, exact to rounding as nothing is subtracted (Squire & Trapp 1998)."""
    steps, at = plan(seed)
    leaves = [Value(x) for x in at]
    out = run(steps, leaves, 0)
    out.backward()
    h = 1e-150
    for i, leaf in enumerate(leaves):
        z = run(steps, [complex(x, h * (i == j)) for j, x in enumerate(at)], 1)
        assert out.data == pytest.approx(z.real, rel=1e-12, abs=1e-12)
        assert leaf.grad == pytest.approx(z.imag / h, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_reverse_forward_graph_and_float_modes_agree(seed):
    steps, at = plan(seed)
    leaves = [Value(x) for x in at]
    out = run(steps, leaves, 0)
    by_graph = [g.data for g in gg.gradients(out, leaves)]
    by_numbers = graph.gradient_numbers(out)
    out.backward()
    by_function = gg.grad(lambda xs: run(steps, xs, 0))(at)
    for i, leaf in enumerate(leaves):
        direction = [float(i == j) for j in range(len(at))]
        _, forward = gg.jvp(lambda *xs: run(steps, list(xs), 0), at, direction)
        others = [by_graph[i], by_numbers.get(leaf, 0.0), by_function[i], forward]
        assert others == pytest.approx([leaf.grad] * 4, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_second_derivatives_are_symmetric_and_those_of_differences(seed):
    steps, at = plan(seed, size=10)
    f = lambda xs: run(steps, xs, 0)  # noqa: E731
    hessian = gg.hessian(f)(at)
    direction = [0.3, -0.7, 0.2, 0.5]
    product = gg.hvp(f, (at,), (direction,))
    h = 1e-4
    ahead, back = (gg.grad(f)([x + s * h * d for x, d in zip(at, direction)]) for s in (1.0, -1.0))
    for i in range(len(at)):
        assert hessian[i] == pytest.approx([row[i] for row in hessian], rel=1e-10, abs=1e-11)
        assert product[i] == pytest.approx(sum(e * d for e, d in zip(hessian[i], direction)), rel=1e-10, abs=1e-10)
        assert product[i] == pytest.approx((ahead[i] - back[i]) / (2 * h), rel=1e-4, abs=1e-5)


def by_paths(node, leaf):
    """The gradient as the sum over all paths of the product of local derivatives: no topological order, no accumulation."""
    if node is leaf:
        return 1.0
    return sum(d * by_paths(o, leaf) for o, d in zip(node.operands, node.local_derivatives) if d is not None)


@pytest.mark.parametrize("seed", range(100, 120))
def test_gradients_are_sums_over_paths(seed):
    steps, at = plan(seed, size=9)
    leaves = [Value(x) for x in at]
    out = run(steps, leaves, 0)
    out.backward()
    assert [by_paths(out, leaf) for leaf in leaves] == pytest.approx(
        [leaf.grad for leaf in leaves], rel=1e-11, abs=1e-12
    )


@quick
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8), st.floats(-1e3, 1e3))
def test_softmax_is_a_distribution_and_shifts_do_not_matter(logits, shift):
    probabilities = gg.softmax(logits)
    assert math.fsum(probabilities) == pytest.approx(1.0, rel=1e-15)
    assert all(0.0 <= p <= 1.0 for p in probabilities)
    logs = gg.log_softmax(logits)
    assert [math.exp(x) for x in logs] == pytest.approx(probabilities, rel=1e-12, abs=1e-300)
    total = gg.logsumexp(logits)
    assert max(logits) <= total <= max(logits) + math.log(len(logits)) + 1e-12
    leaves = [Value(x) for x in logits]
    gg.logsumexp(leaves).backward()
    assert [x.grad for x in leaves] == pytest.approx(probabilities, rel=1e-14)


@quick
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=8))
def test_dot_and_sum_are_the_loops_that_they_replace(pairs):
    xs, ys = [Value(x) for x, _ in pairs], [Value(y) for _, y in pairs]
    scale = sum(abs(x * y) for x, y in pairs)
    fused, looped = gg.dot(xs, ys), sum((x * y for x, y in zip(xs, ys)), Value(0.0))
    assert (fused.data if pairs else fused) == pytest.approx(looped.data, rel=1e-12, abs=1e-15 * scale * len(pairs))
    if pairs:
        fused.backward()
        assert [x.grad for x in xs] == [y.data for y in ys]
        assert [y.grad for y in ys] == [x.data for x in xs]
