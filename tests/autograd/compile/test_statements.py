"""Statements of folded programs, forward and reverse, printed as float arithmetic, against the eager graph."""

from __future__ import annotations

import math
import random

import pytest

import glassgrad as gg
from glassgrad.autograd.compile.fold import fold, traced
from glassgrad.autograd.compile.recording.twice import record_twice
from glassgrad.autograd.compile.statements.floats import BrokenLoop, Printed
from glassgrad.autograd.compile.statements.forms import Scan
from glassgrad.autograd.compile.statements.forward import statements
from glassgrad.autograd.compile.statements.reverse import differentiated
from glassgrad.autograd.graph import gradient_numbers
from glassgrad.autograd.value import Value

P = [Value(0.7), Value(1.1), Value(0.9)]


def printed(function, args=()):
    """The printed program with its gradients, and its numbers: leaves, value and gradients of the recording."""
    recording = record_twice(function, args)
    trace = traced(recording)
    block, moved = fold(trace, nested=False, longest=256)
    program = differentiated(statements(block, moved[trace.outs].tolist(), trace))
    inputs = [x for flat in recording.inputs for x in flat]
    grads = gradient_numbers(recording.outs[0])
    leaves = [*inputs, *trace.parameters]
    return program, Printed(program, differentiates=True), recording, leaves, [grads.get(x, 0.0) for x in leaves]


def check(function, args=()):
    program, text, recording, leaves, expected = printed(function, args)
    (value,), gradient = text.call([x._data for x in leaves])
    assert value == pytest.approx(recording.outs[0]._data, rel=1e-12, abs=1e-300)
    largest = max(map(abs, expected), default=0.0)
    assert gradient == pytest.approx(expected, rel=1e-11, abs=1e-13 * largest)
    return program, text


def pendulum(xs):
    x, v = xs
    for _ in range(100):
        a, b = v, -(P[0] * gg.sin(x)) - P[1] * v
        x, v = x + 0.05 * (v + 0.5 * 0.05 * b), v + 0.05 * (-(P[0] * gg.sin(x + 0.5 * 0.05 * a)) - P[1] * v)
    return x * x + v


def net(xs):
    """Three units, read at each step; weights of their own."""
    h = [0.0, 0.0, 0.0]
    for x in xs:
        h = [gg.tanh(sum((P[(i + j) % 3] * hj for j, hj in enumerate(h)), P[i] * x)) for i in range(3)]
    return gg.sum(h) ** 2


def filtered(xs):
    """A recursive filter of order two, and a cost at every step."""
    y1, y2, cost = 0.0, 0.0, 0.0
    for k, x in enumerate(xs):
        y1, y2 = P[0] * 0.5 * x + P[1] * 0.4 * y1 - 0.2 * P[2] * y2, y1
        cost = cost + (y1 - math.sin(k)) ** 2
    return cost


def lag_of_five(xs):
    out = [P[k % 3] * xs[k] for k in range(5)]
    for x in xs:
        out.append(gg.tanh(out[-1] + P[0] * out[-5] + x))
    return gg.sum(v * v for v in out)


def attended(xs):
    """All states are read after the loop, by a softmax."""
    h, states = 0.1, []
    for x in xs:
        h = gg.tanh(P[0] * h + P[1] * x)
        states.append(h)
    weights = gg.softmax([P[2] * s for s in states])
    return gg.dot(weights, states)


def gathered(xs):
    """Inputs are read in no order."""
    rng, h = random.Random(0), P[0]
    for _ in range(30):
        h = gg.sigmoid(h * xs[rng.randrange(len(xs))] + xs[rng.randrange(len(xs))])
    return h


def soft_paths(xs):
    before = [0.0] + [1e6] * 6
    for x in xs:
        row = [1e6]
        for j in range(6):
            row.append((x * P[0] - 0.3 * j) ** 2 - gg.logsumexp([-before[j], -before[j + 1], -row[j]]))
        before = row
    return before[-1]


def two_loops(xs):
    """The second loop reads the states of the first, from the last."""
    states = [P[0]]
    for x in xs:
        states.append(gg.tanh(states[-1] * P[1] + x))
    back = P[2]
    for s in reversed(states):
        back = gg.sin(back + s * P[1])
    return back * states[-1]


def batch(xs):
    return sum(gg.sin(P[0] * x + P[1]) * gg.exp(-P[2] * float(k)) for k, x in enumerate(xs))


def selecting(xs):
    """A branch that is not taken passes nothing, whatever comes from above."""
    total = P[0]
    for x in xs:
        total = total + gg.sqrt(gg.relu(x * P[1])) * P[2]
    return total


XS = [0.1 * k - 0.35 for k in range(24)]
PROGRAMS = [net, filtered, lag_of_five, attended, gathered, soft_paths, two_loops, batch, selecting]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_value_and_gradients_of_loops(function):
    program, text = check(function, [XS])
    assert any(isinstance(statement, Scan) for statement in program.body)
    assert "for t in range(" in text.source


def test_the_text_of_a_recurrence_does_not_grow_with_its_steps():
    program, text = check(pendulum, [[0.3, -0.2]])
    scans = [statement for statement in program.body if isinstance(statement, Scan)]
    assert [(scan.trips, scan.backward) for scan in scans] == [(100, False), (100, True)]
    assert len(text.source.splitlines()) < 100


def test_replays_on_other_numbers():
    rng = random.Random(1)
    for function in PROGRAMS:
        _, text, _, leaves, _ = printed(function, [XS])
        inputs = [rng.uniform(-1.0, 1.0) for _ in XS]
        (value,), gradient = text.call([*inputs, *(x._data for x in leaves[len(XS) :])])
        xs = [Value(x) for x in inputs]
        out = function(xs)
        grads = gradient_numbers(out)
        expected = [grads.get(x, 0.0) for x in (*xs, *leaves[len(XS) :])]
        assert value == pytest.approx(out.data, rel=1e-12)
        assert gradient == pytest.approx(expected, rel=1e-11, abs=1e-13 * max(map(abs, expected)))


def test_a_guard_names_its_line_and_step():
    def halting(x):
        for _ in range(100):
            x = x * 0.8 + 0.01 * P[0]
            if x < 0.2:
                break
        return x

    _, text = check(halting, [2.0])
    with pytest.raises(BrokenLoop) as broken:
        text.call([0.5, P[0]._data])
    line, step = broken.value.args
    x, expected = 0.5, -1
    while x >= 0.2:
        x, expected = x * 0.8 + 0.01 * P[0]._data, expected + 1
    assert "test_statements.py" in line and step == expected


def random_program(seed):
    """A recurrence of random lines over states, parameters and inputs, read at random places afterwards."""
    rng = random.Random(seed)
    lines = [(rng.randrange(5), rng.randrange(9), rng.randrange(9)) for _ in range(rng.randrange(2, 8))]
    steps, change, lag = rng.randrange(5, 40), rng.randrange(40), rng.randrange(1, 4)
    reads = [rng.randrange(1000) for _ in range(3)]

    def function(xs):
        made = [*P, *xs[:3]]
        for t in range(steps):
            for op, i, j in lines:
                a, b = made[-1 - i % len(made)], made[-1 - (j + lag) % len(made)]
                made.append(LINES[(op + (t == change)) % 5](a, b, xs[t % len(xs)]))
        return gg.sum(made[k % len(made)] for k in reads) + gg.tanh(made[-1]) * P[1]

    return function


LINES = [
    lambda a, b, x: gg.tanh(a * b),
    lambda a, b, x: gg.sin(a) + 0.5 * x,
    lambda a, b, x: gg.tanh(a - b),
    lambda a, b, x: gg.maximum(a, b) * 0.5,
    lambda a, b, x: gg.sigmoid(a) * x,
]


def test_random_programs():
    for seed in range(200):
        try:
            check(random_program(seed), [XS])
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error
