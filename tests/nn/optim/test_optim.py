"""The rules of optimizers, schedules and clipping; what each computes is in tests/nn/test_references.py."""

from __future__ import annotations

import math

import pytest

from glassgrad import Value, nn


@pytest.mark.parametrize("rates", [nn.schedules.cosine(1.0, 10, final=0.1), nn.schedules.one_cycle(1.0, 10)])
def test_a_rate_that_has_come_to_its_end_stays(rates):
    assert rates(10) == rates(15) == rates(10**6) == min(map(rates, range(11)))


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


class Deaf:
    """A schedule with a part of a memory."""

    def __call__(self, step):
        return 0.1

    def observe(self, loss):
        raise AssertionError


class Counting(nn.Schedule):
    """A schedule that remembers one number."""

    def __init__(self):
        self.heard = 0.0

    def __call__(self, step):
        return 1.0 / (1.0 + self.heard)

    def observe(self, loss):
        self.heard += 1.0

    def memory(self):
        return (self.heard,)

    def restore(self, memory):
        (self.heard,) = memory


def test_a_schedule_of_ones_own_keeps_its_memory_in_a_file(tmp_path):
    model = nn.MLP(1, [1], seed=0)
    rates = Counting()
    nn.fit(model, [0.0], [1.0], loss=nn.mse, optimizer=nn.SGD(model.parameters(), lr=rates), epochs=3)
    assert rates.heard == 3.0
    path = nn.save(model, tmp_path / "m.json", optimizer=nn.SGD(model.parameters(), lr=rates))
    fresh = nn.SGD(model.parameters(), lr=Counting())
    nn.load(path, into=model, optimizer=fresh)
    assert fresh.lr == 0.25
    with pytest.raises(nn.CheckpointError, match="schedule like this"):
        nn.load(path, into=model, optimizer=nn.SGD(model.parameters(), lr=nn.schedules.reduce_on_plateau(0.1)))


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
    "half a memory": (
        lambda w: nn.SGD([w], lr=Deaf()),
        TypeError,
        "Deaf .* no reset or memory or restore.*nn.Schedule",
    ),
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
