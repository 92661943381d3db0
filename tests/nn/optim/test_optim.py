"""Optimizers and schedules beside PyTorch's (numbers stored, with the script that made them), and their own rules."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "torch_reference.json").read_text(encoding="utf-8"))
SETTING = {"lr_decay": "decay"}
CASES = [pytest.param(case, id=f"{case['name']}-{i}") for i, case in enumerate(REFERENCE["optimizers"])]


def loss_of(w):
    curved = sum(scale * x * x for scale, x in zip([1.0, 10.0, 0.1, 3.0], w)) / 2
    return curved + sum(gg.sin(3 * x) for x in w) + w[0] * w[3] / 5


def made(case, parameters):
    settings = {SETTING.get(key, key): value for key, value in case["settings"].items()}
    if case["name"] == "SGD":
        return nn.SGD(parameters, **settings)
    return getattr(nn, case["name"])(parameters, **settings)


@pytest.mark.parametrize("case", CASES)
def test_values_move_as_in_pytorch(case):
    w = [Value(x) for x in REFERENCE["start"]]
    optimizer = made(case, w)
    for expected in case["path"]:
        optimizer.zero_grad()
        loss_of(w).backward()
        optimizer.step()
        assert [x.data for x in w] == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert optimizer.iteration == len(case["path"]) == 100


@pytest.mark.parametrize("case", CASES)
def test_flat_arrays_move_as_values_do(case):
    w = [Value(x) for x in REFERENCE["start"]]
    optimizer, flat = made(case, w), made(case, w)
    theta, position = np.array(REFERENCE["start"]), flat.position
    for _ in range(20):
        before = theta.copy()
        gradient = np.array(gg.grad(loss_of)(theta.tolist()))
        moved, position = flat.advanced(theta, gradient, position)
        assert theta.tolist() == before.tolist()
        theta = moved
        optimizer.zero_grad()
        loss_of(w).backward()
        optimizer.step()
    assert [x.data for x in w] == pytest.approx(theta.tolist(), rel=1e-13)


SCHEDULES = {
    "step": lambda s: nn.schedules.step(0.5, s["step_size"], s["gamma"]),
    "exponential": lambda s: nn.schedules.exponential(0.5, s["gamma"]),
    "cosine": lambda s: nn.schedules.cosine(0.5, s["T_max"], s["eta_min"]),
    "one_cycle": lambda s: nn.schedules.one_cycle(s["max_lr"], s["total_steps"]),
}


@pytest.mark.parametrize("case", REFERENCE["schedules"], ids=lambda case: case["name"])
def test_schedules_are_those_of_pytorch(case):
    rates = SCHEDULES[case["name"]](case["settings"])
    assert [rates(i) for i in range(100)] == pytest.approx(case["rates"], rel=1e-12, abs=1e-17)


@pytest.mark.parametrize("rates", [nn.schedules.cosine(1.0, 10, final=0.1), nn.schedules.one_cycle(1.0, 10)])
def test_a_rate_that_has_come_to_its_end_stays(rates):
    assert rates(10) == rates(15) == rates(10**6) == min(map(rates, range(11)))


def test_plateau_is_that_of_pytorch():
    rates, found = nn.schedules.reduce_on_plateau(0.5, factor=0.5, patience=2, least=0.1), []
    for loss in REFERENCE["plateau"]["losses"]:
        rates.observe(loss)
        found.append(rates(0))
    assert found == REFERENCE["plateau"]["rates"]
    assert len(set(found)) > 2
    rates.reset()
    assert rates(0) == 0.5


def test_an_optimizer_follows_its_schedule_and_a_new_one():
    w = Value(1.0)
    optimizer = nn.SGD([w], lr=nn.schedules.inverse_time(1.0, 1.0))
    rates = []
    for _ in range(3):
        rates.append(optimizer.lr)
        w.grad, before = 1.0, w.data
        optimizer.step()
        assert w.data == before - rates[-1]
    assert rates == [1.0, 0.5, 1.0 / 3.0]
    optimizer.lr = 0.25
    assert optimizer.lr == 0.25
    optimizer.reset()
    assert optimizer.iteration == 0


def test_a_reset_optimizer_has_forgotten_what_its_schedule_heard():
    rates = nn.schedules.reduce_on_plateau(1.0, factor=0.5, patience=0)
    optimizer = nn.SGD([Value(1.0)], lr=rates)
    rates.observe(1.0)
    rates.observe(1.0)
    assert optimizer.lr == 0.5
    optimizer.reset()
    assert optimizer.lr == 1.0


def test_warm_up_passes_on_what_a_plateau_must_hear():
    rates = nn.schedules.warm_up(nn.schedules.reduce_on_plateau(1.0, factor=0.5, patience=0), steps=2)
    assert (rates(0), rates(1), rates(2)) == (0.5, 1.0, 1.0)
    rates.observe(1.0)
    rates.observe(1.0)
    assert rates(2) == 0.5


@pytest.mark.parametrize(
    ("values", "limit"),
    [([3.0, 4.0], 1.0), ([0.3, 0.4], 1.0), ([3e200, 4e200], 1.0), ([3e-200, 4e-200], 1e-200), ([0.0], 1.0)],
)
def test_clipping_by_norm_keeps_the_direction(values, limit):
    parameters = [Value(0.0) for _ in values]
    for parameter, gradient in zip(parameters, values):
        parameter.grad = gradient
    length = math.hypot(*values)
    assert nn.clip_norm(parameters, limit) == pytest.approx(length, rel=1e-15)
    factor = min(1.0, limit / length) if length else 1.0
    assert [p.grad for p in parameters] == pytest.approx([g * factor for g in values], rel=1e-14)


def test_clipping_by_value_cuts_each_entry():
    parameters = [Value(0.0) for _ in range(3)]
    for parameter, gradient in zip(parameters, (-5.0, 0.5, 5.0)):
        parameter.grad = gradient
    nn.clip_value(parameters, 1.0)
    assert [p.grad for p in parameters] == [-1.0, 0.5, 1.0]


BAD = {
    "negative rate": (lambda w: nn.SGD([w], lr=-0.1), ValueError, "rate"),
    "nan rate": (lambda w: nn.Adam([w], lr=math.nan), ValueError, "rate"),
    "rate as text": (lambda w: nn.Adam([w], lr="0.1"), TypeError, "rate"),
    "no parameters": (lambda w: nn.SGD([], lr=0.1), ValueError, "model.parameters"),
    "a bare value": (lambda w: nn.SGD(w, lr=0.1), TypeError, r"\[w\]"),
    "a model": (lambda w: nn.SGD(nn.MLP(1, [1]), lr=0.1), TypeError, "model.parameters"),
    "one beta": (lambda w: nn.Adam([w], betas=0.9), TypeError, "betas must be two numbers"),
    "a schedule of text": (lambda w: nn.SGD([w], lr=lambda step: "x").step(), TypeError, "gives 'x' at step 0"),
    "floats": (lambda w: nn.SGD([1.0], lr=0.1), TypeError, "float"),
    "a computed value": (lambda w: nn.SGD([w * w], lr=0.1), ValueError, "leaves"),
    "one twice": (lambda w: nn.SGD([w, w], lr=0.1), ValueError, "twice"),
    "nesterov alone": (lambda w: nn.SGD([w], lr=0.1, nesterov=True), ValueError, "momentum"),
    "beta of 1": (lambda w: nn.Adam([w], betas=(0.9, 1.0)), ValueError, r"betas\[1\]"),
    "negative decay": (lambda w: nn.AdamW([w], weight_decay=-1.0), ValueError, "weight_decay"),
    "a schedule below 0": (lambda w: nn.SGD([w], lr=lambda step: -1.0).step(), ValueError, "step 0"),
    "no steps": (lambda w: nn.schedules.cosine(0.1, steps=0), ValueError, "steps"),
    "negative limit": (lambda w: nn.clip_norm([w], -1.0), ValueError, "limit"),
    "no update equation": (lambda w: nn.Optimizer([w], 0.1).step(), NotImplementedError, "update equation"),
}


@pytest.mark.parametrize(("call", "error", "names"), BAD.values(), ids=BAD)
def test_bad_settings_are_named(call, error, names):
    w = Value(1.0)
    with pytest.raises(error, match=names):
        call(w)
    assert w.data == 1.0
