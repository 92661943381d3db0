"""detect_anomaly: the first bad number is found where it is made, and nothing else is disturbed."""

from __future__ import annotations

import math
import threading

import pytest

import glassgrad as gg
from glassgrad import BadNumberError, Value, detect_anomaly

FORWARD = [
    (lambda x: x.exp(), 1000.0, r"exp\(x=1000\.0\) = inf", "logsumexp"),
    (lambda x: x.log(), 0.0, r"log\(x=0\.0\) = -inf", "log1p"),
    (lambda x: x.log(), -1.0, r"log\(x=-1\.0\) = nan", "log1p"),
    (lambda x: x.sqrt(), -1.0, r"sqrt\(x=-1\.0\) = nan", "eps"),
    (lambda x: 1.0 / x, 0.0, r"div\(1\.0, x=0\.0\) = inf", "divisor"),
    (lambda x: x**0.5, -8.0, r"pow\(x=-8\.0, 0\.5\) = nan", "negative base"),
    (lambda x: x * 1e308, 1e308, r"mul\(x=1e\+308, 1e\+308\) = inf", "scale"),
]


@pytest.mark.parametrize(("function", "at", "what", "remedy"), FORWARD)
def test_forward(function, at, what, remedy):
    with detect_anomaly(), pytest.raises(BadNumberError, match=f"{what}, at .*test_anomaly.py:\\d+.*{remedy}"):
        function(Value(at, label="x"))


def test_forward_names_the_line():
    x = Value(0.0)
    with detect_anomaly(), pytest.raises(BadNumberError) as caught:
        x.log()
    line = caught.traceback[0].lineno + 1
    assert f"test_anomaly.py:{line}." in str(caught.value)


def test_what_came_in_is_blamed_not_the_op():
    bad = Value(math.nan, label="rate")
    with detect_anomaly(), pytest.raises(BadNumberError, match="came in with the operand rate = leaf nan"):
        bad * 2.0


@pytest.mark.parametrize("inside", [True, False], ids=["recorded-inside", "recorded-before"])
def test_backward(inside):
    x = Value(0.0, label="x")
    before = x.sqrt() * 2.0
    with detect_anomaly():
        out = x.sqrt() * 2.0 if inside else before
        place = r"at .*test_anomaly\.py:\d+" if inside else "before detect_anomaly"
        with pytest.raises(BadNumberError, match=rf"gradient of sqrt.*{place}.*respect to x is inf.*Remedy"):
            out.backward()
    assert x.grad == 0.0


def test_backward_finds_a_product_of_sound_numbers_that_overflows():
    x = Value(1e-300, label="x")
    out = (x * 1e200) * 1e200
    with (
        detect_anomaly(),
        pytest.raises(BadNumberError, match=r"inf: local derivative 1e\+200 times upstream .* 1e\+200"),
    ):
        out.backward()


def test_leaves_keep_their_gradients_when_backward_raises():
    x, y = Value(0.0), Value(1.0)
    x.grad, y.grad = 7.0, 8.0
    out = x.sqrt() + y
    with detect_anomaly(), pytest.raises(BadNumberError):
        out.backward()
    assert (x.grad, y.grad) == (7.0, 8.0)


def test_sound_numbers_pass_unchanged():
    x = Value(0.5)
    plain = gg.grad(lambda t: gg.tanh(t * t).exp())(0.5)
    with detect_anomaly():
        out = (x * x).tanh().exp()
        out.backward()
    assert x.grad == plain


def test_it_ends_with_its_block_and_stays_in_its_thread():
    found = []

    def elsewhere():
        found.append(Value(1000.0).exp().data)

    with detect_anomaly():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert [*found, Value(1000.0).exp().data] == [math.inf, math.inf]


def test_it_is_a_floating_point_error_of_this_project():
    assert issubclass(BadNumberError, FloatingPointError)
    assert issubclass(BadNumberError, gg.GlassgradError)
