"""Losses: right to the last few ulps over the double range, and clear words for wrong targets."""

from __future__ import annotations

import math

import mpmath
import pytest

import glassgrad as gg
from glassgrad import Value, nn

ULP = 2.0**-52
LOGITS = (0.0, 1e-300, -1e-12, 0.3, -2.0, 30.0, -40.0, 700.0, -700.0, 800.0, -1e5, 1e200)


def exact(function, *args):
    with mpmath.workdps(60):
        return function(*map(mpmath.mpf, args))


def softplus(x):
    """log(1 + e^x), with digits enough for e^x at any double."""
    if abs(x) > 2000:
        return x if x > 0 else mpmath.mpf(0)
    return mpmath.log1p(mpmath.exp(x))


def ulps(found, wanted):
    """How many units in the last place apart; subnormal and smaller numbers count as 0."""
    if abs(wanted) < 1e-307:
        return 0.0 if abs(found) < 1e-306 else math.inf
    return float(abs((mpmath.mpf(found) - wanted) / wanted)) / ULP


@pytest.mark.parametrize("target", [0, 1, 0.25])
@pytest.mark.parametrize("x", LOGITS)
def test_binary_cross_entropy_keeps_its_digits(x, target):
    logit = Value(x)
    loss = nn.binary_cross_entropy(logit, target)
    loss.backward()
    assert ulps(loss.data, exact(lambda x, t: t * softplus(-x) + (1 - t) * softplus(x), x, target)) <= 4
    if target in (0, 1):
        sign = 1 - 2 * target
        slope = exact(lambda x: sign * mpmath.exp(sign * x - softplus(sign * x)), x)
        assert ulps(logit.grad, slope) <= 8


def cross_entropy_exactly(logits, k):
    with mpmath.workdps(60):
        away = [mpmath.mpf(x) - mpmath.mpf(logits[k]) for j, x in enumerate(logits) if j != k]
        top = max([mpmath.mpf(0), *away])
        rest = [mpmath.exp(a - top) if a - top > -3000 else mpmath.mpf(0) for a in away]
        own = mpmath.exp(-top) if top < 3000 else mpmath.mpf(0)
        loss = top + (mpmath.log(mpmath.fsum([own, *rest])) if top else mpmath.log1p(mpmath.fsum(rest)))
        total = mpmath.fsum([own, *rest])
        chances = iter(rest)
        gradient = [(-mpmath.fsum(rest) if j == k else next(chances)) / total for j in range(len(logits))]
        return loss, gradient


ROWS = [
    ([0.0, 0.0], 0), ([0.0, 100.0], 1), ([0.0, 100.0], 0), ([700.0, -700.0, 0.0], 0), ([700.0, -700.0, 0.0], 1),
    ([1e200, -1e200, 0.0], 0), ([1e200, -1e200, 0.0], 2), ([1000.0, 1000.5, 999.0], 1), ([-40.0, 0.3, 1e-12, 5.0], 3),
    ([3.0, -36.7, -36.9, -38.0], 0), ([1e-300, -1e-300, 0.0], 1),
]  # fmt: skip


def gradient_of(loss, logits):
    return [d.data for d in gg.gradients(loss, logits)]


@pytest.mark.parametrize(("row", "k"), ROWS)
@pytest.mark.parametrize("form", ["class", "Value", "weights"])
def test_cross_entropy_keeps_its_digits(form, row, k):
    logits = [Value(x) for x in row]
    hot = [float(j == k) for j in range(len(row))]
    losses = {"class": lambda: nn.cross_entropy(logits, k), "weights": lambda: nn.cross_entropy(logits, hot),
              "Value": lambda: nn.cross_entropy(logits, Value(k))}  # fmt: skip
    loss = losses[form]()
    wanted, slopes = cross_entropy_exactly(row, k)
    assert ulps(loss.data, wanted) <= 4
    assert max(ulps(found, slope) for found, slope in zip(gradient_of(loss, logits), slopes)) <= 8


def test_a_class_in_a_value_that_is_none_gives_nan():
    assert math.isnan(nn.cross_entropy([Value(0.0), Value(1.0)], Value(2.0)).data)


def test_cross_entropy_of_weights_is_the_expectation():
    row, weights = [0.5, -1.0, 2.0], [0.2, 0.5, 0.3]
    loss = nn.cross_entropy([Value(x) for x in row], weights)
    wanted = mpmath.fsum(w * cross_entropy_exactly(row, k)[0] for k, w in enumerate(weights))
    assert ulps(loss.data, wanted) <= 4


@pytest.mark.parametrize("residual", [-5.0, -1.0, -0.25, 0.0, 0.5, 1.0, 1e200])
@pytest.mark.parametrize("delta", [1.0, 0.25])
def test_huber_is_square_within_and_linear_beyond(residual, delta):
    output = Value(residual)
    loss = nn.huber(output, 0.0, delta)
    loss.backward()
    r = abs(residual)
    assert loss.data == pytest.approx(r * r / 2 if r <= delta else delta * (r - delta / 2), rel=1e-15)
    assert output.grad == pytest.approx(max(-delta, min(delta, residual)), rel=1e-15)


def test_a_column_of_targets_is_as_good_as_a_list():
    outputs = [Value(1.0), Value(-2.0)]
    assert nn.mse(outputs, [[0.5], [0.5]]).data == nn.mse(outputs, [0.5, 0.5]).data
    assert nn.cross_entropy([outputs, outputs], [[0], [1]]).data == nn.cross_entropy([outputs, outputs], [0, 1]).data


def test_l2_penalty_is_a_node_that_adds_to_a_loss():
    w = [Value(3.0), Value(-4.0)]
    (nn.mse(w[0], 0.0) + nn.l2_penalty(w, 0.5)).backward()
    assert [p.grad for p in w] == [9.0, -4.0]


THREE = [0.0, 1.0, 2.0]
BAD = {
    "a class too high": (lambda: nn.cross_entropy(THREE, 3), ValueError, "no class 3.* 0 to 2"),
    "a negative class": (lambda: nn.cross_entropy(THREE, -1), ValueError, "no class -1"),
    "half a class": (lambda: nn.cross_entropy(THREE, 1.5), TypeError, "1.5"),
    "a class by name": (lambda: nn.cross_entropy(THREE, "setosa"), TypeError, "setosa"),
    "nan as class": (lambda: nn.cross_entropy(THREE, math.nan), TypeError, "nan"),
    "one logit": (lambda: nn.cross_entropy(Value(0.0), 1), ValueError, "binary_cross_entropy"),
    "too few weights": (lambda: nn.cross_entropy(THREE, [0.5, 0.5]), ValueError, "3 logits but 2"),
    "too few targets": (lambda: nn.cross_entropy([THREE, THREE], [1]), ValueError, "2 samples"),
    "signs for chances": (lambda: nn.binary_cross_entropy(0.3, -1), ValueError, r"\(y \+ 1\) / 2"),
    "chances for signs": (lambda: nn.hinge(0.3, 0), ValueError, r"2\*y - 1"),
    "2 outputs, 3 targets": (lambda: nn.mse([1.0, 2.0], THREE), ValueError, "2 outputs but 3 targets"),
    "2 outputs, 1 target": (lambda: nn.mae([1.0, 2.0], 1.0), ValueError, "2 outputs but 1 target"),
    "nothing": (lambda: nn.mse([], []), ValueError, "at least one"),
    "text": (lambda: nn.mse([1.0], ["a"]), TypeError, "str"),
    "delta of 0": (lambda: nn.huber(1.0, 0.0, 0.0), ValueError, "delta"),
    "no parameters": (lambda: nn.l2_penalty([]), ValueError, "model.parameters"),
    "negative strength": (lambda: nn.l2_penalty([Value(1.0)], -1.0), ValueError, "strength"),
}


@pytest.mark.parametrize(("call", "error", "names"), BAD.values(), ids=BAD)
def test_bad_targets_are_named(call, error, names):
    with pytest.raises(error, match=names):
        call()
