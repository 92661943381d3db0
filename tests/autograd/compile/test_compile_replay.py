"""Replays one after another, of all kinds of arguments in any order, each against a run of the function."""

import random

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value

w, v = Value(0.5), Value(-0.25)


def of_sample(x, y):
    return gg.sum([w * xi + gg.tanh(v * xi) for xi in np.ravel(x)]) * y + (v if np.size(x) > 3 else 0.0)


def expected(x, y, batch):
    outs = [of_sample(xi, yi) for xi, yi in zip(x, y)] if batch else [of_sample(x, y)]
    out = gg.mean(outs)
    return out.data, [g.data for g in gg.gradients(out, [w, v])]


def kinds(rng, batch):
    lead = (rng.choice((1, 3, 4)),) if batch else ()
    x = rng.choice([(), (1,), (2,), (2, 2), (3,), (2, 3)])
    numbers = np.array([rng.uniform(-1, 1) for _ in range(int(np.prod(lead + x)))]).reshape(lead + x)
    as_given = rng.choice(
        [
            np.array,
            np.float32,
            np.asfortranarray,
            lambda a: a.tolist(),
            lambda a: a[..., ::1],
            lambda a: a.astype(">f8"),
        ]
    )
    y = np.array([rng.uniform(-1, 1) for _ in range(lead[0])]) if batch else rng.uniform(-1, 1)
    return as_given(numbers), y


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_replays_of_all_kinds_in_any_order(batch, seed):
    rng = random.Random(seed)
    program = gg.compile(of_sample, batch=batch)
    given = [kinds(rng, batch) for _ in range(5)]
    for _ in range(40):
        x, y = rng.choice(given)
        value, gradient = expected(x, y, batch)
        for _ in range(rng.choice((1, 2, 3))):
            assert program.replay(x, y) == pytest.approx(value, rel=1e-6)
            by = dict(zip(program.parameters, program.gradient_vector))
            assert [by.get(w, 0.0), by.get(v, 0.0)] == pytest.approx(gradient, rel=1e-6, abs=1e-9)
        rng.choice([lambda: None, lambda: program.value_and_grad(x, y), lambda: program(x, y)])()  # noqa: B023


def test_a_replay_reads_the_vector_and_new_numbers_each_time():
    program = gg.compile(lambda x: w * x[0] + x[1], batch=True)
    xs = np.array([[1.0, 2.0], [3.0, 4.0]])
    for i in range(5):
        program.replay(xs)
        program.parameter_vector[:] = float(i)
        assert program.replay(xs + i) == pytest.approx(i * (2.0 + i) + 3.0 + i)
        assert program.gradient_vector.tolist() == [2.0 + i]
    with pytest.raises(ValueError, match="number of samples|argument"):
        program.replay(np.zeros(()))


def test_a_replay_after_a_new_parameter_was_met():
    program = gg.compile(lambda x, mode: w * x[0] if mode == "one" else w * v * x[0])
    x = np.array([2.0])
    for mode in ("one", "one", "both", "both", "one", "one"):
        assert program.replay(x, mode) == (1.0 if mode == "one" else -0.25)
    plain = gg.compile(lambda x: w * x[0] if len(x) == 1 else w * v * x[1])
    for x in (np.array([2.0]), np.array([2.0]), np.ones(2), np.array([2.0]), np.array([2.0]), np.ones(2)):
        assert plain.replay(x) == (1.0 if len(x) == 1 else -0.125)
        assert plain.gradient_vector.tolist() in ([2.0], [2.0, 0.0], [-0.25, 0.5])


def test_bad_numbers_are_found_in_replays_too():
    program = gg.compile(lambda x: gg.log(w * x[0]))
    for _ in range(3):
        program.replay(np.array([2.0]))
    with gg.detect_anomaly(), pytest.raises(gg.BadNumberError):
        program.replay(np.array([-2.0]))


def test_branches_are_asked_at_every_replay():
    program = gg.compile(lambda x: w * x[0] if x[0] > 0.0 else v * x[0])
    for x in (1.0, 2.0, -1.0, -2.0, 3.0, -3.0):
        assert program.replay(np.array([x])) == (0.5 * x if x > 0 else -0.25 * x)
