"""What a program may be called with, in one sample and in batches; what is static; what is refused with a remedy."""

from __future__ import annotations

import collections
import dataclasses

import numpy as np
import pytest

import glassgrad as gg


@dataclasses.dataclass(frozen=True)
class Setting:
    rate: float
    kind: str
    doubled: bool = False


Point = collections.namedtuple("Point", "x y")


class Series:
    """An array-like, as tables have it."""

    def __init__(self, numbers):
        self.numbers = numbers

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numbers, dtype)


def by_keyword(x, *, y=2.0):
    return x * y * y


def with_setting(x, setting):
    y = x * setting.rate if setting.kind == "linear" else x**setting.rate
    return 2.0 * y if setting.doubled is True else y


def nested(d):
    return d["a"] * d["b"][0]["c"] + d["point"].y if d["mode"] is None else d["a"] * d["point"].x


CALLS = [
    (by_keyword, (3.0,), {"y": 4.0}, 48.0, (16.0, 24.0)),
    (by_keyword, (3.0,), {}, 12.0, 4.0),
    (with_setting, (3.0, Setting(2.0, "linear")), {}, 6.0, (2.0, Setting(3.0, "linear"))),
    (with_setting, (3.0, Setting(2.0, "power", True)), {}, 18.0, (12.0, Setting(2 * 9 * np.log(3.0), "power", True))),
    (
        nested, ({"a": 2.0, "b": [{"c": 3}], "mode": None, "point": Point(5.0, 7.0)},), {}, 13.0,
        {"a": 3.0, "b": [{"c": 2.0}], "mode": None, "point": Point(0.0, 1.0)},
    ),
    (
        nested, ({"a": 2.0, "b": [{"c": 3}], "mode": "x", "point": Point(5.0, 7.0)},), {}, 10.0,
        {"a": 5.0, "b": [{"c": 0.0}], "mode": "x", "point": Point(2.0, 0.0)},
    ),
    (lambda xs: xs[0] * xs[1] * xs[2], (range(2, 5),), {}, 24.0, [12.0, 8.0, 6.0]),
    (lambda xs: xs[0] * xs[1], ([True, 3.0],), {}, 3.0, [3.0, 1.0]),
    (lambda x, on: x * x if on is True else x, (3.0, True), {}, 9.0, 6.0),
    (lambda x, on: x * x if on is True else x, (3.0, False), {}, 3.0, 1.0),
    (lambda x, kind: x * len(kind), (3.0, "two"), {}, 9.0, 3.0),
]  # fmt: skip


@pytest.mark.parametrize(("function", "args", "kwargs", "value", "gradient"), CALLS)
def test_arguments_of_all_kinds(function, args, kwargs, value, gradient):
    program = gg.compile(function)
    for _ in range(3):
        assert program(*args, **kwargs) == pytest.approx(value)
        assert program.value_and_grad(*args, **kwargs) == (pytest.approx(value), gradient)


def test_one_program_serves_all_forms_in_turn():
    program = gg.compile(with_setting)
    settings = [Setting(2.0, "linear"), Setting(2.0, "power"), Setting(3.0, "power", True)]
    for setting in settings * 3:
        assert program(3.0, setting) == pytest.approx(gg.value_and_grad(with_setting)(3.0, setting)[0])


def test_a_bare_bool_is_static_after_numbers_too():
    program = gg.compile(lambda x, on: x * x if on is True else x + on)
    assert [program(3.0, on) for on in (2.0, True, 2.0, 0.5, True, False)] == [5.0, 9.0, 5.0, 3.5, 9.0, 3.0]


@pytest.mark.parametrize("by_name", [False, True])
def test_static_arguments_are_recorded_for_each_value(by_name):
    seen = []

    def power(x, n):
        seen.append(n)
        return x**n + sum(x for _ in range(n))

    program = gg.compile(power, static=("n",))
    for n in (2, 3, 2, 3):
        assert (program(2.0, n=n) if by_name else program(2.0, n)) == 2.0**n + 2.0 * n
        assert program.value_and_grad(2.0, n=n)[1] == n * 2.0 ** (n - 1) + n
    assert set(map(type, seen)) == {int}


@pytest.mark.parametrize("kind", [np.array, list, Series])
def test_array_likes_and_dicts_in_batches(kind):
    X, y = np.arange(6.0).reshape(3, 2), [1.0, 0.0, 2.0]
    program = gg.compile(lambda sample, *, power: (sample["x"][0] * sample["x"][1] - sample["y"]) ** power, batch=True,
                         static=("power",))  # fmt: skip
    residual = X[:, 0] * X[:, 1] - y
    value, gradient = program.value_and_grad({"x": kind(X), "y": kind(y)}, power=2)
    assert value == pytest.approx((residual**2).mean())
    assert gradient["y"] == pytest.approx(-2 * residual / 3)
    assert gradient["x"] == pytest.approx(2 * residual[:, None] / 3 * X[:, ::-1])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda p: p({1.0, 2.0}), TypeError, "x is a set.*pass numbers.*static"),
        (lambda p: p(x for x in (1.0, 2.0)), TypeError, "x is a generator"),
        (lambda p: p({"a": [1.0, object()]}), TypeError, r"x\['a'\]\[1\] is a object"),
        (lambda p: gg.compile(lambda x: x, static="n"), ValueError, "no such argument, only x"),
        (lambda p: gg.compile(lambda x, n: x, static="n")(1.0, [2]), TypeError, "n is static.*hashable"),
    ],
)
def test_the_rest_is_refused_with_a_remedy(call, error, says):
    with pytest.raises(error, match=says):
        call(gg.compile(lambda x: x))


NOTHING_TO_COMPUTE = {
    "no result": (lambda x: [], False, 2.0, TypeError, "no number"),
    "no sample": (lambda x: x, True, np.zeros(0), ValueError, "at least one sample"),
    "ragged samples": (lambda x: x[0], True, [[1.0, 2.0], [3.0]], ValueError, "must have one shape"),
}


@pytest.mark.parametrize(
    ("function", "batch", "x", "kind", "told"), NOTHING_TO_COMPUTE.values(), ids=NOTHING_TO_COMPUTE
)
def test_what_there_is_nothing_to_compute_from(function, batch, x, kind, told):
    with pytest.raises(kind, match=told):
        gg.compile(function, batch=batch)(x)
