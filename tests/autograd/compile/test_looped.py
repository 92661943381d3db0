"""Programs of scans over few scalars: found, checked, replayed, explained and exported like all others."""

from __future__ import annotations

import random

import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.autograd.compile import looped as module

K, C, START = Value(1.3), Value(0.4), Value(0.8)


def pendulum(x, v, steps=300):
    for _ in range(steps):
        x, v = x + 0.01 * v, v - 0.01 * (K * gg.sin(x) + C * v)
    return x * x + v


def from_parameters():
    return pendulum(START, K * 0.1)


def halting(x):
    steps = 0
    for _ in range(1000):
        x = x - 0.01 * K * x * x
        steps += 1
        if x < 0.3:
            break
    return x * float(steps)


def wide():
    h = [0.1 * j for j in range(16)]
    for _ in range(10):
        h = [gg.tanh(sum(K * x for x in h[:8]) * 0.1 + C * x) for x in h]
    return gg.sum(h)


def eager(function, *numbers):
    xs = [Value(x) for x in numbers]
    out = function(*xs)
    for v in (K, C, START):
        v.grad = 0.0
    out.backward()
    return out.data, [x.grad for x in xs], [v.grad for v in (K, C, START)]


def test_value_and_gradients_on_new_numbers():
    program = gg.compile(pendulum)
    for x, v in ((0.5, 0.1), (-0.3, 0.7), (1.1, -1.0)):
        value, by_argument, by_parameter = eager(pendulum, x, v)
        assert program(x, v) == pytest.approx(value, rel=1e-12)
        got, (mine, theta) = program.value_and_grad(x, v, wrt="both")
        assert got == pytest.approx(value, rel=1e-12)
        assert list(mine) == pytest.approx(by_argument, rel=1e-11)
        assert theta.tolist() == pytest.approx([dict(zip((K, C, START), by_parameter))[p] for p in program.parameters])
        K.data = K.data + 0.05


def test_parameters_alone_and_replay():
    program = gg.compile(from_parameters)
    value, gradient = program.value_and_grad()
    expected, _, by_parameter = eager(from_parameters)
    assert value == pytest.approx(expected, rel=1e-12)
    assert gradient.tolist() == pytest.approx([dict(zip((K, C, START), by_parameter))[p] for p in program.parameters])
    program.parameter_vector += 0.01
    assert program.replay() != value


def test_the_text_has_loops_and_the_summary_says_so():
    program = gg.compile(pendulum)
    program.value_and_grad(0.5, 0.1)
    assert "for t in range(300):" in program.source and "for t in range(299, -1, -1):" in program.source
    assert len(program.source.splitlines()) < 80
    assert "scan of 300 steps, 8 nodes a step" in program.summary()


def test_arrays_and_exports_come_from_the_unrolled_program(capsys):
    program = gg.compile(lambda x: pendulum(x, 0.1, 130))
    program(0.2)
    value = program(0.7)
    assert "for t in range(" in program.source and program.arrays()
    for language in ("python", "numpy"):
        exec(program.to_source(language), {})
        printed = capsys.readouterr().out
        assert f"{value:.10f}" in printed or repr(value)[:12] in printed


def test_a_broken_guard_records_the_other_way():
    program = gg.compile(halting)
    for x in (1.0, 0.9, 1.0, 2.0):
        value, (by_x,), _ = eager(halting, x)
        got, slope = program.value_and_grad(x)
        assert got == pytest.approx(value, rel=1e-12) and slope == pytest.approx(by_x, rel=1e-11)


def test_wide_steps_stay_arrays():
    program = gg.compile(wide)
    program.value_and_grad()
    assert "for t in range(" not in program.source


def test_batches_stay_arrays():
    program = gg.compile(lambda x: pendulum(x, 0.1), batch=True)
    program.value_and_grad([0.1, 0.2])
    assert "for t in range(" not in program.source


def random_recurrence(seed):
    rng = random.Random(seed)
    lines = [(rng.randrange(4), rng.randrange(6), rng.randrange(6)) for _ in range(rng.randrange(2, 7))]
    steps = rng.randrange(6, 40)

    def function(*xs):
        made = [K, C, START, *xs]
        for _ in range(steps):
            for op, i, j in lines:
                a, b = made[-1 - i % len(made)], made[-1 - j % len(made)]
                made.append([gg.tanh(a * b), gg.sin(a) + K, gg.maximum(a, b) * C, gg.sigmoid(a - b)][op])
        return gg.sum(made[-4:])

    return function


def test_random_recurrences_whatever_their_kind(monkeypatch):
    monkeypatch.setattr(module, "_LEAST", 0)
    monkeypatch.setattr(module, "_is_of_scans", lambda block, nodes: True)
    monkeypatch.setattr(module, "_is_a_chain", lambda created: True)
    loops = 0
    for seed in range(60):
        function = random_recurrence(seed)
        program = gg.compile(function)
        program.value_and_grad(0.3, -0.6)
        value, by_argument, _ = eager(function, -0.2, 0.9)
        got, mine = program.value_and_grad(-0.2, 0.9)
        assert got == pytest.approx(value, rel=1e-11)
        assert list(mine) == pytest.approx(by_argument, rel=1e-10, abs=1e-12), seed
        loops += "for t in range(" in program.source
    assert loops >= 50, loops
