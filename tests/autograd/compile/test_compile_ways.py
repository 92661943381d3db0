"""Functions whose branches go different ways: in turn, in one batch, and too many of them; programs under a detector."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.autograd.compile.calling import backing_off

W = gg.Value(2.0)
V = gg.Value(-1.5)


def two_ways(x):
    return x * x * W if x > 0 else -3.0 * x * V


def by_signs(xs):
    return sum((x * x if x > 0 else -x * W for x in xs), 0.0)


def eager(function, point):
    """Value and gradient of a function that reads W and V."""
    xs = [gg.Value(x) for x in point]
    out = function(xs)
    return out.data, [g.data for g in gg.gradients(out, xs)]


def test_each_way_has_a_form_for_floats():
    program = gg.compile(two_ways)
    for x in (1.0, -1.0, 2.0, -2.0):
        value, [slope] = eager(lambda xs: two_ways(xs[0]), [x])
        assert program.value_and_grad(x) == (value, slope)
        assert program(x) == value
    recorded = program._direct
    assert {wrt: len(calls) for wrt, calls in recorded.items()} == {"arguments": 2, "nothing": 2}
    assert program.value_and_grad(-1.0, wrt="parameters")[1].tolist() == [0.0, 3.0]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("batch", [[1.0, 2.0], [-1.0, -2.0], [1.0, -2.0, 3.0], [1.0, np.nan, -1.0], [np.nan, np.nan]])
def test_a_batch_is_split_by_way_and_put_back_in_order(batch, reduction):
    program = gg.compile(two_ways, batch=True, reduction=reduction)
    program(np.array([0.5, 0.25]))
    for _ in range(2):
        value, (by_x, by_parameter) = program.value_and_grad(np.array(batch), wrt="both")
        xs = [gg.Value(x) for x in batch]
        total = gg.sum(two_ways(x) for x in xs) * (1.0 / len(xs) if reduction == "mean" else 1.0)
        assert value == pytest.approx(total.data, nan_ok=True)
        assert by_x.tolist() == pytest.approx([g.data for g in gg.gradients(total, xs)], nan_ok=True)
        expected = [g.data for g in gg.gradients(total, list(program.parameters))]
        assert by_parameter.tolist() == pytest.approx(expected, nan_ok=True)


def test_samples_that_are_not_reduced_come_back_in_order():
    program = gg.compile(lambda x: [two_ways(x), x], batch=True, reduction="none")
    X = np.array([1.0, -1.0, 2.0, -2.0, 3.0])
    assert program(X).tolist() == [[two_ways(gg.Value(x)).data, x] for x in X.tolist()]


@pytest.mark.parametrize("batch", [False, True])
def test_too_many_ways_run_eagerly_and_say_so_once(batch):
    rng = random.Random(0)
    program = gg.compile(by_signs, batch=batch)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(100):
            point = [rng.uniform(-1.0, 1.0) for _ in range(12)]
            given = np.array([point]) if batch else point
            value, gradient = program.value_and_grad(given)
            expected, slopes = eager(by_signs, point)
            assert value == pytest.approx(expected, rel=1e-13)
            assert np.ravel(gradient).tolist() == pytest.approx(slopes, rel=1e-13)
            by_parameter = program.value_and_grad(given, wrt="parameters")[1]
            assert by_parameter == pytest.approx([-sum(min(x, 0.0) for x in point)], rel=1e-13)
    assert len(said) == 1
    assert "test_compile_ways.py, line" in str(said[0].message)
    assert said[0].filename == __file__
    assert sum(map(len, program._variants.values())) <= backing_off._FREE + 1


def test_ways_may_return_different_things():
    program = gg.compile(lambda x: x * x if x > 0 else [x, x])
    assert [program(x) for x in (-1.0, 2.0, -1.0)] == [[-1.0, -1.0], 4.0, [-1.0, -1.0]]
    assert program.value_and_grad(3.0) == (9.0, 6.0)
    with pytest.raises(gg.CompileError, match="returns 2"):
        program.value_and_grad(-1.0)


def test_a_few_ways_are_all_recorded_in_time():
    rng = random.Random(0)
    program = gg.compile(by_signs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2000):
            program([rng.uniform(-1.0, 1.0) for _ in range(3)])
    assert sum(map(len, program._variants.values())) == 8


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda p: p(-1.0), r"log\(x=-1.0\) = nan.*test_compile_ways.py:\d+"),
        (lambda p: p.value_and_grad(0.0), r"log\(x=0.0\) = -inf"),
        (lambda p: p.replay(-1.0), r"log\(x=-1.0\) = nan"),
    ],
)
@pytest.mark.parametrize("batch", [False, True])
def test_a_detector_sees_what_programs_compute(call, says, batch):
    def function(x):
        x.label = "x"
        return gg.log(x) * W

    program = gg.compile(function, batch=batch)
    program.value_and_grad(np.array([1.0, 1.0]) if batch else 1.0, wrt="both")

    class Given:
        """The program, given batches in the place of numbers."""

        def __call__(self, x):
            return program(np.array([1.0, x]) if batch else x)

        def value_and_grad(self, x):
            return program.value_and_grad(np.array([1.0, x]) if batch else x)

        def replay(self, x):
            return program.replay(np.array([1.0, x]) if batch else x)

    call(Given())
    with gg.detect_anomaly(), pytest.raises(gg.BadNumberError, match=says):
        call(Given())


def test_a_detector_sees_the_backward_pass_and_leaves_gradients_alone():
    w = gg.Value(0.0, label="w")
    w.grad = 5.0
    program = gg.compile(lambda x: gg.sqrt(w) * x)
    program.value_and_grad(1.0, wrt="both")
    with gg.detect_anomaly(), pytest.raises(gg.BadNumberError, match="gradient of.*with respect to w is inf"):
        program.backward(1.0)
    assert w.grad == 5.0
    w.data = 4.0
    with gg.detect_anomaly():
        assert program.value_and_grad(3.0, wrt="both") == (6.0, (2.0, pytest.approx([0.75])))
        assert program.backward(3.0) == 6.0
    assert w.grad == 5.75
