"""During a run the model's Values are brought in step when somebody looks, by whatever way; whoever does not pays nothing."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.nn.training.lazy import LazyValues

LOOKS = {
    "data": lambda v: v.data, "item": float, "repr": lambda v: float(repr(v).partition("(")[2].partition(",")[0]),
    "format": lambda v: float(f"{v:.17g}"), "add": lambda v: (v + 1.0).data - 1.0, "radd": lambda v: (1.0 + v).data - 1.0,
    "other": lambda v: (Value(1.0) * v).data, "function": lambda v: gg.exp(v).log().data, "sum": lambda v: gg.sum([v, 0.0]).data,
    "copy": lambda v: copy.copy(v).data, "deepcopy": lambda v: copy.deepcopy([v])[0].data,
    "pickle": lambda v: pickle.loads(pickle.dumps(v)).data, "detach": lambda v: v.detach().data,
    "array": lambda v: np.array([v])[0].data, "compiled": lambda v: gg.compile(lambda: v * 1.0)(),
    "a second one's": lambda v: v.label or v.data,
}  # fmt: skip


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.filterwarnings("ignore::glassgrad.LeavesGraphWarning")
def test_whoever_looks_finds_the_last_numbers(look):
    values = [Value(1.0), Value(2.0)]
    lazy = LazyValues(values, lambda: (np.array([5.0, 7.0]), np.array([0.5, 0.25])))
    lazy.fall_behind()
    assert lazy.behind
    assert look(values[1]) == pytest.approx(7.0, rel=1e-15)
    assert not lazy.behind
    assert [(type(v), v.data, v.grad) for v in values] == [(Value, 5.0, 0.5), (Value, 7.0, 0.25)]


def test_whoever_writes_writes_after_the_last_numbers():
    values = [Value(1.0), Value(2.0)]
    lazy = LazyValues(values, lambda: (np.array([5.0, 7.0]), np.array([0.5, 0.25])))
    lazy.fall_behind()
    values[0].data = 3.0
    assert [v.data for v in values] == [3.0, 7.0]
    lazy.fall_behind()
    values[1].grad += 1.0
    assert [v.grad for v in values] == [0.5, 1.25]


class Named(Value):
    __slots__ = ("name",)


def test_values_of_a_class_of_ones_own_are_in_step_at_once():
    value = Named(1.0)
    lazy = LazyValues([value], lambda: (np.array([5.0]), np.array([0.5])))
    lazy.fall_behind()
    assert type(value) is Named and value.data == 5.0 and not lazy.behind


X, Y = nn.two_moons(24, noise=0.1, seed=0)


def test_a_callback_that_does_not_look_has_nothing_written(monkeypatch):
    written = []
    bring = LazyValues.bring_in_step
    monkeypatch.setattr(LazyValues, "bring_in_step", lambda self: written.append(1) or bring(self))
    model = nn.MLP(2, [3, 1], seed=0)
    seen = []

    def count(training):
        seen.append((training.iteration, len(written)))

    nn.fit(model, X, Y, loss=nn.mse, epochs=3, batch_size=8, on_iteration=count, engine="compiled")
    assert [iteration for iteration, _ in seen] == list(range(1, 10))
    assert seen[-1][1] == seen[0][1]
    assert all(type(p) is Value for p in model.parameters())


@pytest.mark.parametrize("engine", ["auto", "compiled", "eager"])
def test_a_callback_that_closes_over_the_model_sees_each_update(engine):
    model, twin = (nn.MLP(2, [3, 1], seed=0) for _ in range(2))
    seen, numbers = [], []
    nn.fit(model, X, Y, loss=nn.mse, epochs=2, batch_size=8, engine=engine,
           on_iteration=lambda training: seen.append([p.data for p in model.parameters()]))  # fmt: skip
    for epochs in (1, 2):
        fresh = nn.MLP(2, [3, 1], seed=0)
        nn.fit(fresh, X, Y, loss=nn.mse, epochs=epochs, batch_size=8, engine=engine)
        numbers.append([p.data for p in fresh.parameters()])
    assert [seen[2], seen[5]] == numbers
    assert len({tuple(row) for row in seen}) == 6 and twin is not model
