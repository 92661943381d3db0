"""Thousands of seeded random functions, compiled, replayed on new numbers, and compared with the eager engine."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.autograd import ops
from glassgrad.autograd.graph import gradient_numbers, topological
from glassgrad.autograd.node import edges
from glassgrad.autograd.value import Value

SHARDS, PER_SHARD = 12, 100
FIXED_ARITY = [op for op in ops.TABLE.values() if not op.variadic and not op.whole]
VARIADIC = [gg.sum, gg.logsumexp, lambda xs: gg.dot(xs, xs[::-1]), gg.mean, lambda xs: gg.softmax(xs)[0],
            lambda xs: gg.log_softmax(xs)[-1], sum]  # fmt: skip


def into(interval, x):
    """x moved into the domain of an op, away from its borders."""
    low, high = interval
    if low == -math.inf:
        return 2.0 * gg.tanh(x)
    if high == math.inf:
        return low + 1.5 + gg.tanh(x)
    return 0.8 * gg.tanh(x)


def applied(rng, op, pick):
    operands = [into(op.domain[min(i, len(op.domain) - 1)], pick()) for i in range(len(op.partials))]
    if rng.random() < 0.2:
        operands[rng.randrange(len(operands))] = into(op.domain[-1], rng.uniform(-1.0, 1.0))
    return op(*operands)


def scalar_function(seed):
    """A function of a list that makes a tangle of scalars: shared, repeated, dead, constant, of mixed depth."""

    def function(xs, parameters):
        rng = random.Random(seed)
        pool = [*xs, *parameters]

        def pick():
            return rng.choice(pool) if rng.random() < 0.95 else rng.uniform(-2.0, 2.0)

        for _ in range(rng.randrange(3, 40)):
            kind = rng.random()
            if kind < 0.5:
                pool.append(applied(rng, rng.choice(FIXED_ARITY), pick))
            elif kind < 0.8:
                a, b = pick(), pick()
                pool.append(rng.choice([a + b, a - b, a * b, a * a, a * 0.5 + b, a - b * b]) + 0.0 * xs[0])
            else:
                pool.append(rng.choice(VARIADIC)([pick() for _ in range(rng.randrange(1, 7))] + [pool[-1]]))
        return gg.sum(rng.choice([1.0, -0.5, 2.0]) * v for v in rng.sample(pool, min(5, len(pool))))

    return function


def vector_function(seed):
    """A function that works on lists by loops: layers, slices, reversals, strides, windows, shared weights, sums."""

    def function(xs, parameters):
        rng = random.Random(seed)
        vectors = [list(xs), list(parameters)]
        for _ in range(rng.randrange(2, 8)):
            a, b = rng.choice(vectors), rng.choice(vectors)
            vectors.append(rng.choice(MOVES)(rng, a, b))
        terms = [v for vector in vectors[2:] for v in vector]
        return gg.sum(terms) if rng.random() < 0.5 else sum(v * v for v in terms) * 0.1

    return function


def _elementwise(rng, a, b):
    op = rng.choice([op for op in FIXED_ARITY if len(op.partials) <= 2])
    shift = rng.randrange(len(b))
    pairs = [(x, b[(i + shift) % len(b)]) for i, x in enumerate(a)]
    return [op(*(into(d, v) for d, v in zip(op.domain, pair))) for pair in pairs]


def _layer(rng, a, b):
    width, out = rng.randrange(1, min(6, len(a)) + 1), rng.randrange(1, 7)
    rows = [[b[(i * width + j) % len(b)] for j in range(width)] for i in range(out)]
    order = rng.choice([1, -1])
    return [sum(w * x for w, x in zip(row[::order], a[:width][::order])) + (b[i % len(b)] if order > 0 else 1.0)
            for i, row in enumerate(rows)]  # fmt: skip


def _window(rng, a, b):
    width = rng.randrange(1, min(4, len(a)) + 1)
    return [gg.tanh(sum(b[j % len(b)] * a[i + j] for j in range(width))) for i in range(len(a) - width + 1)]


def _slice(rng, a, b):
    step = rng.choice([1, 2, -1])
    return [x - 0.3 * y for x, y in zip(a[::step], b)]


def _outer(rng, a, b):
    return [x * y for x in a[:6] for y in b[:6]]


def _softmax(rng, a, b):
    return rng.choice([gg.softmax, gg.log_softmax])([x + y for x, y in zip(a, b)])


def _recurrent(rng, a, b):
    state, states = 0.5, []
    for x in a:
        state = gg.tanh(0.5 * state + x * b[0])
        states.append(state)
    return states


def _gathered(rng, a, b):
    return [a[rng.randrange(len(a))] * b[rng.randrange(len(b))] for _ in range(rng.randrange(2, 30))]


def _chosen(rng, a, b):
    return [gg.where(gg.less(x, y), x, 0.5 * y) for x, y in zip(a, b)]


MOVES = [_elementwise, _elementwise, _layer, _layer, _window, _slice, _outer, _softmax, _recurrent, _gathered, _chosen]


def condition(out):
    """For each node, the sum over its paths of the absolute products of local derivatives: what rounding may reach."""
    bound = {out: 1.0}
    for node in reversed(topological(out)):
        for operand, local in edges(node):
            if local is not None and node in bound:
                bound[operand] = bound.get(operand, 0.0) + abs(local) * bound[node]
    return bound


def eager(function, numbers, parameters):
    xs = [Value(x) for x in numbers]
    out = function(xs, parameters)
    if not isinstance(out, Value) or out.is_constant:
        return float(out), [0.0] * (len(xs) + len(parameters)), 1.0
    grads, bound = gradient_numbers(out), condition(out)
    scale = max([1.0, *(b * max(1.0, abs(n._data)) for n, b in bound.items() if math.isfinite(b * n._data))])
    return out.data, [grads.get(v, 0.0) for v in (*xs, *parameters)], scale


def agree(got, expected, scale):
    if not math.isfinite(expected):
        return got == expected or (got != got and expected != expected)
    slack = 1e-13 if scale < 1e9 else 1e-10  # next to a pole the local derivatives themselves lose digits
    return abs(got - expected) <= 1e-11 * abs(expected) + slack * scale


def check(function, rng, inputs, held):
    parameters = [Value(rng.uniform(-1.5, 1.5)) for _ in range(held)]
    program = gg.compile(lambda xs: function(xs, parameters))
    for _ in range(2):
        numbers = [rng.uniform(-1.5, 1.5) for _ in range(inputs)]
        value, grads, scale = eager(function, numbers, parameters)
        got, (by_argument, by_parameter) = program.value_and_grad(numbers, wrt="both")
        at = dict(zip(program.parameters, by_parameter.tolist()))
        everything = [*by_argument, *(at.get(p, 0.0) for p in parameters)]
        assert agree(got, value, scale)
        assert agree(program(numbers), value, scale)
        for mine, theirs in zip(everything, grads):
            assert agree(mine, theirs, scale), (everything, grads)
        for p in parameters:
            p.data = rng.uniform(-1.5, 1.5)


@pytest.mark.parametrize("make", [scalar_function, vector_function])
@pytest.mark.parametrize("shard", range(SHARDS))
def test_replays_agree_with_the_eager_engine(make, shard):
    for seed in range(shard * PER_SHARD, (shard + 1) * PER_SHARD):
        rng = random.Random(seed)
        try:
            check(make(seed), rng, rng.randrange(1, 12), rng.randrange(1, 12))
        except Exception as error:
            raise AssertionError(f"{make.__name__} with seed {seed}: {error!r}") from error


def batched(xs, ys, parameters, seed):
    return vector_function(seed)(list(xs) + list(ys), parameters)


@pytest.mark.parametrize("shard", range(4))
def test_batches_agree_with_the_mean_of_the_samples(shard):
    for seed in range(shard * 50, (shard + 1) * 50):
        rng = random.Random(seed)
        try:
            check_batch(seed, rng)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error


def check_batch(seed, rng):
    parameters = [Value(rng.uniform(-1.5, 1.5)) for _ in range(rng.randrange(1, 12))]
    program = gg.compile(lambda xs, ys: batched(xs, ys, parameters, seed), batch=True)
    numpy_rng = np.random.default_rng(seed)
    shapes = rng.randrange(1, 6), rng.randrange(1, 6)
    for samples in (3, 1, 5):
        X, Y = (numpy_rng.uniform(-1.5, 1.5, (samples, n)) for n in shapes)
        each = [eager(lambda v, p: batched(v[: shapes[0]], v[shapes[0] :], p, seed), [*x, *y], parameters)
                for x, y in zip(X.tolist(), Y.tolist())]  # fmt: skip
        scale = max(s for _, _, s in each)
        value, ((by_x, by_y), by_parameter) = program.value_and_grad(X, Y, wrt="both")
        assert agree(value, float(np.mean([v for v, _, _ in each])), scale)
        assert agree(program(X, Y), float(np.mean([v for v, _, _ in each])), scale)
        rows = np.array([g for _, g, _ in each])
        expected = rows[:, : sum(shapes)] / samples
        for mine, theirs in zip(np.hstack([by_x, by_y]).ravel().tolist(), expected.ravel().tolist()):
            assert agree(mine, theirs, scale)
        at = dict(zip(program.parameters, by_parameter.tolist()))
        for p, theirs in zip(parameters, rows[:, sum(shapes) :].mean(axis=0).tolist()):
            assert agree(at.get(p, 0.0), theirs, scale)
