"""Folded programs, run by a plain interpreter, give every node of the recording to the last bit, or break at the guard."""

from __future__ import annotations

import math
import random
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad.autograd import ops
from glassgrad.autograd.compile.fold import Loop, Tape, fold, show, traced
from glassgrad.autograd.compile.fold.loops import AFTER, BEFORE, ONCE, STEP, Carry, Fixed
from glassgrad.autograd.compile.fold.phases import sums_of
from glassgrad.autograd.compile.fold.reads import reads_of
from glassgrad.autograd.compile.fold.stretches import Stretch
from glassgrad.autograd.compile.recording.twice import record_twice
from glassgrad.autograd.value import Value

# ── the interpreter ────────────────────────────────────────────────────────────────────────────────────────────────


class BrokenGuardError(Exception):
    """A guard that does not hold: its line, and the steps of the loops around it, the outermost first."""


def run_block(block, leaves, steps=()):
    """All values of a block, by address, given those of its leaves."""
    values = [*leaves, *[None] * block.length]
    for item in block.items:
        if isinstance(item, Loop):
            run_loop(item, values, block.leaves, steps)
        else:
            run_nodes(item, values, block.leaves, range(len(item.nodes)))
    check_guards(block.asked, values, steps)
    return values


def run_nodes(run, values, leaves, which):
    nodes = run.nodes
    for i in which:
        operands = nodes.operands[nodes.first[i] : nodes.first[i + 1]].tolist()
        values[leaves + run.start + i] = nodes.ops[nodes.code[i]].value(*[values[x] for x in operands])


def check_guards(asked, values, steps):
    for guard in asked:
        answer = values[guard.answer]
        if answer == answer and (values[guard.condition] != 0.0) != (answer != 0.0):
            raise BrokenGuardError(guard.line, steps)


def run_loop(loop, values, leaves, steps):
    """Phase by phase, as ``phases`` allows: what is the same once; what needs no state at all steps; the scan; the rest."""
    read = [loop.addresses(r, leaves).tolist() for r in loop.reads]
    body, period = loop.body, loop.period
    here = [[None] * (body.leaves + body.length) for _ in range(loop.trips)]
    for phase in (ONCE, BEFORE, STEP, AFTER):
        for t, mine in enumerate(here):
            for k, addresses in enumerate(read):
                mine[k] = values[addresses[t]]
            for item in body.items:
                if isinstance(item, Loop):
                    if loop.phases[item.start] == phase:
                        run_loop(item, mine, body.leaves, (*steps, t))
                else:
                    run_nodes(
                        item,
                        mine,
                        body.leaves,
                        [i for i in range(len(item.nodes)) if loop.phases[item.start + i] == phase],
                    )
            start = leaves + loop.start + t * period
            values[start : start + period] = [
                v if p == phase else old
                for v, p, old in zip(mine[body.leaves :], loop.phases, values[start : start + period])
            ]
            if phase == ONCE:
                for place in [i for i, p in enumerate(loop.phases) if p == ONCE]:
                    for later in range(loop.trips):
                        here[later][body.leaves + place] = values[leaves + loop.start + later * period + place] = mine[
                            body.leaves + place
                        ]
                break
    for t, mine in enumerate(here):
        for k, addresses in enumerate(read):
            mine[k] = values[addresses[t]]
        check_guards(body.asked, mine, (*steps, t))


def bits(x):
    return struct.pack("d", x)


def folded(function, args=()):
    """The trace of a function, its folded block, and the values of all nodes, which are compared with the recording's."""
    recording = record_twice(function, args)
    trace = traced(recording)
    block, moved = fold(trace)
    leaves = trace.values()
    leaves[: trace.inputs] = [x._data for flat in recording.inputs for x in flat]
    values = run_block(block, leaves)
    for i, node in enumerate(trace.nodes):
        if node is not None:
            got = values[moved[trace.tape.leaves + i]]
            assert bits(got) == bits(node._data) or got != got and node._data != node._data, (
                i,
                node.op,
                got,
                node._data,
                show(block),
            )
    return trace, block, moved


def left(function, args=()):
    """The share of the nodes that is left to write down, after the check of ``folded``."""
    trace, block, _ = folded(function, args)
    return block.size() / len(trace.tape)


def loops(block):
    return [(loop.kind, loop.trips, loop.period) for loop in block.loops]


# ── recurrences that tempt the finder ──────────────────────────────────────────────────────────────────────────────

P = [Value(0.7), Value(1.1), Value(0.9)]


def sampled():
    """x is read by itself alone, but for every tenth step."""
    x, y, t = P[0], P[1], 0.0
    for k in range(200):
        x, y = x + 0.1 * y, gg.sin(y * P[2])
        if k % 10 == 9:
            t = t + x * x
    return t


def irregular():
    x, y, t = P[0], P[1], 0.0
    for k in range(200):
        x, y = x + 0.1 * y, gg.sin(y * P[2])
        if k in (3, 7, 20, 64, 65, 150):
            t = t + x * x
    return t


def moving_average():
    m = 0.0
    for k in range(200):
        m = 0.9 * m + 0.1 * gg.tanh(P[0] * float(k % 7) + P[1])
    return m * m


def horner():
    r = 0.0
    for k in range(200):
        r = r * P[0] * 0.5 + 1.0 / (k + 1)
    return r


def zero_start():
    h, t = 0.0, 0.0
    for k in range(100):
        h = gg.tanh(P[0] * h + P[1] + 0.01 * k)
        t = t + h * h
    return t


def constant_start():
    h, c = 0.5, 1.0
    for _ in range(100):
        c = c * 0.9 + h * 0.1
        h = gg.tanh(c + P[0] * h)
    return h * c


def shared():
    """exp(p) is written in every step."""
    x = P[0]
    for _ in range(100):
        x = x * gg.exp(-P[1]) + gg.sin(x) * gg.exp(-P[1]) * 0.1
    return x


def of_the_first_step():
    """What the first step computes is read for ever."""
    x, rate = P[0], None
    for _ in range(100):
        rate = gg.exp(-P[1]) if rate is None else rate
        x = x * rate + gg.sin(x)
    return x


def alternating():
    x = P[0]
    for k in range(100):
        x = gg.sin(x * P[1]) if k % 2 else gg.tanh(x + P[2])
    return x


def lag_of_two():
    a, b = P[0], P[1]
    for _ in range(100):
        a, b = b, gg.sin(a + P[2] * b)
    return b


def lag_of_seven():
    xs = [P[k % 3] + 0.1 * k for k in range(7)]
    for _ in range(60):
        xs.append(gg.tanh(xs[-1] + 0.5 * xs[-7]))
    return gg.sum(xs)


def descent():
    """A gradient inside the loop."""
    w = [P[0], P[1]]
    for _ in range(30):
        g = gg.grad(lambda w: (w[0] * 1.5 + w[1] - 1.0) ** 2 + gg.exp(w[0] * P[2]))(w)
        w = [a - 0.05 * b for a, b in zip(w, g)]
    return w[0] * w[1]


def terms():
    t = 0.0
    for k in range(100):
        t = t + gg.sin(P[0] * float(k % 3)) * gg.exp(P[1] * 0.1 * k)
    return t


def samples():
    def one(x):
        h = [gg.tanh(P[j] * x + 0.1 * j) for j in range(3)]
        return (h[0] * P[1] + h[1] * P[2] + h[2]) ** 2

    return sum(one(0.1 * k) for k in range(50)) * 0.02


def filtered():
    """A finite impulse response: delays, and no state that comes round."""
    xs = [P[0] * math.sin(k) for k in range(80)]
    return gg.sum(gg.tanh(P[1] * xs[k] + P[2] * xs[k - 1] + xs[k - 2]) for k in range(2, 80))


def stencil(cells=12, steps=30):
    u = [P[0] * math.sin(i) for i in range(cells)]
    for _ in range(steps):
        u = [u[0], *(u[i] + 0.2 * (u[i - 1] - 2.0 * u[i] + u[i + 1]) for i in range(1, cells - 1)), u[-1]]
    return sum(x * x for x in u)


def trajectories():
    def one(x, v):
        for _ in range(20):
            x, v = x + 0.1 * v, v - 0.1 * (P[1] * gg.sin(x) + P[2] * v)
        return x * x

    return sum(one(P[0] * (0.1 * k), 0.3 * k) for k in range(12))


def rows():
    before = [0.0] + [1e6] * 12
    for i in range(12):
        row = [1e6]
        for j in range(12):
            best = gg.logsumexp([-before[j], -before[j + 1], -row[j]])
            row.append((P[0] * float(i) - 0.3 * j) ** 2 - best)
        before = row
    return before[-1]


# the function, the kind of its largest loop, at most what share is left, and loops inside its body
RECURRENCES = [
    (sampled, "scan", 0.1, 1), (irregular, "scan", 0.1, 0), (moving_average, "scan", 0.05, 0), (horner, "scan", 0.05, 0),
    (zero_start, "scan", 0.05, 0), (constant_start, "scan", 0.05, 0), (shared, "scan", 0.05, 0),
    (of_the_first_step, "scan", 0.05, 0), (alternating, "scan", 0.05, 0), (lag_of_two, "scan", 0.05, 0),
    (lag_of_seven, "scan", 0.2, 0), (descent, "scan", 0.05, 0), (terms, "batch", 0.05, 0), (samples, "batch", 0.05, 0),
    (filtered, "batch", 0.1, 0), (stencil, "scan", 0.05, 1), (trajectories, "batch", 0.1, 1), (rows, "scan", 0.1, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "kind", "share", "inner"), RECURRENCES, ids=lambda x: getattr(x, "__name__", None)
)
def test_recurrences_fold(function, kind, share, inner):
    trace, block, _ = folded(function)
    largest = max(block.loops, key=lambda loop: loop.trips * loop.period)
    assert largest.kind == kind
    assert block.size() <= share * len(trace.tape)
    assert len(largest.body.loops) >= inner
    assert f"{kind} of {largest.trips}" in show(block)


def test_what_is_left_when_nothing_repeats():
    def tangle():
        rng, pool = random.Random(0), list(P)
        for _ in range(300):
            a, b = rng.choice(pool), rng.choice(pool)
            pool.append(rng.choice([gg.sin, gg.tanh, gg.exp])(a) * 0.1 + b if rng.random() < 0.5 else gg.maximum(a, b))
        return gg.sum(pool)

    _, block, _ = folded(tangle)
    assert block.size() > 250


def test_a_sum_is_no_state_and_what_needs_no_state_leaves_the_scan():
    _, block, _ = folded(zero_start)
    (loop,) = block.loops
    total = max(carry.place for carry in loop.carries)
    assert loop.sums == [total] and loop.phases[total] == AFTER
    _, block, _ = folded(shared)
    assert (block.loops[0].phases == ONCE).sum() == 4
    _, block, _ = folded(moving_average)
    assert (block.loops[0].phases == BEFORE).sum() == 4 and (block.loops[0].phases == STEP).sum() == 2


def test_a_running_sum_that_is_read_is_a_state():
    def function():
        total, out = 0.0, 0.0
        for k in range(50):
            total = total + P[0] * float(k)
            out = out + gg.sin(total)
        return out

    _, block, _ = folded(function)
    assert block.loops[0].kind == "scan"


def test_a_running_sum_that_is_read_outside_or_half_way_is_no_mere_sum():
    def outside():
        total, seen = 0.0, []
        for k in range(50):
            total = total + P[0] * float(k)
            seen.append(total)
        return gg.sum(gg.sin(x) for x in seen)

    def half_way():
        total, half, before, out = P[1], P[2], P[0], 0.0
        for k in range(50):
            out = out + gg.sin(before)
            before, half = half, total + P[0] * float(k)
            total = half + P[0] * 0.5
        return out + total

    for function in (outside, half_way):
        _, block, _ = folded(function)
        for loop in block.loops:
            if loop.trips * loop.period >= 100 and loop.carries:
                assert len(loop.sums) == (function is half_way), show(block)


@pytest.mark.parametrize("lag", [1, 2])
def test_a_sum_whose_half_way_value_is_carried_is_none(lag):
    """%0 = add(total, x1), %1 = add(%0, x2), %2 = sin(the %0 of an earlier step)."""
    body = Tape([ops.add, ops.sin], np.array([0, 0, 1]), np.array([0, 2, 4, 5]), np.array([0, 1, 4, 2, 3]), leaves=4)
    reads = [Carry(1, 1, np.zeros(1, int)), Fixed(0), Fixed(1), Carry(0, lag, np.zeros(lag, int))]
    assert sums_of(body, reads, []) == {}
    assert sums_of(body, [*reads[:3], Fixed(2)], []) == {1: [0, 1]}
    assert sums_of(body, [*reads[:3], Fixed(2)], [1]) == {}


def test_every_step_is_compared_whatever_proposed_the_stretch():
    def function(op):
        x = P[0]
        for k in range(20):
            x = (op if k == 10 else gg.sin)(x) * P[1]
        return x

    for op, repeats in ((gg.sin, True), (gg.tanh, False)):
        tape = traced(record_twice(lambda op=op: function(op), [])).tape
        assert (reads_of(tape, Stretch(0, 2, 20)) is not None) == repeats
        assert reads_of(tape, Stretch(1, 2, 19)) is None or repeats


# ── guards ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def clipped(x):
    for k in range(40):
        x = x * 0.9 + 0.1 * k if x < 3.0 else x - 1.0
    return x


def halting(x):
    for _ in range(200):
        x = x * 0.8 + 0.01
        if x < 0.2:
            break
    return x


@pytest.mark.parametrize("start", [2.0, 1.5])
def test_guards_inside_a_loop_are_kept_and_name_the_step(start):
    trace, block, _ = folded(halting, [start])
    (loop,) = block.loops
    assert len(loop.body.asked) == 1
    leaves = trace.values()
    leaves[0] = start
    run_block(block, leaves)
    leaves[0] = 0.5
    with pytest.raises(BrokenGuardError) as broken:
        run_block(block, leaves)
    line, steps = broken.value.args
    x, step = 0.5, -1
    while x >= 0.2:
        x, step = x * 0.8 + 0.01, step + 1
    assert "test_fold.py" in line and steps == (step,)


def test_a_branch_that_changes_is_no_wrong_fold():
    for start in (-2.0, 0.0, 2.9, 8.0):
        trace, _, _ = folded(clipped, [start])
        assert len(trace.asked) == 40


# ── random cells, and what almost repeats ──────────────────────────────────────────────────────────────────────────

UNARY = [gg.sin, gg.tanh, gg.sigmoid, gg.softplus, gg.relu]
SLIPS = ["constant", "op", "order", "index"]


class Cell:
    """A random recurrence of a few states, parameters and tables, and of steps at which something else happens."""

    def __init__(self, seed, slip=""):
        rng = random.Random(seed)
        self.states, self.steps = rng.randrange(1, 5), rng.randrange(12, 60)
        self.parameters = [Value(rng.uniform(-0.5, 0.5)) for _ in range(rng.randrange(1, 4))]
        self.program = [self.line(rng, n) for n in range(rng.randrange(2, 9))]
        self.new = [rng.randrange(self.states, self.states + len(self.program)) for _ in range(self.states)]
        self.lag = rng.choice([1, 1, 1, 2, 3])
        self.special = set(rng.sample([0, 1, self.steps - 1], rng.randrange(3)))
        self.every = rng.choice([0, 0, 5])
        self.cost, self.begin = rng.random() < 0.6, rng.choice(["number", "parameter", "zero", "input"])
        self.slip, self.at = slip, rng.randrange(5, self.steps - 4)
        self.line_of_slip = rng.randrange(len(self.program))

    def line(self, rng, n):
        kind = rng.choice(["unary", "affine", "product", "input", "table"])
        return kind, rng.choice(UNARY), rng.randrange(64), rng.randrange(64), rng.randrange(64), rng.uniform(-0.5, 0.5)

    def step(self, t, states, xs):
        pool = list(states)
        for n, (kind, op, i, j, k, c) in enumerate(self.program):
            slipped = self.slip if t == self.at and n == self.line_of_slip else ""
            if slipped == "constant":
                c = c + 0.125
            if slipped == "op":
                op = gg.exp if op is not gg.exp else gg.sin
                kind = "unary" if kind != "unary" else kind
            if slipped == "index":
                i, j = i + 1, j + 1
            a, b = pool[i % len(pool)], self.parameters[j % len(self.parameters)]
            left, right = (b, a) if slipped == "order" else (a, b)
            other, x = pool[k % len(pool)], xs[t % len(xs)]
            pool.append(op(left * right) if kind == "unary" else left * right + self.term(kind, c, t, other, x))
        return [gg.tanh(pool[n]) for n in self.new]

    def term(self, kind, c, t, other, x):
        return {"affine": c, "table": c * t, "input": x, "product": other}[kind]

    def __call__(self, xs):
        begin = {"number": 0.3, "zero": 0.0, "parameter": self.parameters[0], "input": xs[0]}[self.begin]
        past = [[begin] * self.states for _ in range(self.lag)]
        total = 0.0
        for t in range(self.steps):
            states = self.step(t, past[-self.lag], xs)
            if t in self.special:
                states = [s * 0.5 + self.parameters[0] for s in states]
            if self.cost or (self.every and t % self.every == 0):
                total = total + states[0] * states[-1]
            past.append(states)
        return total + gg.sum(past[-1]) * self.parameters[0]


def check_on_other_numbers(trace, block, moved, seed):
    """The folded program and the tape, run on other leaves, numbers included, so that no two are alike by accident."""
    rng = random.Random(seed)
    never = trace.never
    answers = {guard.answer for guard in trace.asked}
    leaves = [x if k == never or k in answers else rng.uniform(-1.0, 1.0) for k, x in enumerate(trace.values())]
    tape = trace.tape
    plain = [*leaves]
    for i in range(len(tape)):
        operands = tape.operands[tape.first[i] : tape.first[i + 1]].tolist()
        plain.append(tape.ops[tape.code[i]].value(*[plain[x] for x in operands]))
    values = run_block(block, leaves)
    for k, x in enumerate(plain):
        assert bits(x) == bits(values[moved[k]]) or x != x


INPUTS = [0.1 * k - 0.3 for k in range(7)]


def test_random_cells_fold():
    folds = 0
    for seed in range(200):
        trace, block, moved = folded(Cell(seed), [INPUTS])
        check_on_other_numbers(trace, block, moved, seed)
        folds += block.size() <= 0.5 * len(trace.tape)
    assert folds >= 190, folds


@pytest.mark.parametrize("slip", SLIPS)
def test_what_almost_repeats_is_not_folded_over_the_difference(slip):
    for seed in range(100):
        trace, block, moved = folded(Cell(seed, slip), [INPUTS])
        check_on_other_numbers(trace, block, moved, seed)


LINES = [
    lambda a, b: a * b,
    lambda a, b: gg.tanh(a),
    lambda a, b: a - b,
    lambda a, b: gg.sin(a) * 0.5,
    lambda a, b: gg.maximum(a, P[0]),
]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6),
    st.integers(4, 30),
    st.lists(st.tuples(st.integers(0, 29), st.integers(0, 5), st.integers(0, 9)), max_size=3),
)
def test_hypothesis_finds_no_wrong_fold(lines, steps, changes):
    """Lines (op, operand, operand) over what was made before, repeated; some lines of some steps read elsewhere."""

    def function():
        made = list(P)
        for t in range(steps):
            for n, (op, i, j) in enumerate(lines):
                for step, line, other in changes:
                    if (step, line) == (t, n):
                        i, op = other, op + 1
                made.append(LINES[op % 5](made[-1 - i % len(made)], made[-1 - j % len(made)]))
        return gg.sum(gg.tanh(x) for x in made[-5:])

    check_on_other_numbers(*folded(function), seed=steps)


def test_memory_after_folding_does_not_depend_on_the_number_of_steps():
    def size(steps):
        def function():
            x, v = P[0], P[1]
            for _ in range(steps):
                x, v = x + 0.01 * v, v - 0.01 * (P[2] * gg.sin(x) + P[0] * v)
            return x

        _, block, _ = folded(function)
        return block.size(), [loop.addresses and len(loop.reads) for loop in block.every_loop()]

    assert size(50) == size(500)
