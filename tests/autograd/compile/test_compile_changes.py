"""Programs follow what their function closes over: each kind of change is recorded anew, and the rest is audited."""

import functools
import random
import sys
import types
import warnings

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.autograd.compile.recording.closed_over import ClosedOver

SCALE = 2.0
X = [0.5, 2.0]


def _helper(x):
    return SCALE * x[0]


class _Line:
    slope = 3.0

    def __init__(self):
        self.w, self.options = Value(2.0), {"bias": 0.5}

    def __call__(self, x):
        return self.w * x[0] + self.slope * x[1] + self.options["bias"]

    def at(self, x):
        return self(x) * self.w


class _Net(nn.Module):
    def __init__(self):
        self.inner = [nn.MLP(2, [3, 1], activation="tanh", seed=0)]
        self.training = True

    def __call__(self, x):
        out = self.inner[0](x)
        return out if self.training else 2.0 * out


def _global():
    return (lambda x: SCALE * x[0]), lambda: globals().update(SCALE=5.0)


def _of_helper():
    return (lambda x: _helper(x) + x[1]), lambda: globals().update(SCALE=5.0)


def _cell():
    scale = 1.0

    def f(x):
        return scale * x[0]

    def change():
        nonlocal scale
        scale = 4.0

    return f, change


def _default():
    def f(x, weights=[1.0, 2.0]):  # noqa: B006  # that it is shared is the point
        return weights[0] * x[0]

    return f, lambda: f.__defaults__[0].__setitem__(0, 7.0)


def _held(container, read, change):
    return (lambda x: read(container, x)), lambda: change(container)


def _line(change, of=lambda line: line):
    line = _Line()
    return of(line), lambda: change(line)


def _net(change):
    net = _Net()
    return (lambda x: net(x)), lambda: change(net)


def _partial():
    weights = [1.0]
    return functools.partial(lambda w, x: w[0] * x[0], weights), lambda: weights.__setitem__(0, 6.0)


def _summed(c, x):
    return gg.sum([w * x[0] for w in c])


CHANGES = {
    "global": _global,
    "global of a helper": _of_helper,
    "closure cell": _cell,
    "default": _default,
    "partial": _partial,
    "attribute": lambda: _held(types.SimpleNamespace(k=1.0), lambda c, x: c.k * x[0], lambda c: setattr(c, "k", 3.0)),
    "list grown": lambda: _held([1.0, 2.0], _summed, lambda c: c.append(3.0)),
    "array": lambda: _held(np.array([1.0, 2.0]), lambda c, x: c[1] * x[0], lambda c: c.__setitem__(1, 9.0)),
    "dict entry": lambda: _held({"a": 1.0}, lambda c, x: c["a"] * x[0], lambda c: c.__setitem__("a", 3.0)),
    "parameter replaced": lambda: _line(lambda line: setattr(line, "w", Value(4.0))),
    "parameter by a number": lambda: _line(lambda line: setattr(line, "w", 4.0)),
    "parameter added": lambda: _held([Value(1.0)], _summed, lambda c: c.append(Value(2.0))),
    "parameter removed": lambda: _held([Value(1.0), Value(2.0)], _summed, lambda c: c.pop()),
    "class attribute": lambda: _line(lambda line: setattr(_Line, "slope", 5.0)),
    "method's dict": lambda: _line(lambda line: line.options.update(bias=1.5), lambda line: line.at),
    "flag of a model": lambda: _net(lambda net: setattr(net, "training", False)),
    "weight of a nested model": lambda: _net(
        lambda net: net.inner[0].layers[0].neurons[1].w.__setitem__(0, Value(0.25))
    ),
}


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SCALE", 2.0)
    monkeypatch.setattr(_Line, "slope", 3.0)


def _run(program, way):
    if way == "value":
        return program(X)
    if way == "gradient":
        return program.value_and_grad(X)
    if way == "both":
        return program.value_and_grad(X, wrt="both")
    for p in program.parameters:
        p.grad = 0.0
    value = program.backward(X)
    return value, [p.grad for p in program.parameters]


@pytest.mark.parametrize("way", ["value", "both", "backward"])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_recorded_anew(name, way):
    f, change = CHANGES[name]()
    program = gg.compile(f)
    for _ in range(5):  # past the audits of calls 2 and 4: call 6 is the next after the change
        before = _run(program, way)
    change()
    after, new = _run(program, way), gg.compile(f)
    assert _run(program, "value") == pytest.approx(new(X), rel=1e-12)
    expected = _run(new, way)
    value, old, right = (x if way == "value" else x[0] for x in (after, before, expected))
    assert value == pytest.approx(right, rel=1e-12) and value != old
    assert program.parameters == new.parameters


def test_fun_and_jac_compares_and_replay_does_not():
    line = _Line()
    program = gg.compile(line)
    program(X)
    _Line.slope = 5.0
    assert program.replay(X) == 2.0 * 0.5 + 3.0 * 2.0 + 0.5
    assert program.fun_and_jac(np.array([2.0]), X)[0] == 2.0 * 0.5 + 5.0 * 2.0 + 0.5


def test_the_vectors_stay_where_the_parameters_do():
    line = _Line()
    program = gg.compile(line)
    program(X)
    theta, gradient = program.parameter_vector, program.gradient_vector
    line.options["bias"] = 9.0
    program.value_and_grad(X, wrt="parameters")
    assert program.parameter_vector is theta and program.gradient_vector is gradient
    assert gradient.tolist() == [0.5]
    line.w = Value(7.0)
    program.value_and_grad(X, wrt="parameters")
    assert program.parameters == (line.w,) and program.parameter_vector.tolist() == [7.0]


def test_what_the_function_does_itself_is_no_change():
    seen, box = [], {"runs": 0}

    def f(x):
        seen.append(1)
        box["runs"] += 1
        return x * x

    program = gg.compile(f)
    assert [program(float(i)) for i in range(7)] == [float(i * i) for i in range(7)]
    assert box["runs"] == len(seen) == 4  # a recording runs it twice; calls 2 and 4 are audited


def test_libraries_are_not_watched():
    assert len(ClosedOver(lambda x: gg.exp(x) * np.float64(2.0) + warnings.WarningMessage)) == 0
    assert (
        len(ClosedOver(gg.grad(lambda x: gg.sin(x)))) <= 5
    )  # what grad holds: options, and the function with what it is made of


# ── a cause that keeps changing ────────────────────────────────────────────────────────────────────────────────────


def test_the_ninth_change_of_one_cause_warns_and_runs_eagerly():
    rate, runs = [1.0], []

    def f(x):
        runs.append(1)
        return rate[0] * x

    program = gg.compile(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for k in range(1, 9):
            rate[0] = float(k)
            assert program(2.0) == 2.0 * k
        rate[0] = 8.5
        assert program(2.0) == 17.0
    rate[0] = 9.0
    with pytest.warns(gg.ClosedOverWarning, match=r"rate\[0\].*pass it as an argument") as told:
        assert program(2.0) == 18.0
    assert len(told) == 1 and told[0].filename == __file__
    before = len(runs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for k in range(10, 14):
            rate[0] = float(k)
            assert program.value_and_grad(2.0) == (2.0 * k, k)
    assert len(runs) == before + 4


def test_an_eager_program_follows_its_parameters():
    held = [Value(1.0)]
    program = gg.compile(lambda x: held[0] * x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k in range(12):
            held[0] = Value(float(k))
            assert program.value_and_grad(2.0, wrt="parameters")[0] == 2.0 * k
            assert program.parameters == (held[0],)
            assert program.gradient_vector.tolist() == [2.0]


# ── audits ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", ["value", "gradient"])
@pytest.mark.parametrize("calls", [1, 3, 7])
def test_audits_find_what_is_not_watched(calls, way):
    large = np.zeros(1000)
    program = gg.compile(lambda x: x[0] * large[0] + x[1])
    for _ in range(calls):
        _run(program, way)
    large[0] = 4.0
    with pytest.warns(gg.ClosedOverWarning, match=r"instead of .* pass what changes as an argument"):
        assert _run(program, way) == _run(gg.compile(lambda x: x[0] * 4.0 + x[1]), way)


def test_audits_are_calls_2_4_8():
    runs = []

    def f(x):
        runs.append(1)
        return x * x

    program = gg.compile(f)
    at = []
    for i in range(1, 40):
        before = len(runs)
        program.value_and_grad(3.0)
        if len(runs) > before:
            at.append(i)
    assert at == [1, 2, 4, 8, 16, 32]


def test_audits_see_the_samples_of_batches():
    large = np.ones(1000)
    program = gg.compile(lambda x: x * large[0], batch=True, reduction="none")
    program(np.array([1.0, 2.0]))
    large[0] = 3.0
    with pytest.warns(gg.ClosedOverWarning):
        assert program(np.array([1.0, 2.0])).tolist() == [3.0, 6.0]


def test_audits_put_random_numbers_back():
    def f(x):
        random.random()
        np.random.random()
        return x * x

    program = gg.compile(f)
    program(1.0)
    states = random.getstate(), np.random.get_state()[1].tolist()
    program(1.0)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states
    assert program.verify(1.0) == 0.0
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states


def test_audits_leave_gradients_alone():
    w = Value(2.0)
    program = gg.compile(lambda x: w * x)
    w.grad = 5.0
    for _ in range(4):
        program(1.0)
    program.verify(1.0)
    assert w.grad == 5.0


# ── verify ─────────────────────────────────────────────────────────────────────────────────────────────────────────

PROGRAMS = {
    "one number": (lambda x: gg.sin(x[0]) * x[1], {}, (X,)),
    "two numbers": (lambda x: [x[0] * x[1], gg.exp(x[0])], {}, (X,)),
    "a mean": (lambda x: gg.tanh(x) * x, {"batch": True}, (np.linspace(-1.0, 1.0, 7),)),
    "ways": (lambda x: x * x if x > 0 else -3 * x, {"batch": True}, (np.array([-1.0, 2.0, 3.0]),)),
    "samples": (lambda x: [x, x * x], {"batch": True, "reduction": "none"}, (np.array([-1.0, 2.0]),)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_verify_agrees(name):
    f, options, args = PROGRAMS[name]
    assert 0.0 <= gg.compile(f, **options).verify(*args) < 1e-12


def test_verify_takes_keywords():
    assert gg.compile(lambda x, *, k: x**k)(2.0, k=3.0) == 8.0
    assert gg.compile(lambda x, *, k: x * k).verify(2.0, k=3.0) == 0.0


@pytest.mark.parametrize(
    ("f", "difference"),
    [
        (lambda x, c: x * c, r"the value is 2\.0 instead of 6\.0"),
        (lambda x, c: (x - 2.0) * c, r"the gradient of argument 0 is 1\.0 instead of 3\.0"),
    ],
)
def test_verify_names_the_difference(f, difference):
    large = np.ones(1000)
    program = gg.compile(lambda x: f(x, large[0]))
    for _ in range(4):
        program(2.0)
    large[0] = 3.0
    with pytest.raises(gg.CompileError, match=difference):
        program.verify(2.0)


def test_verify_names_a_parameter_that_is_none():
    hidden = {"w": Value(1.0)}
    unseen = hidden.values()
    program = gg.compile(lambda x: next(iter(unseen)) * x)
    for _ in range(4):
        program(2.0)
    hidden["w"] = Value(1.0)
    with pytest.raises(gg.CompileError, match="not among its parameters"):
        program.verify(2.0)
